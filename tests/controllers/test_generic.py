"""The order that the specification gives, and what it leaves open. Its own table is measured."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_ingress.controllers import generic
from kubectl_ingress.core.request import Decision, OutcomeKind, Request
from kubectl_ingress.core.table import RouteTable
from tests.manifests import ingress, ingress_class, path, service, slice_of, snapshot

SERVICES = [made for name in ("web", "other") for made in (service(name), slice_of(name))]


def compiled(*objects: Any) -> RouteTable:
    world = snapshot(ingress_class("x", "c"), *SERVICES, *objects)
    return generic.compile(world, generic.Settings("x", "c"))


def decide(*objects: Any, host: str = "a.example", target: str = "/") -> Decision:
    return compiled(*objects).decide(Request(host, target))


def of_class(name: str, host: str, *paths: Any, **spec: Any) -> Any:
    return ingress(name, host, *paths, **{"ingressClassName": "x", **spec})


def served_by(target: str, *paths: Any) -> str:
    return service_of(decide(of_class("web", "a.example", *paths), target=target))


def service_of(decision: Decision) -> str:
    outcome = decision.outcome
    return outcome.backends[0].service if outcome.backends else str(outcome.status)


def codes(decision: Decision) -> list[str]:
    return [finding.code for finding in decision.findings]


def test_an_exact_path_with_a_slash_is_not_the_one_without() -> None:
    assert served_by("/foo/", path("/foo", kind="Exact")) == "404"
    assert served_by("/foo/", path("/foo", "web"), path("/foo/", "other", kind="Exact")) == "other"
    assert served_by("/foo", path("/foo/", "web"), path("/foo", "other", kind="Exact")) == "other"


def test_case_counts() -> None:
    assert served_by("/FOO", path("/foo")) == "404"


def test_the_longest_path_wins_whatever_its_type_and_place() -> None:
    paths = path("/", "other"), path("/foo", "other", kind="Exact"), path("/foo/bar", "web")
    assert served_by("/foo/bar", *paths) == "web"
    assert served_by("/foo", *paths) == "other"


def test_a_slash_at_the_end_makes_no_longer_prefix() -> None:
    two = decide(
        of_class("web", "a.example", path("/foo", "web"), path("/foo/", "other")), target="/foo/x"
    )
    assert two.outcome.kind is OutcomeKind.UNDEFINED


@pytest.mark.parametrize("types", [("Prefix", "Prefix"), ("Exact", "Exact")])
def test_equal_rules_are_undefined_and_both_are_named(types: tuple[str, str]) -> None:
    one = of_class("one", "a.example", path("/foo", "web", kind=types[0]))
    two = of_class("two", "a.example", path("/foo", "other", kind=types[1]))
    decision = decide(one, two, target="/foo")
    assert decision.outcome.kind is OutcomeKind.UNDEFINED
    assert [c.backends[0].service for c in decision.outcome.candidates] == ["web", "other"]
    assert codes(decision) == ["KI503"]
    assert "default/one or default/two" in decision.findings[0].message


def test_equal_rules_to_one_backend_are_no_matter_of_chance() -> None:
    twins = [of_class(name, "a.example", path("/foo", "web")) for name in ("one", "two")]
    assert service_of(decide(*twins, target="/foo")) == "web"


def test_a_host_goes_before_its_wildcard_and_that_before_none() -> None:
    rules = (
        of_class("all", "", path("/", "web")),
        of_class("wild", "*.example", path("/", "other")),
    )
    assert service_of(decide(*rules)) == "other"
    assert service_of(decide(*rules, host="b.a.example")) == "web"
    exact = of_class("exact", "a.example", path("/", "web"))
    assert not decide(*rules, exact).uncertain
    assert decide(*rules, exact).route.ingress == "default/exact"  # type: ignore[union-attr]


def test_where_a_miss_goes_is_said_to_be_open() -> None:
    exact = of_class("exact", "a.example", path("/foo", "web"))
    wild = of_class("wild", "*.example", path("/", "other"))
    missed = decide(exact, wild, target="/bar")
    assert service_of(missed) == "other"
    assert codes(missed) == ["KI401"]
    assert "a.example has no rule for /bar" in missed.findings[0].message
    assert not decide(exact, wild, target="/foo").uncertain
    assert not decide(exact, wild, host="b.example", target="/bar").uncertain


def test_a_miss_that_nobody_takes_tells_the_paths_of_its_host() -> None:
    missed = decide(of_class("web", "a.example", path("/foo")), target="/bar")
    assert service_of(missed) == "404"
    assert codes(missed) == ["KI102"]


def test_a_default_backend_is_for_what_no_rule_matches() -> None:
    fallback = {"service": {"name": "other", "port": {"number": 80}}}
    one = of_class("web", "a.example", path("/foo"), defaultBackend=fallback)
    host_less = of_class("all", "", path("/x", "web"))
    for host in ("a.example", "z.example"):
        missed = decide(one, host_less, host=host, target="/bar")
        assert service_of(missed) == "other"
        assert missed.steps[1].text == "no rule matches"
    assert service_of(decide(one, host_less, host="z.example", target="/x")) == "web"
    second = {"service": {"name": "web", "port": {"number": 80}}}
    two = of_class("two", "b.example", path("/foo"), defaultBackend=second)
    assert decide(one, two, target="/bar").outcome.kind is OutcomeKind.UNDEFINED


def test_implementation_specific_is_said_to_be_a_guess() -> None:
    guessed = decide(
        of_class("web", "a.example", path("/x", kind="ImplementationSpecific")), target="/x/y"
    )
    assert service_of(guessed) == "web"
    assert codes(guessed) == ["KI401"]


def test_a_pattern_makes_all_of_its_host_uncertain() -> None:
    pattern = path("/api/.*", "other", kind="ImplementationSpecific")
    one = of_class("web", "a.example", path("/", "web"), pattern)
    other = of_class("other", "b.example", path("/", "web"))
    assert decide(one, other, target="/api/x").uncertain
    assert not decide(one, other, host="b.example", target="/api/x").uncertain


@pytest.mark.parametrize(
    ("backend", "code"),
    [(path(service="gone"), "KI103"), (path(port=8080), "KI104"), (path(port="nope"), "KI104")],
)
def test_what_a_broken_backend_answers_is_not_specified(backend: Any, code: str) -> None:
    broken = decide(of_class("web", "a.example", backend))
    assert service_of(broken) == "503"
    assert codes(broken) == [code, "KI401"]


def test_a_resource_backend_takes_its_requests() -> None:
    resource = {"path": "/", "pathType": "Prefix", "backend": {"resource": {"kind": "Bucket"}}}
    fallback = {"service": {"name": "other", "port": {"number": 80}}}
    decision = decide(of_class("web", "a.example", resource, defaultBackend=fallback))
    assert decision.outcome.kind is OutcomeKind.REPLY
    assert decision.uncertain


def test_without_a_class_all_are_meant() -> None:
    mine = of_class("web", "a.example", path("/", "web"))
    theirs = ingress("other", "b.example", path("/", "other"), ingressClassName="y")
    table = generic.compile(snapshot(*SERVICES, mine, theirs), generic.Settings(""))
    assert service_of(table.decide(Request("b.example"))) == "other"
    assert service_of(compiled(mine, theirs).decide(Request("b.example"))) == "404"


@pytest.mark.parametrize("host", ["", "..", "*.example", "~^a", "a" * 300, "\ud800"])
@pytest.mark.parametrize("target", ["", "*", "/%zz", "/\ud800", "//..//", "/" + "a/" * 5000])
def test_nothing_that_is_asked_breaks_it(host: str, target: str) -> None:
    rules = [of_class("web", name, path(text)) for name in ("", "~(", "*.example") for text in "/~"]
    assert decide(*rules, host=host, target=target).steps
