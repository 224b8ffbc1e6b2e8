"""Amazon Web Services: EKS, and clusters on EC2 with the AWS cloud provider."""

from __future__ import annotations

from kubectl_ingress.providers import Options, Place, Provider, Surroundings, Variant
from kubectl_ingress.providers._nlb import NEEDS, PREFIX, scheme

_NLB = {
    f"{PREFIX}backend-protocol": "tcp",
    f"{PREFIX}cross-zone-load-balancing-enabled": "true",
    f"{PREFIX}type": "nlb",
}


def variant(surroundings: Surroundings, options: Options) -> Variant:
    """A Network Load Balancer: public unless internal, whoever makes it."""
    asked = scheme(surroundings, internal=options.internal)
    return Variant(
        balancer=asked.balancer,
        note=asked.note,
        service_annotations={**_NLB, **asked.annotations},
    )


PROVIDER = Provider(
    name="aws",
    title="Amazon Web Services",
    named_by="AWS",
    hostname=True,
    pending=NEEDS,
    variant=variant,
    takes=frozenset({"internal"}),
    for_any=True,
    places=(
        Place(
            "aws",
            "Amazon Web Services",
            also=("eks", "ec2"),
            provider_ids=("aws://",),
            labels=(
                "eks.amazonaws.com/nodegroup",
                "eks.amazonaws.com/compute-type",
                "alpha.eksctl.io/cluster-name",
            ),
        ),
    ),
)
