"""The order of ingress-nginx, which Traefik's provider for it has, too."""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.core.objects import Ingress


def oldest_first(ingresses: Iterable[Ingress]) -> list[Ingress]:
    """The oldest first, of equal age the last by ``namespace/name`` (sortIngressSlice)."""
    by_name = sorted(ingresses, key=lambda ingress: ingress.meta.key, reverse=True)
    return sorted(by_name, key=lambda ingress: ingress.meta.created)


def taken(what: str, loser: Ingress, holder: str) -> str:
    """Why a rule of the `loser` is not served: the Ingress `holder`, by its key, has the same."""
    key = loser.meta.key
    if key != holder and not loser.meta.created:
        # Files do not tell the age, which decides; within a second the name does.
        return (
            f"{what} is in Ingress {key} and in {holder}: only the one that is created first"
            f" is ever served, or {holder} where both are in the same second"
        )
    return f"{what} in Ingress {key} is never served: {holder} has it already"
