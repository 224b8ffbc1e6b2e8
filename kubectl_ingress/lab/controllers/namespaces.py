"""Namespaces: what is in each from its beginning, and their end.

Kubernetes' own: pkg/controller/namespace (and deletion/), pkg/controller/serviceaccount and
pkg/controller/certificates/rootcacertpublisher.
"""

from __future__ import annotations

from collections import Counter

from kubectl_ingress.lab.api import ApiError, Json
from kubectl_ingress.lab.apiserver.resources import RESOURCES, Resource
from kubectl_ingress.lab.controllers.objects import AGENT, Objects, namespace_is_ending
from kubectl_ingress.lab.controllers.queue import Queue
from kubectl_ingress.lab.metadata import annotations_of, finalizers_of, is_deleting, key_of
from kubectl_ingress.lab.times import now

# Kubernetes waits for so long, for API servers that do not know yet of the deletion.
GRACE_SECONDS = 5.0
RETRY_SECONDS = 0.5
FINALIZER = "kubernetes"
ACCOUNT, AUTHORITY = "default", "kube-root-ca.crt"
DESCRIPTION = "kubernetes.io/description"
ABOUT_AUTHORITY = (
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal "
    "endpoints such as the internal service IP or kubernetes.default.svc. No other usage is "
    "guaranteed across distributions of Kubernetes clusters."
)
_FINE = {
    "NamespaceDeletionDiscoveryFailure": (
        "ResourcesDiscovered",
        "All resources successfully discovered",
    ),
    "NamespaceDeletionGroupVersionParsingFailure": (
        "ParsedGroupVersions",
        "All legacy kube types successfully parsed",
    ),
    "NamespaceDeletionContentFailure": (
        "ContentDeleted",
        "All content successfully deleted, may be waiting on finalization",
    ),
    "NamespaceContentRemaining": ("ContentRemoved", "All content successfully removed"),
    "NamespaceFinalizersRemaining": (
        "ContentHasNoFinalizers",
        "All content-preserving finalizers finished",
    ),
}


class Namespaces:
    """The controllers of Namespaces; `authority` is the cluster's CA in PEM."""

    def __init__(self, objects: Objects, authority: str) -> None:
        self._objects, self._authority = objects, authority
        self._namespaces = objects["namespaces"]
        self._accounts, self._maps = objects["serviceaccounts"], objects["configmaps"]
        self._content = Queue("content of namespaces", self._fill)
        self._ends = Queue("ends of namespaces", self._end)
        self.queues = (self._content, self._ends)
        self._namespaces.subscribe(self._changed)
        for cache in (self._accounts, self._maps):
            cache.subscribe(self._content_changed)

    def _changed(self, _: Json | None, new: Json | None) -> None:
        if new is None:
            return
        name = key_of(new)[1]
        self._content.add(name)
        if is_deleting(new):
            self._ends.add_after(name, GRACE_SECONDS)

    def _content_changed(self, old: Json | None, new: Json | None) -> None:
        item = new or old or {}
        if key_of(item)[1] in (ACCOUNT, AUTHORITY):
            self._content.add(key_of(item)[0])

    async def _fill(self, name: str) -> None:
        namespace = self._namespaces.get("", name)
        if namespace is None or is_deleting(namespace):
            return
        try:
            if self._accounts.get(name, ACCOUNT) is None:
                metadata: Json = {"name": ACCOUNT, "namespace": name}
                await self._objects.create("serviceaccounts", name, {"metadata": metadata})
            await self._publish(name)
        except ApiError as error:
            if error.status != 404 and not namespace_is_ending(error):
                raise

    async def _publish(self, name: str) -> None:
        data, known = {"ca.crt": self._authority}, self._maps.get(name, AUTHORITY)
        annotations = {DESCRIPTION: ABOUT_AUTHORITY}
        if known is None:
            metadata = {"name": AUTHORITY, "namespace": name, "annotations": annotations}
            await self._objects.create("configmaps", name, {"metadata": metadata, "data": data})
        elif known.get("data") != data or not annotations_of(known).get(DESCRIPTION):
            metadata = known["metadata"] | {"annotations": annotations_of(known) | annotations}
            await self._objects.replace(known | {"metadata": metadata, "data": data})

    async def _end(self, name: str) -> None:
        """Delete what is in it, pods first, and let it go when nothing is left."""
        namespace = self._namespaces.get("", name)
        if namespace is None or not is_deleting(namespace):
            return
        namespace = await self._objects.api.get(f"/api/v1/namespaces/{name}")
        if not namespace["spec"].get("finalizers"):
            return
        kinds = [each for each in RESOURCES if each.namespaced and "delete" in each.verbs]
        kinds.sort(key=lambda each: each.plural != "pods")
        remaining: dict[Resource, list[Json]] = {}
        for resource in kinds:
            left = await self._delete_all(resource, name)
            remaining |= {resource: left} if left else {}
            if left and resource.plural == "pods":
                break
        await self._tell(namespace, remaining)
        if remaining:
            self._ends.add_after(name, RETRY_SECONDS)
            return
        await self._finalize(name)

    async def _delete_all(self, resource: Resource, name: str) -> list[Json]:
        """Delete all objects of a kind; those that are still there, waiting for something."""
        path = resource.path(name)
        for item in (await self._objects.api.get(path))["items"]:
            if not is_deleting(item):
                uid = item["metadata"]["uid"]
                await self._objects.api.delete(f"{path}/{key_of(item)[1]}", uid, None, "Background")
        left: list[Json] = (await self._objects.api.get(path))["items"]
        return left

    async def _tell(self, namespace: Json, remaining: dict[Resource, list[Json]]) -> None:
        conditions = conditions_of(namespace, remaining)
        status = (namespace.get("status") or {}) | {"conditions": conditions}
        if conditions != (namespace.get("status") or {}).get("conditions"):
            path = f"/api/v1/namespaces/{namespace['metadata']['name']}/status"
            await self._objects.api.replace(path, namespace | {"status": status}, AGENT)

    async def _finalize(self, name: str) -> None:
        path = f"/api/v1/namespaces/{name}"
        namespace = await self._objects.api.get(path)
        left = [each for each in namespace["spec"].get("finalizers", []) if each != FINALIZER]
        body = namespace | {"spec": namespace["spec"] | {"finalizers": left}}
        await self._objects.api.replace(f"{path}/finalize", body, AGENT)


def conditions_of(namespace: Json, remaining: dict[Resource, list[Json]]) -> list[Json]:
    """The conditions of a namespace in which these objects are still there."""
    known = {c["type"]: c for c in (namespace.get("status") or {}).get("conditions") or []}
    found = {kind: ("False", reason, text) for kind, (reason, text) in _FINE.items()}
    if remaining:
        listed = sorted(
            f"{resource.plural}.{resource.group} has {len(items)} resource instances"
            for resource, items in remaining.items()
        )
        text = f"Some resources are remaining: {', '.join(listed)}"
        found["NamespaceContentRemaining"] = ("True", "SomeResourcesRemain", text)
    held = Counter(f for items in remaining.values() for item in items for f in finalizers_of(item))
    if held:
        listed = sorted(f"{name} in {count} resource instances" for name, count in held.items())
        text = f"Some content in the namespace has finalizers remaining: {', '.join(listed)}"
        found["NamespaceFinalizersRemaining"] = ("True", "SomeFinalizersRemain", text)
    return [
        {
            "type": kind,
            "status": status,
            "lastTransitionTime": known[kind]["lastTransitionTime"]
            if kind in known and known[kind]["status"] == status
            else now(),
            "reason": reason,
            "message": text,
        }
        for kind, (status, reason, text) in found.items()
    ]
