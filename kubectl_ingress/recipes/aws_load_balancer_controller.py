"""AWS Load Balancer Controller: an Application Load Balancer for each Ingress."""

from __future__ import annotations

from kubectl_ingress.recipes import BuiltIn, Needs

RECIPE = BuiltIn(
    title="AWS Load Balancer Controller",
    remark="an Application Load Balancer for each Ingress; class alb",
    place="aws",
    how=(
        "its Helm chart eks/aws-load-balancer-controller of https://aws.github.io/eks-charts, "
        "into kube-system",
        "before that an IAM role with its policy, for its ServiceAccount",
    ),
    needs=Needs(
        class_name="alb",
        annotations={
            "alb.ingress.kubernetes.io/scheme": "internet-facing",
            "alb.ingress.kubernetes.io/target-type": "ip",
        },
    ),
)
