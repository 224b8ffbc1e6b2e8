"""A Job's pods counted, and what that means for the Job. Pure.

Kubernetes' own: pkg/controller/job/job_controller.go and backoff_utils.go. Left out:
suspended Jobs, success and pod failure policies, limits for each index.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.controllers import pods
from kubectl_ingress.lab.metadata import condition_of, finalizers_of, is_deleting, is_true, uid_of
from kubectl_ingress.lab.times import now, seconds_since

TRACKING = "batch.kubernetes.io/job-tracking"
SUCCEEDED, FAILED = "SuccessCriteriaMet", "FailureTarget"
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 10.0, 600.0


class End(Struct, frozen=True):
    """Why a Job ends: first the condition `interim`, when all is counted then `final`."""

    interim: str
    reason: str
    message: str

    @property
    def final(self) -> str:
        """Complete or Failed."""
        return "Complete" if self.interim == SUCCEEDED else "Failed"


REACHED = End(SUCCEEDED, "CompletionsReached", "Reached expected number of succeeded pods")
BACKOFF = End(FAILED, "BackoffLimitExceeded", "Job has reached the specified backoff limit")
DEADLINE = End(FAILED, "DeadlineExceeded", "Job was active longer than specified deadline")


def finished(job: Json) -> Json | None:
    """The condition Complete or Failed of a Job that has ended."""
    conditions = (condition_of(job, "Complete"), condition_of(job, "Failed"))
    return next((each for each in conditions if is_true(each)), None)


def condition(kind: str, reason: str, message: str) -> Json:
    """A condition that holds from now on."""
    return {
        "type": kind,
        "status": "True",
        "lastProbeTime": now(),
        "lastTransitionTime": now(),
        "reason": reason,
        "message": message,
    }


def is_tracked(pod: Json) -> bool:
    """Whether it keeps being there until it is counted."""
    return TRACKING in finalizers_of(pod)


def has_failed(pod: Json, job: Json) -> bool:
    """Whether the pod counts as failed; those that are deleted do, as a rule."""
    if pods.phase_of(pod) == "Failed":
        return True
    only_failed = job["spec"].get("podReplacementPolicy") == "Failed"
    return not only_failed and is_deleting(pod) and pods.phase_of(pod) != "Succeeded"


def to_count(
    owned: Iterable[Json], job: Json, done: Sequence[str]
) -> tuple[list[Json], list[Json]]:
    """The pods that have succeeded and failed, but for those whose uid is noted as `done`."""
    new = [pod for pod in owned if is_tracked(pod) and uid_of(pod) not in done]
    succeeded = [pod for pod in new if pods.phase_of(pod) == "Succeeded"]
    return succeeded, [pod for pod in new if has_failed(pod, job)]


def failure_of(job: Json, owned: Iterable[Json], failed: int) -> End | None:
    """Why a Job with so many failed pods has to end."""
    limit = job["spec"].get("backoffLimit", 6)
    if failed > limit or _restarts(job, owned) >= max(1, limit):
        return BACKOFF
    left = seconds_to_deadline(job)
    return DEADLINE if left is not None and left <= 0 else None


def seconds_to_deadline(job: Json) -> float | None:
    """How long it may still be active; None for as long as it likes."""
    limit, start = job["spec"].get("activeDeadlineSeconds"), job["status"].get("startTime")
    return None if limit is None or start is None else limit - seconds_since(start)


def is_done(job: Json, succeeded: int, active: int) -> bool:
    """Whether as many pods have succeeded as were asked for."""
    completions = job["spec"].get("completions")
    return active == 0 and (succeeded > 0 if completions is None else succeeded >= completions)


def wanted_active(job: Json, succeeded: int, active: int) -> int:
    """How many pods are to run now."""
    parallelism, completions = job["spec"]["parallelism"], job["spec"].get("completions")
    if completions is None:
        return active if succeeded else int(parallelism)
    return max(0, min(int(parallelism), int(completions) - succeeded))


class Failures(Struct, frozen=True):
    """How many pods in a row have failed since the last success, and when the last did."""

    count: int = 0
    last: str = ""

    def then(self, succeeded: Iterable[Json], failed: Iterable[Json]) -> Failures:
        """After these pods have ended too."""
        ends = sorted(map(_end_of, failed))
        success = max(map(_end_of, succeeded), default="")
        ends = [end for end in ends if end > success]
        before = Failures() if success else self
        return Failures(before.count + len(ends), ends[-1]) if ends else before

    @property
    def seconds_to_retry(self) -> float:
        """How long to wait before the next pod: 10 s, then twice as long each time."""
        if not self.count:
            return 0.0
        doubled: float = _FIRST_PAUSE_SECONDS * 2 ** min(self.count - 1, 30)
        return max(0.0, min(doubled, _LONGEST_PAUSE_SECONDS) - seconds_since(self.last))


def _restarts(job: Json, owned: Iterable[Json]) -> int:
    if job["spec"]["template"]["spec"].get("restartPolicy") != "OnFailure":
        return 0
    return sum(
        status.get("restartCount", 0)
        for pod in owned
        if pods.phase_of(pod) in ("Running", "Pending")
        for kind in ("initContainerStatuses", "containerStatuses")
        for status in (pod.get("status") or {}).get(kind) or []
    )


def _end_of(pod: Json) -> str:
    statuses = (pod.get("status") or {}).get("containerStatuses") or []
    states = [(each.get("state") or {}).get("terminated") or {} for each in statuses]
    ends = [str(state.get("finishedAt", "")) for state in states]
    if ends and all(ends):
        return max(ends)
    ready = condition_of(pod, "Ready")
    if ready is not None and ready["status"] == "False":
        return str(ready["lastTransitionTime"])
    deleted: str = pod["metadata"].get("deletionTimestamp") or pod["metadata"]["creationTimestamp"]
    # Of a running pod that is deleted, this is the end of its grace.
    return min(deleted, now())
