"""Listeners as Traefik takes them: its Gateways are one, by port alone.

Source: pkg/provider/kubernetes/gateway/kubernetes.go (loadGatewayListeners);
measured with 3.7.9. ListenerSets are not known to it.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from kubectl_ingress.controllers._gateway.attachment import KINDS
from kubectl_ingress.controllers._gateway.listeners import (
    SCHEMES,
    TWICE,
    Bound,
    bind,
    certificate_problem,
)
from kubectl_ingress.controllers._gateway.references import Grants
from kubectl_ingress.core.gateway import GROUP, Gateway, Listener
from kubectl_ingress.core.objects import Snapshot


def listeners_of(
    snapshot: Snapshot, gateways: Iterable[Gateway], ports: frozenset[int]
) -> tuple[Bound, ...]:
    """All listeners, each with why it serves nothing; `ports` are Traefik's own, if known."""
    grants = Grants.of(snapshot)
    found: list[Bound] = []
    for gateway in gateways:
        seen: set[tuple[str, str, int]] = set()
        for listener in gateway.listeners:
            bound = bind(gateway, listener, gateway, "Gateway")
            why = _problem(listener, ports)
            key = (listener.protocol, listener.hostname, listener.port)
            if not why:
                why = TWICE if key in seen else certificate_problem(bound, snapshot, grants)
                seen.add(key)
            found.append(replace(bound, unusable=why))
    return tuple(found)


def _problem(listener: Listener, ports: frozenset[int]) -> str:
    """Why a listener is refused for itself, "" if it is not."""
    if listener.protocol not in SCHEMES:
        return f"no HTTP is spoken there ({listener.protocol})"
    if ports and listener.port not in ports:
        return f"Traefik has no entry point of port {listener.port}"
    foreign = [one for one in listener.kinds or () if (one.group, one.kind) not in _OURS]
    if foreign:
        return f"it allows a kind that Traefik does not serve there, {foreign[0].kind}"
    if listener.protocol == "HTTP" and listener.tls_mode:
        return "tls is set, and its protocol is HTTP"
    return ""


_OURS = {(GROUP, kind) for kind in KINDS}
