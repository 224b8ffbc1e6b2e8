"""Where a location sends requests, and with which path; a broken backend is a 502 (measured)."""

from __future__ import annotations

from kubectl_ingress.controllers._backends import resolve, sent_to
from kubectl_ingress.controllers._f5_nginx.locations import Location
from kubectl_ingress.controllers._f5_nginx.rewriting import Substitute, Swap
from kubectl_ingress.controllers._f5_nginx.settings import Settings
from kubectl_ingress.core.actions import Action, PathChange, Reply
from kubectl_ingress.core.objects import (
    Finding,
    PortRef,
    Service,
    ServiceBackend,
    ServicePort,
    Snapshot,
)
from kubectl_ingress.core.paths import as_bytes


def send(snapshot: Snapshot, settings: Settings, location: Location) -> Action:
    """The action of a location of an Ingress."""
    namespace = location.options.ingress.meta.namespace
    return to_service(snapshot, settings, namespace, location.backend, _rewrite(location))


def to_service(
    snapshot: Snapshot,
    settings: Settings,
    namespace: str,
    backend: ServiceBackend,
    rewrite: PathChange | None,
) -> Action:
    """Forward to the ready pods of a Service, or the 502 of one that has none."""
    service = snapshot.service_by_key.get((namespace, backend.service))
    if service is not None and service.type == "ExternalName" and not settings.plus:
        key = f"Service {namespace}/{backend.service}"
        message = f"{key} is an ExternalName, which only NGINX Plus sends to"
        return Reply(502, Finding("KI110", "error", message, key))
    return sent_to(resolve(snapshot, namespace, backend, _port), 502, rewrite)


def _port(service: Service, wanted: PortRef) -> ServicePort | None:
    """By number, or by name: a number has the name "", and so takes a port without one (measured).

    internal/k8s/controller.go, getServicePortForIngressPort.
    """
    for port in service.ports:
        if (not wanted.name and port.number == wanted.number) or port.name == wanted.name:
            return port
    return None


def _rewrite(location: Location) -> PathChange | None:
    options = location.options
    if options.rewrites:
        replacement = options.rewrites.get(location.backend.service)
        if replacement is None or options.speaks_grpc(location.backend.service):
            return None
        return Swap(location.name.matcher.text, as_bytes(replacement))
    if options.rewrite_target:
        return Substitute(as_bytes(location.rewrite_pattern), as_bytes(options.rewrite_target))
    return None
