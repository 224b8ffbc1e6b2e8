"""Events have two APIs over the same objects: v1 and events.k8s.io/v1.

Which field is which: staging/src/k8s.io/api/events/v1/types.go. Stored is the
core version.
"""

from __future__ import annotations

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.resources import Resource

# In events.k8s.io/v1 -> in v1.
_NAMES = {
    "regarding": "involvedObject",
    "note": "message",
    "reportingController": "reportingComponent",
    "deprecatedSource": "source",
    "deprecatedFirstTimestamp": "firstTimestamp",
    "deprecatedLastTimestamp": "lastTimestamp",
    "deprecatedCount": "count",
}
_CORE = {core: new for new, core in _NAMES.items()}


def to_served(resource: Resource, item: Json) -> Json:
    """A stored object as its API serves it."""
    if resource.group != "events.k8s.io":
        return item
    head = {"kind": resource.kind, "apiVersion": resource.api_version}
    return {_CORE.get(key, key): value for key, value in item.items()} | head


def to_stored(resource: Resource, item: Json) -> Json:
    """A served object as it is stored."""
    if resource.group != "events.k8s.io":
        return item
    head = {"kind": "Event", "apiVersion": "v1"}
    core = {_NAMES.get(key, key): value for key, value in item.items()}
    return {"source": {}, "firstTimestamp": None, "lastTimestamp": None} | core | head
