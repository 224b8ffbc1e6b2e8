"""From plain data to NetworkPolicies: see core.parse."""

from __future__ import annotations

from kubectl_ingress.core.gateway import LabelSelector
from kubectl_ingress.core.network_policy import (
    EGRESS,
    INGRESS,
    Block,
    NetworkPolicy,
    Peer,
    PolicyPort,
    PolicyRule,
)
from kubectl_ingress.core.networks import parse_network
from kubectl_ingress.core.parse_gateway import parse_label_selector
from kubectl_ingress.core.reader import Reader


def parse(reader: Reader) -> NetworkPolicy:
    """networking.k8s.io/v1 NetworkPolicy. Without policyTypes, Egress counts where it has rules."""
    spec = reader.child("spec")
    ingress = tuple(_rule(one, "from") for one in spec.children("ingress"))
    egress = tuple(_rule(one, "to") for one in spec.children("egress"))
    told = frozenset(spec.strings("policyTypes"))
    usual = {INGRESS, EGRESS} if egress else {INGRESS}
    selects = parse_label_selector(spec.child("podSelector"))
    return NetworkPolicy(reader.meta(), selects, told or frozenset(usual), ingress, egress)


def _rule(reader: Reader, peers: str) -> PolicyRule:
    return PolicyRule(
        tuple(_peer(one) for one in reader.children(peers)),
        tuple(_port(one) for one in reader.children("ports")),
    )


def _peer(reader: Reader) -> Peer:
    block = reader.child("ipBlock") if reader.data.get("ipBlock") is not None else None
    return Peer(
        _optional(reader, "podSelector"),
        _optional(reader, "namespaceSelector"),
        None if block is None else _block(block),
    )


def _block(reader: Reader) -> Block:
    excepted = [parse_network(one) for one in reader.strings("except")]
    return Block(parse_network(reader.text("cidr")), tuple(filter(None, excepted)))


def _port(reader: Reader) -> PolicyPort:
    port = reader.data.get("port")
    known = port if isinstance(port, (int, str)) and not isinstance(port, bool) else None
    return PolicyPort(reader.text("protocol") or "TCP", known, reader.number("endPort"))


def _optional(reader: Reader, field: str) -> LabelSelector | None:
    return None if reader.data.get(field) is None else parse_label_selector(reader.child(field))
