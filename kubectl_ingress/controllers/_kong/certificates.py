"""Which Secret's certificate a host is served with."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from kubectl_ingress.core.hosts import wildcard_of
from kubectl_ingress.core.objects import Ingress
from kubectl_ingress.core.table import Server


def with_certificates(
    servers: Iterable[Server], ingresses: Iterable[Ingress]
) -> tuple[Server, ...]:
    """The servers with those of ``spec.tls``: the host's own, else its wildcard's; the oldest."""
    secrets: dict[str, str] = {}
    for ingress in sorted(ingresses, key=lambda one: one.meta.age):
        for entry in ingress.tls:
            for host in entry.hosts if entry.secret else ():
                secrets.setdefault(host, f"{ingress.meta.namespace}/{entry.secret}")
    found: list[Server] = []
    for server in servers:
        secret = secrets.get(server.host) or secrets.get(wildcard_of(server.host), "")
        found.append(replace(server, tls=bool(secret), certificate=secret))
    return tuple(found)
