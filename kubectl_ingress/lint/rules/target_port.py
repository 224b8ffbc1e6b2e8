"""A Service sends to a port that its pods do not say they listen on.

What it does
Compares targetPort with the ports of the containers whose pods the Service selects. A name that
no container has is an error, another number a warning: a container may listen where it does not
say so. Pods that name no port at all say nothing.

Why it is bad
502: the pods are ready, and nobody listens where requests are sent. Under a name that is not there
the Service has no endpoint, which is a 503.

Example

    kind: Service
    spec:
      ports: [{port: 80, targetPort: 8080}]
    ---
    kind: Deployment
    spec: {template: {spec: {containers: [{ports: [{containerPort: 3000}]}]}}}

Use instead

    targetPort: 3000
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.controllers._backends import wrong_target
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.lint.subject import POD_KINDS, ROUTES, Subject

CODE = "KI115"
NAME = "target-port"
LEVEL = "error"
READS = (*POD_KINDS, ROUTES)


def check(subject: Subject) -> Iterable[Finding]:
    """As the controllers' tables have it, then all Services that Ingresses send to."""
    found = {(one.object, one.field): one for one in subject.routes.said(CODE)}
    asked = {(one.service.meta.key, one.number): one for one in subject.routes.backed}
    for one in asked.values():
        finding = wrong_target(one.service, one.number, subject.snapshot)
        if finding is not None:
            found.setdefault((finding.object, finding.field), finding)
    return found.values()
