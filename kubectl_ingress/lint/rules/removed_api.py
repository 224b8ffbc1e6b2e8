"""An object has a version of the API that is no longer served.

What it does
Finds the beta Ingresses and IngressClasses (gone since Kubernetes 1.22) and the beta workloads
(gone since 1.16). They are read as if they were of the version that took their place.

Why it is bad
kubectl apply fails: no matches for kind "Ingress" in version "extensions/v1beta1".

Example

    apiVersion: extensions/v1beta1
    kind: Ingress

Use instead
What the new version wants: `kubectl ingress convert -f FILE` writes it, and keeps comments.

What --fix does
What convert does, in the file itself, with Ingresses and IngressClasses, as long as no request is
answered otherwise. A class annotation stays: it is a finding of its own (KI908). Workloads stay:
their selectors, which the new version wants, are not guessed.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from kubectl_ingress.core.edits import Mend
from kubectl_ingress.core.legacy import V1
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.lint.subject import Subject

CODE = "KI902"
NAME = "removed-api"
LEVEL = "error"
READS = ("input",)

_CONVERTED = ("Ingress", "IngressClass")
_MEND = Mend(alike=True, converted=True)
_AS_V1 = f"apiVersion: {V1}, and its fields as that has them"


def check(subject: Subject) -> Iterable[Finding]:
    """What was noted while objects were read."""
    for one in subject.snapshot.findings:
        if one.code == CODE:
            is_ours = one.object.partition(" ")[0] in _CONVERTED
            yield replace(one, mend=_MEND, fix=_AS_V1) if is_ours else one
