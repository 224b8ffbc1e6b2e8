"""A controller that makes several load balancers: which one a request meets, its address decides.

GKE makes one for each Ingress, the AWS Load Balancer Controller one for each
group of them. Each has a RouteTable of its own; a request tells its host and
not the address it was sent to, so the host has to do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import IntEnum
from functools import cached_property

from msgspec import Struct

from kubectl_ingress.core.actions import Action, Reply
from kubectl_ingress.core.matching import EVERYTHING
from kubectl_ingress.core.objects import Finding, Snapshot
from kubectl_ingress.core.reasons import Ignored, edit_command
from kubectl_ingress.core.request import (
    LISTENER,
    Decision,
    Outcome,
    OutcomeKind,
    Request,
    Step,
    Way,
)
from kubectl_ingress.core.table import Dialect, Entry, RouteTable, Server
from kubectl_ingress.core.text import listed

# What a load balancer may or may not normalise before it compares.
_NOT_PLAIN = re.compile(r"//|/\.\.?(/|$)|%|[^\x21-\x7e]")

NOBODY = Entry(EVERYTHING, (Reply(404),), None)
"""What no rule matches, where no default backend is set either."""


class NotListening(Action, Struct, frozen=True):
    """Refuses a request to a port, or with a scheme, that no listener is there for.

    `listeners` are the ports that are listened on, each with its scheme.
    """

    listeners: frozenset[tuple[int, str]]
    finding: Finding

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """Refused, where nobody listens."""
        if (request.listener_port, request.scheme) in self.listeners:
            return None
        return Outcome(OutcomeKind.REFUSED)

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """What is listened on."""
        return (Step(LISTENER, self.finding.message, self.finding.object, passed=False),)


def not_listening(ports: Mapping[int, str], owner: str, fix: str) -> NotListening:
    """Nobody listens but on these ports; `owner` is the object that says so."""
    listed = ", ".join(f"{scheme} on {port}" for port, scheme in sorted(ports.items())) or "nothing"
    message = f"the load balancer of {owner} listens for {listed}"
    finding = Finding("KI603", "error", message, owner, fix=fix)
    return NotListening(frozenset(ports.items()), finding)


def frozen(owner: str, problem: str, snapshot: Snapshot) -> Finding:
    """The KI501 of a load balancer whose Ingress the controller cannot translate."""
    message = f"{problem}: the load balancer is not made, or keeps its old routes"
    fix = edit_command(owner, snapshot.namespace)
    return Finding("KI501", "error", message, owner, fix=fix)


def path_doubts(request: Request) -> tuple[Finding, ...]:
    """A KI401 where the path is another one after whatever normalising there may be."""
    if _NOT_PLAIN.search(request.path) is None:
        return ()
    message = "how the load balancer normalises such a path before it compares was not measured"
    return (Finding("KI401", "warning", message),)


def without_rules(
    controller: str,
    ingress_class: str,
    snapshot: Snapshot,
    ignored: Sequence[Ignored],
    dialect: Dialect,
) -> RouteTable:
    """The table of a controller that takes no Ingress."""
    return RouteTable(
        controller=controller,
        ingress_class=ingress_class,
        servers=(),
        default=Server("", (NOBODY,)),
        ignored=tuple(ignored),
        findings=snapshot.findings,
        namespace=snapshot.namespace,
        dialect=dialect,
    )


def joined(empty: RouteTable, tables: Sequence[RouteTable]) -> RouteTable:
    """One table of several load balancers'; each of them began as a copy of `empty`."""
    if len(tables) == 1:
        return tables[0]
    return Balancers(
        controller=empty.controller,
        ingress_class=empty.ingress_class,
        servers=tuple(server for table in tables for server in table.servers),
        default=empty.default,
        loaded=tuple(ingress for table in tables for ingress in table.loaded),
        ignored=empty.ignored,
        findings=(*empty.findings, *(t.refused for t in tables if t.refused is not None)),
        namespace=empty.namespace,
        dialect=empty.dialect,
        lost=tuple(lost for table in tables for lost in table.lost),
        tables=tuple(tables),
    )


class Balancers(RouteTable, frozen=True, dict=True):
    """The load balancers of one controller, each with its table.

    DNS is taken to lead a host to the one with the most specific rule for it.
    Where several are as specific, nobody can tell which one is asked.
    """

    tables: tuple[RouteTable, ...] = ()

    @property
    def parts(self) -> tuple[RouteTable, ...]:
        """The tables of the load balancers."""
        return self.tables

    @cached_property
    def _by_host(self) -> dict[str, list[RouteTable]]:
        """By the hosts that are written, those among them that led to no server, too."""
        found: dict[str, dict[int, RouteTable]] = {}
        for number, table in enumerate(self.tables):
            hosts = [server.host for server in table.servers]
            hosts += [rule.host for ingress in table.loaded for rule in ingress.rules]
            for host in hosts:
                if host and not host.startswith("*."):
                    found.setdefault(host, {})[number] = table
        return {host: list(tables.values()) for host, tables in found.items()}

    def _asked(self, host: str) -> tuple[list[RouteTable], bool]:
        """The load balancers that may be asked for a host, and whether they have a rule for it."""
        if host in self._by_host:
            return self._by_host[host], True
        fits = [_fit(table, host) for table in self.tables]
        best = max(fits, default=_NO_RULE)
        tables = [table for table, fit in zip(self.tables, fits, strict=True) if fit == best]
        return tables, best != _NO_RULE

    def decide(self, request: Request) -> Decision:
        """What happens to one request, and why."""
        asked, known = self._asked(self.dialect.host(request.host) or "")
        decisions = [table.decide(request) for table in asked]
        if not known:
            # Nobody has a rule for it: what counts is what the listeners themselves do.
            told = [_tells(table, one) for table, one in zip(asked, decisions, strict=True)]
            most = max(told, default=_Tells.MISS)
            if most is _Tells.MISS:
                return super().decide(request)
            decisions = [one for one, tells in zip(decisions, told, strict=True) if tells is most]
        outcomes = tuple(dict.fromkeys(decision.outcome for decision in decisions))
        if len(outcomes) == 1:
            return decisions[0]
        return Decision(
            request,
            Outcome(OutcomeKind.UNDEFINED, candidates=outcomes),
            None,
            lambda: _which(request, asked, decisions),
        )


_NO_RULE = (0, 0)


def _fit(table: RouteTable, host: str) -> tuple[int, int]:
    """How specific its rule for a host that nobody names is: a wildcard by length, any, none."""
    server = table.server_for(host)
    if server is not table.default:
        return 2, len(server.host)
    return (1, 0) if any(entry.route for entry in server.entries) else _NO_RULE


class _Tells(IntEnum):
    """How much the answer of one load balancer without a rule for the host counts."""

    CLOSED = 0
    MISS = 1
    FROZEN = 2
    ANSWER = 3


def _tells(table: RouteTable, decision: Decision) -> _Tells:
    if table.refused is not None:
        return _Tells.FROZEN
    if decision.outcome.kind is OutcomeKind.REFUSED:
        return _Tells.CLOSED
    return _Tells.MISS if decision.outcome.kind is OutcomeKind.REPLY else _Tells.ANSWER


def _which(request: Request, tables: Sequence[RouteTable], decisions: Sequence[Decision]) -> Way:
    owners = [table.loaded[0].meta.key for table in tables if table.loaded]
    message = (
        f"{len(tables)} load balancers may be asked for {request.host or 'this host'}, each with an"
        f" address and an answer of its own: those of {listed(owners)}"
    )
    finding = Finding("KI205", "error", message, fix="kubectl get ingress -A")
    runners_up = tuple((d.route, "on a load balancer of its own") for d in decisions if d.route)
    return Way((Step("address", message, passed=False),), (finding,), runners_up)
