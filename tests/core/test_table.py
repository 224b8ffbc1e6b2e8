"""Decisions, with the reasons that people read. What matches is held by the measurements."""

from __future__ import annotations

import pytest

from kubectl_ingress.controllers import ingress_nginx
from kubectl_ingress.core.request import Decision, OutcomeKind, Request
from tests.manifests import (
    ingress,
    ingress_class,
    nginx,
    path,
    service,
    slice_of,
    snapshot,
)

WORLD = (ingress_class(), service(), slice_of())


def decide(*objects: object, host: str = "a.example", target: str = "/") -> Decision:
    return ingress_nginx.compile(snapshot(*WORLD, *objects)).decide(Request(host, target))


def test_forward_goes_past_the_service_to_its_endpoints() -> None:
    decision = decide(ingress(), target="/x?y")
    assert decision.outcome.kind is OutcomeKind.FORWARD
    backend = decision.outcome.backends[0]
    assert str(backend) == "default/web:80"
    assert [(e.address, e.port) for e in backend.endpoints] == [
        ("10.0.0.1", 8080),
        ("10.0.0.2", 8080),
    ]
    assert decision.outcome.upstream_path == "/x?y"
    assert decision.outcome.pods == {"web-1", "web-2"}
    assert [step.stage for step in decision.steps] == ["host", "path", "service", "pods"]
    assert all(step.passed for step in decision.steps)


def test_the_seed() -> None:
    seed = ingress(
        "ingress-example",
        "jko.example.com",
        path("/echo-hostname", port="http"),
        annotations=nginx(rewrite_target="/"),
    )
    found = decide(seed, host="jko.example.com", target="/echo-hostname")
    assert found.outcome.upstream_path == "/"
    seed["status"] = {"loadBalancer": {"ingress": [{"hostname": "a0.elb.example"}]}}
    missed = decide(seed, host="a0.elb.example", target="/echo-hostname")
    assert missed.outcome.status == 404
    finding = missed.findings[0]
    assert finding.code == "KI101"
    assert "jko.example.com (default/ingress-example)" in finding.message
    assert finding.fix.splitlines() == [
        "kubectl ingress patch-host ingress-example",
        "kubectl ingress test http://jko.example.com/echo-hostname",
    ]


@pytest.mark.parametrize(
    ("change", "code", "status"),
    [
        ({"paths": [path("/y")]}, "KI102", 404),
        ({"paths": [path(service="gone")]}, "KI103", 503),
        ({"paths": [path(port=81)]}, "KI104", 503),
        ({"paths": [path(port="nope")]}, "KI104", 503),
        ({"ingressClassName": None}, "KI201", 404),
        ({"ingressClassName": "gone"}, "KI202", 404),
        ({"ingressClassName": "other"}, "KI202", 404),
    ],
)
def test_reasons(change: dict[str, object], code: str, status: int) -> None:
    paths = change.pop("paths", [path()])
    decision = decide(
        ingress_class("other", "example.com/x"), ingress("web", "a.example", *paths, **change)
    )  # type: ignore[misc]
    assert decision.outcome.status == status
    assert decision.findings[0].code == code
    assert decision.findings[0].fix


def test_no_ready_endpoint() -> None:
    objects = (ingress_class(), service(), slice_of(ready=False), ingress())
    decision = ingress_nginx.compile(snapshot(*objects)).decide(Request("a.example"))
    assert decision.outcome.status == 503
    assert decision.findings[0].message == (
        "none of the 2 pods of Service default/web is ready: web-1, web-2"
    )


def test_class_by_legacy_annotation() -> None:
    old = ingress(annotations={"kubernetes.io/ingress.class": "nginx"}, ingressClassName=None)
    assert decide(old).outcome.kind is OutcomeKind.FORWARD
    other = ingress(annotations={"kubernetes.io/ingress.class": "kong"}, ingressClassName=None)
    assert decide(other).findings[0].code == "KI202"


def test_an_ignored_ingress_with_the_path_is_the_reason_even_when_the_host_differs() -> None:
    decision = decide(
        ingress("web", "jko.example.com", path("/echo"), ingressClassName=None),
        host="lb",
        target="/echo",
    )
    assert decision.findings[0].code == "KI201"


def test_the_route_is_the_rule_as_written() -> None:
    # nginx takes /foo by an exact location, which nobody wrote.
    route = decide(ingress("web", "a.example", path("/foo")), target="/foo").route
    assert route is not None
    assert (route.path, route.path_type) == ("/foo", "Prefix")


def test_runners_up_say_why_they_lost() -> None:
    decision = decide(ingress("web", "a.example", path("/"), path("/foo")), target="/foo/x")
    assert decision.route is not None
    assert decision.route.path == "/foo"
    assert [(route.path, why) for route, why in decision.runners_up] == [("/", "shorter")]


def test_one_bad_ingress_freezes_all() -> None:
    bad = ingress("bad", "b.example", path("/foo"), path("/foo/"))
    decision = decide(ingress(), bad)
    assert decision.outcome.kind is OutcomeKind.REFUSED
    assert decision.findings[0].code == "KI501"
    assert "default/bad" in decision.findings[0].object


def test_what_nobody_can_predict_is_told() -> None:
    decision = decide(ingress(annotations=nginx(auth_url="https://x/")))
    assert decision.uncertain
    assert decision.findings[0].code == "KI401"


def test_a_rewrite_to_an_unknown_variable_stops_the_controller_for_all() -> None:
    strange = ingress("other", "b.example", annotations=nginx(rewrite_target="/$nothing"))
    assert decide(ingress(), strange).outcome.kind is OutcomeKind.REFUSED
    named = path("/foo/(?<rest>.*)", kind="ImplementationSpecific")
    known = ingress("other", "b.example", named, annotations=nginx(rewrite_target="/$rest"))
    assert decide(ingress(), known).outcome.kind is OutcomeKind.FORWARD


def test_an_annotation_without_effect_on_routing_is_not() -> None:
    assert not decide(ingress(annotations=nginx(proxy_read_timeout="5"))).uncertain


def test_malformed_paths_are_a_400() -> None:
    assert decide(ingress(), target="/%zz").outcome.status == 400


def test_a_twin_of_an_older_rule_is_found() -> None:
    table = ingress_nginx.compile(snapshot(*WORLD, ingress("a"), ingress("b")))
    assert [lost.finding.code for lost in table.lost] == ["KI502"]


def test_catastrophic_pattern_is_a_500_as_in_nginx() -> None:
    regex = path("/(a+)+$", kind="ImplementationSpecific")
    decision = decide(
        ingress("web", "a.example", regex, annotations=nginx(use_regex="true")),
        target="/" + "a" * 40 + "!",
    )
    assert decision.outcome.status == 500
    assert [finding.code for finding in decision.findings] == ["KI505"]
