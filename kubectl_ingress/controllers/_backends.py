"""From an Ingress backend to addresses.

Straight to the endpoints, past the Service: its ClusterIP carries no request
(controller.go serviceEndpoints, endpointslices.go).
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.core.actions import Action, Forward, PathChange, Reply
from kubectl_ingress.core.objects import (
    Finding,
    PortRef,
    Service,
    ServiceBackend,
    ServicePort,
    Snapshot,
    Workload,
)
from kubectl_ingress.core.reasons import namespace_flag
from kubectl_ingress.core.request import Backend, Target


class Why(Enum):
    """What is wrong with a backend."""

    NO_SERVICE = "KI103"
    NO_PORT = "KI104"
    NO_ENDPOINTS = "KI105"


class Broken(Struct, frozen=True):
    """A backend that no request can be sent to; each controller answers that in its own way."""

    why: Why
    finding: Finding


FindPort = Callable[[Service, PortRef], ServicePort | None]


def find_port(service: Service, wanted: PortRef) -> ServicePort | None:
    """The first port whose number, name or targetPort is the wanted one."""
    text = str(wanted)
    for port in service.ports:
        if text in (str(port.number), port.name, str(port.target)):
            return port
    return None


def declared_port(service: Service, wanted: PortRef) -> ServicePort | None:
    """The port whose number or name is the wanted one, as the API means it."""
    for port in service.ports:
        if port.name == wanted.name if wanted.name else port.number == wanted.number:
            return port
    return None


def resolve(
    snapshot: Snapshot, namespace: str, backend: ServiceBackend, port_of: FindPort = find_port
) -> Backend | Broken:
    """From a backend to the addresses of its pods, or what is wrong with it.

    In files of an application that hold no Service it is taken to be there, as
    it is named; one that is there without any EndpointSlice counts as ready. An ExternalName
    has its name as its only address.
    """
    key = f"{namespace}/{backend.service}"
    flag = namespace_flag(namespace, snapshot.namespace)
    service = snapshot.service_by_key.get((namespace, backend.service))
    if service is None:
        if snapshot.may_lack(snapshot.services):
            return Backend(namespace, backend.service, str(backend.port))
        message = f"Service {key} does not exist"
        return _broken(Why.NO_SERVICE, key, message, f"kubectl get services{flag}")
    port = port_of(service, backend.port)
    if port is None and service.type == "ExternalName" and backend.port.number:
        port = ServicePort("", backend.port.number, None, "TCP", None)
    if port is None:
        ports = ", ".join(_described(p) for p in service.ports) or "none"
        message = f"Service {key} has no port {backend.port}; ports: {ports}"
        return _broken(Why.NO_PORT, key, message, f"kubectl edit service {backend.service}{flag}")
    name = Backend(namespace, backend.service, str(port.number))
    if service.type == "ExternalName":
        number = port.target if isinstance(port.target, int) else port.number
        return replace(name, endpoints=(Target(service.external_name, number, ""),))
    if snapshot.offline and not snapshot.slices_by_service.get((namespace, backend.service)):
        return name
    endpoints = endpoints_of(snapshot, service, port)
    if not any(endpoint.ready for endpoint in endpoints):
        why = _scaled_down(service, snapshot, flag) if not endpoints else None
        return _broken(Why.NO_ENDPOINTS, key, *(why or _no_endpoint(service, endpoints, flag)))
    return replace(name, endpoints=endpoints)


def sent_to(found: Backend | Broken, status: int, rewrite: PathChange | None = None) -> Action:
    """Forward to the ready endpoints, or the status that stands in for a broken backend."""
    if isinstance(found, Broken):
        return Reply(status, found.finding)
    return Forward((found,), rewrite)


def endpoints_of(snapshot: Snapshot, service: Service, port: ServicePort) -> tuple[Target, ...]:
    """The addresses of a port, sorted, each once; a ready one wins over its unready twin."""
    found: dict[tuple[str, int], Target] = {}
    for piece in snapshot.slices_by_service.get((service.meta.namespace, service.meta.name), ()):
        number = piece.ports.get(port.name)
        if number is None and len(piece.ports) == 1 and not port.name:
            number = next(iter(piece.ports.values()))
        if number is None and isinstance(port.target, int):
            number = port.target
        if number is None:
            continue
        for endpoint in piece.endpoints:
            target = Target(endpoint.address, number, endpoint.pod, endpoint.ready)
            known = found.get((target.address, number))
            if known is None or (target.ready and not known.ready):
                found[target.address, number] = target
    return tuple(found[key] for key in sorted(found))


def _broken(why: Why, key: str, message: str, fix: str) -> Broken:
    return Broken(why, Finding(why.value, "error", message, f"Service {key}", fix=fix))


def _described(port: ServicePort) -> str:
    return f"{port.number} ({port.name})" if port.name else str(port.number)


def _scaled_down(service: Service, snapshot: Snapshot, flag: str) -> tuple[str, str] | None:
    """That a Deployment has these pods, and makes none of them now."""
    namespace, wanted = service.meta.namespace, service.selector.items()
    first = next(iter(wanted), ("", ""))
    for one in snapshot.pods_by_label.get((namespace, *first), ()):
        if not isinstance(one, Workload) or one.desired or one.kind != "Deployment":
            continue
        if wanted <= one.pod_labels.items():
            name = one.meta.name
            message = (
                f"Service {service.meta.key} selects no pod (selector {_selector(service)}):"
                f" Deployment {name} is scaled to 0"
            )
            return message, f"kubectl scale deployment {name}{flag} --replicas=1"
    return None


def _selector(service: Service) -> str:
    return ",".join(f"{k}={v}" for k, v in sorted(service.selector.items()))


def _no_endpoint(service: Service, endpoints: tuple[Target, ...], flag: str) -> tuple[str, str]:
    key, selector = service.meta.key, _selector(service)
    see = (
        f"kubectl get pods -l {selector}{flag}" if selector else f"kubectl get endpointslices{flag}"
    )
    if endpoints:
        pods = ", ".join(e.pod or e.address for e in endpoints[:5])
        return f"none of the {len(endpoints)} pods of Service {key} is ready: {pods}", see
    if selector:
        return f"Service {key} selects no pod (selector {selector})", see
    return f"Service {key} has no selector and no endpoints", see
