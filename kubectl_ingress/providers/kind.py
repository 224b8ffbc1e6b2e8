"""kind: ports 80 and 443 of the node, which a cluster may map to this machine.

Nothing makes load balancers there unless cloud-provider-kind or MetalLB does,
so none is waited for. Since ingress-nginx 1.13 the pod goes to any node: the
ports must be mapped where it runs, which is sure with one node only.
"""

from __future__ import annotations

from kubectl_ingress.providers import Place, Provider, Toleration, Variant
from kubectl_ingress.providers._everywhere import always

VARIANT = Variant(
    balancer="not waited for",
    external_traffic_policy="",
    publish_service=False,
    extra_args=("--watch-ingress-without-class=true", "--publish-status-address=localhost"),
    host_ports=True,
    # A cluster that is thrown away has no client to wait for.
    grace_seconds=0,
    tolerations=tuple(
        Toleration(f"node-role.kubernetes.io/{role}", "NoSchedule")
        for role in ("master", "control-plane")
    ),
)

PROVIDER = Provider(
    name="kind",
    title="kind",
    named_by="kind",
    pending=(),
    variant=always(VARIANT),
    places=(
        Place(
            "kind",
            "kind",
            provider_ids=("kind://",),
            hint=(
                "localhost leads to it only if the cluster was made with extraPortMappings of "
                "ports 80 and 443 on the node where its pod runs"
            ),
        ),
    ),
)
