"""What annotations ask of a load balancer, as lint reads them, is what install writes."""

from __future__ import annotations

import pytest

from kubectl_ingress import registry
from kubectl_ingress.providers import Options, Provider, Surroundings
from kubectl_ingress.providers._everywhere import PROXY_PROTOCOL
from kubectl_ingress.providers._service_annotations import (
    asks_proxy_protocol,
    ends_tls,
    name_for,
    named,
    proxy_protocol_of,
)

BETA = "service.beta.kubernetes.io/"
PROVIDERS: list[Provider] = [
    registry.load("providers", name).PROVIDER for name in registry.names("providers")
]


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda one: one.name)
def test_both_halves_of_what_install_makes_are_seen(provider: Provider) -> None:
    options = Options(acm_certificate="arn:aws:acm:x", proxy_cidr="10.0.0.0/8")
    made = provider.decide(Surroundings(), options)
    expected = (made.config or {}).items() >= PROXY_PROTOCOL.items()
    assert bool(asks_proxy_protocol(made.service_annotations)) == expected
    at_443 = next(port for port in made.service_ports if port.number == 443)
    assert bool(ends_tls(made.service_annotations)) == (at_443.target == "http")


@pytest.mark.parametrize(
    ("name", "value", "asks"),
    [
        (f"{BETA}aws-load-balancer-proxy-protocol", "*", True),
        (
            f"{BETA}aws-load-balancer-target-group-attributes",
            "proxy_protocol_v2.enabled=true",
            True,
        ),
        (f"{BETA}aws-load-balancer-target-group-attributes", "stickiness.enabled=true", False),
        (f"{BETA}scw-loadbalancer-proxy-protocol-v1", "true", True),
        ("load-balancer.hetzner.cloud/uses-proxyprotocol", "False", False),
        ("loadbalancer.openstack.org/proxy-protocol", "v2", True),
        (f"{BETA}do-loadbalancer-name", "edge", False),
    ],
)
def test_who_sends_the_proxy_protocol(name: str, value: str, asks: bool) -> None:
    assert asks_proxy_protocol({name: value}) == (name if asks else "")


def test_the_cloud_is_known_by_its_other_annotations() -> None:
    notes = {f"{BETA}do-loadbalancer-name": "edge"}
    assert proxy_protocol_of(notes) == (f"{BETA}do-loadbalancer-enable-proxy-protocol", "true")
    assert name_for(notes) == (f"{BETA}do-loadbalancer-hostname", "lb.example.com")
    assert not named(notes)
    assert named({f"{BETA}do-loadbalancer-hostname": "a.example"})
    assert proxy_protocol_of({"a.example/x": "1"}) is name_for({}) is None


def test_tls_may_begin_again_behind_the_load_balancer() -> None:
    certificate = {f"{BETA}aws-load-balancer-ssl-cert": "arn:aws:acm:x"}
    assert ends_tls(certificate) == f"{BETA}aws-load-balancer-ssl-cert"
    assert ends_tls({**certificate, f"{BETA}aws-load-balancer-backend-protocol": "ssl"}) == ""
