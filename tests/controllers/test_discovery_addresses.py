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


def alone(*services: dict[str, Any], **spec: Any) -> list[str]:
    """The codes of what shuts out a controller whose own Service is gone."""
    deployment = changed("")[0]
    deployment["spec"]["template"]["spec"] |= spec
    [found] = find_running(snapshot(deployment, *services))
    return [one.code for one in found.shut]


def inside(name: str) -> dict[str, Any]:
    service = changed("")[1]
    service["metadata"]["name"] = "admission"
    service["spec"]["ports"] = [{"name": name, "port": 8443}]
    return service


def test_a_service_that_is_gone_shuts_it_out() -> None:
    assert alone() == ["KI601"]
    assert alone(inside("https-webhook")) == ["KI601"]
    assert alone(inside("metrics")) == ["KI601"]
    # One on a port of another name may be for traffic, and so may be the nodes' own ports.
    assert alone(inside("edge")) == []
    assert alone(hostNetwork=True) == []


def test_it_is_found_by_its_port_for_https_alone() -> None:
    deployment, service = changed("", "--x")
    service["spec"]["ports"] = [{"name": "https", "port": 8443}]
    [found] = find_running(snapshot(deployment, service))
    assert found.service is not None


def test_what_the_cloud_carries_needs_no_service_of_its_own() -> None:
    images = "amazon/aws-load-balancer-controller:v2.8", "kong/kubernetes-ingress-controller:3.5"
    for image in images:
        [found] = find_running(snapshot(changed(image, "--x")[0]))
        assert found.shut == ()


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
