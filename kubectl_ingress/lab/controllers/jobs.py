"""Jobs: pods until enough of them have succeeded, or too many failed.

Kubernetes' own: pkg/controller/job/job_controller.go. A pod carries a finalizer until it is
counted: its uid is written to the status first, then the finalizer goes, then it is counted.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

from kubectl_ingress.lab.api import ApiError, Json
from kubectl_ingress.lab.controllers import job_indexes, job_status, pods
from kubectl_ingress.lab.controllers.claims import claim, keys_to_wake
from kubectl_ingress.lab.controllers.job_status import TRACKING, End, Failures
from kubectl_ingress.lab.controllers.objects import Objects
from kubectl_ingress.lab.controllers.pod_maker import PodMaker, in_batches
from kubectl_ingress.lab.controllers.queue import Queue
from kubectl_ingress.lab.metadata import (
    Key,
    condition_of,
    controller_of,
    is_deleting,
    key_of,
    uid_of,
)
from kubectl_ingress.lab.times import now

# Kubernetes collects what happens to a Job's pods for so long.
BATCH_SECONDS = 1.0


class Jobs:
    """The controller of Jobs."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._jobs, self._pods = objects["jobs"], objects["pods"]
        self._events = objects.recorder("job-controller")
        self._maker = PodMaker(objects, self._events)
        self._failures: dict[str, Failures] = {}
        self._queue = Queue("jobs", self._sync)
        self._orphans = Queue("pods of former jobs", self._release)
        self.queues = (self._queue, self._orphans)
        self._jobs.subscribe(self._job_changed)
        self._pods.subscribe(self._pod_changed)

    def _job_changed(self, old: Json | None, new: Json | None) -> None:
        if new is None or job_status.finished(new):
            gone = uid_of(new or old or {})
            self._failures.pop(gone, None)
            for pod in self._pods.inside(key_of(new or old or {})[0]):
                if (controller_of(pod) or {}).get("uid") == gone:
                    self._orphans.add(key_of(pod))
        elif old is None or old["metadata"].get("generation") != new["metadata"].get("generation"):
            self._queue.add(key_of(new))
        else:
            self._queue.add_after(key_of(new), BATCH_SECONDS)

    def _pod_changed(self, old: Json | None, new: Json | None) -> None:
        for key in keys_to_wake(self._jobs, old, new):
            self._queue.add_after(key, BATCH_SECONDS)
        if new is not None and job_status.is_tracked(new):
            self._orphans.add(key_of(new))

    async def _release(self, key: Key) -> None:
        """Let a pod go that waits to be counted by a Job which is gone, or has ended."""
        pod = self._pods.get(*key)
        if pod is None or not job_status.is_tracked(pod):
            return
        reference = controller_of(pod)
        if reference is not None:
            job = self._jobs.resolve(key[0], reference)
            if reference["kind"] != "Job" or (job is not None and not job_status.finished(job)):
                return
        await self._untrack(pod)

    async def _untrack(self, pod: Json) -> None:
        gone = {"$deleteFromPrimitiveList/finalizers": [TRACKING]}
        try:
            await self._objects.patch(pod, {"metadata": gone})
        except ApiError as error:
            if error.status != 404:
                raise

    async def _sync(self, key: Key) -> None:
        found = self._jobs.get(*key)
        if found is None or job_status.finished(found):
            return
        job = copy.deepcopy(found)
        status: Json = job.setdefault("status", {})
        uncounted = status.setdefault("uncountedTerminatedPods", {})
        status.setdefault("startTime", now())
        owned = await claim(self._objects, job, self._pods.inside(key[0]), [TRACKING])
        if job_indexes.is_indexed(job):
            job_indexes.note_done(job, owned)
        done = [*uncounted.get("succeeded", []), *uncounted.get("failed", [])]
        succeeded, failed = job_status.to_count(owned, job, done)
        successes = status.get("succeeded", 0) + len(uncounted.get("succeeded", []))
        failures = status.get("failed", 0) + len(uncounted.get("failed", [])) + len(failed)
        end = _known_end(job) or job_status.failure_of(job, owned, failures)
        known = self._failures.get(uid_of(job), Failures())
        row = known.then(succeeded, failed)
        problem: ApiError | None = None
        try:
            end = await self._manage(job, owned, successes + len(succeeded), end, row)
        except ApiError as error:
            problem = error
        await self._track(found, job, owned, end)
        if end is None:
            self._failures[uid_of(job)] = row
        if problem is not None:
            raise problem
        left = job_status.seconds_to_deadline(job)
        if left is not None and end is None:
            self._queue.add_after(key, max(0.0, left))

    async def _manage(
        self, job: Json, owned: Sequence[Json], succeeded: int, end: End | None, row: Failures
    ) -> End | None:
        """Create or delete pods, and write down how many there are; why the Job ends, if so."""
        active = [pod for pod in owned if pods.is_active(pod)]
        _count(job["status"], active, len(active), list(filter(pods.is_terminating, owned)))
        wanted = 0 if end else job_status.wanted_active(job, succeeded, len(active))
        if is_deleting(job) and not end:
            return None
        if len(active) > wanted:
            spared = pods.to_delete(active, active, len(active) - wanted)
            for pod in spared:
                if not end:
                    await self._untrack(pod)
                await self._maker.delete(job, pod)
            left = [pod for pod in active if pod not in spared]
            _count(job["status"], left, len(left), [*filter(pods.is_terminating, owned), *spared])
            return end
        missing = wanted - len(active)
        if missing and (pause := row.seconds_to_retry):
            self._queue.add_after(key_of(job), pause)
        elif missing:
            await self._create(job, active, missing)
        elif end is None and job_status.is_done(job, succeeded, len(active)):
            return job_status.REACHED
        return end

    async def _create(self, job: Json, active: Sequence[Json], missing: int) -> None:
        template = copy.deepcopy(job["spec"]["template"])
        metadata = template.setdefault("metadata", {})
        if TRACKING not in metadata.get("finalizers", []):
            metadata["finalizers"] = [*metadata.get("finalizers", []), TRACKING]
        if job_indexes.is_indexed(job):
            indexes = iter(job_indexes.free(job, active)[:missing])
            await in_batches(missing, lambda: self._create_one(job, template, next(indexes)))
        else:
            await in_batches(missing, lambda: self._maker.create(job, template))
        _count(job["status"], active, len(active) + missing, None)

    async def _create_one(self, job: Json, template: Json, index: int) -> None:
        one = job_indexes.with_index(job, template, index)
        await self._maker.create(job, one, f"{job['metadata']['name']}-{index}-")

    async def _track(self, found: Json, job: Json, owned: Sequence[Json], end: End | None) -> None:
        status = job["status"]
        uncounted = status["uncountedTerminatedPods"]
        ended = [pod for pod in owned if job_status.is_tracked(pod)]
        if end is None and not is_deleting(job):
            ended = [p for p in ended if pods.is_terminal(p) or job_status.has_failed(p, job)]
        for pod in ended:
            known = [*uncounted.get("succeeded", []), *uncounted.get("failed", [])]
            if uid_of(pod) in known:
                continue
            if pods.phase_of(pod) == "Succeeded":
                uncounted.setdefault("succeeded", []).append(uid_of(pod))
            elif job_status.has_failed(pod, job) or (end and end.final == "Failed"):
                uncounted.setdefault("failed", []).append(uid_of(pod))
        if end is not None and condition_of(job, end.interim) is None:
            interim = job_status.condition(end.interim, end.reason, end.message)
            status["conditions"] = [*status.get("conditions", []), interim]
        if status != (found.get("status") or {}):
            job = await self._objects.replace(job, "status")
        for pod in ended:
            await self._untrack(pod)
        await self._finish(copy.deepcopy(job), end)

    async def _finish(self, job: Json, end: End | None) -> None:
        """Count the pods that wait for nothing any more, and end the Job."""
        status, before = job["status"], copy.deepcopy(job["status"])
        uncounted = status.get("uncountedTerminatedPods", {})
        tracked = {uid_of(p) for p in self._pods.inside(key_of(job)[0]) if job_status.is_tracked(p)}
        for name in ("succeeded", "failed"):
            left = [uid for uid in uncounted.get(name, []) if uid in tracked]
            gone = len(uncounted.pop(name, [])) - len(left)
            uncounted |= {name: left} if left else {}
            if gone:
                status[name] = status.get(name, 0) + gone
        ends = end is not None and not uncounted and not status.get("terminating")
        if end is not None and ends:
            final = job_status.condition(end.final, end.reason, end.message)
            status["conditions"] = [*status.get("conditions", []), final]
            if end.final == "Complete":
                status["completionTime"] = final["lastTransitionTime"]
        if status != before:
            job = await self._objects.replace(job, "status")
        if end is not None and ends:
            if end.final == "Complete":
                await self._events.normal(job, "Completed", "Job completed")
            else:
                await self._events.warning(job, end.reason, end.message)


def _known_end(job: Json) -> End | None:
    """What an earlier look has decided."""
    for kind in (job_status.SUCCEEDED, job_status.FAILED):
        known = condition_of(job, kind)
        if known is not None:
            return End(kind, known["reason"], known["message"])
    return None


def _count(
    status: Json, ready: Sequence[Json], active: int, terminating: Sequence[Json] | None
) -> None:
    status.pop("active", None)
    if active:
        status["active"] = active
    status["ready"] = sum(map(pods.is_ready, ready))
    if terminating is not None:
        status["terminating"] = len(terminating)
