"""A canary takes requests, or the backend, of another route.

What it does
ingress-nginx hangs a canary on the Service and port of the primary route, and not on the route.
Finds other hosts and paths that use the same Service and port and so are canaried too, and
routes whose backend an older canary has taken away.

Why it is bad
Requests of a host that has no canary go to the new version. Or a route answers 404 as soon as
somebody makes a canary Ingress that names its Service.

Example

    # Ingress web:    a.example /  -> web:80,  b.example /  -> web:80
    # Ingress canary: a.example /  -> web-v2:80, canary-weight 10
    # b.example sends a tenth of its requests to web-v2 as well

Use instead
A Service of its own for the route that shall not be canaried: another name, the same selector.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_ingress.controllers._ingress_nginx.canary import Split
from kubectl_ingress.core.objects import Finding, Ingress
from kubectl_ingress.core.request import Route
from kubectl_ingress.core.table import RouteTable
from kubectl_ingress.lint.subject import ROUTES, Compiled, Subject, finding_on

CODE = "KI507"
NAME = "canary-conflict"
LEVEL = "error"
READS = (ROUTES,)

_CANARY = "nginx.ingress.kubernetes.io/canary"


def check(subject: Subject) -> Iterable[Finding]:
    """What tables say of themselves, and canaries that leak through a shared Service."""
    yield from subject.routes.said(CODE)
    for compiled in subject.routes.of("ingress-nginx"):
        yield from _leaks(compiled)


def _leaks(compiled: Compiled) -> Iterator[Finding]:
    canaries = {
        f"Ingress {one.meta.key}": one
        for one in compiled.table.loaded
        if _CANARY in one.meta.annotations
    }
    if not canaries:
        return
    told = set()
    for source, route in _split(compiled.table):
        canary = canaries.get(source)
        if canary is None or _names(canary, route) or (source, route.host) in told:
            continue
        told.add((source, route.host))
        message = (
            f"{source}, a canary, also takes requests of {route.host or '*'}{route.path} (Ingress"
            f" {route.ingress}), because that route has the Service and port of its primary"
        )
        fix = f"give {route.host or '*'}{route.path} a Service of its own"
        place = ("metadata", "annotations", _CANARY)
        yield finding_on(canary, CODE, "warning", message, place, fix)


def _split(table: RouteTable) -> Iterator[tuple[str, Route]]:
    """(source of the canary, route that is canaried)."""
    for server in (*table.servers, table.default):
        for entry in server.entries:
            last = entry.actions[-1] if entry.actions else None
            if isinstance(last, Split) and entry.route is not None and not entry.inherited:
                yield last.policy.source, entry.route


def _names(canary: Ingress, route: Route) -> bool:
    return any(
        (path.path or "/") == route.path
        for rule in canary.rules
        if rule.host == route.host
        for path in rule.paths
    )
