"""A route test made of the routes themselves: one request for each, and what it must lead to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.core.objects import Snapshot
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
) -> OwnTests:
    """The tests of a controller's routes, in the order of `rows`.

    Of one namespace where it is given; `settings` are what the controller was told.
    """
    tests: list[dict[str, object]] = []
    comments: dict[tuple[str | int, ...], str] = {}
    left_out = []
    names: set[str] = set()
    for part in table.parts:
        # What the routes are for, also while the controller cannot load them.
        healthy = replace(part, refused=None)
        found = [row for row in rows(healthy, snapshot) if namespace in ("", row.namespace)]
        requests = _requests(healthy, found)
        for row in found:
            request = requests.get(row.route)
            if row.state in (DEAD, LOST) or request is None:
                left_out.append(f"{_name(row)}: {_why_not(row)}")
                continue
            comments["tests", len(tests)] = _remark(row)
            expect = _expected(row, healthy.decide(request).outcome)
            tests.append(_test(_unlike(_name(row), names), request, expect))
    head: dict[str, object] = {"apiVersion": API_VERSION, "kind": KIND}
    head["controller"] = table.controller
    if settings:
        head["settings"] = dict(settings)
    comments[()] = "\n".join(_heading(table, left_out))
    document = {**head, "tests": tests} if tests else None
    return OwnTests(document, comments, tuple(left_out))


def _test(name: str, request: Request, expect: dict[str, object]) -> dict[str, object]:
    asked = {"url": request.url}
    if request.method != "GET":
        asked["method"] = request.method
    return {"name": name, "request": asked, "expect": expect}


def _requests(table: RouteTable, found: Iterable[Row]) -> dict[Route, Request]:
    """The first request that each route takes; over TLS where its host has a certificate."""
    secure = {row.route: row.certificate is not None for row in found}
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
    if row.problem and row.destinations:
        # The route is broken, and shall not pass for one that answers 503.
        first = row.destinations[0]
        written = f"{first.namespace}/{first.service}" + (f":{first.port}" if first.port else "")
        return {"status": [*_ALIVE], "backend": written}
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
