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
    # Its chart makes no GatewayClass: its guide calls the first one eg.
    makes_class=("eg", "gateway.envoyproxy.io/gatewayclass-controller"),
)
