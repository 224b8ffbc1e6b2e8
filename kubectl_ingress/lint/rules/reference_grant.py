"""A route of the Gateway API refers to another namespace without permission.

What it does
Looks for the ReferenceGrant that lets a route use a Service, or a listener a Secret, of
another namespace.

Why it is bad
The reference does not resolve: requests are answered with 500, or the listener has no
certificate.

Example

    kind: HTTPRoute
    metadata: {namespace: shop}
    spec:
      rules:
      - backendRefs: [{name: cart, namespace: backend, port: 80}]

Use instead
A ReferenceGrant in the other namespace, `from` HTTPRoutes of this one `to` Services.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.core.objects import Finding
from kubectl_ingress.lint.subject import ROUTES, Subject

CODE = "KI112"
NAME = "reference-grant"
LEVEL = "error"
READS = (ROUTES,)


def check(subject: Subject) -> Iterable[Finding]:
    """As the controllers' tables have it."""
    return subject.routes.said(CODE)
