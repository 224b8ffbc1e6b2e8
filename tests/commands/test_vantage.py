"""``kubectl ingress test --via --from``: what is typed and what is said; tests/scenarios sends."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kubectl_ingress.core.answer import Answer, Failure, Plan, Timings, Unreachable
from kubectl_ingress.errors import ApiForbidden
from tests.commands.test_test import road
from tests.fakes import FakeCluster
from tests.manifests import slice_of
from tests.running import Ran, answer, run

URL = "https://jko.example.com/echo-hostname"
NODE = {
    "apiVersion": "v1",
    "kind": "Node",
    "metadata": {"name": "node-1"},
    "status": {
        "addresses": [{"type": "InternalIP", "address": "192.0.2.7"}],
        "conditions": [{"type": "Ready", "status": "True"}],
    },
}
ENTRY = "ingress-nginx-controller"


def cluster(**service: Any) -> FakeCluster:
    """The tutorial's, with machines, addresses and ports."""
    made = road()
    found = made.objects["Service", "ingress-nginx", ENTRY]
    ports = [
        {"name": "http", "port": 80, "targetPort": "http", "nodePort": 30080},
        {"name": "https", "port": 443, "targetPort": "https", "nodePort": 30443},
    ]
    found["spec"] |= {"clusterIP": "10.96.0.9", "ports": ports, **service}
    entry = slice_of(ENTRY, "controller-1", namespace="ingress-nginx")
    entry["ports"] = [{"name": "http", "port": 80}, {"name": "https", "port": 443}]
    made.add(entry)
    made.add(NODE)
    return made


def sent(
    *words: str,
    reply: Answer | Unreachable | None = None,
    reaches: Any = None,
    **service: Any,
) -> tuple[Ran, list[Plan]]:
    plans: list[Plan] = []

    def noted(plan: Plan) -> Answer | Unreachable:
        plans.append(plan)
        return reply or answer(200, "Container Hostname : hostname-deployment-1 ")

    return run(["test", URL, *words], cluster(**service), noted, reaches=reaches), plans


@pytest.mark.parametrize(
    ("via", "address", "port"),
    [("nodeport", "192.0.2.7", 30443), ("service", "10.96.0.9", 443)],
)
def test_the_place_is_sent_to_and_said(via: str, address: str, port: int) -> None:
    ran, (plan,) = sent("--via", via, "-o", "json")
    assert ran.status == 0, ran.stdout
    assert (plan.address, plan.port, plan.direct) == (address, port, True)
    assert plan.request.host == "jko.example.com"
    place = json.loads(ran.stdout)["place"]
    assert place == {
        "via": via,
        "from": "local",
        "address": address,
        "port": port,
        "pod": None,
        "through": None,
    }


def test_a_pod_is_asked_in_plain_http_for_the_path_that_it_would_get() -> None:
    reached = []

    def reaches(address: str, port: int, seconds: float) -> bool:
        reached.append((address, port))
        return True

    ran, (plan,) = sent("--via", "pod", reaches=reaches)
    assert ran.status == 0, ran.stdout
    assert (plan.request.scheme, plan.request.target, plan.verify) == ("http", "/", False)
    assert reached == [(plan.address, plan.port)]
    assert "through the API server" not in ran.stdout


def test_a_pod_that_no_network_reaches_is_met_through_the_api() -> None:
    made = cluster()
    error = ApiForbidden("you may not get pods/portforward", "ask somebody")
    made.fail("GET", "/portforward$", error)
    words = ["test", URL, "--via", "controller"]
    ran = run(words, made, lambda _: answer(), reaches=lambda *_: False)
    asked = made.requests[-1]
    assert asked.path == "/api/v1/namespaces/ingress-nginx/pods/controller-1/portforward"
    assert asked.query == {"ports": "443"}
    assert (ran.status, ran.stdout) == (2, "")
    assert "error: you may not get pods/portforward" in ran.stderr


def test_a_hop_that_refuses_is_named() -> None:
    refused = Unreachable(Failure.REFUSED, "Connection refused", "connect", Timings(0.01))
    ran, _ = sent("--via", "nodeport", reply=refused)
    assert ran.status == 1
    assert "× node port      connection refused, node node-1, 192.0.2.7:30443" in ran.stdout
    assert "KI603  node node-1 (192.0.2.7 port 30443): connection refused" in ran.stdout


def test_a_way_that_there_is_not() -> None:
    ran, plans = sent("--via", "service", clusterIP="None")
    assert (ran.status, plans) == (1, [])
    assert "KI640  Service ingress-nginx/ingress-nginx-controller has no ClusterIP" in ran.stdout
    assert "--via controller" in ran.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--via", "moon"], "'moon' is not one of"),
        (["--parallelism", "3"], "add: --from cluster"),
        (["--image", "curl:1"], "add: --from cluster"),
        (["--job-namespace", "x"], "add: --from cluster"),
        (["--via", "pod", "--connect-to", "::192.0.2.1:80"], "leave one of them out"),
        (["--from", "cluster", "--cacert", "ca.pem"], "which no pod can read"),
        (["--from", "cluster", "--duration", "3s"], "only --count"),
        (["--from", "cluster", "--watch"], "only --count"),
        (["--from", "cluster", "--count", "4", "--concurrency", "2"], "--parallelism N"),
        (["--from", "cluster", "--parallelism", "3"], "--count 3"),
    ],
)
def test_what_does_not_go_together_costs_no_round_trip(words: list[str], said: str) -> None:
    ran = run(["test", URL, *words])
    assert (ran.status, ran.stdout) == (2, "")
    assert said in ran.stderr


def test_route_tests_have_one_way() -> None:
    ran = run(["test", "--spec", "routes.yaml", "--via", "pod"])
    assert ran.status == 2
    assert "--via does not go with --spec" in ran.stderr
