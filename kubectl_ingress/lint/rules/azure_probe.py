"""The health check of Azure's load balancer asks for a path that is not there.

What it does
Finds load balancers on AKS in front of ingress-nginx whose ports have appProtocol http or https
and which nothing tells another path than `/`. With externalTrafficPolicy Local the nodes' own
health check is asked, and all is well.

Why it is bad
The health check follows appProtocol and asks for `/`, which the controller answers with 404: the
load balancer takes all nodes out, and every request times out.

Example

    kind: Service
    spec:
      type: LoadBalancer
      ports: [{port: 80, appProtocol: http}]

Use instead

    metadata:
      annotations:
        service.beta.kubernetes.io/azure-load-balancer-health-probe-request-path: /healthz
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.core.objects import Finding, Service
from kubectl_ingress.lint.remedies import annotated
from kubectl_ingress.lint.subject import ROUTES, Subject
from kubectl_ingress.providers._service_annotations import AZURE

CODE = "KI623"
NAME = "azure-probe"
LEVEL = "error"
READS = ("Node", ROUTES)

_PATH = f"{AZURE}load-balancer-health-probe-request-path"
_TOLD = ("health-probe-request-path", "health-probe_request-path")
_PROTOCOLS = ("health-probe-protocol", "health-probe_protocol")


def check(subject: Subject) -> Iterable[Finding]:
    """Services of ingress-nginx on AKS."""
    on_azure = any(one.provider_id.startswith("azure://") for one in subject.snapshot.nodes)
    for entry in subject.routes.entries:
        service, meta = entry.service, entry.service.meta
        mine = on_azure or any(name.startswith(AZURE) for name in meta.annotations)
        web = [port for port in service.ports if port.app_protocol.lower() in ("http", "https")]
        if not mine or not web or service.type != "LoadBalancer" or _is_told(service):
            continue
        message = (
            f"the load balancer of Service {meta.key} asks for / because of appProtocol"
            f" {web[0].app_protocol}, and the controller answers 404: it takes all nodes out"
        )
        fix = annotated("Service", meta, _PATH, entry.settings.health_path)
        field = ("metadata", "annotations")
        yield Finding(CODE, LEVEL, message, f"Service {meta.key}", meta.origin, fix, field)


def _is_told(service: Service) -> bool:
    if service.traffic_policy == "Local":
        return True
    return any(
        name.endswith(_TOLD) or (name.endswith(_PROTOCOLS) and value.lower() == "tcp")
        for name, value in service.meta.annotations.items()
        if name.startswith(AZURE)
    )
