"""What each provider's installation differs in, and what may be asked of it."""

from __future__ import annotations

import pytest
import yaml

from kubectl_ingress.errors import UsageError
from kubectl_ingress.install.detection import named, providers
from kubectl_ingress.install.wanted import check_flags, check_options, check_provider
from kubectl_ingress.ports.files import dump_yaml
from kubectl_ingress.providers import Options, Surroundings
from tests.providers import upstream
from tests.providers.upstream import ARN, PROVIDERS

BETA = "service.beta.kubernetes.io"
TLS = Options(acm_certificate=ARN, proxy_cidr="10.0.0.0/16")


def service(provider: str, options: Options) -> dict[str, str]:
    return dict(named(provider).decide(Surroundings(), options).service_annotations)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_each_is_written_as_yaml_that_reads_back_the_same(provider):
    made = upstream.ours(provider, "1.15.1")
    text = dump_yaml(made)
    assert "&id" not in text
    assert list(yaml.safe_load_all(text)) == made


@pytest.mark.parametrize("provider", PROVIDERS)
def test_no_container_has_a_port_twice(provider):
    # Server-side apply merges ports by number and protocol, and refuses two that are equal.
    for one in upstream.ours(provider, "1.15.1"):
        pod = one.get("spec", {}).get("template", {}).get("spec", {})
        for container in pod.get("containers", []):
            ports = [(p["containerPort"], p["protocol"]) for p in container.get("ports", [])]
            assert len(set(ports)) == len(ports)


def test_where_a_load_balancer_is_waited_for():
    balanced = {
        name
        for name, provider in providers().items()
        if provider.decide(Surroundings(), TLS).balanced
    }
    assert set(PROVIDERS) - balanced == {"baremetal", "kind"}
    for name in balanced:
        assert providers()[name].pending, "what is needed for one is told"


@pytest.mark.parametrize(
    ("provider", "annotation", "value"),
    [
        ("gke", "networking.gke.io/load-balancer-type", "Internal"),
        ("aks", f"{BETA}/azure-load-balancer-internal", "true"),
        ("openstack", f"{BETA}/openstack-internal-load-balancer", "true"),
        ("do", f"{BETA}/do-loadbalancer-network", "INTERNAL"),
        ("digitalocean", f"{BETA}/do-loadbalancer-network", "INTERNAL"),
        ("oke", f"{BETA}/oci-load-balancer-internal", "true"),
        ("scw", f"{BETA}/scw-loadbalancer-private", "true"),
        ("eks", f"{BETA}/aws-load-balancer-internal", "true"),
    ],
)
def test_internal_is_said_as_each_cloud_wants_it(provider, annotation, value):
    assert annotation not in service(provider, Options())
    internal = service(provider, Options(internal=True))
    assert internal.pop(annotation) == value
    assert internal == service(provider, Options())


@pytest.mark.parametrize("provider", ["kind", "baremetal", "cloud", "exoscale", "hetzner"])
def test_internal_is_refused_where_nothing_says_it(provider):
    with pytest.raises(UsageError, match="has no --internal") as caught:
        check_provider(provider, Options(internal=True))
    assert "aws, aws-nlb-tls, gke, aks" in caught.value.next_step


def test_tls_at_the_load_balancer_needs_its_certificate_and_range():
    with pytest.raises(UsageError, match="needs --acm-certificate and --proxy-cidr") as caught:
        check_provider("aws-nlb-tls", Options())
    assert "--acm-certificate arn:aws:acm:" in caught.value.next_step
    with pytest.raises(UsageError, match=r"needs --proxy-cidr$"):
        check_provider("aws-nlb-tls", Options(acm_certificate=ARN))
    assert check_provider("aws-nlb-tls", TLS) is not None
    with pytest.raises(UsageError, match="provider aws has no --acm-certificate"):
        check_options(named("aws"), TLS)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "arn:aws:acm:us-west-2:XXXXXXXX:certificate/XXXXXX-XXXXXXX-XXXXXXX-XXXXXXXX",
        "arn:aws:iam::123456789012:server-certificate/name",
        ARN.replace("123456789012", "1234"),
        f"{ARN}\n",
        f" {ARN}",
        ARN.upper(),
    ],
)
def test_a_certificate_is_an_arn_of_acm(text):
    with pytest.raises(UsageError, match="--acm-certificate"):
        check_flags(acm_certificate=text)


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_all_partitions_have_certificates(partition):
    arn = ARN.replace("arn:aws:", f"arn:{partition}:")
    assert check_flags(acm_certificate=arn).acm_certificate == arn


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is no range"),
        ("XXX.XXX.XXX/XX", "is no range"),
        ("10.0.0.0/33", "is no range"),
        ("10.0.0.0", "not how a range is written"),
        ("10.0.3.1/16", "not how a range is written"),
        ("0.0.0.0/0", "forge"),
        ("::/0", "forge"),
        ("10.0.0.0/16,", "is no range"),
        ("10.0.0.0/16\nuse-forwarded-headers: x", "is no range"),
    ],
)
def test_a_range_is_a_range_and_not_everybody(text, says):
    with pytest.raises(UsageError, match=says) as caught:
        check_flags(proxy_cidr=text)
    assert caught.value.next_step


def test_several_ranges_are_taken():
    options = check_flags(proxy_cidr="10.0.0.0/16, 100.64.0.0/10,2001:db8::/56")
    assert options.proxy_cidr == "10.0.0.0/16,100.64.0.0/10,2001:db8::/56"


def test_what_was_typed_is_where_it_belongs():
    variant = named("aws-nlb-tls").decide(Surroundings(), TLS)
    assert variant.service_annotations[f"{BETA}/aws-load-balancer-ssl-cert"] == ARN
    assert variant.config is not None
    assert variant.config["proxy-real-ip-cidr"] == "10.0.0.0/16"


def test_the_load_balancer_controller_is_told_of_tls_too():
    around = Surroundings(webhooks=frozenset({"mservice.elbv2.k8s.aws"}))
    variant = named("aws-nlb-tls").decide(around, TLS)
    scheme = variant.service_annotations[f"{BETA}/aws-load-balancer-scheme"]
    assert scheme == "internet-facing"
