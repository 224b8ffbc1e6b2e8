"""gRPC is served over TLS alone, and the host has none.

What it does
Finds Ingresses of ingress-nginx with backend-protocol GRPC or GRPCS and no `tls` for their hosts.

Why it is bad
gRPC needs HTTP/2, which nginx speaks on port 443 alone: on port 80 clients get 400 or a broken
connection.

Example

    metadata:
      annotations:
        nginx.ingress.kubernetes.io/backend-protocol: GRPC
    spec:
      rules: [{host: grpc.example.com, …}]

Use instead

    spec:
      tls: [{hosts: [grpc.example.com], secretName: grpc-tls}]
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.core.objects import Finding
from kubectl_ingress.lint.subject import ROUTES, Subject, finding_on

CODE = "KI303"
NAME = "grpc-without-tls"
LEVEL = "warning"
READS = (ROUTES,)

_PROTOCOL = "nginx.ingress.kubernetes.io/backend-protocol"


def check(subject: Subject) -> Iterable[Finding]:
    """Ingresses of ingress-nginx; TLS of the host may come from another one."""
    for compiled, ingress in subject.routes.taken_by("ingress-nginx"):
        protocol = ingress.meta.annotations.get(_PROTOCOL, "").strip().upper()
        if protocol not in ("GRPC", "GRPCS") or ingress.tls:
            continue
        hosts = [rule.host for rule in ingress.rules if rule.host]
        bare = [host for host in hosts if not compiled.table.server_for(host).tls]
        if bare:
            message = f"backend-protocol {protocol} needs HTTP/2, and {bare[0]} has no TLS"
            place = ("metadata", "annotations", _PROTOCOL)
            fix = f"add a spec.tls entry with {bare[0]}"
            yield finding_on(ingress, CODE, LEVEL, message, place, fix)
