"""The status of a Deployment: counts, and what its conditions say. Pure.

Kubernetes' own: pkg/controller/deployment/sync.go (calculateStatus), progress.go and
util/deployment_util.go, with the reasons and sentences of the conditions.
"""

from __future__ import annotations

from collections.abc import Sequence

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.controllers.sizes import available, max_unavailable, total, wanted
from kubectl_ingress.lab.metadata import condition_of, without_zeros
from kubectl_ingress.lab.times import now, seconds_since

NEW_SET, FOUND_SET = "NewReplicaSetCreated", "FoundNewReplicaSet"
UPDATED, AVAILABLE = "ReplicaSetUpdated", "NewReplicaSetAvailable"
TIMED_OUT, CREATE_ERROR = "ProgressDeadlineExceeded", "ReplicaSetCreateError"
PAUSED, RESUMED = "DeploymentPaused", "DeploymentResumed"
# Means that there is no deadline, or no limit.
UNLIMITED = 2**31 - 1


def has_deadline(deployment: Json) -> bool:
    """Whether it is told when its update does not get on."""
    return bool(deployment["spec"].get("progressDeadlineSeconds", UNLIMITED) != UNLIMITED)


def condition(kind: str, status: str, reason: str, message: str) -> Json:
    """A condition that begins now."""
    return {
        "type": kind,
        "status": status,
        "lastUpdateTime": now(),
        "lastTransitionTime": now(),
        "reason": reason,
        "message": message,
    }


def set_condition(status: Json, new: Json, force: bool = False) -> None:
    """Put a condition into a status, in place; one with the same reason stays, but for `force`."""
    known = next((c for c in status.get("conditions", []) if c["type"] == new["type"]), None)
    if known is not None and known["status"] == new["status"]:
        if known["reason"] == new["reason"] and not force:
            return
        new = new | {"lastTransitionTime": known["lastTransitionTime"]}
    remove_condition(status, new["type"])
    status.setdefault("conditions", []).append(new)


def remove_condition(status: Json, kind: str) -> None:
    """Take a condition out of a status, in place."""
    left = [each for each in status.get("conditions", []) if each["type"] != kind]
    if left or "conditions" in status:
        status["conditions"] = left


def counted(deployment: Json, sets: Sequence[Json], new: Json | None) -> Json:
    """The status by the ReplicaSets, with the conditions as they are and Available."""
    statuses = [each.get("status") or {} for each in sets]
    ready = sum(map(available, sets))
    before = deployment.get("status") or {}
    status = without_zeros(
        observedGeneration=deployment["metadata"].get("generation", 0),
        replicas=sum(each.get("replicas", 0) for each in statuses),
        updatedReplicas=(new or {}).get("status", {}).get("replicas", 0),
        readyReplicas=sum(each.get("readyReplicas", 0) for each in statuses),
        availableReplicas=ready,
        unavailableReplicas=max(0, total(sets) - ready),
        collisionCount=before.get("collisionCount"),
    )
    status["terminatingReplicas"] = sum(each.get("terminatingReplicas", 0) for each in statuses)
    status["conditions"] = list(before.get("conditions", []))
    if ready >= wanted(deployment) - max_unavailable(deployment):
        text = "Deployment has minimum availability."
        is_available = condition("Available", "True", "MinimumReplicasAvailable", text)
    else:
        text = "Deployment does not have minimum availability."
        is_available = condition("Available", "False", "MinimumReplicasUnavailable", text)
    set_condition(status, is_available)
    return status


def judged(deployment: Json, sets: Sequence[Json], new: Json | None) -> Json:
    """The status during an update: ``counted``, with Progressing and ReplicaFailure."""
    status = counted(deployment, sets, new)
    before = condition_of(deployment, "Progressing")
    if not has_deadline(deployment):
        remove_condition(status, "Progressing")
    elif not (
        status.get("replicas") == status.get("updatedReplicas")
        and before is not None
        and before["reason"] == AVAILABLE
    ):
        _judge_progress(deployment, status, new)
    failures = [condition_of(each, "ReplicaFailure") for each in ([new] if new else []) + [*sets]]
    failure = next((each for each in failures if each), None)
    if failure is None:
        remove_condition(status, "ReplicaFailure")
    else:
        set_condition(status, failure | {"lastUpdateTime": failure["lastTransitionTime"]})
    return status


def is_complete(deployment: Json, status: Json) -> bool:
    """Whether all pods are updated and available, and no others run."""
    counts = {status.get(k, 0) for k in ("updatedReplicas", "replicas", "availableReplicas")}
    observed = status.get("observedGeneration", 0)
    return counts == {wanted(deployment)} and observed >= deployment["metadata"]["generation"]


def seconds_to_deadline(deployment: Json, status: Json) -> float | None:
    """When to look again whether the update gets on; None when there is nothing to wait for."""
    progress = condition_of(deployment, "Progressing")
    if not has_deadline(deployment) or progress is None or is_complete(deployment, status):
        return None
    if progress["reason"] == TIMED_OUT:
        return None
    limit = float(deployment["spec"]["progressDeadlineSeconds"])
    # A second more, since times have whole seconds.
    return max(0.0, limit - seconds_since(progress["lastUpdateTime"])) + 1


def _judge_progress(deployment: Json, status: Json, new: Json | None) -> None:
    name = (new or deployment)["metadata"]["name"]
    about = f'{"ReplicaSet" if new else "Deployment"} "{name}"'
    if is_complete(deployment, status):
        text = f"{about} has successfully progressed."
        set_condition(status, condition("Progressing", "True", AVAILABLE, text))
    elif _gets_on(deployment.get("status") or {}, status):
        text = f"{about} is progressing."
        set_condition(status, condition("Progressing", "True", UPDATED, text), force=True)
    elif _is_late(deployment):
        text = f"{about} has timed out progressing."
        set_condition(status, condition("Progressing", "False", TIMED_OUT, text))


def _gets_on(before: Json, status: Json) -> bool:
    def old(counts: Json) -> int:
        return int(counts.get("replicas", 0)) - int(counts.get("updatedReplicas", 0))

    more = ("updatedReplicas", "readyReplicas", "availableReplicas")
    return old(status) < old(before) or any(status.get(k, 0) > before.get(k, 0) for k in more)


def _is_late(deployment: Json) -> bool:
    progress = condition_of(deployment, "Progressing")
    if progress is None or progress["reason"] == AVAILABLE:
        return False
    limit = float(deployment["spec"]["progressDeadlineSeconds"])
    return (
        bool(progress["reason"] == TIMED_OUT) or seconds_since(progress["lastUpdateTime"]) > limit
    )
