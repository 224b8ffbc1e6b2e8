"""DigitalOcean: its load balancers tell the client's address by the PROXY protocol."""

from __future__ import annotations

from kubectl_ingress.providers import Place, Provider, Variant
from kubectl_ingress.providers._everywhere import PROXY_PROTOCOL, always

_PREFIX = "service.beta.kubernetes.io/do-loadbalancer-"

VARIANT = Variant(
    balancer="PROXY protocol",
    service_annotations={f"{_PREFIX}enable-proxy-protocol": "true"},
    config=PROXY_PROTOCOL,
    # One second below the 30 that its cluster linter allows webhooks: an upgrade of the
    # cluster stops at a slower one (clusterlint, check admission-controller-webhook-timeout).
    webhook_timeout=29,
)

PROVIDER = Provider(
    name="do",
    title="DigitalOcean",
    named_by="DigitalOcean",
    pending=("an account that may have one more load balancer",),
    variant=always(VARIANT),
    places=(
        Place(
            "do",
            "DigitalOcean",
            also=("digitalocean", "doks"),
            provider_ids=("digitalocean://",),
            labels=("doks.digitalocean.com/node-pool",),
            internal={f"{_PREFIX}network": "INTERNAL"},
        ),
    ),
)
