"""A backend is of a kind or protocol that the controller does not serve.

What it does
Finds resource backends of Ingresses, and references to other kinds than Services.

Why it is bad
The path is left out, or answered with an error; nothing says so but the log.

Example

    backend:
      resource:
        apiGroup: k8s.example.com
        kind: StorageBucket
        name: static

Use instead
A Service.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.core.objects import Finding
from kubectl_ingress.lint.subject import ROUTES, Subject

CODE = "KI113"
NAME = "backend-kind"
LEVEL = "error"
READS = (ROUTES,)


def check(subject: Subject) -> Iterable[Finding]:
    """As the controllers' tables have it."""
    return subject.routes.said(CODE)
