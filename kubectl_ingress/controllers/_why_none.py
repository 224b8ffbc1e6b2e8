"""Why no rule takes a request, of the routes that the servers of its host have."""

from __future__ import annotations

from collections.abc import Sequence

from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.reasons import why_no_route
from kubectl_ingress.core.request import Request
from kubectl_ingress.core.table import RouteTable, Server


def why_none(
    table: RouteTable, request: Request, path: str, servers: Sequence[Server]
) -> tuple[Finding, ...]:
    """What core.reasons finds.

    `servers` are those that have a name for the host, the most specific first;
    `path` is as the controller reads it.
    """
    routes = tuple(entry.route for one in servers for entry in one.entries if entry.route)
    return why_no_route(table.known, servers[0].host if servers else "", routes, request, path)
