"""Events, in the shape of either of their two groups."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver import ages
from kubectl_ingress.lab.apiserver.columns.column import (
    WIDE,
    Column,
    Columns,
    count,
    name_of,
    part,
    text,
    word,
    words,
)

# What events.k8s.io/v1 calls the fields of core/v1: pkg/apis/core/v1 and events/v1 conversions.
_NEWER = {
    "involvedObject": "regarding",
    "message": "note",
    "source": "deprecatedSource",
    "firstTimestamp": "deprecatedFirstTimestamp",
    "lastTimestamp": "deprecatedLastTimestamp",
    "count": "deprecatedCount",
    "reportingComponent": "reportingController",
}


def _field(event: Json, name: str) -> Any:
    return event.get(name) or event.get(_NEWER.get(name, "")) or {}


def _text(event: Json, name: str) -> str:
    return str(_field(event, name) or "")


def _first_seen(event: Json, now: datetime) -> str:
    return ages.since(_text(event, "firstTimestamp") or word(event, "eventTime"), now)


def _last_seen(event: Json, now: datetime) -> str:
    if part(event, "series") is not None:
        return ages.since(word(event, "series", "lastObservedTime"), now)
    last = _text(event, "lastTimestamp")
    return ages.since(last, now) if last else _first_seen(event, now)


def _count(event: Json, _now: datetime) -> int:
    if part(event, "series") is not None:
        return count(event, "series", "count")
    # The newer API counts only what is repeated.
    return int(_text(event, "count") or 1)


def _about(event: Json) -> Json:
    found: Json = _field(event, "involvedObject")
    return found


def _object(event: Json) -> str:
    kind, name = word(_about(event), "kind").lower(), word(_about(event), "name")
    return f"{kind}/{name}" if name else kind


def _source(event: Json) -> str:
    source = _field(event, "source")
    component = word(source, "component") or _text(event, "reportingComponent")
    instance = word(source, "host") or _text(event, "reportingInstance")
    return f"{component}, {instance}" if instance else component


COLUMNS: Columns = {
    "Event": (
        Column("Last Seen", _last_seen),
        words("Type", "type"),
        words("Reason", "reason"),
        text("Object", _object),
        text("Subobject", lambda event: word(_about(event), "fieldPath"), WIDE),
        text("Source", _source, WIDE),
        text("Message", lambda event: _text(event, "message").strip()),
        Column("First Seen", _first_seen, priority=WIDE),
        Column("Count", _count, priority=WIDE),
        Column("Name", name_of, format="name", priority=WIDE),
    ),
}
