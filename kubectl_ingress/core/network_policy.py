"""NetworkPolicies, and whether they let one pod reach a port of another: pure.

By the specification of networking.k8s.io/v1: a pod that a policy selects is closed but for
what some policy that selects it allows; both ends have to allow a connection, the one by
Egress, the other by Ingress. What is not known (labels of a namespace that nobody has read, the
address of a pod, who enforces policies for pods in the network of their node) makes the answer
None instead of a guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from kubectl_ingress.core.gateway import LabelSelector
from kubectl_ingress.core.networks import Network, is_in, parse_address
from kubectl_ingress.core.objects import Meta
from kubectl_ingress.core.pods import ContainerPort

INGRESS, EGRESS = "Ingress", "Egress"
NAME_LABEL = "kubernetes.io/metadata.name"
"""The label that every namespace has: its name."""


class Block(Struct, frozen=True):
    """``ipBlock``; `within` is None where the cidr is none."""

    within: Network | None
    without: tuple[Network, ...] = ()


class Peer(Struct, frozen=True):
    """One entry of ``from`` or ``to``: a block, or pods of namespaces; None is an absent field."""

    pods: LabelSelector | None = None
    namespaces: LabelSelector | None = None
    block: Block | None = None


class PolicyPort(Struct, frozen=True):
    """One entry of ``ports``; `port` None is every port, `end` the last of a range."""

    protocol: str = "TCP"
    port: int | str | None = None
    end: int | None = None


class PolicyRule(Struct, frozen=True):
    """One entry of ``ingress`` or ``egress``: no peers are all, no ports are all."""

    peers: tuple[Peer, ...] = ()
    ports: tuple[PolicyPort, ...] = ()


class NetworkPolicy(Struct, frozen=True):
    """networking.k8s.io/v1 NetworkPolicy; `types` are Ingress and Egress, as they count."""

    meta: Meta
    selects: LabelSelector
    types: frozenset[str]
    ingress: tuple[PolicyRule, ...] = ()
    egress: tuple[PolicyRule, ...] = ()


class Party(Struct, frozen=True):
    """One end of a connection: pods that are alike.

    `namespace_labels` may be all that is known without its object: its name. `whole` is
    whether they are all. `address` is "" where it is not known, or where there are several.
    """

    namespace: str
    labels: Mapping[str, str]
    namespace_labels: Mapping[str, str]
    whole: bool = True
    ports: tuple[ContainerPort, ...] = ()
    address: str = ""
    host_network: bool = False


class Ruling(Struct, frozen=True):
    """Whether a connection is let through, None where that is not known.

    `by` are the policies that close the end in question, `direction` which end it is.
    """

    allowed: bool | None
    direction: str = ""
    by: tuple[NetworkPolicy, ...] = ()


OPEN = Ruling(True)


def judge_connection(
    policies: Sequence[NetworkPolicy], source: Party, target: Party, port: int
) -> Ruling:
    """Whether pods may open TCP connections to a port of other pods."""
    found = [
        _at_end(policies, source, target, (source, target, port), EGRESS),
        _at_end(policies, target, source, (source, target, port), INGRESS),
    ]
    refused = next((one for one in found if one.allowed is False), None)
    unknown = next((one for one in found if one.allowed is None), OPEN)
    return refused or unknown


def closed_to_others(policies: Sequence[NetworkPolicy], target: Party, port: int) -> Ruling:
    """Whether no pod of another namespace can reach a port, whoever it is."""
    by = _selecting(policies, target, INGRESS)
    rules = [(rule, one) for one in by for rule in one.ingress if _on_port(rule, target, port)]
    is_open = not by or target.host_network
    if is_open or any(_lets_others_in(rule) for rule, _ in rules):
        return OPEN
    return Ruling(False, INGRESS, by)


def _lets_others_in(rule: PolicyRule) -> bool:
    return not rule.peers or any(one.namespaces or one.block for one in rule.peers)


def _at_end(
    policies: Sequence[NetworkPolicy],
    mine: Party,
    other: Party,
    connection: tuple[Party, Party, int],
    direction: str,
) -> Ruling:
    by = _selecting(policies, mine, direction)
    if not by:
        return OPEN
    if mine.host_network:
        # Most plugins see the node there, and let it pass.
        return Ruling(None, direction, by)
    _, target, port = connection
    answers = [
        _from_peers(rule.peers, policy, other)
        for policy in by
        for rule in (policy.ingress if direction == INGRESS else policy.egress)
        if _on_port(rule, target, port)
    ]
    if True in answers:
        return OPEN
    return Ruling(None if None in answers else False, direction, by)


def _selecting(
    policies: Iterable[NetworkPolicy], party: Party, direction: str
) -> tuple[NetworkPolicy, ...]:
    return tuple(
        one
        for one in policies
        if one.meta.namespace == party.namespace
        and direction in one.types
        and one.selects.matches(party.labels)
    )


def _on_port(rule: PolicyRule, target: Party, port: int) -> bool:
    """A name is that of a port of the pods that are reached, whichever end the rule is for."""
    return not rule.ports or any(_is_port(one, target, port) for one in rule.ports)


def _is_port(wanted: PolicyPort, target: Party, port: int) -> bool:
    if wanted.protocol != "TCP":
        return False
    if wanted.port is None:
        return True
    if isinstance(wanted.port, str):
        named = (one for one in target.ports if one.name == wanted.port)
        return any(one.number == port and one.protocol == "TCP" for one in named)
    return wanted.port <= port <= (wanted.end or wanted.port)


def _from_peers(peers: Sequence[Peer], policy: NetworkPolicy, other: Party) -> bool | None:
    answers = [_is_peer(one, policy, other) for one in peers]
    if not peers or True in answers:
        return True
    return None if None in answers else False


def _is_peer(peer: Peer, policy: NetworkPolicy, other: Party) -> bool | None:
    if peer.block is not None:
        return _in_block(peer.block, other)
    if other.host_network:
        # It comes from the node's address, and no label is looked at.
        return None
    if peer.pods is not None and not peer.pods.matches(other.labels):
        return False
    if peer.namespaces is None:
        return peer.pods is not None and policy.meta.namespace == other.namespace
    if not other.whole and _keys(peer.namespaces) - {NAME_LABEL}:
        return None
    return peer.namespaces.matches(other.namespace_labels)


def _keys(selector: LabelSelector) -> set[str]:
    return {*selector.labels, *(one.key for one in selector.expressions)}


def _in_block(block: Block, other: Party) -> bool | None:
    if block.within is None:
        return False
    if block.within.prefixlen == 0 and not block.without:
        return True
    address = parse_address(other.address)
    if address is None:
        return None
    return is_in(address, (block.within,)) and not is_in(address, block.without)
