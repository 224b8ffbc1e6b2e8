"""A route test made of the routes themselves: a request for each, some beside, and what comes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from kubectl_ingress.core.objects import Snapshot
from kubectl_ingress.core.own_requests import Beside, beside
from kubectl_ingress.core.request import Outcome, OutcomeKind, Request, Route
from kubectl_ingress.core.route_test import API_VERSION, KIND
from kubectl_ingress.core.routes import CHANCE, DEAD, LOST, Row, rows, witness_requests
from kubectl_ingress.core.table import RouteTable
from kubectl_ingress.core.text import printable

# Whatever the application makes of a path that was made up: it answered, and is not broken.
_ALIVE = ["2xx", "3xx", "4xx"]


class OwnTests(Struct, frozen=True):
    """A document of kind RouteTest; `comments` are by path, as ports.yaml_dump has them.

    `document` is None where no route can be tested. `left_out` says of each such route why.
    """

    document: dict[str, object] | None
    comments: Mapping[tuple[str | int, ...], str]
    left_out: tuple[str, ...]


def own_tests(
    table: RouteTable,
    snapshot: Snapshot,
    namespace: str = "",
    settings: Mapping[str, object] | None = None,
    *,
    everywhere: bool = True,
) -> OwnTests:
    """The tests of a controller's routes, in the order of `rows`, and behind them what is beside.

    Of one namespace where it is given; `settings` are what the controller was told.
    `everywhere` is whether it has an address also for requests that no route takes.
    """
    making = _Making()
    for part in table.parts:
        # What the routes are for, also while the controller cannot load them.
        healthy = replace(part, refused=None)
        found = [row for row in rows(healthy, snapshot) if namespace in ("", row.namespace)]
        tested = making.routes(healthy, found)
        more = beside(healthy, snapshot, tested, everywhere=everywhere, whole=not namespace)
        making.beside(more)
    head: dict[str, object] = {"apiVersion": API_VERSION, "kind": KIND}
    head["controller"] = table.controller
    if settings:
        head["settings"] = dict(settings)
    comments = {**making.comments, (): "\n".join(_heading(table, making.left_out))}
    document = {**head, "tests": making.tests} if making.tests else None
    return OwnTests(document, comments, tuple(making.left_out))


class _Making(Struct):
    """The tests so far."""

    tests: list[dict[str, object]] = field(default_factory=list)
    comments: dict[tuple[str | int, ...], str] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def routes(self, table: RouteTable, found: Iterable[Row]) -> list[tuple[Row, Request]]:
        """One for each route; the rows of those that have one, with their requests."""
        requests = _requests(table, found)
        tested: dict[Route, tuple[Row, Request]] = {}
        for row in found:
            request = requests.get(row.route)
            if row.state in (DEAD, LOST) or request is None:
                self.left_out.append(f"{_name(row)}: {_why_not(row)}")
            elif row.route not in tested:
                tested[row.route] = (row, request)
                expect = _expected(row, table.decide(request).outcome)
                self._add(_name(row), _remark(row), request, expect)
        return [*tested.values()]

    def beside(self, found: Iterable[Beside]) -> None:
        """Those that are about no route alone."""
        for one in found:
            outcome, row = one.outcome, one.row
            where = _name(row) if row else f"{one.request.host}{one.request.path}"
            if outcome is None:
                self.left_out.append(f"{where}, {one.what}: no request could be made up for it")
                continue
            expect = _expected(row, outcome) if row else _expected_of(outcome)
            # Shares take many requests, and the route's own test measures them.
            expect.pop("weight", None)
            self._add(f"{where}, {one.what}", printable(one.remark), one.request, expect)

    def _add(self, name: str, remark: str, request: Request, expect: dict[str, object]) -> None:
        self.comments["tests", len(self.tests)] = remark
        self.tests.append(_test(_unlike(name, self.names), request, expect))


def _test(name: str, request: Request, expect: dict[str, object]) -> dict[str, object]:
    asked: dict[str, object] = {"url": request.url}
    if request.method != "GET":
        asked["method"] = request.method
    for header, value in request.headers:
        if header == "Cookie":
            cookie, _, text = value.partition("=")
            asked["cookies"] = {cookie: text}
        else:
            asked["headers"] = {header: value}
    return {"name": name, "request": asked, "expect": expect}


def _requests(table: RouteTable, found: Iterable[Row]) -> dict[Route, Request]:
    """The first request that each route takes; over TLS where its host has a certificate."""
    secure: dict[Route, bool] = {}
    for row in found:
        secure[row.route] = secure.get(row.route, False) or row.certificate is not None
    fitting: dict[Route, Request] = {}
    other: dict[Route, Request] = {}
    for request in witness_requests(table):
        for tried in dict.fromkeys((request, replace(request, scheme="https"))):
            route = table.decide(tried).route
            if route in secure:
                fits = secure[route] is (tried.scheme == "https")
                (fitting if fits else other).setdefault(route, tried)
    return {**other, **fitting}


def _expected(row: Row, outcome: Outcome) -> dict[str, object]:
    if outcome.kind is OutcomeKind.REPLY and row.problem and row.destinations:
        # The route is broken, and shall not pass for one that answers 503.
        first = row.destinations[0]
        written = f"{first.namespace}/{first.service}" + (f":{first.port}" if first.port else "")
        return {"status": [*_ALIVE], "backend": written}
    return _expected_of(outcome)


def _expected_of(outcome: Outcome) -> dict[str, object]:
    match outcome.kind:
        case OutcomeKind.UNDEFINED:
            return {"undefined": True}
        case OutcomeKind.REDIRECT:
            return {"status": outcome.status, "location": outcome.location}
        case OutcomeKind.FORWARD:
            found: dict[str, object] = {"status": [*_ALIVE], **_backends(outcome)}
            if outcome.upstream_path is not None:
                found["upstreamPath"] = outcome.upstream_path
            return found
    return {"status": outcome.status}


def _backends(outcome: Outcome) -> dict[str, object]:
    shares = {str(one): one.weight for one in outcome.backends if one.weight and not one.status}
    total = sum(one.weight for one in outcome.backends)
    if len(shares) == 1 and sum(shares.values()) == total:
        return {"backend": next(iter(shares))}
    percents = {name: round(100 * share / total, 1) for name, share in shares.items()}
    return {
        "weight": {name: int(one) if one == int(one) else one for name, one in percents.items()}
    }


def _name(row: Row) -> str:
    route = row.route
    where = f"{route.host or 'any host'}{route.path or ' (default backend)'}"
    return f"{route.ingress}: {where}"


def _unlike(name: str, names: set[str]) -> str:
    number, tried = 1, name
    while tried in names:
        number += 1
        tried = f"{name} ({number})"
    names.add(tried)
    return tried


def _remark(row: Row) -> str:
    parts = [f"{row.route.kind} {row.route.ingress}", row.route.path_type]
    if row.matcher != row.route.path:
        parts.append(f"compared with {row.matcher}")
    if row.state == CHANCE:
        parts.append("left to chance")
    if row.problem:
        parts.append(f"broken: {row.problem}")
    return printable(", ".join(filter(None, parts)))


def _why_not(row: Row) -> str:
    if row.state == LOST:
        return f"never served: {row.because}"
    if row.state == DEAD:
        return f"dead: {row.by or 'another route'} takes its requests"
    return "no request could be made up for it"


def _heading(table: RouteTable, left_out: Iterable[str]) -> Iterator[str]:
    yield f"The routes of {table.controller}, as `kubectl ingress test --all` found them."
    yield "Sent again by: kubectl ingress test --spec FILE"
    for line in left_out:
        yield printable(f"Not tested: {line}")
