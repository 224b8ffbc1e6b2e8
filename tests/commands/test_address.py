from __future__ import annotations

import json
from typing import Any

import pytest

from kubectl_ingress.connection import ClusterOptions, addressed
from kubectl_ingress.errors import ApiForbidden, ApiUnreachable
from tests.fakes import FakeCluster
from tests.inventory.objects import leading, workload
from tests.manifests import LB, controller, ingress, ingress_class
from tests.running import FakeClock, run


def test_name_alone_on_stdout() -> None:
    ran = run(["address"], FakeCluster(controller()))
    assert (ran.status, ran.stdout, ran.stderr) == (0, f"{LB}\n", "")


def test_json() -> None:
    ran = run(["address", "-o", "json"], FakeCluster(controller()))
    assert json.loads(ran.stdout) == {"hostname": LB, "ip": None, "port": None}
    ran = run(["address", "-o", "json"], FakeCluster(controller(address="203.0.113.1")))
    assert json.loads(ran.stdout) == {"hostname": None, "ip": "203.0.113.1", "port": None}


def test_no_controller() -> None:
    ran = run(["address"], FakeCluster())
    assert ran.status == 1
    assert ran.stdout == ""
    assert "KI203" in ran.stderr
    assert "kubectl ingress install" in ran.stderr


def test_waits_for_the_cloud() -> None:
    cluster = FakeCluster(controller(address=None))
    clock = FakeClock()

    def named(now: float) -> None:
        if now >= 6:
            service = cluster.objects["Service", "ingress-nginx", "ingress-nginx-controller"]
            service["status"] = {"loadBalancer": {"ingress": [{"hostname": LB}]}}

    clock.on_sleep = named
    ran = run(["address", "--wait", "1m"], cluster, clock=clock)
    assert (ran.status, ran.stdout, clock.now) == (0, f"{LB}\n", 6)
    assert ran.stderr.count("waiting: KI601") == 1


def test_waits_no_longer_than_told() -> None:
    clock = FakeClock()
    ran = run(["address", "--wait", "5s"], FakeCluster(controller(address=None)), clock=clock)
    assert (ran.status, clock.now) == (1, 5)


def test_an_api_server_that_is_away_for_a_moment_is_waited_for_too() -> None:
    cluster = FakeCluster(controller(address=None))
    clock = FakeClock()
    away = ApiUnreachable("refused the connection", "check the network")

    def happen(now: float) -> None:
        if now == 2:
            cluster.fail("GET", "", away, 3)
        if now == 4:
            service = cluster.objects["Service", "ingress-nginx", "ingress-nginx-controller"]
            service["status"] = {"loadBalancer": {"ingress": [{"hostname": LB}]}}

    clock.on_sleep = happen
    ran = run(["address", "--wait", "1m"], cluster, clock=clock)
    assert (ran.status, ran.stdout, clock.now) == (0, f"{LB}\n", 5)
    # One that was never there is told at once.
    cluster.fail("GET", "", away)
    ran = run(["address", "--wait", "1m"], cluster, clock=clock)
    assert (ran.status, clock.now) == (2, 5)


def test_of_an_ingress() -> None:
    one = ingress()
    one["status"] = {"loadBalancer": {"ingress": [{"hostname": "x.example"}]}}
    assert run(["address", "web"], FakeCluster([*controller(), one])).stdout == "x.example\n"
    ran = run(["address", "web"], FakeCluster([*controller(), ingress_class(), ingress()]))
    assert ran.status == 1
    taken = "Ingress default/web has no address yet: ingress-nginx 1.15.1 takes it, and has written"
    assert ran.stderr == (
        f"error: {taken} none\n"
        "       kubectl describe ingress web\n"
        "       kubectl ingress address --controller ingress-nginx\n"
    )


def test_of_an_ingress_that_nobody_serves() -> None:
    none = run(["address", "web"], FakeCluster([ingress()]))
    assert none.status == 1
    assert none.stderr == (
        "error: KI203  no controller runs for Ingress default/web, so it gets no address\n"
        "       kubectl ingress install\n"
    )
    # Of a class that is not known here somebody may take it all the same.
    other = ingress(ingressClassName="own")
    unseen = run(["address", "web"], FakeCluster([other])).stderr
    assert "no controller has taken it\n       kubectl describe ingress web\n" in unseen


def test_a_next_step_leads_to_the_same_cluster_and_to_the_controller_s_own_namespace() -> None:
    words = ["address", "--context", "prod", "-n", "shop"]
    assert "kubectl ingress install --context prod\n" in run(words, FakeCluster()).stderr
    pending = run(words, FakeCluster(controller(address=None))).stderr
    look = "kubectl describe service -n ingress-nginx ingress-nginx-controller --context prod\n"
    assert look in pending
    assert "kubectl ingress address --wait 5m --context prod -n shop\n" in pending


def test_doing_it_twice_changes_nothing() -> None:
    options = ClusterOptions(context="prod", namespace="shop")
    once = addressed("kubectl get pods\nsee the manual\nkubectl get nodes -A", options)
    assert once.splitlines() == [
        "kubectl get pods --context prod -n shop",
        "see the manual",
        "kubectl get nodes -A --context prod",
    ]
    assert addressed(once, options) == once


OWN = "own.elb.example"


def addressed_ingress(class_name: str | None = "nginx") -> dict[str, Any]:
    one = ingress()
    one["status"] = {"loadBalancer": {"ingress": [{"hostname": OWN}]}}
    if class_name is None:
        del one["spec"]["ingressClassName"]
    else:
        one["spec"]["ingressClassName"] = class_name
    return one


@pytest.mark.parametrize("words", [[], ["web"], ["web", "-o", "json"]])
@pytest.mark.parametrize("class_name", ["nginx", "alb", "traefik"])
def test_what_is_left_from_a_controller_that_is_gone_is_no_address(
    words: list[str], class_name: str
) -> None:
    ran = run(["address", *words], FakeCluster([addressed_ingress(class_name)]))
    assert (ran.status, ran.stdout) == (1, "")
    assert ran.stderr.startswith("error: KI203  no ")
    if words:
        assert f"its address {OWN} is left from one that is gone" in ran.stderr


@pytest.mark.parametrize("words", [["address"], ["address", "web"]])
@pytest.mark.parametrize(
    ("class_name", "others"),
    [
        pytest.param("auto", [ingress_class("auto", "eks.amazonaws.com/alb")], id="beside"),
        pytest.param("gce", [], id="beside, by name"),
        pytest.param(None, [], id="without a class"),
        pytest.param("skipper", [], id="unknown"),
        pytest.param("edge", [ingress_class("edge", "example.com/edge")], id="unknown, with class"),
        # As where a registry of one's own has renamed the image.
        pytest.param("nginx", controller(address=OWN)[1:], id="its Service is there"),
    ],
)
def test_who_cannot_be_seen_is_taken_at_the_word_of_its_ingress(
    words: list[str], class_name: str | None, others: list[dict[str, Any]]
) -> None:
    ran = run(words, FakeCluster([addressed_ingress(class_name), *others]))
    assert (ran.status, ran.stdout) == (0, f"{OWN}\n"), ran.stderr


def test_an_ingress_whose_controller_runs_has_its_own_address_whatever_the_service_says() -> None:
    world = FakeCluster([*controller(), ingress_class(), addressed_ingress()])
    assert run(["address", "web"], world).stdout == f"{OWN}\n"


def test_a_controller_whose_service_is_gone_gives_none() -> None:
    deployment = controller()[0]
    world = FakeCluster([deployment, ingress_class(), addressed_ingress()])
    for words in (["address"], ["address", "web"]):
        ran = run(words, world)
        assert (ran.status, ran.stdout) == (1, "")
        assert ran.stderr.startswith("error: KI601  no Service leads to ingress-nginx")


@pytest.mark.parametrize("kind", ["services", "deployments"])
def test_who_may_not_look_for_the_controller_still_gets_what_the_ingress_says(kind: str) -> None:
    world = FakeCluster([addressed_ingress()])
    world.fail("GET", f"{kind}$", ApiForbidden(f"you may not list {kind}"))
    assert run(["address", "web"], world).stdout == f"{OWN}\n"


def test_who_may_not_list_classes_is_told_by_their_names() -> None:
    world = FakeCluster([addressed_ingress()])
    world.fail("GET", "ingressclasses$", ApiForbidden("you may not list classes"))
    assert "KI203" in run(["address", "web"], world).stderr


NODE = {
    "apiVersion": "v1",
    "kind": "Node",
    "metadata": {"name": "node-1"},
    "status": {
        "addresses": [{"type": "InternalIP", "address": "192.0.2.7"}],
        "conditions": [{"type": "Ready", "status": "True"}],
    },
}
# In the place of ingress-nginx, and no Service leads to it.
TRAEFIK = workload("traefik:v3.7.0", "traefik/traefik", args=["--providers.kubernetesingressnginx"])
LEADING = leading("traefik/traefik", to="traefik", address="traefik.elb.example")
HAPROXY = (
    workload("haproxytech/kubernetes-ingress:3.2.11", "haproxy/haproxy"),
    ingress_class("haproxy", "haproxy.org/ingress-controller"),
)


def shared(*more: Any) -> FakeCluster:
    """ingress-nginx and Traefik serve class nginx, of which there is an Ingress with an address."""
    return FakeCluster([*controller(address=OWN), ingress_class(), TRAEFIK, *more])


@pytest.mark.parametrize(
    "words",
    [[], ["--controller", "ingress-nginx"], ["--class", "nginx"]],
)
def test_one_of_two_that_no_service_leads_to_is_in_nobody_s_way(words: list[str]) -> None:
    ran = run(["address", "web", *words], shared(addressed_ingress()))
    assert (ran.status, ran.stdout, ran.stderr) == (0, f"{OWN}\n", "")


# `status` lists it by the first name; its two providers are controllers of their own.
@pytest.mark.parametrize("name", ["traefik", "traefik-nginx"])
def test_of_an_ingress_that_two_take_it_is_that_of_whom_was_asked_for(name: str) -> None:
    words = ["address", "web", "--controller", name]
    ran = run(words, shared(addressed_ingress()))
    assert (ran.status, ran.stdout) == (1, "")
    assert ran.stderr.startswith("error: KI601  no Service leads to Traefik's provider")
    led = shared(addressed_ingress(), LEADING)
    assert run(words, led).stdout == "traefik.elb.example\n"
    assert run(["address", "--controller", name], led).stdout == "traefik.elb.example\n"


@pytest.mark.parametrize("words", [["--controller", "haproxytech"], ["--class", "haproxy"]])
def test_who_does_not_take_an_ingress_has_no_address_for_it(words: list[str]) -> None:
    ran = run(["address", "web", *words], shared(addressed_ingress(), *HAPROXY))
    assert (ran.status, ran.stdout) == (2, "")
    assert (
        "does not take Ingress default/web; what takes it: ingress-nginx 1.15.1, Traefik's"
    ) in ran.stderr
    none = run(["address", "web", "--controller", "contour"], shared(addressed_ingress()))
    assert none.status == 2
    assert "what runs: ingress-nginx, traefik-nginx" in none.stderr


def test_one_that_runs_beside_the_cluster_is_no_stranger_to_its_ingress() -> None:
    own = ingress_class("auto", "eks.amazonaws.com/alb")
    words = ["address", "web", "--controller", "eks-auto-mode"]
    assert run(words, FakeCluster([addressed_ingress("auto"), own])).stdout == f"{OWN}\n"
    assert run(words, shared(addressed_ingress())).status == 2


def test_who_may_not_see_what_runs_cannot_choose() -> None:
    world = shared(addressed_ingress())
    world.fail("GET", "deployments$", ApiForbidden("you may not list deployments"))
    ran = run(["address", "web", "--controller", "ingress-nginx"], world)
    assert (ran.status, ran.stdout) == (2, "")


@pytest.mark.parametrize("words", [[], ["--controller", "haproxytech"]])
def test_of_an_ingress_whose_controller_is_at_node_ports_it_is_a_node_s(words: list[str]) -> None:
    entry = leading("haproxy/haproxy", to="haproxy", kind="NodePort", address="")
    entry["spec"]["ports"] = [{"name": "http", "port": 80, "nodePort": 30080}]
    world = FakeCluster([*HAPROXY, entry, ingress(ingressClassName="haproxy")])
    ran = run(["address", "web", *words], world)
    assert ran.status == 1
    assert "is of type NodePort" in ran.stderr or "node" in ran.stderr
    world.add(NODE)
    assert run(["address", "web", *words], world).stdout == "192.0.2.7:30080\n"
