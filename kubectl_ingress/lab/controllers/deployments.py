"""Deployments: which one has to be looked at, and which kind of look it gets.

Kubernetes' own: pkg/controller/deployment/deployment_controller.go.
"""

from __future__ import annotations

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.controllers import deployment_status
from kubectl_ingress.lab.controllers.claims import claim, keys_to_wake, wake_owners
from kubectl_ingress.lab.controllers.objects import Objects
from kubectl_ingress.lab.controllers.queue import Queue
from kubectl_ingress.lab.controllers.rollout import Rollout
from kubectl_ingress.lab.metadata import (
    Key,
    controller_of,
    is_deleting,
    key_of,
)


class Deployments:
    """The controller of Deployments."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._deployments, self._sets = objects["deployments"], objects["replicasets"]
        self._events = objects.recorder("deployment-controller")
        self._queue = Queue("deployments", self._sync)
        self.queues = (self._queue,)
        wake_owners(self._queue, self._deployments, self._sets)
        objects["pods"].subscribe(self._pod_changed)

    def _pod_changed(self, old: Json | None, new: Json | None) -> None:
        """Recreate waits for the last old pod; the rest is in the ReplicaSets' status."""
        reference = None if old is None or new is not None else controller_of(old)
        if old is None or reference is None:
            return
        namespace = key_of(old)[0]
        owner = self._sets.resolve(namespace, reference)
        for key in keys_to_wake(self._deployments, owner, None):
            self._queue.add(key)

    async def _sync(self, key: Key) -> None:
        found = self._deployments.get(*key)
        if found is None:
            return
        sets = await claim(self._objects, found, self._sets.inside(key[0]))
        rollout = Rollout(self._objects, self._events, found, sets)
        if is_deleting(found):
            await rollout.only_status()
            return
        await rollout.note_pause()
        if found["spec"].get("paused") or await rollout.is_scaled():
            await rollout.scale()
        elif found["spec"]["strategy"]["type"] == "Recreate":
            await rollout.recreate()
        else:
            await rollout.roll()
        # Nothing may happen any more, and that is what the deadline is for.
        status = rollout.deployment.get("status") or {}
        wait = deployment_status.seconds_to_deadline(rollout.deployment, status)
        if wait is not None:
            self._queue.add_after(key, wait)
