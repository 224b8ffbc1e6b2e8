"""What ran before: the pod template to go back to when an upgrade does not become ready.

At the beginning of an upgrade that is the workload's own, unless an earlier
upgrade was interrupted before it became ready; then Kubernetes' own history
has the one before it (ReplicaSets of a Deployment, ControllerRevisions of a
DaemonSet), as ``kubectl rollout undo`` finds it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kubectl_ingress.core.kinds import KINDS, Kind
from kubectl_ingress.errors import ApiForbidden, ApiNotFound
from kubectl_ingress.install.live import Live, condition, reader_of
from kubectl_ingress.ports import api

if TYPE_CHECKING:
    from kubectl_ingress.ports.cluster import Cluster

_REVISIONS = Kind("ControllerRevision", "apps/v1", "controllerrevisions")
_REVISION = "deployment.kubernetes.io/revision"
# Kubernetes sets it when all pods are of the current template and available, and
# leaves it so when some fail later (pkg/controller/deployment/progress.go).
_ROLLED_OUT = "NewReplicaSetAvailable"


def template_to_go_back_to(cluster: Cluster, workload: Live) -> Live:
    """The workload's own pod template if it has ever become ready, else the one before it."""
    current = reader_of(workload).child("spec").child("template").data
    if _is_rolled_out(workload) or _runs(cluster, workload, current):
        return current
    earlier = [
        (revision, template)
        for revision, template in _history(cluster, workload)
        if _running(template) != _running(current)
    ]
    return max(earlier, key=lambda each: each[0])[1] if earlier else current


def _is_rolled_out(workload: Live) -> bool:
    status = reader_of(workload).child("status")
    return any(
        each.text("type") == "Progressing" and each.text("reason") == _ROLLED_OUT
        for each in status.children("conditions")
    ) and (status.number("observedGeneration") or 0) >= (
        reader_of(workload).child("metadata").number("generation") or 0
    )


def _runs(cluster: Cluster, workload: Live, template: Live) -> bool:
    """Whether a pod of this template is ready."""
    meta = reader_of(workload).meta()
    selected = reader_of(workload).child("spec").child("selector").string_map("matchLabels")
    labels = ",".join(f"{key}={value}" for key, value in selected.items())
    pods = _readable(cluster, KINDS["Pod"], meta.namespace, labels)
    wanted = _running(template)
    # Others may have put containers of theirs beside ours.
    return any(condition(p, "Ready") is not None and wanted <= _running(p) for p in pods)


def _history(cluster: Cluster, workload: Live) -> Iterator[tuple[int, Live]]:
    meta = reader_of(workload).meta()
    is_deployment = workload["kind"] == "Deployment"
    kind = KINDS["ReplicaSet"] if is_deployment else _REVISIONS
    for live in _readable(cluster, kind, meta.namespace):
        reader = reader_of(live)
        owners = reader.child("metadata").children("ownerReferences")
        if meta.uid not in [owner.text("uid") for owner in owners]:
            continue
        if is_deployment:
            number = reader.meta().annotations.get(_REVISION, "")
            revision, spec = int(number) if number.isdecimal() else 0, reader.child("spec")
        else:
            revision, spec = reader.number("revision") or 0, reader.child("data").child("spec")
        yield revision, spec.child("template").data


def _readable(cluster: Cluster, kind: Kind, namespace: str, labels: str = "") -> list[Live]:
    try:
        return list(api.list_all(cluster, kind, namespace, labels=labels))
    except (ApiForbidden, ApiNotFound):
        return []


def _running(template: Live) -> frozenset[tuple[str, tuple[str, ...]]]:
    """What a pod, or one of a template, runs: images and arguments."""
    containers = reader_of(template).child("spec").children("containers")
    return frozenset((each.text("image"), each.strings("args")) for each in containers)
