"""NGINX Gateway Fabric: the Gateway API, served by NGINX."""

from __future__ import annotations

from kubectl_ingress.recipes import Manifests, Release
from kubectl_ingress.recipes._gateway_api import STANDARD
from kubectl_ingress.recipes._github import raw

_SOURCE = ("nginx/nginx-gateway-fabric", "v2.6.7")

RECIPE = Manifests(
    title="NGINX Gateway Fabric",
    remark="Gateway API only",
    releases=(
        Release(
            version="2.6.7",
            shared=STANDARD,
            files=raw(
                *_SOURCE,
                {
                    "deploy/crds.yaml": (
                        "942d031b4f5d0cd57194c8d0d6e7a09bddf4ced3e59609dd390db013434ec8fa"
                    ),
                },
            ),
            balanced=raw(
                *_SOURCE,
                {
                    "deploy/default/deploy.yaml": (
                        "33c493b6233975913a1628dd0219ef787e3fff5a17bd9d6e3108b41139c7c05b"
                    ),
                },
            ),
            node_port=raw(
                *_SOURCE,
                {
                    "deploy/nodeport/deploy.yaml": (
                        "d45f7e471b8efd858f857fee863e281cfd54a25715933f49d7330073e5f59374"
                    ),
                },
            ),
        ),
    ),
    namespace="nginx-gateway",
    class_kind="GatewayClass",
    class_name="nginx",
    class_value="gateway.nginx.org/nginx-gateway-controller",
    class_flag="--gatewayclass",
    by_products=(
        ("Secret", "server-tls"),
        ("Secret", "agent-tls"),
        ("Lease", "nginx-gateway-leader-election"),
    ),
)
