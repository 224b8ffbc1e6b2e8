"""How many pods each ReplicaSet of a Deployment may have in a rolling update. Pure.

Kubernetes' own: pkg/controller/deployment/util/deployment_util.go, rolling.go and sync.go.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from msgspec import Struct

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.metadata import age_order, annotations_of

DESIRED = "deployment.kubernetes.io/desired-replicas"
MAX = "deployment.kubernetes.io/max-replicas"


class Resize(Struct, frozen=True):
    """A ReplicaSet, and the size it is to have."""

    item: Json
    size: int


def wanted(item: Json) -> int:
    """The size that a Deployment or ReplicaSet is to have."""
    return int(item["spec"]["replicas"])


def available(item: Json) -> int:
    """How many of its pods are available."""
    return int((item.get("status") or {}).get("availableReplicas", 0))


def total(sets: Iterable[Json]) -> int:
    """The sizes of all ReplicaSets together."""
    return sum(map(wanted, sets))


def scaled(value: int | str | None, whole: int, up: bool) -> int:
    """A number, or a share such as ``25%``, rounded up or down to whole pods."""
    if not isinstance(value, str):
        return value or 0
    share = int(value.rstrip("%")) * whole
    return -(-share // 100) if up else share // 100


def is_rolling(deployment: Json) -> bool:
    """Whether its strategy is RollingUpdate."""
    return bool(deployment["spec"]["strategy"]["type"] == "RollingUpdate")


def fenceposts(deployment: Json) -> tuple[int, int]:
    """How many pods there may be too many, and how many may be missing."""
    if not is_rolling(deployment):
        return 0, 0
    rule = deployment["spec"]["strategy"].get("rollingUpdate") or {}
    surge = scaled(rule.get("maxSurge"), wanted(deployment), up=True)
    missing = scaled(rule.get("maxUnavailable"), wanted(deployment), up=False)
    # Small shares are rounded to nothing; without either, no update would ever get on.
    return surge, missing if surge or missing else 1


def max_surge(deployment: Json) -> int:
    """How many pods there may be more than asked for."""
    return fenceposts(deployment)[0]


def max_unavailable(deployment: Json) -> int:
    """How many of the pods asked for may be missing."""
    return min(fenceposts(deployment)[1], wanted(deployment))


def size_of_new(deployment: Json, sets: Sequence[Json], size: int) -> int:
    """The next size of the new ReplicaSet, which is one of all `sets` and has `size` now."""
    if not is_rolling(deployment):
        return wanted(deployment)
    rule = deployment["spec"]["strategy"].get("rollingUpdate") or {}
    surge = scaled(rule.get("maxSurge"), wanted(deployment), up=True)
    free = wanted(deployment) + surge - total(sets)
    return size + min(free, wanted(deployment) - size) if free > 0 else size


def shrink_old(deployment: Json, old: Sequence[Json], new: Json) -> list[Resize]:
    """What the old ReplicaSets can give up now, in two rounds: first the unavailable pods."""
    minimum = wanted(deployment) - max_unavailable(deployment)
    spare = total([*old, new]) - minimum - (wanted(new) - available(new))
    if spare <= 0:
        return []
    steps = []
    ordered = sorted(old, key=age_order)
    sizes = [wanted(each) for each in ordered]
    spared = [max(0, size - available(each)) for each, size in zip(ordered, sizes, strict=True)]
    for limit, rest in ((spared, spare), (None, sum(map(available, [*old, new])) - minimum)):
        left = max(0, rest)
        for index, each in enumerate(ordered):
            gone = min(left, (limit or sizes)[index])
            left -= gone
            sizes[index] -= gone
            steps += [Resize(each, sizes[index])] if gone else []
    return steps


def proportions(deployment: Json, active: Sequence[Json]) -> list[Resize]:
    """All ReplicaSets with pods when a Deployment is scaled in the middle of an update."""
    whole = wanted(deployment)
    allowed = whole + max_surge(deployment) if whole else 0
    to_add = allowed - total(active)
    newest_first = sorted(active, key=age_order, reverse=to_add > 0)
    ordered = sorted(newest_first, key=wanted, reverse=True)
    sizes, added = [], 0
    for each in ordered:
        share = _share(deployment, each, allowed) if to_add != added else 0
        share = min(share, to_add - added) if to_add > 0 else max(share, to_add - added)
        sizes.append(wanted(each) + (share if to_add else 0))
        added += share if to_add else 0
    # What rounding left over goes to the largest.
    sizes[0] = max(0, sizes[0] + to_add - added)
    return [Resize(each, size) for each, size in zip(ordered, sizes, strict=True)]


def _share(deployment: Json, item: Json, allowed: int) -> int:
    if not wanted(deployment):
        return -wanted(item)
    before = int(annotations_of(item).get(MAX, "0")) or int(
        (deployment.get("status") or {}).get("replicas", 0)
    )
    if not before:
        return 0
    # Half a pod is rounded away from zero, as Go does; sizes are never negative.
    return math.floor(wanted(item) * allowed / before + 0.5) - wanted(item)


def is_saturated(deployment: Json, new: Json | None) -> bool:
    """Whether the new ReplicaSet has all pods of the Deployment, and knows that it should."""
    return (
        new is not None
        and annotations_of(new).get(DESIRED) == str(wanted(deployment))
        and wanted(new) == available(new) == wanted(deployment)
    )
