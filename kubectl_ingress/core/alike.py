"""Whether two tables decide alike, by requests for everything that either of them has.

Not a proof for all requests: one or two for each path that is matched, in both schemes. What an
edit of a manifest does to the routes of others shows in these.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.core.request import Decision, Outcome, OutcomeKind, Request, Route
from kubectl_ingress.core.routes import witness_requests
from kubectl_ingress.core.table import RouteTable

_SCHEMES = ("http", "https")


class Difference(Struct, frozen=True):
    """A request that two tables decide otherwise; None where a class has no table any more."""

    request: Request
    before: Decision | None
    after: Decision | None

    @property
    def owners(self) -> frozenset[str]:
        """``Kind namespace/name`` of what has the routes that took it."""
        routes = (one.route for one in (self.before, self.after) if one is not None)
        return frozenset(f"{one.kind} {one.ingress}" for one in routes if one is not None)

    @property
    def gives_to(self) -> str:
        """Whose route takes it afterwards, from a route that is not of its host; "" else."""
        before, after = _route(self.before), _route(self.after)
        if after is None or before is None or before.host == after.host or before.host:
            return ""
        return f"{after.kind} {after.ingress}"

    @property
    def is_lost(self) -> bool:
        """Whether chance decides afterwards where it did not before."""
        return _kind(self.after) is OutcomeKind.UNDEFINED is not _kind(self.before)


def differences(before: Sequence[RouteTable], after: Sequence[RouteTable]) -> Iterator[Difference]:
    """What differs between the tables of one controller and class, each request once.

    What a controller cannot load is compared as if it could: it will, once it is mended.
    """
    old, new = _by_name(before), _by_name(after)
    for name in dict.fromkeys((*old, *new)):
        tables = [one for one in (old.get(name), new.get(name)) if one is not None]
        for request in dict.fromkeys(_requests(tables)):
            one, other = _decide(old.get(name), request), _decide(new.get(name), request)
            # Where one is not there, what the other answers of its own accord is no change.
            own = len(tables) > 1
            if _essence(one, own) != _essence(other, own):
                yield Difference(request, one, other)


def _by_name(tables: Iterable[RouteTable]) -> dict[tuple[str, str], RouteTable]:
    return {
        (one.controller, one.ingress_class): replace(one, refused=None) if one.refused else one
        for one in tables
    }


def _requests(tables: Sequence[RouteTable]) -> Iterator[Request]:
    equal = _equal_hosts(*tables) if len(tables) > 1 else frozenset()
    for table in tables:
        for request in witness_requests(table, equal):
            yield from (replace(request, scheme=scheme) for scheme in _SCHEMES)


def _equal_hosts(before: RouteTable, after: RouteTable) -> frozenset[str]:
    """Hosts whose servers are the same and decide alone, so that nothing can differ."""
    tables = (before, after)
    if any(one.dialect.every_server or len(one.parts) != 1 for one in tables):
        return frozenset()
    old, new = ({server.host: server for server in one.servers} for one in tables)
    names = [[(server.host, server.names) for server in one.servers] for one in tables]
    if names[0] != names[1]:
        return frozenset()
    return frozenset(host for host, server in old.items() if server == new[host])


def _decide(table: RouteTable | None, request: Request) -> Decision | None:
    return table.decide(request) if table is not None else None


def _route(decision: Decision | None) -> Route | None:
    return decision.route if decision is not None else None


def _kind(decision: Decision | None) -> OutcomeKind | None:
    return decision.outcome.kind if decision is not None else None


def _essence(decision: Decision | None, own: bool) -> tuple[str, str, Outcome] | None:
    """What a client notices, and whose route it was; `own`: of nobody's route too."""
    if decision is None:
        return None
    route, outcome = decision.route, decision.outcome
    if route is None:
        return ("", "", outcome) if own else None
    return route.kind, route.ingress, outcome
