"""Some objects of the cluster may not be read.

What it does
Says which kinds the user may not list, and are not there for the other rules.

Why it is bad
What depends on them is not known, so findings may be missing.

Example

    secrets is forbidden: User "dev" cannot list resource "secrets" in API group ""

Use instead
A role with get and list for these kinds.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.core.objects import Finding
from kubectl_ingress.lint.subject import Subject

CODE = "KI905"
NAME = "not-readable"
LEVEL = "warning"
READS = ("input",)


def check(subject: Subject) -> Iterable[Finding]:
    """What was noted while objects were read."""
    return (one for one in subject.snapshot.findings if one.code == CODE)
