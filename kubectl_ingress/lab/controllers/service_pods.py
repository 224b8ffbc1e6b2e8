"""Which pods stand behind a Service, and on which ports. Pure, but for what it remembers.

Kubernetes' own: staging/src/k8s.io/endpointslice (utils.go, util/trigger_time_tracker.go).
"""

from __future__ import annotations

import ipaddress
import json

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.controllers.cache import Cache
from kubectl_ingress.lab.controllers.claims import selects
from kubectl_ingress.lab.controllers.pods import is_terminal
from kubectl_ingress.lab.controllers.queue import Queue
from kubectl_ingress.lab.metadata import (
    Key,
    annotations_of,
    condition_of,
    is_deleting,
    key_of,
    labels_of,
)
from kubectl_ingress.lab.ports_annotation import PORTS_ANNOTATION

TRIGGER_TIME = "endpoints.kubernetes.io/last-change-trigger-time"
HEADLESS = "service.kubernetes.io/headless"


def has_endpoints(service: Json) -> bool:
    """Whether its endpoints are found for it, by a selector."""
    spec = service["spec"]
    return spec.get("type") != "ExternalName" and bool(spec.get("selector"))


def is_headless(service: Json) -> bool:
    """Whether it has no address of its own."""
    return service["spec"].get("clusterIP", "None") in ("None", "")


def services_of(services: Cache, *states: Json | None) -> set[Key]:
    """The Services whose endpoints include a pod, in any of its states."""
    return {
        key_of(service)
        for pod in states
        if pod is not None
        for service in services.inside(key_of(pod)[0])
        if selects({"matchLabels": service["spec"].get("selector")}, labels_of(pod))
    }


def pods_of(service: Json, pods: Cache) -> list[Json]:
    """The pods that its selector takes."""
    selector = {"matchLabels": service["spec"]["selector"]}
    inside = pods.inside(key_of(service)[0])
    return [pod for pod in inside if selects(selector, labels_of(pod))]


def wake_services(queue: Queue[Key], services: Cache, pods: Cache) -> None:
    """Queue a Service from now on when it changes, and when its pods do."""

    def pod_changed(old: Json | None, new: Json | None) -> None:
        for key in services_of(services, old, new):
            queue.add(key)

    services.subscribe(lambda old, new: queue.add(key_of(new or old or {})))
    pods.subscribe(pod_changed)


def is_endpoint(pod: Json, terminating: bool) -> bool:
    """Whether the pod is an endpoint at all; `terminating` ones only where they are wanted."""
    has_address = bool((pod.get("status") or {}).get("podIPs"))
    return has_address and not is_terminal(pod) and (terminating or not is_deleting(pod))


def addresses_of(pod: Json, family: str) -> list[str]:
    """The pod's addresses of a family, IPv4 or IPv6."""
    found = [each["ip"] for each in (pod.get("status") or {}).get("podIPs") or []]
    return [ip for ip in found if f"IPv{ipaddress.ip_address(ip).version}" == family]


def target_of(pod: Json) -> Json:
    """How an endpoint names its pod."""
    metadata = pod["metadata"]
    return {"kind": "Pod", **{name: metadata[name] for name in ("namespace", "name", "uid")}}


def hostname_of(pod: Json, service: Json) -> str:
    """The name in the cluster's DNS that a pod of a headless Service has; "" for none."""
    spec = pod["spec"]
    fits = spec.get("subdomain", "") == service["metadata"]["name"]
    return str(spec.get("hostname", "")) if fits else ""


def ports_of(service: Json, pod: Json) -> list[Json]:
    """The Service's ports as they are at this pod; those that it does not have are left out."""
    actual = json.loads(annotations_of(pod).get(PORTS_ANNOTATION, "{}"))
    ports = []
    for port in service["spec"].get("ports") or []:
        number = _number_of(port, pod)
        if number is not None:
            found = {"name": port.get("name", ""), "port": actual.get(str(number), number)}
            found["protocol"] = port.get("protocol", "TCP")
            if port.get("appProtocol"):
                found["appProtocol"] = port["appProtocol"]
            ports.append(found)
    return ports


def _number_of(port: Json, pod: Json) -> int | None:
    wanted: int | str = port.get("targetPort") or port["port"]
    if not isinstance(wanted, str):
        return int(wanted)
    spec = pod["spec"]
    sidecars = [c for c in spec.get("initContainers") or [] if c.get("restartPolicy") == "Always"]
    for container in [*spec["containers"], *sidecars]:
        for each in container.get("ports") or []:
            protocols = {each.get("protocol", "TCP"), port.get("protocol", "TCP")}
            if each.get("name") == wanted and len(protocols) == 1:
                return int(each["containerPort"])
    return None


class TriggerTimes:
    """When what led to a change of endpoints happened: for one Service after the other."""

    def __init__(self) -> None:
        self._known: dict[Key, dict[str, str]] = {}

    def next(self, service: Json, pods: list[Json]) -> str:
        """The earliest change since the last call for this Service; "" for none."""
        created = str(service["metadata"]["creationTimestamp"])
        times = {"": created}
        for pod in pods:
            ready = condition_of(pod, "Ready")
            if ready is not None and ready.get("lastTransitionTime"):
                times[pod["metadata"]["name"]] = ready["lastTransitionTime"]
        before = self._known.get(key_of(service))
        self._known[key_of(service)] = times
        if before is None:
            return created
        return min((t for name, t in times.items() if t > before.get(name, "")), default="")

    def forget(self, key: Key) -> None:
        """The Service is gone."""
        self._known.pop(key, None)
