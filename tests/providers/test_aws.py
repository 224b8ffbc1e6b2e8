"""Who makes the load balancer on AWS, and whether it is public then."""

import pytest

from kubectl_ingress.providers import Options, Surroundings
from kubectl_ingress.providers.aws import variant

PREFIX = "service.beta.kubernetes.io/aws-load-balancer-"
UPSTREAM = {
    f"{PREFIX}backend-protocol": "tcp",
    f"{PREFIX}cross-zone-load-balancing-enabled": "true",
    f"{PREFIX}type": "nlb",
}
LBC = [
    Surroundings(class_controllers=frozenset({"x/y", "ingress.k8s.aws/alb"})),
    Surroundings(workloads=frozenset({"aws-load-balancer-controller"})),
    Surroundings(
        workloads=frozenset({"lbc", "public.ecr.aws/eks/aws-load-balancer-controller:v3"})
    ),
    Surroundings(webhooks=frozenset({"mservice.elbv2.k8s.aws"})),
]
AUTO_MODE = [
    Surroundings(class_controllers=frozenset({"eks.amazonaws.com/alb"})),
    Surroundings(node_labels=frozenset({"eks.amazonaws.com/compute-type=auto"})),
]
PLAIN = Options()
OTHERS = Surroundings(
    class_controllers=frozenset({"nginx.org/ingress-controller"}),
    workloads=frozenset({"coredns", "registry.k8s.io/coredns:1"}),
    webhooks=frozenset({"vingress.elbv2.k8s.aws"}),
    node_labels=frozenset({"eks.amazonaws.com/compute-type=ec2"}),
)


def test_without_another_controller_it_is_what_upstream_has():
    made = variant(OTHERS, PLAIN)
    assert dict(made.service_annotations) == UPSTREAM
    assert made.note == ""


@pytest.mark.parametrize("around", LBC + AUTO_MODE)
def test_where_the_default_is_private_it_is_made_public(around):
    made = variant(around, PLAIN)
    assert dict(made.service_annotations) == {**UPSTREAM, f"{PREFIX}scheme": "internet-facing"}
    assert "internet-facing" in made.note


@pytest.mark.parametrize("around", LBC + AUTO_MODE)
def test_internal_says_so_to_the_controller_that_is_there(around):
    made = variant(around, Options(internal=True))
    assert dict(made.service_annotations) == {**UPSTREAM, f"{PREFIX}scheme": "internal"}


def test_internal_with_the_cloud_provider_uses_its_own_annotation():
    made = variant(OTHERS, Options(internal=True))
    assert dict(made.service_annotations) == {**UPSTREAM, f"{PREFIX}internal": "true"}


def test_who_is_meant_is_said():
    assert "AWS Load Balancer Controller" in variant(LBC[0], PLAIN).note
    assert "EKS Auto Mode" in variant(AUTO_MODE[0], PLAIN).note


def test_what_was_not_asked_is_said():
    made = variant(Surroundings(known=False), PLAIN)
    assert dict(made.service_annotations) == UPSTREAM
    assert "not known" in made.note
