"""Why a Job of probes does not get on: pure."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from kubectl_ingress.clusterprobe.objects import CONTAINER, LABEL, ProbeJob
from kubectl_ingress.core.commands import command
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.parse import Reader
from kubectl_ingress.install.live import Live, condition, one_line, reader_of
from kubectl_ingress.install.pods import Causes, latest_warning, pod_problem, problem


def failure(probe: ProbeJob, job: Live, pods: Sequence[Live]) -> Finding | None:
    """What has ended the Job before its end; None where it goes on."""
    for pod in pods:
        if exit_status(pod):
            return _failed(reader_of(pod))
    ended = condition(job, "Failed")
    if ended is None:
        return None
    about = f"Job {probe.namespace}/{probe.name}"
    again = "run it again; nothing of it is left behind"
    return problem("KI641", about, f"{about} was ended: {ended}", again)


def hindrance(probe: ProbeJob, causes: Causes) -> Finding | None:
    """What keeps pods from running, and may pass by itself; None where nothing tells."""
    for pod in map(reader_of, causes.pods):
        if pod.child("status").text("phase") == "Pending":
            found = pod_problem(pod, replace(causes, events=()))
            if found is not None:
                return _ours(found)
    refused = latest_warning(causes, "Job", probe.name.__eq__, reason="FailedCreate")
    if not refused or len(causes.pods) == len(probe.shares):
        return None
    about = f"Job {probe.namespace}/{probe.name}"
    fix = command("describe", "namespace", probe.namespace)
    return problem("KI707", about, f"no pod of {about} can be made: {one_line(refused)}", fix)


def _ours(found: Finding) -> Finding:
    """What is said of a controller's pods, said of these."""
    if found.code == "KI702":
        fix = "let the nodes reach that registry, or name another image with curl: --image IMAGE"
        return replace(found, fix=fix)
    return replace(found, code="KI641") if found.code == "KI704" else found


def late(probe: ProbeJob, pods: Sequence[Live], seconds: float) -> Finding:
    """A Job that has not come to its end, and nothing says why."""
    about = f"Job {probe.namespace}/{probe.name}"
    running = sum(reader_of(pod).child("status").text("phase") == "Running" for pod in pods)
    text = (
        f"{about} has not come to its end within {seconds:.0f} s: {running} of "
        f"{len(probe.shares)} pods run"
    )
    return problem("KI643", about, text, command("-n", probe.namespace, "get", "pods,events"))


def cut(probe: ProbeJob, pod: str, why: str) -> Finding:
    """A log that is not whole."""
    text = f"the log of pod {probe.namespace}/{pod} is cut: {why}"
    fix = "send fewer requests in one run, or from more pods: --parallelism N"
    return problem("KI642", f"Pod {probe.namespace}/{pod}", text, fix)


def exit_status(pod: Live) -> int | None:
    """That of curl, None while it has not ended; 1 for a pod that was ended before it did.

    Whether the whole pod has ended does not count: another container may have been
    put into it, such as a mesh's, that never ends.
    """
    status = reader_of(pod).child("status")
    for container in status.children("containerStatuses"):
        ended = container.child("state").child("terminated")
        if container.text("name") == CONTAINER and ended.data:
            return ended.number("exitCode") or 0
    return 1 if status.text("phase") == "Failed" else None


def _failed(pod: Reader) -> Finding:
    status, key = pod.child("status"), pod.meta().key
    said = [status.text("reason"), status.text("message")]
    for container in status.children("containerStatuses"):
        ended = container.child("state").child("terminated")
        if ended.number("exitCode"):
            said += [ended.text("reason"), f"exit status {ended.number('exitCode')}"]
            said += [ended.text("message")]
    why = one_line(", ".join(dict.fromkeys(filter(None, said))))
    fix = "the image must hold curl 7.75 or later: --image IMAGE"
    return problem("KI641", f"Pod {key}", f"pod {key} failed: {why}", fix)


def labels(probe: ProbeJob) -> str:
    """A selector of its pods."""
    return f"{LABEL}={probe.name}"
