"""All objects of the cluster, in memory, under one revision, as etcd keeps them.

A stored object is never changed: a write puts another one in its place. So a
list is a list of references, a page of it stays what it was, and a watch can
say what an object was before.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from msgspec import Struct, field

from kubectl_ingress.lab.api import Json

Storage = tuple[str, str]
"""Group and plural."""
Key = tuple[str, str]
"""Namespace ("" for kinds without) and name."""

HISTORY = 2000
"""Events that are kept for watches that begin in the past."""


class Expired(Exception):
    """The revision is older than the history reaches."""


class Event(NamedTuple):
    """One change: `before` is None for a new object, `item` of a deletion its last state."""

    revision: int
    kind: Literal["ADDED", "MODIFIED", "DELETED"]
    storage: Storage
    item: Json
    before: Json | None


class Watch(Struct, eq=False):
    """The changes of one storage from a revision on; close it."""

    storage: Storage
    _queue: asyncio.Queue[Event] = field(default_factory=asyncio.Queue)
    _close: Callable[[Watch], None] = lambda _: None

    def offer(self, event: Event) -> None:
        """A change, if it is one of ours."""
        if event.storage == self.storage:
            self._queue.put_nowait(event)

    async def next(self, seconds: float) -> Event | None:
        """The next change; None when there was none for so long."""
        try:
            async with asyncio.timeout(seconds):
                return await self._queue.get()
        except TimeoutError:
            return None

    def close(self) -> None:
        """No more changes are wanted."""
        self._close(self)


class Store:
    """The objects, by storage and key."""

    def __init__(self, history: int = HISTORY) -> None:
        self.revision = 1
        self._objects: dict[Storage, dict[Key, Json]] = {}
        self._events: deque[Event] = deque(maxlen=history)
        self._watches: set[Watch] = set()

    def get(self, storage: Storage, namespace: str, name: str) -> Json | None:
        """One object, not to be changed."""
        return self._objects.get(storage, {}).get((namespace, name))

    def list(self, storage: Storage, namespace: str = "") -> list[Json]:
        """The objects of a namespace, or all, by namespace and name; not to be changed."""
        kept = self._objects.get(storage, {})
        return [kept[key] for key in sorted(kept) if not namespace or key[0] == namespace]

    def put(self, storage: Storage, item: Json) -> Json:
        """Keep an object in place of the one of its name; it gets its resourceVersion."""
        self.revision += 1
        meta = item["metadata"]
        stored = item | {"metadata": meta | {"resourceVersion": str(self.revision)}}
        kept = self._objects.setdefault(storage, {})
        key = (meta.get("namespace", ""), meta["name"])
        before = kept.get(key)
        kept[key] = stored
        kind: Literal["ADDED", "MODIFIED"] = "ADDED" if before is None else "MODIFIED"
        self._tell(Event(self.revision, kind, storage, stored, before))
        return stored

    def remove(self, storage: Storage, item: Json) -> Json:
        """Forget an object; its last state, as watches see it."""
        self.revision += 1
        meta = item["metadata"]
        last = item | {"metadata": meta | {"resourceVersion": str(self.revision)}}
        before = self._objects[storage].pop((meta.get("namespace", ""), meta["name"]))
        self._tell(Event(self.revision, "DELETED", storage, last, before))
        return last

    def watch(self, storage: Storage, since: int) -> Watch:
        """What changes after this revision. Raises Expired when that is too long ago."""
        oldest = self._events[0].revision if self._events else self.revision + 1
        if since < oldest - 1:
            raise Expired
        watch = Watch(storage, _close=self._watches.discard)
        for event in self._since(since):
            watch.offer(event)
        self._watches.add(watch)
        return watch

    def _since(self, revision: int) -> Iterator[Event]:
        return (event for event in self._events if event.revision > revision)

    def _tell(self, event: Event) -> None:
        self._events.append(event)
        for watch in self._watches:
            watch.offer(event)
