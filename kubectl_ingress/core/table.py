"""What a controller makes of a Snapshot: the RouteTable, and one request's way through it.

A table is servers (one a host) of entries in the order in which they are
tried; each entry has a matcher and actions, of which the first that answers
decides. Every controller compiles to this, so that one `decide` serves all;
how it reads a request, and whether servers compete, is its Dialect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property, partial

from msgspec import Struct

from kubectl_ingress.core import explaining, patterns
from kubectl_ingress.core.actions import Action, first_answer
from kubectl_ingress.core.hosts import HostIndex, is_for, normalise_host, parse_host_name
from kubectl_ingress.core.matching import Matcher, MatchKind
from kubectl_ingress.core.objects import Finding, Ingress
from kubectl_ingress.core.paths import normalise
from kubectl_ingress.core.reasons import Ignored, Known
from kubectl_ingress.core.request import (
    Backend,
    Decision,
    Outcome,
    OutcomeKind,
    Request,
    Route,
)
from kubectl_ingress.core.server import Entry, Server

__all__ = ["Dialect", "Doubts", "Entry", "Lost", "MatchKind", "Matcher", "RouteTable", "Server"]

Doubts = Callable[[Request, Route | None], tuple[Finding, ...]]
"""What nobody has measured about a request that a route takes."""

Contest = Callable[[Request, str, "list[Entry]"], "list[Entry]"]
"""Of the entries that take a request and its path, by precedence: which may answer it."""

WhyNone = Callable[["RouteTable", Request, "tuple[Server, ...]"], tuple[Finding, ...]]
"""Why no route takes a request, the most telling first; the servers are those of its host."""


class Dialect(Struct, frozen=True):
    """How a controller reads a request.

    `host` gives what names are compared with, `path` what matchers are; None is
    a 400. `label` is a regex of what a one-label wildcard's star stands for.
    `every_server`: the entries of all servers that have a name for the host
    compete by their precedence; else the most specific server alone decides.
    `ties`: entries of equal precedence leave the winner to chance.
    `gives_up` is the status where a pattern exceeds the match limit (nginx 1.22.1:
    500, measured), None where it just does not match then. `read` is asked first.
    """

    host: Callable[[str], str | None] = normalise_host
    path: Callable[[str], str | None] = normalise
    label: str = r"[\w-]+"
    every_server: bool = False
    ties: bool = False
    gives_up: int | None = 500
    read: Callable[[Request], Request] = Request.received


NGINX = Dialect()


_Ranked = tuple[tuple[int | str | bool, ...], Entry, Server]


class Lost(Struct, frozen=True):
    """A rule that is never served, and why."""

    route: Route
    backend: str
    finding: Finding


class RouteTable(Struct, frozen=True, dict=True):
    """All servers of one controller.

    `default` takes the hosts that no server has a name for. `refused` is set
    where the controller could not load this configuration at all, and answers
    `refused_status`, None where nothing listens then. `lost` are the rules that it
    takes nothing of. `namespace` is the user's own, for suggested commands.
    `addresses` are the names and IPs of its load balancer, as far as anybody knows.
    `doubts` gives what makes the prediction for a request uncertain, beside the
    findings of its entry, `why_none` why none takes it, where the routes are not
    those of Ingresses. `contest` says who may answer where precedence does not.
    """

    controller: str
    ingress_class: str
    servers: tuple[Server, ...]
    default: Server
    loaded: tuple[Ingress, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    findings: tuple[Finding, ...] = ()
    refused: Finding | None = None
    refused_status: int | None = None
    namespace: str = "default"
    dialect: Dialect = NGINX
    lost: tuple[Lost, ...] = ()
    doubts: Doubts | None = None
    why_none: WhyNone | None = None
    contest: Contest | None = None
    addresses: tuple[str, ...] = ()

    @property
    def parts(self) -> tuple[RouteTable, ...]:
        """The tables that it is joined of, each with an address of its own; mostly itself."""
        return (self,)

    @cached_property
    def known(self) -> Known:
        """What the controller took, and what it did not."""
        entries = (one for server in (*self.servers, self.default) for one in server.entries)
        routed = {entry.route.ingress for entry in entries if entry.route is not None}
        loaded = tuple(one for one in self.loaded if one.meta.key in routed)
        published = (address for one in self.loaded for address in one.addresses)
        addresses = frozenset((*self.addresses, *published))
        unserved = tuple((one.route, one.finding) for one in self.lost)
        return Known(self.ingress_class, self.namespace, loaded, self.ignored, addresses, unserved)

    @cached_property
    def _hosts(self) -> HostIndex[Server]:
        names = (
            (name, server)
            for server in self.servers
            for name in server.names or (parse_host_name(server.host),)
        )
        return HostIndex(names, self.dialect.label)

    def servers_for(self, host: str) -> list[Server]:
        """The servers of a host as the dialect gives it, the most specific first."""
        found = {id(server): server for server in self._hosts.matching(host)}
        return [*found.values(), self.default]

    def server_for(self, host: str) -> Server:
        """The one server that a host leads to, the default one if none has its name."""
        return self._hosts.first(self.dialect.host(host) or "") or self.default

    def lost_to(self, decision: Decision) -> Finding | None:
        """Of the user's own rules: one that is never served, as another namespace's took this."""
        route = decision.route
        if route is None or route.ingress.partition("/")[0] == self.namespace:
            return None
        host = self.dialect.host(decision.request.host) or ""
        for one in self.lost:
            own = one.route.ingress.partition("/")[0] == self.namespace
            if own and one.route.path == route.path and is_for(one.route.host, host):
                return one.finding
        return None

    def decide(self, request: Request) -> Decision:
        """What happens to one request, and why."""
        request = self.dialect.read(request)
        if self.refused is not None:
            outcome = Outcome(OutcomeKind.REFUSED, self.refused_status)
            return Decision(request, outcome, None, partial(explaining.refused, self.refused))
        try:
            return self._decided(request)
        except patterns.GaveUp as error:
            return self._gave_up(request, error.pattern)

    def _decided(self, request: Request, strict: bool = True) -> Decision:
        host, path = self.dialect.host(request.host), self.dialect.path(request.path)
        if path is None or host is None:
            explain = partial(explaining.malformed, "host" if host is None else "path")
            return Decision(request, Outcome(OutcomeKind.REPLY, 400), None, explain)
        if self.dialect.every_server:
            return self._among_all(request, path, self.servers_for(host), strict)
        server = self._hosts.first(host) or self.default
        for action in server.first:
            outcome = action.outcome(request, path)
            if outcome is not None:
                explain = partial(explaining.by_server, self, server, action, request, path)
                return Decision(request, outcome, None, explain)
        winner = server.winner(path, request, strict)
        action, outcome = first_answer(winner.actions, request, path)
        explain = partial(explaining.by_entry, self, server, winner, None, action, request, path)
        return Decision(request, outcome, winner.route, explain)

    def _gave_up(self, request: Request, pattern: str) -> Decision:
        way = explaining.endless(pattern)
        if self.dialect.gives_up is None:
            decision = self._decided(request, strict=False)
            return decision.with_findings((*decision.findings, *way.findings))
        outcome = Outcome(OutcomeKind.REPLY, self.dialect.gives_up)
        return Decision(request, outcome, None, lambda: way)

    def _among_all(
        self, request: Request, path: str, servers: list[Server], strict: bool
    ) -> Decision:
        """All entries of all servers compete; servers' own actions have no place there."""
        found = [
            (entry.precedence or (position,), entry, server)
            for position, server in enumerate(servers)
            for entry in server.matching(path, request, strict)
        ]
        found.sort(key=lambda one: one[0])
        possible = list(self._possible(found, request, path))
        winner, server, action, outcome = possible[0]
        candidates = tuple(dict.fromkeys(one[3] for one in possible))
        entries = [entry for _, entry, _ in found if entry.actions]
        if winner.route is None:
            server = servers[0]
        if len(candidates) > 1:
            tied = [one[0] for one in possible]
            outcome = Outcome(OutcomeKind.UNDEFINED, candidates=candidates)
            explain = partial(explaining.tie, self, server, tied, entries)
            return Decision(request, outcome, None, explain)
        explain = partial(explaining.by_entry, self, server, winner, entries, action, request, path)
        return Decision(request, outcome, winner.route, explain)

    def _possible(
        self, found: list[_Ranked], request: Request, path: str
    ) -> Iterator[tuple[Entry, Server, Action, Outcome]]:
        """What may answer: the first entries, and those after them if one may be missing."""
        first = self._first(found, request, path)
        for _, entry, server in first:
            if entry.actions:
                yield entry, server, *first_answer(entry.actions, request, path)
        if not all(entry.actions for _, entry, _ in first):
            yield from self._possible(found[len(first) :], request, path)

    def _first(self, found: list[_Ranked], request: Request, path: str) -> list[_Ranked]:
        if self.contest is not None:
            chosen = self.contest(request, path, [entry for _, entry, _ in found])
            return [one for one in found if any(one[1] is entry for entry in chosen)]
        best = found[0][0]
        return [one for one in found if one[0] == best] if self.dialect.ties else found[:1]


def backends_of(entry: Entry) -> tuple[Backend, ...]:
    """Where an entry may send requests; () if it never does."""
    return next((a.backends for a in reversed(entry.actions) if a.backends), ())
