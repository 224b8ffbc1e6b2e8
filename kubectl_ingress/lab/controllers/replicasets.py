"""ReplicaSets: as many pods as asked for.

Kubernetes' own: pkg/controller/replicaset/replica_set.go and replica_set_utils.go.
"""

from __future__ import annotations

from kubectl_ingress.lab.api import ApiError, Json
from kubectl_ingress.lab.controllers import pods
from kubectl_ingress.lab.controllers.claims import claim, selects, wake_owners
from kubectl_ingress.lab.controllers.objects import Objects
from kubectl_ingress.lab.controllers.pod_maker import PodMaker, in_batches
from kubectl_ingress.lab.controllers.queue import Queue
from kubectl_ingress.lab.metadata import (
    Key,
    condition_of,
    controller_of,
    is_controlled_by,
    is_deleting,
    key_of,
    labels_of,
    uid_of,
    without_zeros,
)
from kubectl_ingress.lab.times import now


class ReplicaSets:
    """The controller of ReplicaSets."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._sets, self._pods = objects["replicasets"], objects["pods"]
        self._makers = PodMaker(objects, objects.recorder("replicaset-controller"))
        self._queue = Queue("replicasets", self._sync)
        self.queues = (self._queue,)
        wake_owners(self._queue, self._sets, self._pods)

    async def _sync(self, key: Key) -> None:
        found = self._sets.get(*key)
        if found is None:
            return
        inside = self._pods.inside(key[0])
        active = await claim(self._objects, found, filter(pods.is_active, inside))
        terminating = [
            pod
            for pod in filter(pods.is_terminating, inside)
            if is_controlled_by(pod, found) and selects(found["spec"]["selector"], labels_of(pod))
        ]
        failure: ApiError | None = None
        if not is_deleting(found):
            try:
                await self._resize(found, active)
            except ApiError as error:
                failure = error
        await self._write_status(found, status_of(found, active, terminating, failure))
        if failure is not None:
            raise failure
        self._wait_for_available(key, found, active)

    async def _resize(self, found: Json, active: list[Json]) -> None:
        missing = found["spec"]["replicas"] - len(active)
        if missing > 0:
            template = found["spec"]["template"]
            await in_batches(missing, lambda: self._makers.create(found, template))
        elif missing < 0:
            for pod in pods.to_delete(active, self._related(found), -missing):
                await self._makers.delete(found, pod)

    def _related(self, found: Json) -> list[Json]:
        """The pods of all ReplicaSets that the same Deployment has."""
        namespace, owner = key_of(found)[0], controller_of(found)
        sets = {
            uid_of(each)
            for each in self._sets.inside(namespace)
            if owner is not None and (controller_of(each) or {}).get("uid") == owner["uid"]
        } | {uid_of(found)}
        return [
            pod
            for pod in self._pods.inside(namespace)
            if (controller_of(pod) or {}).get("uid") in sets
        ]

    async def _write_status(self, found: Json, status: Json) -> None:
        if status != (found.get("status") or {}):
            await self._objects.replace(found | {"status": status}, "status")

    def _wait_for_available(self, key: Key, found: Json, active: list[Json]) -> None:
        min_ready = found["spec"].get("minReadySeconds", 0)
        waits = [pods.seconds_to_available(pod, min_ready) for pod in active]
        if later := [wait for wait in waits if wait]:
            self._queue.add_after(key, min(later))


def status_of(
    found: Json, active: list[Json], terminating: list[Json], failure: ApiError | None
) -> Json:
    """The status of a ReplicaSet with these pods, after `failure` to create or delete some."""
    min_ready = found["spec"].get("minReadySeconds", 0)
    template = (found["spec"]["template"].get("metadata") or {}).get("labels") or {}
    return {
        "replicas": len(active),
        **without_zeros(
            fullyLabeledReplicas=sum(template.items() <= labels_of(pod).items() for pod in active),
            readyReplicas=sum(map(pods.is_ready, active)),
            availableReplicas=sum(pods.is_available(pod, min_ready) for pod in active),
            observedGeneration=found["metadata"].get("generation", 0),
        ),
        "terminatingReplicas": len(terminating),
        **_conditions(found, len(active), failure),
    }


def _conditions(found: Json, active: int, failure: ApiError | None) -> Json:
    conditions = list((found.get("status") or {}).get("conditions") or [])
    known = condition_of(found, "ReplicaFailure")
    if failure is not None and known is None:
        reason = "FailedCreate" if active < found["spec"]["replicas"] else "FailedDelete"
        conditions.append(
            {
                "type": "ReplicaFailure",
                "status": "True",
                "lastTransitionTime": now(),
                "reason": reason,
                "message": failure.text,
            }
        )
    elif failure is None and known is not None:
        conditions.remove(known)
    return {"conditions": conditions} if conditions else {}
