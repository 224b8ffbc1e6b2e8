"""Extra requests per host: plain http, canaries, aliases, redirects of a whole host, 404s.

They are sent beside the one for each route. Their number is bounded: for
each Ingress of a host one by http, for each host three and one for each other
name, for each route one for the header and one for the cookie of each canary
that answers then. What becomes of them is for the table to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.core.hosts import NameKind, parse_host_name
from kubectl_ingress.core.objects import Ingress, Snapshot
from kubectl_ingress.core.request import Outcome, OutcomeKind, Request
from kubectl_ingress.core.routes import Row
from kubectl_ingress.core.table import RouteTable
from kubectl_ingress.core.witness import FRESH, example

_CANARY = "canary"
_BY_HEADER, _BY_VALUE, _BY_PATTERN, _BY_COOKIE = (
    *("canary-by-header", "canary-by-header-value", "canary-by-header-pattern"),
    "canary-by-cookie",
)
_UNASKED = (OutcomeKind.UNDEFINED, OutcomeKind.REFUSED)


class Beside(Struct, frozen=True):
    """One more request; `what` says which, `row` is the route that it is about, if any.

    `outcome` is what is predicted, None where no request could be made up.
    """

    what: str
    request: Request
    outcome: Outcome | None
    row: Row | None = None
    remark: str = ""


def beside(
    table: RouteTable,
    snapshot: Snapshot,
    tested: Sequence[tuple[Row, Request]],
    *,
    everywhere: bool,
    whole: bool,
) -> Iterator[Beside]:
    """Those for routes, each `tested` by a request, in their order, then for their hosts.

    `everywhere` is whether the controller has an address also for requests that no
    route takes, `whole` whether all its routes are among them, so that of hosts without
    any something can be said.
    """
    canaries = _canaries(snapshot)
    by_host: dict[str, tuple[Row, Request]] = {}
    seen: set[tuple[str, str]] = set()
    for row, request in tested:
        host = row.route.host
        by_host.setdefault(host, (row, request))
        if request.scheme == "https" and (host, row.route.ingress) not in seen:
            seen.add((host, row.route.ingress))
            yield from _plain(table, row, request)
        for canary in canaries.get(host, ()):
            yield from _of_canary(table, row, request, canary)
    for row, request in by_host.values():
        yield from _aliases(table, row, request)
    if everywhere:
        asked = {request.url for _, request in tested}
        yield from _of_hosts(table, by_host, asked, whole=whole)


def _plain(table: RouteTable, row: Row, request: Request) -> Iterator[Beside]:
    request = replace(request, scheme="http")
    outcome = table.decide(request).outcome
    if outcome.kind not in _UNASKED:
        yield Beside("plain http", request, outcome, row, "by http, where the host has TLS")


def _canaries(snapshot: Snapshot) -> dict[str, list[tuple[Ingress, dict[str, str]]]]:
    """By host, the Ingresses that are one by a header or a cookie, with what tells so.

    Whatever the prefix of the annotations is: the table decides whether they count.
    """
    found: dict[str, list[tuple[Ingress, dict[str, str]]]] = {}
    for ingress in snapshot.ingresses:
        named = {name.rpartition("/")[2]: value for name, value in ingress.meta.annotations.items()}
        if _CANARY in named and (_BY_HEADER in named or _BY_COOKIE in named):
            for host in dict.fromkeys(rule.host for rule in ingress.rules):
                found.setdefault(host, []).append((ingress, named))
    return found


def _of_canary(
    table: RouteTable, row: Row, request: Request, canary: tuple[Ingress, dict[str, str]]
) -> Iterator[Beside]:
    ingress, named = canary
    usual = _shares(table.decide(request).outcome)
    key, tried = ingress.meta.key, []
    if header := named.get(_BY_HEADER):
        value = named.get(_BY_VALUE) or "always"
        if _BY_VALUE not in named and _BY_PATTERN in named:
            value = example(named[_BY_PATTERN]) or ""
        what = f"header {header}: {value}"
        if not value:
            yield Beside(f"header {header} of canary {key}", request, None, row)
        elif value.isprintable() and value.isascii():
            tried.append((what, (header, value)))
    if cookie := named.get(_BY_COOKIE):
        tried.append((f"cookie {cookie}=always", ("Cookie", f"{cookie}=always")))
    for what, sent in tried:
        led = replace(request, headers=(*request.headers, sent))
        outcome = table.decide(led).outcome
        if outcome.kind is OutcomeKind.FORWARD and _shares(outcome) != usual:
            yield Beside(what, led, outcome, row, f"canary {key}")


def _shares(outcome: Outcome) -> list[tuple[str, int]]:
    return [(str(one), one.weight) for one in outcome.backends if one.weight]


def _aliases(table: RouteTable, row: Row, request: Request) -> Iterator[Beside]:
    """By http: whether a certificate has the other name too, is another question."""
    for alias in row.aliases:
        host = _example_of(alias)
        led = replace(request, host=host, scheme="http")
        decision = table.decide(led)
        if host and decision.outcome.kind not in _UNASKED and decision.route == row.route:
            yield Beside(f"as {host}", led, decision.outcome, row, f"{alias}, another name of it")
        else:
            yield Beside(f"its other name {alias}", request, None, row)


def _example_of(alias: str) -> str:
    """A host that a name takes, "" where none could be made up."""
    name = parse_host_name(alias)
    match name.kind:
        case NameKind.LABEL | NameKind.SUFFIX:
            return f"{FRESH}.{name.text}"
        case NameKind.START:
            return f"{name.text}{FRESH}"
        case NameKind.REGEX:
            return example(name.text) or ""
    return name.text


def _of_hosts(
    table: RouteTable,
    by_host: Mapping[str, tuple[Row, Request]],
    asked: set[str],
    *,
    whole: bool,
) -> Iterator[Beside]:
    served = frozenset(one.host for one in table.servers)
    for host, (_, request) in by_host.items():
        if not host:
            continue
        root = replace(request, target="/", method="GET")
        if root.url not in asked:
            yield from _redirect(table, root)
        yield from _unmatched(table, replace(root, target=f"/{FRESH}"))
        other = host[4:] if host.startswith("www.") else f"www.{host}"
        if other not in by_host and other in served:
            yield from _redirect(table, Request(other))
    nobodys = Request(f"{FRESH}.invalid")
    if whole and by_host and table.server_for(nobodys.host) is table.default:
        yield from _unmatched(table, nobodys)


def _redirect(table: RouteTable, request: Request) -> Iterator[Beside]:
    """Where a whole host leads elsewhere, whatever its routes are."""
    outcome = table.decide(request).outcome
    if outcome.kind is OutcomeKind.REDIRECT:
        yield Beside("redirect", request, outcome, remark="of the whole host")


def _unmatched(table: RouteTable, request: Request) -> Iterator[Beside]:
    """What no rule takes, where that is certain."""
    decision = table.decide(request)
    if decision.route is None and decision.outcome.kind not in _UNASKED and not decision.uncertain:
        yield Beside("in no rule", request, decision.outcome, remark="taken by no rule")
