"""The controllers' pods, and why they are not ready: an image that cannot be pulled, no room on the
nodes, a crash, a probe that fails, quota or Pod Security.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from kubectl_ingress.core.checkup import Checked
from kubectl_ingress.core.inventory import ControllerEntry, ObjectRef
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.doctor.case import Case
from kubectl_ingress.install.pods import pod_problem, refused, unwell
from kubectl_ingress.inventory.problems import without_pods

AREA = "Controller"
NAME = "pods"
CODES = ("KI203", "KI204", "KI702", "KI703", "KI704", "KI707")


def check(case: Case) -> Iterable[Checked]:
    """A line for each controller."""
    for finding in case.said("KI203"):
        yield Checked("controller", "none runs", finding)
    counted = {one.object: one for one in case.said("KI204")}
    running = (one.running for one in case.live if one.running is not None)
    by_specification = {one.workload.meta.key for one in running if one.caveat}
    for one in case.controllers:
        if one.workload is None:
            yield Checked(one.title, "runs outside the cluster")
            continue
        label = f"{one.title} {one.version}".strip()
        text = f"{one.ready}/{one.desired} ready ({one.workload.key})"
        if one.workload.key in by_specification:
            text += "; its routes are not modelled"
        general = counted.get(str(one.workload))
        if general is None:
            yield Checked(label, text)
        else:
            yield Checked(label, text, _why(case, one, one.workload, general))


def _why(case: Case, one: ControllerEntry, place: ObjectRef, general: Finding) -> Finding:
    """What a pod or an event tells, else how many are ready."""
    causes = case.causes_in(place.namespace)
    found = None
    for workload in case.snapshot.workloads:
        if (workload.kind, workload.meta.key) == (place.kind, place.key):
            problems = (pod_problem(pod, causes) for pod in unwell(causes, workload.pod_labels))
            found = next(filter(None, problems), None)
            found = found or refused(workload.meta, workload.kind, causes)
    if found is None:
        return general
    # Some may be ready all the same: then it is no reason for any failure.
    return replace(found, level=general.level, message=f"{found.message}{without_pods(one)}")
