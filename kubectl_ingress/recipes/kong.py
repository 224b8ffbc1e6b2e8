"""Kong: the controller, and Kong Gateway beside it."""

from __future__ import annotations

from kubectl_ingress.recipes import Chart, Needs

RECIPE = Chart(
    title="Kong Ingress Controller",
    remark="annotations konghq.com/; the free image ends at 3.9",
    repository="https://charts.konghq.com",
    chart="ingress",
    version="0.24.0",
    namespace="kong",
    release="kong",
    class_name="kong",
    class_value="ingress-controllers.konghq.com/kong",
    # By digest: later images of kong/kong-gateway behave as expired without a licence.
    values={
        "controller": {
            "ingressController": {
                "image": {
                    "unifiedRepoTag": (
                        "kong/kubernetes-ingress-controller:3.5.13@sha256:"
                        "979f12864a13031545d58623d17af7a071b417396fbb3928a169d897b056b68f"
                    ),
                    "effectiveSemver": "3.5.13",
                },
                # konghq.com/rewrite counts only with this gate; scaffold writes it.
                "env": {"feature_gates": "RewriteURIs=true"},
            }
        },
        "gateway": {
            "image": {
                "unifiedRepoTag": (
                    "kong:3.9.3@sha256:"
                    "4d6a4ead594e9bf468d07a54d30a57991904b220403af1a43c5a3679615d11de"
                ),
                "effectiveSemver": "3.9.3",
            }
        },
    },
    service=("gateway", "proxy"),
    entry="kong-gateway-proxy",
    by_products=(("Lease", "kong-ingress-controller-leader-kong"),),
    needs=Needs(
        class_name="kong",
        rewrite="konghq.com/rewrite",
        rewrite_note="It takes the controller's feature gate RewriteURIs, which install turns on.",
    ),
)
