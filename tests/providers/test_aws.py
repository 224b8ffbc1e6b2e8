"""Who makes the load balancer on AWS, and whether it is public then."""

import pytest

from kubectl_ingress.providers import Surroundings
from kubectl_ingress.providers.aws import PROVIDER

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
OTHERS = Surroundings(
    class_controllers=frozenset({"nginx.org/ingress-controller"}),
    workloads=frozenset({"coredns", "registry.k8s.io/coredns:1"}),
    webhooks=frozenset({"vingress.elbv2.k8s.aws"}),
    node_labels=frozenset({"eks.amazonaws.com/compute-type=ec2"}),
)


def test_without_another_controller_it_is_what_upstream_has():
    balancer = PROVIDER.load_balancer(OTHERS, False)
    assert dict(balancer.annotations) == UPSTREAM
    assert balancer.note == ""


@pytest.mark.parametrize("around", LBC + AUTO_MODE)
def test_where_the_default_is_private_it_is_made_public(around):
    balancer = PROVIDER.load_balancer(around, False)
    assert dict(balancer.annotations) == {**UPSTREAM, f"{PREFIX}scheme": "internet-facing"}
    assert "internet-facing" in balancer.note


@pytest.mark.parametrize("around", LBC + AUTO_MODE)
def test_internal_says_so_to_the_controller_that_is_there(around):
    balancer = PROVIDER.load_balancer(around, True)
    assert dict(balancer.annotations) == {**UPSTREAM, f"{PREFIX}scheme": "internal"}


def test_internal_with_the_cloud_provider_uses_its_own_annotation():
    balancer = PROVIDER.load_balancer(OTHERS, True)
    assert dict(balancer.annotations) == {**UPSTREAM, f"{PREFIX}internal": "true"}


def test_who_is_meant_is_said():
    assert "AWS Load Balancer Controller" in PROVIDER.load_balancer(LBC[0], False).note
    assert "EKS Auto Mode" in PROVIDER.load_balancer(AUTO_MODE[0], False).note


def test_what_was_not_asked_is_said():
    balancer = PROVIDER.load_balancer(Surroundings(known=False), False)
    assert dict(balancer.annotations) == UPSTREAM
    assert "not known" in balancer.note
