"""One Ingress turns all paths of its host into case-insensitive patterns.

What it does
Finds hosts of ingress-nginx where use-regex, or a rewrite-target that differs from the path, meets
paths of other Ingresses, or Exact paths: all of them become patterns that are anchored at their
start alone.

Why it is bad
Exact /bar then matches /BAR and /barbaz, a dot matches any character, Prefix /api matches
/apiary, and the longest pattern text wins whatever it was meant for. The Ingress that does it may
be of another namespace.

Example

    # shop/web of host a.example
    annotations:
      nginx.ingress.kubernetes.io/rewrite-target: /$2
    # and on the same host, in another Ingress
    - {path: /admin, pathType: Exact, …}      # now ^/admin: also /administrator

Use instead
A host of its own for what needs patterns; or `$` at the end of patterns that shall be exact.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.table import Server
from kubectl_ingress.lint.subject import ROUTES, Subject, finding_on

CODE = "KI508"
NAME = "regex-spreads"
LEVEL = "warning"
READS = (ROUTES, "Ingress")


def check(subject: Subject) -> Iterable[Finding]:
    """Hosts in pattern mode where somebody else's path, or an Exact one, is in it."""
    by_key = subject.snapshot.ingress_by_key
    for compiled in subject.routes.of("ingress-nginx"):
        for server in (*compiled.table.servers, compiled.table.default):
            if not server.regex_because:
                continue
            namespace, _, name = server.regex_because.partition(" ")[2].partition("/")
            cause, met = by_key.get((namespace, name)), _met(server)
            if cause is None or not met:
                continue
            message = (
                f"it turns every path of host {server.host or '*'} into a case-insensitive pattern,"
                f" {', '.join(met[:3])} too"
            )
            fix = "give these paths another host, or end the patterns with $"
            yield finding_on(cause, CODE, LEVEL, message, server.regex_field, fix)


def _met(server: Server) -> list[str]:
    found: dict[str, None] = {}
    for entry in server.entries:
        route = entry.route
        if route is None or entry.inherited:
            continue
        other = f"Ingress {route.ingress}" != server.regex_because
        if other or route.path_type == "Exact":
            found[f"{route.path_type} {route.path} of {route.ingress}"] = None
    return list(found)
