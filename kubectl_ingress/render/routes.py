"""How a `list` looks: as a table, and as plain data for JSON, YAML and CSV."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TextIO

from msgspec.structs import replace

from kubectl_ingress.core.objects import Origin
from kubectl_ingress.core.routes import CHANCE, DEAD, LOST, SERVED, SHADOWED
from kubectl_ingress.core.text import printable
from kubectl_ingress.render.findings import finding_as_json, show_finding
from kubectl_ingress.render.table import show_table
from kubectl_ingress.render.text import shorten

if TYPE_CHECKING:
    from kubectl_ingress.core.listing import Listing
    from kubectl_ingress.core.routes import Destination, Row

Days = Callable[[str], int | None]
"""Key of a Secret -> whole days that its certificate is good for, None where that is not known."""

_HEADS = ("NAMESPACE", "HOST", "PATH", "TYPE", "BACKEND", "ENDPOINTS", "TLS", "INGRESS", "NOTE")
_WIDE = ("CLASS", "CONTROLLER", "REWRITE", "CONDITIONS")
# The longest that is shown, in characters.
_HOST, _PATH, _BACKEND, _INGRESS, _CONDITIONS = 34, 30, 28, 26, 60
_TYPES = {"ImplementationSpecific": "Implementation"}
_SHOWN = 5


def render_text(
    listing: Listing,
    days: Days,
    stream: TextIO,
    aside: TextIO,
    *,
    colour: bool = False,
    wide: bool = False,
) -> None:
    """The table, then what keeps routes from being in it or from being served.

    That there is none is said `aside`, as kubectl says it: who counts lines counts none.
    """
    if listing.rows:
        show_table(stream, _heads(wide), _lines(listing, days, wide))
    else:
        print(_nothing(listing), file=aside)
    for number, finding in enumerate((*listing.refused, *listing.findings[:_SHOWN])):
        if number or listing.rows:
            print(file=stream)
        place = f"{finding.origin}: " if finding.origin != Origin() else ""
        show_finding(stream, replace(finding, message=place + finding.message), colour=colour)
    if len(listing.findings) > _SHOWN:
        print(f"\nand {len(listing.findings) - _SHOWN} more of the kind: -o json", file=stream)
    if listing.ignored:
        names = ", ".join(f"{key} ({one.code})" for key, one in listing.ignored[:_SHOWN])
        more = len(listing.ignored) - _SHOWN
        tail = f" and {more} more" if more > 0 else ""
        gap = "\n" if listing.rows or listing.refused or listing.findings else ""
        whom = listing.controllers[0] if len(listing.controllers) == 1 else "any controller here"
        print(f"{gap}Not taken by {whom}: {printable(names)}{tail}", file=stream)


def _nothing(listing: Listing) -> str:
    where = f" in namespace {printable(listing.namespace)}" if listing.namespace else ""
    if not listing.total:
        return f"No routes found{where}."
    routes = f"{listing.total} route{'s' * (listing.total != 1)}"
    return f"Of {routes}{where} none fits {printable(' '.join(listing.filters))}."


def _heads(wide: bool) -> tuple[str, ...]:
    return (*_HEADS[:-1], *_WIDE, _HEADS[-1]) if wide else _HEADS


def _lines(listing: Listing, days: Days, wide: bool) -> list[list[str]]:
    # Without their conditions, routes of one path look like the same one twice.
    alike = Counter(_path_of(row) for row in listing.rows if row.state != LOST)
    return [
        _cells(row, place, days, wide, alike[_path_of(row)] > 1)
        for row in listing.rows
        for place in range(len(row.destinations) or 1)
    ]


def _path_of(row: Row) -> tuple[str, str, str]:
    return row.route.host, row.matcher, row.route.path_type


def _share(weight: int, total: int) -> str:
    return f"{100 * weight / total:.3g} % of requests" if total else "no requests"


def _cells(row: Row, place: int, days: Days, wide: bool, told: bool) -> list[str]:
    """The line of the `place`-th backend of a row; all but the first say what is other alone.

    `told`: a note says under which conditions the route takes a request.
    """
    route, several = row.route, len(row.destinations) > 1
    destination = row.destinations[place] if row.destinations else None
    notes = _notes(row) if place == 0 else []
    if destination is not None and several:
        total = sum(one.weight for one in row.destinations)
        notes.insert(0, _share(destination.weight, total))
    namespace, _, name = route.ingress.rpartition("/")
    name = (destination.ingress if destination is not None else "") or name
    conditions = ", ".join(row.conditions)
    host, path, backend = route.host or "*", row.matcher or "(default)", _backend(row, destination)
    if not wide:
        host, path, backend = shorten(host, _HOST), shorten(path, _PATH), shorten(backend, _BACKEND)
        name = shorten(name, _INGRESS)
    found = [
        namespace,
        host,
        path,
        _TYPES.get(route.path_type, route.path_type) or "-",
        backend,
        _endpoints(destination),
        _tls(row, days),
        name,
    ]
    if wide:
        found += [row.ingress_class or "-", row.controller, row.rewrite or "-"]
        found.append(conditions or "-")
    elif conditions and place == 0 and told:
        notes.append(shorten(conditions, _CONDITIONS))
    found.append(", ".join(notes))
    return found


def _backend(row: Row, destination: Destination | None) -> str:
    if destination is None:
        return "-"
    other = f"{destination.namespace}/" if destination.namespace != row.namespace else ""
    return f"{other}{destination.service}:{destination.port}".removesuffix(":")


def _endpoints(destination: Destination | None) -> str:
    if destination is None or destination.ready is None:
        return "-"
    return f"{destination.ready}/{destination.total}"


def _tls(row: Row, days: Days) -> str:
    if row.certificate is None:
        return "-"
    if not row.certificate:
        return "default"
    left = days(row.certificate)
    return "yes" if left is None else "expired" if left < 0 else f"{left}d"


def _notes(row: Row) -> list[str]:
    found = []
    if row.state != SERVED:
        found.append(_fate(row))
    if row.problem and row.state != LOST:
        found.append(row.problem)
    if row.inherited:
        found.append("inherited")
    if row.aliases:
        found.append(f"alias: {' '.join(row.aliases)}")
    return found


def _fate(row: Row) -> str:
    namespace, _, name = row.by.rpartition("/")
    taker = (name if namespace == row.namespace else row.by) or "the controller itself"
    match row.state:
        case "dead":
            return f"{'' if row.sure else 'probably '}dead: {taker} takes it"
        case "shadowed":
            return f"in part taken by {taker}"
        case "lost":
            return f"lost ({row.problem})"
    return "left to chance (KI503)"


def as_data(listing: Listing, days: Days) -> dict[str, object]:
    """The stable form of -o json and -o yaml; see docs/json.md."""
    return {
        "routes": [_row(row, days) for row in listing.rows],
        "refused": [finding_as_json(one) for one in listing.refused],
        "ignored": [
            {"ingress": key, "finding": finding_as_json(one)} for key, one in listing.ignored
        ],
        "findings": [finding_as_json(one) for one in listing.findings],
    }


def _row(row: Row, days: Days) -> dict[str, object]:
    return {
        "kind": row.route.kind,
        "namespace": row.namespace,
        "name": row.name,
        "controller": row.controller,
        "class": row.ingress_class or None,
        "host": row.route.host,
        "aliases": list(row.aliases),
        "path": row.route.path,
        "pathType": row.route.path_type,
        "matcher": row.matcher,
        "conditions": list(row.conditions),
        "backends": [
            {
                "namespace": one.namespace,
                "service": one.service,
                "port": one.port,
                "weight": one.weight,
                "ready": one.ready,
                "total": one.total,
            }
            for one in row.destinations
        ],
        "rewrite": row.rewrite or None,
        "tls": None
        if row.certificate is None
        else {"secret": row.certificate or None, "daysLeft": days(row.certificate)},
        "inherited": row.inherited,
        "state": row.state,
        "takenBy": row.by or None,
        "sure": row.sure,
        "because": row.because or None,
        "code": row.problem or _code(row),
    }


def _code(row: Row) -> str | None:
    return {DEAD: "KI504", SHADOWED: "KI504", CHANCE: "KI503"}.get(row.state)


def render_csv(listing: Listing, days: Days, stream: TextIO) -> None:
    """The wide columns, quoted as RFC 4180 has it; text that a spreadsheet would run is not."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_heads(wide=True))
    for cells in _lines(listing, days, wide=True):
        writer.writerow([_harmless(printable(cell)) for cell in cells])


def _harmless(cell: str) -> str:
    return f"'{cell}" if len(cell) > 1 and cell[0] in "=+-@" else cell


def names_of(listing: Listing) -> Sequence[str]:
    """As kubectl's -o name has them, each once."""
    suffix = {
        "Ingress": "ingress.networking.k8s.io",
        "HTTPRoute": "httproute.gateway.networking.k8s.io",
        "GRPCRoute": "grpcroute.gateway.networking.k8s.io",
    }
    found = (f"{suffix.get(r.route.kind, r.route.kind.lower())}/{r.name}" for r in listing.rows)
    return tuple(dict.fromkeys(found))
