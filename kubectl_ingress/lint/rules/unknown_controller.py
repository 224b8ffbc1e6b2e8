"""A class leads to a controller that is not known here.

What it does
Says which classes are judged by the Ingress specification alone, because their controller is not
known or not modelled, and which controller is a guess. A class that is none, but a slip of the
pen away from a well-known one, is a warning.

Why it is bad
A class that is really another controller's is not: but what is said of such Ingresses is less
certain, and nothing is said of annotations. A misspelt one is nobody's: every controller passes
the Ingress over, so its hosts get 404, and what else is wrong with it is not seen.

Example

    spec:
      ingressClassName: ngnix

Use instead
The name of a class: `kubectl get ingressclasses`. For a class of your own, say whose it is:

    kubectl ingress lint --controller haproxy-ingress -f manifests/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from kubectl_ingress.controllers._choice import meant_class
from kubectl_ingress.core.classes import CLASS_ANNOTATION, class_of
from kubectl_ingress.core.objects import Finding, Snapshot
from kubectl_ingress.lint.subject import ROUTES, Subject, finding_on

CODE = "KI207"
NAME = "unknown-controller"
LEVEL = "warning"
READS = (ROUTES, "Ingress", "IngressClass")


def check(subject: Subject) -> Iterable[Finding]:
    """One finding a class, of a misspelt one for each Ingress; without one is another rule's."""
    for finding in subject.routes.said(CODE):
        name = finding.object.removeprefix("IngressClass").strip()
        if name and meant_class(name, subject.snapshot):
            yield from _misspelt(finding, name, subject.snapshot)
        elif name:
            yield replace(finding, level="info")


def _misspelt(finding: Finding, name: str, snapshot: Snapshot) -> Iterator[Finding]:
    """Where the name is written."""
    for ingress in snapshot.ingresses:
        if class_of(ingress) == name:
            by_annotation = ingress.class_name is None
            field = ("metadata", "annotations", CLASS_ANNOTATION)
            yield finding_on(
                ingress,
                CODE,
                LEVEL,
                finding.message,
                field if by_annotation else ("spec", "ingressClassName"),
                finding.fix,
            )
