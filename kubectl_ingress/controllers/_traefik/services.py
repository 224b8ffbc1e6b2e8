"""From a backend to the pods that Traefik sends to.

pkg/provider/kubernetes/ingress/kubernetes.go, loadService: the port by its number or
name, endpoints of the port of that very name, those that serve and are not ending.
"""

from __future__ import annotations

from kubectl_ingress.controllers import _backends as backends
from kubectl_ingress.controllers._backends import Broken, Why
from kubectl_ingress.core.objects import Finding, Service, ServiceBackend, ServicePort, Snapshot
from kubectl_ingress.core.request import Backend, Target

NATIVE = "traefik.ingress.kubernetes.io/service.nativelb"
_TRUE = frozenset({"1", "t", "true"})


def resolve(snapshot: Snapshot, namespace: str, backend: ServiceBackend) -> Backend | Broken:
    """The backend with its endpoints, or what is wrong with it."""
    found = backends.resolve(snapshot, namespace, backend, backends.declared_port)
    service = snapshot.service_by_key.get((namespace, backend.service))
    port = backends.declared_port(service, backend.port) if service else None
    if service is None or port is None or service.type == "ExternalName":
        return found
    if isinstance(found, Backend) and not found.endpoints:
        return found
    targets = _targets(snapshot, service, port)
    if any(target.ready for target in targets):
        return Backend(namespace, backend.service, str(port.number), endpoints=targets)
    if isinstance(found, Broken):
        return found
    name = f"named {port.name}" if port.name else "without a name"
    message = f"no EndpointSlice of Service {service.meta.key} has a port {name} that serves"
    finding = Finding(Why.NO_ENDPOINTS.value, "error", message, f"Service {service.meta.key}")
    return Broken(Why.NO_ENDPOINTS, finding)


def is_ending(snapshot: Snapshot, namespace: str, backend: ServiceBackend) -> bool:
    """Whether endpoints still serve while they are being ended: they get no new requests."""
    return any(
        endpoint.serving and endpoint.ending
        for piece in snapshot.slices_by_service.get((namespace, backend.service), ())
        for endpoint in piece.endpoints
    )


def _targets(snapshot: Snapshot, service: Service, port: ServicePort) -> tuple[Target, ...]:
    """All endpoints. What counts is whether they serve, not whether they are ready."""
    found: dict[str, Target] = {}
    for piece in snapshot.slices_by_service.get((service.meta.namespace, service.meta.name), ()):
        number = piece.ports.get(port.name)
        for one in piece.endpoints if number else ():
            usable = one.serving and not one.ending
            target = Target(one.address, number or 0, one.pod, usable)
            known = found.get(one.address)
            if known is None or (target.ready and not known.ready):
                found[one.address] = target
    return tuple(found[address] for address in sorted(found))


def is_native(service: Service, *, default: bool) -> bool:
    """Whether Traefik sends to the Service itself and not to its pods."""
    value = service.meta.annotations.get(NATIVE)
    return default if value is None else value.lower() in _TRUE


def native(service: Service, backend: ServiceBackend) -> Backend | Finding:
    """The Service's own address; what is wrong with it where it has none."""
    port = backends.declared_port(service, backend.port)
    if port is None:
        message = f"Service {service.meta.key} has no port {backend.port}"
        return Finding(Why.NO_PORT.value, "error", message, f"Service {service.meta.key}")
    if service.cluster_ip == "None":
        message = f"Service {service.meta.key} is headless, and has no address of its own"
        return Finding(Why.NO_ENDPOINTS.value, "error", message, f"Service {service.meta.key}")
    targets = (Target(service.cluster_ip, port.number, ""),) if service.cluster_ip else ()
    namespace, name = service.meta.namespace, service.meta.name
    return Backend(namespace, name, str(port.number), endpoints=targets)
