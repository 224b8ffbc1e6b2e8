"""What the server sets, keeps and drops around a write, apart from defaults.

Kubernetes' own: pkg/registry/*/*/strategy.go, staging/src/k8s.io/apiserver/pkg/registry/rest for
the metadata, and plugin/pkg/admission for what is admitted with changes.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, Protocol

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver import strategy_pods, strategy_services
from kubectl_ingress.lab.apiserver.decoding import complete
from kubectl_ingress.lab.apiserver.resources import Resource
from kubectl_ingress.lab.apiserver.schema import type_of
from kubectl_ingress.lab.apiserver.strategy_names import generated_name
from kubectl_ingress.lab.apiserver.strategy_services import Allocate
from kubectl_ingress.lab.apiserver.validation_ingresses import CLASS_ANNOTATION
from kubectl_ingress.lab.times import now

_SERVER_OWNED = (
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "selfLink",
    "uid",
)
_CARRIED_OVER = ("creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp")
_DEFAULT_CLASS = "ingressclass.kubernetes.io/is-default-class"
TEMPLATE_GENERATION = "deprecated.daemonset.template.generation"
_NOT_READY = {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}
_JOB_LABELS = "batch.kubernetes.io/"


class Stored(Protocol):
    """What is in the store: of a (group, plural)."""

    def get(self, storage: tuple[str, str], namespace: str, name: str) -> Json | None:
        """One object, None where there is none."""

    def list(self, storage: tuple[str, str], namespace: str = ...) -> list[Json]:
        """All objects."""


def prepare_create(
    resource: Resource, obj: Json, allocate: Allocate, stored: Stored | None = None
) -> None:
    """Make a new object, in place, what would be stored; it gets its uid, name and time.

    With `stored` a Pod follows its ServiceAccount and an Ingress the default class.
    Raises Refused.
    """
    meta = obj["metadata"]
    if "name" not in meta and "generateName" in meta:
        meta["name"] = generated_name(meta["generateName"])
    for key in _SERVER_OWNED:
        meta.pop(key, None)
    meta["uid"] = str(uuid.uuid4())
    meta["creationTimestamp"] = now()
    if not resource.namespaced:
        meta.pop("namespace", None)
    if resource.kind in _CONTENT:
        meta["generation"] = 1
    _reset_status(resource, obj)
    if resource.kind == "Pod":
        account = strategy_pods.account_of(obj, stored.get) if stored else None
        strategy_pods.prepare_create(obj, account)
    elif resource.kind == "Service":
        strategy_services.prepare_create(obj, allocate)
    elif resource.kind == "Ingress" and stored:
        _set_class(obj, stored.list(("networking.k8s.io", "ingressclasses")))
    elif special := _SPECIAL.get(resource.kind):
        special(obj)


def prepare_update(resource: Resource, old: Json, new: Json, allocate: Allocate) -> None:
    """Make a changed object, in place, what would be stored instead of `old`. Raises Refused."""
    _carry_over(old, new)
    if "status" in old:
        new["status"] = old["status"]
    if resource.kind == "Pod":
        strategy_pods.prepare_update(old, new)
    elif resource.kind == "Service":
        strategy_services.prepare_update(old, new, allocate)
    elif resource.kind == "Namespace":
        new["spec"] = old["spec"]
    elif resource.kind == "DaemonSet":
        _count_template(old, new)
    elif resource.kind == "Job":
        _part_labels(new)
    content = _CONTENT.get(resource.kind)
    if content and content(old) != content(new):
        new["metadata"]["generation"] = old["metadata"].get("generation", 0) + 1


def prepare_status(resource: Resource, old: Json, new: Json) -> None:
    """Make an object that was sent to its status, in place, what would be stored."""
    _carry_over(old, new)
    if "spec" in old:
        new["spec"] = old["spec"]
    kept = {"Deployment": "labels", "Pod": "ownerReferences"}.get(resource.kind)
    if kept:
        new["metadata"].pop(kept, None)
        if kept in old["metadata"]:
            new["metadata"][kept] = old["metadata"][kept]
    if resource.kind == "Pod":
        for key in ("qosClass", "observedGeneration"):
            if key in old["status"]:
                new["status"].setdefault(key, old["status"][key])


def _carry_over(old: Json, new: Json) -> None:
    """The metadata that no update changes."""
    before, meta = old["metadata"], new["metadata"]
    meta.setdefault("uid", before["uid"])
    meta.pop("selfLink", None)
    meta.pop("generation", None)
    for key in (*_CARRIED_OVER, "generation"):
        if key in before:
            meta[key] = before[key]


def _reset_status(resource: Resource, obj: Json) -> None:
    """Nobody creates an object with a status, Nodes apart."""
    known = type_of(resource).fields.get("status")
    if known is None or resource.kind == "Node":
        return
    obj["status"] = {}
    complete(known, obj["status"])


def _set_class(ingress: Json, classes: list[Json]) -> None:
    """The default class, where none is named; of several the newest."""
    annotations = ingress["metadata"].get("annotations", {})
    if "ingressClassName" in ingress["spec"] or CLASS_ANNOTATION in annotations:
        return
    found = [
        each["metadata"]
        for each in classes
        if each["metadata"].get("annotations", {}).get(_DEFAULT_CLASS) == "true"
    ]
    found.sort(key=lambda meta: str(meta["name"]))
    if found:
        newest = max(found, key=lambda meta: str(meta.get("creationTimestamp", "")))
        ingress["spec"]["ingressClassName"] = newest["name"]


def _namespace(obj: Json) -> None:
    obj["status"]["phase"] = "Active"
    finalizers = obj["spec"].setdefault("finalizers", [])
    if "kubernetes" not in finalizers:
        finalizers.append("kubernetes")
    # For a generated name, which the defaults did not know.
    labels = obj["metadata"].setdefault("labels", {})
    labels["kubernetes.io/metadata.name"] = obj["metadata"].get("name", "")


def _node(obj: Json) -> None:
    taints = obj["spec"].setdefault("taints", [])
    if not any(_NOT_READY.items() <= taint.items() for taint in taints):
        taints.append(dict(_NOT_READY))


def _daemon_set(obj: Json) -> None:
    obj["metadata"].setdefault("annotations", {}).setdefault(TEMPLATE_GENERATION, "1")


def _count_template(old: Json, new: Json) -> None:
    count = int(old["metadata"].get("annotations", {}).get(TEMPLATE_GENERATION, "1"))
    changed = old["spec"]["template"] != new["spec"]["template"]
    annotations = new["metadata"].setdefault("annotations", {})
    annotations[TEMPLATE_GENERATION] = str(count + changed)


def _job(obj: Json) -> None:
    """A selector for this Job's own pods, and the labels that it selects."""
    meta, spec = obj["metadata"], obj["spec"]
    if spec["manualSelector"]:
        _part_labels(obj)
        return
    labels = spec["template"]["metadata"].setdefault("labels", {})
    for key, value in (("job-name", meta.get("name", "")), ("controller-uid", meta["uid"])):
        labels.setdefault(key, value)
        labels.setdefault(_JOB_LABELS + key, value)
    selector = spec["selector"] = spec.get("selector") or {}
    selected = selector.setdefault("matchLabels", {})
    selected.setdefault(f"{_JOB_LABELS}controller-uid", meta["uid"])
    # Read again, the Job gets its template's labels, as the defaults have it.
    meta.setdefault("labels", labels)
    _part_labels(obj)


def _part_labels(job: Json) -> None:
    """From here on the Job's labels and its template's are no longer one and the same."""
    if "labels" in job["metadata"]:
        job["metadata"]["labels"] = dict(job["metadata"]["labels"])


_SPECIAL: dict[str, Callable[[Json], None]] = {
    "DaemonSet": _daemon_set,
    "Job": _job,
    "Namespace": _namespace,
    "Node": _node,
}


def _spec(obj: Json) -> Any:
    return obj["spec"]


def _spec_and_annotations(obj: Json) -> Any:
    # A Deployment's annotations go to its ReplicaSets.
    return obj["spec"], obj["metadata"].get("annotations", {})


def _webhooks(obj: Json) -> Any:
    return obj.get("webhooks", [])


def _slice(obj: Json) -> Any:
    return obj | {"metadata": obj["metadata"].get("labels", {})}


# Kinds whose changes are counted in metadata.generation: what counts as a change.
_CONTENT: dict[str, Callable[[Json], Any]] = {
    "DaemonSet": _spec,
    "Deployment": _spec_and_annotations,
    "EndpointSlice": _slice,
    "Ingress": _spec,
    "IngressClass": _spec,
    "Job": _spec,
    "MutatingWebhookConfiguration": _webhooks,
    "Pod": _spec,
    "ReplicaSet": _spec,
    "ValidatingWebhookConfiguration": _webhooks,
}
