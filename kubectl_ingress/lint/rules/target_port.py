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

from kubectl_ingress.core.objects import Finding, Service
from kubectl_ingress.core.text import listed
from kubectl_ingress.lint.remedies import target_port
from kubectl_ingress.lint.subject import POD_KINDS, ROUTES, Subject, pods_of

CODE = "KI115"
NAME = "target-port"
LEVEL = "error"
READS = (*POD_KINDS, ROUTES)


def check(subject: Subject) -> Iterable[Finding]:
    """The Services that Ingresses send to."""
    snapshot = subject.snapshot
    if not snapshot.pods_by_label:
        return
    asked = {(one.service.meta.key, one.number): one for one in subject.routes.backed}
    for one in asked.values():
        for pods in pods_of(one.service, snapshot):
            ports = [port for port in pods.spec.ports if port.protocol == one.port.protocol]
            wanted = one.port.number if one.port.target is None else one.port.target
            if ports and wanted not in {value for p in ports for value in (p.number, p.name)}:
                shown = [f"{port.number}{f' ({port.name})' * bool(port.name)}" for port in ports]
                message = (
                    f"port {one.port.number} of Service {one.service.meta.key} leads to port"
                    f" {wanted} of the pods, and {pods.kind} {pods.meta.name} says {listed(shown)}"
                )
                only = ports[0].number if len(ports) == 1 else 0
                yield _finding(one.service, one.number, message, only)
                break


def _finding(service: Service, number: int, message: str, only: int) -> Finding:
    meta, port = service.meta, service.ports[number]
    level = "error" if isinstance(port.target, str) else "warning"
    fix = target_port(meta, number, only) if only else "the port that the containers listen on"
    field = ("spec", "ports", number, "port" if port.target is None else "targetPort")
    return Finding(CODE, level, message, f"Service {meta.key}", meta.origin, fix, field)
