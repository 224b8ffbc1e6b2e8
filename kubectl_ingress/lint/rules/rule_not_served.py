"""A rule is not served because of what it holds.

What it does
Finds rules, and whole Ingresses, that the controller takes nothing of: forbidden texts, paths
that its provider skips, canaries without a primary route, hosts that it cannot have.

Why it is bad
The route is not there, and only the log of the controller may say so.

Example

    metadata:
      annotations:
        nginx.ingress.kubernetes.io/canary: "true"
        nginx.ingress.kubernetes.io/canary-weight: "10"
    spec:
      rules:
      - host: a.example
        http:
          paths: [{path: /app, …}]     # the primary has Prefix /

Use instead
For a canary: exactly the host, path and pathType of the primary. Else what the finding says.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.core.objects import Finding
from kubectl_ingress.lint.subject import ROUTES, Subject

CODE = "KI506"
NAME = "rule-not-served"
LEVEL = "error"
READS = (ROUTES,)


def check(subject: Subject) -> Iterable[Finding]:
    """As the controllers' tables have it."""
    return subject.routes.said(CODE)
