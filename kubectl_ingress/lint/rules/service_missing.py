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

import difflib
import re
from collections.abc import Iterable

from msgspec.structs import replace

from kubectl_ingress.core.objects import Finding, Snapshot
from kubectl_ingress.lint.subject import ROUTES, Subject

CODE = "KI103"
NAME = "service-missing"
LEVEL = "error"
READS = (ROUTES, "Service")

_NAMED = re.compile(r"Service ([^\s/]+)/(\S+)")


def check(subject: Subject) -> Iterable[Finding]:
    """As the controllers' tables have it, with the Service that may be meant."""
    for finding in subject.routes.said(CODE):
        meant = _nearest(finding, subject.snapshot)
        yield replace(finding, fix=f"name: {meant}") if meant else finding


def _nearest(finding: Finding, snapshot: Snapshot) -> str:
    named = _NAMED.search(finding.message)
    if named is None:
        return ""
    known = [one.meta.name for one in snapshot.services if one.meta.namespace == named[1]]
    return next(iter(difflib.get_close_matches(named[2], known, 1)), "")
