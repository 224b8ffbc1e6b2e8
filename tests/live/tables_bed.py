"""The real API server's tables, and the objects that they were made of.

`python -m tests.live.tables_bed` inside the bed (tests.realcluster.enter) writes what it
reads to tests/lab/data, for the tests that have no cluster.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kubectl_ingress.lab.apiserver.resources import BY_KIND, Resource
from kubectl_ingress.lab.apiserver.tables import to_table
from tests.lab.tables_compared import LISTED, file_of
from tests.live import tables_more_objects as more
from tests.live.ending_programs import make_exits
from tests.live.tables_objects import FINALIZER, NAMESPACE, Json, pod, pods
from tests.realcluster.fixture import running
from tests.realcluster.testbed import Bed, BedOptions

AS_TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
MERGE = {"Content-Type": "application/merge-patch+json"}
INITIAL = {
    "watch": "1",
    "timeoutSeconds": "20",
    "sendInitialEvents": "true",
    "resourceVersionMatch": "NotOlderThan",
}
#: Nothing is read in the other parts of a second: what is given in whole seconds is then
#: the same for the server and for us.
CALM = 0.1, 0.8
TRIES = 40
#: What no column shows, and what would make a record long.
UNTOLD = {"managedFields", "uid", "resourceVersion", "tolerations", "volumes", "volumeMounts"} | {
    *("terminationMessagePath", "terminationMessagePolicy", "imagePullPolicy", "resources"),
    *("securityContext", "preemptionPolicy", "enableServiceLinks", "dnsPolicy", "schedulerName"),
    *("kubernetes.io/description", "serviceAccountName", "priority", "qosClass", "strategy"),
}
LONGEST_DATA = 20
FOREIGN_EVENTS = 12


@dataclass(frozen=True)
class Reading:
    """One list as a Table and as objects, both of the same moment."""

    resource: Resource
    table: Json
    objects: list[Json]
    now: datetime


class Reader:
    """Requests to the real API server."""

    def __init__(self, bed: Bed) -> None:
        self.client = bed.cluster.client()

    def send(self, method: str, path: str, body: Json | None = None, **more: Any) -> Json:
        """A request that must succeed."""
        answer = self.client.request(method, path, json=body, **more)
        assert answer.is_success, f"{method} {path}: {answer.text}"
        found: Json = answer.json()
        return found

    def create(self, kind: str, body: Json, status: Json | None = None, group: str = "") -> None:
        """Create an object, and write its status."""
        resource = _resource(kind, group)
        path = resource.path(NAMESPACE)
        self.send("POST", path, {"kind": kind, "apiVersion": resource.api_version} | body)
        if status is not None:
            path = resource.path(NAMESPACE, body["metadata"]["name"]) + "/status"
            self.send("PATCH", path, {"status": status}, headers=MERGE)

    def delete(self, kind: str, name: str) -> None:
        """Delete an object; those that are held stay."""
        options = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background"}
        self.send("DELETE", _resource(kind).path(NAMESPACE, name), options)

    def table(self, path: str, **parameters: str) -> Json:
        """A list or an object as a Table."""
        return self.send("GET", path, headers={"Accept": AS_TABLE}, params=parameters)

    def list_table(self, resource: Resource, **parameters: str) -> Json:
        """The list as a Table."""
        return self.table(resource.path(NAMESPACE), **_which(resource), **parameters)

    def read(self, resource: Resource, include: str = "Metadata") -> Reading:
        """The list in both forms, as soon as the two are of one state and one second."""
        for _ in range(TRIES):
            _wait_for_calm()
            before = datetime.now(UTC)
            objects = self._objects(resource)
            table = self.list_table(resource, includeObject=include)
            still = self._objects(resource) == objects
            after = datetime.now(UTC)
            # Times of events have fractions: the second may turn anywhere.
            ours = [to_table(resource, objects, when)["rows"] for when in (before, after)]
            if still and ours[0] == ours[1]:
                return Reading(resource, table, objects, before)
        raise AssertionError(f"{resource.plural} never stood still")

    def _objects(self, resource: Resource) -> list[Json]:
        path = resource.path(NAMESPACE)
        found: list[Json] = self.send("GET", path, params=_which(resource))["items"]
        return found

    def bookmark(self, resource: Resource) -> Json:
        """The Table with which a watch says that it has told all there was."""
        parameters = INITIAL | _which(resource) | {"allowWatchBookmarks": "true"}
        # Compressed, the last of it may stay in a buffer.
        headers = {"Accept": AS_TABLE, "Accept-Encoding": "identity"}
        path = resource.path(NAMESPACE)
        with self.client.stream("GET", path, params=parameters, headers=headers) as answer:
            for line in answer.iter_lines():
                event = json.loads(line)
                if event["type"] == "BOOKMARK":
                    found: Json = event["object"]
                    return found
        raise AssertionError(f"no bookmark from a watch of {resource.plural}")


def running_bed() -> AbstractContextManager[Bed]:
    """A bed of our own: all sorts of objects would get into other tests' way."""
    return running(lambda *places: Bed(*places, BedOptions()))


def fill(bed: Bed) -> Reader:
    """Create all objects, and wait until those that a node plays have got where they go."""
    bed.node.images.insert(0, ("tables/exits", make_exits))
    bed.node.unpullable.add("tables/unpullable")
    bed.cloud.delay = 0
    reader = Reader(bed)
    _fill_cluster(reader)
    account = _resource("ServiceAccount").path(NAMESPACE, "default")
    bed.wait_for(lambda: reader.client.get(account).is_success, 20, "the default account")
    _fill_services(bed, reader)
    _fill_namespace(reader)
    _fill_workloads(reader)
    bed.wait_for(lambda: _settled(reader), 60, "pods and Jobs have got where they go")
    return reader


def _resource(kind: str, group: str = "") -> Resource:
    if group:
        return BY_KIND[group, kind]
    return next(resource for resource in LISTED if resource.kind == kind)


def _which(resource: Resource) -> dict[str, str]:
    return {} if resource.namespaced else {"labelSelector": "tables=yes"}


def _fill_cluster(reader: Reader) -> None:
    for name in (NAMESPACE, "tables-ending"):
        reader.create("Namespace", {"metadata": more.labelled(name)})
    held = {"metadata": {"name": "held", "finalizers": [FINALIZER]}}
    reader.send("POST", _resource("ConfigMap").path("tables-ending"), held)
    reader.delete("Namespace", "tables-ending")
    for name, labels, spec, status in more.nodes():
        metadata = more.labelled(name)
        metadata["labels"] |= labels
        reader.create("Node", {"metadata": metadata, "spec": spec}, status)
    for metadata, spec in more.ingress_classes():
        reader.create("IngressClass", {"metadata": more.labelled(**metadata), "spec": spec})
    for name, fields in more.bindings():
        metadata = more.labelled(f"tables-{name}")
        reader.create("ClusterRoleBinding", {"metadata": metadata, **fields})
    for name, fields in more.webhooks():
        for kind in ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"):
            reader.create(kind, {"metadata": more.labelled(name), **fields})
    reader.create("ClusterRole", {"metadata": more.labelled("tables-role"), "rules": []})


def _fill_services(bed: Bed, reader: Reader) -> None:
    for name, spec, status in more.services():
        reader.create("Service", {"metadata": {"name": name}, "spec": spec}, status)
        if name == "balanced":
            bed.wait_for(lambda: bed.hostname("balanced", NAMESPACE), 20, "an address")
            bed.cloud.assign = False


def _fill_namespace(reader: Reader) -> None:
    fields = {
        "Secret": more.secrets(),
        "ConfigMap": more.config_maps(),
        "Endpoints": more.endpoints(),
        "EndpointSlice": more.endpoint_slices(),
        "RoleBinding": more.bindings(),
        "Event": more.events(),
        "Role": [("role", {"rules": []})],
        "ServiceAccount": [("robot", {})],
    }
    for kind, objects in fields.items():
        for name, body in objects:
            reader.create(kind, {"metadata": {"name": name}, **body})
    for name, body in more.newer_events():
        reader.create("Event", {"metadata": {"name": name}, **body}, group="events.k8s.io")
    for name, spec, status in more.ingresses():
        whole = None if status is None else {"loadBalancer": status}
        reader.create("Ingress", {"metadata": {"name": name}, "spec": spec}, whole)


def _fill_workloads(reader: Reader) -> None:
    for kind, name, spec in more.workloads():
        reader.create(kind, {"metadata": {"name": name}, "spec": spec})
    for name, spec, status in more.jobs():
        metadata = {"name": name, "finalizers": [FINALIZER]}
        reader.create("Job", {"metadata": metadata, "spec": spec}, status)
    reader.delete("Job", "deleted")
    for name, spec, status in pods():
        reader.create("Pod", pod(name, spec), status)
        if name.startswith("deleted"):
            reader.delete("Pod", name)


def _settled(reader: Reader) -> bool:
    rows = reader.list_table(_resource("Pod"))["rows"]
    # Those that a controller made and the node plays: no others tell what the bed is at.
    states = {row["cells"][0].partition("-")[0]: row["cells"][2] for row in rows}
    jobs = {row["cells"][0]: row["cells"][1] for row in reader.list_table(_resource("Job"))["rows"]}
    return (
        (states["unpullable"], states["crashing"]) == ("ImagePullBackOff", "CrashLoopBackOff")
        and states["plain"] == states["queue"] == "Running"
        and (jobs["complete"], jobs["failed"]) == ("Complete", "Failed")
    )


def _wait_for_calm() -> None:
    while not CALM[0] <= time.time() % 1 <= CALM[1]:
        time.sleep(0.02)


def _trimmed(found: Any, shorten: Callable[[str], str] = str) -> Any:
    """An object without what no column shows."""
    if isinstance(found, dict):
        return {
            key: _trimmed(value, _short if key in ("data", "binaryData") else shorten)
            for key, value in found.items()
            if key not in UNTOLD
        }
    if isinstance(found, list):
        return [_trimmed(each, shorten) for each in found]
    return shorten(found) if isinstance(found, str) else found


def _short(value: str) -> str:
    return value[:LONGEST_DATA]


def _recorded(reading: Reading, bookmark: Json) -> str:
    """JSON with a line for each column, row and object."""
    columns = reading.table["columnDefinitions"]
    kept = _worth_keeping(reading)
    rows = [reading.table["rows"][place] for place in kept]
    told = {
        "now": [reading.now.isoformat()],
        "columns": [[c[key] for key in ("name", "type", "format", "priority")] for c in columns],
        "bookmark": [bookmark["rows"][0]["cells"]],
        "rows": [{"cells": row["cells"], "conditions": row.get("conditions", [])} for row in rows],
        "objects": [_trimmed(reading.objects[place]) for place in kept],
    }
    parts = [
        f"{json.dumps(key)}: [\n" + ",\n".join(f" {json.dumps(each)}" for each in each_of) + "\n]"
        for key, each_of in told.items()
    ]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _worth_keeping(reading: Reading) -> list[int]:
    """Of the many events that the bed's own components wrote, some."""
    if reading.resource.kind != "Event":
        return list(range(len(reading.objects)))
    foreign = ["." in each["metadata"]["name"] for each in reading.objects]
    return [
        place
        for place, is_foreign in enumerate(foreign)
        if not is_foreign or sum(foreign[:place]) < FOREIGN_EVENTS
    ]


def record() -> None:
    """Write the readings of all kinds to tests/lab/data."""
    with running_bed() as bed:
        reader = fill(bed)
        for resource in LISTED:
            reading = reader.read(resource)
            file = file_of(resource)
            file.write_text(_recorded(reading, reader.bookmark(resource)))
            print(f"{file.name}: {len(reading.objects)} rows")


if __name__ == "__main__":
    record()
