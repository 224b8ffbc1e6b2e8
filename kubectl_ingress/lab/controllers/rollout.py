"""One look at a Deployment: what is done about its ReplicaSets, and its status.

Kubernetes' own: pkg/controller/deployment/sync.go, rolling.go, recreate.go and progress.go.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

from kubectl_ingress.lab.api import ApiError, Json
from kubectl_ingress.lab.controllers import deployment_status as told
from kubectl_ingress.lab.controllers import revisions, sizes
from kubectl_ingress.lab.controllers.objects import Objects, namespace_is_ending
from kubectl_ingress.lab.controllers.pods import is_terminal
from kubectl_ingress.lab.events import Recorder
from kubectl_ingress.lab.metadata import (
    age_order,
    annotations_of,
    condition_of,
    is_controlled_by,
    is_deleting,
    uid_of,
)


class Rollout:
    """One Deployment and its ReplicaSets during one look at them. Raises ApiError."""

    def __init__(
        self, objects: Objects, events: Recorder, deployment: Json, sets: Sequence[Json]
    ) -> None:
        self.deployment = copy.deepcopy(deployment)
        self._objects, self._events = objects, events
        self._sets = {uid_of(each): each for each in sorted(sets, key=age_order)}

    @property
    def sets(self) -> list[Json]:
        """All ReplicaSets, the oldest first."""
        return list(self._sets.values())

    @property
    def new(self) -> Json | None:
        """The ReplicaSet that has the Deployment's template."""
        return revisions.find_new(self.deployment, self.sets)

    @property
    def old(self) -> list[Json]:
        """All others."""
        new = self.new
        return [each for each in self.sets if new is None or uid_of(each) != uid_of(new)]

    async def only_status(self) -> None:
        """Of one that is being deleted."""
        await self._number(create=False)
        await self._write(told.counted(self.deployment, self.sets, self.new))

    async def note_pause(self) -> None:
        """Tell of a pause, or of its end, so that the deadline does not run meanwhile."""
        progress = condition_of(self.deployment, "Progressing")
        reason = "" if progress is None else progress["reason"]
        paused = bool(self.deployment["spec"].get("paused"))
        if not told.has_deadline(self.deployment) or reason == told.TIMED_OUT:
            return
        if paused and reason != told.PAUSED:
            await self._progress("Unknown", told.PAUSED, "Deployment is paused")
        elif not paused and reason == told.PAUSED:
            await self._progress("Unknown", told.RESUMED, "Deployment is resumed")

    async def is_scaled(self) -> bool:
        """Whether the Deployment's size was changed, rather than its template."""
        await self._number(create=False)
        asked = str(sizes.wanted(self.deployment))
        return any(
            annotations_of(each).get(sizes.DESIRED, asked) != asked
            for each in self.sets
            if sizes.wanted(each)
        )

    async def scale(self) -> None:
        """Bring the ReplicaSets to the Deployment's size, without an update."""
        await self._number(create=False)
        active = [each for each in self.sets if sizes.wanted(each)]
        whole = sizes.wanted(self.deployment)
        if len(active) <= 1:
            newest_old = max(self.old, key=age_order, default=None)
            only = active[0] if active else self.new or newest_old
            if only is not None:
                await self._resize(only, whole)
        elif sizes.is_saturated(self.deployment, self.new):
            for each in self.old:
                await self._resize(each, 0)
        elif sizes.is_rolling(self.deployment):
            for step in sizes.proportions(self.deployment, active):
                await self._resize(step.item, step.size, annotate=True)
        if self.deployment["spec"].get("paused"):
            await self._clean_up()
        await self._write(told.counted(self.deployment, self.sets, self.new))

    async def roll(self) -> None:
        """One step of a rolling update."""
        new = await self._number(create=True)
        if new is None or await self._grow_new(new) or await self._shrink_old(new):
            await self._write(told.judged(self.deployment, self.sets, self.new))
            return
        await self._finish()

    async def recreate(self) -> None:
        """One step of an update that ends all old pods first."""
        await self._number(create=False)
        shrunk = [await self._resize(each, 0) for each in self.old if sizes.wanted(each)]
        if not any(shrunk) and not self._old_pods_run():
            new = await self._number(create=True)
            if new is not None:
                await self._resize(new, sizes.wanted(self.deployment))
            await self._finish()
        else:
            await self._write(told.judged(self.deployment, self.sets, self.new))

    async def _finish(self) -> None:
        if told.is_complete(self.deployment, self.deployment.get("status") or {}):
            await self._clean_up()
        await self._write(told.judged(self.deployment, self.sets, self.new))

    async def _grow_new(self, new: Json) -> bool:
        size, asked = sizes.wanted(new), sizes.wanted(self.deployment)
        if size < asked:
            asked = sizes.size_of_new(self.deployment, self.sets, size)
        return await self._resize(new, asked)

    async def _shrink_old(self, new: Json) -> bool:
        old = [each for each in self.old if sizes.wanted(each)]
        steps = sizes.shrink_old(self.deployment, old, new) if old else []
        return any([await self._resize(step.item, step.size) for step in steps])

    def _old_pods_run(self) -> bool:
        old = self.old
        if any((each.get("status") or {}).get("replicas") for each in old):
            return True
        inside = self._objects["pods"].inside(self.deployment["metadata"]["namespace"])
        return any(
            is_controlled_by(pod, each) for pod in inside for each in old if not is_terminal(pod)
        )

    async def _number(self, create: bool) -> Json | None:
        """Bring the revision of the new ReplicaSet up to date, or make one."""
        revision = max(map(revisions.revision_of, self.old), default=0) + 1
        new = self.new
        if new is None:
            return await self._create(revision) if create else None
        annotations = revisions.new_annotations(self.deployment, new, revision)
        min_ready = self.deployment["spec"].get("minReadySeconds", 0)
        if annotations != annotations_of(new) or min_ready != new["spec"].get("minReadySeconds", 0):
            metadata = new["metadata"] | {"annotations": annotations}
            spec = new["spec"] | {"minReadySeconds": min_ready}
            changed = new | {"metadata": metadata, "spec": spec}
            new = self._keep(await self._objects.replace(changed))
        number = str(revisions.revision_of(new))
        if told.has_deadline(self.deployment) and not condition_of(self.deployment, "Progressing"):
            text = f'Found new replica set "{new["metadata"]["name"]}"'
            await self._progress("True", told.FOUND_SET, text, number)
        elif annotations_of(self.deployment).get(revisions.REVISION) != number:
            await self._write(self.deployment.get("status") or {}, number)
        return new

    async def _create(self, revision: int) -> Json | None:
        body = revisions.new_set(self.deployment, revision)
        size = sizes.size_of_new(self.deployment, self.sets, 0)
        body["spec"]["replicas"] = size
        name = body["metadata"]["name"]
        try:
            made = await self._objects.create("replicasets", body["metadata"]["namespace"], body)
        except ApiError as error:
            await self._tell_failure(name, error)
            raise
        self._keep(made)
        if size:
            text = f"Scaled up replica set {name} from 0 to {size}"
            await self._events.normal(self.deployment, "ScalingReplicaSet", text)
        number = str(revision)
        if told.has_deadline(self.deployment):
            text = f'Created new replica set "{name}"'
            await self._progress("True", told.NEW_SET, text, number)
        elif annotations_of(self.deployment).get(revisions.REVISION) != number:
            await self._write(self.deployment.get("status") or {}, number)
        return made

    async def _tell_failure(self, name: str, error: ApiError) -> None:
        if namespace_is_ending(error):
            return
        if error.status == 409:
            # The hash is another template's already: it is mixed with this number.
            status = self.deployment.get("status") or {}
            count = status.get("collisionCount", 0) + 1
            await self._write(status | {"collisionCount": count})
            return
        text = f'Failed to create new replica set "{name}": {error.text}'
        await self._events.warning(self.deployment, told.CREATE_ERROR, text)
        if told.has_deadline(self.deployment):
            await self._progress("False", told.CREATE_ERROR, text)

    async def _resize(self, item: Json, size: int, annotate: bool = False) -> bool:
        """Change a ReplicaSet's size, or its annotations too; whether the size changed."""
        item = self._sets[uid_of(item)]
        before = sizes.wanted(item)
        annotations = annotations_of(item) | revisions.sizes_of(self.deployment)
        if before == size and not (annotate and annotations != annotations_of(item)):
            return False
        metadata = item["metadata"] | {"annotations": annotations}
        spec = item["spec"] | {"replicas": size}
        self._keep(await self._objects.replace(item | {"metadata": metadata, "spec": spec}))
        if before == size:
            return False
        way, name = "up" if size > before else "down", item["metadata"]["name"]
        text = f"Scaled {way} replica set {name} from {before} to {size}"
        await self._events.normal(self.deployment, "ScalingReplicaSet", text)
        return True

    async def _clean_up(self) -> None:
        """Delete the oldest ReplicaSets beyond the history limit."""
        limit = self.deployment["spec"].get("revisionHistoryLimit", told.UNLIMITED)
        old = [each for each in self.old if not is_deleting(each)]
        if limit == told.UNLIMITED or len(old) <= limit:
            return
        by_revision = sorted(old, key=lambda each: (revisions.revision_of(each), age_order(each)))
        for each in by_revision[: len(old) - limit]:
            status = each.get("status") or {}
            observed = status.get("observedGeneration", 0) >= each["metadata"]["generation"]
            if observed and not status.get("replicas") and not sizes.wanted(each):
                await self._objects.delete(each)

    async def _progress(self, status: str, reason: str, text: str, revision: str = "") -> None:
        changed = copy.deepcopy(self.deployment.get("status") or {})
        told.set_condition(changed, told.condition("Progressing", status, reason, text))
        await self._write(changed, revision)

    async def _write(self, status: Json, revision: str = "") -> None:
        metadata = self.deployment["metadata"]
        if revision:
            annotations = annotations_of(self.deployment) | {revisions.REVISION: revision}
            metadata = metadata | {"annotations": annotations}
        changed = self.deployment | {"metadata": metadata, "status": status}
        if changed != self.deployment:
            self.deployment = await self._objects.replace(changed, "status")

    def _keep(self, item: Json) -> Json:
        self._sets[uid_of(item)] = item
        return item
