"""What makes Kong refuse its whole configuration, and what only deserves a remark."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_ingress.controllers._kong import rust_regex
from kubectl_ingress.controllers._kong.annotations import ANNOTATIONS, is_service_path
from tests.controllers.kong_worlds import (
    COMPATIBLE,
    EXPRESSIONS,
    FLAVORS,
    IN_LUA,
    TRADITIONAL,
    codes,
    decide,
    one,
    raw,
    served,
    table_of,
)
from tests.manifests import path, service, slice_of

each_flavor = pytest.mark.parametrize("flavor", FLAVORS)


@pytest.mark.parametrize(
    ("written", "refusing"),
    [
        ("/~foo", IN_LUA),
        ("/~^/foo", IN_LUA),
        ("/a%20b", IN_LUA),
        ("/%41", IN_LUA),
        ("/a/./b", IN_LUA),
        ("/a%2fb", IN_LUA),
        ("/a%2Fb", ()),
        ("/a%zzb", IN_LUA),
        ("/a b", ()),
        ("/é", ()),
        ("/~/(", FLAVORS),
        ("/~/[a", FLAVORS),
        ("/~/foo(?!bar)", (COMPATIBLE, EXPRESSIONS)),
        ("/~/foo(?=bar)", (COMPATIBLE, EXPRESSIONS)),
        (r"/~/(a)\1", (COMPATIBLE, EXPRESSIONS)),
        ("/~/a{x}", (COMPATIBLE, EXPRESSIONS)),
        ("/~/a{2,3}", ()),
        (r"/~/\p{L}+", ()),
    ],
)
@each_flavor
def test_paths(flavor: str, written: str, refusing: tuple[str, ...]) -> None:
    bad = one("bad", raw(written), host="bad.test")
    expected = "refused" if flavor in refusing else "web"
    assert served(bad, one("web"), flavor=flavor) == expected


@pytest.mark.parametrize(
    ("says", "refusing"),
    [
        ({"protocols": "bogus"}, FLAVORS),
        ({"protocols": "tcp"}, FLAVORS),
        ({"protocols": "grpc", "methods": "GET"}, IN_LUA),
        ({"snis": "a.test", "protocols": "http"}, IN_LUA),
        ({"headers.host": "a"}, IN_LUA),
        ({"headers.a.b": "a"}, IN_LUA),
        ({"headers.x": "~*(?=a)"}, (COMPATIBLE, EXPRESSIONS)),
        ({"path-handling": "v2"}, IN_LUA),
        ({"path-handling": "other"}, ()),
        ({"host-aliases": "*.b.*"}, IN_LUA),
        ({"methods": "no method"}, ()),
        ({"regex-priority": "high"}, ()),
    ],
)
@each_flavor
def test_annotations(flavor: str, says: dict[str, str], refusing: tuple[str, ...]) -> None:
    bad = one("bad", host="bad.test", says=says)
    expected = "refused" if flavor in refusing else "web"
    assert served(bad, one("web"), flavor=flavor) == expected


@each_flavor
@pytest.mark.parametrize(
    ("says", "who"),
    [
        ({"path": "/a//b"}, "refused"),
        ({"path": "/a b"}, "refused"),
        ({"protocol": "tcp"}, "refused"),
        ({"protocol": "odd"}, "web"),
        ({"path": "a//b"}, "web"),
    ],
)
def test_services(flavor: str, says: dict[str, str], who: str) -> None:
    api = service("api")
    api["metadata"]["annotations"] = {f"konghq.com/{key}": value for key, value in says.items()}
    objects: list[Any] = [api, slice_of("api"), one("bad", path("/", "api"), host="bad.test")]
    assert served(*objects, one("web"), flavor=flavor) == who
    assert served(api, one("web"), flavor=flavor) == "web"


def test_a_refusal_names_the_object_and_how_to_mend_it() -> None:
    decision = decide(one("bad", raw("/~foo"), namespace="shop"))
    assert codes(decision) == ["KI501"]
    (finding,) = decision.findings
    assert finding.object == "Ingress shop/bad"
    assert "begins neither with / nor with ~/" in finding.message
    assert finding.fix == "kubectl edit ingress bad -n shop"


@pytest.mark.parametrize(
    "pattern", ["", "a|b", r"[\d.-]+(?:x|y)?", "(?i)a", "(?<n>a)", "[]a]", "a}"]
)
def test_patterns_of_both_dialects(pattern: str) -> None:
    assert rust_regex.problem(pattern) == ""


@pytest.mark.parametrize(
    "pattern",
    ["(?<=a)b", "(?>a)", "(?#x)", r"a\K", r"\Qa\E", "(?P=n)", "[a", "(*UTF)a", "{2}", "("],
)
def test_patterns_that_rust_does_not_know(pattern: str) -> None:
    assert rust_regex.problem(pattern) != ""


@pytest.mark.parametrize(
    ("text", "good"),
    [("/", True), ("/a/", True), ("/a%20", True), ("/a%2", False), ("//", False), ("/a//b", False)],
)
def test_paths_of_services(text: str, good: bool) -> None:
    assert is_service_path(text) is good


# Remarks.


def test_values_that_do_not_count_are_named() -> None:
    says = {"strip-path": "yes", "regex-priority": "x", "methods": "GET", "unheard-of": "1"}
    api = service("api")
    api["metadata"]["annotations"] = {"konghq.com/strip-path": "true"}
    table = table_of(api, slice_of("api"), one("web", path("/", "api"), says=says))
    found = {(finding.code, finding.object): finding.message for finding in table.findings}
    assert set(found) == {
        ("KI402", "Ingress default/web"),
        ("KI403", "Ingress default/web"),
        ("KI403", "Service default/api"),
    }
    assert "konghq.com/unheard-of" in found["KI403", "Ingress default/web"]
    assert "read on Ingresses" in found["KI403", "Service default/api"]
    messages = " ".join(finding.message for finding in table.findings)
    assert "'yes', which is not true or false: ignored" in messages


@each_flavor
def test_plugins_make_a_prediction_uncertain(flavor: str) -> None:
    api = service("api")
    api["metadata"]["annotations"] = {"konghq.com/plugins": "limit"}
    decision = decide(
        api, slice_of("api"), one("web", path("/", "api"), says={"plugins": "cors"}), flavor=flavor
    )
    assert decision.uncertain
    assert [f.object for f in decision.findings] == ["Ingress default/web", "Service default/api"]
    assert not decide(one("web", says={"plugins": " , "}), flavor=flavor).uncertain


def test_every_annotation_is_described_once() -> None:
    names = [annotation.name for annotation in ANNOTATIONS]
    assert len(set(names)) == len(names)
    assert all(annotation.doc.endswith(".") for annotation in ANNOTATIONS)


def test_a_look_ahead_works_in_the_traditional_router() -> None:
    web = one("web", raw("/~/foo(?!bar)"))
    assert served(web, target="/foox", flavor=TRADITIONAL) == "web"
    assert served(web, target="/foobar", flavor=TRADITIONAL) == "404"
