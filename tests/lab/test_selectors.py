"""Selectors: what a real API server selected, and how it complained."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_ingress.lab.apiserver.requests import parse_path
from kubectl_ingress.lab.apiserver.resources import BY_PLURAL
from kubectl_ingress.lab.apiserver.selectors import parse_labels, parse_selection, selector_of
from kubectl_ingress.lab.apiserver.status import Refused
from tests.lab.access import recorded
from tests.lab.access.selections import FIELDS, LABELLED, LABELS

Json = dict[str, Any]
CONFIGMAPS = BY_PLURAL["", "v1", "configmaps"]


def selected(path: str, items: list[Json], labels: str = "", fields: str = "") -> Any:
    target = parse_path(path)
    assert target is not None
    try:
        selection = parse_selection(target.resource, labels, fields)
    except Refused as refused:
        return refused.body()
    return sorted(item["metadata"]["name"] for item in items if selection.matches(item))


@pytest.mark.parametrize("text", LABELS)
def test_labels(text: str) -> None:
    path = "/api/v1/namespaces/sel/configmaps"
    # The real cluster has one more in every namespace.
    meta = [{"name": name, "labels": labels} for name, labels in LABELLED.items()]
    items = [{"metadata": each} for each in (*meta, {"name": "kube-root-ca.crt"})]
    assert selected(path, items, labels=text) == recorded("selectors")["labels"][text]


@pytest.mark.parametrize(("path", "text"), [(p, text) for p in FIELDS for text in FIELDS[p]])
def test_fields(path: str, text: str) -> None:
    stored = recorded("stored")
    # Events are kept as those of v1.
    kept = path.replace("/apis/events.k8s.io/v1/", "/api/v1/")
    items = stored[kept]
    expected = recorded("selectors")["fields"][path][text]
    if path.endswith("clusterroles"):
        items = [{"metadata": {"name": "cluster-admin"}}]
    found = selected(path, items, fields=text)
    if path.endswith("/events") and isinstance(expected, list):
        # Those of the controllers have other names every time.
        found, expected = ([name for name in each if "." not in name] for each in (found, expected))
    assert found == expected


def test_both_must_match() -> None:
    items: list[Json] = [
        {"metadata": {"name": name, "labels": {"a": value}}}
        for name, value in (("x", "1"), ("y", "1"), ("z", "2"))
    ]
    path = "/api/v1/namespaces/sel/configmaps"
    assert selected(path, items, "a=1", "metadata.name!=x") == ["y"]
    assert selected(path, items) == ["x", "y", "z"]


@pytest.mark.parametrize(
    ("selector", "names"),
    [
        (None, []),
        ({}, ["bare", "db", "empty", "web"]),
        ({"matchLabels": None, "matchExpressions": None}, ["bare", "db", "empty", "web"]),
        ({"matchLabels": {"app": "web"}}, ["web"]),
        ({"matchLabels": {"app": "web", "tier": "back"}}, []),
        (
            {"matchExpressions": [{"key": "app", "operator": "In", "values": ["web", "db"]}]},
            ["db", "web"],
        ),
        (
            {"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web", "db"]}]},
            ["bare", "empty"],
        ),
        ({"matchExpressions": [{"key": "tier", "operator": "Exists"}]}, ["db", "web"]),
        ({"matchExpressions": [{"key": "tier", "operator": "DoesNotExist"}]}, ["bare", "empty"]),
        (
            {
                "matchLabels": {"app": "web"},
                "matchExpressions": [{"key": "n", "operator": "DoesNotExist"}],
            },
            [],
        ),
        ({"matchExpressions": [{"key": "tier", "operator": "Near"}]}, []),
    ],
)
def test_objects(selector: Json | None, names: list[str]) -> None:
    found = selector_of(selector)
    assert sorted(name for name, labels in LABELLED.items() if found.matches(labels)) == names


def test_no_labels_at_all() -> None:
    assert parse_labels("!a").matches(None)
    assert not parse_labels("a").matches(None)
