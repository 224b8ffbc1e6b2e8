"""The load balancer is private, because nothing says otherwise.

What it does
Finds Ingresses of the AWS Load Balancer Controller whose scheme nobody says: neither an annotation,
its own or that of another Ingress of its group, nor the parameters of its class. Told with
`--level info`: some are meant to be private.

Why it is bad
The controller makes an internal load balancer then. Its name resolves everywhere, to addresses of
the VPC, and clients outside get no answer in time.

Example

    kind: Ingress
    spec:
      ingressClassName: alb

Use instead

    metadata:
      annotations:
        alb.ingress.kubernetes.io/scheme: internet-facing

Or `internal`, where that is meant.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.core.classes import class_of
from kubectl_ingress.core.objects import Finding, Ingress, Snapshot
from kubectl_ingress.lint.remedies import annotated
from kubectl_ingress.lint.subject import ROUTES, Subject, finding_on

CODE = "KI629"
NAME = "private-load-balancer"
LEVEL = "info"
READS = ("IngressClass", ROUTES)

_PREFIX = "alb.ingress.kubernetes.io/"
_SCHEME, _GROUP = f"{_PREFIX}scheme", f"{_PREFIX}group.name"


def check(subject: Subject) -> Iterable[Finding]:
    """Ingresses of the AWS Load Balancer Controller."""
    taken = [ingress for _, ingress in subject.routes.taken_by("alb")]
    told = {_group(one) for one in taken if _SCHEME in one.meta.annotations}
    for ingress in taken:
        if _group(ingress) not in told and not _has_parameters(ingress, subject.snapshot):
            message = "nothing says a scheme, so that the load balancer is internal"
            fix = annotated("Ingress", ingress.meta, _SCHEME, "internet-facing")
            yield finding_on(ingress, CODE, LEVEL, message, ("metadata",), fix)


def _group(ingress: Ingress) -> str:
    return ingress.meta.annotations.get(_GROUP) or f"Ingress {ingress.meta.key}"


def _has_parameters(ingress: Ingress, snapshot: Snapshot) -> bool:
    """They may say a scheme; whether they are there is another rule's."""
    known = snapshot.class_by_name.get(class_of(ingress))
    return known is not None and known.parameters is not None
