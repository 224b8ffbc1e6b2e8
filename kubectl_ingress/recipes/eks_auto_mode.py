"""EKS Auto Mode: Application Load Balancers that EKS itself makes."""

from __future__ import annotations

from kubectl_ingress.recipes import BuiltIn, Needs

RECIPE = BuiltIn(
    title="EKS Auto Mode",
    remark="part of EKS Auto Mode; an Application Load Balancer",
    place="aws",
    how=(
        "switch Auto Mode on for the cluster: its load balancing is part of it",
        "then make an IngressClass with spec.controller eks.amazonaws.com/alb, and an "
        "IngressClassParams with the scheme internet-facing",
    ),
    needs=Needs(
        class_name="alb",
        annotations={"alb.ingress.kubernetes.io/target-type": "ip"},
        note="the scheme is internal unless its IngressClassParams say internet-facing",
    ),
)
