"""Tests made of routes: they are read as they were written, and the routes pass them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from kubectl_ingress.controllers._profile import Meant
from kubectl_ingress.core.own_tests import own_tests
from kubectl_ingress.core.request import OutcomeKind
from kubectl_ingress.core.route_judging import Status, judge_route
from kubectl_ingress.core.route_test import parse_route_tests
from kubectl_ingress.core.routes import CHANCE, SERVED, SHADOWED, rows
from kubectl_ingress.errors import UsageError
from kubectl_ingress.ports.files import dump_yaml
from kubectl_ingress.ports.json_path import read_json_path
from kubectl_ingress.routing import all_tables, snapshot_of_files
from kubectl_ingress.testing.specs import read_specs
from tests.manifests import ingress, ingress_class, nginx, path, service, slice_of, snapshot

ROOT = Path(__file__).parents[1]
WORLDS = sorted([*(ROOT / "lint").rglob("*.yaml"), *(ROOT / "golden" / "trace").rglob("*.yaml")])


@pytest.mark.parametrize("world", WORLDS, ids=lambda file: str(file.relative_to(ROOT)))
def test_routes_pass_the_tests_made_of_them(world: Path, tmp_path: Path) -> None:
    read = snapshot_of_files([str(world)], io.StringIO())
    try:
        tables = all_tables(read, Meant())
    except UsageError:
        # Nothing in there to route by.
        return
    for table in tables:
        made = own_tests(table, read)
        routes = [row for row in rows(table, read) if row.state in (SERVED, SHADOWED, CHANCE)]
        assert len(routes) <= len(made.left_out) or made.document is not None
        if made.document is None:
            continue
        written = parse_route_tests(made.document, lambda path: "", read_json_path)
        file = tmp_path / "saved.yaml"
        file.write_text(dump_yaml([made.document], [made.comments]))
        [again] = read_specs([str(file)], io.StringIO())
        assert [(t.name, t.request, t.expected) for t in again.tests.tests] == [
            (t.name, t.request, t.expected) for t in written.tests
        ]
        if table.refused is not None:
            continue
        broken = {row.route for row in rows(table, read) if row.problem}
        for test in written.tests:
            decision = table.decide(test.request)
            judged = judge_route(test, decision, read)
            fails = decision.route in broken and decision.outcome.kind is OutcomeKind.REPLY
            expected = Status.FAILED if fails else Status.PASSED
            assert judged.status is expected, (test.name, judged.reason)


def expectations(*objects: object) -> dict[str, object]:
    """What is expected of each route, by the test's name."""
    world = snapshot(ingress_class(), *objects, service(), slice_of())
    [table] = all_tables(world, Meant())
    document = own_tests(table, world).document
    assert document is not None
    tests = document["tests"]
    assert isinstance(tests, list)
    return {test["name"]: (test["request"], test["expect"]) for test in tests}


def test_a_route_of_every_kind() -> None:
    found = expectations(
        ingress("plain", "a.example", path("/x")),
        ingress("wild", "*.b.example", path("/")),
        ingress("any", "", path("/any")),
        ingress(
            "regex",
            "c.example",
            path("/v[0-9]+/(.*)", kind="ImplementationSpecific"),
            annotations=nginx(rewrite_target="/$1"),
        ),
        ingress("secure", "d.example", tls=[{"hosts": ["d.example"], "secretName": "s"}]),
        ingress("moved", "e.example", annotations=nginx(permanent_redirect="https://else.example")),
    )
    alive = ["2xx", "3xx", "4xx"]
    backend = {"status": alive, "backend": "default/web:80"}
    assert found == {
        "default/plain: a.example/x": (
            {"url": "http://a.example/x"},
            {**backend, "upstreamPath": "/x"},
        ),
        "default/wild: *.b.example/": (
            {"url": "http://zq7.b.example/"},
            {**backend, "upstreamPath": "/"},
        ),
        "default/any: any host/any": (
            {"url": "http://zq7.invalid/any"},
            {**backend, "upstreamPath": "/any"},
        ),
        "default/regex: c.example/v[0-9]+/(.*)": (
            {"url": "http://c.example/v0/"},
            {**backend, "upstreamPath": "/"},
        ),
        "default/secure: d.example/": (
            {"url": "https://d.example/"},
            {**backend, "upstreamPath": "/"},
        ),
        "default/moved: e.example/": (
            {"url": "http://e.example/"},
            {"status": 301, "location": "https://else.example"},
        ),
        "default/secure: d.example/, plain http": (
            {"url": "http://d.example/"},
            {"status": 308, "location": "https://d.example"},
        ),
        "a.example/zq7, in no rule": ({"url": "http://a.example/zq7"}, {"status": 404}),
        "c.example/zq7, in no rule": ({"url": "http://c.example/zq7"}, {"status": 404}),
        "zq7.invalid/, in no rule": ({"url": "http://zq7.invalid/"}, {"status": 404}),
    }


ALIVE = ["2xx", "3xx", "4xx"]


def test_what_a_host_does_beside_its_routes() -> None:
    aliases = r"s.example, *.w.example, ~^x[0-9]+\.example$, ~(?=b)"
    annotations = nginx(app_root="/home", server_alias=aliases, from_to_www_redirect="true")
    canary = nginx(canary="true", canary_by_header="X-C", canary_by_cookie="beta")
    tls = [{"hosts": ["a.example"], "secretName": "s"}]
    main = ingress("web", "a.example", path("/x"), annotations=annotations, tls=tls)
    other = ingress("canary", "a.example", path("/x", "new"), annotations=canary)
    found = expectations(main, other, service("new"), slice_of("new"))
    web = {"status": ALIVE, "backend": "default/web:80", "upstreamPath": "/x"}
    new = {**web, "backend": "default/new:80"}
    secure = "https://a.example/x"
    assert found == {
        "default/web: a.example/x": ({"url": secure}, web),
        "default/web: a.example/x, plain http": (
            {"url": "http://a.example/x"},
            {"status": 308, "location": secure},
        ),
        "default/web: a.example/x, header X-C: always": (
            {"url": secure, "headers": {"X-C": "always"}},
            new,
        ),
        "default/web: a.example/x, cookie beta=always": (
            {"url": secure, "cookies": {"beta": "always"}},
            new,
        ),
        "default/web: a.example/x, as s.example": ({"url": "http://s.example/x"}, web),
        "default/web: a.example/x, as zq7.w.example": ({"url": "http://zq7.w.example/x"}, web),
        "default/web: a.example/x, as x0.example": ({"url": "http://x0.example/x"}, web),
        "a.example/, redirect": (
            {"url": "https://a.example/"},
            {"status": 302, "location": "https://a.example/home"},
        ),
        "a.example/zq7, in no rule": ({"url": "https://a.example/zq7"}, {"status": 404}),
        "www.a.example/, redirect": (
            {"url": "http://www.a.example/"},
            {"status": 308, "location": "http://a.example:80"},
        ),
        "zq7.invalid/, in no rule": ({"url": "http://zq7.invalid/"}, {"status": 404}),
    }


def test_a_canary_s_value_and_pattern_are_sent_and_what_cannot_be_made_up_is_named() -> None:
    def named(**annotations: str) -> tuple[list[object], tuple[str, ...]]:
        main = ingress("web", "a.example", path("/x"))
        canary = nginx(canary="true", canary_by_header="X-C", **annotations)
        world = snapshot(
            *(ingress_class(), service(), slice_of(), service("new"), slice_of("new"), main),
            ingress("canary", "a.example", path("/x", "new"), annotations=canary),
        )
        [table] = all_tables(world, Meant())
        made = own_tests(table, world)
        assert made.document is not None
        tests: list[dict[str, Any]] = made.document["tests"]  # type: ignore[assignment]
        sent = [one["request"].get("headers") for one in tests]
        return [one for one in sent if one], made.left_out

    assert named(canary_by_header_value="mine") == ([{"X-C": "mine"}], ())
    assert named(canary_by_header_pattern="^v[0-9]") == ([{"X-C": "v0"}], ())
    sent, left_out = named(canary_by_header_pattern="(?=v)v")
    assert (sent, len(left_out)) == ([], 1)
    assert "header X-C of canary default/canary: no request could be made up" in left_out[0]


def test_only_routes_are_asked_where_nothing_else_has_an_address() -> None:
    world = snapshot(ingress_class(), ingress("web", "a.example", path("/x")), service())
    [table] = all_tables(world, Meant())
    for everywhere, names in ((True, 3), (False, 1)):
        document = own_tests(table, world, everywhere=everywhere).document
        assert document is not None
        assert len(document["tests"]) == names  # type: ignore[arg-type]


def test_the_number_of_requests_grows_with_the_routes_alone() -> None:
    tls = [{"hosts": ["a.example"], "secretName": "s"}]
    many = [path(f"/p{number}") for number in range(50)]
    found = expectations(ingress("web", "a.example", *many, tls=tls))
    # One of plain http for the Ingress, one in no rule for the host, and for other hosts.
    assert len(found) == 50 + 3


def test_what_no_request_reaches_is_named() -> None:
    world = snapshot(
        ingress_class(),
        ingress("one", "a.example", path("/x")),
        ingress("two", "a.example", path("/x")),
        service(),
        slice_of(),
    )
    [table] = all_tables(world, Meant())
    made = own_tests(table, world)
    assert len(made.left_out) == 1
    assert "a.example/x: never served: Prefix /x of host a.example" in made.left_out[0]
    assert f"Not tested: {made.left_out[0]}" in made.comments[()]
    assert own_tests(table, world, namespace="other").document is None
