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


BARE = {"type": "NodePort"}


def bare(*words: str, target: str = URL, host: str = "jko.example.com") -> tuple[Ran, list[Plan]]:
    """The same where nothing makes load balancers."""
    plans: list[Plan] = []

    def reply(plan: Plan) -> Answer:
        plans.append(plan)
        return answer(200, "Container Hostname : hostname-deployment-1 ")

    made = cluster(**BARE)
    made.objects["Service", "ingress-nginx", ENTRY]["status"] = {}
    made.objects["Ingress", "default", "ingress-example"]["spec"]["rules"][0]["host"] = host
    return run(["test", target, *words], made, reply), plans


def test_without_a_load_balancer_by_design_a_node_is_asked() -> None:
    ran, (plan,) = bare()
    assert ran.status == 0, ran.stdout
    assert (plan.address, plan.port, plan.direct) == ("192.0.2.7", 30443, True)
    assert plan.request.authority == "jko.example.com"
    assert "√ node port      node node-1, 192.0.2.7:30443" in ran.stdout


@pytest.mark.parametrize(
    ("target", "words", "port", "authority"),
    [
        ("/echo-hostname", (), 30080, "192.0.2.7:30080"),
        ("/echo-hostname", ("-H", "Host: jko.example.com"), 30080, "jko.example.com"),
        ("http://jko.example.com:30080/echo-hostname", (), 30080, "jko.example.com:30080"),
        ("http://jko.example.com/echo-hostname", ("--count", "2"), 30080, "jko.example.com"),
        ("https://jko.example.com:443/echo-hostname", (), 30443, "jko.example.com"),
    ],
)
def test_a_node_is_asked_as_clients_ask_it(
    target: str, words: tuple[str, ...], port: int, authority: str
) -> None:
    ran, plans = bare(*words, target=target, host="")
    assert ran.status == 0, ran.stdout
    assert {(plan.address, plan.port, plan.request.authority) for plan in plans} == {
        ("192.0.2.7", port, authority)
    }


def test_route_tests_go_by_the_node_too() -> None:
    made = cluster(**BARE)
    made.objects["Service", "ingress-nginx", ENTRY]["status"] = {}
    # ingress-nginx writes the nodes there, at whose port 80 nobody listens.
    status = {"loadBalancer": {"ingress": [{"ip": "192.0.2.7"}]}}
    made.objects["Ingress", "default", "ingress-example"]["status"] = status
    plans: list[Plan] = []

    def reply(plan: Plan) -> Answer:
        plans.append(plan)
        if plan.request.path != "/echo-hostname":
            return answer(404, "<center>nginx</center>")
        return answer(200, "Container Hostname : hostname-deployment-1 ")

    ran = run(["test", "--all"], made, reply)
    assert ran.status == 0, ran.stdout
    hosts = ["jko.example.com", "jko.example.com", "zq7.invalid"]
    assert [(plan.address, plan.port, plan.request.host) for plan in plans] == [
        ("192.0.2.7", 30080, host) for host in hosts
    ]


def test_without_a_node_that_is_ready_there_is_no_way_in() -> None:
    made = cluster(**BARE)
    made.objects["Service", "ingress-nginx", ENTRY]["status"] = {}
    made.objects["Node", "", "node-1"]["status"]["conditions"][0]["status"] = "False"
    for words in (["test", URL], ["test", "/"], ["test", "--all"], ["address"]):
        ran = run(words, made, lambda plan: pytest.fail(f"{plan} is sent"))
        assert ran.status == 1
        assert "no node of the cluster is ready" in ran.stdout + ran.stderr


def test_who_may_not_read_nodes_is_told_the_port() -> None:
    made = cluster(**BARE)
    made.objects["Service", "ingress-nginx", ENTRY]["status"] = {}
    made.fail("GET", "/nodes$", ApiForbidden("you may not list nodes", "ask somebody"))
    for words in (["test", URL], ["test", "--all"], ["address"]):
        ran = run(words, made, lambda plan: pytest.fail(f"{plan} is sent"))
        assert ran.status == 1
        assert "at any node's address, port 30080 (http)" in " ".join(
            (ran.stdout + ran.stderr).split()
        )
    assert run(["test", URL, "--via", "nodeport"], made).status == 2


def test_the_address_is_that_of_a_node_with_its_port() -> None:
    made = cluster(**BARE)
    made.objects["Service", "ingress-nginx", ENTRY]["status"] = {}
    assert run(["address"], made).stdout == "192.0.2.7:30080\n"
    found = json.loads(run(["address", "-o", "json"], made).stdout)
    assert found == {"hostname": None, "ip": "192.0.2.7", "port": 30080}
    addresses = made.objects["Node", "", "node-1"]["status"]["addresses"]
    addresses[0]["address"] = "2001:db8::7"
    assert run(["address"], made).stdout == "[2001:db8::7]:30080\n"


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
