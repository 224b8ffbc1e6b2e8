"""Which endpoints a Service has, without a cluster."""

from __future__ import annotations

from typing import Any

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.controllers import endpoints, endpointslices, service_pods
from kubectl_ingress.lab.ports_annotation import PORTS_ANNOTATION
from tests.lab.controller_objects import ago, pod


def service(**spec: Any) -> Json:
    asked = {"clusterIP": "10.96.0.9", "selector": {"app": "web"}, "ports": [{"port": 80}]}
    metadata = {"name": "web", "namespace": "d", "uid": "S", "creationTimestamp": ago(100)}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": asked | spec}


NAMED = [{"name": "x", "ports": [{"name": "web", "containerPort": 8080}]}]


def test_ports_are_those_where_the_programs_listen() -> None:
    ports = [
        {"name": "a", "port": 80, "targetPort": "web"},
        {"name": "b", "port": 81, "targetPort": 9000, "appProtocol": "http"},
        {"name": "c", "port": 82, "targetPort": "nowhere"},
    ]
    asked = service(ports=ports)
    assert service_pods.ports_of(asked, pod(spec={"containers": NAMED})) == [
        {"name": "a", "port": 8080, "protocol": "TCP"},
        {"name": "b", "port": 9000, "protocol": "TCP", "appProtocol": "http"},
    ]
    moved = {"annotations": {PORTS_ANNOTATION: '{"8080": 30001}'}}
    found = service_pods.ports_of(asked, pod(spec={"containers": NAMED}, metadata=moved))
    assert [port["port"] for port in found] == [30001, 9000]


def test_pods_with_different_ports_are_in_different_slices() -> None:
    asked = service(ports=[{"port": 80, "targetPort": "web"}])
    other = [{"name": "x", "ports": [{"name": "web", "containerPort": 9090}]}]
    chosen = [
        pod("a", spec={"containers": NAMED}),
        pod("b", spec={"containers": other}),
        pod("c", "Succeeded", spec={"containers": NAMED}),
        pod("d", spec={"containers": NAMED, "nodeName": "gone"}),
    ]
    groups = endpointslices.grouped(asked, chosen, "IPv4", {"n": "zone-1"})
    made = endpointslices.slices(asked, [], groups, "IPv4")
    assert [(each["ports"][0]["port"], len(each["endpoints"])) for each in made] == [
        (8080, 1), (9090, 1),
    ]  # fmt: skip
    assert made[0]["endpoints"][0] == {
        "addresses": ["10.0.0.1"],
        "conditions": {"ready": True, "serving": True, "terminating": False},
        "targetRef": {"kind": "Pod", "namespace": "d", "name": "a", "uid": "a"},
        "nodeName": "n",
        "zone": "zone-1",
    }
    assert made[0]["metadata"]["labels"] == {
        "kubernetes.io/service-name": "web",
        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
    }


def test_slices_change_as_little_as_possible_and_hold_a_hundred() -> None:
    asked = service()
    many = [pod(f"p{number:03}") for number in range(150)]
    groups = endpointslices.grouped(asked, many, "IPv4", {"n": ""})
    made = endpointslices.slices(asked, [], groups, "IPv4")
    assert [len(each["endpoints"]) for each in made] == [100, 50]
    for number, each in enumerate(made):
        each["metadata"] |= {"name": f"web-{number}", "uid": str(number)}
    without_first = endpointslices.grouped(asked, many[1:], "IPv4", {"n": ""})
    again = endpointslices.slices(asked, made, without_first, "IPv4")
    assert [len(each["endpoints"]) for each in again] == [99, 50]
    assert again[1] == made[1]


def test_a_service_without_pods_has_an_empty_slice() -> None:
    asked = service(clusterIP="None")
    made = endpointslices.slices(asked, [], {}, "IPv4")
    assert [(each["endpoints"], each["ports"]) for each in made] == [(None, None)]
    assert made[0]["metadata"]["labels"]["service.kubernetes.io/headless"] == ""


def test_unready_and_terminating_pods() -> None:
    unready = pod("u", ready=None)
    ending = pod("t", metadata={"deletionTimestamp": ago(0)})
    early = service(publishNotReadyAddresses=True)
    conditions = {
        name: endpointslices.endpoint_of(each, asked, "IPv4", "")["conditions"]
        for name, each, asked in (
            ("unready", unready, service()),
            ("early", unready, early),
            ("ending", ending, service()),
        )
    }
    assert conditions == {
        "unready": {"ready": False, "serving": False, "terminating": False},
        "early": {"ready": True, "serving": False, "terminating": False},
        "ending": {"ready": False, "serving": True, "terminating": True},
    }
    told = endpoints.subsets_of(service(), [unready, ending, pod("r")])
    assert [[e["targetRef"]["name"] for e in told[0][k]] for k in sorted(told[0])[:2]] == [
        ["r"], ["u"],
    ]  # fmt: skip
    assert len(endpoints.subsets_of(early, [unready, ending])[0]["addresses"]) == 2


def test_ports_of_the_same_pods_are_one_subset() -> None:
    asked = service(ports=[{"name": "a", "port": 80}, {"name": "b", "port": 81}])
    assert [len(each["ports"]) for each in endpoints.subsets_of(asked, [pod()])] == [2]
    headless = service(clusterIP="None", ports=None)
    assert [sorted(each) for each in endpoints.subsets_of(headless, [pod()])] == [["addresses"]]


def test_the_trigger_time_is_the_earliest_change_since() -> None:
    times, asked = service_pods.TriggerTimes(), service()
    created = asked["metadata"]["creationTimestamp"]
    assert times.next(asked, [pod("a", ready=50)]) == created
    assert times.next(asked, [pod("a", ready=50)]) == ""
    both = [pod("a", ready=20), pod("b", ready=30)]
    assert times.next(asked, both) == both[1]["status"]["conditions"][0]["lastTransitionTime"]
