"""Filters and backends by the specification, and what the API server refuses."""

from __future__ import annotations

import pytest

from tests.controllers.gateway_objects import (
    Json,
    ask,
    backend,
    codes,
    gateway,
    grant,
    header,
    listener,
    match,
    messages,
    redirect,
    rewrite,
    route,
    rule,
    table,
    to,
)


@pytest.mark.parametrize(
    ("fields", "port", "url", "location"),
    [
        ({}, 80, "http://a.test/x?y", "http://a.test/x?y"),
        ({"scheme": "https"}, 80, "http://a.test/x/", "https://a.test/x/"),
        ({"scheme": "https"}, 8080, "http://a.test:8080/", "https://a.test/"),
        ({"scheme": "https", "port": 8443}, 80, "http://a.test/", "https://a.test:8443/"),
        ({"hostname": "o.test"}, 8080, "http://a.test:8080/", "http://o.test:8080/"),
        ({"port": 80}, 8080, "http://a.test:8080/", "http://a.test/"),
        ({"port": 443}, 80, "http://a.test/", "http://a.test:443/"),
        ({"scheme": "http", "port": 443}, 80, "http://a.test/", "http://a.test:443/"),
        (
            {"path": {"type": "ReplaceFullPath", "replaceFullPath": "/z"}},
            80,
            "http://a.test/x?y",
            "http://a.test/z?y",
        ),
        (
            {"path": {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/z"}},
            80,
            "http://a.test/x/y",
            "http://a.test/z/x/y",
        ),
    ],
)
def test_redirects(fields: Json, port: int, url: str, location: str) -> None:
    filters = [redirect(**fields)]
    compiled = table(
        gateway(listener(port=port)), route("r", rule(match("/"), filters=filters, to=None))
    )
    decision = ask(compiled, url)
    assert (decision.outcome.status, decision.outcome.location) == (302, location)


@pytest.mark.parametrize(
    ("path", "prefix", "replacement", "sent"),
    [
        ("/foo/bar", "/foo", "/xyz", "/xyz/bar"),
        ("/foo/bar", "/foo", "/xyz/", "/xyz/bar"),
        ("/foo/bar", "/foo/", "/xyz", "/xyz/bar"),
        ("/foo/bar", "/foo/", "/xyz/", "/xyz/bar"),
        ("/foo", "/foo", "/xyz", "/xyz"),
        ("/foo/", "/foo", "/xyz", "/xyz/"),
        ("/foo/bar", "/foo", "", "/bar"),
        ("/foo/", "/foo", "", "/"),
        ("/foo", "/foo", "", "/"),
        ("/foo/", "/foo", "/", "/"),
        ("/foo", "/foo", "/", "/"),
        ("/foo/a%20b?q=/foo", "/foo", "/x", "/x/a%20b?q=/foo"),
    ],
)
def test_the_table_of_prefix_replacement(
    path: str, prefix: str, replacement: str, sent: str
) -> None:
    filters = [rewrite("ReplacePrefixMatch", replacement)]
    compiled = table(gateway(), route("r", rule(match(prefix), filters=filters)), backend())
    assert ask(compiled, f"a.test{path}").outcome.upstream_path == sent


def test_a_rewrite_of_one_backend_is_done_and_that_of_several_said() -> None:
    own = {"filters": [rewrite("ReplaceFullPath", "/z")]}
    web, other = {"name": "web", "port": 80, **own}, {"name": "b", "port": 80}
    services = [*backend(), *backend("b")]
    alone = table(gateway(), route("r", rule(backendRefs=[web])), services)
    assert ask(alone, "a.test/x?q").outcome.upstream_path == "/z?q"
    several = ask(
        table(gateway(), route("r", rule(backendRefs=[web, other])), services), "a.test/x"
    )
    assert several.outcome.upstream_path == "/x"
    assert several.uncertain


def test_a_filter_of_the_implementation_is_an_error_which_is_said() -> None:
    reference = {"group": "g.example", "kind": "Magic", "name": "m"}
    filters = [{"type": "ExtensionRef", "extensionRef": reference}]
    decision = ask(table(gateway(), route("r", rule(filters=filters)), backend()))
    assert to(decision) == "500"
    assert decision.uncertain
    assert "Magic m (g.example)" in messages(decision)


def test_mirrors_and_headers_leave_the_way_alone() -> None:
    filters = [
        {"type": "RequestHeaderModifier", "requestHeaderModifier": {"remove": ["x"]}},
        {"type": "ResponseHeaderModifier", "responseHeaderModifier": {"remove": ["x"]}},
        {"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "m", "port": 80}}},
    ]
    decision = ask(table(gateway(), route("r", rule(filters=filters)), backend()))
    assert to(decision) == "web*1"
    assert not decision.findings


def test_a_preflight_request_is_answered_and_no_other() -> None:
    filters = [{"type": "CORS", "cors": {"allowOrigins": ["*"]}}]
    compiled = table(gateway(), route("r", rule(filters=filters)), backend())
    origin, asked = ("Origin", "http://o.test"), ("Access-Control-Request-Method", "PUT")
    assert to(ask(compiled, method="OPTIONS", headers=(origin, asked))) == "204"
    assert to(ask(compiled, method="OPTIONS", headers=(origin,))) == "web*1"
    assert to(ask(compiled, method="GET", headers=(origin, asked))) == "web*1"


@pytest.mark.parametrize(
    "bad",
    [
        rule(match("foo")),
        rule(match("/a//b")),
        rule(match("/a/../b", "Exact")),
        rule(match("/a/..")),
        rule(match("/a%2Fb")),
        rule(match("/a b")),
        rule(match("/", "Glob")),
        rule(match("/", method="get")),
        rule(match("/", headers=[header("x", "1", "Glob")])),
        rule(match("/", queryParams=[header("", "1")])),
        rule(filters=[redirect()]),
        rule(filters=[redirect(), rewrite("ReplaceFullPath", "/z")], to=None),
        rule(filters=[redirect(statusCode=304)], to=None),
        rule(filters=[redirect(scheme="ftp")], to=None),
        rule(filters=[redirect(), redirect()], to=None),
        rule(filters=[{"type": "Magic"}]),
        rule(match("/a", "Exact"), filters=[rewrite("ReplacePrefixMatch", "/z")]),
        rule(match("/a"), match("/b"), filters=[rewrite("ReplacePrefixMatch", "/z")]),
        rule(backendRefs=[{"name": "web"}]),
        rule(backendRefs=[{"name": "web", "port": 80, "weight": 1_000_001}]),
    ],
)
def test_what_the_api_server_refuses_serves_nothing(bad: Json) -> None:
    compiled = table(gateway(), route("r", rule(match("/fine")), bad), backend(), offline=True)
    decision = ask(compiled, "a.test/fine")
    assert to(decision) == "404"
    assert codes(decision)[0] == "KI506"
    assert compiled.lost[0].finding.code == "KI506"
    assert "spec.rules[1]" in compiled.lost[0].finding.message


def test_too_much_of_anything_is_refused() -> None:
    for bad in (
        route("r", *[rule()] * 17),
        route("r", rule(*[match()] * 65)),
        route("r", *[rule(*[match()] * 64)] * 3),
        route("r", hosts=tuple(f"h{n}.test" for n in range(17))),
        route("r", hosts=("a_b.test",)),
    ):
        assert table(gateway(), bad, offline=True).lost[0].finding.code == "KI506"


@pytest.mark.parametrize(
    ("refs", "answer", "code"),
    [
        ([], "500", "KI103"),
        ([{"name": "web", "port": 80, "weight": 0}], "500", "KI103"),
        ([{"name": "gone", "port": 80}], "500", "KI103"),
        ([{"name": "web", "port": 81}], "500", "KI104"),
        ([{"name": "web", "port": 8080}], "500", "KI104"),
        ([{"name": "empty", "port": 80}], "503", "KI105"),
        ([{"name": "web", "port": 80, "kind": "Bucket", "group": "x"}], "500", "KI113"),
        ([{"name": "away", "port": 80}], "500", "KI113"),
        ([{"name": "odd", "port": 80}], "500", "KI113"),
        ([{"name": "datagrams", "port": 80}], "500", "KI113"),
        ([{"name": "web", "port": 80, "namespace": "n"}], "500", "KI112"),
        ([{"name": "web", "port": 80, "namespace": "default"}], "web*1", ""),
        ([{"name": "h2c", "port": 80}], "h2c*1", ""),
        (
            [{"name": "web", "port": 80, "weight": 3}, {"name": "gone", "port": 80}],
            "web*3,gone*1=500",
            "KI103",
        ),
        (
            [{"name": "empty", "port": 80}, {"name": "gone", "port": 80, "weight": 2}],
            "empty*1=503,gone*2=500",
            "KI105",
        ),
    ],
)
def test_backends(refs: list[Json], answer: str, code: str) -> None:
    empty = [backend("empty")[0], {**backend("empty")[1], "endpoints": []}]
    away, odd, h2c, datagrams = (backend(n) for n in ("away", "odd", "h2c", "datagrams"))
    away[0]["spec"] = {"type": "ExternalName", "externalName": "x.example", "ports": [{"port": 80}]}
    odd[0]["spec"]["ports"][0]["appProtocol"] = "example.com/x"
    h2c[0]["spec"]["ports"][0]["appProtocol"] = "kubernetes.io/h2c"
    datagrams[0]["spec"]["ports"][0]["protocol"] = "UDP"
    services = [*backend(), *empty, *away, *odd, *h2c, *datagrams, *backend(namespace="n")]
    decision = ask(table(gateway(), route("r", rule(backendRefs=refs)), services))
    assert to(decision) == answer
    assert (codes(decision) or [""])[0] == code


def test_a_backend_elsewhere_needs_a_grant_for_its_kind_of_route() -> None:
    refs = [{"name": "web", "port": 80, "namespace": "n"}]
    objects = (gateway(), route("r", rule(backendRefs=refs)), backend(namespace="n"))
    for granted, answer in (
        (grant("n", "HTTPRoute", "default", "Service"), "web*1"),
        (grant("n", "HTTPRoute", "default", "Service", "web"), "web*1"),
        (grant("n", "HTTPRoute", "default", "Service", "other"), "500"),
        (grant("n", "GRPCRoute", "default", "Service"), "500"),
        (grant("n", "HTTPRoute", "other", "Service"), "500"),
        (grant("default", "HTTPRoute", "default", "Service"), "500"),
        (grant("n", "HTTPRoute", "default", "Secret"), "500"),
    ):
        assert to(ask(table(*objects, granted))) == answer
