"""The Gateway API by its specification: which match takes a request, and what is said of doubts."""

from __future__ import annotations

import pytest

from kubectl_ingress.core.request import Request
from tests.controllers.gateway_objects import (
    Json,
    ask,
    backend,
    codes,
    gateway,
    header,
    match,
    messages,
    route,
    rule,
    table,
    to,
)


@pytest.mark.parametrize(
    ("kind", "value", "path", "taken"),
    [
        ("PathPrefix", "/foo", "/foo", True),
        ("PathPrefix", "/foo", "/foo/", True),
        ("PathPrefix", "/foo", "/foo/x", True),
        ("PathPrefix", "/foo", "/foobar", False),
        ("PathPrefix", "/foo", "/Foo", False),
        ("PathPrefix", "/foo/", "/foo", True),
        ("PathPrefix", "/", "/anything", True),
        ("Exact", "/foo", "/foo", True),
        ("Exact", "/foo", "/foo/", False),
        ("Exact", "/foo", "/foo?q", True),
        ("RegularExpression", "/fo+", "/foo", True),
        ("RegularExpression", "/fo+", "/foo/x", False),
        ("RegularExpression", "/fo+|/x", "/x", True),
        ("RegularExpression", "(?=/)/foo", "/foo", False),
        ("RegularExpression", "/foo(", "/foo(", False),
    ],
)
def test_paths(kind: str, value: str, path: str, taken: bool) -> None:
    decision = ask(
        table(gateway(), route("r", rule(match(value, kind))), backend()), "a.test" + path
    )
    assert to(decision) == ("web*1" if taken else "404")
    if kind == "RegularExpression" and taken:
        assert "left to implementations" in messages(decision)


@pytest.mark.parametrize("path", ["//foo", "/./foo", "/x/../foo", "/%66oo", "/foo%2Fx"])
def test_paths_are_matched_as_they_were_sent_which_is_said(path: str) -> None:
    decision = ask(table(gateway(), route("r", rule(match("/foo"))), backend()), "a.test" + path)
    assert to(decision) == "404"
    assert decision.uncertain


def test_what_needs_no_normalising_is_no_doubt() -> None:
    compiled = table(gateway(), route("r"), backend())
    for path in ("/a%20b", "/a.b", "/..a", "/a-b_c~d?x=%2F//"):
        assert not ask(compiled, f"a.test{path}").uncertain


def test_of_equal_header_names_only_the_first_counts() -> None:
    headers = [header("X-A", "1"), header("x-a", "2")]
    compiled = table(gateway(), route("r", rule(match(headers=headers))), backend())
    assert to(ask(compiled, headers=(("x-A", "1"),))) == "web*1"
    assert to(ask(compiled, headers=(("x-a", "2"),))) == "404"


def test_several_lines_of_a_header_are_one_which_is_said() -> None:
    compiled = table(gateway(), route("r", rule(match(headers=[header("x", "1,2")]))), backend())
    decision = ask(compiled, headers=(("x", "1"), ("x", "2")))
    assert to(decision) == "web*1"
    assert decision.uncertain
    assert to(ask(compiled, headers=(("x", "2"), ("x", "1")))) == "404"


def test_of_equal_parameters_the_first_counts_which_is_said() -> None:
    compiled = table(
        gateway(), route("r", rule(match(queryParams=[header("q", "a b")]))), backend()
    )
    assert to(ask(compiled, "a.test/?q=a%20b")) == "web*1"
    assert to(ask(compiled, "a.test/?q=a+b&q=c")) == "web*1"
    assert ask(compiled, "a.test/?q=a+b&q=c").uncertain
    assert not ask(compiled, "a.test/?q=a+b&r=1&r=2").uncertain
    assert to(ask(compiled, "a.test/?q=c&q=a+b")) == "404"
    assert to(ask(compiled, "a.test/?Q=a+b")) == "404"


def test_values_by_pattern_have_to_match_as_a_whole() -> None:
    by_pattern = [header("x", "v[0-9]", "RegularExpression")]
    compiled = table(gateway(), route("r", rule(match(headers=by_pattern))), backend())
    assert to(ask(compiled, headers=(("x", "v1"),))) == "web*1"
    assert to(ask(compiled, headers=(("x", "v10"),))) == "404"


def test_methods_have_case_and_head_is_not_get() -> None:
    compiled = table(gateway(), route("r", rule(match(method="GET"))), backend())
    assert to(ask(compiled, method="GET")) == "web*1"
    assert to(ask(compiled, method="HEAD")) == "404"


X, Y, Q = header("x", "1"), header("y", "1"), header("q", "1")


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (match("/a/b", "Exact"), match("/a/b")),
        (match("/a/b", "Exact"), match("/a/b/", method="GET")),
        (match("/a/b"), match("/a", method="GET")),
        (match("/a/"), match("/a")),
        (match("/a", method="GET"), match("/a", headers=[X, Y])),
        (match("/a", headers=[X]), match("/a", queryParams=[Q])),
        (match("/a", headers=[X, Y]), match("/a", headers=[X])),
        (match("/a/b", "Exact"), match("/a/.*", "RegularExpression")),
        (match("/a/.*", "RegularExpression"), match("/a/b")),
    ],
)
def test_the_better_match_wins_in_whatever_order(better: Json, worse: Json) -> None:
    fields = {"headers": (("x", "1"), ("y", "1"))}
    for rules in ([rule(better, to="b"), rule(worse)], [rule(worse), rule(better, to="b")]):
        compiled = table(gateway(), route("r", *rules), backend(), backend("b"))
        assert to(ask(compiled, "a.test/a/b?q=1", **fields)) == "b*1"
    # Between routes the better match counts before age.
    old = route("old", rule(worse), created="2020-01-01T00:00:00Z")
    new = route("new", rule(better, to="b"), created="2026-01-01T00:00:00Z")
    compiled = table(gateway(), old, new, backend(), backend("b"))
    decision = ask(compiled, "a.test/a/b?q=1", **fields)
    assert to(decision) == "b*1"
    assert "comes after" in decision.runners_up[0][1]


def test_hostnames_come_before_paths() -> None:
    compiled = table(
        gateway(),
        route("wide", rule(match("/a/b", "Exact")), hosts=("*.test",)),
        route("narrow", rule(match("/"), to="n"), hosts=("a.test",)),
        route("every", rule(match("/a/b", "Exact", method="GET"), to="e")),
        backend(),
        backend("n"),
        backend("e"),
    )
    assert to(ask(compiled, "a.test/a/b")) == "n*1"
    assert to(ask(compiled, "b.test/a/b")) == "web*1"
    assert to(ask(compiled, "b.test/")) == "404"
    assert to(ask(compiled, "b.example/a/b")) == "e*1"


def test_equal_matches_go_by_age_then_name_then_rule() -> None:
    old, new = "2020-01-01T00:00:00Z", "2026-01-01T00:00:00Z"
    services = [*backend(), *backend("x")]
    by_age = table(
        gateway(), route("z", rule(to="x"), created=old), route("a", created=new), services
    )
    assert to(ask(by_age)) == "x*1"
    by_name = table(
        gateway(), route("z", created=old), route("a", rule(to="x"), created=old), services
    )
    assert to(ask(by_name)) == "x*1"
    by_rule = table(gateway(), route("r", rule(to="x"), rule()), services)
    assert to(ask(by_rule)) == "x*1"


def test_calls_go_by_service_and_method() -> None:
    def call(**method: str) -> Json:
        return {"method": method}

    grpc = route(
        "g",
        rule(call(method="Get"), to="m"),
        rule(call(service="pkg.S"), to="s"),
        rule(call(service="pkg.S", method="Get"), to="both"),
        kind="GRPCRoute",
    )
    services = [one for name in ("m", "s", "both") for one in backend(name)]
    compiled = table(gateway(), grpc, services)
    assert to(ask(compiled, "a.test/pkg.S/Get", method="POST")) == "both*1"
    assert to(ask(compiled, "a.test/pkg.S/List", method="POST")) == "s*1"
    assert to(ask(compiled, "a.test/pkg.X/Get", method="POST")) == "m*1"
    assert to(ask(compiled, "a.test/pkg.X/List", method="POST")) == "404"
    assert to(ask(compiled, "a.test/pkgxS/List", method="POST")) == "404"
    assert to(ask(compiled, "a.test/pkg.S/Get/more", method="POST")) == "404"
    assert to(ask(compiled, "a.test/pkg.S/Get", method="GET")) == "404"
    decision = ask(compiled, "a.test/pkg.S/Get", method="POST")
    assert any(step.source == "GRPCRoute default/g" for step in decision.steps)


def test_calls_by_pattern_are_said_to_be_a_guess() -> None:
    method = {"type": "RegularExpression", "service": "pkg\\..*", "method": "Get|List"}
    grpc = route("g", rule({"method": method}), kind="GRPCRoute")
    compiled = table(gateway(), grpc, backend())
    assert ask(compiled, "a.test/pkg.S/List", method="POST").uncertain
    assert to(ask(compiled, "a.test/pkg.S/List", method="POST")) == "web*1"
    assert to(ask(compiled, "a.test/pkg.S/ListAll", method="POST")) == "404"


def test_a_call_to_nobody_is_unavailable() -> None:
    grpc = route("g", rule(to="gone"), kind="GRPCRoute")
    assert to(ask(table(gateway(), grpc, backend()), "a.test/s/m", method="POST")) == "503"


def test_one_hostname_is_for_one_kind_of_route_the_older() -> None:
    old, new = "2020-01-01T00:00:00Z", "2026-01-01T00:00:00Z"
    grpc = route("g", rule(to="g"), hosts=("a.test",), kind="GRPCRoute", created=old)
    http = route("h", hosts=("*.test", "a.test"), created=new)
    apart = route("apart", rule(to="x"), hosts=("b.example",), created=new)
    services = [*backend(), *backend("g"), *backend("x")]
    compiled = table(gateway(), grpc, http, apart, services)
    assert to(ask(compiled, "a.test/s/m", method="POST")) == "g*1"
    decision = ask(compiled, "c.test/")
    assert to(decision) == "404"
    assert "shares a hostname of listener web with the older GRPCRoute default/g" in messages(
        decision
    )
    assert to(ask(compiled, "b.example/")) == "x*1"


def test_why_nothing_takes_a_request() -> None:
    compiled = table(gateway(), route("r", rule(match("/a")), hosts=("a.test",)), backend())
    path = ask(compiled, "a.test/b")
    assert codes(path) == ["KI102"]
    assert "/a (PathPrefix, default/r)" in messages(path)
    host = ask(compiled, "b.test/a")
    assert codes(host) == ["KI101"]
    assert "a.test (default/r)" in messages(host)
    assert not host.steps[0].passed


def test_the_way_names_the_route() -> None:
    decision = ask(table(gateway(), route("r", rule(match("/a"))), backend()), "a.test/a")
    assert decision.route is not None
    assert (decision.route.kind, decision.route.ingress) == ("HTTPRoute", "default/r")
    assert any(step.source == "HTTPRoute default/r" for step in decision.steps)


def test_nothing_at_all_is_a_table_too() -> None:
    decision = ask(table())
    assert to(decision) == "404"
    assert decision.findings


@pytest.mark.parametrize("host", ["", "a.test.", "A.TEST", "[::1]", "ä.test", "\udcff"])
@pytest.mark.parametrize("target", ["*", "", "?", "/%zz", "/\udcff", "//", "/ä\x00", "http://x/"])
def test_no_request_raises(host: str, target: str) -> None:
    rules = [rule(match("/.*", "RegularExpression")), rule(match("/"))]
    by_pattern = rule(match(headers=[header("x", "(a*)*b", "RegularExpression")]), to="b")
    compiled = table(gateway(), route("r", *rules, by_pattern), backend())
    headers = (("x", "a" * 5000 + "\udcff"),)
    decision = compiled.decide(Request(host, target, headers=headers))
    assert decision.steps
