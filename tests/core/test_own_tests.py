"""Tests made of routes: they are read as they were written, and the routes pass them."""

from __future__ import annotations

import io
from pathlib import Path

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
    }


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
