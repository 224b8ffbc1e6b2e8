"""Which paths Kong's routes take, and which path the pod gets."""

from __future__ import annotations

from typing import Any

import pytest

from tests.controllers.kong_worlds import (
    COMPATIBLE,
    EXPRESSIONS,
    FLAVORS,
    GATE,
    IN_LUA,
    TRADITIONAL,
    codes,
    decide,
    exact,
    one,
    raw,
    served,
    table_of,
    upstream,
)
from tests.manifests import path, service, slice_of

each_flavor = pytest.mark.parametrize("flavor", FLAVORS)


# Paths.


@each_flavor
@pytest.mark.parametrize("written", ["/foo", "/foo/", "//foo"])
@pytest.mark.parametrize(
    ("asked", "who"),
    [("/foo", "web"), ("/foo/", "web"), ("/foo/x", "web"), ("/foobar", "404"), ("/FOO", "404")],
)
def test_a_prefix_is_made_of_elements(flavor: str, written: str, asked: str, who: str) -> None:
    assert served(one("web", path(written)), target=asked, flavor=flavor) == who


@each_flavor
def test_an_implementation_specific_path_is_a_prefix_of_characters(flavor: str) -> None:
    assert served(one("web", raw("/foo")), target="/foobar", flavor=flavor) == "web"
    assert served(one("web", raw("")), target="/any", flavor=flavor) == "web"
    assert served(one("web", path("/x", kind="")), target="/xy", flavor=flavor) == "web"


@each_flavor
@pytest.mark.parametrize(
    ("written", "asked", "who"),
    [
        (r"/~/foo/\d+$", "/foo/12", "web"),
        (r"/~/foo/\d+$", "/foo/12x", "404"),
        (r"/~/foo/\d", "/foo/1/more", "web"),
        ("/~/foo", "/x/foo", "404"),
        ("/~/foo", "/FOO", "404"),
        ("/~/(?i)foo", "/FOO", "web"),
    ],
)
def test_a_regex_is_anchored_at_its_start(flavor: str, written: str, asked: str, who: str) -> None:
    assert served(one("web", raw(written)), target=asked, flavor=flavor) == who


@pytest.mark.parametrize(
    ("flavor", "who"), [(TRADITIONAL, "404"), (COMPATIBLE, "web"), (EXPRESSIONS, "web")]
)
def test_a_second_branch_is_anchored_by_the_traditional_router_alone(flavor: str, who: str) -> None:
    web = one("web", raw("/~/foo|/bar"))
    assert served(web, target="/foo", flavor=flavor) == "web"
    assert served(web, target="/bar", flavor=flavor) == "web"
    assert served(web, target="/x/bar", flavor=flavor) == who


@pytest.mark.parametrize(
    ("flavor", "literal"), [*((f, False) for f in IN_LUA), (EXPRESSIONS, True)]
)
def test_exact_paths_and_the_end_of_prefixes_are_regexes_in_lua(flavor: str, literal: bool) -> None:
    assert served(one("web", exact("/f.o")), target="/fxo", flavor=flavor) == (
        "404" if literal else "web"
    )
    assert served(one("web", exact("/f+o")), target="/f+o", flavor=flavor) == (
        "web" if literal else "404"
    )
    prefix = one("web", path("/f.o"))
    assert served(prefix, target="/fxo", flavor=flavor) == ("404" if literal else "web")
    assert served(prefix, target="/fxo/y", flavor=flavor) == "404"


@each_flavor
def test_the_sign_of_a_regex_is_its_own_annotation(flavor: str) -> None:
    signed = one("web", raw("/@/foo/[0-9]"), says={"regex-prefix": "/@"})
    assert served(signed, target="/foo/1", flavor=flavor) == "web"
    other = one("web", raw("/~/foo"), says={"regex-prefix": "/@"})
    assert served(other, target="/foo", flavor=flavor) == "404"
    assert served(other, target="/~/foo", flavor=flavor) == "web"


@pytest.mark.parametrize(
    ("flavor", "who"), [(TRADITIONAL, "web"), (COMPATIBLE, "web"), (EXPRESSIONS, "404")]
)
def test_a_prefix_with_the_sign_of_a_regex_becomes_one_in_lua(flavor: str, who: str) -> None:
    assert served(one("web", path("/~/a+")), target="/aaa/", flavor=flavor) == who


@each_flavor
@pytest.mark.parametrize(
    ("asked", "seen"),
    [
        ("//a//b", "/a/b"),
        ("/a/./b", "/a/b"),
        ("/a/../b", "/b"),
        ("/%41", "/A"),
        ("/a%2fb", "/a%2Fb"),
        ("/a%20b", "/a%20b"),
        ("/a|b", "/a%7Cb"),
        ("/a?", "/a?"),
        ("/a?x=%2f", "/a?x=%2f"),
    ],
)
def test_the_pod_gets_the_normalised_path(flavor: str, asked: str, seen: str) -> None:
    assert upstream(one("web"), target=asked, flavor=flavor) == seen


@each_flavor
def test_a_path_that_leaves_the_root_is_malformed(flavor: str) -> None:
    assert served(one("web"), target="/a/../..", flavor=flavor) == "400"
    assert served(one("web"), host="", flavor=flavor) == "400"


@each_flavor
@pytest.mark.parametrize(("asked", "who"), [("/a%2Fb", "404"), ("/a/b", "web"), ("/%61/b", "web")])
def test_an_encoded_slash_separates_no_elements(flavor: str, asked: str, who: str) -> None:
    assert served(one("web", path("/a/")), target=asked, flavor=flavor) == who


@pytest.mark.parametrize(
    ("flavor", "who"), [(TRADITIONAL, "web"), (COMPATIBLE, "404"), (EXPRESSIONS, "404")]
)
def test_a_path_that_is_no_text_is_for_the_traditional_router_alone(flavor: str, who: str) -> None:
    assert served(one("web"), target="/%ff", flavor=flavor) == who


# The path for the pod.


@each_flavor
@pytest.mark.parametrize(
    ("written", "asked", "seen"),
    [
        (path("/foo/bar"), "/foo/bar", "/"),
        (path("/foo/bar"), "/foo/bar/x?q", "/x?q"),
        (raw("/foo"), "/foobar", "/bar"),
        (raw("/foo/"), "/foo/bar", "/bar"),
        (raw(r"/~/foo/\d+"), "/foo/12/x", "/x"),
        (exact("/foo"), "/foo", "/"),
        (path("/"), "/x/", "/x/"),
    ],
)
def test_strip_path(flavor: str, written: Any, asked: str, seen: str) -> None:
    web = one("web", written, says={"strip-path": "TRUE"})
    assert upstream(web, target=asked, flavor=flavor) == seen
    kept = one("web", written, says={"strip-path": "yes"})
    assert upstream(kept, target=asked, flavor=flavor) == asked


@each_flavor
@pytest.mark.parametrize(
    ("base", "strip", "seen"),
    [
        ("/api", "true", "/api/x"),
        ("/api/", "true", "/api/x"),
        ("/api", "false", "/api/foo/x"),
        ("/api/", "false", "/api/foo/x"),
        ("no path", "false", "/foo/x"),
    ],
)
def test_the_path_of_a_service_comes_first(flavor: str, base: str, strip: str, seen: str) -> None:
    api = service("api")
    api["metadata"]["annotations"] = {"konghq.com/path": base}
    web = one("web", path("/foo", "api"), says={"strip-path": strip})
    assert upstream(api, slice_of("api"), web, target="/foo/x", flavor=flavor) == seen


def test_how_both_paths_are_joined_is_for_the_traditional_router_alone() -> None:
    api = service("api")
    api["metadata"]["annotations"] = {"konghq.com/path": "/api"}
    web = one("web", raw("/foo", "api"), says={"path-handling": "v1"})
    objects = (api, slice_of("api"), web)
    assert upstream(*objects, target="/foobar") == "/apifoobar"
    assert upstream(*objects, target="/foobar", flavor=COMPATIBLE) == "/api/foobar"


@each_flavor
@pytest.mark.parametrize(
    ("rewrite", "seen"),
    [("/n/$1", "/n/x?q"), ("/n/$2", "/n/?q"), ("", "/?q"), (r"/\$1", "/$1?q"), ("n$1", None)],
)
def test_a_rewrite_fills_in_groups(flavor: str, rewrite: str, seen: str | None) -> None:
    web = one("web", raw("/~/foo/(.*)"), says={"rewrite": rewrite})
    decision = decide(web, target="/foo/x?q", flavor=flavor, flags=GATE)
    assert decision.outcome.upstream_path == seen
    assert decision.outcome.status == (None if seen else 500)


@each_flavor
@pytest.mark.parametrize(("flags", "code"), [((), "KI404"), (GATE, "KI402")])
def test_a_rewrite_that_is_not_done_takes_the_service_with_it(
    flavor: str, flags: tuple[str, ...], code: str
) -> None:
    bad = one("bad", path("/bad"), says={"rewrite": "/$x"})
    same = one("same", path("/same"), path("/third", "third"))
    assert served(bad, same, target="/third", flavor=flavor, flags=flags) == "third"
    decision = decide(bad, same, target="/same/x", flavor=flavor, flags=flags)
    assert decision.outcome.status == 404
    assert codes(decision) == [code]
    table = table_of(bad, same, flavor=flavor, flags=flags)
    assert [one.route.path for one in table.lost] == ["/bad", "/same"]
