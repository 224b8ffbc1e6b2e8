"""An object, or a field of one, is defined twice.

What it does
Finds objects of one kind, namespace and name in all files that are read together, and keys that
stand twice in one mapping of a YAML file.

Why it is bad
kubectl apply takes both objects, one after the other: the last one stays, whichever that is. Of
two equal keys it takes the last one, in silence even with --validate=strict; kustomize refuses
the file.

Example

    # a.yaml and b.yaml both hold
    kind: Ingress
    metadata: {name: web}
    # and one of them has
    spec:
      ingressClassName: nginx
      ingressClassName: traefik

Use instead
One of them; or another name or namespace.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.core.objects import Finding
from kubectl_ingress.lint.subject import Subject

CODE = "KI903"
NAME = "defined-twice"
LEVEL = "warning"
READS = ("input",)


def check(subject: Subject) -> Iterable[Finding]:
    """What was noted while objects were read."""
    return (one for one in subject.snapshot.findings if one.code == CODE)
