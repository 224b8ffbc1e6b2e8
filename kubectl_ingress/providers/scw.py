"""Scaleway: its load balancers tell the client's address by the PROXY protocol."""

from __future__ import annotations

from kubectl_ingress.providers import Place, Provider, Variant
from kubectl_ingress.providers._everywhere import PROXY_PROTOCOL, always

_PREFIX = "service.beta.kubernetes.io/scw-loadbalancer-"

VARIANT = Variant(
    balancer="PROXY protocol",
    service_annotations={f"{_PREFIX}proxy-protocol-v2": "true"},
    config=PROXY_PROTOCOL,
)

PROVIDER = Provider(
    name="scw",
    title="Scaleway",
    named_by="Scaleway",
    pending=("leave and quota for one more load balancer",),
    variant=always(VARIANT),
    places=(
        Place(
            "scw",
            "Scaleway",
            also=("scaleway", "kapsule"),
            provider_ids=("scaleway://",),
            labels=("k8s.scaleway.com/pool-name",),
            internal={f"{_PREFIX}private": "true"},
        ),
    ),
)
