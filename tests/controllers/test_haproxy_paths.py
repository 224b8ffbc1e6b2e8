"""haproxy-ingress: which path takes a request, in which order, and what pods are sent."""

from __future__ import annotations

from typing import Any

import pytest

from tests.controllers.haproxy import one, table
from tests.controllers.ingress_nginx.asking import aged, codes, config_map, decide, said
from tests.manifests import path

EXACT, LOOSE = "Exact", "ImplementationSpecific"
REGEX = {"path-type": "regex"}


def begin(text: str, service: str = "web") -> Any:
    return path(text, service, kind=LOOSE)


@pytest.mark.parametrize(
    ("kind", "declared", "taken", "missed"),
    [
        (LOOSE, "/app", ["/app", "/APP", "/apple", "/app/x"], ["/ap", "//app", "/%61pp"]),
        (LOOSE, "/app/", ["/app/", "/App/x"], ["/app"]),
        ("Prefix", "/app", ["/app", "/app/", "/app/x"], ["/apple", "/App", "/./app"]),
        ("Prefix", "/app/", ["/app", "/app/", "/app/x"], ["/apple"]),
        ("Prefix", "/", ["/", "/x", "//"], []),
        (EXACT, "/app", ["/app", "/app?x=/"], ["/app/", "/App", "/app/x"]),
        (EXACT, "/app/", ["/app/"], ["/app"]),
        ("Prefix", "/a%20b", ["/a%20b/c"], ["/a+b"]),
        ("Prefix", "/foo", ["/foo/../x", "/foo/%2e%2e"], ["/x/../foo"]),
        (LOOSE, "", ["/", "/x"], []),
    ],
)
def test_bytes_are_compared_as_they_come(
    kind: str, declared: str, taken: list[str], missed: list[str]
) -> None:
    routes = table(one("a", "a.t", path(declared, "web", kind=kind)))
    for target in taken:
        assert said(routes, "http://a.t", target=target) == f"web:80 {target}"
    for target in missed:
        assert said(routes, "http://a.t", target=target) == "404"


@pytest.mark.parametrize(
    ("word", "taken", "missed"),
    [
        ("exact", "/app", "/app/"),
        ("EXACT", "/app", "/app/"),
        ("prefix", "/app/", "/apple"),
        ("begin", "/APPLE", "/ap"),
        ("bogus", "/APPLE", "/ap"),
        ("regex", "/apple", "/APP"),
    ],
)
def test_path_type_counts_where_the_type_is_left_to_the_controller(
    word: str, taken: str, missed: str
) -> None:
    routes = table(one("a", "a.t", begin("/app"), path("/typed", "typed"), ha={"path-type": word}))
    assert said(routes, f"http://a.t{taken}") == f"web:80 {taken}"
    assert said(routes, f"http://a.t{missed}") == "404"
    assert said(routes, "http://a.t/typed/x") == "typed:80 /typed/x"
    assert said(routes, "http://a.t/typedx") == "404"


@pytest.mark.parametrize(
    ("declared", "taken", "missed"),
    [
        ("/a[0-9]+", "/a1x", "/b/a1"),
        ("/a[0-9]+$", "/a1", "/a1x"),
        ("/a(?!b)", "/ac", "/ab"),
        ("/(a|b)/c", "/b/c", "/c"),
    ],
)
def test_regexes_begin_at_the_beginning(declared: str, taken: str, missed: str) -> None:
    routes = table(one("a", "a.t", begin(declared), ha=REGEX))
    assert said(routes, f"http://a.t{taken}") == f"web:80 {taken}"
    assert said(routes, f"http://a.t{missed}") == "404"


@pytest.mark.parametrize("declared", ["/a b", "/a#b"])
def test_a_path_that_no_request_line_can_hold(declared: str) -> None:
    routes = table(one("a", "a.t", path(declared, "web")))
    for target in (declared.replace(" ", "%20").replace("#", "%23"), "/a"):
        assert said(routes, "http://a.t", target=target) == "404"


@pytest.mark.parametrize(
    ("target", "answer"),
    [
        ("/a b", "400"),
        ("/é", "400"),
        ("a", "400"),
        ("*", "404"),
        ("http://a.t/app?x", "web:80 http://a.t/app?x"),
        ("http://a.t:8080/app", "web:80 http://a.t:8080/app"),
        ("http://b.t/app", "400"),
    ],
)
def test_request_lines(target: str, answer: str) -> None:
    assert said(table(one("a", "a.t", path("/app", "web"))), "http://a.t", target=target) == answer


@pytest.mark.parametrize(
    ("paths", "asked", "who"),
    [
        # Exact first, then the longer one, whatever their types.
        (
            [path("/a", "exact", kind=EXACT), path("/a", "prefix"), begin("/a", "begin")],
            "/a",
            "exact",
        ),
        ([path("/a", "prefix"), begin("/a", "begin")], "/a", "prefix"),
        ([path("/a", "prefix"), begin("/a", "begin")], "/a/b", "prefix"),
        ([path("/a", "prefix"), begin("/a", "begin")], "/abc", "begin"),
        ([path("/a", "prefix"), begin("/a/b", "begin")], "/a/b/c", "begin"),
        ([begin("/a", "begin"), path("/a/b", "prefix")], "/a/b/c", "prefix"),
        ([begin("/a", "begin"), path("/a/b", "prefix")], "/a/bc", "begin"),
        ([path("/a", "short"), path("/a/b", "middle"), begin("/a/b/c", "long")], "/a/b/cd", "long"),
        ([path("/foo", "short"), path("/foo/", "long")], "/foo/x", "long"),
        ([begin("/x/y", "begin"), path("/", "root")], "/X/Y", "begin"),
    ],
)
def test_the_longer_of_overlapping_paths(paths: list[Any], asked: str, who: str) -> None:
    for given in (paths, list(reversed(paths))):
        assert said(table(one("a", "a.t", *given)), f"http://a.t{asked}") == f"{who}:80 {asked}"


def test_regexes_come_last_unless_they_are_told_to_come_first() -> None:
    made = one("a", "a.t", path("/a", "prefix"), begin("/a.*", "regex"), ha=REGEX)
    assert said(table(made), "http://a.t/a/b") == "prefix:80 /a/b"
    assert said(table(made), "http://a.t/ab") == "regex:80 /ab"
    first = config_map("own", "ctl", path_type_order="regex,prefix,exact,begin")
    told = ("--configmap=ctl/own",)
    assert said(table(made, more=(first,), flags=told), "http://a.t/a/b") == "regex:80 /a/b"
    bad = config_map("own", "ctl", path_type_order="regex,bogus")
    assert said(table(made, more=(bad,), flags=told), "http://a.t/a/b") == "prefix:80 /a/b"


def test_of_regexes_the_longest_text_comes_first() -> None:
    made = one("a", "a.t", begin("/a", "short"), begin("/a.*", "long"), ha=REGEX)
    assert said(table(made), "http://a.t/a") == "long:80 /a"


def test_all_hosts_share_one_list_of_regexes() -> None:
    own = one("a", "a.w.t", begin("/x", "own"), ha=REGEX)
    longer = one("b", "*.w.t", path("/x/yyyy", "wide"))
    routes = table(own, longer)
    assert said(routes, "http://a.w.t/x/yyyy") == "wide:80 /x/yyyy"
    assert said(routes, "http://a.w.t/x/y") == "own:80 /x/y"
    assert said(table(one("a", "a.w.t", path("/x", "own")), longer), "http://a.w.t/x/yyyy") == (
        "own:80 /x/yyyy"
    )


@pytest.mark.parametrize(
    ("kind", "taken", "missed"),
    [
        ("Prefix", "/appx", "/App"),
        (LOOSE, "/app/x", "/App"),
        (EXACT, "/app", "/app/"),
    ],
)
def test_paths_of_a_wildcard_host_are_regexes(kind: str, taken: str, missed: str) -> None:
    routes = table(one("a", "*.w.t", path("/app", "web", kind=kind)))
    assert said(routes, f"http://a.w.t{taken}") == f"web:80 {taken}"
    assert said(routes, f"http://a.w.t{missed}") == "404"


# Duplicates.


def test_the_oldest_has_a_path_and_another_type_is_another_path() -> None:
    young = aged(one("a", "a.t", path("/x", "young"), begin("/x", "begin")), 2)
    old = aged(one("b", "a.t", path("/x", "old")), 1)
    routes = table(young, old)
    assert said(routes, "http://a.t/x") == "old:80 /x"
    assert said(routes, "http://a.t/xy") == "begin:80 /xy"
    assert "KI502" in [finding.code for finding in routes.findings]


def test_equally_old_ones_by_name_and_in_one_ingress_the_first() -> None:
    routes = table(
        one("b", "a.t", path("/x", "second")),
        one("a", "a.t", path("/x", "first"), path("/x", "never")),
    )
    assert said(routes, "http://a.t/x") == "first:80 /x"


@pytest.mark.parametrize(("first", "second"), [("/Foo", "/foo"), ("/foo", "/FOO")])
def test_begin_has_no_case_and_the_first_wins(first: str, second: str) -> None:
    routes = table(one("a", "a.t", begin(first, "first"), begin(second, "second")))
    assert said(routes, "http://a.t/fOO") == "first:80 /fOO"


def test_a_loser_does_not_lend_its_settings() -> None:
    old = aged(one("a", "a.t", path("/x", "web")), 1)
    young = aged(one("b", "a.t", path("/x", "web"), ha={"rewrite-target": "/never"}), 2)
    assert said(table(old, young), "http://a.t/x") == "web:80 /x"


# Rewrites.


@pytest.mark.parametrize(
    ("made", "asked", "sent"),
    [
        ((path("/abc", "web"), "/x"), "/abc/d?q", "/x/d?q"),
        ((path("/abc", "web"), "/"), "/abc/d", "/d"),
        ((path("/abc", "web"), "/"), "/abc", "/"),
        ((path("/abc/", "web"), "/x"), "/abc/d", "/x/d"),
        ((path("/abc/", "web"), "/x"), "/abc", "/abc"),
        ((begin("/abc"), "/x"), "/abcd", "/xd"),
        ((begin("/ABC"), "/x"), "/abc", "/abc"),
        ((path("/abc", "web", kind=EXACT), "/x"), "/abc", "/x"),
        ((path("/abc", "web"), "/$1"), "/abc/d", "/$1/d"),
        ((path("/abc", "web"), "/x"), "/abc/%2F/..", "/x/%2F/.."),
    ],
)
def test_rewrites_swap_the_beginning(made: tuple[Any, str], asked: str, sent: str) -> None:
    routes = table(one("a", "a.t", made[0], ha={"rewrite-target": made[1]}))
    assert said(routes, f"http://a.t{asked}") == f"web:80 {sent}"


@pytest.mark.parametrize(
    ("declared", "target", "asked", "sent"),
    [
        ("/a/(.*)", r"/x/\1", "/a/b?q", "/x/b?q"),
        ("/a/(.*)/c", r"/\1/\0", "/a/b/c", "/b//a/b/c"),
        ("/a", "/x", "/a/b", "/x"),
        ("/a/(.*)", "/x/$1", "/a/b", "/x/$1"),
    ],
)
def test_rewrites_of_regexes_replace_the_whole(
    declared: str, target: str, asked: str, sent: str
) -> None:
    routes = table(one("a", "a.t", begin(declared), ha={**REGEX, "rewrite-target": target}))
    answer = said(routes, f"http://a.t{asked}")
    assert answer == f"web:80 {sent}"


def test_what_haproxy_computes_is_not_known() -> None:
    routes = table(one("a", "a.t", path("/a", "web"), ha={"rewrite-target": "/%[src]"}))
    assert decide(routes, "http://a.t/a").uncertain


# Headers.


def test_paths_with_headers_come_first() -> None:
    routes = table(
        one("a", "a.t", path("/a", "web")),
        one("b", "a.t", path("/a", "match"), ha={"http-header-match": "X-Env: test"}),
        one("c", "a.t", path("/a", "regex"), ha={"http-header-match-regex": "X-Env: ^pre"}),
    )
    for value, who in (
        ("test", "match"),
        ("testing", "web"),
        ("preview", "regex"),
        ("a, test", "match"),
    ):
        assert said(routes, "http://a.t/a", headers={"X-Env": value}) == f"{who}:80 /a"
    assert said(routes, "http://a.t/a") == "web:80 /a"


def test_nothing_matches() -> None:
    decision = decide(table(one("a", "a.t", path("/a", "web"))), "http://a.t/b")
    assert codes(decision) == ["KI102"]


def test_files_do_not_tell_which_is_the_oldest() -> None:
    routes = table(one("a", "a.t", path("/x", "web")), one("b", "a.t", path("/x", "other")))
    [lost] = [finding for finding in routes.findings if finding.code == "KI502"]
    assert "is in Ingress default/b and in default/a: only the one that is created" in lost.message
