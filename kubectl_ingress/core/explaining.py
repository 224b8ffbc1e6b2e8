"""How a decision of a table came about: steps, findings, and the routes that lost.

Worked out only when somebody asks, so nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from kubectl_ingress.core.actions import Action
from kubectl_ingress.core.matching import MatchKind
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.reasons import of_class, why_no_route, with_answer
from kubectl_ingress.core.request import (
    CONFIGURATION,
    OutcomeKind,
    Request,
    Route,
    Step,
    Way,
)
from kubectl_ingress.core.server import Entry, Server

if TYPE_CHECKING:
    from kubectl_ingress.core.table import RouteTable

_MALFORMED = {
    "host": "the Host header is empty or malformed",
    "path": "the path is malformed or leaves the root",
}


def refused(finding: Finding) -> Way:
    """The controller could not load its configuration."""
    step = Step(CONFIGURATION, finding.message, finding.object, False, finding.field)
    return Way((step,), (finding,))


def malformed(what: str) -> Way:
    """The controller cannot read the host or the path of a request."""
    return Way((Step(what, _MALFORMED[what], passed=False),))


def endless(pattern: str) -> Way:
    """Matching a pattern exceeded the limit."""
    message = f"the pattern {pattern} backtracks so long on this path that matching gives up"
    fix = "write it without repetitions inside repetitions, as in (a+)+"
    finding = Finding("KI505", "error", message, fix=fix)
    return Way((Step("path", message, passed=False),), (finding,))


def by_server(
    table: RouteTable, server: Server, action: Action, request: Request, path: str
) -> Way:
    """What a server does before it looks for an entry."""
    steps = (_host_step(table, server), *action.steps(request, path))
    return Way(steps, action.findings(request, path))


def tie(table: RouteTable, server: Server, tied: list[Entry], entries: list[Entry]) -> Way:
    """Chance decides among the `tied` ones of the entries that take a request."""
    message = f"{table.controller} leaves it to chance which of these answers: {_rivals(tied)}"
    finding = Finding("KI503", "error", message)
    steps = (_host_step(table, server), Step("path", message, passed=False))
    losers = [(e.route, e.standing) for e in entries if e not in tied and e.route]
    return Way(steps, (finding,), tuple(losers))


def by_entry(
    table: RouteTable,
    server: Server,
    winner: Entry,
    rivals: Sequence[Entry] | None,
    action: Action,
    request: Request,
    path: str,
) -> Way:
    """An entry has taken the request; `rivals` take it too, None for those of its server."""
    outcome = action.outcome(request, path)
    if winner.route is None and outcome is not None and outcome.kind is OutcomeKind.REFUSED:
        # What is not taken at all is held against no rule.
        return Way(action.steps(request, path), action.findings(request, path))
    if rivals is None:
        rivals = list(server.matching(path, request, strict=False))
    if winner.route is not None:
        reasons: tuple[Finding, ...] = ()
        steps = [_host_step(table, server), *_path_steps(winner, winner.route, server)]
    else:
        found = _why_no_route(table, server, request, path)
        reasons = tuple(with_answer(one, outcome) for one in found) if outcome else found
        steps = _no_route_steps(table, server, reasons)
    findings = [*action.findings(request, path), *reasons, *winner.findings]
    if reasons:
        # Why it gets no further says more than what is uncertain about that.
        findings.sort(key=lambda one: one.code == "KI401")
    if table.doubts is not None:
        findings += table.doubts(request, winner.route)
    runners_up = tuple(
        (entry.route, _why_lost(winner, entry, server))
        for entry in rivals
        if entry is not winner and entry.route
    )
    return Way((*steps, *action.steps(request, path)), tuple(findings), runners_up)


def _why_no_route(
    table: RouteTable, server: Server, request: Request, path: str
) -> tuple[Finding, ...]:
    if table.why_none is not None:
        servers = table.servers_for(table.dialect.host(request.host) or "")
        named = tuple(one for one in servers if one is not table.default)
        return table.why_none(table, request, named)
    routes = tuple(entry.route for entry in server.entries if entry.route is not None)
    return why_no_route(table.known, server.host, routes, request, path)


def _no_route_steps(table: RouteTable, server: Server, reasons: tuple[Finding, ...]) -> list[Step]:
    if table.why_none is not None:
        return [Step("host", one.message, one.object, passed=False) for one in reasons[:1]]
    if server is not table.default:
        missing = Step("path", "no path of this host matches", passed=False)
        return [_host_step(table, server), missing]
    if not reasons:
        return [_host_step(table, server)]
    text = f"no Ingress {of_class(table.ingress_class)} has this host"
    return [Step("host", text, reasons[0].object, passed=False)]


def _host_step(table: RouteTable, server: Server) -> Step:
    if server is table.default:
        return Step("host", "no rule has this host; rules without a host apply")
    how = "wildcard" if server.host.startswith("*.") else "exact"
    return Step("host", f"{server.host}, {how}")


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
