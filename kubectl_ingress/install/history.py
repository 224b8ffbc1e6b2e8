"""What ran before: the pod template to go back to when an upgrade does not become ready.

At the beginning of an upgrade that is the workload's own, unless an earlier
upgrade was interrupted before it became ready; then Kubernetes' own history
has the one before it (ReplicaSets of a Deployment, ControllerRevisions of a
DaemonSet), as ``kubectl rollout undo`` finds it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from kubectl_ingress.core.kinds import KINDS, Kind
from kubectl_ingress.errors import ApiForbidden, ApiNotFound
from kubectl_ingress.install.live import Live, condition, reader_of
from kubectl_ingress.ports import api

if TYPE_CHECKING:
    from kubectl_ingress.ports.cluster import Cluster

_REVISIONS = Kind("ControllerRevision", "apps/v1", "controllerrevisions")
_REVISION = "deployment.kubernetes.io/revision"
# Kubernetes sets it when all pods are of one template and available, and leaves it
# so when some fail later (pkg/controller/deployment/progress.go). It may also stand
# there from the template before, so the message counts, which names the ReplicaSet.
_ROLLED_OUT = "NewReplicaSetAvailable"
_NAMED = re.compile(r'ReplicaSet "([^"]+)"')


class _Revision(Struct, frozen=True):
    """One entry of the history: its number, the name of its object, its pod template."""

    number: int
    name: str
    template: Live


def template_to_go_back_to(cluster: Cluster, workload: Live) -> Live:
    """The workload's own pod template if it has ever become ready, else the one before it."""
    current = reader_of(workload).child("spec").child("template").data
    history = list(_history(cluster, workload))
    done = _rolled_out(workload)
    same = [each.name for each in history if _running(each.template) == _running(current)]
    if done in same or _runs(cluster, workload, current):
        return current
    earlier = [each for each in history if each.name not in same]
    # The last that was ready, or else, since nothing names it, the last before this one.
    earlier.sort(key=lambda each: (each.name == done, each.number))
    return earlier[-1].template if earlier else current


def _rolled_out(workload: Live) -> str:
    """The ReplicaSet that all pods of a Deployment were of when they were last available."""
    for each in reader_of(workload).child("status").children("conditions"):
        if each.text("type") == "Progressing" and each.text("reason") == _ROLLED_OUT:
            found = _NAMED.search(each.text("message"))
            return found[1] if found else ""
    return ""


def _runs(cluster: Cluster, workload: Live, template: Live) -> bool:
    """Whether a pod of this template is ready."""
    meta = reader_of(workload).meta()
    selected = reader_of(workload).child("spec").child("selector").string_map("matchLabels")
    labels = ",".join(f"{key}={value}" for key, value in selected.items())
    pods = _readable(cluster, KINDS["Pod"], meta.namespace, labels)
    wanted = _running(template)
    # Others may have put containers of theirs beside ours.
    return any(condition(p, "Ready") is not None and wanted <= _running(p) for p in pods)


def _history(cluster: Cluster, workload: Live) -> Iterator[_Revision]:
    meta = reader_of(workload).meta()
    is_deployment = workload["kind"] == "Deployment"
    kind = KINDS["ReplicaSet"] if is_deployment else _REVISIONS
    for live in _readable(cluster, kind, meta.namespace):
        reader = reader_of(live)
        owners = reader.child("metadata").children("ownerReferences")
        if meta.uid not in [owner.text("uid") for owner in owners]:
            continue
        if is_deployment:
            text = reader.meta().annotations.get(_REVISION, "")
            number, spec = int(text) if text.isdecimal() else 0, reader.child("spec")
        else:
            number, spec = reader.number("revision") or 0, reader.child("data").child("spec")
        yield _Revision(number, reader.meta().name, spec.child("template").data)


def _readable(cluster: Cluster, kind: Kind, namespace: str, labels: str = "") -> list[Live]:
    try:
        return list(api.list_all(cluster, kind, namespace, labels=labels))
    except (ApiForbidden, ApiNotFound):
        return []


def _running(template: Live) -> frozenset[tuple[str, tuple[str, ...]]]:
    """What a pod, or one of a template, runs: images and arguments."""
    containers = reader_of(template).child("spec").children("containers")
    return frozenset((each.text("image"), each.strings("args")) for each in containers)
