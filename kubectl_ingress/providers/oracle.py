"""Oracle Cloud: a flexible load balancer of 10 to 100 Mbit/s."""

from __future__ import annotations

from kubectl_ingress.providers import Place, Provider, Variant
from kubectl_ingress.providers._everywhere import always

_PREFIX = "service.beta.kubernetes.io/oci-load-balancer-"

VARIANT = Variant(
    balancer="flexible, 10 to 100 Mbit/s",
    service_annotations={
        f"{_PREFIX}shape": "flexible",
        f"{_PREFIX}shape-flex-max": "100",
        f"{_PREFIX}shape-flex-min": "10",
    },
)

PROVIDER = Provider(
    name="oracle",
    title="Oracle Cloud",
    named_by="Oracle",
    pending=("a subnet for load balancers, named when the cluster was made", "a policy for it"),
    variant=always(VARIANT),
    places=(
        Place(
            "oracle",
            "Oracle Cloud",
            also=("oke", "oci"),
            provider_ids=("oci://", "ocid1."),
            labels=("oci.oraclecloud.com/fault-domain",),
            internal={f"{_PREFIX}internal": "true"},
        ),
    ),
)
