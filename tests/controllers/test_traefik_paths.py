"""What Traefik makes of a request before it compares it with rules."""

from __future__ import annotations

import pytest

from kubectl_ingress.controllers._traefik import rules
from kubectl_ingress.controllers._traefik.changes import (
    UNCHANGED,
    AddPrefix,
    Changes,
    ReplacePath,
    ReplacePathRegex,
    RewriteTarget,
    StripPrefix,
    StripPrefixRegex,
)
from kubectl_ingress.controllers._traefik.paths import (
    canonical_host,
    normal_path,
    routing_path,
)
from kubectl_ingress.controllers._traefik.redirects import location_of
from kubectl_ingress.controllers._traefik.templates import replace_all
from kubectl_ingress.core.request import Request


@pytest.mark.parametrize(
    ("raw", "sent", "compared"),
    [
        ("/foo//bar/./x/../y", "/foo/bar/y", "/foo/bar/y"),
        ("/..", "/", "/"),
        ("/foo//", "/foo/", "/foo/"),
        ("/%66oo/%7e", "/foo/~", "/foo/~"),
        ("/%2e%2e/x", "/x", "/x"),
        # Reserved characters stay escaped, so an escaped slash separates nothing.
        ("/a%2fb", "/a%2Fb", "/a%2Fb"),
        ("/a%25b", "/a%25b", "/a%25b"),
        ("/a%20b", "/a%20b", "/a b"),
        ("/a\\b", "/a%5Cb", "/a\\b"),
        # Badly written somewhere: all is written anew, and %2F is lost.
        ("/a%2Fb{", "/a/b%7B", "/a/b{"),
        ("/a!b", "/a!b", "/a!b"),
        ("/é", "/%C3%A9", "/Ã©"),
        ("/%C3%A9", "/%C3%A9", "/Ã©"),
    ],
)
def test_paths(raw: str, sent: str, compared: str) -> None:
    assert normal_path(raw) == sent
    assert routing_path(raw) == compared


@pytest.mark.parametrize("raw", ["/%", "/%zz", "/a#b", "/a\x01", "foo", "*", ""])
def test_bad_requests(raw: str) -> None:
    assert routing_path(raw) is None


def test_a_semicolon_in_the_query_separates() -> None:
    assert UNCHANGED.uri(Request("h", "//x?a=1;b=2")) == "/x?a=1&b=2"
    assert UNCHANGED.uri(Request("h", "/x?")) == "/x?"


@pytest.mark.parametrize(
    ("host", "compared"),
    [
        ("A.Test.", "a.test"),
        ("a.test..", "a.test."),
        ("a.test:x", "a.test"),
        ("", ""),
        ("a b", None),
        ("ü.test", None),
    ],
)
def test_hosts(host: str, compared: str | None) -> None:
    assert canonical_host(host) == compared


@pytest.mark.parametrize(
    ("text", "length"),
    [("/foo", 6), ('/"', 5), ("/\\", 5), ("/é", 5), ("/\x07", 5), ("/\x1b", 7), ("/\u200b", 9)],
)
def test_the_text_of_a_rule_is_measured_in_bytes_as_it_is_written(text: str, length: int) -> None:
    assert len(rules.quoted(text).encode()) == length


def test_rules() -> None:
    strict = rules.path_clause("PathPrefix", "/foo/", strict=True)
    assert rules.host_rule(["a.test", "*.b.test"], strict).text == (
        '(Host("a.test") || Host("*.b.test")) && (Path("/foo") || PathPrefix("/foo/"))'
    )
    assert rules.host_rule([""], rules.path_clause("Path", "/x")).text == 'Path("/x")'
    assert rules.host_rule([""], None).problem
    assert rules.host_rule(["ü.test"], None).problem
    assert rules.path_clause("PathPrefix", "foo").problem
    assert rules.path_clause("PathRegexp", "a++").problem


@pytest.mark.parametrize(
    ("path", "takes", "leaves"),
    [
        ("/{id:[0-9]+}", "/12", "/x"),
        ("/{a}/b.c", "/x/b.c", "/x/bxc"),
        ("/{a:[a-z]{2}}", "/ab", "/a1"),
    ],
)
def test_paths_of_the_old_syntax(path: str, takes: str, leaves: str) -> None:
    clause = rules.old_path_clause("Path", path)
    assert clause.problem == ""
    assert clause.matcher.matches(takes)
    assert not clause.matcher.matches(leaves)


@pytest.mark.parametrize("path", ["/{a", "/a}", "/{a:(}"])
def test_paths_that_the_old_syntax_refuses(path: str) -> None:
    assert rules.old_path_clause("Path", path).problem


@pytest.mark.parametrize(
    ("change", "path", "result"),
    [
        (StripPrefix(("/x", "/api")), "/api/foo", "/foo"),
        (StripPrefix(("/api",)), "/api", ""),
        (StripPrefix(("/api",)), "/apifoo", "/foo"),
        (StripPrefix(("/api/",)), "/api/foo", "/foo"),
        (StripPrefix(("/api",), force_slash=True), "/api", "/"),
        (StripPrefix(("/api",)), "/api/a%2Fb", "/a%2Fb"),
        (StripPrefix(("/a b",)), "/a%20b/c", "/c"),
        (StripPrefix(("/api",)), "/api../foo", 400),
        (StripPrefix(("/api",)), "/other", "/other"),
        (StripPrefixRegex(("/v[0-9]+",)), "/v1/x", "/x"),
        (StripPrefixRegex(("/v[0-9]+",)), "/x/v1", "/x/v1"),
        (AddPrefix("a b"), "/x", "/a%20b/x"),
        (ReplacePath("/a b"), "/x", "/a%20b"),
        (ReplacePath("/%zz"), "/x", 500),
        (ReplacePathRegex("^/api/(.*)", "/$1"), "/api/x", "/x"),
        (ReplacePathRegex("^/api/(.*)", "/$1y"), "/api/x", "/"),
        (RewriteTarget("(?i)/app", "/v2"), "/APP/x", "/v2/x"),
        (RewriteTarget("(?i)/app", "/"), "/app/x", 400),
        (RewriteTarget("(?i)/app", "/"), "/app", "/"),
        (RewriteTarget("(?i)/app", "/x?y"), "/app", "/x%3Fy"),
        (RewriteTarget("(?i)/app", "x"), "/app", "x"),
        (RewriteTarget("(?i)/app", "/%"), "/app", 500),
    ],
)
def test_changes_of_the_path(change: StripPrefix, path: str, result: str | int) -> None:
    assert change.apply(path) == result


def test_changes_work_on_each_other() -> None:
    changes = Changes((StripPrefix(("/api",)), AddPrefix("/v2")))
    assert changes.target(Request("h", "/api//x?q"), "") == "/v2/x?q"
    assert changes.target(Request("h", "/api"), "") == "/v2"
    assert Changes().target(Request("h", "/x?q"), "") is None


@pytest.mark.parametrize(
    ("pattern", "text", "template", "result"),
    [
        (".*", "http://a/", "https://x/$1", "https://x/"),
        ("a*", "baac", "x", "xbxcx"),
        ("(?P<n>b)", "abc", "[${n}$n$$$0]", "a[bb$b]c"),
        ("(b)", "abc", "$1x", "ac"),
        ("z", "abc", "y", "abc"),
    ],
)
def test_replacing_as_go_does(pattern: str, text: str, template: str, result: str) -> None:
    assert replace_all(pattern, text, template) == result


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("https://a.test/b c?q=d e#f", "https://a.test/b%20c?q=d e#f"),
        ("a.test/x", "a.test/x"),
        ("", ""),
        ("https://a.test/%zz", None),
        ("https://a.test/\n", None),
        (":x", None),
    ],
)
def test_locations(url: str, location: str | None) -> None:
    assert location_of(url) == location
