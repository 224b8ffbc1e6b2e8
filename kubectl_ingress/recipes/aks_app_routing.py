"""AKS application routing: ingress-nginx as Microsoft builds and runs it."""

from __future__ import annotations

from kubectl_ingress.recipes import BuiltIn, Needs

RECIPE = BuiltIn(
    title="AKS application routing",
    remark="ingress-nginx with Microsoft's patches until November 2026",
    place="aks",
    how=("az aks approuting enable --resource-group GROUP --name CLUSTER",),
    needs=Needs(
        class_name="webapprouting.kubernetes.azure.com",
        rewrite="nginx.ingress.kubernetes.io/rewrite-target",
        canary=True,
    ),
)
