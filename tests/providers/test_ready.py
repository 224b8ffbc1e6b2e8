"""When an installation is ready, and where requests come in: as its provider has it."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_ingress.errors import ExitStatus
from kubectl_ingress.install.detection import NO_NODES, Nodes, named
from kubectl_ingress.install.entry import entry
from kubectl_ingress.install.settings import CONTROLLER_NAME
from kubectl_ingress.install.stages import Readings, judge, rollout_of
from kubectl_ingress.providers import CLOUD, Variant
from tests.install.world import NS, World, endpoint_slice, event, node, pod

DAEMON_SET = Variant(workload="DaemonSet")
NODE_PORT = Variant(service_type="NodePort")
HOST_PORTS = Variant(host_ports=True)


def service(status: dict[str, Any] | None = None) -> dict[str, Any]:
    ports = [
        {"name": "http", "port": 80, "nodePort": 30080},
        {"name": "https", "port": 443, "nodePort": 30443},
    ]
    return {"spec": {"ports": ports}, "status": {"loadBalancer": status or {}}}


def test_a_load_balancer_is_its_address():
    status = {"ingress": [{"ip": "192.0.2.7"}]}
    found = entry(service(status), CLOUD, named("do"), NO_NODES)
    assert (found.addresses, found.remark) == (("192.0.2.7",), "")
    named_one = entry(service({"ingress": [{"hostname": "a.b"}]}), CLOUD, named("aws"), NO_NODES)
    assert named_one.remark == "new names can take minutes to resolve"


@pytest.mark.parametrize(
    ("nodes", "address"),
    [
        (Nodes(addresses=("192.0.2.1", "192.0.2.2")), "192.0.2.1:30080"),
        (Nodes(addresses=("2001:db8::1",)), "[2001:db8::1]:30080"),
        (NO_NODES, "NODE:30080"),
    ],
)
def test_a_node_port_is_an_address_of_a_node_and_a_port(nodes, address):
    found = entry(service(), NODE_PORT, named("baremetal"), nodes)
    assert found.addresses == (address,)
    assert found.remark == "and port 30443 for https, on every node"


def test_host_ports_are_localhost_and_what_a_load_balancer_adds():
    assert entry(service(), HOST_PORTS, named("kind"), NO_NODES).addresses == ("localhost",)
    status = {"ingress": [{"ip": "172.18.0.5"}]}
    found = entry(service(status), HOST_PORTS, named("kind"), NO_NODES)
    assert found.addresses == ("localhost", "172.18.0.5")


@pytest.mark.parametrize("variant", [NODE_PORT, HOST_PORTS])
def test_no_load_balancer_is_waited_for_where_none_is_made(variant):
    labels = [stage.label for stage in judge(Readings(), named("kind"), variant)]
    assert labels == ["controller", "admission webhook"]
    assert len(judge(Readings(), named("aws"), CLOUD)) == 3


def daemon_set(
    wanted: int = 2, updated: int = 2, available: int = 2, seen: int = 1
) -> dict[str, Any]:
    return {
        "kind": "DaemonSet",
        "metadata": {"generation": 1},
        "spec": {},
        "status": {
            "observedGeneration": seen,
            "desiredNumberScheduled": wanted,
            "updatedNumberScheduled": updated,
            "numberAvailable": available,
        },
    }


@pytest.mark.parametrize(
    ("state", "done", "detail"),
    [
        (daemon_set(), True, "2/2 ready"),
        (daemon_set(available=1), False, "1/2 ready"),
        (daemon_set(updated=1), False, "1/2 ready"),
        (daemon_set(seen=0), False, "0/2 ready"),
        (daemon_set(0, 0, 0), False, "no node is for it"),
        # Before its controller has looked, it does not know how many it wants.
        (daemon_set(0, 0, 0, seen=0), False, "0/0 ready"),
        (None, False, "its DaemonSet is gone"),
    ],
)
def test_a_daemon_set_is_judged_by_its_nodes(state, done, detail):
    secret = {"data": {"ca": "Q0E=", "cert": "eA==", "key": "eQ=="}}
    readings = Readings(workload=state, secret=secret)
    stage = judge(readings, named("exoscale"), DAEMON_SET)[0]
    assert (stage.done, stage.detail) == (done, detail)
    assert rollout_of(state).done is done


class OtherWorld(World):
    """A cluster of another provider, where the controller may be a DaemonSet."""

    kind = "Deployment"

    def __init__(self, provider_id: str) -> None:
        super().__init__()
        machine = node(provider_id)
        machine["status"] = {"addresses": [{"type": "InternalIP", "address": "192.0.2.9"}]}
        self.cluster.add(machine)

    def make_pods(self, available: int = 0) -> None:
        if self.kind == "Deployment":
            super().make_pods(available)
            return
        status = daemon_set(1, 1, available)["status"]
        live = self.edit("DaemonSet", CONTROLLER_NAME)
        live["status"] = status | {"observedGeneration": live["metadata"]["generation"]}

    def start_controller(self) -> None:
        self.make_pods(available=1)
        self.cluster.add(endpoint_slice())

    def give_node_ports(self) -> None:
        ports = self.edit("Service", CONTROLLER_NAME)["spec"]["ports"]
        for port in ports:
            port["nodePort"] = 30000 + port["port"]


def test_bare_metal_is_ready_without_a_load_balancer_and_says_which_port():
    world = OtherWorld("").becomes_ready(balancer=9999)
    world.at(1, world.give_node_ports)
    result = world.install("--provider", "kubeadm")
    assert result.status is ExitStatus.OK, result.err
    assert result.out == (
        "Ready. Address 192.0.2.9:30080 (and port 30443 for https, on every node)\n"
    )
    assert "load balancer" not in result.err.replace("maker of load balancers", "")
    assert "baremetal (generic: nodes have no spec.providerID)" in result.err
    assert "Service ingress-nginx-controller" in result.err
    assert "NodePort" in result.err
    assert world.now < 1010


def test_kind_is_detected_and_ready_without_a_load_balancer():
    world = OtherWorld("kind://docker/kind/kind-control-plane").becomes_ready(balancer=9999)
    result = world.install()
    assert result.status is ExitStatus.OK, result.err
    assert result.out.startswith("Ready. Address localhost (ports 80 and 443 of the node")
    assert "extraPortMappings" in result.err
    assert "LoadBalancer (not waited for)" in result.err
    assert "kind (nodes say kind://docker/kind/…)" in result.err


def test_a_cloud_is_waited_for_and_named():
    world = OtherWorld("gce://p/z/n").becomes_ready(balancer=20)
    result = world.install()
    assert result.status is ExitStatus.OK, result.err
    assert "cloud (gke: nodes say gce://p/z/…)" in result.err
    assert "named by Google" in result.err
    assert world.now >= 1020


def test_exoscale_runs_a_daemon_set():
    world = OtherWorld("exoscale://abc")
    world.kind = "DaemonSet"
    world.becomes_ready(balancer=10)
    result = world.install()
    assert result.status is ExitStatus.OK, result.err
    assert "1/1 ready" in result.err
    assert ("DaemonSet", NS, CONTROLLER_NAME) in world.cluster.objects
    refused = world.install("--replicas", "2")
    assert refused.status is ExitStatus.COULD_NOT_RUN
    assert "provider exoscale has no --replicas" in refused.err


def test_pods_that_are_refused_to_a_daemon_set_are_told():
    world = OtherWorld("exoscale://abc")
    world.kind = "DaemonSet"
    world.at(2, world.make_certificate)
    world.at(
        3,
        lambda: world.cluster.add(
            event("DaemonSet", CONTROLLER_NAME, "exceeded quota", reason="FailedCreate")
        ),
    )

    def starting() -> None:
        world.make_pods()
        live = world.edit("DaemonSet", CONTROLLER_NAME)["status"]
        live["updatedNumberScheduled"] = 0

    world.at(3, starting)
    result = world.install("--timeout", "25s")
    assert result.status is ExitStatus.FAILED
    assert "KI707" in result.err
    assert "exceeded quota" in result.said


def test_a_daemon_set_that_no_node_is_for_is_told():
    world = OtherWorld("exoscale://abc")
    world.kind = "DaemonSet"
    world.at(2, world.make_certificate)

    def nowhere() -> None:
        world.make_pods()
        world.edit("DaemonSet", CONTROLLER_NAME)["status"]["desiredNumberScheduled"] = 0

    world.at(3, nowhere)
    result = world.install("--timeout", "25s")
    assert "finds no node that its pods may run on" in result.said
    assert "controller: no node is for it (KI703)" in result.said


def test_host_ports_that_are_taken_are_told():
    world = OtherWorld("kind://docker/kind/n")
    taken = {
        "type": "PodScheduled",
        "status": "False",
        "message": "0/1 nodes are available: 1 node(s) didn't have free ports",
    }
    world.at(2, world.make_certificate)
    world.at(3, world.make_pods)
    world.at(3, lambda: world.cluster.add(pod(node="", conditions=[taken])))
    result = world.install("--timeout", "25s")
    assert "KI703" in result.err
    assert "free ports" in result.said


def test_what_is_wrong_with_a_version_is_told_and_of_a_build_of_ones_own_nothing_is_known():
    world = OtherWorld("gce://p/z/n")
    chosen = world.install("--no-wait", "--version", "1.14.5")
    assert "! KI710  ingress-nginx 1.14.5 has known vulnerabilities: CVE-2026-42945" in chosen.err
    # Also of the last release, which nothing has fixed since.
    last = OtherWorld("gce://p/z/n").install("--no-wait").err
    assert "! KI710  ingress-nginx 1.15.1 has known vulnerabilities: CVE-2026-42945" in last
    # What is not named stays as it is, and is told again.
    assert "KI710" in world.install("--no-wait").err
    prime = world.install("--no-wait", "--version", "1.14.5", "--image", "r.example/c:v1.14.5-p")
    assert "KI710" not in prime.err


def test_the_place_of_a_provider_that_was_named_is_still_looked_for():
    result = OtherWorld("azure:///x/y").install("--provider", "cloud", "--no-wait")
    assert "cloud (aks: nodes say azure:///x/…)" in result.err
    assert "/healthz" in result.err
    other = OtherWorld("azure:///x/y").install("--provider", "gke", "--no-wait")
    assert "cloud (gke: nodes say azure:///x/…)" in other.err
