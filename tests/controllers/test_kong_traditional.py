"""The traditional router against a plain imitation of its own search, route order drawn at random.

The imitation does what the router does: it sorts, puts routes into lists by
what they ask for, and goes through the shortest list. Where the model gives one
answer, every order of equal routes must give it; else it must be a candidate.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kubectl_ingress.controllers._kong.entries import NOBODY, KongEntry
from kubectl_ingress.controllers._kong.uri import request_path
from kubectl_ingress.core.request import Outcome, OutcomeKind, Request
from kubectl_ingress.core.table import Entry, RouteTable
from tests.controllers.kong_worlds import one, raw, served, table_of
from tests.manifests import path

PATHS = ("/", "/a", "/a/b", "/~/a", "/~/a/.*", "/~/[ab]", "/b")
HOSTS = ("a.test", "x.a.test", "*.a.test", "*.test", "")
BITS = ("host", "header", "uri", "method", "sni")
SAYS = (
    ("methods", ("GET", "POST,PUT")),
    ("headers.x-a", ("1",)),
    ("headers.x-b", ("1", "2")),
    ("snis", ("a.test", "b.test")),
    ("regex-priority", ("1", "7")),
    ("host-aliases", ("b.test", "*.b.test")),
)


@st.composite
def worlds(draw: st.DrawFn) -> list[Any]:
    """Few hosts, paths and words in each, so that routes meet."""
    hosts = draw(st.sampled_from([("a.test", "*.test"), ("x.a.test", "*.a.test", "*.test"), HOSTS]))
    texts = draw(st.lists(st.sampled_from(PATHS), min_size=2, max_size=4, unique=True))
    words = draw(st.lists(st.sampled_from(SAYS), max_size=2))
    found = []
    for number in range(draw(st.integers(2, 6))):
        paths = draw(
            st.lists(
                st.builds(
                    lambda make, text, name: make(text, name),
                    st.sampled_from([path, raw]),
                    st.sampled_from(texts),
                    st.sampled_from(["web", "other", "third"]),
                ),
                min_size=1,
                max_size=3,
            )
        )
        says = {key: draw(st.sampled_from(values)) for key, values in words if draw(st.booleans())}
        found.append(one(f"i{number}", *paths, host=draw(st.sampled_from(hosts)), says=says))
    return found


REQUESTS = st.builds(
    Request,
    host=st.sampled_from(["a.test", "x.a.test", "y.a.test", "b.test", "x.b.test", "other.org"]),
    target=st.sampled_from(["/", "/a", "/a/b", "/a/b/c", "/ab", "/b", "/c"]),
    scheme=st.sampled_from(["http", "https"]),
    method=st.sampled_from(["GET", "POST", "DELETE"]),
    headers=st.lists(st.sampled_from([("x-a", "1"), ("x-b", "1"), ("x-b", "2")]), max_size=2).map(
        tuple
    ),
    port=st.sampled_from([None, None, 8080]),
    sni=st.sampled_from([None, "b.test", "c.test"]),
)


def asks(entry: KongEntry) -> dict[str, tuple[str, ...]]:
    """What a route asks for: kind -> the values that its lists are kept by."""
    route = entry.source
    return {
        "host": route.hosts,
        "header": tuple(header.name for header in route.headers),
        "uri": (entry.test.text,),
        "method": route.methods,
        "sni": route.snis,
    }


def kinds(entry: KongEntry) -> tuple[str, ...]:
    return tuple(kind for kind in BITS if asks(entry)[kind])


def covers(host: str, asked: str) -> bool:
    return asked.endswith(host[1:]) if host.startswith("*") else asked == host


def rank(entry: KongEntry) -> tuple[int, ...]:
    route, regex = entry.source, entry.test.is_regex
    plain = bool(route.hosts) and not any("*" in host for host in route.hosts)
    priority = route.regex_priority if regex else 0
    length = 0 if regex else len(entry.test.text)
    return -(2 * plain + regex), -len(route.headers), -priority, -length


class Imitation:
    """The router with its routes in one of the possible orders."""

    def __init__(self, table: RouteTable, seed: int) -> None:
        found = [e for s in (*table.servers, table.default) for e in s.entries]
        self.entries = [entry for entry in found if isinstance(entry, KongEntry)]
        random.Random(seed).shuffle(self.entries)
        self.entries.sort(key=rank)

    def find(self, request: Request) -> Entry:
        path = request_path(request.path) or ""
        hits, asked = self.hits(request, path)
        order = sorted(
            {kinds(entry) for entry in self.entries},
            key=lambda one: (-len(one), [-(kind in one) for kind in BITS]),
        )
        start = order.index(asked) if asked in order else 0
        for category in order[start:]:
            routes = [entry for entry in self.entries if kinds(entry) == category]
            for listed in (self.shortest(routes, category, hits), routes):
                for entry in listed:
                    if self.takes(entry, request, path):
                        return entry
        return NOBODY

    def hits(self, request: Request, path: str) -> tuple[dict[str, str], tuple[str, ...]]:
        """The value by which each kind of list is looked up, and what could be asked."""
        values: dict[str, Callable[[], Iterable[str]]] = {
            kind: lambda kind=kind: (v for e in self.entries for v in asks(e)[kind])  # type: ignore[misc]
            for kind in BITS
        }
        raw_host = request.host if request.port is None else f"{request.host}:{request.port}"
        hits = {"host": raw_host, "method": request.method, "sni": sni(request)}
        seen = {kind for kind in ("method", "sni") if hits[kind] in values[kind]()}
        if request.host in values["host"]():
            seen.add("host")
        else:
            for host in values["host"]():
                if host.startswith("*") and covers(host, request.host):
                    hits["host"] = host
                    seen.add("host")
                    break
        for name in values["header"]():
            if request.header_values(name):
                hits["header"] = name
                seen.add("header")
                break
        regexes = [e for e in self.entries if e.test.is_regex and e.matcher.matches(path)]
        plain = [e.test.text for e in self.entries if not e.test.is_regex]
        begun = sorted((text for text in plain if path.startswith(text)), key=len)
        if regexes or begun:
            hits["uri"] = regexes[0].test.text if regexes else begun[-1]
            seen.add("uri")
        return hits, tuple(kind for kind in BITS if kind in seen)

    @staticmethod
    def shortest(
        routes: list[KongEntry], category: tuple[str, ...], hits: dict[str, str]
    ) -> list[KongEntry]:
        best: list[KongEntry] = []
        for kind in category:
            listed = [entry for entry in routes if hits.get(kind) in asks(entry)[kind]]
            if listed and kind == "header":
                return listed
            if listed and (not best or len(listed) < len(best)):
                best = listed
        return best

    @staticmethod
    def takes(entry: KongEntry, request: Request, path: str) -> bool:
        hosts = entry.source.hosts
        if hosts and not any(covers(host, request.host) for host in hosts):
            return False
        return entry.matcher.matches(path) and entry.admits(request)


def sni(request: Request) -> str:
    return "" if request.scheme == "http" else request.sni or request.host


def candidates(outcome: Outcome) -> tuple[Outcome, ...]:
    return outcome.candidates if outcome.kind is OutcomeKind.UNDEFINED else (outcome,)


def answer_of(entry: Entry, request: Request) -> Outcome:
    path = request_path(request.path) or ""
    return next(found for action in entry.actions if (found := action.outcome(request, path)))


@settings(max_examples=150)
@given(
    worlds(),
    st.lists(REQUESTS, min_size=5, max_size=10),
    st.lists(st.integers(), min_size=4, max_size=4),
)
def test_every_order_of_equal_routes_gives_a_candidate(
    objects: list[Any], requests: list[Request], seeds: list[int]
) -> None:
    table = table_of(*objects)
    routers = [Imitation(table, seed) for seed in seeds]
    for request in requests:
        possible = candidates(table.decide(request).outcome)
        for router in routers:
            assert answer_of(router.find(request), request) in possible


# What the search comes to.


def test_the_shorter_list_by_path_may_hide_the_routes_of_the_host() -> None:
    """The routes of unrelated hosts decide: with one on /foo/bar the host's list is no longer."""
    plain = one("plain", path("/"), path("/z", "third"), host="a.x.test")
    wild = one("wild", path("/foo/bar", "other"), host="*.x.test")
    asked = {"host": "a.x.test", "target": "/foo/bar"}
    assert served(plain, wild, **asked) == "other|web"
    twins = [one(f"u{n}", path("/foo/bar", "third"), host=f"u{n}.test") for n in range(2)]
    assert served(plain, wild, *twins, **asked) == "web"


def test_all_routes_are_looked_through_where_no_list_holds_the_right_one() -> None:
    plain = one("plain", path("/own"), host="a.x.test")
    wild = one("wild", path("/wild", "other"), host="*.x.test")
    unrelated = [one(f"u{n}", path("/wild", "third"), host=f"u{n}.test") for n in range(3)]
    asked = {"host": "a.x.test", "target": "/wild"}
    assert served(plain, wild, *unrelated, **asked) == "other"


def test_a_port_in_the_host_header_finds_no_list_by_host() -> None:
    plain = one("plain", host="a.x.test")
    wild = one("wild", path("/foo/bar", "other"), host="*.x.test")
    asked = {"host": "a.x.test", "target": "/foo/bar"}
    assert served(plain, wild, **asked) == "web"
    assert served(plain, wild, port=8080, **asked) == "other"


def test_of_two_headers_the_first_one_that_the_router_knows_decides() -> None:
    one_header = one("a", path("/"), says={"headers.x-a": "1"})
    other = one("b", path("/foo", "other"), says={"headers.x-b": "1"})
    both = (("x-a", "1"), ("x-b", "1"))
    assert served(one_header, other, headers=both, target="/foo/x") == "other"
    # Somewhere a route with a longer path asks for x-a, and x-a is looked up first.
    longer = one("c", path("/foo/bar/baz", "third"), host="c.test", says={"headers.x-a": "2"})
    first = one(
        "d", raw("/~/q", "third"), host="c.test", says={"headers.x-a": "2", "regex-priority": "9"}
    )
    assert served(one_header, other, longer, first, headers=both, target="/foo/x") == "web"
