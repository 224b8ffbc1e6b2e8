"""The controller leaves it to chance which of several routes answers.

What it does
Finds routes of equal precedence: on Kong those whose order is that of a UUID, on Traefik equal
priorities, whose order changes with every load, and names that Traefik joins into one.

Why it is bad
The same manifests answer otherwise in the next cluster, after a restart, or once somebody adds an
Ingress of another host. With joined names requests go to the Service of another namespace.

Example

    # Traefik: both rules have text of the same length
    - host: a.example
      http:
        paths:
        - {path: /app, pathType: Exact, …}
        - {path: /app, pathType: Exact, …}      # of another Ingress

Use instead
One rule; or an explicit order: `traefik.ingress.kubernetes.io/router.priority`,
`konghq.com/regex-priority`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.routes import CHANCE
from kubectl_ingress.core.written import field_of
from kubectl_ingress.lint.subject import ROUTES, Subject, finding_on

CODE = "KI503"
NAME = "left-to-chance"
LEVEL = "error"
READS = (ROUTES, "Ingress")


def check(subject: Subject) -> Iterable[Finding]:
    """What tables say of themselves, and what examples of requests show."""
    yield from subject.routes.said(CODE)
    yield from _by_example(subject)


def _by_example(subject: Subject) -> Iterator[Finding]:
    by_key = subject.snapshot.ingress_by_key
    for row in subject.routes.contested():
        if row.state != CHANCE:
            continue
        ingress = by_key.get((row.namespace, row.name)) if row.route.kind == "Ingress" else None
        fix = "make one of them longer or shorter, or give it a priority"
        shown = f"{row.route.path_type} {row.route.path} of host {row.route.host or '*'}"
        message = f"{shown}: {row.because}"
        if ingress is None:
            yield Finding(CODE, LEVEL, message, f"{row.route.kind} {row.route.ingress}", fix=fix)
        else:
            field = row.route.field or field_of(row.route, ingress)
            yield finding_on(ingress, CODE, LEVEL, message, field, fix)
