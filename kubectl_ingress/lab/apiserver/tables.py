"""Lists as the tables that `kubectl get` prints: meta.k8s.io/v1, Table.

How one is put together: apiserver's pkg/endpoints/handlers/response.go, asTable.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.columns import (
    admission,
    core,
    events,
    network,
    pods,
    rbac,
    workloads,
)
from kubectl_ingress.lab.apiserver.columns.column import DEFAULT, Column, Columns
from kubectl_ingress.lab.apiserver.resources import Resource

API_VERSION = "meta.k8s.io/v1"
SCALE = Resource("Scale", "autoscaling", "v1", "scale")
"""What the subresource ``scale`` is shown as."""
# Tables are made before this is added for apps/v1: pkg/apis/apps/v1/conversion.go.
_GENERATION = "deprecated.daemonset.template.generation"
COLUMNS: Columns = {
    **pods.COLUMNS,
    **workloads.COLUMNS,
    **network.COLUMNS,
    **core.COLUMNS,
    **events.COLUMNS,
    **rbac.COLUMNS,
    **admission.COLUMNS,
}


def to_table(
    resource: Resource,
    objects: Sequence[Json],
    now: datetime,
    include_object: str = "Metadata",
    headers: bool = True,
) -> Json:
    """The Table of these objects, in this order; `now` has a time zone.

    `include_object` is what each row carries besides its cells: ``Metadata``, ``Object``
    or ``None``. `headers` is false for all events of a watch but the first. The metadata
    are the list's, and for the caller to fill.
    """
    columns = COLUMNS.get(resource.kind, DEFAULT)
    return {
        "kind": "Table",
        "apiVersion": API_VERSION,
        "metadata": {},
        "columnDefinitions": [column.definition() for column in columns] if headers else None,
        "rows": [_row(resource, columns, obj, now, include_object) for obj in objects],
    }


def _row(
    resource: Resource, columns: Sequence[Column], obj: Json, now: datetime, include_object: str
) -> Json:
    row: Json = {"cells": [column.cell(obj, now) for column in columns]}
    if resource.kind == "Pod" and (conditions := pods.conditions(obj)):
        row["conditions"] = conditions
    return row | {"object": _carried(resource, obj, include_object)}


def _carried(resource: Resource, obj: Json, include_object: str) -> Json | None:
    if include_object == "None":
        return None
    if include_object == "Object":
        # Objects of a list do not say what they are.
        return {"kind": resource.kind, "apiVersion": resource.api_version} | obj
    metadata: Json = obj["metadata"]
    if resource.kind == "DaemonSet":
        metadata = _without(metadata, _GENERATION)
    return {
        "kind": "PartialObjectMetadata",
        "apiVersion": API_VERSION,
        "metadata": metadata,
    }


def _without(metadata: Json, annotation: str) -> Json:
    kept = {key: value for key, value in metadata.items() if key != "annotations"}
    annotations = dict(metadata.get("annotations") or {})
    annotations.pop(annotation, None)
    return kept | ({"annotations": annotations} if annotations else {})
