"""A source range is compared with the addresses of nodes.

What it does
Finds whitelist-source-range, its newer name allowlist-source-range and denylist-source-range on
Ingresses of an ingress-nginx whose Service has externalTrafficPolicy Cluster (the default), and
which hears of the client's address neither by the PROXY protocol nor by a header.

Why it is bad
With Cluster the node that is asked sends the request on as its own: every client has the address
of a node. An allowed range lets nobody in (403), a denied one keeps nobody out.

Example

    kind: Ingress
    metadata:
      annotations:
        nginx.ingress.kubernetes.io/whitelist-source-range: 203.0.113.0/24
    ---
    kind: Service
    spec:
      type: LoadBalancer
      externalTrafficPolicy: Cluster

Use instead

    externalTrafficPolicy: Local
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.core.objects import Finding
from kubectl_ingress.lint.remedies import in_spec
from kubectl_ingress.lint.subject import ROUTES, NginxEntry, Subject, finding_on

CODE = "KI628"
NAME = "source-range"
LEVEL = "warning"
READS = (ROUTES,)

_RANGES = tuple(
    f"nginx.ingress.kubernetes.io/{word}-source-range"
    for word in ("whitelist", "allowlist", "denylist")
)


def check(subject: Subject) -> Iterable[Finding]:
    """Ingresses with a range, where what the controller hears is known."""
    for entry in subject.routes.entries:
        if not _is_hidden(entry, subject.snapshot.offline):
            continue
        meta = entry.service.meta
        fix = in_spec("Service", meta, "externalTrafficPolicy", "Local")
        for ingress in subject.routes.taken_at(entry):
            for name in _RANGES:
                if name in ingress.meta.annotations:
                    message = (
                        f"{name} is compared with addresses of nodes, because Service {meta.key}"
                        " has externalTrafficPolicy Cluster"
                    )
                    place = ("metadata", "annotations", name)
                    yield finding_on(ingress, CODE, LEVEL, message, place, fix)


def _is_hidden(entry: NginxEntry, offline: bool) -> bool:
    service, config = entry.service, entry.settings.config
    if service.type == "ClusterIP" or service.traffic_policy == "Local":
        return False
    if entry.workload.spec.host_network or (entry.config is None and offline):
        return False
    return not (config.forwarded_headers or config.real_ip or entry.is_on("use-proxy-protocol"))
