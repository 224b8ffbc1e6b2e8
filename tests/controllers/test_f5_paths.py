"""The F5 controller: which location takes a path, and what pods are sent."""

from __future__ import annotations

import pytest

from tests.controllers.f5 import master, minion, one, table
from tests.controllers.ingress_nginx.asking import backend, codes, decide, said
from tests.manifests import path

EXACT, LOOSE = "Exact", "ImplementationSpecific"


@pytest.mark.parametrize(
    ("url", "answer"),
    [
        ("http://a.t/tea", "tea:80 /tea"),
        ("http://a.t/teapot", "tea:80 /teapot"),
        ("http://a.t/tea/green", "green:80 /tea/green"),
        ("http://a.t/tea/greenish", "tea:80 /tea/greenish"),
        ("http://a.t/tea/loose", "loose:80 /tea/loose"),
        ("http://a.t/tea/looser?a=%20", "loose:80 /tea/looser?a=%20"),
        ("http://a.t/x/..//%74ea/./green", "green:80 /x/..//%74ea/./green"),
        ("http://a.t/Tea", "404"),
        ("http://a.t/", "404"),
        ("http://a.t/tea/../..", "400"),
        ("http://a.t/tea%00", "400"),
    ],
)
def test_exact_first_then_the_longest_string_of_the_decoded_path(url: str, answer: str) -> None:
    routes = table(
        one(
            "a",
            "a.t",
            path("/tea", "tea"),
            path("/tea/green", "green", kind=EXACT),
            path("/tea/loose", "loose", kind=LOOSE),
        )
    )
    assert said(routes, url) == answer


@pytest.mark.parametrize(("method", "path_asked", "answer"), [
    ("GET", "/x", "404"),
    ("POST", "/x", "404"),
    ("PUT", "/x", "405"),
    ("DELETE", "/x/", "403"),
])  # fmt: skip
def test_what_no_location_takes_is_a_file_that_is_not_there(
    method: str, path_asked: str, answer: str
) -> None:
    routes = table(one("a", "a.t", path("/tea", "tea")))
    assert said(routes, f"http://a.t{path_asked}", method) == answer
    assert said(routes, f"http://other.t{path_asked}", method) == "404"


@pytest.mark.parametrize("kind", [EXACT, LOOSE, "Prefix"])
def test_a_name_with_a_slash_redirects_the_one_without(kind: str) -> None:
    routes = table(one("a", "a.t", path("/", "root"), path("/foo/", "foo", kind=kind)))
    assert said(routes, "http://a.t/foo?q=1") == "301 http://a.t/foo/?q=1"
    assert said(routes, "http://a.t:8080/foo?") == "301 http://a.t/foo/"
    assert said(routes, "http://a.t/x/../foo", "POST") == "301 http://a.t/foo/"
    assert said(routes, "http://a.t/foo/") == "foo:80 /foo/"
    assert said(routes, "http://a.t/foobar") == "root:80 /foobar"


@pytest.mark.parametrize("kind", [EXACT, "Prefix"])
def test_a_location_without_the_slash_takes_its_requests(kind: str) -> None:
    routes = table(one("a", "a.t", path("/foo/", "long"), path("/foo", "short", kind=kind)))
    assert said(routes, "http://a.t/foo") == "short:80 /foo"
    assert said(routes, "http://a.t/foo/") == "long:80 /foo/"


def test_a_missing_slash_comes_before_patterns_and_not_after_large_bodies() -> None:
    routes = table(
        master("m", "a.t"),
        minion("a", "a.t", path("/f", "pattern"), path_regex="case_sensitive"),
        minion("b", "a.t", path("/foo/", "plain"), client_max_body_size="10"),
    )
    assert said(routes, "http://a.t/foo") == "301 http://a.t/foo/"
    assert said(routes, "http://a.t/foo", "POST", body_size=11) == "413"
    assert said(routes, "http://a.t/foo/") == "pattern:80 /foo/"


@pytest.mark.parametrize(
    ("declared", "asked", "answer"),
    [
        ("/a//b", "/a/b", "404"),
        ("/a/./b", "/a/b", "404"),
        ("/a%20b", "/a%20b", "404"),
        ("/a%%b", "/a%25b", "web:80 /a%25b"),
        ("/é", "/%C3%A9", "web:80 /%C3%A9"),
        ("/a?b", "/a%3Fb", "web:80 /a%3Fb"),
        ("/a#b", "/a%23b", "web:80 /a%23b"),
        ("/a", "/a%2520b", "web:80 /a%2520b"),
        ("/a\\\\b", "/a%5Cb", "web:80 /a%5Cb"),
        ("/a}b", "/a%7Db", "web:80 /a%7Db"),
        ("", "/x", "web:80 /x"),
    ],
)
def test_names_as_they_are_written_into_the_configuration(
    declared: str, asked: str, answer: str
) -> None:
    kind = LOOSE if not declared else "Prefix"
    assert (
        said(table(one("a", "a.t", path(declared, "web", kind=kind))), f"http://a.t{asked}")
        == answer
    )


@pytest.mark.parametrize(
    "declared",
    [
        "a",
        "/a b",
        "/a;b",
        '/a"b',
        "//a",
        "/a/../b",
        "/a/..",
        "/(a",
        "/a{b}",
        "/root/x",
        "/a\\",
        "/a(?P<n>b)",
    ],
)
@pytest.mark.parametrize("kind", [EXACT, LOOSE, "Prefix"])
def test_a_bad_path_rejects_its_ingress(declared: str, kind: str) -> None:
    routes = table(
        one("a", "a.t", path("/", "web"), path(declared, "web", kind=kind)),
        one("b", "b.t", path("/", "web")),
    )
    assert said(routes, "http://a.t/") == "404"
    assert said(routes, "http://b.t/") == "web:80 /"
    assert codes(decide(routes, "http://a.t/")) == ["KI506"]


def test_an_empty_path_is_only_for_implementation_specific() -> None:
    routes = table(one("a", "a.t", path("/x", "web"), path("", "web")))
    assert said(routes, "http://a.t/x") == "404"


@pytest.mark.parametrize(
    ("mode", "asked", "answer"),
    [
        ("case_sensitive", "/a1x", "first:80 /a1x"),
        ("case_sensitive", "/A1", "404"),
        ("case_sensitive", "/ab", "second:80 /ab"),
        ("case_sensitive", "/x/a1", "404"),
        ("case_sensitive", "/dead", "404"),
        ("case_insensitive", "/A1", "first:80 /A1"),
        ("exact", "/a[0-9]", "first:80 /a[0-9]"),
        ("exact", "/a", "second:80 /a"),
        ("exact", "/ab", "404"),
        ("exact", "/dead", "404"),
        ("", "/ab", "second:80 /ab"),
        ("", "/dead", "exact:80 /dead"),
    ],
)
def test_path_regex(mode: str, asked: str, answer: str) -> None:
    paths = (
        path("/a[0-9]", "first"),
        path("/a", "second", kind=LOOSE),
        path("/dead", "exact", kind=EXACT),
    )
    routes = table(one("a", "a.t", *paths, org={"path-regex": mode} if mode else None))
    assert said(routes, f"http://a.t{asked}") == answer


def test_patterns_come_in_written_order_those_of_minions_by_name() -> None:
    one_ingress = one(
        "a", "a.t", path("/a", "short"), path("/a/b", "long"), org={"path-regex": "case_sensitive"}
    )
    assert said(table(one_ingress), "http://a.t/a/b") == "short:80 /a/b"
    several = table(
        master("m", "a.t"),
        minion("z", "a.t", path("/a", "short"), path_regex="case_sensitive"),
        minion("b", "a.t", path("/a/b", "long"), path_regex="case_insensitive"),
        minion("a", "a.t", path("/a/b/c", "plain")),
    )
    assert said(several, "http://a.t/A/B/c") == "long:80 /A/B/c"
    assert said(several, "http://a.t/a/b/c") == "long:80 /a/b/c"
    assert said(several, "http://a.t/a/x") == "short:80 /a/x"


@pytest.mark.parametrize(
    ("paths", "asked", "answer"),
    [
        ((path("/a", "web"),), "/x", "all:80 /x"),
        ((path("/a", "web"),), "/a", "web:80 /a"),
        ((path("/", "web", kind=EXACT),), "/x", "all:80 /x"),
        ((path("/", "web", kind=EXACT),), "/", "web:80 /"),
        ((path("/", "web"),), "/x", "web:80 /x"),
        ((path("", "web", kind=LOOSE),), "/x", "web:80 /x"),
    ],
)
def test_a_default_backend_fills_the_root_of_its_own_hosts(
    paths: tuple[object, ...], asked: str, answer: str
) -> None:
    routes = table(one("a", "a.t", *paths, defaultBackend=backend("all")))
    assert said(routes, f"http://a.t{asked}") == answer
    assert said(routes, f"http://b.t{asked}") == "404"


def test_a_default_backend_alone_rejects_its_ingress() -> None:
    bare = one("a", "a.t", defaultBackend=backend("all"))
    del bare["spec"]["rules"]
    routes = table(bare)
    assert said(routes, "http://a.t/") == "404"
    assert codes(decide(routes, "http://a.t/")) == ["KI506"]


@pytest.mark.parametrize(
    ("declared", "replacement", "asked", "sent"),
    [
        ("/tea/", "/", "/tea/x?q", "/x?q"),
        ("/tea", "/", "/tea/x", "//x"),
        ("/tea", "/", "/teapot", "/pot"),
        ("/tea/", "/", "/tea/a%20b", "/a%20b"),
        ("/tea/", "/", "/tea//%2Fx?", "/x"),
        ("/tea", "/leaves", "/x/../tea", "/leaves"),
    ],
)
def test_rewrites_swap_the_name(declared: str, replacement: str, asked: str, sent: str) -> None:
    org = {"rewrites": f"serviceName=tea rewrite={replacement}", "rewrite-target": "/never"}
    routes = table(one("a", "a.t", path(declared, "tea"), path("/other", "other"), org=org))
    assert said(routes, f"http://a.t{asked}") == f"tea:80 {sent}"
    assert said(routes, "http://a.t/other/x") == "other:80 /other/x"


@pytest.mark.parametrize(
    ("declared", "mode", "target", "asked", "sent"),
    [
        ("/app", "", "/new", "/app/x?q=1", "/new?q=1"),
        ("/app", "", "/new?a=b", "/app?q=1", "/new?a=b&q=1"),
        ("/app", "", "/new?a=b?", "/app?q=1", "/new?a=b"),
        ("/app", "", "/new?", "/app?q=1", "/new"),
        ("/app/(.*)", "case_sensitive", "/n/$1$2", "/app/x%20y", "/n/x%20y"),
        ("/app/(?<rest>.*)", "case_sensitive", "/n/$rest", "/app/x", "/n/x"),
        ("/app", "case_insensitive", "/new", "/APP", "/new"),
        ("/a.c", "exact", "/new", "/a.c", "/new"),
        ("/app/(.*)", "", "/n/$1", "/app/(.*)", "/n/(.*)"),
        ("/app", "", "/$scheme$request_uri", "/app", "/http/app"),
    ],
)
def test_rewrite_target_replaces_the_whole_where_the_path_is_found(
    declared: str, mode: str, target: str, asked: str, sent: str
) -> None:
    org = {"rewrite-target": target, **({"path-regex": mode} if mode else {})}
    routes = table(one("a", "a.t", path(declared, "web", kind=LOOSE), org=org))
    assert said(routes, f"http://a.t{asked}") == f"web:80 {sent}"


def test_a_rewrite_whose_pattern_is_not_found_leaves_the_path() -> None:
    routes = table(one("a", "a.t", path("/a+b", "web"), org={"rewrite-target": "/new"}))
    assert said(routes, "http://a.t/a+b/x") == "web:80 /a+b/x"


def test_rewrites_apply_to_the_default_backend_too() -> None:
    org = {"rewrites": "serviceName=all rewrite=/x/"}
    swapped = one("a", "a.t", path("/a", "web"), org=org, defaultBackend=backend("all"))
    assert said(table(swapped), "http://a.t/b/c") == "all:80 /x/b/c"
    replaced = one(
        "a", "a.t", path("/a", "web"), org={"rewrite-target": "/n"}, defaultBackend=backend("all")
    )
    assert said(table(replaced), "http://a.t/b/c") == "all:80 /n"


def test_why_others_lost() -> None:
    routes = table(
        one("a", "h.t", path("/tea", "web"), path("/tea/x", "exact", kind=EXACT)),
        one("b", "*.t", path("/", "wide")),
    )
    lost = [reason for _, reason in decide(routes, "http://h.t/tea/x").runners_up]
    assert lost == [
        "location /tea of h.t comes after location = /tea/x of h.t",
        "location / of *.t comes after location = /tea/x of h.t",
    ]
