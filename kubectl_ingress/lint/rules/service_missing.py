"""A route leads to a Service that does not exist.

What it does
Looks for the Service of every backend in the namespace of its Ingress. Where files hold no
Service at all, all of them are taken to be in the cluster.

Why it is bad
ingress-nginx and most others answer 503; Traefik makes no route of it, so the client gets
the 404 of whoever takes the path next.

Example

    backend:
      service:
        name: hostname-svc     # the Service is called hostname-service
        port: {number: 80}

Use instead
The name of a Service of the same namespace: `kubectl get services`. A Service of another
namespace cannot be a backend of an Ingress.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec.structs import replace

from kubectl_ingress.core.objects import Finding, Snapshot
from kubectl_ingress.core.reasons import edit_command
from kubectl_ingress.core.spelling import chosen_name
from kubectl_ingress.lint.subject import ROUTES, Subject

CODE = "KI103"
NAME = "service-missing"
LEVEL = "error"
READS = (ROUTES, "Service")

_NAMED = re.compile(r"Service ([^\s/]+)/(\S+)")
# What half of all Services end in tells none from another.
_ENDING = re.compile(r"-(?:service|svc)\Z")


def check(subject: Subject) -> Iterable[Finding]:
    """As the controllers' tables have it, with the Service that may be meant."""
    for finding in subject.routes.said(CODE):
        meant = _nearest(finding, subject.snapshot)
        if not meant:
            yield finding
        elif subject.snapshot.offline:
            yield replace(finding, fix=f"name: {meant}")
        else:
            message = f"{finding.message}; did you mean {meant}?"
            fix = edit_command(finding.object) or finding.fix
            yield replace(finding, message=message, fix=fix)


def _nearest(finding: Finding, snapshot: Snapshot) -> str:
    """The only Service of its namespace that is a slip of the pen away; "" for none, or several."""
    named = _NAMED.search(finding.message)
    if named is None:
        return ""
    namespace, written = named[1], named[2]
    there: dict[str, list[str]] = {}
    for one in snapshot.services:
        if one.meta.namespace == namespace:
            there.setdefault(_ENDING.sub("", one.meta.name), []).append(one.meta.name)
    meant = there.get(chosen_name(_ENDING.sub("", written), there), [])
    return meant[0] if len(meant) == 1 else ""
