"""Which of several routes answers, in each of Kong's three routers."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_ingress.controllers._kong.precedence import compatible, ingress_priority
from kubectl_ingress.controllers._kong.routes import HeaderTest, KongRoute, PathTest, Upstream
from kubectl_ingress.core.matching import MatchKind
from kubectl_ingress.core.request import Route
from tests.controllers.kong_worlds import (
    COMPATIBLE,
    EXPRESSIONS,
    FLAVORS,
    TRADITIONAL,
    decide,
    exact,
    one,
    raw,
    served,
)
from tests.manifests import path

each_flavor = pytest.mark.parametrize("flavor", FLAVORS)
V1 = (("x-v", "1"),)


def by_flavor(traditional: str, compatible: str, expressions: str) -> Any:
    answers = (traditional, compatible, expressions)
    return pytest.mark.parametrize(
        ("flavor", "who"), list(zip(FLAVORS, answers, strict=True)), ids=FLAVORS
    )


@each_flavor
def test_the_longer_prefix_comes_first(flavor: str) -> None:
    rules = one("web", path("/"), path("/foo", "other"), path("/foo/bar", "third"))
    for target, who in (
        ("/x", "web"),
        ("/foo", "other"),
        ("/foo/x", "other"),
        ("/foo/bar", "third"),
        ("/foo/bar/x", "third"),
        ("/foo/barx", "other"),
    ):
        assert served(rules, target=target, flavor=flavor) == who


@by_flavor("other", "other", "web")
def test_a_prefix_and_a_longer_path_of_characters(flavor: str, who: str) -> None:
    rules = one("web", path("/foo"), raw("/foo/bar", "other"))
    assert served(rules, target="/foo/bar/x", flavor=flavor) == who


@by_flavor("other|web", "other|web", "web")
def test_a_prefix_and_an_exact_path(flavor: str, who: str) -> None:
    assert (
        served(one("web", path("/foo"), exact("/foo", "other")), target="/foo", flavor=flavor)
        == who
    )


@by_flavor("other", "other", "other|web")
def test_a_prefix_and_an_exact_path_of_the_root(flavor: str, who: str) -> None:
    assert served(one("web", path("/"), exact("/", "other")), flavor=flavor) == who


@each_flavor
def test_a_short_regex_comes_before_a_long_path(flavor: str) -> None:
    rules = one("web", raw("/~/f"), raw("/foo/bar/baz", "other"))
    assert served(rules, target="/foo/bar/baz", flavor=flavor) == "web"


@by_flavor("other|web", "other|web", "other")
def test_two_regexes(flavor: str, who: str) -> None:
    rules = one("web", raw("/~/foo/.*"), raw("/~/foo/[a-z]+/x", "other"))
    assert served(rules, target="/foo/ab/x", flavor=flavor) == who


@by_flavor("web", "web", "other")
def test_the_priority_of_regexes(flavor: str, who: str) -> None:
    high = one("high", raw("/~/foo"), says={"regex-priority": "1"})
    low = one("low", raw("/~/foo/[a-z]+", "other"))
    assert served(high, low, target="/foo/ab", flavor=flavor) == who


@each_flavor
def test_the_priority_of_regexes_is_nothing_to_paths_of_characters(flavor: str) -> None:
    high = one("high", raw("/foo"), says={"regex-priority": "100"})
    assert (
        served(high, one("low", raw("/foo/b", "other")), target="/foo/b", flavor=flavor) == "other"
    )


@by_flavor("web", "other", "web")
def test_a_method_outranks_a_longer_path(flavor: str, who: str) -> None:
    post = one("post", raw("/foo"), says={"methods": "POST"})
    plain = one("plain", path("/foo/bar", "other"))
    assert served(post, plain, target="/foo/bar", method="POST", flavor=flavor) == who
    assert served(post, plain, target="/foo/bar", flavor=flavor) == "other"


@by_flavor("web", "other", "web")
def test_a_header_outranks_a_longer_path(flavor: str, who: str) -> None:
    asking = one("asking", says={"headers.x-v": "1"})
    plain = one("plain", path("/foo/bar", "other"))
    assert served(asking, plain, target="/foo/bar", headers=V1, flavor=flavor) == who


@by_flavor("web", "web", "other")
def test_a_host_and_a_header_without_host(flavor: str, who: str) -> None:
    hostless = one("hostless", path("/", "other"), host="", says={"headers.x-v": "1"})
    assert served(one("web"), hostless, headers=V1, flavor=flavor) == who
    assert served(one("web"), hostless, flavor=flavor) == "web"


@each_flavor
def test_more_headers_come_first(flavor: str) -> None:
    both = one("both", says={"headers.x-v": "1", "headers.x-w": "2"})
    single = one("single", path("/", "other"), says={"headers.x-v": "1"})
    assert served(both, single, headers=(*V1, ("x-w", "2")), flavor=flavor) == "web"
    assert served(both, single, headers=V1, flavor=flavor) == "other"


@each_flavor
def test_a_host_comes_before_its_wildcard_whatever_the_path(flavor: str) -> None:
    rules = (
        one("plain", host="a.x.test"),
        one("wild", path("/foo/bar", "other"), host="*.x.test"),
    )
    assert served(*rules, host="a.x.test", target="/foo/bar", flavor=flavor) == "web"
    assert served(*rules, host="b.x.test", target="/foo/bar", flavor=flavor) == "other"


@each_flavor
def test_two_wildcards_are_equals(flavor: str) -> None:
    rules = one("wide", host="*.x.test"), one("narrow", path("/", "other"), host="*.a.x.test")
    assert served(*rules, host="b.a.x.test", flavor=flavor) == "other|web"


@each_flavor
@pytest.mark.parametrize(
    "twin",
    [
        one("a", path("/foo", "other"), age=5),
        one("z", path("/foo", "other"), namespace="default"),
        one("a", path("/foo", "other"), host="alias.test", says={"host-aliases": "a.test"}),
    ],
)
def test_twins_are_up_to_chance_whatever_their_age_and_name(flavor: str, twin: Any) -> None:
    assert served(one("m", path("/foo"), age=1), twin, target="/foo", flavor=flavor) == "other|web"


@each_flavor
def test_twins_to_the_same_service_are_no_matter_of_chance(flavor: str) -> None:
    assert (
        served(one("a", path("/foo")), one("b", path("/foo")), target="/foo", flavor=flavor)
        == "web"
    )


@by_flavor("other|web", "other|web", "web")
def test_a_default_backend_and_the_root(flavor: str, who: str) -> None:
    backend = {"service": {"name": "other", "port": {"number": 80}}}
    default = one("default", path("/own", "third"), host="own.test", defaultBackend=backend)
    assert served(default, one("root", host=""), target="/x", flavor=flavor) == who


@by_flavor("other|web", "other|web", "web")
def test_in_expressions_the_paths_of_a_service_go_together(flavor: str, who: str) -> None:
    """/b belongs to the route that has a long path elsewhere."""
    rules = one("web", raw("/a/very/long/one"), raw("/b")), one("other", raw("/b", "other"))
    assert served(*rules, target="/b", flavor=flavor) == who


def test_four_kinds_of_things_are_on_top_in_the_compatible_flavour() -> None:
    four = one("four", says={"methods": "GET", "headers.x-v": "1"}, host="*.test")
    assert (
        served(four, one("re", raw("/~/f", "other")), headers=V1, target="/f", flavor=COMPATIBLE)
        == "web"
    )
    three = one("three", says={"headers.x-v": "1"}, host="*.test")
    assert (
        served(three, one("re", raw("/~/f", "other")), headers=V1, target="/f", flavor=COMPATIBLE)
        == "other"
    )


@pytest.mark.parametrize("priority", [-1, 4096])
def test_shifts_lose_their_sign_in_the_compatible_flavour(priority: int) -> None:
    odd = one("odd", raw("/~/f"), host="*.test", says={"regex-priority": str(priority)})
    assert served(odd, one("host", raw("/~/f", "other")), target="/f", flavor=COMPATIBLE) == "web"
    assert served(odd, one("host", raw("/~/f", "other")), target="/f") == "other"


def test_the_number_of_the_compatible_flavour() -> None:
    declared = Route("ns/x", "a.test", "/foo", "Prefix")
    plain = PathTest(MatchKind.PREFIX, "/foo/", declared)
    regex = PathTest(MatchKind.REGEX, "/foo$", declared)
    route = KongRoute(
        "Ingress ns/x",
        Upstream(),
        hosts=("a.test",),
        headers=(HeaderTest("x", ("1",)),),
        regex_priority=3,
    )
    host = 1 << 60
    assert compatible(route, plain) == (0, -(host | 3 << 29 | 1 << 20 | 5))
    assert compatible(route, regex) == (0, -(host | 1 << 51 | 3 << 29 | (1 << 20 | 3 << 19)))


@pytest.mark.parametrize(("hosts", "plain"), [(("a.test",), 1), (("a.test", "*.b"), 0), ((), 0)])
def test_the_number_of_the_expressions_flavour(hosts: tuple[str, ...], plain: int) -> None:
    found = ingress_priority(2, 1, hosts, [(False, 4), (True, 2)])
    assert found == 3 << 44 | 2 << 41 | 1 << 33 | plain << 32 | 1 << 16 | 4


@each_flavor
def test_who_lost_is_told_with_the_reason(flavor: str) -> None:
    decision = decide(
        one("web", path("/foo")), one("all", path("/", "other")), target="/foo/x", flavor=flavor
    )
    assert decision.route is not None
    assert decision.route.ingress == "default/web"
    ((loser, why),) = decision.runners_up
    assert loser.ingress == "default/all"
    assert " comes after " in why


@pytest.mark.parametrize("flavor", [TRADITIONAL, EXPRESSIONS])
def test_what_one_ingress_leaves_to_chance_is_told_by_its_paths(flavor: str) -> None:
    decision = decide(
        one("web", exact("/foo"), exact("/foo", "other")), target="/foo", flavor=flavor
    )
    (finding,) = decision.findings
    assert finding.code == "KI503"
    assert "/foo (Exact) of default/web" in finding.message
