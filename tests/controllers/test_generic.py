"""The specification's own cases, and the order it gives."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kubectl_ingress.controllers import generic
from kubectl_ingress.core.request import Request
from kubectl_ingress.core.table import RouteTable
from tests.manifests import ingress, ingress_class, path, service, slice_of, snapshot
from tests.observed import SHARED

CASES = SHARED / "routing-cases.json"


def published() -> list[dict[str, Any]]:
    if not CASES.exists():
        return []
    cases = json.loads(CASES.read_text())["cases"]
    # The old API version is `convert`'s affair, and tested there.
    return [
        case
        for case in cases
        if case["controller"] == "spec" and case["manifests"][0]["apiVersion"].endswith("/v1")
    ]


@pytest.mark.skipif(not CASES.exists(), reason=f"the published cases are not here: {CASES.name}")
def test_published_cases_are_there() -> None:
    assert len(published()) >= 9


@pytest.mark.parametrize("case", published(), ids=lambda case: case["id"])
def test_published_case(case: dict[str, Any]) -> None:
    manifests = case["manifests"]
    namespace = manifests[0]["metadata"]["namespace"]
    names = {backend["service"]["name"] for one in manifests for backend in _backends(one["spec"])}
    ready = [
        made
        for name in sorted(names)
        for made in (service(name, namespace=namespace), slice_of(name, namespace=namespace))
    ]
    table = generic.compile(
        snapshot(ingress_class("x", "c"), *manifests, *ready), generic.Settings("x", "c")
    )
    wanted = case["request"]
    request = Request(wanted["host"], wanted["path"], wanted["scheme"], wanted["method"])
    outcome = table.decide(request).outcome
    served = outcome.backends[0].service if outcome.backends else "<default>"
    assert served == case["expect"]["backend"], case["why"]


def compiled(*objects: Any) -> RouteTable:
    return generic.compile(snapshot(ingress_class("x", "c"), *objects), generic.Settings("x", "c"))


def _backends(spec: dict[str, Any]) -> list[dict[str, Any]]:
    paths = [p["backend"] for rule in spec.get("rules", []) for p in rule["http"]["paths"]]
    return paths + ([spec["defaultBackend"]] if "defaultBackend" in spec else [])


def served_by(target: str, *paths: Any) -> str:
    names = ("web", "other")
    objects = [made for name in names for made in (service(name), slice_of(name))]
    one = ingress("web", "a.example", *paths, ingressClassName="x")
    table = compiled(one, *objects)
    outcome = table.decide(Request("a.example", target)).outcome
    return outcome.backends[0].service if outcome.backends else str(outcome.status)


def test_an_exact_path_with_a_slash_is_not_the_one_without() -> None:
    assert served_by("/foo/", path("/foo", kind="Exact")) == "404"
    assert served_by("/foo/", path("/foo", "web"), path("/foo/", "other", kind="Exact")) == "other"


def test_case_counts() -> None:
    assert served_by("/FOO", path("/foo")) == "404"


def test_implementation_specific_is_said_to_be_a_guess() -> None:
    one = ingress(
        "web", "a.example", path("/x", kind="ImplementationSpecific"), ingressClassName="x"
    )
    world = snapshot(ingress_class("x", "c"), one, service(), slice_of())
    assert (
        generic.compile(world, generic.Settings("x", "c"))
        .decide(Request("a.example", "/x"))
        .uncertain
    )
