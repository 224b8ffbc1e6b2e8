"""Endpoints: the older form of the same, which `kubectl get endpoints` still shows.

Kubernetes' own: pkg/controller/endpoint/endpoints_controller.go and pkg/api/v1/endpoints/util.go.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.lab.api import ApiError, Json
from kubectl_ingress.lab.controllers import pods
from kubectl_ingress.lab.controllers.objects import Objects, namespace_is_ending
from kubectl_ingress.lab.controllers.queue import Queue
from kubectl_ingress.lab.controllers.service_pods import (
    HEADLESS,
    TRIGGER_TIME,
    TriggerTimes,
    addresses_of,
    has_endpoints,
    hostname_of,
    is_endpoint,
    is_headless,
    pods_of,
    ports_of,
    target_of,
    wake_services,
)
from kubectl_ingress.lab.metadata import Key, annotations_of, key_of, labels_of

MANAGED_BY, MANAGER = "endpoints.kubernetes.io/managed-by", "endpoint-controller"


class Endpoints:
    """The controller of Endpoints."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._services, self._pods = objects["services"], objects["pods"]
        self._endpoints = objects["endpoints"]
        self._times = TriggerTimes()
        self._queue = Queue("endpoints", self._sync)
        self.queues = (self._queue,)
        wake_services(self._queue, self._services, self._pods)
        self._endpoints.subscribe(self._changed)

    def _changed(self, old: Json | None, new: Json | None) -> None:
        self._queue.add(key_of(new or old or {}))

    async def _sync(self, key: Key) -> None:
        service, known = self._services.get(*key), self._endpoints.get(*key)
        if service is None:
            self._times.forget(key)
            if known is not None and labels_of(known).get(MANAGED_BY) == MANAGER:
                await self._objects.delete(known)
            return
        if not has_endpoints(service):
            return
        chosen = pods_of(service, self._pods)
        time = self._times.next(service, chosen)
        content = content_of(service, chosen)
        if known is not None and _content(known) == content:
            return
        annotations = {} if known is None else dict(annotations_of(known))
        annotations.pop(TRIGGER_TIME, None)
        annotations |= {TRIGGER_TIME: time} if time else {}
        metadata = {} if known is None else known["metadata"]
        metadata = metadata | {
            "name": key[1],
            "namespace": key[0],
            "labels": content["labels"],
            "annotations": annotations,
        }
        await self._write(known, metadata, content["subsets"])

    async def _write(self, known: Json | None, metadata: Json, subsets: list[Json]) -> None:
        body: Json = {"metadata": metadata} | ({"subsets": subsets} if subsets else {})
        if known is not None:
            kind = {name: known[name] for name in ("apiVersion", "kind")}
            await self._objects.replace(kind | body)
            return
        try:
            await self._objects.create("endpoints", metadata["namespace"], body)
        except ApiError as error:
            if not namespace_is_ending(error):
                raise


def content_of(service: Json, chosen: Iterable[Json]) -> Json:
    """What the Endpoints of a Service with these pods are to hold: labels and subsets."""
    labels = {k: v for k, v in labels_of(service).items() if k != HEADLESS}
    labels |= {HEADLESS: ""} if is_headless(service) else {}
    return {"labels": labels | {MANAGED_BY: MANAGER}, "subsets": subsets_of(service, chosen)}


def subsets_of(service: Json, chosen: Iterable[Json]) -> list[Json]:
    """The pods by the ports that they have in common; ports by the pods that have them."""
    early = bool(service["spec"].get("publishNotReadyAddresses"))
    family = (service["spec"].get("ipFamilies") or ["IPv4"])[0]
    by_port: dict[tuple[tuple[str, object], ...], list[tuple[bool, Json]]] = {}
    for pod in chosen:
        if not is_endpoint(pod, terminating=early) or not addresses_of(pod, family):
            continue
        entry = (early or pods.is_ready(pod), _address(pod, service, family))
        # A headless Service may have no port at all.
        bare = not service["spec"].get("ports") and is_headless(service)
        for port in [{}] if bare else ports_of(service, pod):
            by_port.setdefault(tuple(sorted(port.items())), []).append(entry)
    subsets: list[Json] = []
    for port_items, entries in by_port.items():
        subset = _subset(entries)
        same = next((s for s in subsets if s | {"ports": 0} == subset | {"ports": 0}), None)
        if same is None:
            subsets.append(subset)
            same = subset
        if port_items:
            port = {name: value for name, value in port_items if value != ""}
            same.setdefault("ports", []).append(port)
    return subsets


def _subset(entries: list[tuple[bool, Json]]) -> Json:
    ordered = sorted(entries, key=lambda entry: (entry[1]["ip"], entry[1]["targetRef"]["uid"]))
    parts = {
        "addresses": [address for ready, address in ordered if ready],
        "notReadyAddresses": [address for ready, address in ordered if not ready],
    }
    return {name: addresses for name, addresses in parts.items() if addresses}


def _address(pod: Json, service: Json, family: str) -> Json:
    found: Json = {"ip": addresses_of(pod, family)[0], "targetRef": target_of(pod)}
    optional = {"nodeName": pod["spec"].get("nodeName"), "hostname": hostname_of(pod, service)}
    return found | {name: value for name, value in optional.items() if value}


def _content(known: Json) -> Json:
    return {"labels": labels_of(known), "subsets": known.get("subsets") or []}
