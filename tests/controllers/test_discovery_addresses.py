"""Where a controller is reached that has no load balancer, and what is said then."""

from __future__ import annotations

from typing import Any

from kubectl_ingress.controllers._discovery import Running, find_running
from tests.controllers.test_discovery import changed
from tests.manifests import LB, snapshot


def without_balancer(kind: str, *args: str) -> Running:
    objects: list[dict[str, Any]] = changed("", *args)
    service = objects[1]
    service["status"] = {"loadBalancer": {}}
    service["spec"]["type"] = kind
    for port, number in zip(service["spec"]["ports"], (30080, 30443), strict=False):
        port["nodePort"] = number
    [found] = find_running(snapshot(*objects))
    return found


def test_what_it_publishes_is_its_address_where_no_load_balancer_is() -> None:
    found = without_balancer("LoadBalancer", "--publish-status-address=localhost")
    assert found.addresses == ("localhost",)
    several = without_balancer("NodePort", "--publish-status-address= 192.0.2.1, a.example,")
    assert several.addresses == ("192.0.2.1", "a.example")


def test_a_load_balancer_is_the_address_whatever_it_publishes() -> None:
    [found] = find_running(snapshot(*changed("", "--publish-status-address=localhost")))
    assert found.addresses == (LB,)


def test_node_ports_are_named_where_there_is_nothing_else() -> None:
    found = without_balancer("NodePort", "--x")
    assert found.addresses == ()
    told = found.no_address()
    assert "is of type NodePort, so it has no load balancer" in told.message
    assert "any node's address, port 30080 (http)" in told.message
    assert told.fix == "kubectl get nodes -o wide"


def test_a_service_for_the_inside_only_says_no_more_than_that() -> None:
    told = without_balancer("ClusterIP", "--x").no_address()
    assert "is of type ClusterIP, so it has no load balancer" in told.message
    assert "node" not in told.message
