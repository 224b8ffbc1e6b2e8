"""The parameters of an IngressClass do not exist.

What it does
Follows `spec.parameters` of the kinds that controllers have (IngressClassParams of AWS,
IngressClassParameters of Kong) to the object. Files that hold none of the kind are taken to be for
a cluster that has it.

Why it is bad
The AWS Load Balancer Controller makes no load balancer for any Ingress of the class, and Kong
takes its defaults, without a word.

Example

    kind: IngressClass
    spec:
      controller: eks.amazonaws.com/alb
      parameters: {apiGroup: eks.amazonaws.com, kind: IngressClassParams, name: alb}

Use instead
The name of an object of that kind; for Kong with scope Namespace and its namespace.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.core.commands import command
from kubectl_ingress.core.objects import Finding, Parameters, Snapshot
from kubectl_ingress.lint.subject import Subject

CODE = "KI211"
NAME = "class-parameters"
LEVEL = "error"
READS = ("IngressClass", "custom")


def check(subject: Subject) -> Iterable[Finding]:
    """Every class with parameters."""
    snapshot = subject.snapshot
    for one in snapshot.classes:
        wanted = one.parameters
        if wanted is None or _may_be_there(wanted, snapshot):
            continue
        message = f"IngressClass {one.meta.name} refers to {wanted}, which does not exist"
        field = ("spec", "parameters", "name")
        fix = command("get", f"{wanted.kind.lower()}.{wanted.group}", "-A")
        about = f"IngressClass {one.meta.name}"
        yield Finding(CODE, LEVEL, message, about, one.meta.origin, fix, field)


def _may_be_there(wanted: Parameters, snapshot: Snapshot) -> bool:
    kind = (wanted.group, wanted.kind)
    alike = [one for one in snapshot.customs if (one.group, one.kind) == kind]
    if not alike and (snapshot.offline or wanted.kind not in snapshot.read):
        return True
    return any(
        one.meta.name == wanted.name and wanted.namespace in ("", one.meta.namespace)
        for one in alike
    )
