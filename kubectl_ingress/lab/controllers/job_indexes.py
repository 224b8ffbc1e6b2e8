"""Indexed Jobs: which index each pod has, and which are done. Pure.

Kubernetes' own: pkg/controller/job/indexed_job_utils.go.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.controllers import pods

INDEX = "batch.kubernetes.io/job-completion-index"
_VARIABLE = {
    "name": "JOB_COMPLETION_INDEX",
    "valueFrom": {"fieldRef": {"fieldPath": f"metadata.labels['{INDEX}']"}},
}


def is_indexed(job: Json) -> bool:
    """Whether each of its pods has a number of its own."""
    return bool(job["spec"].get("completionMode") == "Indexed")


def note_done(job: Json, owned: Iterable[Json]) -> None:
    """Write down the indexes of the pods that have succeeded."""
    done = set(_done(job)) | set(_indexes(p for p in owned if pods.phase_of(p) == "Succeeded"))
    if done:
        job["status"]["completedIndexes"] = _as_text(sorted(done))


def free(job: Json, active: Iterable[Json]) -> list[int]:
    """The indexes that have no pod, and are not done."""
    taken = set(_done(job)) | set(_indexes(active))
    return [index for index in range(job["spec"]["completions"]) if index not in taken]


def with_index(job: Json, template: Json, index: int) -> Json:
    """The template of the pod with this index."""
    one = copy.deepcopy(template)
    metadata = one["metadata"]
    for where in ("labels", "annotations"):
        metadata[where] = metadata.get(where, {}) | {INDEX: str(index)}
    spec = one["spec"]
    spec["hostname"] = f"{job['metadata']['name']}-{index}"
    for container in [*spec.get("initContainers", []), *spec["containers"]]:
        known = container.get("env", [])
        if all(each["name"] != _VARIABLE["name"] for each in known):
            container["env"] = [*known, copy.deepcopy(_VARIABLE)]
    return one


def _indexes(found: Iterable[Json]) -> Iterator[int]:
    for pod in found:
        text = pod["metadata"].get("annotations", {}).get(INDEX, "")
        if text.isdecimal():
            yield int(text)


def _done(job: Json) -> Iterator[int]:
    """``1,3-5`` -> 1, 3, 4, 5."""
    for piece in filter(None, job["status"].get("completedIndexes", "").split(",")):
        first, _, last = piece.partition("-")
        yield from range(int(first), int(last or first) + 1)


def _as_text(indexes: list[int]) -> str:
    pieces: list[list[int]] = []
    for index in indexes:
        if pieces and index == pieces[-1][1] + 1:
            pieces[-1][1] = index
        else:
            pieces.append([index, index])
    # Two in a row are written as two.
    return ",".join(
        str(a) if a == b else f"{a},{b}" if b == a + 1 else f"{a}-{b}" for a, b in pieces
    )
