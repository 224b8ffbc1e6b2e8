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
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.core.objects import Finding
from kubectl_ingress.lint.subject import Subject

CODE = "KI902"
NAME = "removed-api"
LEVEL = "warning"
READS = ("input",)


def check(subject: Subject) -> Iterable[Finding]:
    """What was noted while objects were read."""
    return (one for one in subject.snapshot.findings if one.code == CODE)
