"""No listener of a Gateway takes a route.

What it does
Follows `parentRefs` of routes to Gateways: section, port, allowedRoutes, hostnames.

Why it is bad
The route is not attached to anything, so no request reaches it.

Example

    kind: HTTPRoute
    spec:
      parentRefs: [{name: public, sectionName: htps}]   # the listener is called https

Use instead
The name of a Gateway and of one of its listeners whose hostname and `allowedRoutes` fit.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.core.objects import Finding
from kubectl_ingress.lint.subject import ROUTES, Subject

CODE = "KI209"
NAME = "no-listener"
LEVEL = "error"
READS = (ROUTES,)


def check(subject: Subject) -> Iterable[Finding]:
    """As the controllers' tables have it."""
    return subject.routes.said(CODE)
