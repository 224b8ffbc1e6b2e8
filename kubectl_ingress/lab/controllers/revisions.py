"""A Deployment's revisions: which ReplicaSet is whose, and what their annotations count. Pure.

Kubernetes' own: pkg/controller/deployment/util/deployment_util.go and
pkg/controller/controller_utils.go (ComputeHash, whose values nobody depends on).
"""

from __future__ import annotations

import copy
import json
import zlib
from collections.abc import Iterable

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.apply import LAST_APPLIED
from kubectl_ingress.lab.apiserver.strategy_names import ALPHABET
from kubectl_ingress.lab.controllers.sizes import DESIRED, MAX, max_surge, wanted
from kubectl_ingress.lab.metadata import (
    age_order,
    annotated_number,
    annotations_of,
    reference_to,
)

REVISION = "deployment.kubernetes.io/revision"
HISTORY = "deployment.kubernetes.io/revision-history"
HASH_LABEL = "pod-template-hash"
_OWN = {
    LAST_APPLIED,
    "deprecated.deployment.rollback.to",
    REVISION,
    HISTORY,
    DESIRED,
    MAX,
}
_MAX_HISTORY = 2000
_MAX_NAME = 253


def template_hash(template: Json, collisions: int = 0) -> str:
    """Eight to ten characters that are the same for the same template, and form no words."""
    text = json.dumps([_content(template), collisions], sort_keys=True)
    number = f"{zlib.crc32(text.encode()):08}"
    return "".join(ALPHABET[ord(digit) % len(ALPHABET)] for digit in number)


def same_template(one: Json, other: Json) -> bool:
    """Whether two pod templates are the same but for the hash label and empty fields."""
    return _content(one) == _content(other)


def find_new(deployment: Json, sets: Iterable[Json]) -> Json | None:
    """The ReplicaSet that has the Deployment's template; the oldest of several."""
    template = deployment["spec"]["template"]
    fitting = (
        each
        for each in sorted(sets, key=age_order)
        if same_template(each["spec"]["template"], template)
    )
    return next(fitting, None)


def revision_of(item: Json) -> int:
    """The revision in its annotations; 0 where there is none."""
    return annotated_number(item, REVISION)


def new_set(deployment: Json, revision: int) -> Json:
    """The ReplicaSet for the Deployment's template, still of size 0."""
    spec, name = deployment["spec"], deployment["metadata"]["name"]
    collisions = (deployment.get("status") or {}).get("collisionCount", 0)
    hashed = template_hash(spec["template"], collisions)
    template, selector = copy.deepcopy(spec["template"]), copy.deepcopy(spec["selector"])
    labels = template.setdefault("metadata", {}).setdefault("labels", {})
    labels[HASH_LABEL] = hashed
    selector.setdefault("matchLabels", {})[HASH_LABEL] = hashed
    made: Json = {
        "metadata": {
            "name": f"{name[: _MAX_NAME - len(hashed) - 1]}-{hashed}",
            "namespace": deployment["metadata"]["namespace"],
            "labels": dict(labels),
            "annotations": {},
            "ownerReferences": [reference_to(deployment)],
        },
        "spec": {"replicas": 0, "selector": selector, "template": template},
    }
    if spec.get("minReadySeconds"):
        made["spec"]["minReadySeconds"] = spec["minReadySeconds"]
    made["metadata"]["annotations"] = new_annotations(deployment, made, revision) | sizes_of(
        deployment
    )
    return made


def new_annotations(deployment: Json, item: Json, revision: int) -> dict[str, str]:
    """The annotations of the new ReplicaSet, brought up to date."""
    found = dict(annotations_of(item))
    found |= {k: v for k, v in annotations_of(deployment).items() if k not in _OWN}
    old = revision_of(item)
    if old < revision:
        if REVISION in found:
            found[HISTORY] = _longer_history(found.get(HISTORY, ""), found[REVISION])
        found[REVISION] = str(revision)
    return found


def sizes_of(deployment: Json) -> dict[str, str]:
    """The annotations by which a scaled Deployment is told from an updated one."""
    size = wanted(deployment)
    return {DESIRED: str(size), MAX: str(size + max_surge(deployment))}


def _longer_history(history: str, revision: str) -> str:
    revisions = [*history.split(","), revision] if history else [revision]
    while len(",".join(revisions)) > _MAX_HISTORY:
        revisions.pop(0)
    return ",".join(revisions)


def _content(template: Json) -> object:
    metadata = {name: each for name, each in (template.get("metadata") or {}).items() if each}
    labels = {k: v for k, v in metadata.get("labels", {}).items() if k != HASH_LABEL}
    return _filled(template | {"metadata": metadata | {"labels": labels}})


def _filled(value: object) -> object:
    """The value without empty fields, which mean the same as none."""
    if isinstance(value, dict):
        filled = {key: _filled(each) for key, each in value.items()}
        return {key: each for key, each in filled.items() if each not in (None, [], "")}
    if isinstance(value, list):
        return [_filled(each) for each in value]
    return value
