"""Traefik's routers, and the table that they make.

All routers compete by priority; equal ones are a coin toss at each load, and of
routers with one name a load keeps one at random (measured). Source:
pkg/muxer/http/mux.go and pkg/server/router/router.go.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, partial

from msgspec import Struct, field

from kubectl_ingress.controllers._traefik import paths
from kubectl_ingress.controllers._traefik.entrypoints import (
    HTTP,
    HTTPS,
    EntryPoint,
    EntryPoints,
    Redirection,
)
from kubectl_ingress.controllers._traefik.redirects import RedirectScheme
from kubectl_ingress.controllers._traefik.rules import Rule
from kubectl_ingress.core import patterns
from kubectl_ingress.core.actions import Action, Reply
from kubectl_ingress.core.conditions import SchemeIs
from kubectl_ingress.core.guards import Guard
from kubectl_ingress.core.hosts import HostName, NameKind
from kubectl_ingress.core.matching import Condition, Matcher, MatchKind
from kubectl_ingress.core.objects import Finding, Ingress, Snapshot
from kubectl_ingress.core.reasons import Ignored, why_no_route
from kubectl_ingress.core.request import Request, Route
from kubectl_ingress.core.table import Dialect, Entry, Lost, RouteTable, Server

DIALECT = Dialect(
    host=paths.canonical_host,
    path=paths.routing_path,
    label=paths.LABEL,
    every_server=True,
    ties=True,
    gives_up=None,
)
LAST_PRIORITY = -(2**31)
"""That of a default backend."""

_EVERYTHING = Matcher(MatchKind.PREFIX, "/")
_NOBODY = (2**64,)
_BOTH = frozenset({HTTP, HTTPS})


class SomeHost(Struct, frozen=True):
    """``HostRegexp(`^.+$`)``: everything but an empty host."""

    def met(self, request: Request) -> bool:
        """Whether there is a host."""
        return bool(request.host)

    def __str__(self) -> str:
        return "a host"


class Router(Struct, frozen=True):
    """One router. `name` is what it is called: of several with one name, one is there.

    `priority` 0 leaves it to the length of the rule. `ways` are what it may do,
    more than one where that is left to chance.
    """

    name: tuple[str, ...]
    rule: Rule
    route: Route
    ways: tuple[tuple[Action, ...], ...]
    priority: int = 0
    schemes: frozenset[str] = _BOTH
    conditions: tuple[Condition, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def rank(self) -> int:
        """The priority that counts."""
        return self.priority or self.rule.length

    def entries(self, *, may_be_missing: bool) -> Iterable[Entry]:
        """Its entries: one for each way, all of the same precedence."""
        conditions = self.conditions
        if self.schemes != _BOTH:
            conditions = (*(SchemeIs(scheme) for scheme in self.schemes), *conditions)
        for actions in (*self.ways, ()) if may_be_missing else self.ways:
            yield Entry(
                self.rule.matcher,
                actions,
                self.route,
                conditions=conditions,
                precedence=(-self.rank,),
                standing=f"{self.rule.text or 'every path'} of priority {self.rank}",
                findings=self.findings,
            )


class Dead(Struct, frozen=True):
    """A rule without a router, and why."""

    rule: Rule
    route: Route
    finding: Finding

    def takes(self, host: str, path: str) -> bool:
        """Whether it would have taken a request."""
        names = self.rule.names
        named = not names or any(_is(name, host) for name in names)
        return named and self.rule.matcher.matches(path, strict=False)


def _is(name: HostName, host: str) -> bool:
    if name.kind is NameKind.LABEL:
        return host.partition(".")[2] == name.text
    if name.kind is NameKind.REGEX:
        return patterns.find(name.text, host, ignore_case=True) is not None
    return name.text == host


class Compiled(Struct, frozen=True, dict=True):
    """All routers of one provider, with what surrounds them."""

    controller: str
    ingress_class: str
    namespace: str
    points: EntryPoints
    routers: Sequence[Router]
    dead: Sequence[Dead] = ()
    taken: Sequence[Ingress] = ()
    ignored: Sequence[Ignored] = ()
    findings: Sequence[Finding] = ()
    secured: Mapping[str, str] = field(default_factory=dict)
    """host -> Secret of its certificate, "" for Traefik's own."""

    def table(self) -> RouteTable:
        """The RouteTable of these routers."""
        servers = self._servers()
        default = servers.pop((), [])
        return RouteTable(
            controller=self.controller,
            ingress_class=self.ingress_class,
            servers=tuple(self._server(names, entries) for names, entries in servers.items()),
            default=Server("", (*default, *self._redirections(), _not_found())),
            loaded=tuple(self.taken),
            ignored=tuple(self.ignored),
            findings=tuple(self.findings),
            namespace=self.namespace,
            dialect=DIALECT,
            lost=tuple(Lost(one.route, "", one.finding) for one in self.dead),
            doubts=partial(_doubts, self),
            why_none=partial(_why_none, self),
        )

    def _servers(self) -> dict[tuple[HostName, ...], list[Entry]]:
        """The entries by the names of their hosts, () for those of every host."""
        found: dict[tuple[HostName, ...], list[Entry]] = defaultdict(list)
        sharing: dict[tuple[str, ...], list[Router]] = defaultdict(list)
        for router in self.routers:
            sharing[router.name].append(router)
        for router in self.routers:
            # Of routers of one name a single one stays: with one rule it always matches.
            rules = {one.rule.text for one in sharing[router.name]}
            found[router.rule.names] += router.entries(may_be_missing=len(rules) > 1)
        return found

    def _server(self, names: tuple[HostName, ...], entries: list[Entry]) -> Server:
        regex = names[0].kind is NameKind.REGEX
        host = _host_of(entries) if regex else str(names[0])
        secret = self.secured.get(host)
        return Server(
            host, tuple(entries), tls=secret is not None, names=names, certificate=secret or ""
        )

    def _redirections(self) -> Iterable[Entry]:
        for scheme in (HTTP, HTTPS):
            point = self.points.of(scheme)
            if point is not None and point.redirection is not None:
                yield _redirection(scheme, point, point.redirection)

    @cached_property
    def ranks(self) -> Mapping[Route, int]:
        """The priority of each route."""
        return {router.route: router.rank for router in self.routers}

    @cached_property
    def guards(self) -> Mapping[Route, tuple[Guard, ...]]:
        """The guards of each route that has some."""
        found: dict[Route, tuple[Guard, ...]] = {}
        for router in self.routers:
            guards = tuple(a for way in router.ways for a in way if isinstance(a, Guard))
            if guards:
                found[router.route] = guards
        return found


def certificates(snapshot: Snapshot, ingresses: Iterable[Ingress]) -> dict[str, str]:
    """host -> Secret of its certificate, "" where it is missing: Traefik's own, then.

    One that nobody has looked for is taken to be there.
    """
    found: dict[str, str] = {}
    for ingress in ingresses:
        namespace = ingress.meta.namespace
        for entry in ingress.tls:
            there = snapshot.secrets_unread or (namespace, entry.secret) in snapshot.secret_by_key
            found |= dict.fromkeys(entry.hosts, f"{namespace}/{entry.secret}" if there else "")
    return found


def _host_of(entries: Sequence[Entry]) -> str:
    return next((entry.route.host for entry in entries if entry.route), "")


def _redirection(scheme: str, point: EntryPoint, to: Redirection) -> Entry:
    return Entry(
        _EVERYTHING,
        (RedirectScheme(to.scheme, to.port, to.permanent),),
        Route(f"entryPoint {point.name}", "", "/", "Prefix"),
        conditions=(SchemeIs(scheme), SomeHost()),
        precedence=(-to.priority,),
        implied=True,
        standing=f"the redirection of entry point {point.name}",
    )


def _not_found() -> Entry:
    return Entry(_EVERYTHING, (Reply(404),), None, precedence=_NOBODY)


def _doubts(compiled: Compiled, request: Request, route: Route | None) -> tuple[Finding, ...]:
    if route is None:
        return ()
    found = [guard.doubt(request) for guard in compiled.guards.get(route, ())]
    rank = compiled.ranks.get(route, LAST_PRIORITY)
    dead = [one.finding for one in _dead(compiled, request) if one.rule.length >= rank]
    return tuple(dict.fromkeys([*filter(None, found), *dead]))


def _why_none(
    compiled: Compiled, table: RouteTable, request: Request, servers: tuple[Server, ...]
) -> tuple[Finding, ...]:
    dead = tuple(dict.fromkeys(one.finding for one in _dead(compiled, request)))
    if dead:
        return dead
    routes = tuple(dict.fromkeys(e.route for one in servers for e in one.entries if e.route))
    host = servers[0].host if servers else ""
    path = paths.routing_path(request.path) or "/"
    return why_no_route(table.known, host, routes, request, path)


def _dead(compiled: Compiled, request: Request) -> list[Dead]:
    host = paths.canonical_host(request.host) or ""
    path = paths.routing_path(request.path) or "/"
    return [one for one in compiled.dead if one.takes(host, path)]
