"""What a controller makes of a Snapshot: the RouteTable, and one request's way through it.

A table is servers (one a host) of entries in the order in which they are
tried; each entry has a matcher and actions, of which the first that answers
decides. Every controller compiles to this, so that one `decide` serves all;
how it reads a request, and whether servers compete, is its Dialect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial

from kubectl_ingress.core import patterns
from kubectl_ingress.core.actions import Action
from kubectl_ingress.core.hosts import HostIndex, normalise_host, parse_host_name
from kubectl_ingress.core.matching import Matcher, MatchKind
from kubectl_ingress.core.objects import Finding, Ingress
from kubectl_ingress.core.paths import normalise
from kubectl_ingress.core.reasons import Ignored, Known, why_no_route
from kubectl_ingress.core.request import (
    Backend,
    Decision,
    Outcome,
    OutcomeKind,
    Request,
    Route,
    Step,
    Way,
)
from kubectl_ingress.core.server import Entry, Server

__all__ = ["Dialect", "Doubts", "Entry", "Lost", "MatchKind", "Matcher", "RouteTable", "Server"]

Doubts = Callable[[Request, Route | None], tuple[Finding, ...]]
"""What nobody has measured about a request that a route takes."""

Contest = Callable[[Request, str, "list[Entry]"], "list[Entry]"]
"""Of the entries that take a request and its path, by precedence: which may answer it."""

WhyNone = Callable[[Request, "tuple[Server, ...]"], tuple[Finding, ...]]
"""Why no route takes a request, the most telling first; the servers are those of its host."""


@dataclass(frozen=True, slots=True)
class Dialect:
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


@dataclass(frozen=True, slots=True)
class Lost:
    """A rule that is never served, and why."""

    route: Route
    backend: str
    finding: Finding


@dataclass(frozen=True)
class RouteTable:
    """All servers of one controller.

    `default` takes the hosts that no server has a name for. `refused` is set
    where the controller could not load this configuration at all, and answers
    `refused_status`, None where nothing listens then. `lost` are the rules that it
    takes nothing of. `namespace` is the user's own, for suggested commands.
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

    @property
    def parts(self) -> tuple[RouteTable, ...]:
        """The tables that it is joined of, each with an address of its own; mostly itself."""
        return (self,)

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

    def decide(self, request: Request) -> Decision:
        """What happens to one request, and why."""
        request = self.dialect.read(request)
        if self.refused is not None:
            return self._refused(request, self.refused)
        try:
            return self._decided(request)
        except patterns.GaveUp as error:
            return self._gave_up(request, error.pattern)

    def _decided(self, request: Request, strict: bool = True) -> Decision:
        host, path = self.dialect.host(request.host), self.dialect.path(request.path)
        if path is None or host is None:
            return _malformed(request, "host" if host is None else "path")
        if self.dialect.every_server:
            return self._among_all(request, path, self.servers_for(host), strict)
        server = self._hosts.first(host) or self.default
        for action in server.first:
            outcome = action.outcome(request, path)
            if outcome is not None:
                return self._by_server(request, path, server, action, outcome)
        winner = server.winner(path, request, strict)
        action, outcome = _first_answer(winner, request, path)
        explain = partial(self._way, request, path, server, [winner], action)
        return Decision(request, outcome, winner.route, explain)

    def _refused(self, request: Request, finding: Finding) -> Decision:
        step = Step("configuration", finding.message, finding.object, passed=False)
        outcome, way = Outcome(OutcomeKind.REFUSED, self.refused_status), Way((step,), (finding,))
        return Decision(request, outcome, None, lambda: way)

    def _gave_up(self, request: Request, pattern: str) -> Decision:
        message = f"the pattern {pattern} backtracks so long on this path that matching gives up"
        fix = "write it without repetitions inside repetitions, as in (a+)+"
        finding = Finding("KI505", "error", message, fix=fix)
        if self.dialect.gives_up is None:
            decision = self._decided(request, strict=False)
            return decision.with_findings((*decision.findings, finding))
        way = Way((Step("path", message, passed=False),), (finding,))
        outcome = Outcome(OutcomeKind.REPLY, self.dialect.gives_up)
        return Decision(request, outcome, None, lambda: way)

    def _by_server(
        self, request: Request, path: str, server: Server, action: Action, outcome: Outcome
    ) -> Decision:
        steps = (self._host_step(server), *action.steps(request, path))
        findings = action.findings(request, path)
        return Decision(request, outcome, None, lambda: Way(steps, findings))

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
            return Decision(request, outcome, None, lambda: self._tie(server, tied, entries))
        losers = [winner, *(entry for entry in entries if entry is not winner)]
        explain = partial(self._way, request, path, server, losers, action)
        return Decision(request, outcome, winner.route, explain)

    def _possible(
        self, found: list[_Ranked], request: Request, path: str
    ) -> Iterator[tuple[Entry, Server, Action, Outcome]]:
        """What may answer: the first entries, and those after them if one may be missing."""
        first = self._first(found, request, path)
        for _, entry, server in first:
            if entry.actions:
                yield entry, server, *_first_answer(entry, request, path)
        if not all(entry.actions for _, entry, _ in first):
            yield from self._possible(found[len(first) :], request, path)

    def _first(self, found: list[_Ranked], request: Request, path: str) -> list[_Ranked]:
        if self.contest is not None:
            chosen = self.contest(request, path, [entry for _, entry, _ in found])
            return [one for one in found if any(one[1] is entry for entry in chosen)]
        best = found[0][0]
        return [one for one in found if one[0] == best] if self.dialect.ties else found[:1]

    def _tie(self, server: Server, tied: list[Entry], entries: list[Entry]) -> Way:
        message = f"{self.controller} leaves it to chance which of these answers: {_rivals(tied)}"
        finding = Finding("KI503", "error", message)
        steps = (self._host_step(server), Step("path", message, passed=False))
        losers = [(e.route, e.standing) for e in entries if e not in tied and e.route]
        return Way(steps, (finding,), tuple(losers))

    def _way(
        self, request: Request, path: str, server: Server, found: list[Entry], action: Action
    ) -> Way:
        winner = found[0]
        losers = found[1:]
        if not self.dialect.every_server:
            losers = [e for e in server.matching(path, request, False) if e is not winner]
        steps = [self._host_step(server)]
        findings = list(winner.findings)
        if winner.route is None:
            reasons = self._why_no_route(server, request, path)
            findings = [*reasons, *findings]
            if self.why_none is not None:
                steps = [Step("host", one.message, one.object, passed=False) for one in reasons[:1]]
            elif server is not self.default:
                steps.append(Step("path", "no path of this host matches", passed=False))
            elif reasons:
                text = f"no Ingress of class {self.ingress_class} has this host"
                steps[0] = Step("host", text, reasons[0].object, passed=False)
        else:
            steps += _path_steps(winner, winner.route, server)
        steps += action.steps(request, path)
        findings[:0] = action.findings(request, path)
        if self.doubts is not None:
            findings += self.doubts(request, winner.route)
        runners_up = tuple(
            (entry.route, _why_lost(winner, entry, server)) for entry in losers if entry.route
        )
        return Way(tuple(steps), tuple(findings), runners_up)

    def _why_no_route(self, server: Server, request: Request, path: str) -> tuple[Finding, ...]:
        if self.why_none is not None:
            servers = self.servers_for(self.dialect.host(request.host) or "")
            return self.why_none(request, tuple(one for one in servers if one is not self.default))
        known = Known(self.ingress_class, self.namespace, self.loaded, self.ignored)
        routes = tuple(entry.route for entry in server.entries if entry.route is not None)
        return why_no_route(known, server.host, routes, request, path)

    def _host_step(self, server: Server) -> Step:
        if server is self.default:
            return Step("host", "no rule has this host; rules without a host apply")
        how = "wildcard" if server.host.startswith("*.") else "exact"
        return Step("host", f"{server.host}, {how}")


def _malformed(request: Request, what: str) -> Decision:
    texts = {
        "host": "the Host header is empty or malformed",
        "path": "the path is malformed or leaves the root",
    }
    way = Way((Step(what, texts[what], passed=False),))
    return Decision(request, Outcome(OutcomeKind.REPLY, 400), None, lambda: way)


def _first_answer(entry: Entry, request: Request, path: str) -> tuple[Action, Outcome]:
    for action in entry.actions:
        outcome = action.outcome(request, path)
        if outcome is not None:
            return action, outcome
    raise AssertionError("the last action of an entry always answers")


def backends_of(entry: Entry) -> tuple[Backend, ...]:
    """Where an entry may send requests; () if it never does."""
    return next((a.backends for a in reversed(entry.actions) if a.backends), ())


def _path_steps(entry: Entry, route: Route, server: Server) -> Iterator[Step]:
    source = f"{route.kind} {route.ingress}" if "/" in route.ingress else route.ingress
    if entry.matcher.kind is MatchKind.REGEX and server.regex_because:
        text = f"every path is a regex, because of {server.regex_because}"
        yield Step("mode", text, server.regex_because, field=server.regex_field)
        yield Step("path", f"{entry.matcher.text}  ({route.path} {route.path_type})", source)
    elif not route.path:
        yield Step("path", "no rule matches", source, field=("spec", "defaultBackend"))
    else:
        yield Step("path", f"{route.path}  {route.path_type}", source, field=route.field)


def _rivals(tied: list[Entry]) -> str:
    names = [*dict.fromkeys(map(_named, tied))]
    if len(names) > 1:
        return " or ".join(names)
    routes = (entry.route for entry in tied if entry.route)
    paths = dict.fromkeys(f"{route.path} ({route.path_type})" for route in routes)
    return f"{' or '.join(paths)} of {names[0]}"


def _named(entry: Entry) -> str:
    return entry.route.ingress if entry.route else "the controller itself"


def _why_lost(winner: Entry, loser: Entry, server: Server) -> str:
    if winner.standing and loser.standing:
        return f"{loser.standing} comes after {winner.standing}"
    if server.regex_because:
        return "a longer path is tried first"
    if winner.matcher.kind is MatchKind.EXACT and loser.matcher.kind is not MatchKind.EXACT:
        return "an exact path comes first"
    return "shorter"
