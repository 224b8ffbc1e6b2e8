"""EndpointSlices: the pods behind each Service that has a selector.

Kubernetes' own: staging/src/k8s.io/endpointslice (reconciler.go, utils.go). Left out:
topology hints.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

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
from kubectl_ingress.lab.endpoints import SERVICE_NAME
from kubectl_ingress.lab.metadata import (
    Key,
    annotations_of,
    is_deleting,
    key_of,
    labels_of,
    owners_of,
    reference_to,
    uid_of,
)

MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
MANAGER = "endpointslice-controller.k8s.io"
MAX_ENDPOINTS = 100


class EndpointSlices:
    """The controller of EndpointSlices."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._services, self._pods = objects["services"], objects["pods"]
        self._slices, self._nodes = objects["endpointslices"], objects["nodes"]
        self._times = TriggerTimes()
        self._queue = Queue("endpointslices", self._sync)
        self.queues = (self._queue,)
        wake_services(self._queue, self._services, self._pods)
        self._slices.subscribe(self._slice_changed)

    def _slice_changed(self, old: Json | None, new: Json | None) -> None:
        for each in (old, new):
            if each is not None and labels_of(each).get(MANAGED_BY) == MANAGER:
                self._queue.add((key_of(each)[0], labels_of(each).get(SERVICE_NAME, "")))

    async def _sync(self, key: Key) -> None:
        service = self._services.get(*key)
        if service is None:
            self._times.forget(key)
            return
        if not has_endpoints(service):
            return
        chosen = pods_of(service, self._pods)
        time = self._times.next(service, chosen)
        existing = [each for each in self._slices.inside(key[0]) if _is_of(each, service)]
        for family in service["spec"].get("ipFamilies") or ["IPv4"]:
            known = [each for each in existing if each["addressType"] == family]
            zones = {node["metadata"]["name"]: _zone(node) for node in self._nodes}
            endpoints = grouped(service, chosen, family, zones)
            await self._write(service, time, known, slices(service, known, endpoints, family))

    async def _write(
        self, service: Json, time: str, known: Sequence[Json], wanted: Sequence[Json]
    ) -> None:
        kept = {each["metadata"].get("name", "") for each in wanted}
        spare = [each for each in known if each["metadata"]["name"] not in kept]
        for each in wanted:
            if each in known:
                continue
            item = each
            if "uid" not in each["metadata"] and spare:
                # One that is no longer wanted becomes this one, so that watchers see one change.
                item = spare.pop(0)
            annotations = {k: v for k, v in annotations_of(item).items() if k != TRIGGER_TIME}
            annotations |= {TRIGGER_TIME: time} if time else {}
            named = {"labels": labels_of(each), "annotations": annotations}
            content = {name: each[name] for name in ("ports", "endpoints")}
            body = item | content | {"metadata": item["metadata"] | named}
            if "uid" in item["metadata"]:
                await self._objects.replace(body)
            elif not is_deleting(service):
                await self._create(service, body)
        for each in spare:
            await self._objects.delete(each)

    async def _create(self, service: Json, body: Json) -> None:
        try:
            await self._objects.create("endpointslices", key_of(service)[0], body)
        except ApiError as error:
            if not namespace_is_ending(error):
                raise


def endpoint_of(pod: Json, service: Json, family: str, zone: str) -> Json:
    """A pod as an endpoint."""
    serving, terminating = pods.is_ready(pod), is_deleting(pod)
    ready = bool(service["spec"].get("publishNotReadyAddresses")) or (serving and not terminating)
    found: Json = {
        "addresses": addresses_of(pod, family),
        "conditions": {"ready": ready, "serving": serving, "terminating": terminating},
        "targetRef": target_of(pod),
    }
    optional = {
        "nodeName": pod["spec"].get("nodeName"),
        "zone": zone,
        "hostname": hostname_of(pod, service),
    }
    return found | {name: value for name, value in optional.items() if value}


def grouped(
    service: Json, chosen: Iterable[Json], family: str, zones: dict[str, str]
) -> dict[str, list[Json]]:
    """The endpoints by their ports, which are given as JSON: pods may name ports differently."""
    groups: dict[str, list[Json]] = {}
    for pod in chosen:
        node = pod["spec"].get("nodeName", "")
        if not is_endpoint(pod, terminating=True) or not addresses_of(pod, family):
            continue
        if node not in zones and not service["spec"].get("publishNotReadyAddresses"):
            continue
        ports = json.dumps(ports_of(service, pod))
        groups.setdefault(ports, []).append(endpoint_of(pod, service, family, zones.get(node, "")))
    return groups


def slices(
    service: Json, known: Sequence[Json], groups: dict[str, list[Json]], family: str
) -> list[Json]:
    """The slices to have: known ones changed as little as possible, and new ones without a uid."""
    wanted = []
    for ports, endpoints in groups.items():
        left = {each["targetRef"]["uid"]: each for each in endpoints}
        fitting = [each for each in known if _ports(each) == json.loads(ports)]
        filled = [
            [
                left.pop(each["targetRef"]["uid"])
                for each in item["endpoints"] or []
                if each["targetRef"]["uid"] in left
            ]
            for item in fitting
        ]
        rest = list(left.values())
        for item, kept in zip(fitting, filled, strict=True):
            room = MAX_ENDPOINTS - len(kept)
            taken, rest = kept + rest[:room], rest[room:]
            if taken:
                wanted.append(_with(service, item, taken))
        for start in range(0, len(rest), MAX_ENDPOINTS):
            part = rest[start : start + MAX_ENDPOINTS]
            wanted.append(_with(service, _empty(service, family, json.loads(ports)), part))
    if wanted:
        return wanted
    # A Service without any endpoint has a slice that says so.
    empty = [each for each in known if not each["endpoints"] and not each["ports"]]
    return [_with(service, (empty or [_empty(service, family, None)])[0], None)]


def _is_of(item: Json, service: Json) -> bool:
    labels = labels_of(item)
    return (
        labels.get(SERVICE_NAME) == service["metadata"]["name"]
        and labels.get(MANAGED_BY) == MANAGER
        and not is_deleting(item)
        and any(reference["uid"] == uid_of(service) for reference in owners_of(item))
    )


def _zone(node: Json) -> str:
    return labels_of(node).get("topology.kubernetes.io/zone", "")


def _ports(item: Json) -> list[Json]:
    return [{"name": "", **port} for port in item["ports"] or []]


def _empty(service: Json, family: str, ports: list[Json] | None) -> Json:
    name, namespace = service["metadata"]["name"], service["metadata"]["namespace"]
    return {
        "metadata": {
            "generateName": f"{name}-",
            "namespace": namespace,
            "ownerReferences": [reference_to(service)],
        },
        "addressType": family,
        "ports": ports or None,
        "endpoints": None,
    }


def _with(service: Json, item: Json, endpoints: list[Json] | None) -> Json:
    labels = {k: v for k, v in labels_of(service).items() if k != HEADLESS}
    labels |= {HEADLESS: ""} if is_headless(service) else {}
    labels |= {SERVICE_NAME: service["metadata"]["name"], MANAGED_BY: MANAGER}
    changed = item | {"endpoints": endpoints}
    return changed | {"metadata": item["metadata"] | {"labels": labels}}
