"""Amazon Web Services: EKS, and clusters on EC2 with the AWS cloud provider.

Two programs may make the load balancer of a Service. The cloud provider makes
a public one unless ``aws-load-balancer-internal`` is set
(cloud-provider-aws, pkg/providers/v1/aws.go). The AWS Load Balancer
Controller, and EKS Auto Mode, take over new Services by a mutating webhook or
as the default class, and make a private one unless ``aws-load-balancer-scheme``
says internet-facing (its guide, "Network Load Balancer", since 2.2).
"""

from __future__ import annotations

from types import MappingProxyType

from kubectl_ingress.providers import LoadBalancer, Provider, Surroundings

_PREFIX = "service.beta.kubernetes.io/aws-load-balancer-"
_NLB = MappingProxyType(
    {
        f"{_PREFIX}backend-protocol": "tcp",
        f"{_PREFIX}cross-zone-load-balancing-enabled": "true",
        f"{_PREFIX}type": "nlb",
    }
)
_LBC_NAME = "aws-load-balancer-controller"
_LBC_WEBHOOK = "mservice.elbv2.k8s.aws"
_LBC_CLASS = "ingress.k8s.aws/alb"
_AUTO_MODE_CLASS = "eks.amazonaws.com/alb"
_AUTO_MODE_NODE = "eks.amazonaws.com/compute-type=auto"


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


def load_balancer(surroundings: Surroundings, internal: bool) -> LoadBalancer:
    """A Network Load Balancer: public unless `internal`, whoever makes it."""
    maker = private_by_default(surroundings)
    if maker:
        scheme = "internal" if internal else "internet-facing"
        note = f"the {maker} is here: annotation aws-load-balancer-scheme {scheme} is added"
        return LoadBalancer(f"NLB, {scheme}", {**_NLB, f"{_PREFIX}scheme": scheme}, note)
    if internal:
        note = "annotation aws-load-balancer-internal is added: reached from inside the VPC only"
        return LoadBalancer("NLB, internal", {**_NLB, f"{_PREFIX}internal": "true"}, note)
    if not surroundings.known:
        note = (
            "not known whether the AWS Load Balancer Controller runs there; if it does, this "
            "load balancer would be private: it wants aws-load-balancer-scheme internet-facing"
        )
        return LoadBalancer("NLB", _NLB, note)
    return LoadBalancer("NLB", _NLB)


PROVIDER = Provider(
    name="aws",
    title="Amazon Web Services",
    provider_ids=("aws://",),
    named_by="AWS",
    hostname=True,
    pending=(
        "a cloud controller: the AWS Load Balancer Controller, or the AWS cloud provider",
        "IAM permission for it to make load balancers and security group rules",
        "a subnet tagged kubernetes.io/role/elb=1 (internal: kubernetes.io/role/internal-elb=1)",
    ),
    load_balancer=load_balancer,
)
