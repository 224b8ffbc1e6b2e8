"""A table as the proxy serves it, and what it has to know of a request beside the outcome."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.controllers._ingress_nginx.canary import Send
from kubectl_ingress.controllers._ingress_nginx.error_pages import ErrorPages
from kubectl_ingress.controllers._ingress_nginx.limits import ClientLimits
from kubectl_ingress.controllers._ingress_nginx.rewriting import EmptyPath
from kubectl_ingress.controllers._ingress_nginx.sizes import NGINX_BODY, UNLIMITED
from kubectl_ingress.core.actions import Action
from kubectl_ingress.core.guards import BodyLimit
from kubectl_ingress.core.patterns import GaveUp
from kubectl_ingress.core.request import Backend, Outcome, OutcomeKind, Request, Step
from kubectl_ingress.core.table import Entry, RouteTable, Server
from kubectl_ingress.dataplane.limiting import Buckets, Limited


class Pages(Action, Struct, frozen=True):
    """Which statuses of an entry, the proxy's own and endpoints', `backend` answers instead."""

    codes: frozenset[int]
    backend: Backend | None

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """None: the status is not known yet."""
        return None

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Nobody asks a proxy why."""
        return ()


class Asked(Struct, frozen=True):
    """One request's outcome; `body` is how many bytes it may send.

    `pages` are those of its entry, `code` is what its backend is told it answers for.
    """

    outcome: Outcome
    body: int = NGINX_BODY
    pages: Pages | None = None
    code: int | None = None


def proxied(table: RouteTable, buckets: Buckets) -> RouteTable:
    """The same table with its limits kept in `buckets`, and its error pages apart."""

    def actions(all_of_them: tuple[Action, ...]) -> Iterator[Action]:
        for action in all_of_them:
            match action:
                case ClientLimits():
                    yield Limited(action, buckets)
                case ErrorPages(inner=inner, codes=codes, backend=backend):
                    yield Pages(codes, backend)
                    yield from actions(inner)
                case _:
                    yield action

    def server(one: Server) -> Server:
        entries = (replace(entry, actions=tuple(actions(entry.actions))) for entry in one.entries)
        return replace(one, entries=tuple(entries))

    servers = tuple(map(server, table.servers))
    return replace(table, servers=servers, default=server(table.default))


def without_effect(table: RouteTable) -> Iterator[str]:
    """What the proxy does not do and nginx would, in sentences."""
    for server in (table.default, *table.servers):
        for entry in server.entries:
            for action in entry.actions:
                if isinstance(action, Limited) and action.limits.connections:
                    yield f"Ingress {action.limits.owner}: limit-connections has no effect here"


def ask(table: RouteTable, request: Request) -> Asked:
    """What becomes of a request; `table` is as `proxied` has made it."""
    asked = Asked(table.decide(request).outcome)
    entry = _entry(table, request)
    for action in entry.actions if entry else ():
        match action:
            case BodyLimit(limit=limit):
                asked = replace(asked, body=limit or UNLIMITED)
            case Pages():
                asked = replace(asked, pages=action)
            case EmptyPath() if _answers(action, table, request, asked.outcome):
                # For a path that is not there nginx finds no page either.
                asked = replace(asked, pages=None)
            case Send(instead_of=code) if asked.outcome.kind is OutcomeKind.FORWARD:
                asked = replace(asked, code=code)
    return asked


def _answers(action: Action, table: RouteTable, request: Request, outcome: Outcome) -> bool:
    path = table.dialect.path(request.path)
    return path is not None and action.outcome(request, path) == outcome


def _entry(table: RouteTable, request: Request) -> Entry | None:
    """The entry that takes a request, None where none does."""
    request = table.dialect.read(request)
    host, path = table.dialect.host(request.host), table.dialect.path(request.path)
    if host is None or path is None:
        return None
    try:
        return next(table.servers_for(host)[0].matching(path, request), None)
    except GaveUp:
        return None
