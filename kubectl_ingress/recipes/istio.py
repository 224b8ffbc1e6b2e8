"""Istio: a service mesh that also serves Ingresses."""

from __future__ import annotations

from kubectl_ingress.recipes import BuiltIn, Needs

RECIPE = BuiltIn(
    title="Istio",
    remark="a service mesh; Ingress and Gateway API",
    how=(
        "istioctl install",
        "then make an IngressClass with spec.controller istio.io/ingress-controller",
    ),
    needs=Needs(class_name="istio"),
)
