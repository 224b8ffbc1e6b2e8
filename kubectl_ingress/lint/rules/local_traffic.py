"""Nodes without a pod of the controller answer nobody.

What it does
Finds externalTrafficPolicy Local in front of a Deployment of ingress-nginx with fewer pods than
there are nodes. A warning where clients ask nodes themselves (NodePort); an info at a load
balancer, whose health check leaves the other nodes out.

Why it is bad
A node without a pod drops what comes in: some requests time out, others are answered.

Example

    kind: Service
    spec:
      type: NodePort
      externalTrafficPolicy: Local

Use instead
A DaemonSet; or `externalTrafficPolicy: Cluster`, where the client's address is that of a node.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.core.objects import Finding
from kubectl_ingress.lint.remedies import in_spec
from kubectl_ingress.lint.subject import ROUTES, NginxEntry, Subject

CODE = "KI624"
NAME = "local-traffic"
LEVEL = "warning"
READS = ("Node", ROUTES)

_LEVELS = {"NodePort": "warning", "LoadBalancer": "info"}


def check(subject: Subject) -> Iterable[Finding]:
    """Services of ingress-nginx; in files nobody knows how many nodes there are."""
    nodes = len(subject.snapshot.nodes)
    for entry in subject.routes.entries:
        service, meta = entry.service, entry.service.meta
        if service.traffic_policy != "Local" or not _is_on_some(entry, nodes):
            continue
        pods = f"{entry.workload.desired} pod{'s' * (entry.workload.desired != 1)}"
        where = f"of {nodes} nodes " if nodes else ""
        message = (
            f"Service {meta.key} has externalTrafficPolicy Local in front of {pods}: {where}only"
            " those with a pod answer"
        )
        level = _LEVELS.get(service.type, "")
        if level:
            fix = in_spec("Service", meta, "externalTrafficPolicy", "Cluster")
            field = ("spec", "externalTrafficPolicy")
            yield Finding(CODE, level, message, f"Service {meta.key}", meta.origin, fix, field)


def _is_on_some(entry: NginxEntry, nodes: int) -> bool:
    if entry.workload.kind != "Deployment":
        return False
    return entry.workload.desired < nodes if nodes else entry.service.type == "NodePort"
