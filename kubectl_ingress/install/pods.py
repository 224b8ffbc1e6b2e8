"""What is wrong with a pod, from its state and the events about it: pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from kubectl_ingress.core.objects import Finding, Meta
from kubectl_ingress.core.parse import Reader
from kubectl_ingress.install.live import Live, condition, is_terminating, one_line, reader_of

# Reasons of a waiting container, from the kubelet: pkg/kubelet/images/types.go,
# and pkg/kubelet/kuberuntime for the second.
_PULL = frozenset(
    {
        "ErrImagePull",
        "ImagePullBackOff",
        "ErrImageNeverPull",
        "InvalidImageName",
        "ImageInspectError",
        "RegistryUnavailable",
        "SignatureValidationFailed",
    }
)
# Digests are long, and the tag beside them says the same to people.
_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}")
_CANNOT_START = frozenset(
    {"CreateContainerConfigError", "CreateContainerError", "RunContainerError"}
)


class Causes(Struct, frozen=True):
    """What may tell why: all Pods, ReplicaSets, Jobs and Events of the namespace."""

    pods: Sequence[Live] = ()
    replica_sets: Sequence[Live] = ()
    jobs: Sequence[Live] = ()
    events: Sequence[Live] = ()


def problem(code: str, about: str, message: str, fix: str) -> Finding:
    """A Finding about one object of the installation."""
    return Finding(code, "error", message, about, fix=fix)


def latest_warning(
    causes: Causes,
    kind: str,
    named: Callable[[str], bool],
    *,
    uid: str = "",
    reason: str = "",
    since: str = "",
) -> str:
    """The message of the latest warning about such an object, "" if there is none.

    With `uid`, only about that very object: an earlier one may have had its
    name. With `since` (RFC 3339), none from before: its cause is overcome.
    """
    found: list[tuple[str, str]] = []
    for event in map(reader_of, causes.events):
        about = event.child("involvedObject")
        if event.text("type") != "Warning" or about.text("kind") != kind:
            continue
        if not named(about.text("name")) or (reason and event.text("reason") != reason):
            continue
        if uid and about.text("uid") not in ("", uid):
            continue
        when = event.text("lastTimestamp") or event.text("eventTime") or event.meta().created
        if not since or when > since:
            found.append((when, one_line(event.text("message"))))
    return max(found)[1] if found else ""


def unwell(causes: Causes, labels: Mapping[str, str]) -> list[Reader]:
    """The pods with these labels that are neither ready nor done nor ending, newest first."""
    found = [reader_of(pod) for pod in causes.pods]
    found = [pod for pod in found if labels.items() <= pod.meta().labels.items()]
    found = [pod for pod in found if not _is_well(pod)]
    return sorted(found, key=lambda pod: (pod.meta().created, pod.meta().name), reverse=True)


def pod_problem(pod: Reader, causes: Causes) -> Finding | None:
    """Why this pod is not ready, None where nothing tells."""
    meta = pod.meta()
    if not pod.child("spec").text("nodeName"):
        return _unscheduled(pod, meta)
    status = pod.child("status")
    for field in ("initContainerStatuses", "containerStatuses"):
        for container in status.children(field):
            found = _not_pulled(meta, container) or _not_started(meta, container)
            found = found or _crashed(meta, container)
            if found is not None:
                return found
    started = _started(status)
    message = latest_warning(causes, "Pod", meta.name.__eq__, uid=meta.uid, since=started)
    if message:
        text = f"pod {meta.key} does not become ready: {message}"
        return problem("KI204", f"Pod {meta.key}", text, _describe(meta))
    if started:
        fix = f"kubectl -n {meta.namespace} logs {meta.name}"
        return problem("KI204", f"Pod {meta.key}", f"pod {meta.key} runs, but is not ready", fix)
    return None


def refused(meta: Meta, kind: str, causes: Causes, owner: Live | None = None) -> Finding | None:
    """Why no pods are made for a Job or a DaemonSet, or for a Deployment by its ReplicaSets.

    `meta` is that of the `owner`, who may say it himself where he was read.
    """
    maker = "ReplicaSet" if kind == "Deployment" else kind

    def is_maker(name: str) -> bool:
        return name.startswith(f"{meta.name}-") if kind == "Deployment" else name == meta.name

    makers = [owner] if owner is not None else []
    if kind == "Deployment":
        makers += [s for s in causes.replica_sets if is_maker(reader_of(s).meta().name)]
    said = (condition(each, "ReplicaFailure") for each in makers)
    message = next((text for text in said if text), "")
    message = message or latest_warning(causes, maker, is_maker, reason="FailedCreate")
    if not message:
        return None
    fix = (
        f"kubectl -n {meta.namespace} get resourcequota; "
        f"kubectl get namespace {meta.namespace} --show-labels"
    )
    text = f"pods of {meta.key} are refused: {message}"
    return problem("KI707", f"{kind} {meta.key}", text, fix)


def _started(status: Reader) -> str:
    """When the last of its containers started, RFC 3339; "" when none runs."""
    states = [each.child("state") for each in status.children("containerStatuses")]
    return max((state.child("running").text("startedAt") for state in states), default="")


def _is_well(pod: Reader) -> bool:
    done = pod.child("status").text("phase") == "Succeeded"
    return done or is_terminating(pod.data) or condition(pod.data, "Ready") is not None


def _unscheduled(pod: Reader, meta: Meta) -> Finding:
    for each in pod.child("status").children("conditions"):
        if each.text("type") == "PodScheduled" and each.text("status") == "False":
            why = one_line(each.text("message")) or each.text("reason")
            text = f"pod {meta.key} cannot be scheduled: {why}"
            return problem("KI703", f"Pod {meta.key}", text, _describe(meta))
    text = f"pod {meta.key} has no node, and no scheduler has looked at it yet"
    return problem("KI703", f"Pod {meta.key}", text, "kubectl -n kube-system get pods")


def _not_pulled(meta: Meta, container: Reader) -> Finding | None:
    waiting = container.child("state").child("waiting")
    if waiting.text("reason") not in _PULL:
        return None
    image, reason = container.text("image"), waiting.text("reason")
    # The kubelet wraps the runtime's message in its own, which says the same.
    why = waiting.text("message").rpartition("ErrImagePull: ")[2]
    text = f"image {image} of pod {meta.key} cannot be pulled ({reason}): {why}"
    text = one_line(_DIGEST.sub("", text))
    fix = "let the nodes reach that registry, or name another: --registry HOST, --image IMAGE"
    return problem("KI702", f"Pod {meta.key}", text, fix)


def _not_started(meta: Meta, container: Reader) -> Finding | None:
    waiting = container.child("state").child("waiting")
    if waiting.text("reason") not in _CANNOT_START:
        return None
    text = f"pod {meta.key} cannot start: {one_line(waiting.text('message'))}"
    return problem("KI704", f"Pod {meta.key}", text, _describe(meta))


def _crashed(meta: Meta, container: Reader) -> Finding | None:
    ended = container.child("state").child("terminated")
    if not ended.data:
        ended = container.child("lastState").child("terminated")
    if not ended.data or ended.number("exitCode") == 0:
        return None
    message = one_line(ended.text("message"))
    text = (
        f"pod {meta.key} crashes: {ended.text('reason') or 'Error'}, "
        f"exit status {ended.number('exitCode')}, restarts {container.number('restartCount') or 0}"
        + (f": {message}" if message else "")
    )
    fix = f"kubectl -n {meta.namespace} logs {meta.name} --previous"
    return problem("KI704", f"Pod {meta.key}", text, fix)


def _describe(meta: Meta) -> str:
    return f"kubectl -n {meta.namespace} describe pod {meta.name}"
