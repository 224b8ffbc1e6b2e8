"""What controllers want to know of pods, and how they make one. Pure."""

from __future__ import annotations

import copy
import math
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.metadata import (
    annotated_number,
    condition_of,
    is_deleting,
    is_true,
    reference_to,
    uid_of,
)
from kubectl_ingress.lab.times import seconds_since

_DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
_PHASES = {"Pending": 0, "Unknown": 1, "Running": 2}


def phase_of(pod: Json) -> str:
    """Pending, Running, Succeeded, Failed or Unknown."""
    return (pod.get("status") or {}).get("phase") or "Pending"


def is_terminal(pod: Json) -> bool:
    """Whether its containers have ended for good."""
    return phase_of(pod) in ("Succeeded", "Failed")


def is_active(pod: Json) -> bool:
    """Whether it counts as one of its controller's pods."""
    return not is_terminal(pod) and not is_deleting(pod)


def is_terminating(pod: Json) -> bool:
    """Whether it is being deleted and still runs."""
    return not is_terminal(pod) and is_deleting(pod)


def is_ready(pod: Json) -> bool:
    """Whether its Ready condition holds."""
    return is_true(condition_of(pod, "Ready"))


def seconds_to_available(pod: Json, min_ready: int) -> float | None:
    """How long until it will have been ready for `min_ready` seconds; 0 now, None not ready."""
    ready = condition_of(pod, "Ready")
    if ready is None or not is_true(ready):
        return None
    if not min_ready:
        return 0.0
    return max(0.0, min_ready - seconds_since(ready["lastTransitionTime"]))


def is_available(pod: Json, min_ready: int) -> bool:
    """Whether it has been ready for `min_ready` seconds."""
    return seconds_to_available(pod, min_ready) == 0


def pod_from(template: Json, owner: Json, prefix: str = "") -> Json:
    """The pod to create for a pod template; the API server completes its name.

    `prefix` is the name's beginning where it is not the owner's.
    """
    metadata = copy.deepcopy(template.get("metadata") or {})
    metadata.pop("creationTimestamp", None)
    metadata["generateName"] = prefix or f"{owner['metadata']['name']}-"
    metadata["ownerReferences"] = [reference_to(owner)]
    return {"metadata": metadata, "spec": copy.deepcopy(template["spec"])}


def to_delete(pods: Iterable[Json], related: Iterable[Json], count: int) -> list[Json]:
    """The `count` pods that can be spared best.

    Kubernetes' own order, pkg/controller/controller_utils.go (ActivePodsWithRanks): those
    without a node, in an early phase, unready, beside another of the related pods, the newest;
    ages are compared by their powers of two.
    """
    on_node = Counter(pod["spec"].get("nodeName", "") for pod in related if is_active(pod))
    now = datetime.now(UTC)

    def order(pod: Json) -> tuple[object, ...]:
        node = pod["spec"].get("nodeName", "")
        ready = condition_of(pod, "Ready") if is_ready(pod) else None
        since = ready["lastTransitionTime"] if ready else ""
        return (
            bool(node),
            _PHASES.get(phase_of(pod), 2),
            ready is not None,
            annotated_number(pod, _DELETION_COST),
            -on_node[node],
            _magnitude(since, now),
            -_restarts(pod),
            _magnitude(pod["metadata"]["creationTimestamp"], now),
            uid_of(pod),
        )

    return sorted(pods, key=order)[:count]


def _magnitude(time: str, now: datetime) -> int:
    age = seconds_since(time, now) if time else 0.0
    return int(math.log2(age * 1e9)) if age > 0 else -1


def _restarts(pod: Json) -> int:
    statuses = (pod.get("status") or {}).get("containerStatuses") or []
    return max((status.get("restartCount", 0) for status in statuses), default=0)
