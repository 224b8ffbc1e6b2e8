"""externalTrafficPolicy Local against the nodes that run a ready pod of the controller: the others
drop what is sent to them, unless the load balancer's health check leaves them out.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.core.checkup import Checked, State
from kubectl_ingress.core.objects import Finding, Service
from kubectl_ingress.core.text import listed
from kubectl_ingress.doctor.case import Case
from kubectl_ingress.lint.remedies import in_spec

AREA = "Load balancer"
NAME = "nodes"
CODES = ("KI624",)

_DOWN = Checked("nodes", "Local: no pod is ready", otherwise=State.SKIPPED)
_EXCLUDED = "node.kubernetes.io/exclude-from-external-load-balancers"


def check(case: Case) -> Iterable[Checked]:
    """A line for each Service of a controller with that policy."""
    for one in case.controllers:
        if one.service is None or not case.snapshot.nodes:
            continue
        key = (one.service.namespace, one.service.name)
        service = case.snapshot.service_by_key.get(key)
        if service is not None and service.traffic_policy == "Local":
            # Where no pod is ready at all, no other policy helps.
            yield _DOWN if one.is_down else _line(case, service)


def _line(case: Case, service: Service) -> Checked:
    running = _nodes_with_pods(case, service)
    # Load balancers send to no others: those that are not ready, or left out, are not asked.
    asked = [n for n in case.snapshot.nodes if n.ready and _EXCLUDED not in n.meta.labels]
    without = [node.meta.name for node in asked if node.meta.name not in running]
    text = f"Local: {len(asked) - len(without)} of {len(asked)} nodes run a pod"
    if not without:
        return Checked("nodes", text)
    if service.type == "LoadBalancer" and len(without) < len(asked):
        return Checked("nodes", f"{text}, the health check knows")
    meta = service.meta
    message = (
        f"Service {meta.key} has externalTrafficPolicy Local, and no ready pod runs on "
        f"{listed(without)}: what is sent to these nodes is dropped"
    )
    mend = in_spec("Service", meta, "externalTrafficPolicy", "Cluster")
    fix = f"{mend}\nrun the controller as a DaemonSet, which keeps the clients' addresses"
    level = "error" if len(without) == len(asked) else "warning"
    return Checked("nodes", text, Finding("KI624", level, message, f"Service {meta.key}", fix=fix))


def _nodes_with_pods(case: Case, service: Service) -> set[str]:
    slices = case.snapshot.slices_by_service.get((service.meta.namespace, service.meta.name), ())
    return {one.node for piece in slices for one in piece.endpoints if one.ready}
