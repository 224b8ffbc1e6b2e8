"""The parts of objects that have paths of their own, other than status."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec import Struct

from kubectl_ingress.lab import logs
from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver import reviews
from kubectl_ingress.lab.apiserver.accounts import Accounts
from kubectl_ingress.lab.apiserver.decoding import decode
from kubectl_ingress.lab.apiserver.rbac import Authorizer
from kubectl_ingress.lab.apiserver.requests import APPLY, Call, Target
from kubectl_ingress.lab.apiserver.schema import body_of, type_of
from kubectl_ingress.lab.apiserver.status import MODIFIED, bad_request, conflict
from kubectl_ingress.lab.apiserver.writing import Answer, Writer, patch_of

TOPOLOGY = ("topology.kubernetes.io/region", "topology.kubernetes.io/zone")
LogOf = Callable[[str, str, str], Path]
"""Namespace, pod, container -> the file with its output."""


class Forwarding(Struct, frozen=True):
    """Not an answer but a connection to a pod, which HTTP has to be left for."""

    namespace: str
    pod: str


class Subresources(Struct, frozen=True):
    """Answers what is asked of the parts of objects other than status, and reviews."""

    writer: Writer
    accounts: Accounts
    authorizer: Authorizer
    log_of: LogOf

    async def answer(self, call: Call, target: Target) -> Answer | Forwarding:
        """One request. Raises Refused."""
        match (target.subresource, call.method):
            case ("scale", "GET"):
                return Answer(_scale_of(target, self.writer.existing(target)))
            case ("scale", "PUT" | "PATCH"):
                return await self._scale(call, target)
            case ("binding", "POST"):
                return self._bind(call, target)
            case ("log", "GET"):
                return Answer(self._log(call, target))
            case ("portforward", "GET" | "POST"):
                self.writer.existing(target)
                return Forwarding(target.namespace, target.name)
            case ("token", "POST"):
                return self._token(call, target)
            case ("finalize", "PUT"):
                return self._finalize(call, target)
        raise bad_request(f"{call.method} is not known for {target.subresource}")

    def review(self, call: Call, target: Target) -> Answer:
        """A SelfSubjectAccessReview or SelfSubjectRulesReview."""
        asked = decode(type_of(target.resource), call.object()).obj
        if target.resource.kind == "SelfSubjectAccessReview":
            return Answer(reviews.access(self.authorizer, call.user, asked), 201)
        return Answer(reviews.rules(self.authorizer, call.user, asked), 201)

    async def _scale(self, call: Call, target: Target) -> Answer:
        old = self.writer.existing(target)
        scale = _scale_of(target, old)
        if call.method == "PUT" or call.content_type == APPLY:
            wanted = call.object()
        else:
            wanted = patch_of(call, scale, body_of(target.resource, "scale"))
        version = (wanted.get("metadata") or {}).get("resourceVersion")
        resource = target.resource
        if version and version != old["metadata"]["resourceVersion"]:
            raise conflict(resource.group, resource.plural, target.name, MODIFIED)
        new = copy.deepcopy(old)
        new["spec"]["replicas"] = _replicas(wanted)
        changed = await self.writer.change(call, target, old, new, Answer({}))
        body = changed.body
        return Answer(_scale_of(target, body)) if isinstance(body, dict) else changed

    def _bind(self, call: Call, target: Target) -> Answer:
        old = self.writer.existing(target)
        asked = call.object()
        uid = (asked.get("metadata") or {}).get("uid") or old["metadata"]["uid"]
        resource = target.resource
        if uid != old["metadata"]["uid"]:
            why = f"Precondition failed: UID in precondition: {uid}, UID in object meta: "
            raise conflict(resource.group, resource.plural, target.name, why)
        if old["spec"].get("nodeName"):
            why = f'pod {target.name} is already assigned to node "{old["spec"]["nodeName"]}"'
            raise conflict(resource.group, "pods/binding", target.name, why)
        new = copy.deepcopy(old)
        node = new["spec"]["nodeName"] = asked["target"]["name"]
        self._add_topology(new, node)
        scheduled = {
            "type": "PodScheduled",
            "status": "True",
            "lastProbeTime": None,
            "lastTransitionTime": self.writer.now(),
        }
        status = new.setdefault("status", {})
        others = [c for c in status.get("conditions", []) if c["type"] != "PodScheduled"]
        status["conditions"] = [*others, scheduled]
        self.writer.commit(target, old, new)
        return Answer({"kind": "Status", "apiVersion": "v1", "status": "Success"}, 201)

    def _add_topology(self, pod: Json, node: str) -> None:
        """The labels of the node's place (the PodTopologyLabels admission)."""
        found = self.writer.store.get(("", "nodes"), "", node) or {"metadata": {}}
        labels = found["metadata"].get("labels", {})
        place = {label: labels[label] for label in TOPOLOGY if label in labels}
        if place:
            pod["metadata"]["labels"] = pod["metadata"].get("labels", {}) | place

    def _log(self, call: Call, target: Target) -> str:
        pod = self.writer.existing(target)
        names = [container["name"] for container in pod["spec"]["containers"]]
        wanted = call.query.get("container") or names[0]
        if len(names) > 1 and not call.query.get("container"):
            why = f"a container name must be specified for pod {target.name}, choose one of: "
            raise bad_request(f"{why}[{' '.join(names)}]")
        if wanted not in names:
            raise bad_request(f"container {wanted} is not valid for pod {target.name}")
        file = self.log_of(target.namespace, target.name, wanted)
        content = logs.read(file, call.query.get("tailLines", ""))
        return content.decode(errors="surrogateescape")

    def _token(self, call: Call, target: Target) -> Answer:
        uid = self.writer.existing(target)["metadata"]["uid"]
        asked = decode(body_of(target.resource, "token"), call.object()).obj
        issued = self.accounts.issue(target.namespace, target.name, asked, uid=uid)
        return Answer(issued, 201)

    def _finalize(self, call: Call, target: Target) -> Answer:
        old = self.writer.existing(target)
        spec: dict[str, Any] = {**old.get("spec", {}), **(call.object().get("spec") or {})}
        if not spec.get("finalizers"):
            spec.pop("finalizers", None)
        return Answer(self.writer.commit(target, old, old | {"spec": spec}))


def _scale_of(target: Target, item: Json) -> Json:
    """The Scale of a workload; its selector as text, as autoscalers take it."""
    meta, labels = item["metadata"], item["spec"].get("selector", {}).get("matchLabels", {})
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {key: meta[key] for key in kept if key in meta},
        "spec": {"replicas": item["spec"].get("replicas", 1)},
        "status": {
            "replicas": item.get("status", {}).get("replicas", 0),
            "selector": ",".join(f"{key}={value}" for key, value in sorted(labels.items())),
        },
    }


def _replicas(scale: Json) -> int:
    replicas = (scale.get("spec") or {}).get("replicas", 0)
    if not isinstance(replicas, int) or replicas < 0:
        raise bad_request(f"spec.replicas: Invalid value: {replicas}")
    return replicas
