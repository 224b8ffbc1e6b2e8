"""Azure's Application Gateway, by an add-on of AKS."""

from __future__ import annotations

from kubectl_ingress.recipes import BuiltIn, Needs

RECIPE = BuiltIn(
    title="Azure Application Gateway Ingress Controller",
    remark="an Application Gateway; class azure-application-gateway",
    place="aks",
    how=(
        "az aks enable-addons --addons ingress-appgw --resource-group GROUP --name CLUSTER "
        "--appgw-id ID",
    ),
    needs=Needs(
        class_name="azure-application-gateway",
        rewrite="appgw.ingress.kubernetes.io/backend-path-prefix",
    ),
)
