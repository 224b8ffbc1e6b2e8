"""Why no route takes a request: what was left out first, then what every controller says."""

from __future__ import annotations

import re

from kubectl_ingress.controllers._kong.entries import KongEntry
from kubectl_ingress.controllers._kong.uri import request_path
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.reasons import why_no_route
from kubectl_ingress.core.request import Request
from kubectl_ingress.core.table import Entry, RouteTable, Server

# What a path certainly begins with, whether it is a regex or not.
_PLAIN_START = re.compile(r"(?:/~)?([\w/%-]*)")


def why_none(
    table: RouteTable, request: Request, servers: tuple[Server, ...]
) -> tuple[Finding, ...]:
    """Findings, the most telling first; `servers` are those of the request's host."""
    path = request_path(request.path) or request.path
    for one in table.lost:
        if _covers(one.route.host, request.host) and path.startswith(_start(one.route.path)):
            return (one.finding,)
    entries = [entry for server in servers for entry in server.entries]
    unmet = next((found for entry in entries if (found := _unmet(entry, request, path))), None)
    if unmet is not None:
        return (unmet,)
    routes = dict.fromkeys(entry.route for entry in entries if entry.route)
    host = servers[0].host if servers else ""
    return why_no_route(table.known, host, tuple(routes), request, path)


def _unmet(entry: Entry, request: Request, path: str) -> Finding | None:
    """What a route that has the path asks for beside it, None where it has another path."""
    if entry.route is None or not entry.matcher.matches(path, strict=False):
        return None
    missing = [str(one) for one in entry.conditions if not one.met(request)]
    if not missing and isinstance(entry, KongEntry) and entry.source.snis:
        missing = ["an SNI, and over plain http other routes are looked for first"]
    if not missing:
        return None
    owner = f"{entry.route.kind} {entry.route.ingress}"
    asked = " and ".join(missing)
    message = (
        f"path {entry.route.path or '/'} of {owner} is not for this request: it asks for {asked}"
    )
    return Finding("KI102", "error", message, owner)


def _covers(rule_host: str, host: str) -> bool:
    if rule_host.startswith("*"):
        return host.endswith(rule_host[1:])
    return rule_host in ("", host)


def _start(path: str) -> str:
    found = _PLAIN_START.match(path)
    return found[1].rstrip("/") if found else ""
