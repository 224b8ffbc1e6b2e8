"""A rule is dead: another route takes all of its requests.

What it does
Asks the table of the controller what becomes of requests that a rule would take. Where all of them
go elsewhere and a proof is possible the rule is dead, else it is probably dead.

Why it is bad
The rule reads as if it were served. On a host whose paths are patterns a longer one that was
written for something else takes it; on Traefik Prefix / takes Exact /foo, because its rule is the
longer text.

Example

    # rewrite-target on this host: all paths are case-insensitive patterns
    - {path: /API/V1, pathType: Exact, …}
    - {path: "/api/v.*", pathType: ImplementationSpecific, …}

Use instead
Another path or host; or take the rule out: nothing changes.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.routes import DEAD
from kubectl_ingress.core.written import field_of
from kubectl_ingress.lint.subject import ROUTES, Subject, finding_on

CODE = "KI504"
NAME = "dead-rule"
LEVEL = "warning"
READS = (ROUTES, "Ingress")


def check(subject: Subject) -> Iterable[Finding]:
    """Rows of the tables that other rows take everything from."""
    by_key = subject.snapshot.ingress_by_key
    for row in subject.routes.contested():
        if row.state != DEAD or not row.by or row.inherited or row.route.kind != "Ingress":
            continue
        ingress = by_key.get((row.namespace, row.name))
        if ingress is None:
            continue
        how = "is dead" if row.sure else "is probably dead"
        taker = "another of its paths" if row.by == row.route.ingress else f"Ingress {row.by}"
        message = (
            f"{row.route.path_type} {row.route.path} of host {row.route.host or '*'} {how}:"
            f" {taker} takes its requests"
        )
        field = row.route.field or field_of(row.route, ingress)
        yield finding_on(ingress, CODE, LEVEL, message, field, "take it out, or change its path")
