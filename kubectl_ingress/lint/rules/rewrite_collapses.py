"""A rewrite makes one path of all that are below a path.

What it does
Finds rewrite-target of ingress-nginx without a group ($1, $2) on paths that are not Exact.

Why it is bad
/app, /app/style.css and /app/api/cart all reach the backend as the one target: the page is
there, its assets and links are not. For a backend that answers everything alike it is fine.

Example

    annotations:
      nginx.ingress.kubernetes.io/rewrite-target: /
    …
    - {path: /app, pathType: Prefix, …}

Use instead

    annotations:
      nginx.ingress.kubernetes.io/rewrite-target: /$2
    …
    - {path: /app(/|$)(.*), pathType: ImplementationSpecific, …}
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.core.objects import Finding
from kubectl_ingress.lint.subject import ROUTES, Subject, finding_on

CODE = "KI510"
NAME = "rewrite-collapses"
LEVEL = "warning"
READS = (ROUTES,)

_TARGET = "nginx.ingress.kubernetes.io/rewrite-target"
_CANARY = "nginx.ingress.kubernetes.io/canary"


def check(subject: Subject) -> Iterable[Finding]:
    """Ingresses of ingress-nginx. One finding each; a group in the path says more was meant."""
    for _, ingress in subject.routes.taken_by("ingress-nginx"):
        target = ingress.meta.annotations.get(_TARGET, "").strip()
        if not target or "$" in target or "://" in target or _CANARY in ingress.meta.annotations:
            continue
        paths = [
            path.path
            for rule in ingress.rules
            for path in rule.paths
            if path.path_type != "Exact" and path.path not in (target, "") and path.path[-1:] != "$"
        ]
        if paths:
            grouped = any("(" in path for path in paths)
            level = LEVEL if grouped else "info"
            message = f"all that is below {paths[0]} reaches the backend as {target}"
            pattern = f"path: {paths[0].rstrip('/')}(/|$)(.*)"
            fix = f"{_TARGET}: /$2, and {pattern} with pathType: ImplementationSpecific"
            place = ("metadata", "annotations", _TARGET)
            yield finding_on(ingress, CODE, level, message, place, "" if grouped else fix)
