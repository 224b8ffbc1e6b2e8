"""Which routes attach to which listeners, and why the others do not.

Source: ParentReference, AllowedRoutes and the hostnames of HTTPRoute in the
types of the Gateway API 1.6.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.controllers._gateway.hostnames import intersection
from kubectl_ingress.controllers._gateway.listeners import (
    SCHEMES,
    Bound,
    is_from,
    is_parent,
    knows_namespaces,
)
from kubectl_ingress.core.commands import command
from kubectl_ingress.core.gateway import (
    GROUP,
    GRPCMatch,
    GRPCRoute,
    GRPCRule,
    HTTPMatch,
    HTTPRoute,
    HTTPRule,
    Listener,
    ParentRef,
    RouteKind,
)
from kubectl_ingress.core.objects import Finding, Snapshot
from kubectl_ingress.core.request import Route

AnyRoute: TypeAlias = HTTPRoute | GRPCRoute
AnyRule: TypeAlias = HTTPRule | GRPCRule
AnyMatch: TypeAlias = HTTPMatch | GRPCMatch
Place: TypeAlias = tuple[int, int]
"""Where a match stands in its route: the number of the rule, and of the match in it."""

KINDS = ("HTTPRoute", "GRPCRoute")


def kind_of(route: AnyRoute) -> str:
    """HTTPRoute or GRPCRoute."""
    return KINDS[isinstance(route, GRPCRoute)]


def name_of(route: AnyRoute) -> str:
    """``HTTPRoute namespace/name``."""
    return f"{kind_of(route)} {route.meta.key}"


def matches_of(route: AnyRoute) -> Iterator[tuple[AnyRule, AnyMatch, Place]]:
    """Each match of a route with its rule and its place."""
    rules: tuple[AnyRule, ...] = route.rules
    for number, rule in enumerate(rules):
        matches: tuple[AnyMatch, ...] = rule.matches
        for position, match in enumerate(matches):
            yield rule, match, (number, position)


def shown(route: AnyRoute, host: str, path: str, path_type: str, place: Place) -> Route:
    """A match as the Route of a Decision."""
    field = ("spec", "rules", place[0], "matches", place[1])
    return Route(route.meta.key, host, path, path_type, kind_of(route), field)


class Hostname(Struct, frozen=True):
    """One hostname of a route on a listener: as the route has it, and what both have in common."""

    own: str
    common: str


class Attached(Struct, frozen=True):
    """A route on a listener; `doubts` are what was presumed for it."""

    route: AnyRoute
    bound: Bound
    hostnames: tuple[Hostname, ...]
    doubts: tuple[Finding, ...] = ()


class Served(Struct, frozen=True):
    """A route on all the listeners that have the same hostnames in common with it."""

    route: AnyRoute
    bounds: tuple[Bound, ...]
    hostnames: tuple[Hostname, ...]
    doubts: tuple[Finding, ...] = ()


class Detached(Struct, frozen=True):
    """A route that no listener takes, and why."""

    route: AnyRoute
    finding: Finding


def routes_of(snapshot: Snapshot) -> list[AnyRoute]:
    """All routes, the oldest first."""
    routes: list[AnyRoute] = [*snapshot.http_routes, *snapshot.grpc_routes]
    return sorted(routes, key=lambda one: one.meta.age)


def attach(
    snapshot: Snapshot, listeners: tuple[Bound, ...], routes: Iterable[AnyRoute]
) -> tuple[list[Attached], list[Detached]]:
    """The routes on the listeners that take them, and those that none takes."""
    attached: list[Attached] = []
    detached: list[Detached] = []
    for route in routes:
        refusals: list[str] = []
        found = list(_attachments(snapshot, listeners, route, refusals))
        attached += found
        if not found:
            detached.append(Detached(route, _nowhere(route, refusals)))
    return attached, detached


def joined(attached: Iterable[Attached]) -> list[Served]:
    """What is the same on several listeners as one, so that it is listed once."""
    groups: dict[tuple[str, tuple[Hostname, ...]], list[Attached]] = {}
    for one in attached:
        groups.setdefault((name_of(one.route), one.hostnames), []).append(one)
    return [
        Served(
            group[0].route,
            tuple(one.bound for one in group),
            hostnames,
            tuple(dict.fromkeys(doubt for one in group for doubt in one.doubts)),
        )
        for (_, hostnames), group in groups.items()
    ]


def _attachments(
    snapshot: Snapshot, listeners: tuple[Bound, ...], route: AnyRoute, refusals: list[str]
) -> Iterator[Attached]:
    seen: set[tuple[str, str]] = set()
    for parent in route.parents:
        section = f" named {parent.section}" if parent.section else ""
        meant = _of_parent(snapshot, listeners, route, parent)
        if not meant:
            refusals.append(f"{_described(route, parent)} has no such listener{section}")
        for bound in meant:
            hostnames = tuple(_hostnames(route, bound.listener))
            why = _why_not(snapshot, bound, route, hostnames)
            if why:
                refusals.append(f"listener {bound.listener.name} of {bound.owner}: {why}")
            elif (bound.owner, bound.listener.name) not in seen:
                seen.add((bound.owner, bound.listener.name))
                yield Attached(route, bound, hostnames, tuple(_doubts(snapshot, bound, route)))


def _of_parent(
    snapshot: Snapshot, listeners: tuple[Bound, ...], route: AnyRoute, parent: ParentRef
) -> list[Bound]:
    """The listeners that a parentRef selects."""
    home = route.meta.namespace
    if _is_unseen(snapshot, parent):
        return [_presumed(parent, home)]
    return [
        one
        for one in listeners
        if is_parent(parent.ref, one.parent.kind, one.parent.name, one.parent.namespace or "", home)
        and parent.section in ("", one.listener.name)
        and parent.port in (None, one.listener.port)
    ]


def _is_unseen(snapshot: Snapshot, parent: ParentRef) -> bool:
    """Files of an application rarely hold the Gateway that the cluster has."""
    if not snapshot.offline or parent.ref.group != GROUP:
        return False
    if parent.ref.kind == "Gateway":
        return not snapshot.gateways
    return parent.ref.kind == "ListenerSet" and not snapshot.listener_sets


def _presumed(parent: ParentRef, home: str) -> Bound:
    ref = replace(parent.ref, namespace=parent.ref.namespace or home)
    listener = Listener(parent.section, parent.port or 0, "")
    return Bound(f"{ref.namespace}/{ref.name}", ref, listener, presumed=True)


def _why_not(
    snapshot: Snapshot, bound: Bound, route: AnyRoute, hostnames: tuple[Hostname, ...]
) -> str:
    """Why a listener does not take a route, "" if it does."""
    if bound.unusable:
        return bound.unusable
    if bound.presumed:
        return ""
    listener, namespace = bound.listener, route.meta.namespace
    if kind_of(route) not in kinds_of(listener):
        return f"it takes no {kind_of(route)} ({listener.protocol})"
    if not is_from(snapshot, listener.namespaces, namespace, bound.parent.namespace or ""):
        return f"allowedRoutes excludes the namespace {namespace}"
    if not hostnames:
        return f"none of the route's hostnames is within {listener.hostname}"
    return ""


def kinds_of(listener: Listener) -> tuple[str, ...]:
    """The kinds of routes, of those that are known here, that a listener takes."""
    if listener.protocol not in SCHEMES:
        return ()
    if listener.kinds is None:
        return KINDS
    return tuple(kind for kind in KINDS if RouteKind(GROUP, kind) in listener.kinds)


def _hostnames(route: AnyRoute, listener: Listener) -> Iterator[Hostname]:
    for own in dict.fromkeys(route.hostnames or ("",)):
        common = intersection(listener.hostname, own)
        if common is not None:
            yield Hostname(own, common)


def _doubts(snapshot: Snapshot, bound: Bound, route: AnyRoute) -> Iterator[Finding]:
    if bound.presumed:
        message = f"{bound.owner} is in no file: it is taken to accept {name_of(route)}"
        yield Finding("KI209", "info", message, name_of(route), route.meta.origin)
    elif bound.listener.namespaces.come_from == "Selector" and not knows_namespaces(snapshot):
        message = (
            f"the labels of namespace {route.meta.namespace} are not known: listener"
            f" {bound.listener.name} of {bound.owner} is taken to select it"
        )
        yield Finding("KI401", "warning", message, name_of(route), route.meta.origin)


def _described(route: AnyRoute, parent: ParentRef) -> str:
    return f"{parent.ref.kind} {parent.ref.namespace or route.meta.namespace}/{parent.ref.name}"


def _nowhere(route: AnyRoute, refusals: list[str]) -> Finding:
    why = "; ".join(dict.fromkeys(refusals)) or "it names no parent"
    message = f"no listener takes {name_of(route)}: {why}"
    edit = command("edit", kind_of(route).lower(), route.meta.name, "-n", route.meta.namespace)
    return Finding(
        "KI209",
        "error",
        message,
        name_of(route),
        route.meta.origin,
        "; ".join(["kubectl get gateways -A", edit]),
    )
