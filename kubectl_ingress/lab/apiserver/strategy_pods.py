"""What the server gives to a new Pod: its account's token, tolerations, priority, first status.

Kubernetes' own: plugin/pkg/admission/{serviceaccount,defaulttolerationseconds,priority} and
pkg/registry/core/pod/strategy.go.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.defaults_pods import containers_of
from kubectl_ingress.lab.apiserver.scalars import amount
from kubectl_ingress.lab.apiserver.status import Refused
from kubectl_ingress.lab.apiserver.strategy_names import generated_name

TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105 - a path
Get = Callable[[tuple[str, str], str, str], Json | None]
_VOLUME_PREFIX = "kube-api-access-"
_TOKEN_SECONDS = 3607
_TOLERATED_SECONDS = 300
_TAINTS = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
# The classes that every cluster has.
_PRIORITIES = {
    "": 0,
    "system-cluster-critical": 2_000_000_000,
    "system-node-critical": 2_000_001_000,
}
_PREEMPTION = "PreemptLowerPriority"
_QOS_RESOURCES = ("cpu", "memory")


def account_of(pod: Json, get: Get) -> Json:
    """A new Pod's ServiceAccount. Raises Refused where there is none: 403."""
    namespace, name = pod["metadata"]["namespace"], pod["spec"].get("serviceAccountName", "default")
    found = get(("", "serviceaccounts"), namespace, name)
    if found is None:
        missing = f'serviceaccount "{name}" not found'
        raise _forbidden(pod, f"error looking up service account {namespace}/{name}: {missing}")
    return found


def prepare_create(pod: Json, account: Json | None) -> None:
    """A new Pod of this ServiceAccount (None: one that says nothing). Raises Refused: 403."""
    spec = pod["spec"]
    name = spec.setdefault("serviceAccountName", "default")
    spec.setdefault("serviceAccount", name)
    account = account or {}
    if _wants_token(spec, account):
        _mount_token(spec)
    if not spec.get("imagePullSecrets") and account.get("imagePullSecrets"):
        spec["imagePullSecrets"] = [{"name": each["name"]} for each in account["imagePullSecrets"]]
    add_tolerations(spec)
    _set_priority(pod)
    pod["status"] = {"phase": "Pending", "qosClass": qos_class(spec)}


def prepare_update(old: Json, new: Json) -> None:
    """A changed Pod: its status and its priority are not the writer's."""
    new["status"] = old["status"]
    for key in ("priority", "preemptionPolicy"):
        if key in old["spec"]:
            new["spec"].setdefault(key, old["spec"][key])
    add_tolerations(new["spec"])


def add_tolerations(spec: Json) -> None:
    """A Pod stays for 300 s on a node that is not ready or cannot be reached."""
    tolerations = list(spec.get("tolerations", []))
    for taint in _TAINTS:
        if not any(_tolerates(each, taint) for each in spec.get("tolerations", [])):
            added = {"key": taint, "operator": "Exists", "effect": "NoExecute"}
            tolerations.append(added | {"tolerationSeconds": _TOLERATED_SECONDS})
    spec["tolerations"] = tolerations


def qos_class(spec: Json) -> str:
    """BestEffort, Burstable or Guaranteed."""
    classes = {_class_of(container["resources"]) for container in containers_of(spec)}
    return classes.pop() if len(classes) == 1 else "Burstable" if classes else "BestEffort"


def _wants_token(spec: Json, account: Json) -> bool:
    key = "automountServiceAccountToken"
    return bool(spec.get(key, account.get(key, True)))


def _mount_token(spec: Json) -> None:
    names = [volume["name"] for volume in spec.get("volumes", [])]
    existing = next((name for name in names if name.startswith(_VOLUME_PREFIX)), None)
    name, mounted = existing or generated_name(_VOLUME_PREFIX), False
    for container in containers_of(spec):
        mounts = container.get("volumeMounts", [])
        if all(mount["mountPath"] != TOKEN_PATH for mount in mounts):
            mount = {"name": name, "readOnly": True, "mountPath": TOKEN_PATH}
            container["volumeMounts"] = [*mounts, mount]
            mounted = True
    if mounted and existing is None:
        spec["volumes"] = [*spec.get("volumes", []), {"name": name, "projected": _token_source()}]


def _token_source() -> Json:
    reference = {"apiVersion": "v1", "fieldPath": "metadata.namespace"}
    authority = {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}
    return {
        "sources": [
            {"serviceAccountToken": {"expirationSeconds": _TOKEN_SECONDS, "path": "token"}},
            {"configMap": authority},
            {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": reference}]}},
        ],
        "defaultMode": 0o644,
    }


def _tolerates(toleration: Json, taint: str) -> bool:
    given = (toleration.get("key", taint), toleration.get("effect", "NoExecute"))
    return given == (taint, "NoExecute")


def _set_priority(pod: Json) -> None:
    spec = pod["spec"]
    name = spec.get("priorityClassName", "")
    priority = _PRIORITIES.get(name)
    if priority is None:
        raise _forbidden(pod, f"no PriorityClass with name {name} was found")
    rest = "must not be provided in pod spec; priority admission controller computed"
    rest_of_all = "from the given PriorityClass name"
    given = spec.setdefault("priority", priority)
    if given != priority:
        why = f"the integer value of priority ({given}) {rest} {priority} {rest_of_all}"
        raise _forbidden(pod, why)
    policy = spec.setdefault("preemptionPolicy", _PREEMPTION)
    if policy != _PREEMPTION:
        why = f"the string value of PreemptionPolicy ({policy}) {rest} {_PREEMPTION} {rest_of_all}"
        raise _forbidden(pod, why)


def _forbidden(pod: Json, why: str) -> Refused:
    name = pod["metadata"].get("name", "")
    details = {key: value for key, value in (("name", name), ("kind", "pods")) if value}
    return Refused(403, "Forbidden", f'pods "{name}" is forbidden: {why}', details)


def _class_of(resources: Json) -> str:
    limits, requests = resources.get("limits", {}), resources.get("requests", {})
    if not limits and not requests:
        return "BestEffort"
    classes = {_class_of_one(limits.get(name), requests.get(name)) for name in _QOS_RESOURCES}
    return classes.pop() if len(classes) == 1 else "Burstable"


def _class_of_one(limit: Any, request: Any) -> str:
    most, least = amount(limit or "0"), amount(request or "0")
    if most != least:
        return "Burstable"
    return "Guaranteed" if most else "BestEffort"
