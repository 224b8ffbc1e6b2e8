"""An annotation has a value that the controller does not accept.

What it does
Reads every annotation as its controller does, with the validators of its source. An error
where the whole Ingress vanishes or all its paths answer 503, a warning where the value counts
as absent.

Why it is bad
Nothing in the cluster says so: the Ingress is stored, has an address, and works otherwise
than it reads, or not at all.

Example

    metadata:
      annotations:
        nginx.ingress.kubernetes.io/proxy-read-timeout: 60s    # a number of seconds without unit
        nginx.ingress.kubernetes.io/permanent-redirect: https://a.example/#top

Use instead
A value of the kind that the finding names.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.core.objects import Finding
from kubectl_ingress.lint.subject import ROUTES, Subject

CODE = "KI402"
NAME = "annotation-value"
LEVEL = "error"
READS = (ROUTES,)


def check(subject: Subject) -> Iterable[Finding]:
    """As the controllers' tables have it."""
    return subject.routes.said(CODE)
