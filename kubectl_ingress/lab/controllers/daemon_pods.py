"""A DaemonSet's pods: on which nodes, with which additions to their template. Pure.

Kubernetes' own: pkg/controller/daemon/util/daemonset_util.go and daemon_controller.go.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.strategy import TEMPLATE_GENERATION
from kubectl_ingress.lab.metadata import annotations_of, labels_of

HASH_LABEL = "controller-revision-hash"
GENERATION_LABEL = "pod-template-generation"
_NODE_CONDITIONS = "node.kubernetes.io/"


def tolerations(template: Json) -> list[Json]:
    """Those of the template, and those that let daemons run on nodes in trouble."""
    spec = template["spec"]
    wanted = [(name, "NoExecute") for name in ("not-ready", "unreachable")]
    troubles = ["disk-pressure", "memory-pressure", "pid-pressure", "unschedulable"]
    if spec.get("hostNetwork"):
        troubles.append("network-unavailable")
    wanted += [(name, "NoSchedule") for name in troubles]
    found = list(spec.get("tolerations") or [])
    for name, effect in wanted:
        each = {"key": _NODE_CONDITIONS + name, "operator": "Exists", "effect": effect}
        if each not in found:
            found.append(each)
    return found


def template_for(daemon_set: Json, node: str, hashed: str) -> Json:
    """The pod template for one node: bound to it by affinity, for the scheduler to see."""
    template: Json = copy.deepcopy(daemon_set["spec"]["template"])
    labels = template.setdefault("metadata", {}).setdefault("labels", {})
    generation = annotations_of(daemon_set).get(TEMPLATE_GENERATION)
    if generation:
        labels[GENERATION_LABEL] = generation
    labels[HASH_LABEL] = hashed
    template["spec"]["tolerations"] = tolerations(template)
    field = {"key": "metadata.name", "operator": "In", "values": [node]}
    affinity = template["spec"].setdefault("affinity", {}).setdefault("nodeAffinity", {})
    required = affinity.setdefault("requiredDuringSchedulingIgnoredDuringExecution", {})
    required["nodeSelectorTerms"] = [{"matchFields": [field]}]
    return template


def is_updated(pod: Json, daemon_set: Json, hashed: str) -> bool:
    """Whether the pod was made from the template as it is now."""
    generation = annotations_of(daemon_set).get(TEMPLATE_GENERATION)
    labels = labels_of(pod)
    by_generation = bool(generation) and labels.get(GENERATION_LABEL) == generation
    return by_generation or labels.get(HASH_LABEL) == hashed


def may_run(daemon_set: Json, node: Json) -> tuple[bool, bool]:
    """Whether a new pod may run on a node, and whether one that is there may stay."""
    template = daemon_set["spec"]["template"]
    spec, name = template["spec"], node["metadata"]["name"]
    selector = spec.get("nodeSelector") or {}
    if spec.get("nodeName", name) != name or not selector.items() <= labels_of(node).items():
        return False, False
    tolerated = tolerations(template)
    taints = [
        taint for taint in node["spec"].get("taints") or [] if not _is_tolerated(taint, tolerated)
    ]
    stays = all(taint["effect"] != "NoExecute" for taint in taints)
    starts = stays and all(taint["effect"] != "NoSchedule" for taint in taints)
    return starts, stays


def _is_tolerated(taint: Json, tolerated: Iterable[Json]) -> bool:
    return any(
        each.get("effect", taint["effect"]) in ("", taint["effect"])
        and each.get("key", taint["key"]) in ("", taint["key"])
        and (
            each.get("operator", "Equal") == "Exists"
            or each.get("value", "") == taint.get("value", "")
        )
        for each in tolerated
    )
