"""Network Load Balancers of AWS: who makes them, and whether they are public.

Two programs may make the load balancer of a Service. The cloud provider makes
a public one unless ``aws-load-balancer-internal`` is set
(cloud-provider-aws, pkg/providers/v1/aws.go). The AWS Load Balancer
Controller, and EKS Auto Mode, take over new Services by a mutating webhook or
as the default class, and make a private one unless ``aws-load-balancer-scheme``
says internet-facing (its guide, "Network Load Balancer", since 2.2).
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from kubectl_ingress.providers import Surroundings

PREFIX = "service.beta.kubernetes.io/aws-load-balancer-"
NEEDS = (
    "a cloud controller: the AWS Load Balancer Controller, or the AWS cloud provider",
    "IAM permission for it to make load balancers and security group rules",
    "a subnet tagged kubernetes.io/role/elb=1 (internal: kubernetes.io/role/internal-elb=1)",
)

_LBC_NAME = "aws-load-balancer-controller"
_LBC_WEBHOOK = "mservice.elbv2.k8s.aws"
_LBC_CLASS = "ingress.k8s.aws/alb"
_AUTO_MODE_CLASS = "eks.amazonaws.com/alb"
_AUTO_MODE_NODE = "eks.amazonaws.com/compute-type=auto"


class Scheme(Struct, frozen=True):
    """What a Service must say to be public, or private: see Variant."""

    balancer: str
    annotations: Mapping[str, str] = field(default_factory=dict)
    note: str = ""


def private_by_default(surroundings: Surroundings) -> str:
    """The program that would make the load balancer private, "" if there is none."""
    if (
        _LBC_CLASS in surroundings.class_controllers
        or _LBC_WEBHOOK in surroundings.webhooks
        or any(_LBC_NAME in text for text in surroundings.workloads)
    ):
        return "AWS Load Balancer Controller"
    if (
        _AUTO_MODE_CLASS in surroundings.class_controllers
        or _AUTO_MODE_NODE in surroundings.node_labels
    ):
        return "EKS Auto Mode"
    return ""


def scheme(surroundings: Surroundings, *, internal: bool) -> Scheme:
    """Public unless `internal`, whoever makes the load balancer."""
    maker = private_by_default(surroundings)
    if maker:
        word = "internal" if internal else "internet-facing"
        note = f"the {maker} is here: annotation aws-load-balancer-scheme {word} is added"
        return Scheme(f"NLB, {word}", {f"{PREFIX}scheme": word}, note)
    if internal:
        note = "annotation aws-load-balancer-internal is added: reached from inside the VPC only"
        return Scheme("NLB, internal", {f"{PREFIX}internal": "true"}, note)
    if not surroundings.known:
        why = f" ({surroundings.unread})" if surroundings.unread else ""
        note = (
            f"not known whether the AWS Load Balancer Controller runs there{why}; if it does, this "
            "load balancer would be private: it wants aws-load-balancer-scheme internet-facing"
        )
        return Scheme("NLB", note=note)
    return Scheme("NLB")
