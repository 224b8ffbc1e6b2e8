"""Envoy Gateway: the Gateway API, served by Envoy."""

from __future__ import annotations

from kubectl_ingress.recipes import Chart

RECIPE = Chart(
    title="Envoy Gateway",
    remark="Gateway API only",
    repository="oci://docker.io/envoyproxy",
    chart="gateway-helm",
    version="v1.9.0",
    namespace="envoy-gateway-system",
    release="eg",
    class_kind="GatewayClass",
    class_name="eg",
    class_value="gateway.envoyproxy.io/gatewayclass-controller",
    # Of its hook, which makes certificates, and of the pods, which choose a leader.
    by_products=(
        ("Secret", "envoy-gateway"),
        ("Secret", "envoy"),
        ("Secret", "envoy-rate-limit"),
        ("Secret", "envoy-oidc-hmac"),
        ("Lease", "5b9825d2.gateway.envoyproxy.io"),
    ),
    # Its chart makes no GatewayClass: its guide calls the first one eg.
    makes_class=("eg", "gateway.envoyproxy.io/gatewayclass-controller"),
)
