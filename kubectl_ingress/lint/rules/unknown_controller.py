"""A class leads to a controller that is not known here.

What it does
Says which classes are judged by the Ingress specification alone, because their controller is not
known or not modelled, and which controller is a guess.

Why it is bad
It is not: but what is said of such Ingresses is less certain, and says nothing of annotations.

Example

    spec:
      ingressClassName: our-own

Use instead

    kubectl ingress lint --controller haproxy-ingress -f manifests/
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from kubectl_ingress.core.objects import Finding
from kubectl_ingress.lint.subject import ROUTES, Subject

CODE = "KI207"
NAME = "unknown-controller"
LEVEL = "info"
READS = (ROUTES,)


def check(subject: Subject) -> Iterable[Finding]:
    """One finding a class; Ingresses without one are another rule's."""
    for finding in subject.routes.said(CODE):
        if finding.object.removeprefix("IngressClass").strip():
            yield replace(finding, level=LEVEL)
