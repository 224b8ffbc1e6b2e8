"""Why no rule takes a request, where a controller leaves some of the rules out."""

from __future__ import annotations

from collections.abc import Sequence

from kubectl_ingress.core.hosts import is_for, normalise_host
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.paths import as_bytes, has_prefix
from kubectl_ingress.core.reasons import why_no_route
from kubectl_ingress.core.request import Request
from kubectl_ingress.core.table import RouteTable, Server


def why_none(
    table: RouteTable, request: Request, path: str, servers: Sequence[Server]
) -> tuple[Finding, ...]:
    """A rule that would have taken it and is not served, else what core.reasons finds.

    `servers` are those that have a name for the host, the most specific first;
    `path` is as the controller reads it.
    """
    host = normalise_host(request.host)
    for one in table.lost:
        route = one.route
        if is_for(route.host, host) and has_prefix(path, as_bytes(route.path)):
            return (one.finding,)
    routes = tuple(entry.route for one in servers for entry in one.entries if entry.route)
    return why_no_route(table.known, servers[0].host if servers else "", routes, request, path)
