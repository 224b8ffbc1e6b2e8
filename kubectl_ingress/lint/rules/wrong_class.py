"""An Ingress names a class that does not exist, or that no controller here serves.

What it does
Follows the class of every Ingress to its IngressClass and to the controller behind it. Files
that hold no IngressClass are taken to be for a cluster that has it. Where the Gateway API alone is
served, no Ingress is: those are told whose hosts no route of it has.

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
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from kubectl_ingress.controllers._choice import has_gateway_route, is_gateway_only
from kubectl_ingress.core.classes import CLASS_ANNOTATION
from kubectl_ingress.core.edits import Mend, SetValue
from kubectl_ingress.core.objects import Finding, Ingress, Snapshot
from kubectl_ingress.core.spelling import chosen_name
from kubectl_ingress.lint.subject import ROUTES, Subject, finding_on

CODE = "KI202"
NAME = "wrong-class"
LEVEL = "error"
READS = (ROUTES, "GRPCRoute", "HTTPRoute", "Ingress", "IngressClass")

_FIELD = ("spec", "ingressClassName")
_CLASS = re.compile(r'"ingressClassName":"([^"]+)"')
_ANNOTATED = re.compile(rf"({re.escape(CLASS_ANNOTATION)})=(\S+)$")
_INSTEAD = ", and take spec.ingressClassName out"


def check(subject: Subject) -> Iterable[Finding]:
    """Ingresses that no table takes."""
    snapshot = subject.snapshot
    compiled = subject.routes.compiled
    if compiled and all(is_gateway_only(one.controller) for one in compiled):
        yield from _unread(snapshot)
    for finding in subject.routes.said(CODE):
        by_annotation = _ANNOTATED.search(finding.fix) if snapshot.offline else None
        if by_annotation is not None:
            yield replace(finding, fix=f"{by_annotation[1]}: {by_annotation[2]}{_INSTEAD}")
            continue
        named = _CLASS.search(finding.fix) if snapshot.offline else None
        if named is None:
            yield finding
            continue
        ingress = snapshot.ingress_named(finding.object.partition(" ")[2])
        meant = _meant(ingress, snapshot) if ingress is not None else ""
        finding = replace(finding, fix=f"ingressClassName: {meant or named[1]}")
        mend = Mend((SetValue(_FIELD, meant),)) if meant else None
        yield replace(finding, mend=mend)


def _unread(snapshot: Snapshot) -> Iterator[Finding]:
    """Ingresses, where nobody reads any."""
    for ingress in snapshot.ingresses:
        hosts = dict.fromkeys(rule.host for rule in ingress.rules) or {"": None}
        left = [host for host in hosts if not has_gateway_route(snapshot, host)]
        if left:
            named = ", ".join(host or "*" for host in left)
            message = (
                "only the Gateway API is served, which reads no Ingress, and none of its routes"
            )
            message += f" has the host {named}"
            fix = f"an HTTPRoute for {named}, or a controller that serves Ingresses"
            yield finding_on(ingress, CODE, LEVEL, message, ("kind",), fix)


def _meant(ingress: Ingress, snapshot: Snapshot) -> str:
    known, written = snapshot.class_by_name, ingress.class_name
    return chosen_name(written, known) if written and written not in known else ""
