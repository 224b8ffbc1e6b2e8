"""The controller's own flags leave an Ingress out.

What it does
Compares Ingresses with --watch-namespace, --watch-namespace-selector and
--disable-catch-all of the controller's Deployment.

Why it is bad
The Ingress is of the right class and has no effect all the same; its ADDRESS stays empty.

Example

    # the controller runs with --watch-namespace=web
    kind: Ingress
    metadata: {name: shop, namespace: shop}

Use instead
The namespace, or the labels of the namespace, that the controller watches; or another flag.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.core.objects import Finding
from kubectl_ingress.lint.subject import ROUTES, Subject

CODE = "KI210"
NAME = "left-out-by-flags"
LEVEL = "error"
READS = (ROUTES,)


def check(subject: Subject) -> Iterable[Finding]:
    """As the controllers' tables have it."""
    return subject.routes.said(CODE)
