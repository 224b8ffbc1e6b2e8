"""Two tables side by side: nothing where they are equal, the request where they are not."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from kubectl_ingress.controllers._profile import Meant
from kubectl_ingress.core.alike import differences
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.table import RouteTable
from kubectl_ingress.routing import all_tables
from tests.manifests import ingress, ingress_class, nginx, path, service, snapshot

WEB = ingress("web", "a.example", path("/app"), path("/API", kind="Exact"))
OTHER = ingress("other", "b.example")


def tables(*objects: Any) -> tuple[RouteTable, ...]:
    return all_tables(
        snapshot(ingress_class(), service(), *objects), Meant("ingress-nginx", "nginx")
    )


def test_equal_tables() -> None:
    assert list(differences(tables(WEB, OTHER), tables(OTHER, WEB))) == []


def test_what_an_annotation_changes() -> None:
    changed = {**WEB, "metadata": {**WEB["metadata"], "annotations": nginx(rewrite_target="/x")}}
    found = list(differences(tables(WEB, OTHER), tables(changed, OTHER)))
    assert {one.request.host for one in found} == {"a.example"}
    assert {name for one in found for name in one.owners} == {"Ingress default/web"}
    assert {one.request.scheme for one in found} == {"http", "https"}


def test_a_route_that_is_gone_and_one_that_is_new() -> None:
    gone = list(differences(tables(WEB, OTHER), tables(OTHER)))
    new = list(differences(tables(OTHER), tables(WEB, OTHER)))
    assert [one.request for one in gone] == [one.request for one in new]
    assert {one.request.path for one in gone} >= {"/app", "/API"}
    assert all(not one.is_lost and one.gives_to == "" for one in gone)


def test_what_is_refused_is_compared_as_if_it_were_not() -> None:
    (table,) = tables(WEB)
    frozen = replace(table, refused=Finding("KI501", "error", "no"))
    assert list(differences([frozen], [table])) == []
    assert list(differences([frozen], tables(OTHER))) != []


def test_a_class_without_a_table() -> None:
    found = list(differences([], tables(OTHER)))
    assert {name for one in found for name in one.owners} == {"Ingress default/other"}
