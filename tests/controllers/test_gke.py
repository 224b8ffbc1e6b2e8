"""GKE: URL maps, one for each Ingress."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_ingress.controllers import gke
from kubectl_ingress.controllers._profile import Told
from kubectl_ingress.core.objects import Origin
from kubectl_ingress.core.parse import parse_snapshot
from kubectl_ingress.core.request import Decision, OutcomeKind, Request
from kubectl_ingress.core.table import RouteTable
from tests.manifests import ingress, path, service, slice_of

IMPLEMENTATION = "ImplementationSpecific"
CLASS = "kubernetes.io/ingress.class"


def node_port(name: str = "web", **meta: str) -> Any:
    made = service(name)
    made["spec"]["type"] = "NodePort"
    made["metadata"]["annotations"] = dict(meta)
    return made


WORLD = (node_port("web"), node_port("other"))


def of_gce(
    name: str = "web", host: str = "a.example", *paths: Any, gce: str = "gce", **spec: Any
) -> Any:
    annotations = {CLASS: gce, **spec.pop("annotations", {})}
    return ingress(name, host, *paths, annotations=annotations, ingressClassName=None, **spec)


def compiled(*objects: Any, offline: bool = True) -> RouteTable:
    world = parse_snapshot([(one, Origin()) for one in objects], offline=offline)
    return gke.compile(world, gke.settings_of(Told(), world))


def decide(*objects: Any, host: str = "a.example", target: str = "/", **request: Any) -> Decision:
    return compiled(*WORLD, *objects).decide(Request(host, target, **request))


def served_by(target: str, *paths: Any) -> str:
    return service_of(decide(of_gce("web", "a.example", *paths), target=target))


def service_of(decision: Decision) -> str:
    outcome = decision.outcome
    return outcome.backends[0].service if outcome.backends else str(outcome.status or outcome.kind)


@pytest.mark.parametrize(
    ("kind", "written", "taken", "missed"),
    [
        (IMPLEMENTATION, "/foo", ["/foo"], ["/foo/", "/foo/x", "/foobar"]),
        (IMPLEMENTATION, "/foo/*", ["/foo/", "/foo/x"], ["/foo"]),
        (IMPLEMENTATION, "/*", ["/", "/x"], []),
        (IMPLEMENTATION, "", ["/", "/x"], []),
        ("Prefix", "/foo", ["/foo", "/foo/", "/foo/x"], ["/foobar", "/Foo"]),
        ("Prefix", "/foo/", ["/foo", "/foo/", "/foo/x"], ["/foobar"]),
        ("Prefix", "/", ["/", "/x"], []),
        ("Exact", "/foo", ["/foo"], ["/foo/"]),
    ],
)
def test_paths(kind: str, written: str, taken: list[str], missed: list[str]) -> None:
    rule = path(written, kind=kind)
    assert [served_by(target, rule) for target in taken] == ["web"] * len(taken)
    assert [served_by(target, rule) for target in missed] == ["404"] * len(missed)


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        ("Exact", "/foo/*"),
        ("Prefix", "/foo*"),
        ("Prefix", ""),
        (IMPLEMENTATION, "/foo*"),
        (IMPLEMENTATION, "/*/x"),
        (IMPLEMENTATION, "foo"),
        (IMPLEMENTATION, "/a?b"),
        ("Regex", "/x"),
    ],
)
def test_a_path_that_is_none_of_a_url_map_stops_its_ingress(kind: str, written: str) -> None:
    bad = of_gce("bad", "b.example", path(written, kind=kind), path("/fine"))
    good = of_gce("good", "a.example", path("/"))
    broken = decide(bad, good, host="b.example", target="/fine")
    assert broken.outcome.kind is OutcomeKind.REFUSED
    assert broken.findings[0].code == "KI501"
    assert "default/bad" in broken.findings[0].object
    # Each has a load balancer of its own: the other one does not mind.
    assert service_of(decide(bad, good)) == "web"


def test_the_longest_path_wins_and_exact_before_wildcard() -> None:
    rules = (
        path("/*", "other", kind=IMPLEMENTATION),
        path("/foo/*", "web", kind=IMPLEMENTATION),
        path("/foo/", "other", kind=IMPLEMENTATION),
    )
    assert served_by("/foo/x", *rules) == "web"
    assert served_by("/foo/", *rules) == "other"
    assert served_by("/bar", *rules) == "other"


def test_of_equal_paths_the_last_counts() -> None:
    twice = path("/foo", "web", kind="Exact"), path("/foo", "other", kind="Exact")
    assert served_by("/foo", *twice) == "other"
    # Prefix /foo is /foo and /foo/*, and only the first of them is taken away.
    over = path("/foo", "web"), path("/foo", "other", kind="Exact")
    assert (served_by("/foo", *over), served_by("/foo/x", *over)) == ("other", "web")
    table = compiled(*WORLD, of_gce("web", "a.example", *twice))
    [lost] = table.lost
    assert (lost.route.path, lost.backend, lost.finding.code) == ("/foo", "web:80", "KI504")
    assert compiled(*WORLD, of_gce("web", "a.example", *over)).lost == ()


def test_the_last_rule_of_a_host_replaces_all_before_it() -> None:
    one = of_gce("web", "a.example", path("/a", "web"))
    one["spec"]["rules"].append({"host": "a.example", "http": {"paths": [path("/b", "other")]}})
    assert service_of(decide(one, target="/a")) == "404"
    assert service_of(decide(one, target="/b")) == "other"
    assert [lost.route.path for lost in compiled(*WORLD, one).lost] == ["/a"]


def test_a_miss_goes_to_the_default_backend_and_not_to_another_host() -> None:
    fallback = {"service": {"name": "other", "port": {"number": 80}}}
    one = of_gce("web", "a.example", path("/a", "web"), defaultBackend=fallback)
    one["spec"]["rules"].append({"host": "*.example", "http": {"paths": [path("/", "web")]}})
    assert service_of(decide(one, target="/b")) == "other"
    assert service_of(decide(one, host="b.example", target="/b")) == "web"
    assert service_of(decide(one, host="else.test", target="/b")) == "other"


@pytest.mark.parametrize(
    ("annotation", "field", "taken"),
    [
        ("gce", None, True),
        ("gce-internal", None, True),
        ("gce-regional-external", "nginx", True),
        (None, None, True),
        ("nginx", None, False),
        (None, "nginx", False),
        ("nginx", "gce", False),
    ],
)
def test_class(annotation: str | None, field: str | None, taken: bool) -> None:
    annotations = {CLASS: annotation} if annotation else {}
    decision = decide(ingress(annotations=annotations, ingressClassName=field))
    assert (service_of(decision) == "web") is taken
    assert not decision.uncertain
    assert taken or decision.findings[0].code == "KI202"


def test_the_class_field_is_not_read_and_that_is_said() -> None:
    decision = decide(ingress(ingressClassName="gce"))
    assert service_of(decision) == "web"
    assert decision.uncertain
    assert "ignores Ingress default/web unless the annotation" in decision.findings[0].message


def test_one_host_in_two_ingresses_depends_on_the_address() -> None:
    one, two = of_gce("one", "a.example", path("/", "web")), of_gce("two", "a.example")
    assert service_of(decide(one, two)) == "web"
    two["spec"]["rules"][0]["http"]["paths"] = [path("/", "other")]
    decision = decide(one, two)
    assert decision.outcome.kind is OutcomeKind.UNDEFINED
    assert [c.backends[0].service for c in decision.outcome.candidates] == ["web", "other"]
    assert [finding.code for finding in decision.findings] == ["KI205"]
    missed = decide(one, two, host="else.test")
    assert (missed.outcome.status, missed.findings[0].code) == (404, "KI101")
    assert "a.example (default/one)" in missed.findings[0].message


def test_dns_leads_to_the_more_specific_host() -> None:
    wild = of_gce("wild", "*.example", path("/", "other"))
    exact = of_gce("exact", "a.example", path("/x", "web"))
    assert service_of(decide(wild, exact, target="/x")) == "web"
    assert service_of(decide(wild, exact, target="/y")) == "404"
    assert service_of(decide(wild, exact, host="b.example")) == "other"


def test_what_was_not_measured_is_uncertain() -> None:
    wild = of_gce("wild", "*.example", path("/", "other"))
    assert not decide(wild).uncertain
    assert decide(wild, host="b.a.example").uncertain
    assert all(decide(wild, target=target).uncertain for target in ("//x", "/%41", "/a/../b"))


def test_a_service_must_be_reachable_for_the_load_balancer() -> None:
    rule = of_gce()
    plain = service("web")
    assert decide_live(plain, rule).outcome.kind is OutcomeKind.REFUSED
    for annotation in ('{"ingress": true}', '{"ingress": false}', "nonsense"):
        negated = node_port("web", **{"cloud.google.com/neg": annotation})
        negated["spec"]["type"] = "ClusterIP"
        taken = decide_live(negated, slice_of(), rule).outcome.kind is OutcomeKind.FORWARD
        assert taken is (annotation == '{"ingress": true}')
    # In files nobody sees what the cluster adds.
    offline = compiled(plain, rule).decide(Request("a.example"))
    assert offline.outcome.kind is OutcomeKind.FORWARD
    assert offline.uncertain


def decide_live(*objects: Any) -> Decision:
    return compiled(*objects, offline=False).decide(Request("a.example"))


@pytest.mark.parametrize("backend", [path(service="gone"), path(port=81), path(port="nope")])
def test_a_backend_that_is_not_there_stops_the_ingress(backend: Any) -> None:
    decision = decide(of_gce("web", "a.example", path("/fine"), backend), target="/fine")
    assert decision.outcome.kind is OutcomeKind.REFUSED


def test_no_ready_endpoint() -> None:
    for gce, status in (("gce", 502), ("gce-internal", 503)):
        decision = decide(of_gce(gce=gce), slice_of(ready=False))
        assert (decision.outcome.status, decision.findings[0].code) == (status, "KI105")
        assert decision.uncertain


def test_listeners() -> None:
    plain = of_gce()
    assert decide(plain, scheme="https").outcome.kind is OutcomeKind.REFUSED
    assert decide(plain, scheme="https").findings[0].code == "KI603"
    assert decide(plain, port=8080).outcome.kind is OutcomeKind.REFUSED
    tls = of_gce(
        tls=[{"secretName": "s"}], annotations={"kubernetes.io/ingress.allow-http": "false"}
    )
    assert decide(tls).outcome.kind is OutcomeKind.REFUSED
    assert service_of(decide(tls, scheme="https")) == "web"
    managed = of_gce(annotations={"networking.gke.io/managed-certificates": "c"})
    assert service_of(decide(managed, scheme="https")) == "web"


@pytest.mark.parametrize(
    ("redirect", "status"),
    [
        ({"enabled": True}, 301),
        ({"enabled": True, "responseCodeName": "PERMANENT_REDIRECT"}, 308),
        ({"enabled": False}, None),
        ("nonsense", None),
    ],
)
def test_frontend_config(redirect: object, status: int | None) -> None:
    config = {
        "apiVersion": "networking.gke.io/v1beta1",
        "kind": "FrontendConfig",
        "metadata": {"name": "f"},
        "spec": {"redirectToHttps": redirect},
    }
    annotations = {"networking.gke.io/v1beta1.FrontendConfig": "f"}
    rule = of_gce(annotations=annotations, tls=[{"secretName": "s"}])
    outcome = decide(rule, config, target="/x/?q=1").outcome
    assert outcome.status == status
    assert outcome.location == ("https://a.example/x/?q=1" if status else None)
    assert decide(rule, config, scheme="https").outcome.kind is OutcomeKind.FORWARD
    assert decide(rule).uncertain


@pytest.mark.parametrize("host", ["", "*.example", "\ud800", "a" * 300])
@pytest.mark.parametrize("target", ["", "*", "/%zz", "/\ud800", "/" + "a/" * 5000])
def test_nothing_that_is_asked_breaks_it(host: str, target: str) -> None:
    rules = [of_gce(name, host, path("/")) for name, host in (("a", ""), ("b", "*.example"))]
    assert decide(*rules, host=host, target=target).steps
