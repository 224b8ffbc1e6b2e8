"""An Ingress names a class that does not exist, or that no controller here serves.

What it does
Follows the class of every Ingress to its IngressClass and to the controller behind it. Files
that hold no IngressClass are taken to be for a cluster that has it.

Why it is bad
404, and an empty ADDRESS: every controller passes the Ingress over. The class of MicroK8s'
ingress is called public, that of RKE2 nginx or traefik.

Example

    spec:
      ingressClassName: ngnix

Use instead
A name of `kubectl get ingressclasses`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from kubectl_ingress.core.objects import Finding
from kubectl_ingress.lint.subject import ROUTES, Subject

CODE = "KI202"
NAME = "wrong-class"
LEVEL = "error"
READS = (ROUTES,)

_CLASS = re.compile(r'"ingressClassName":"([^"]+)"')


def check(subject: Subject) -> Iterable[Finding]:
    """Ingresses that no table takes."""
    for finding in subject.routes.said(CODE):
        named = _CLASS.search(finding.fix) if subject.snapshot.offline else None
        yield replace(finding, fix=f"ingressClassName: {named[1]}") if named else finding
