from __future__ import annotations

import json

from kubectl_ingress.connection import ClusterOptions, addressed
from kubectl_ingress.errors import ApiUnreachable
from tests.fakes import FakeCluster
from tests.manifests import LB, controller, ingress
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
    assert run(["address", "web"], FakeCluster([one])).stdout == "x.example\n"
    ran = run(["address", "web"], FakeCluster([ingress()]))
    assert ran.status == 1
    assert "no address yet" in ran.stderr


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
