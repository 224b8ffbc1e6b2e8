"""Which controller's model is asked, where nobody says which."""

from __future__ import annotations

import pytest

from kubectl_ingress.core.objects import Origin
from kubectl_ingress.core.parse import parse_snapshot
from kubectl_ingress.routing import choose

GATEWAY = "gateway.networking.k8s.io/v1"


@pytest.mark.parametrize(
    ("value", "model"),
    [
        ("konghq.com/kic-gateway-controller", "kong"),
        ("traefik.io/gateway-controller", "gateway-api-traefik"),
        ("example.com/other", "gateway-api"),
    ],
)
def test_a_gateway_class_leads_to_its_model(value: str, model: str) -> None:
    objects = [
        {
            "apiVersion": GATEWAY,
            "kind": "GatewayClass",
            "metadata": {"name": "x"},
            "spec": {"controllerName": value},
        },
        {
            "apiVersion": GATEWAY,
            "kind": "Gateway",
            "metadata": {"name": "g", "namespace": "default"},
            "spec": {
                "gatewayClassName": "x",
                "listeners": [{"name": "web", "port": 80, "protocol": "HTTP"}],
            },
        },
    ]
    snapshot = parse_snapshot([(one, Origin("g.yaml", 1)) for one in objects], offline=True)
    assert choose(snapshot).controller.PROFILE.name == model
