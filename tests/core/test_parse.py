"""Whatever a cluster or a file holds, parsing gives a Finding and never an exception."""

from __future__ import annotations

import copy
import random
from typing import Any

import pytest

from kubectl_ingress.controllers import ingress_nginx
from kubectl_ingress.core.objects import Origin
from kubectl_ingress.core.parse import parse_snapshot
from kubectl_ingress.core.request import Request
from tests.manifests import controller, ingress, ingress_class, service, slice_of

GOOD: list[dict[str, Any]] = [ingress_class(), ingress(), service(), slice_of(), *controller()]
JUNK: list[Any] = [None, True, 0, -1, 1.5, "", "x", "\x1b[31m", [], [None], {}, {"a": 1}, [[1]]]


@pytest.mark.parametrize("junk", JUNK, ids=repr)
def test_anything_instead_of_an_object(junk: Any) -> None:
    snapshot = parse_snapshot([(junk, Origin("f.yaml", 3))])
    assert [finding.code for finding in snapshot.findings] == ["KI901"]


def test_any_field_may_hold_anything() -> None:
    chance = random.Random(1)
    for _ in range(1500):
        objects = copy.deepcopy(GOOD)
        for _ in range(chance.randint(1, 3)):
            _spoil(chance.choice(objects), chance)
        snapshot = parse_snapshot([(one, Origin()) for one in objects])
        ingress_nginx.compile(snapshot).decide(Request("a.example", "/x"))


def _spoil(value: Any, chance: random.Random) -> None:
    while isinstance(value, (dict, list)) and value:
        key = (
            chance.choice(list(value)) if isinstance(value, dict) else chance.randrange(len(value))
        )
        if chance.random() < 0.3 or not isinstance(value[key], (dict, list)):
            value[key] = chance.choice(JUNK)
            return
        value = value[key]


def test_a_finding_names_object_and_field() -> None:
    bad = ingress(rules="none")
    finding = parse_snapshot([(bad, Origin("web.yaml", 7))]).findings[0]
    assert finding.message == "Ingress default/web spec: rules is not a list"
    assert finding.origin == Origin("web.yaml", 7)


@pytest.mark.parametrize("namespace", [False, True, 0, []])
def test_a_namespace_that_is_no_text_is_told(namespace: object) -> None:
    """An unquoted n is false, and kubectl refuses it."""
    one = ingress()
    one["metadata"]["namespace"] = namespace
    snapshot = parse_snapshot([(one, Origin("web.yaml", 7))])
    assert [one.meta.key for one in snapshot.ingresses] == ["default/web"]
    (finding,) = snapshot.findings
    assert (finding.code, finding.field) == ("KI901", ("metadata", "namespace"))
    assert finding.message == "Ingress default/web metadata: namespace is not a string"


@pytest.mark.parametrize("namespace", [None, ""])
def test_no_namespace_is_the_default_one(namespace: object) -> None:
    one = ingress()
    one["metadata"]["namespace"] = namespace
    snapshot = parse_snapshot([(one, Origin("web.yaml", 7))])
    assert [one.meta.key for one in snapshot.ingresses] == ["default/web"]
    assert snapshot.findings == ()


def test_a_name_that_is_no_text_is_not_a_missing_one() -> None:
    one = ingress()
    one["metadata"]["name"] = False
    snapshot = parse_snapshot([(one, Origin("web.yaml", 7))])
    assert [one.message for one in snapshot.findings] == ["Ingress metadata: name is not a string"]
    del one["metadata"]["name"]
    snapshot = parse_snapshot([(one, Origin("web.yaml", 7))])
    assert [one.message for one in snapshot.findings] == ["Ingress without a name"]


def test_order_does_not_depend_on_the_input() -> None:
    pairs = [(ingress(name), Origin()) for name in "bca"]
    assert [i.meta.name for i in parse_snapshot(pairs).ingresses] == ["a", "b", "c"]
