"""What a controller makes of a Snapshot: the RouteTable, and one request's way through it.

A table is servers (one a host) of entries in the order in which they are
tried; each entry has a matcher and actions, of which the first that answers
decides. Every controller compiles to this, so that one `decide` serves all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from kubectl_ingress.core import patterns
from kubectl_ingress.core.actions import Action, Reply
from kubectl_ingress.core.hosts import normalise_host, wildcard_of
from kubectl_ingress.core.objects import Finding, Ingress
from kubectl_ingress.core.paths import normalise
from kubectl_ingress.core.reasons import Ignored, Known, why_no_route
from kubectl_ingress.core.request import Decision, Outcome, OutcomeKind, Request, Route, Step


class MatchKind(StrEnum):
    """How a matcher compares the normalised path with its text."""

    EXACT = "exact"
    """Equal."""
    PREFIX = "prefix"
    """Begins with: plain characters, not path elements."""
    REGEX = "regex"
    """A case-insensitive PCRE found in it."""


@dataclass(frozen=True, slots=True)
class Matcher:
    """`text` is one character per byte (core.paths)."""

    kind: MatchKind
    text: str

    def matches(self, path: str) -> bool:
        """Whether a normalised path is taken."""
        if self.kind is MatchKind.EXACT:
            return path == self.text
        if self.kind is MatchKind.PREFIX:
            return path.startswith(self.text)
        return patterns.search(self.text, path, ignore_case=True) is not None


@dataclass(frozen=True, slots=True)
class Entry:
    """One matcher and what it does.

    `route` is None for what no Ingress asked for (the default 404). `implied`
    marks what the server adds by itself, so that a generated configuration
    leaves it out. `findings` go into every Decision of this entry.
    """

    matcher: Matcher
    actions: tuple[Action, ...]
    route: Route | None
    implied: bool = False
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Server:
    """The entries of one host, in the order in which they are tried.

    `host` is exact, ``*.suffix``, or "" for every other. `regex_because` names
    the Ingress that turned all paths of the host into regexes, "" if none did.
    `tls` says whether the host has a certificate entry.
    """

    host: str
    entries: tuple[Entry, ...]
    regex_because: str = ""
    tls: bool = False

    @cached_property
    def _exact(self) -> Mapping[str, int]:
        return self._first_by_text(MatchKind.EXACT)

    @cached_property
    def _prefixes(self) -> Mapping[str, int]:
        return self._first_by_text(MatchKind.PREFIX)

    @cached_property
    def _prefix_lengths(self) -> tuple[int, ...]:
        return tuple(sorted({len(text) for text in self._prefixes}))

    @cached_property
    def _regexes(self) -> tuple[tuple[int, Matcher], ...]:
        return tuple(
            (rank, entry.matcher)
            for rank, entry in enumerate(self.entries)
            if entry.matcher.kind is MatchKind.REGEX
        )

    def _first_by_text(self, kind: MatchKind) -> dict[str, int]:
        found: dict[str, int] = {}
        for rank, entry in enumerate(self.entries):
            if entry.matcher.kind is kind:
                found.setdefault(entry.matcher.text, rank)
        return found

    def matching(self, path: str) -> list[Entry]:
        """All entries that match a normalised path, the one that takes it first."""
        return [self.entries[rank] for rank in sorted(set(self._ranks(path)))]

    def _ranks(self, path: str) -> Iterator[int]:
        if path in self._exact:
            yield self._exact[path]
        for length in self._prefix_lengths:
            if length > len(path):
                break
            if (rank := self._prefixes.get(path[:length])) is not None:
                yield rank
        for rank, matcher in self._regexes:
            try:
                if matcher.matches(path):
                    yield rank
            except patterns.BadPattern:
                # Compiling was checked when the table was made; what is left is
                # the match limit, which nginx logs and counts as no match.
                continue


@dataclass(frozen=True)
class RouteTable:
    """All servers of one controller.

    `refused` is set where the controller could not load this configuration at
    all. `namespace` is the user's own, for suggested commands.
    """

    controller: str
    ingress_class: str
    servers: tuple[Server, ...]
    default: Server
    loaded: tuple[Ingress, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    findings: tuple[Finding, ...] = ()
    refused: Finding | None = None
    namespace: str = "default"

    @cached_property
    def _by_host(self) -> Mapping[str, Server]:
        return {server.host: server for server in self.servers}

    def server_for(self, host: str) -> Server:
        """The server of a host: exact, else its one-label wildcard, else the default."""
        host = normalise_host(host)
        return self._by_host.get(host) or self._by_host.get(wildcard_of(host)) or self.default

    def decide(self, request: Request) -> Decision:
        """What happens to one request, and why."""
        if self.refused is not None:
            outcome = Outcome(OutcomeKind.REFUSED)
            step = Step("configuration", self.refused.message, self.refused.object, passed=False)
            return Decision(request, outcome, None, (step,), (self.refused,))
        path = normalise(request.path)
        if path is None:
            step = Step("path", "the path is malformed or leaves the root", passed=False)
            return Decision(request, Outcome(OutcomeKind.REPLY, 400), None, (step,))
        server = self.server_for(request.host)
        matching = server.matching(path)
        # Every server ends in "/" (the compilers see to it), so there is one.
        winner = matching[0]
        return self._decided(request, path, server, winner, matching[1:])

    def _decided(
        self, request: Request, path: str, server: Server, winner: Entry, losers: list[Entry]
    ) -> Decision:
        steps = [self._host_step(server)]
        action, outcome = _first_answer(winner.actions, request, path)
        findings = list(winner.findings)
        if winner.route is None:
            reasons = self._why_no_route(server, request, path)
            findings = [*reasons, *findings]
            if server is not self.default:
                steps.append(Step("path", "no path of this host matches", passed=False))
            elif reasons:
                text = f"no Ingress of class {self.ingress_class} has this host"
                steps[0] = Step("host", text, reasons[0].object, passed=False)
        else:
            steps.append(Step("path", _matched(winner, winner.route, server), winner.route.ingress))
        steps += action.steps(request, path)
        if isinstance(action, Reply) and action.finding is not None:
            findings.insert(0, action.finding)
        runners_up = tuple(
            (entry.route, _why_lost(winner, entry, server)) for entry in losers if entry.route
        )
        return Decision(request, outcome, winner.route, tuple(steps), tuple(findings), runners_up)

    def _why_no_route(self, server: Server, request: Request, path: str) -> tuple[Finding, ...]:
        known = Known(self.ingress_class, self.namespace, self.loaded, self.ignored)
        routes = tuple(entry.route for entry in server.entries if entry.route is not None)
        return why_no_route(known, server.host, routes, request, path)

    def _host_step(self, server: Server) -> Step:
        if server is self.default:
            return Step("host", "no rule has this host; rules without a host apply")
        how = "wildcard" if server.host.startswith("*.") else "exact"
        return Step("host", f"{server.host}, {how}")


def _first_answer(
    actions: tuple[Action, ...], request: Request, path: str
) -> tuple[Action, Outcome]:
    for action in actions:
        outcome = action.outcome(request, path)
        if outcome is not None:
            return action, outcome
    raise AssertionError("the last action of an entry always answers")


def _matched(entry: Entry, route: Route, server: Server) -> str:
    if entry.matcher.kind is MatchKind.REGEX:
        return f"{entry.matcher.text}  regex, because of {server.regex_because}"
    return f"{route.path}  {route.path_type}"


def _why_lost(winner: Entry, loser: Entry, server: Server) -> str:
    if server.regex_because:
        return "a longer path is tried first"
    if winner.matcher.kind is MatchKind.EXACT and loser.matcher.kind is not MatchKind.EXACT:
        return "an exact path comes first"
    return "shorter"
