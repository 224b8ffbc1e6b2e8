"""The order of ingress-nginx, which Traefik's provider for it has, too."""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.core.objects import Ingress


def oldest_first(ingresses: Iterable[Ingress]) -> list[Ingress]:
    """The oldest first, of equal age the last by ``namespace/name`` (sortIngressSlice)."""
    by_name = sorted(ingresses, key=lambda ingress: ingress.meta.key, reverse=True)
    return sorted(by_name, key=lambda ingress: ingress.meta.created)
