"""Exoscale: a controller on every node, behind a load balancer that asks each for its health."""

from __future__ import annotations

from kubectl_ingress.providers import Place, Provider, Variant
from kubectl_ingress.providers._everywhere import always

_PREFIX = "service.beta.kubernetes.io/exoscale-loadbalancer-"

VARIANT = Variant(
    balancer="NLB",
    service_annotations={
        f"{_PREFIX}description": "NGINX Ingress Controller load balancer",
        f"{_PREFIX}service-healthcheck-interval": "10s",
        f"{_PREFIX}service-healthcheck-mode": "http",
        f"{_PREFIX}service-healthcheck-retries": "1",
        f"{_PREFIX}service-healthcheck-timeout": "3s",
        f"{_PREFIX}service-healthcheck-uri": "/",
        f"{_PREFIX}service-strategy": "source-hash",
    },
    workload="DaemonSet",
)

PROVIDER = Provider(
    name="exoscale",
    title="Exoscale",
    named_by="Exoscale",
    pending=("exoscale-cloud-controller-manager, with an API key", "nodes in an instance pool"),
    variant=always(VARIANT),
    places=(Place("exoscale", "Exoscale", also=("sks",), provider_ids=("exoscale://",)),),
)
