"""An Ingress names a class that does not exist, or that no controller here serves.

What it does
Follows the class of every Ingress to its IngressClass and to the controller behind it. Files
that hold no IngressClass are taken to be for a cluster that has it.

Why it is bad
404, and an empty ADDRESS: every controller passes the Ingress over. The class of MicroK8s'
ingress is called public, that of RKE2 nginx or traefik.

Example

    spec:
      ingressClassName: ngnix

Use instead
A name of `kubectl get ingressclasses`.

What --fix does
It corrects a name that is a slip of the pen away from that of exactly one IngressClass in the
files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec.structs import replace

from kubectl_ingress.core.edits import Mend, SetValue
from kubectl_ingress.core.objects import Finding, Ingress, Snapshot
from kubectl_ingress.core.spelling import chosen_name
from kubectl_ingress.lint.subject import ROUTES, Subject

CODE = "KI202"
NAME = "wrong-class"
LEVEL = "error"
READS = (ROUTES, "Ingress", "IngressClass")

_FIELD = ("spec", "ingressClassName")
_CLASS = re.compile(r'"ingressClassName":"([^"]+)"')


def check(subject: Subject) -> Iterable[Finding]:
    """Ingresses that no table takes."""
    snapshot = subject.snapshot
    for finding in subject.routes.said(CODE):
        named = _CLASS.search(finding.fix) if snapshot.offline else None
        if named is None:
            yield finding
            continue
        ingress = snapshot.ingress_named(finding.object.partition(" ")[2])
        meant = _meant(ingress, snapshot) if ingress is not None else ""
        finding = replace(finding, fix=f"ingressClassName: {meant or named[1]}")
        mend = Mend((SetValue(_FIELD, meant),)) if meant else None
        yield replace(finding, mend=mend)


def _meant(ingress: Ingress, snapshot: Snapshot) -> str:
    known, written = snapshot.class_by_name, ingress.class_name
    return chosen_name(written, known) if written and written not in known else ""
