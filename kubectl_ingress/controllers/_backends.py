"""From an Ingress backend to addresses.

Straight to the endpoints, past the Service: its ClusterIP carries no request
(controller.go serviceEndpoints, endpointslices.go).
"""

from __future__ import annotations

from kubectl_ingress.core.actions import Action, Forward, Reply, Rewrite
from kubectl_ingress.core.objects import (
    Finding,
    PortRef,
    Service,
    ServiceBackend,
    ServicePort,
    Snapshot,
)
from kubectl_ingress.core.reasons import namespace_flag
from kubectl_ingress.core.request import Backend, Target


def forward(
    snapshot: Snapshot, namespace: str, backend: ServiceBackend, rewrite: Rewrite | None
) -> Action:
    """Forward to the ready endpoints, or the 503 that stands in for a broken backend."""
    key = f"{namespace}/{backend.service}"
    flag = namespace_flag(namespace, snapshot.namespace)
    service = snapshot.service_by_key.get((namespace, backend.service))
    if service is None:
        return _unavailable(
            "KI103", key, f"Service {key} does not exist", f"kubectl get services{flag}"
        )
    port = find_port(service, backend.port)
    if service.type == "ExternalName":
        message = f"Service {key} is an ExternalName, which is not modelled yet"
        return _unavailable("KI110", key, message, f"kubectl get service {backend.service}{flag}")
    if port is None:
        ports = ", ".join(_described(p) for p in service.ports) or "none"
        message = f"Service {key} has no port {backend.port}; ports: {ports}"
        return _unavailable("KI104", key, message, f"kubectl edit service {backend.service}{flag}")
    endpoints = endpoints_of(snapshot, service, port)
    if not any(endpoint.ready for endpoint in endpoints):
        return _unavailable("KI105", key, *_no_endpoint(service, endpoints, flag))
    name = Backend(namespace, backend.service, str(port.number), endpoints=endpoints)
    return Forward((name,), rewrite)


def find_port(service: Service, wanted: PortRef) -> ServicePort | None:
    """The first port whose number, name or targetPort is the wanted one."""
    text = str(wanted)
    for port in service.ports:
        if text in (str(port.number), port.name, str(port.target)):
            return port
    return None


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


def _unavailable(code: str, key: str, message: str, fix: str) -> Reply:
    return Reply(503, Finding(code, "error", message, f"Service {key}", fix=fix))


def _described(port: ServicePort) -> str:
    return f"{port.number} ({port.name})" if port.name else str(port.number)


def _no_endpoint(service: Service, endpoints: tuple[Target, ...], flag: str) -> tuple[str, str]:
    key = service.meta.key
    selector = ",".join(f"{k}={v}" for k, v in sorted(service.selector.items()))
    see = (
        f"kubectl get pods -l {selector}{flag}" if selector else f"kubectl get endpointslices{flag}"
    )
    if endpoints:
        pods = ", ".join(e.pod or e.address for e in endpoints[:5])
        return f"none of the {len(endpoints)} pods of Service {key} is ready: {pods}", see
    if selector:
        return f"Service {key} selects no pod (selector {selector})", see
    return f"Service {key} has no selector and no endpoints", see
