"""Cilium, where it is the network already."""

from __future__ import annotations

from kubectl_ingress.recipes import BuiltIn, Needs

RECIPE = BuiltIn(
    title="Cilium",
    remark="where Cilium is the network already",
    how=("cilium upgrade --reuse-values --set ingressController.enabled=true",),
    needs=Needs(class_name="cilium"),
)
