"""Traefik's own Ingress provider: what the published measurements do not show, and why."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_ingress.controllers import traefik
from kubectl_ingress.controllers._profile import Told
from kubectl_ingress.core.request import Decision, Outcome, OutcomeKind, Request
from kubectl_ingress.core.routes import DEAD, SERVED, rows
from kubectl_ingress.core.table import RouteTable
from tests.manifests import ingress, ingress_class, path, service, slice_of, snapshot

HOST = "a.test"
CLASS = ingress_class("traefik", "traefik.io/ingress-controller")
STRICT = "--providers.kubernetesingress.strictprefixmatching=true"


def one(
    name: str, *paths: Any, host: str = HOST, router: dict[str, str] | None = None, **spec: Any
) -> Any:
    """An Ingress; `router` are annotations router.*."""
    prefix = "traefik.ingress.kubernetes.io/router."
    annotations = {prefix + key: value for key, value in (router or {}).items()}
    spec.setdefault("ingressClassName", "traefik")
    return ingress(name, host, *paths, annotations=annotations, **spec)


def ready(*names: str) -> list[Any]:
    return [made for name in names for made in (service(name), slice_of(name))]


def table_of(*objects: Any, flags: tuple[str, ...] = (), env: Any = None) -> RouteTable:
    world = snapshot(CLASS, *ready("web", "other"), *objects)
    return traefik.compile(world, traefik.settings_of(Told(flags, env or {}), world))


def decide(
    *objects: Any, target: str = "/", host: str = HOST, flags: tuple[str, ...] = (), **more: Any
) -> Decision:
    return table_of(*objects, flags=flags).decide(Request(host, target, **more))


def answer(outcome: Outcome) -> str:
    if outcome.kind is OutcomeKind.UNDEFINED:
        return "|".join(sorted(answer(candidate) for candidate in outcome.candidates))
    return outcome.backends[0].service if outcome.backends else str(outcome.status)


def served(*objects: Any, **asked: Any) -> str:
    return answer(decide(*objects, **asked).outcome)


# The text of the rule decides.


@pytest.mark.parametrize(
    ("exact", "who"), [("/foo", "web"), ("/foobar", "other|web"), ("/foobarx", "other")]
)
def test_a_short_exact_path_loses_to_the_root(exact: str, who: str) -> None:
    both = one("i", path("/", "web"), path(exact, "other", kind="Exact"))
    assert served(both, target=exact) == who


def test_a_prefix_is_text_unless_it_is_strict() -> None:
    both = one("i", path("/fo", "web"), path("/foo", "other", kind="Exact"))
    assert served(both, target="/foo") == "web"
    assert served(both, target="/foo", flags=(STRICT,)) == "other"
    slashed = one("i", path("/foo/", "web"))
    assert served(slashed, target="/foo") == "404"
    assert served(slashed, target="/foo", flags=(STRICT,)) == "web"
    assert served(slashed, target="/foobar", flags=(STRICT,)) == "404"


def test_a_rule_without_a_host_wins_if_its_text_is_longer() -> None:
    objects = (
        one("i", path("/a", "web")),
        one("j", path("/a/long/path/without/a/host", "other"), host=""),
    )
    assert served(*objects, target="/a/long/path/without/a/host") == "other"
    assert served(*objects, target="/a/b") == "web"


def test_a_wildcard_is_one_label_and_only_its_length_counts() -> None:
    objects = (
        one("w", path("/foo", "web"), host="*.a.test"),
        one("e", path("/", "other"), host="x.a.test"),
    )
    assert served(*objects, target="/foo", host="x.a.test") == "web"
    assert served(*objects, target="/bar", host="x.a.test") == "other"
    assert served(*objects, target="/foo", host="_.a.test") == "web"
    assert served(*objects, target="/foo", host=".a.test") == "web"
    assert served(*objects, target="/foo", host="y.x.a.test") == "404"
    assert served(*objects, target="/foo", host="a.test") == "404"


def test_a_rule_with_neither_host_nor_path_is_no_rule() -> None:
    empty = one("i", path("", kind="ImplementationSpecific"), host="")
    assert served(empty) == "404"


def test_priority() -> None:
    root = one("r", path("/", "web"))
    low = one("l", path("/foo/bar", "other"), router={"priority": "1"})
    assert served(root, low, target="/foo/bar") == "web"
    huge = one("h", path("/foo", "other"), router={"priority": str(2**63 - 1)})
    assert served(root, huge, target="/foo") == "web"


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("priority", "abc", "KI402"),
        ("priority", "1.5", "KI402"),
        ("observability.tracing", "yes", "KI402"),
        ("prioritty", "1", "KI403"),
        ("tls.domains.main", "a.test", "KI403"),
    ],
)
def test_an_annotation_that_cannot_be_read_drops_the_ingress(
    name: str, value: str, code: str
) -> None:
    decision = decide(one("i", path("/"), router={name: value}))
    assert decision.outcome.status == 404
    assert decision.findings[0].code == code
    assert name in decision.findings[0].message


def test_annotations_that_change_no_route() -> None:
    options = {"tls.domains.0.main": "a.test", "observability.accesslogs": "true"}
    assert served(one("i", path("/"), router=options), scheme="https") == "web"


# Names that are joined.


def test_of_equal_rules_in_one_ingress_the_last_is_kept() -> None:
    twice = one("i", path("/foo", "web"), path("/foo", "other"))
    assert served(twice, target="/foo") == "other"
    # An Exact one is another rule, though it has the same name.
    mixed = one("i", path("/foo", "web"), path("/foo", "other", kind="Exact"))
    assert served(mixed, target="/foo") == "web"


def test_of_routers_with_one_name_one_is_missing() -> None:
    objects = (
        one("i", path("/x", "web"), host="a.test"),
        one("i-a", path("/x", "other"), host="test"),
        one("root", path("/", "web"), host="test"),
    )
    assert served(*objects, target="/x") == "404|web"
    # What is missing leaves the request to the next rule.
    assert served(*objects, target="/x", host="test") == "other|web"


def test_services_with_one_name_are_one() -> None:
    objects = (
        one("i", path("/", "a-b")),
        ingress("j", "b.test", path("/", "b"), namespace="default-a", ingressClassName="traefik"),
        *ready("a-b"),
        service("b", namespace="default-a"),
        slice_of("b", namespace="default-a"),
    )
    table = table_of(*objects)
    for host in ("a.test", "b.test"):
        assert answer(table.decide(Request(host, "/")).outcome) == "a-b|b"
    assert [finding.code for finding in table.findings] == ["KI503"]


# Backends.


def with_conditions(name: str, **conditions: bool) -> Any:
    piece = slice_of(name)
    for endpoint in piece["endpoints"]:
        endpoint["conditions"] = conditions
    return piece


def test_no_router_without_endpoints_and_the_next_takes_it() -> None:
    objects = (
        one("i", path("/foo", "empty"), path("/", "web")),
        service("empty"),
        with_conditions("empty", ready=False, serving=False),
    )
    decision = decide(*objects, target="/foo")
    assert answer(decision.outcome) == "web"
    assert [finding.code for finding in decision.findings] == ["KI105"]
    flag = "--providers.kubernetesingress.allowemptyservices"
    assert served(*objects, target="/foo", flags=(flag,)) == "503"


def test_the_reason_is_told_only_where_it_matters() -> None:
    objects = (one("i", path("/foo", "nope"), path("/foo/bar", "web")),)
    assert decide(*objects, target="/foo/bar").findings == ()
    assert decide(*objects, target="/foo").findings[0].code == "KI103"


def test_endpoints_that_are_ending_keep_the_router() -> None:
    ending = with_conditions("gone", ready=False, serving=True, terminating=True)
    objects = (one("i", path("/foo", "gone"), path("/", "web")), service("gone"), ending)
    assert served(*objects, target="/foo") == "503"


def test_serving_counts_and_not_ready() -> None:
    objects = (one("i", path("/", "slow")), service("slow"))
    assert served(*objects, with_conditions("slow", ready=False, serving=True)) == "slow"
    assert served(*objects, with_conditions("slow", ready=False)) == "404"
    assert served(*objects, with_conditions("slow", ready=True, serving=False)) == "404"


def test_ports_are_numbers_and_names_of_the_service() -> None:
    assert served(one("i", path("/", "web", "http"))) == "web"
    assert served(one("i", path("/", "web", 8080))) == "404"
    other_name = slice_of("named", port="metrics")
    assert served(one("i", path("/", "named")), service("named"), other_name) == "404"


def test_an_external_name_has_to_be_allowed() -> None:
    external = service("out")
    external["spec"] |= {"type": "ExternalName", "externalName": "x.example"}
    objects = (one("i", path("/", "out")), external)
    assert decide(*objects).findings[0].code == "KI404"
    flag = "--providers.kubernetesingress.allowexternalnameservices=true"
    assert served(*objects, flags=(flag,)) == "out"


def test_a_native_service_needs_no_endpoints() -> None:
    native = service("native")
    native["metadata"]["annotations"] = {"traefik.ingress.kubernetes.io/service.nativelb": "true"}
    native["spec"]["clusterIP"] = "10.0.0.9"
    decision = decide(one("i", path("/", "native")), native)
    assert [e.address for e in decision.outcome.backends[0].endpoints] == ["10.0.0.9"]
    native["spec"]["clusterIP"] = "None"
    assert served(one("i", path("/", "native")), native) == "404"


def test_a_default_backend_beside_rules_is_nothing() -> None:
    backend = {"service": {"name": "other", "port": {"number": 80}}}
    with_rules = one("i", path("/foo"), defaultBackend=backend)
    assert served(with_rules, target="/bar") == "404"
    alone = one("i", defaultBackend=backend)
    alone["spec"]["rules"] = []
    assert served(alone, host="who.test") == "other"
    assert served(alone, one("j", path("/")), target="/") == "web"


# Classes.


def test_without_a_class_it_is_served_unless_a_class_is_asked_for() -> None:
    classless = one("i", path("/"))
    del classless["spec"]["ingressClassName"]
    assert served(classless) == "web"
    flag = "--providers.kubernetesingress.ingressclass=traefik"
    assert served(classless, flags=(flag,)) == "404"
    assert served(one("i", path("/")), flags=(flag,)) == "web"
    foreign = one("i", path("/"), ingressClassName="nginx")
    assert served(foreign, ingress_class()) == "404"


# Entry points and TLS.


def test_router_tls_is_https_alone() -> None:
    secured = one("i", path("/"), router={"tls": "true"})
    assert served(secured) == "404"
    assert served(secured, scheme="https") == "web"
    assert served(one("i", path("/"), router={"tls": "false"})) == "web"
    assert served(one("i", path("/"), router={"tls.certresolver": "le"})) == "404"


def test_a_tls_section_changes_no_route() -> None:
    tls = [{"hosts": [HOST], "secretName": "cert"}]
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "cert", "namespace": "default"},
        "data": {"tls.crt": "eA=="},
    }
    table = table_of(one("i", path("/"), tls=tls), secret)
    for scheme in ("http", "https"):
        assert answer(table.decide(Request(HOST, "/", scheme)).outcome) == "web"
    server = table.server_for(HOST)
    assert (server.tls, server.certificate) == (True, "default/cert")


def test_entry_points() -> None:
    plain = one("i", path("/"), router={"entrypoints": "web"})
    assert [served(plain, scheme=scheme) for scheme in ("http", "https")] == ["web", "404"]
    unknown = decide(one("i", path("/"), router={"entrypoints": "nope"}))
    assert "no entry point of nope" in unknown.findings[0].message
    addresses = ("--entryPoints.web.address=:8000", "--entryPoints.websecure.address=:8443")
    assert served(one("i", path("/")), scheme="https", flags=addresses) == "404"
    with_tls = (*addresses, "--entryPoints.websecure.http.tls.certresolver=le")
    assert served(one("i", path("/")), scheme="https", flags=with_tls) == "web"


def test_only_the_default_entry_points_are_meant_where_none_is_named() -> None:
    flags = (
        "--entrypoints.web.address=:80",
        "--entrypoints.websecure.address=:443",
        "--entrypoints.websecure.http.tls",
        "--entrypoints.websecure.asdefault",
    )
    assert served(one("i", path("/")), flags=flags) == "404"
    assert served(one("i", path("/")), scheme="https", flags=flags) == "web"


@pytest.mark.parametrize(
    ("flags", "method", "status", "location"),
    [
        (("to=websecure",), "GET", 301, "https://a.test/x/?q"),
        (("to=websecure",), "POST", 308, "https://a.test/x/?q"),
        (("to=:8443", "permanent=false"), "GET", 302, "https://a.test:8443/x/?q"),
        (("to=:8443", "permanent=false"), "PUT", 307, "https://a.test:8443/x/?q"),
    ],
)
def test_an_entry_point_that_redirects(
    flags: tuple[str, ...], method: str, status: int, location: str
) -> None:
    told = tuple(f"--entrypoints.web.http.redirections.entrypoint.{flag}" for flag in flags)
    found = decide(one("i", path("/")), target="//x/?q", flags=told, method=method, port=8080)
    assert (found.outcome.status, found.outcome.location) == (status, location)
    unknown = decide(one("i", path("/")), host="who.test", flags=told)
    assert unknown.outcome.kind is OutcomeKind.REDIRECT
    # Its rule wants a host.
    assert decide(one("i", path("/")), host="", flags=told).outcome.status == 404
    assert decide(one("i", path("/")), scheme="https", flags=told).outcome.status is None


def test_a_redirection_of_all_plain_http_makes_no_route_dead() -> None:
    told = ("--entrypoints.web.http.redirections.entrypoint.to=websecure",)
    for router, state in (({}, SERVED), ({"entrypoints": "web"}, DEAD)):
        world = snapshot(CLASS, *ready("web"), one("i", path("/"), router=router))
        table = traefik.compile(world, traefik.settings_of(Told(told), world))
        [row] = rows(table, world)
        # One that is for plain http alone, of which all is redirected, is dead indeed.
        assert (row.name, row.state) == ("i", state)


def test_the_redirection_of_an_entry_point_has_a_priority() -> None:
    prefix = "--entrypoints.web.http.redirections.entrypoint."
    told = (f"{prefix}to=websecure", f"{prefix}priority=10")
    assert served(one("i", path("/")), flags=told) == "web"
    assert decide(one("i", path("/")), host="who.test", flags=told).outcome.status == 301


def test_settings_from_variables_where_there_are_no_arguments() -> None:
    world = snapshot(CLASS)
    env = {"TRAEFIK_PROVIDERS_KUBERNETESINGRESS_INGRESSCLASS": "my"}
    assert traefik.settings_of(Told((), env), world).class_flag == "my"
    assert traefik.settings_of(Told(("--log.level=INFO",), env), world).class_flag == ""


# Rule syntaxes and path matchers.


def test_path_matchers() -> None:
    regex = one(
        "i",
        path("/v[12]/.*", kind="ImplementationSpecific"),
        path("/v1", "other"),
        router={"pathmatcher": "PathRegexp"},
    )
    assert served(regex, target="/x/v1/y") == "web"
    assert served(regex, target="/v1x") == "other"
    look_ahead = one(
        "i", path("/(?=x)", kind="ImplementationSpecific"), router={"pathMatcher": "PathRegexp"}
    )
    assert decide(look_ahead, target="/x").findings[0].code == "KI402"
    wrong = one(
        "i", path("/foo", kind="ImplementationSpecific"), router={"pathmatcher": "PathStrip"}
    )
    assert "PathStrip" in decide(wrong, target="/foo").findings[0].message


def test_the_old_syntax() -> None:
    old = one(
        "i",
        path("/{id:[0-9]+}", kind="ImplementationSpecific"),
        host="*.b.test",
        router={"rulesyntax": "v2"},
    )
    assert served(old, target="/12", host="x.b.test") == "web"
    assert served(old, target="/12", host="_.b.test") == "404"
    plain = one("i", path("/{id:[0-9]+}", kind="ImplementationSpecific"))
    assert served(plain, target="/12", flags=("--core.defaultrulesyntax=v2",)) == "web"
    assert served(plain, target="/12") == "404"


# What is said.


def test_a_tie_names_who_may_answer() -> None:
    decision = decide(one("i", path("/foo")), one("j", path("/foo", "other")), target="/foo")
    assert decision.outcome.kind is OutcomeKind.UNDEFINED
    assert decision.findings[0].code == "KI503"
    assert "default/i or default/j" in decision.findings[0].message


def test_the_loser_is_told_by_its_priority() -> None:
    objects = (one("i", path("/foo", "web")), one("j", path("/", "other")))
    decision = decide(*objects, target="/foo")
    route, why = decision.runners_up[0]
    assert route.ingress == "default/j"
    assert 'Host("a.test") && PathPrefix("/") of priority 33 comes after' in why


def test_an_unknown_path_of_a_known_host() -> None:
    decision = decide(one("i", path("/foo")), target="/bar")
    assert decision.findings[0].code == "KI102"
    assert decide(one("i", path("/foo")), host="b.test").findings[0].code == "KI101"


def test_the_pod_gets_the_normal_form() -> None:
    decision = decide(one("i", path("/")), target="//a/./b%66?x;y")
    assert decision.outcome.upstream_path == "/a/bf?x&y"
    assert "rewrite" in [step.stage for step in decision.steps]
    assert decide(one("i", path("/")), target="/a#b").outcome.status == 400


def test_a_rule_that_is_not_served_is_listed() -> None:
    table = table_of(one("i", path("/foo", "nope")))
    assert [(lost.route.path, lost.finding.code) for lost in table.lost] == [("/foo", "KI103")]
