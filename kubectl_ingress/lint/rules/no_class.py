"""An Ingress names no class, and no controller takes it.

What it does
Finds Ingresses with neither `spec.ingressClassName` nor the old annotation, unless a controller
takes such (GKE, Traefik, ingress-nginx with --watch-ingress-without-class), or files hold a
default IngressClass.

Why it is bad
404, and an empty ADDRESS. A default class is only given to an Ingress when it is created: one
that was there before stays without.

Example

    kind: Ingress
    spec:
      rules: […]

Use instead

    spec:
      ingressClassName: nginx

What --fix does
It writes the class where the files hold exactly one IngressClass. With none or several it is not
known which one is meant.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from msgspec.structs import replace

from kubectl_ingress.core.classes import class_of
from kubectl_ingress.core.commands import command, namespace_flag
from kubectl_ingress.core.edits import AddKey, Mend
from kubectl_ingress.core.objects import Finding, Ingress, Snapshot
from kubectl_ingress.lint.subject import ROUTES, Subject, finding_on

CODE = "KI201"
NAME = "no-class"
LEVEL = "error"
READS = (ROUTES, "Ingress", "IngressClass")

_SPECIFICATION = "generic"


def check(subject: Subject) -> Iterable[Finding]:
    """Ingresses that nobody takes, or only the specification."""
    snapshot = subject.snapshot
    if snapshot.offline and any(one.is_default for one in snapshot.classes):
        return
    for ingress in snapshot.ingresses:
        if class_of(ingress):
            continue
        owner = subject.routes.owners.get(ingress.meta.key)
        if owner is not None and owner.name != _SPECIFICATION:
            continue
        message = f"Ingress {ingress.meta.key} names no class"
        if snapshot.offline:
            message += ": it has an effect only where the cluster has a default class"
            yield _in_file(ingress, message, snapshot)
        else:
            message += ", and no controller takes it"
            fix = _patch(ingress.meta.name, ingress.meta.namespace, snapshot)
            yield finding_on(ingress, CODE, "error", message, ("spec",), fix)


_WRITE = "write spec.ingressClassName: NAME (kubectl get ingressclasses)"


def _in_file(ingress: Ingress, message: str, snapshot: Snapshot) -> Finding:
    if len(snapshot.classes) != 1:
        return finding_on(ingress, CODE, "warning", message, ("spec",), _WRITE)
    name = snapshot.classes[0].meta.name
    fix = f"ingressClassName: {name}"
    finding = finding_on(ingress, CODE, "warning", message, ("spec",), fix)
    return replace(finding, mend=Mend((AddKey(("spec",), "ingressClassName", name),)))


def _patch(name: str, namespace: str, snapshot: Snapshot) -> str:
    known = sorted(one.meta.name for one in snapshot.classes)
    wanted = known[0] if len(known) == 1 else "NAME"
    flag = namespace_flag(namespace, snapshot.namespace)
    patch = json.dumps({"spec": {"ingressClassName": wanted}}, separators=(",", ":"))
    return command("patch", "ingress", name, *flag, "--type=merge", "-p", patch)
