"""Where a route's requests go: Services as Kong gets them.

Source: KIC's kongstate/service.go, kongstate/util and annotations (3.5); measured.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from kubectl_ingress.controllers._backends import Broken, Why, resolve
from kubectl_ingress.controllers._kong.annotations import (
    PREFIX,
    SERVICE_UPSTREAM,
    annotation,
    is_service_path,
    plugins_of,
)
from kubectl_ingress.controllers._kong.routes import Upstream
from kubectl_ingress.core.actions import Reply
from kubectl_ingress.core.objects import (
    Finding,
    PortRef,
    Service,
    ServiceBackend,
    ServicePort,
    Snapshot,
)
from kubectl_ingress.core.paths import as_bytes
from kubectl_ingress.core.request import Target

# Of a Service's protocol, what is no HTTP and yet handed on.
_OTHER_PROTOCOLS = frozenset({"tcp", "tls", "tls_passthrough", "udp", "ws", "wss"})


def port_of(service: Service, wanted: PortRef) -> ServicePort | None:
    """By number the Service's own one alone, by name that or targetPort's; else its only port.

    An ExternalName has whatever number is asked for, and no names.
    """
    if service.type == "ExternalName":
        return None
    if wanted.name:
        found = (port for port in service.ports if wanted.name in (port.name, port.target))
        return next(found, None)
    if wanted.number is None:
        return service.ports[0] if len(service.ports) == 1 else None
    return next((port for port in service.ports if port.number == wanted.number), None)


def upstream_of(snapshot: Snapshot, namespace: str, backend: ServiceBackend) -> Upstream:
    """The pods of a Service, or the 503 that Kong answers without any."""
    service = snapshot.service_by_key.get((namespace, backend.service))
    path = path_of(service) if service else "/"
    found = resolve(snapshot, namespace, backend, port_of)
    if not isinstance(found, Broken):
        if service is not None and is_by_address(service) and found.endpoints:
            found = replace(found, endpoints=(_address(service, found.port),))
        return Upstream((found,), path=path)
    if service is not None and is_by_address(service) and found.why is Why.NO_ENDPOINTS:
        return Upstream(instead=Reply(502, found.finding), path=path)
    return Upstream(instead=Reply(503, found.finding), path=path)


def is_by_address(service: Service) -> bool:
    """Whether requests go to the Service's own address and not to its pods."""
    value = service.meta.annotations.get(SERVICE_UPSTREAM, "")
    return value.strip().lower() == "true" and service.type != "ExternalName"


def _address(service: Service, port: str) -> Target:
    name = f"{service.meta.name}.{service.meta.namespace}.svc"
    return Target(name, int(port) if port.isdecimal() else 0, "")


def path_of(service: Service) -> str:
    """What is put before the path of every request."""
    path = annotation(service.meta, "path") or "/"
    return as_bytes(path) if path.startswith("/") else "/"


def doubts_of(service: Service) -> Iterator[Finding]:
    """What is not modelled of a Service."""
    yield from plugins_of(service.meta, "Service")
    if is_by_address(service):
        owner = f"Service {service.meta.key}"
        message = f"{SERVICE_UPSTREAM} of {owner}: the cluster chooses the pod, and its readiness"
        yield Finding("KI401", "info", message, owner, service.meta.origin)


def problem_of(service: Service) -> str:
    """Why Kong refuses what it is handed of a Service, "" where it does not."""
    path = annotation(service.meta, "path") or ""
    if path.startswith("/") and not is_service_path(path):
        return f"{PREFIX}path {path!r} is no path that Kong takes"
    protocol = annotation(service.meta, "protocol") or ""
    if protocol in _OTHER_PROTOCOLS:
        return f"{PREFIX}protocol is {protocol}, which has no paths"
    return ""
