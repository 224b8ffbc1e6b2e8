"""A backend is asked in plain HTTP where it seems to speak TLS, or the reverse.

What it does
Compares backend-protocol of ingress-nginx with what the port of the Service says of itself: its
number (443, 8443), its name (https), its appProtocol.

Why it is bad
nginx asks in plain HTTP unless told otherwise: the backend answers 400 "The plain HTTP request
was sent to HTTPS port". The other way round it is a 502.

Example

    backend:
      service:
        name: dashboard
        port: {name: https}

Use instead

    metadata:
      annotations:
        nginx.ingress.kubernetes.io/backend-protocol: HTTPS
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_ingress.controllers._from_nginx._instead import is_on
from kubectl_ingress.core.objects import Finding, Ingress, ServiceBackend, ServicePort, Snapshot
from kubectl_ingress.lint.subject import ROUTES, Field, Subject, finding_on, paths_of

CODE = "KI114"
NAME = "tls-backend"
LEVEL = "warning"
READS = (ROUTES, "Service")

_PROTOCOL = "nginx.ingress.kubernetes.io/backend-protocol"
_TLS = ("HTTPS", "GRPCS")
_TLS_NUMBERS, _PLAIN_NUMBERS = (443, 8443), (80, 8080)


def check(subject: Subject) -> Iterable[Finding]:
    """Ingresses of ingress-nginx."""
    for _, ingress in subject.routes.taken_by("ingress-nginx"):
        if is_on(ingress, "ssl-passthrough"):
            continue
        protocol = ingress.meta.annotations.get(_PROTOCOL, "").strip().upper()
        yield from _of_ingress(ingress, protocol, subject.snapshot)


def _of_ingress(ingress: Ingress, protocol: str, snapshot: Snapshot) -> Iterator[Finding]:
    for place, path, backend in paths_of(ingress):
        port = _port(ingress, backend, snapshot)
        if protocol in ("", "HTTP", "GRPC") and _looks_like_tls(backend, port):
            wanted = "GRPCS" if protocol == "GRPC" else "HTTPS"
            message = (
                f"{path or 'the default backend'} leads to port {backend.port} of"
                f" {backend.service}, which looks like TLS, and nginx asks it in plain HTTP"
            )
            field: Field = (*place, "service")
            yield finding_on(ingress, CODE, LEVEL, message, field, f"{_PROTOCOL}: {wanted}")
        elif protocol in _TLS and _looks_plain(port):
            message = (
                f"backend-protocol {protocol} is for TLS, and port {backend.port} of"
                f" {backend.service} looks like plain HTTP"
            )
            field = ("metadata", "annotations", _PROTOCOL)
            yield finding_on(ingress, CODE, LEVEL, message, field, f"take {_PROTOCOL} out")


def _port(ingress: Ingress, backend: ServiceBackend, snapshot: Snapshot) -> ServicePort | None:
    service = snapshot.service_by_key.get((ingress.meta.namespace, backend.service))
    wanted = backend.port
    for port in service.ports if service is not None else ():
        if port.number == wanted.number or (wanted.name and port.name == wanted.name):
            return port
    return None


def _looks_like_tls(backend: ServiceBackend, port: ServicePort | None) -> bool:
    if port is None:
        return backend.port.number in _TLS_NUMBERS or backend.port.name == "https"
    if port.name == "http" or port.app_protocol.lower() == "http":
        return False
    named = port.name == "https" or port.app_protocol.lower() == "https"
    return named or port.number in _TLS_NUMBERS


def _looks_plain(port: ServicePort | None) -> bool:
    return port is not None and port.name == "http" and port.number in _PLAIN_NUMBERS
