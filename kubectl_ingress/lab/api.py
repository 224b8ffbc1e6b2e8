"""The Kubernetes API as the lab's own components use it: requests, and list with watch.

In the lab the server answers these calls in the same process; the tests of a
real API server have a client over HTTP with the same methods.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator
from typing import Any, ClassVar, Literal

# An API object is whatever the server says it is.
Json = dict[str, Any]
Change = tuple[Literal["ADDED", "MODIFIED", "DELETED"], Json]

MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
_RETRY_SECONDS = 0.2


class ApiError(Exception):
    """The API server refused; ``status`` is its HTTP status, ``text`` its sentence."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status}: {text}")
        self.status, self.text = status, text


class Api(ABC):
    """One user's view of the API server, for use inside one event loop.

    ``agent`` is who writes: the field manager. Raises ApiError.
    """

    #: What a lost connection raises, beside ApiError.
    lost: ClassVar[tuple[type[Exception], ...]] = ()

    @abstractmethod
    def as_user(self, token: str) -> Api:
        """The same API server, as someone else."""

    async def get(self, path: str) -> Json:
        """One object, or a list."""
        return await self._ask("GET", path)

    async def find(self, path: str) -> Json | None:
        """One object, or None where there is none."""
        try:
            return await self.get(path)
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    async def create(self, path: str, body: Json, agent: str = "lab") -> Json:
        """Create an object; ``path`` is that of its collection."""
        return await self._ask("POST", path, body, agent=agent)

    async def replace(self, path: str, body: Json, agent: str = "lab") -> Json:
        """Replace an object."""
        return await self._ask("PUT", path, body, agent=agent)

    async def patch(self, path: str, body: Json, kind: str = MERGE, agent: str = "lab") -> Json:
        """Patch an object."""
        return await self._ask("PATCH", path, body, kind=kind, agent=agent)

    async def delete(
        self, path: str, uid: str = "", grace: int | None = 0, policy: str = ""
    ) -> None:
        """Delete an object, only if it has this uid; one that is gone is fine.

        ``grace`` is in seconds, None the object's own; ``policy`` is one of Background,
        Foreground, Orphan, or "" for the kind's own.
        """
        options: Json = {} if grace is None else {"gracePeriodSeconds": grace}
        if policy:
            options["propagationPolicy"] = policy
        if uid:
            options["preconditions"] = {"uid": uid}
        try:
            await self._ask("DELETE", path, options)
        except ApiError as error:
            # 409 means that the name belongs to another object by now.
            if error.status not in (404, 409):
                raise

    async def follow(self, path: str) -> AsyncIterator[Change]:
        """List, then watch for ever; every object says what it is.

        After a lost connection or an expired version (410) it lists again; what vanished in
        between is then reported as deleted, so that a reader never keeps ghosts.
        """
        known: dict[str, Json] = {}
        while True:
            try:
                listed = await self.get(path)
                for change in relisted(known, listed):
                    yield change
                async for kind, item in self._watch(path, listed["metadata"]["resourceVersion"]):
                    if kind == "DELETED":
                        known.pop(item["metadata"]["uid"], None)
                    else:
                        known[item["metadata"]["uid"]] = item
                    yield kind, item
            except self.lost:
                pass
            except ApiError as error:
                if error.status not in (410, 429) and error.status < 500:
                    raise
            await asyncio.sleep(_RETRY_SECONDS)

    @abstractmethod
    async def _ask(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        kind: str = "application/json",
        agent: str = "lab",
    ) -> Json:
        """One request with a body of this content type. Raises ApiError."""

    @abstractmethod
    def _watch(self, path: str, version: str) -> AsyncIterator[Change]:
        """The changes after a version, until the watch ends. Raises ApiError."""


def relisted(known: dict[str, Json], listed: Json) -> Iterator[Change]:
    """What a new list means to a reader of the earlier one; brings ``known`` up to date."""
    # Items of lists do not say what they are.
    head = {"apiVersion": listed["apiVersion"], "kind": listed["kind"].removesuffix("List")}
    now = {item["metadata"]["uid"]: head | item for item in listed["items"]}
    for uid in known.keys() - now.keys():
        yield "DELETED", known.pop(uid)
    for uid, item in now.items():
        yield ("MODIFIED" if uid in known else "ADDED"), item
        known[uid] = item
