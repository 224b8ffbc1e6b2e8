"""What has lost its owners goes, and who waits for his dependents may go after them.

Kubernetes' own: pkg/controller/garbagecollector (graph_builder.go, garbagecollector.go).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Iterable, Sequence

from kubectl_ingress.lab.api import MERGE, ApiError, Json
from kubectl_ingress.lab.apiserver.deleting import FOREGROUND, ORPHAN
from kubectl_ingress.lab.apiserver.resources import resource_of
from kubectl_ingress.lab.controllers.objects import Objects
from kubectl_ingress.lab.controllers.queue import Queue
from kubectl_ingress.lab.metadata import (
    finalizers_of,
    is_deleting,
    key_of,
    owners_of,
    uid_of,
)


class Garbage:
    """The garbage collector: it knows every object by its uid, and whom each one owns."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._items: dict[str, Json] = {}
        self._dependents: dict[str, set[str]] = defaultdict(set)
        self._queue = Queue("garbage", self._sync)
        self.queues = (self._queue,)
        for cache in objects.caches:
            cache.subscribe(self._changed)

    def _changed(self, old: Json | None, new: Json | None) -> None:
        before = {reference["uid"] for reference in owners_of(old or {"metadata": {}})}
        after = {reference["uid"] for reference in owners_of(new or {"metadata": {}})}
        uid = uid_of(new or old or {})
        if new is None:
            self._items.pop(uid, None)
        else:
            self._items[uid] = new
        for owner in before - after:
            self._dependents[owner].discard(uid)
            if not self._dependents[owner]:
                del self._dependents[owner]
        for owner in after:
            self._dependents[owner].add(uid)
        if new is None:
            self._wake(self._dependents.get(uid, ()))
        elif is_deleting(new) or any(owner not in self._items for owner in after - before):
            self._wake([uid])
        # Those that wait for their dependents may have waited for this one.
        self._wake(owner for owner in before | after if self._waits(owner))

    def _wake(self, uids: Iterable[str]) -> None:
        for uid in list(uids):
            self._queue.add(uid)

    def _waits(self, uid: str) -> bool:
        item = self._items.get(uid)
        return item is not None and is_deleting(item) and FOREGROUND in finalizers_of(item)

    async def _sync(self, uid: str) -> None:
        item = self._items.get(uid)
        if item is None:
            return
        if is_deleting(item):
            if ORPHAN in finalizers_of(item):
                await self._orphan(item)
            elif FOREGROUND in finalizers_of(item):
                await self._end_after_dependents(item)
        elif owners_of(item):
            await self._judge(item)

    async def _orphan(self, item: Json) -> None:
        for dependent in self._owned_by(item):
            await self._disown(dependent, [uid_of(item)])
        await self._remove_finalizer(item, ORPHAN)

    async def _end_after_dependents(self, item: Json) -> None:
        dependents = self._owned_by(item)
        if not any(_blocks(each, item) for each in dependents):
            await self._remove_finalizer(item, FOREGROUND)
        self._wake(uid_of(each) for each in dependents if not is_deleting(each))

    async def _judge(self, item: Json) -> None:
        """Delete what none of its owners is left for; forget owners that are gone or going."""
        solid, lost, waiting = [], [], []
        for reference in owners_of(item):
            try:
                owner = await self._find(item, reference)
            except KeyError:
                # Of a kind that is not served here: nobody can say whether it is gone.
                return
            if owner is None:
                lost.append(reference["uid"])
            elif is_deleting(owner) and FOREGROUND in finalizers_of(owner):
                waiting.append(reference["uid"])
            else:
                solid.append(reference["uid"])
        if solid:
            if lost or waiting:
                await self._disown(item, lost + waiting)
        elif waiting and self._owned_by(item):
            await self._objects.delete(item, "Foreground")
        else:
            await self._objects.delete(item, _policy(item))

    async def _find(self, item: Json, reference: Json) -> Json | None:
        """The owner as the server has it: the cache may not know it yet."""
        resource = resource_of(reference)
        namespace = key_of(item)[0] if resource.namespaced else ""
        found = await self._objects.api.find(resource.path(namespace, reference["name"]))
        return found if found is not None and uid_of(found) == reference["uid"] else None

    async def _disown(self, item: Json, owners: Sequence[str]) -> None:
        gone = [{"$patch": "delete", "uid": uid} for uid in owners]
        await self._gently(self._objects.patch(item, {"metadata": {"ownerReferences": gone}}))

    async def _remove_finalizer(self, item: Json, finalizer: str) -> None:
        left = [each for each in finalizers_of(item) if each != finalizer]
        version = item["metadata"]["resourceVersion"]
        metadata = {"resourceVersion": version, "finalizers": left}
        await self._gently(self._objects.patch(item, {"metadata": metadata}, MERGE))

    async def _gently(self, request: Awaitable[object]) -> None:
        try:
            await request
        except ApiError as error:
            if error.status != 404:
                raise

    def _owned_by(self, item: Json) -> list[Json]:
        uids = self._dependents.get(uid_of(item), set())
        return [self._items[uid] for uid in uids if uid in self._items]


def _blocks(dependent: Json, owner: Json) -> bool:
    return any(
        reference["uid"] == uid_of(owner) and reference.get("blockOwnerDeletion")
        for reference in owners_of(dependent)
    )


def _policy(item: Json) -> str:
    if ORPHAN in finalizers_of(item):
        return "Orphan"
    return "Foreground" if FOREGROUND in finalizers_of(item) else "Background"
