"""What several providers have in common: one fact each, told once."""

from __future__ import annotations

from collections.abc import Callable

from kubectl_ingress.providers import Options, Surroundings, Variant


def always(variant: Variant) -> Callable[[Surroundings, Options], Variant]:
    """The decision of a provider that looks at nothing else."""
    return lambda _surroundings, _options: variant


# The controller takes no connection without it then, so both must be switched on together.
PROXY_PROTOCOL = {"use-proxy-protocol": "true"}
