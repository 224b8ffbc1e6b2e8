"""Jobs that are to vanish some time after their end.

Kubernetes' own: pkg/controller/ttlafterfinished/ttlafterfinished_controller.go.
"""

from __future__ import annotations

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.controllers.job_status import finished
from kubectl_ingress.lab.controllers.objects import Objects
from kubectl_ingress.lab.controllers.queue import Queue
from kubectl_ingress.lab.metadata import Key, is_deleting, key_of
from kubectl_ingress.lab.times import seconds_since


class FinishedJobs:
    """The controller of ``ttlSecondsAfterFinished``."""

    def __init__(self, objects: Objects) -> None:
        self._objects, self._jobs = objects, objects["jobs"]
        self._queue = Queue("finished jobs", self._sync)
        self.queues = (self._queue,)
        self._jobs.subscribe(self._changed)

    def _changed(self, _: Json | None, new: Json | None) -> None:
        if new is not None and "ttlSecondsAfterFinished" in new["spec"]:
            self._queue.add(key_of(new))

    async def _sync(self, key: Key) -> None:
        job = self._jobs.get(*key)
        end = None if job is None else finished(job)
        if job is None or end is None or is_deleting(job):
            return
        time_to_live = job["spec"].get("ttlSecondsAfterFinished")
        if time_to_live is None:
            return
        left = time_to_live - seconds_since(end["lastTransitionTime"])
        if left > 0:
            self._queue.add_after(key, left)
        else:
            await self._objects.delete(job, "Foreground")
