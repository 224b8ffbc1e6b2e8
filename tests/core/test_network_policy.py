"""NetworkPolicies by the specification: every selector, port and direction, and what is unknown."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_ingress.core.network_policy import (
    NAME_LABEL,
    Party,
    closed_to_others,
    judge_connection,
)
from kubectl_ingress.core.objects import Origin
from kubectl_ingress.core.parse import parse_snapshot
from kubectl_ingress.core.pods import ContainerPort

PORTS = (ContainerPort("http", 8080), ContainerPort("dns", 8080, "UDP"))
CONTROLLER = Party(
    "edge", {"app": "nginx"}, {NAME_LABEL: "edge", "team": "net"}, address="10.0.0.7"
)
WEB = Party("shop", {"app": "web"}, {NAME_LABEL: "shop"}, ports=PORTS)
DENY: dict[str, Any] = {"podSelector": {}}
EDGE = {"namespaceSelector": {"matchLabels": {NAME_LABEL: "edge"}}}
NGINX = {"podSelector": {"matchLabels": {"app": "nginx"}}}


def policies(*specs: dict[str, Any], namespace: str = "shop") -> Any:
    objects = [
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": f"p{number}", "namespace": namespace},
            "spec": spec,
        }
        for number, spec in enumerate(specs)
    ]
    snapshot = parse_snapshot([(one, Origin()) for one in objects])
    assert snapshot.findings == ()
    return snapshot.network_policies


def ingress(*peers: Any, ports: Any = None, **spec: Any) -> dict[str, Any]:
    rule: dict[str, Any] = {"from": list(peers)} if peers else {}
    return {"podSelector": {}, "ingress": [rule | ({"ports": ports} if ports else {})], **spec}


def egress(*peers: Any, ports: Any = None) -> dict[str, Any]:
    rule: dict[str, Any] = {"to": list(peers)} | ({"ports": ports} if ports else {})
    return {"podSelector": {}, "policyTypes": ["Egress"], "egress": [rule]}


def block(cidr: str, *without: str) -> dict[str, Any]:
    return {"ipBlock": {"cidr": cidr, **({"except": list(without)} if without else {})}}


def expression(operator: str, *values: str, key: str = "team") -> dict[str, Any]:
    one = {"key": key, "operator": operator, **({"values": list(values)} if values else {})}
    return {"namespaceSelector": {"matchExpressions": [one]}}


@pytest.mark.parametrize(
    ("specs", "allowed"),
    [
        ([], True),
        ([DENY], False),
        # Whom a policy does not select, it does not close.
        ([{"podSelector": {"matchLabels": {"app": "other"}}}], True),
        ([{"podSelector": {"matchLabels": {"app": "web"}}}], False),
        # A policy for Egress alone says nothing of what comes in.
        ([{"podSelector": {}, "policyTypes": ["Egress"]}], True),
        # Without policyTypes, Ingress counts, whatever rules there are.
        ([{"podSelector": {}, "egress": [{}]}], False),
        # They only add up.
        ([DENY, ingress()], True),
        ([DENY, ingress(EDGE)], True),
        ([ingress(NGINX)], False),
        ([ingress({**EDGE, **NGINX})], True),
        ([ingress({**EDGE, "podSelector": {"matchLabels": {"app": "web"}}})], False),
        ([ingress({"namespaceSelector": {}})], True),
        ([ingress({})], False),
        ([ingress(expression("In", "net", "web"))], True),
        ([ingress(expression("NotIn", "net"))], False),
        ([ingress(expression("Exists"))], True),
        ([ingress(expression("DoesNotExist"))], False),
        ([ingress(expression("Gt", "1"))], False),
        ([ingress(block("10.0.0.0/24"))], True),
        ([ingress(block("10.0.0.0/24", "10.0.0.7/32"))], False),
        ([ingress(block("192.0.2.0/24"))], False),
        ([ingress(block("no network"))], False),
        ([ingress(ports=[{"port": 8080}])], True),
        ([ingress(ports=[{"port": 80}])], False),
        ([ingress(ports=[{"port": 8000, "endPort": 8080}])], True),
        ([ingress(ports=[{"port": 8000, "endPort": 8079}])], False),
        ([ingress(ports=[{"port": "http"}])], True),
        ([ingress(ports=[{"port": "dns"}])], False),
        ([ingress(ports=[{"port": "https"}])], False),
        ([ingress(ports=[{"protocol": "UDP", "port": 8080}])], False),
        ([ingress(ports=[{"protocol": "TCP"}])], True),
    ],
)
def test_what_comes_in(specs: list[dict[str, Any]], allowed: bool) -> None:
    ruling = judge_connection(policies(*specs), CONTROLLER, WEB, 8080)
    assert ruling.allowed is allowed
    assert ruling.direction == ("" if allowed else "Ingress")


@pytest.mark.parametrize(
    ("spec", "allowed"),
    [
        ({"podSelector": {}, "policyTypes": ["Egress"]}, False),
        ({"podSelector": {}, "policyTypes": ["Ingress"]}, True),
        (egress({"namespaceSelector": {"matchLabels": {NAME_LABEL: "shop"}}}), True),
        (egress({"podSelector": {}}), False),
        (egress(block("0.0.0.0/0")), True),
        # The name of a port is that of the pods that are reached.
        (egress(block("0.0.0.0/0"), ports=[{"port": "http"}]), True),
        (egress(block("0.0.0.0/0"), ports=[{"port": 53, "protocol": "UDP"}]), False),
    ],
)
def test_what_the_controller_may_ask(spec: dict[str, Any], allowed: bool) -> None:
    ruling = judge_connection(policies(spec, namespace="edge"), CONTROLLER, WEB, 8080)
    assert ruling.allowed is allowed
    assert [one.meta.namespace for one in ruling.by] == ([] if allowed else ["edge"])


def test_what_is_not_known_is_not_guessed() -> None:
    by_team = policies(DENY, ingress(expression("In", "net")))
    unread = Party("edge", {"app": "nginx"}, {NAME_LABEL: "edge"}, whole=False)
    assert judge_connection(by_team, unread, WEB, 8080).allowed is None
    assert judge_connection(policies(ingress(EDGE)), unread, WEB, 8080).allowed is True
    assert (
        judge_connection(policies(ingress(block("10.0.0.0/8"))), unread, WEB, 8080).allowed is None
    )
    node = Party("edge", {"app": "nginx"}, {NAME_LABEL: "edge"}, host_network=True)
    assert judge_connection(policies(ingress(EDGE)), node, WEB, 8080).allowed is None
    assert judge_connection(policies(DENY), node, WEB, 8080).allowed is False
    shared = Party("shop", {"app": "web"}, {NAME_LABEL: "shop"}, host_network=True)
    assert judge_connection(policies(DENY), CONTROLLER, shared, 8080).allowed is None


@pytest.mark.parametrize(
    ("specs", "closed"),
    [
        ([], False),
        ([DENY], True),
        ([ingress({"podSelector": {}})], True),
        ([ingress(EDGE)], False),
        ([ingress(block("192.0.2.0/24"))], False),
        ([ingress()], False),
        ([ingress(EDGE, ports=[{"port": 9}])], True),
    ],
)
def test_closed_to_every_other_namespace(specs: list[dict[str, Any]], closed: bool) -> None:
    ruling = closed_to_others(policies(*specs), WEB, 8080)
    assert ruling.allowed is (not closed)
