"""Who writes what to which object, and in which order: the table of the apply and patch tests.

The real API server's answers to it are in tests/lab/data/apply_*.json
(tests/live/play_lab_patches.py records them).
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from dataclasses import replace as replace_fields
from typing import Any

Json = dict[str, Any]

APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
JSON_PATCH = "application/json-patch+json"

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


@dataclass(frozen=True)
class Step:
    """One request. `verb` is POST, PUT or the content type of a PATCH."""

    verb: str
    body: Any
    manager: str = "a"
    force: bool = False
    subresource: str = ""


@dataclass(frozen=True)
class Case:
    """Requests to one object, in this order; `group` is the file of its answers.

    `path` is the collection's. `late` are the fields that the server fills in
    on creation after it has noted who owns what.
    """

    name: str
    path: str
    api_version: str
    kind: str
    steps: tuple[Step, ...]
    group: str
    late: tuple[str, ...] = field(default=())


_KINDS: Mapping[str, tuple[str, str]] = {
    "Deployment": ("apps/v1", "deployments"),
    "ReplicaSet": ("apps/v1", "replicasets"),
    "Job": ("batch/v1", "jobs"),
    "Pod": ("v1", "pods"),
    "Service": ("v1", "services"),
    "ConfigMap": ("v1", "configmaps"),
    "Secret": ("v1", "secrets"),
    "ServiceAccount": ("v1", "serviceaccounts"),
    "Event": ("v1", "events"),
    "Namespace": ("v1", "namespaces"),
    "Node": ("v1", "nodes"),
    "Ingress": ("networking.k8s.io/v1", "ingresses"),
    "EndpointSlice": ("discovery.k8s.io/v1", "endpointslices"),
    "IngressClass": ("networking.k8s.io/v1", "ingressclasses"),
    "ClusterRole": ("rbac.authorization.k8s.io/v1", "clusterroles"),
    "RoleBinding": ("rbac.authorization.k8s.io/v1", "rolebindings"),
    "ValidatingWebhookConfiguration": (
        "admissionregistration.k8s.io/v1",
        "validatingwebhookconfigurations",
    ),
}
_CLUSTER_WIDE = {
    "Namespace",
    "Node",
    "IngressClass",
    "ClusterRole",
    "ValidatingWebhookConfiguration",
}
_LATE = {
    "Service": (
        "spec.clusterIP",
        "spec.clusterIPs",
        "spec.ipFamilies",
        "spec.ipFamilyPolicy",
        "status",
    ),
    "Namespace": ("spec", "status"),
    "Pod": (
        "status",
        "spec.serviceAccountName",
        "spec.serviceAccount",
        "spec.tolerations",
        "spec.priority",
        "spec.preemptionPolicy",
        "spec.volumes",
        "spec.containers.0.volumeMounts",
    ),
    "Node": ("status", "spec.taints"),
    "Job": ("status", "spec.selector", "metadata.labels", "spec.template.metadata"),
}

CASES: list[Case] = []


def case(group: str, name: str, kind: str, *steps: Step) -> None:
    """Add a case; apiVersion, kind and name of whole objects are put in."""
    api_version, plural = _KINDS[kind]
    root = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
    path = f"{root}/{plural}" if kind in _CLUSTER_WIDE else f"{root}/namespaces/default/{plural}"
    played = []
    for step in steps:
        body = step.body
        if step.verb in (APPLY, "POST", "PUT") and isinstance(body, dict):
            body = {"apiVersion": api_version, "kind": kind} | copy.deepcopy(body)
            if (metadata := body.get("metadata", {})) is not None:
                body["metadata"] = {"name": name} | metadata
        played.append(replace_fields(step, body=body))
    CASES.append(Case(name, path, api_version, kind, tuple(played), group, _LATE.get(kind, ())))


def apply(manager: str, body: Json, *, force: bool = False, subresource: str = "") -> Step:
    return Step(APPLY, body, manager, force, subresource)


def create(manager: str, body: Json) -> Step:
    return Step("POST", body, manager)


def replace(manager: str, body: Json, *, subresource: str = "") -> Step:
    return Step("PUT", body, manager, subresource=subresource)


def merge(manager: str, body: Any, *, subresource: str = "") -> Step:
    return Step(MERGE, body, manager, subresource=subresource)


def strategic(manager: str, body: Any, *, subresource: str = "") -> Step:
    return Step(STRATEGIC, body, manager, subresource=subresource)


def json_patch(manager: str, *operations: Any) -> Step:
    return Step(JSON_PATCH, list(operations), manager)
