"""The class of an Ingress is told by an annotation.

What it does
Finds `kubernetes.io/ingress.class`, which was deprecated with Kubernetes 1.18, on Ingresses whose
controller reads `spec.ingressClassName`. GKE reads the annotation alone, so there it is right.

Why it is bad
The API server checks the field and not the annotation, the default class is not given to an Ingress
with the annotation, and newer controllers do not read it.

Example

    metadata:
      annotations:
        kubernetes.io/ingress.class: nginx

Use instead

    spec:
      ingressClassName: nginx

What --fix does
It moves the class to the field where the files hold an IngressClass of that name, and no request is
answered otherwise: the field needs such an object, which the annotation did not. Where the field
says the same already, it takes the annotation out.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from kubectl_ingress.core.classes import CLASS_ANNOTATION
from kubectl_ingress.core.edits import AddKey, Edit, Mend, RemoveKey
from kubectl_ingress.core.objects import Finding, Ingress, Snapshot
from kubectl_ingress.lint.subject import Subject, finding_on

CODE = "KI908"
NAME = "class-annotation"
LEVEL = "info"
READS = ("Ingress", "IngressClass")

_GKE = ("gce", "gce-internal", "gce-regional-external")
_PLACE = ("metadata", "annotations", CLASS_ANNOTATION)


def check(subject: Subject) -> Iterable[Finding]:
    """Every Ingress; what differs from the field is refused by the API, and another rule's."""
    for ingress in subject.snapshot.ingresses:
        written = ingress.meta.annotations.get(CLASS_ANNOTATION)
        if not written or written in _GKE or ingress.class_name not in (None, written):
            continue
        message = f"the class {written} is told by {CLASS_ANNOTATION}, which is deprecated"
        fix = f"spec.ingressClassName: {written}, and take the annotation out"
        finding = finding_on(ingress, CODE, LEVEL, message, _PLACE, fix)
        yield replace(finding, mend=_mend(ingress, written, subject.snapshot))


def _mend(ingress: Ingress, name: str, snapshot: Snapshot) -> Mend | None:
    alone = len(ingress.meta.annotations) == 1
    edits: list[Edit] = [RemoveKey(_PLACE[:2] if alone else _PLACE)]
    if ingress.class_name is None:
        if name not in snapshot.class_by_name:
            return None
        edits.append(AddKey(("spec",), "ingressClassName", name))
    return Mend(tuple(edits), alike=True)
