"""The controller does not know an annotation.

What it does
Finds names with the prefix of the controller that are none of its annotations, with the
nearest one that is, and those of former releases with what took their place.

Why it is bad
A misspelt annotation is ignored in silence.

Example

    metadata:
      annotations:
        nginx.ingress.kubernetes.io/rewrite-taget: /

Use instead
nginx.ingress.kubernetes.io/rewrite-target: /
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from kubectl_ingress.controllers._ingress_nginx.annotations import RETIRED, nearest
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.lint.subject import ROUTES, Subject

CODE = "KI403"
NAME = "unknown-annotation"
LEVEL = "warning"
READS = (ROUTES,)

_NGINX = "nginx.ingress.kubernetes.io"


def check(subject: Subject) -> Iterable[Finding]:
    """As the controllers' tables have it, with the name that is meant."""
    for finding in subject.routes.said(CODE):
        prefix, _, name = str(finding.field[-1] if finding.field else "").partition("/")
        meant = (RETIRED.get(name) or nearest(name)) if prefix == _NGINX else ""
        yield replace(finding, fix=f"{prefix}/{meant}") if meant else finding
