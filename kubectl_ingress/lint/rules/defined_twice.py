"""An object is defined twice.

What it does
Finds objects of one kind, namespace and name in all files that are read together.

Why it is bad
kubectl apply takes both, one after the other: the last one stays, whichever that is.

Example

    # a.yaml and b.yaml both hold
    kind: Ingress
    metadata: {name: web}

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
