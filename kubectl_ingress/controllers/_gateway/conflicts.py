"""HTTPRoutes and GRPCRoutes do not share a hostname of one listener: the older route stays.

Source: GRPCRoute.spec.hostnames in the types of the Gateway API 1.6.
"""

from __future__ import annotations

from kubectl_ingress.controllers._gateway.attachment import (
    KINDS,
    AnyRoute,
    Attached,
    Detached,
    kind_of,
    name_of,
)
from kubectl_ingress.controllers._gateway.hostnames import intersection
from kubectl_ingress.core.objects import Finding


def without_conflicts(attached: list[Attached]) -> tuple[list[Attached], list[Detached]]:
    """Those that stay, the oldest first, and the routes that nothing stays of."""
    kept: list[Attached] = []
    on: dict[tuple[str, str, str], list[Attached]] = {}
    refused: dict[str, Detached] = {}
    for one in sorted(attached, key=lambda each: each.route.meta.age):
        listener = (one.bound.owner, one.bound.listener.name)
        kind = kind_of(one.route)
        others = (
            other for each in KINDS if each != kind for other in on.get((*listener, each), ())
        )
        stronger = next((other for other in others if _share_a_host(one, other)), None)
        if stronger is None:
            kept.append(one)
            on.setdefault((*listener, kind), []).append(one)
        else:
            refused.setdefault(name_of(one.route), _refused(one, stronger.route))
    served = {name_of(one.route) for one in kept}
    return kept, [one for name, one in refused.items() if name not in served]


def _share_a_host(one: Attached, other: Attached) -> bool:
    return any(
        intersection(mine.common, theirs.common) is not None
        for mine in one.hostnames
        for theirs in other.hostnames
    )


def _refused(one: Attached, stronger: AnyRoute) -> Detached:
    message = (
        f"{name_of(one.route)} shares a hostname of listener {one.bound.listener.name} with the"
        f" older {name_of(stronger)}: only one kind of route is accepted for it"
    )
    return Detached(
        one.route, Finding("KI209", "error", message, name_of(one.route), one.route.meta.origin)
    )
