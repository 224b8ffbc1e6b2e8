"""Why no route takes a request: the sentence that helps most."""

from __future__ import annotations

from msgspec import Struct

from kubectl_ingress.controllers._gateway.attachment import (
    AnyMatch,
    AnyRoute,
    AnyRule,
    Detached,
    Place,
    matches_of,
    shown,
)
from kubectl_ingress.controllers._gateway.entrance import Entrance
from kubectl_ingress.controllers._gateway.hostnames import covers
from kubectl_ingress.controllers._gateway.listeners import Bound
from kubectl_ingress.core.gateway import HTTPMatch, HTTPRoute
from kubectl_ingress.core.hosts import normalise_host
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.paths import has_prefix
from kubectl_ingress.core.reasons import edit_command
from kubectl_ingress.core.request import Request, Route
from kubectl_ingress.core.table import Lost, RouteTable, Server
from kubectl_ingress.core.text import listed

_LOOK = "kubectl get gateways,httproutes,grpcroutes -A"


class Reasons(Struct, frozen=True):
    """What there is to say when no entry takes a request; `routes` are those that attach."""

    entrance: Entrance
    listeners: tuple[Bound, ...]
    detached: tuple[Detached, ...]
    routes: tuple[AnyRoute, ...]

    def why_none(
        self, table: RouteTable, request: Request, servers: tuple[Server, ...]
    ) -> tuple[Finding, ...]:
        """Findings, the most telling first; `servers` are those of the request's host."""
        host = normalise_host(request.host)
        for one in self.detached:
            if _could_take(one.route, host, request.path):
                return (one.finding,)
        if not any(one.presumed or one.has(host) for one in self.entrance.hearing(request)):
            return (self._no_listener(request),)
        routes = dict.fromkeys(e.route for s in servers for e in s.entries if e.route)
        if routes:
            return (_no_path(request, tuple(routes)),)
        names = dict.fromkeys(
            f"{name} ({route.meta.key})" for route in self.routes for name in route.hostnames
        )
        there = listed(names) or "there are none"
        message = f"no route has the host {host}; {there}"
        return (Finding("KI101", "error", message, fix=_LOOK),)

    def _no_listener(self, request: Request) -> Finding:
        there = dict.fromkeys(
            f"{one.listener.protocol} {one.listener.port} {one.listener.hostname or 'any host'}"
            + (f" (not served: {one.unusable})" if one.unusable else "")
            for one in self.listeners
        )
        message = (
            f"no listener takes {request.scheme} on port {self.entrance.port(request)} for this"
            f" host; listeners: {listed(there) or 'there are none'}"
        )
        return Finding("KI101", "error", message, fix="kubectl get gateways -A -o yaml")


def lost(detached: tuple[Detached, ...]) -> tuple[Lost, ...]:
    """The rules of routes that serve nothing."""
    return tuple(
        Lost(_shown(one.route, host, match, place), _backend(one.route, rule), one.finding)
        for one in detached
        for host in one.route.hostnames or ("",)
        for rule, match, place in matches_of(one.route)
    )


def _shown(route: AnyRoute, host: str, match: AnyMatch, place: Place) -> Route:
    if isinstance(match, HTTPMatch):
        return shown(route, host, match.path.value, match.path.type, place)
    return shown(route, host, f"/{match.service or '*'}/{match.method or '*'}", match.type, place)


def _backend(route: AnyRoute, rule: AnyRule) -> str:
    """The first one, ``namespace/service:port``; "" where there is none."""
    for one in rule.backends:
        return f"{one.ref.namespace or route.meta.namespace}/{one.ref.name}:{one.port}"
    return ""


def _could_take(route: AnyRoute, host: str, path: str) -> bool:
    if not any(covers(name, host) for name in route.hostnames or ("",)):
        return False
    if not isinstance(route, HTTPRoute):
        return True
    paths = [match.path for rule in route.rules for match in rule.matches]
    return any(one.type == "RegularExpression" or has_prefix(path, one.value) for one in paths)


def _no_path(request: Request, routes: tuple[Route, ...]) -> Finding:
    paths = dict.fromkeys(f"{one.path} ({one.path_type}, {one.ingress})" for one in routes)
    owner = routes[0]
    return Finding(
        "KI102",
        "error",
        f"no rule for this host takes {request.method} {request.path} as it was sent; paths:"
        f" {listed(paths) or 'there are none'}",
        f"{owner.kind} {owner.ingress}",
        fix=edit_command(f"{owner.kind} {owner.ingress}"),
    )
