"""Routes as the entries of a RouteTable, and what is looked up by host."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_ingress.controllers._kong.actions import actions_of
from kubectl_ingress.controllers._kong.conditions import (
    ExactHeader,
    ServerName,
    header_conditions,
)
from kubectl_ingress.controllers._kong.precedence import precedence, standing
from kubectl_ingress.controllers._kong.routes import Flavor, KongRoute, PathTest
from kubectl_ingress.core.actions import Reply
from kubectl_ingress.core.conditions import MethodIs, SchemeIs
from kubectl_ingress.core.hosts import HostName, NameKind, host_name
from kubectl_ingress.core.matching import EVERYTHING, Condition
from kubectl_ingress.core.table import Entry, Server

_SCHEMES = {"http": "http", "https": "https", "grpc": "http", "grpcs": "https"}

NOBODY = Entry(EVERYTHING, (Reply(404),), None, precedence=(1,))


class KongEntry(Entry, frozen=True, kw_only=True):
    """One path of a route."""

    source: KongRoute
    test: PathTest


def entries_of(route: KongRoute, flavor: Flavor) -> Iterator[KongEntry]:
    """One entry for each path of a route."""
    conditions = tuple(_conditions(route, flavor))
    for test in route.paths:
        yield KongEntry(
            matcher=test.matcher(flavor),
            actions=actions_of(route, test, flavor),
            route=test.declared,
            conditions=conditions,
            precedence=precedence(route, test, flavor),
            standing=standing(route, test, flavor),
            findings=route.findings,
            source=route,
            test=test,
        )


def _conditions(route: KongRoute, flavor: Flavor) -> Iterator[Condition]:
    expressions = flavor is Flavor.EXPRESSIONS
    if route.methods:
        yield MethodIs(route.methods)
    if expressions:
        # A header Host is left out of expressions.
        yield from (ExactHeader(one) for one in route.headers if one.name.lower() != "host")
    else:
        yield from header_conditions(route.headers, flavor is Flavor.COMPATIBLE)
    if route.snis:
        yield ServerName(route.snis, only_https=expressions)
    if expressions:
        schemes = tuple(dict.fromkeys(_SCHEMES.get(one, one) for one in route.protocols))
        # https alone is left out of the expression, for http to be told of it.
        if route.protocols != ("https",) and len(schemes) == 1:
            yield SchemeIs(schemes[0])
    yield from route.conditions


def servers_of(routes: Iterable[KongRoute], flavor: Flavor) -> tuple[tuple[Server, ...], Server]:
    """The servers, one for all routes with the same hosts, and that of routes without any."""
    by_hosts: dict[tuple[str, ...], list[Entry]] = {(): []}
    for route in routes:
        by_hosts.setdefault(route.hosts, []).extend(entries_of(route, flavor))
    default = Server("", (*by_hosts.pop(()), NOBODY))
    servers = [
        Server(hosts[0], tuple(entries), names=tuple(_name(host, flavor) for host in hosts))
        for hosts, entries in by_hosts.items()
    ]
    return tuple(servers), default


def _name(host: str, flavor: Flavor) -> HostName:
    starts = host.endswith(".*") and not host.startswith("*.")
    if starts and flavor is not Flavor.EXPRESSIONS:
        return HostName(NameKind.START, host[:-1])
    return host_name(host, NameKind.SUFFIX)
