"""Which flags give a provider what an installation has of it: pure."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_ingress.install.settings import Settings
from kubectl_ingress.providers import Provider


def provider_flags(settings: Settings, provider: Provider) -> Iterator[str]:
    """``--internal`` and the like, as words of a command."""
    annotations, config = settings.variant.service_annotations, settings.variant.config or {}
    certificates = [value for value in annotations.values() if value.startswith("arn:")]
    if provider.takes_option("internal") and is_private(settings):
        yield "--internal"
    if provider.takes_option("acm_certificate") and certificates:
        yield from ("--acm-certificate", certificates[0])
    if provider.takes_option("proxy_cidr") and "proxy-real-ip-cidr" in config:
        yield from ("--proxy-cidr", config["proxy-real-ip-cidr"])


def is_private(settings: Settings) -> bool:
    """Whether its load balancer is reached from inside the private network only."""
    annotations = settings.variant.service_annotations
    return any("internal" in key or value == "internal" for key, value in annotations.items())
