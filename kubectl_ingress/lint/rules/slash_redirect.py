"""A request without the final slash of a path is redirected.

What it does
Asks the controller's table about each path that ends in a slash, without it.

Why it is bad
Prefix /app/ reads as if /app were not served, and ingress-nginx answers it with 301. The redirect
turns a POST into a GET, and it is gone where the host has a rewrite, or on another controller.

Example

    - {path: /app/, pathType: Prefix, …}

Use instead

    - {path: /app, pathType: Prefix, …}
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.core.objects import Finding, Ingress
from kubectl_ingress.core.request import OutcomeKind, Request
from kubectl_ingress.core.table import RouteTable
from kubectl_ingress.lint.subject import ROUTES, Subject, finding_on

CODE = "KI509"
NAME = "slash-redirect"
LEVEL = "info"
READS = (ROUTES,)


def check(subject: Subject) -> Iterable[Finding]:
    """All controllers whose tables do so."""
    for compiled in subject.routes.compiled:
        for table in compiled.table.parts:
            for ingress in table.loaded:
                yield from _of_ingress(ingress, table)


def _of_ingress(ingress: Ingress, table: RouteTable) -> Iterable[Finding]:
    for number, rule in enumerate(ingress.rules):
        for at, path in enumerate(rule.paths):
            if not path.path.endswith("/") or len(path.path) < 2:
                continue
            host = rule.host.replace("*", "any", 1) or "any.invalid"
            outcome = table.decide(Request(host, path.path[:-1], "https")).outcome
            if outcome.kind is not OutcomeKind.REDIRECT:
                continue
            if (outcome.location or "").endswith(path.path):
                message = f"{path.path[:-1]} is answered with {outcome.status} to {path.path}"
                place = ("spec", "rules", number, "http", "paths", at, "path")
                fix = f"path: {path.path[:-1]}"
                yield finding_on(ingress, CODE, LEVEL, message, place, fix)
