"""The Kubernetes API as the lab's own components use it: requests, and list with watch.

In the lab the server answers these calls in the same process; the tests of a
real API server have a client over HTTP with the same methods.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, Literal, Protocol

# An API object is whatever the server says it is.
Json = dict[str, Any]
Change = tuple[Literal["ADDED", "MODIFIED", "DELETED"], Json]

MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"


class ApiError(Exception):
    """The API server refused; ``status`` is its HTTP status, ``text`` its sentence."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status}: {text}")
        self.status, self.text = status, text


class Api(Protocol):
    """One user's view of the API server, for use inside one event loop.

    ``agent`` is who writes: the field manager. Raises ApiError.
    """

    def as_user(self, token: str) -> Api:
        """The same API server, as someone else."""

    async def get(self, path: str) -> Json:
        """One object, or a list."""

    async def find(self, path: str) -> Json | None:
        """One object, or None where there is none."""

    async def create(self, path: str, body: Json, agent: str = ...) -> Json:
        """Create an object; ``path`` is that of its collection."""

    async def replace(self, path: str, body: Json, agent: str = ...) -> Json:
        """Replace an object."""

    async def patch(self, path: str, body: Json, kind: str = ..., agent: str = ...) -> Json:
        """Patch an object."""

    async def delete(
        self, path: str, uid: str = "", grace: int | None = 0, policy: str = ""
    ) -> None:
        """Delete an object, only if it has this uid; one that is gone is fine.

        ``grace`` is in seconds, None the object's own; ``policy`` is one of Background,
        Foreground, Orphan, or "" for the kind's own.
        """

    def follow(self, path: str) -> AsyncIterator[Change]:
        """List, then watch for ever; every object says what it is.

        After a lost connection or an expired version (410) it lists again; what vanished in
        between is then reported as deleted, so that a reader never keeps ghosts.
        """


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
