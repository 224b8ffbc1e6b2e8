"""An Ingress defines a host and path that an older one already has.

What it does
Joins the Ingresses of all namespaces and finds rules that are never served because another
Ingress has them: by age, as the controller sorts them.

Why it is bad
The newer rule has no effect, its annotations neither. On F5's controller the whole host
belongs to one Ingress. ingress-nginx's webhook refuses such an Ingress ("is already defined
in ingress"), unless it was not asked. When the older one is deleted, traffic moves.

Example

    # team-a/web and team-b/web both have:
    - host: a.example
      http:
        paths: [{path: /, pathType: Prefix, backend: …}]

Use instead
Another host or path; or the canary annotations, where that is what was meant.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.core.objects import Finding
from kubectl_ingress.lint.subject import ROUTES, Subject

CODE = "KI502"
NAME = "duplicate-path"
LEVEL = "error"
READS = (ROUTES,)


def check(subject: Subject) -> Iterable[Finding]:
    """As the controllers' tables have it."""
    return subject.routes.said(CODE)
