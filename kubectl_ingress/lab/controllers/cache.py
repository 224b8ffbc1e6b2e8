"""The objects of one kind, as they were last seen: by a watch, or in an answer to ourselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kubectl_ingress.lab.api import Api, Json
from kubectl_ingress.lab.apiserver.resources import Resource
from kubectl_ingress.lab.metadata import Key, is_deleting, key_of, uid_of, version_of
from kubectl_ingress.lab.times import now

Subscriber = Callable[[Json | None, Json | None], None]
"""Told of every change: the object before it and after it; None where there is none."""

_REMEMBERED = 1000


class Cache:
    """What is known of one kind. The objects are shared: nobody changes them in place."""

    def __init__(self, api: Api, resource: Resource) -> None:
        self.resource = resource
        self._api = api
        self._objects: dict[Key, Json] = {}
        self._subscribers: list[Subscriber] = []
        # Deletions that we have asked for; the watch tells of them only later.
        self._deleting: set[str] = set()
        # An answer to ourselves may arrive after the watch told that the object is gone.
        self._gone: dict[str, None] = {}

    def __iter__(self) -> Iterator[Json]:
        return iter(list(self._objects.values()))

    def get(self, namespace: str, name: str) -> Json | None:
        """The object of this name."""
        return self._objects.get((namespace, name))

    def inside(self, namespace: str) -> list[Json]:
        """The objects of a namespace."""
        return [item for (space, _), item in self._objects.items() if space == namespace]

    def resolve(self, namespace: str, reference: Json) -> Json | None:
        """The object that an owner reference means, if it is one of this kind."""
        if reference["kind"] != self.resource.kind:
            return None
        found = self.get(namespace, reference["name"])
        return found if found is not None and uid_of(found) == reference["uid"] else None

    def subscribe(self, subscriber: Subscriber) -> None:
        """Tell somebody of every change; before ``fill``."""
        self._subscribers.append(subscriber)

    async def fill(self) -> None:
        """Read what is there already."""
        for item in (await self._api.get(self.resource.path()))["items"]:
            self.put(item)

    async def follow(self) -> None:
        """Keep up with the server, for ever."""
        async for change, item in self._api.follow(self.resource.path()):
            if change == "DELETED":
                self.drop(item)
            else:
                self.put(item)

    def put(self, item: Json) -> Json:
        """Take in what was read, unless something newer is known; gives what is known then."""
        # Items of lists do not say what they are.
        item = {"apiVersion": self.resource.api_version, "kind": self.resource.kind, **item}
        if uid_of(item) in self._gone:
            return item
        old = self._objects.get(key_of(item))
        if old is not None and version_of(old) >= version_of(item):
            return old
        if old is not None and uid_of(old) != uid_of(item):
            self.drop(old)
            old = None
        if uid_of(item) in self._deleting and not is_deleting(item):
            item = _marked(item)
        self._objects[key_of(item)] = item
        self._tell(old, item)
        return item

    def mark_deleting(self, item: Json) -> None:
        """Its deletion was asked for, and accepted."""
        known = self._objects.get(key_of(item))
        if known is None or uid_of(known) != uid_of(item) or is_deleting(known):
            return
        self._deleting.add(uid_of(item))
        self._objects[key_of(item)] = marked = _marked(known)
        self._tell(known, marked)

    def drop(self, item: Json) -> None:
        """It is gone."""
        self._gone[uid_of(item)] = None
        if len(self._gone) > _REMEMBERED:
            del self._gone[next(iter(self._gone))]
        self._deleting.discard(uid_of(item))
        known = self._objects.get(key_of(item))
        if known is not None and uid_of(known) == uid_of(item):
            del self._objects[key_of(item)]
            self._tell(known, None)

    def _tell(self, old: Json | None, new: Json | None) -> None:
        for subscriber in self._subscribers:
            subscriber(old, new)


def _marked(item: Json) -> Json:
    return item | {"metadata": item["metadata"] | {"deletionTimestamp": now()}}
