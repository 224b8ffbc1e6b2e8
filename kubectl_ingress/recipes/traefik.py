"""Traefik, with its own Ingress provider."""

from __future__ import annotations

from kubectl_ingress.recipes import Chart, Needs

RECIPE = Chart(
    title="Traefik",
    remark="annotations traefik.ingress.kubernetes.io/; own objects",
    repository="https://traefik.github.io/charts",
    chart="traefik",
    version="41.3.0",
    namespace="traefik",
    release="traefik",
    class_name="traefik",
    class_value="traefik.io/ingress-controller",
    # Else the chart makes its class the one that Ingresses get which name none.
    values={"ingressClass": {"isDefaultClass": False}},
    service=("service",),
    entry="traefik",
    caution="a Prefix path takes every path that begins with its text, unless told otherwise",
    needs=Needs(class_name="traefik", note="a rewrite needs a Middleware object beside it"),
)
