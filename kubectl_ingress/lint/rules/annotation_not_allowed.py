"""The controller's settings do not allow an annotation.

What it does
Compares annotations with the settings of the controller's ConfigMap and flags:
annotations-risk-level, allow-snippet-annotations, annotation-value-word-blocklist, and the like
of other controllers.

Why it is bad
Above the allowed risk ingress-nginx leaves the whole Ingress out, with all its routes, and
its webhook refuses it. Snippets are off by default since 1.9, and above the default risk level
since 1.12.

Example

    metadata:
      annotations:
        nginx.ingress.kubernetes.io/configuration-snippet: |
          more_set_headers "X-Frame-Options: DENY";

Use instead
An annotation that does the same (custom-headers here). Allowing snippets lets whoever may
write an Ingress read the controller's secrets.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.core.objects import Finding
from kubectl_ingress.lint.subject import ROUTES, Subject

CODE = "KI404"
NAME = "annotation-not-allowed"
LEVEL = "error"
READS = (ROUTES,)


def check(subject: Subject) -> Iterable[Finding]:
    """As the controllers' tables have it."""
    return subject.routes.said(CODE)
