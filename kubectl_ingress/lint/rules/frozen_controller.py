"""The controller cannot load its configuration, and keeps its old routes.

What it does
Compiles all Ingresses of a class together, as the controller does, and finds what its data
plane refuses: Prefix /foo beside Prefix /foo/ on ingress-nginx, a bad pattern, a bad size, a bad
word in a snippet, on Kong a path that is not normalised.

Why it is bad
One Ingress of one team stops every change of all others: routes, certificates, endpoints.
After a restart of the controller nothing is served at all. Webhooks let it pass.

Example

    spec:
      rules:
      - host: a.example
        http:
          paths:
          - {path: /foo,  pathType: Prefix, backend: …}
          - {path: /foo/, pathType: Prefix, backend: …}

Use instead
Repair or delete what the finding names, first of all.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.core.objects import Finding
from kubectl_ingress.lint.subject import ROUTES, Subject

CODE = "KI501"
NAME = "frozen-controller"
LEVEL = "error"
READS = (ROUTES,)


def check(subject: Subject) -> Iterable[Finding]:
    """As the controllers' tables have it."""
    return subject.routes.said(CODE)
