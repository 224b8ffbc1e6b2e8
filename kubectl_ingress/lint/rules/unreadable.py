"""A file, or a document in it, cannot be read.

What it does
Reads YAML and JSON as kubectl does. What cannot be read is left out, the rest is looked at.

Why it is bad
kubectl apply fails; and what is left out here cannot be judged.

Example

    metadata:
      name: web
     annotations: {}

Use instead
Mend what stands at that line. A Helm chart is rendered first:
`helm template CHART | kubectl ingress lint -f -`.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.core.objects import Finding
from kubectl_ingress.lint.subject import Subject

CODE = "KI904"
NAME = "unreadable"
LEVEL = "error"
READS = ("input",)


def check(subject: Subject) -> Iterable[Finding]:
    """What was noted while objects were read."""
    return (one for one in subject.snapshot.findings if one.code == CODE)
