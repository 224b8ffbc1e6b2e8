"""The hops that a request can be sent to, found among the objects of a cluster."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from kubectl_ingress.controllers._haproxy.settings import Settings as HaproxySettings
from kubectl_ingress.controllers._ingress_nginx.settings import Settings as NginxSettings
from kubectl_ingress.controllers._to_pods import protocol_annotations
from kubectl_ingress.core.answer import Answer, Failure, Plan, Timings, Unreachable
from kubectl_ingress.core.objects import (
    Endpoint,
    EndpointSlice,
    Finding,
    Meta,
    Node,
    Service,
    ServicePort,
)
from kubectl_ingress.core.question import Controller, Expectation, Question
from kubectl_ingress.core.request import (
    Backend,
    Decision,
    Outcome,
    OutcomeKind,
    Request,
    Route,
    Target,
    Way,
)
from kubectl_ingress.core.vantage import (
    Entrance,
    Place,
    Via,
    asked_in,
    judge_at,
    place_of,
    sent_to_pod,
    ways,
)

PORTS = (
    ServicePort("http", 80, "http", "TCP", 30080),
    ServicePort("https", 443, "https", "TCP", 30443),
)
SERVICE = Service(
    Meta("in", "entry", {}, {}),
    "LoadBalancer",
    PORTS,
    {"app": "c"},
    "",
    "10.96.0.7",
    ("lb.test",),
    traffic_policy="Local",
)
SLICE = EndpointSlice(
    Meta("in", "entry-x", {}, {}),
    "entry",
    {"http": 8080, "https": 8443},
    (
        Endpoint("10.0.0.1", False, "c-unready", node="one"),
        Endpoint("10.0.0.2", True, "c-ready", node="two"),
    ),
)
NODES = (
    Node(Meta("", "one", {}, {}), "", "192.0.2.1", "203.0.113.1", True),
    Node(Meta("", "two", {}, {}), "", "192.0.2.2", "203.0.113.2", True),
)
ENTRANCE = Entrance("nginx 1", SERVICE, ("lb.test",), (SLICE,), NODES)
BACKEND = Backend(
    "shop",
    "web",
    "80",
    endpoints=(Target("10.0.1.1", 5000, "w-1", ready=False), Target("10.0.1.2", 5000, "w-2")),
)
FORWARD = Outcome(OutcomeKind.FORWARD, upstream_path="/seen?q=1", backends=(BACKEND,))
PROTOCOL = "nginx.ingress.kubernetes.io/backend-protocol"
CONTROLLER = Controller("nginx 1", "nginx", "in/entry", 1, 1)


def decision(
    request: Request = Request("a.test", "/asked?q=1"), outcome: Outcome = FORWARD
) -> Decision:
    return Decision(request, outcome, Route("shop/web", "a.test", "/", "Prefix"))


@pytest.mark.parametrize(
    ("via", "inside", "expected"),
    [
        ("lb", False, Place(Via.LB, "lb.test", 80, "load balancer")),
        ("nodeport", False, Place(Via.NODEPORT, "203.0.113.2", 30080, "node two")),
        ("nodeport", True, Place(Via.NODEPORT, "192.0.2.2", 30080, "node two")),
        ("service", True, Place(Via.SERVICE, "10.96.0.7", 80, "Service in/entry")),
        (
            "controller",
            False,
            Place(Via.CONTROLLER, "10.0.0.2", 8080, "controller's pod c-ready", "in/c-ready"),
        ),
        ("pod", False, Place(Via.POD, "10.0.1.2", 5000, "application's pod w-2", "shop/w-2")),
    ],
)
def test_each_hop(via: str, inside: bool, expected: Place) -> None:
    assert place_of(Via(via), ENTRANCE, decision(), inside=inside) == expected


def test_where_every_node_answers_it_is_the_same_one_wherever_the_pods_are() -> None:
    service = replace(SERVICE, traffic_policy="Cluster")
    found = place_of(Via.NODEPORT, replace(ENTRANCE, service=service), decision())
    assert found == Place(Via.NODEPORT, "203.0.113.1", 30080, "node one")


def test_the_port_follows_the_url() -> None:
    https = decision(Request("a.test", "/", scheme="https"))
    assert [(p.via, p.port) for p in ways(ENTRANCE, https)] == [
        (Via.POD, 5000),
        (Via.CONTROLLER, 8443),
        (Via.SERVICE, 443),
        (Via.NODEPORT, 30443),
        (Via.LB, 443),
    ]
    other = decision(Request("a.test", "/", port=8081))
    # The load balancer may have more ports than its Service.
    assert [(p.via, p.port) for p in ways(ENTRANCE, other)] == [(Via.POD, 5000), (Via.LB, 8081)]


def test_a_service_under_another_port_is_found_by_its_name() -> None:
    service = replace(SERVICE, ports=(ServicePort("http", 8000, 80, "TCP", None),))
    entrance = replace(ENTRANCE, service=service)
    found = place_of(Via.SERVICE, entrance, decision())
    assert isinstance(found, Place)
    assert found.port == 8000


@pytest.mark.parametrize(
    ("via", "entrance", "said"),
    [
        ("lb", replace(ENTRANCE, addresses=()), "nginx 1 has no load balancer"),
        ("controller", replace(ENTRANCE, service=None), "no Service leads to nginx 1"),
        ("controller", replace(ENTRANCE, slices=()), "no pod of nginx 1 is ready"),
        ("nodeport", replace(ENTRANCE, nodes=()), "no node of the cluster is ready"),
        (
            "nodeport",
            replace(
                ENTRANCE,
                service=replace(SERVICE, ports=tuple(replace(p, node_port=None) for p in PORTS)),
            ),
            "Service in/entry (LoadBalancer) has no node port for 80",
        ),
        (
            "service",
            replace(ENTRANCE, service=replace(SERVICE, cluster_ip="None")),
            "Service in/entry has no ClusterIP",
        ),
    ],
)
def test_a_place_that_is_not_there(via: str, entrance: Entrance, said: str) -> None:
    found = place_of(Via(via), entrance, decision())
    assert isinstance(found, Finding)
    assert (found.code, found.level) == ("KI640", "error")
    assert said in found.message
    assert found.fix


def test_a_route_that_leads_to_no_pod_says_why() -> None:
    finding = Finding("KI103", "warning", "the Service is missing")
    nowhere = Decision(
        Request("a.test"), Outcome(OutcomeKind.REPLY, 503), None, lambda: Way(findings=(finding,))
    )
    assert place_of(Via.POD, ENTRANCE, nowhere) == replace(finding, level="error")
    silent = replace(nowhere, explain=Way)
    found = place_of(Via.POD, ENTRANCE, silent)
    assert isinstance(found, Finding)
    assert found.code == "KI640"


def test_a_share_that_is_answered_is_no_pod() -> None:
    answered = replace(BACKEND, status=500)
    outcome = replace(FORWARD, backends=(answered, replace(BACKEND, weight=0), BACKEND))
    found = place_of(Via.POD, ENTRANCE, decision(outcome=outcome))
    assert isinstance(found, Place)
    assert found.pod == "shop/w-2"


@pytest.mark.parametrize(
    ("protocol", "scheme"), [("HTTPS", "https"), ("grpcs", "https"), ("HTTP", "http")]
)
def test_a_pod_gets_what_the_controller_would_send(protocol: str, scheme: str) -> None:
    asked = decision(Request("a.test", "/asked?q=1", scheme="https", headers=(("A", "b"),)))
    sent = sent_to_pod(asked, asked_in([PROTOCOL], "", {PROTOCOL: protocol}))
    assert (sent.host, sent.target, sent.scheme) == ("a.test", "/seen?q=1", scheme)
    assert sent.headers == (("A", "b"),)


@pytest.mark.parametrize(
    ("controller", "annotation", "asked"),
    [
        ("ingress-nginx", PROTOCOL, "TLS"),
        ("traefik-nginx", PROTOCOL, "TLS"),
        ("alb", "alb.ingress.kubernetes.io/backend-protocol", "TLS"),
        ("alb", PROTOCOL, ""),
        ("ingress-nginx", "alb.ingress.kubernetes.io/backend-protocol", ""),
        ("traefik", PROTOCOL, ""),
        ("f5-nginx", PROTOCOL, ""),
    ],
)
def test_only_a_controllers_own_annotation_says_what_it_speaks(
    controller: str, annotation: str, asked: str
) -> None:
    found = asked_in(protocol_annotations(controller), "Ingress a/b", {annotation: "HTTPS"})
    assert (found.text if found else "") == asked


def test_its_command_line_may_give_the_annotations_another_prefix() -> None:
    nginx = NginxSettings(annotations_prefix="n.test")
    assert protocol_annotations("ingress-nginx", nginx) == ("n.test/backend-protocol",)
    names = protocol_annotations("haproxy-ingress", HaproxySettings(prefixes=("one", "two")))
    found = asked_in(names, "", {"two/backend-protocol": "h1", "one/backend-protocol": "h2-ssl"})
    assert found is not None
    assert (found.text, found.field[-1]) == ("HTTP/2 over TLS", "one/backend-protocol")


POD = Place(Via.POD, "10.0.1.2", 5000, "application's pod w-2", "shop/w-2")
LB = Place(Via.LB, "lb.test", 80, "load balancer")


def question() -> Question:
    return Question(Plan(Request("a.test"), "10.0.1.2", 5000), Expectation(), "again")


def test_nobody_but_the_application_answers_from_its_pod() -> None:
    # An application that is an nginx itself has the pages of the controller.
    page = Answer(404, (), b"<center>nginx</center>", Timings(0.1), "10.0.1.2")
    assert judge_at(POD, decision(), page, CONTROLLER, question()).code == "KI106"
    assert judge_at(LB, decision(), page, CONTROLLER, question()).code == "KI107"


@pytest.mark.parametrize(
    ("why", "code"),
    [
        (Failure.REFUSED, "KI603"),
        (Failure.NOT_CONNECTED, "KI603"),
        (Failure.TIMEOUT, "KI604"),
        (Failure.BROKEN, "KI605"),
        (Failure.GARBAGE, "KI605"),
        (Failure.TLS, "KI301"),
    ],
)
def test_a_hop_that_does_not_answer_is_named(why: Failure, code: str) -> None:
    broken = Unreachable(why, "in detail", "connect", Timings(0.1))
    through = replace(POD, through="API server")
    verdict = judge_at(through, decision(), broken, CONTROLLER, question())
    assert verdict.code == code
    assert "application's pod w-2 (10.0.1.2 port 5000, through the API server)" in verdict.sentence
    assert verdict.fix == "kubectl describe pod -n shop w-2"


@pytest.mark.parametrize("again", ["again", "again --from cluster"])
def test_a_hop_that_is_no_pod_is_asked_from_inside_next(again: str) -> None:
    place = Place(Via.SERVICE, "10.96.0.7", 80, "Service in/entry")
    asked = replace(question(), again=again)
    broken = Unreachable(Failure.TIMEOUT, "nothing within 1 s", "connect", Timings(1.0))
    verdict = judge_at(place, decision(), broken, CONTROLLER, asked)
    assert (verdict.code, verdict.fix) == ("KI604", "again --from cluster")
