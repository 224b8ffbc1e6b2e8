"""A route names a port that its Service does not have.

What it does
Compares `service.port` of every backend with the ports of the Service: by number, by name,
and where the controller does so by targetPort.

Why it is bad
The controller finds no pods for that port: 503 on ingress-nginx, no route at all on Traefik
and HAProxy Ingress.

Example

    backend:
      service:
        name: web
        port: {number: 8080}   # the Service has port 80, targetPort 8080

Use instead
`port` (or `name`) of the Service, not the port of its pods.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.core.objects import Finding
from kubectl_ingress.lint.subject import ROUTES, Subject

CODE = "KI104"
NAME = "port-missing"
LEVEL = "error"
READS = (ROUTES,)


def check(subject: Subject) -> Iterable[Finding]:
    """As the controllers' tables have it."""
    return subject.routes.said(CODE)
