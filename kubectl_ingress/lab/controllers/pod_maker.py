"""How controllers create and delete the pods that they manage."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from kubectl_ingress.lab.api import ApiError, Json
from kubectl_ingress.lab.controllers import pods
from kubectl_ingress.lab.controllers.objects import Objects, namespace_is_ending
from kubectl_ingress.lab.events import Recorder
from kubectl_ingress.lab.metadata import key_of


class PodMaker:
    """Creates and deletes the pods of one controller, and tells of it."""

    def __init__(self, objects: Objects, events: Recorder) -> None:
        self._objects, self._events = objects, events

    async def create(self, owner: Json, template: Json, prefix: str = "") -> None:
        """Create a pod; ApiError, unless the reason is that the namespace is ending."""
        body = pods.pod_from(template, owner, prefix)
        try:
            made = await self._objects.create("pods", key_of(owner)[0], body)
        except ApiError as error:
            if namespace_is_ending(error):
                return
            await self._events.warning(owner, "FailedCreate", f"Error creating: {error.text}")
            raise
        await self._events.normal(
            owner, "SuccessfulCreate", f"Created pod: {made['metadata']['name']}"
        )

    async def delete(self, owner: Json, pod: Json) -> None:
        """Delete a pod; raises ApiError."""
        try:
            await self._objects.delete(pod)
        except ApiError as error:
            await self._events.warning(owner, "FailedDelete", f"Error deleting: {error.text}")
            raise
        await self._events.normal(
            owner, "SuccessfulDelete", f"Deleted pod: {pod['metadata']['name']}"
        )


async def in_batches(count: int, create: Callable[[], Awaitable[None]]) -> None:
    """Create `count` things in batches of 1, 2, 4 …, and no more after a batch with a failure.

    So that what is refused is not tried a hundred times; raises the batch's first ApiError.
    """
    size = 1
    while count > 0:
        size = min(size, count)
        failure: ApiError | None = None
        for _ in range(size):
            try:
                await create()
            except ApiError as error:
                failure = failure or error
        if failure is not None:
            raise failure
        count -= size
        size *= 2
