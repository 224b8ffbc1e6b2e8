"""A pod's status as a kubelet would write it. Nothing here talks to anybody."""

from __future__ import annotations

import hashlib

from msgspec import Struct, field

from kubectl_ingress.lab.api import Json


class ContainerState(Struct):
    """What a kubelet knows of one container."""

    name: str
    image: str
    #: One of waiting, running, terminated -> its details.
    state: Json = field(default_factory=lambda: {"waiting": {"reason": "ContainerCreating"}})
    last_state: Json = field(default_factory=dict)
    restarts: int = 0
    #: Running, and its probe (if it has one) passes.
    ready: bool = False

    def wait(self, reason: str, message: str = "") -> None:
        """Waiting, for a reason."""
        self.ready = False
        details = {"reason": reason} | ({"message": message} if message else {})
        self.state = {"waiting": details}

    @property
    def exit_code(self) -> int | None:
        """Its exit status once it has ended for good."""
        ended = self.state.get("terminated")
        return None if ended is None else int(ended["exitCode"])


class Place(Struct, frozen=True):
    """Where a pod runs, and since when."""

    host_ip: str
    ip: str = ""
    since: str = ""


def phase_of(containers: list[ContainerState]) -> str:
    """Pending, Running, Succeeded or Failed."""
    codes = [container.exit_code for container in containers]
    if all(code is not None for code in codes):
        return "Failed" if any(codes) else "Succeeded"
    begun = any("running" in container.state or container.last_state for container in containers)
    return "Running" if begun else "Pending"


def pod_status(
    pod: Json, place: Place, containers: list[ContainerState], now: str, before: Json
) -> Json:
    """The status to send; ``before`` is the last one sent, whose times of change stay."""
    phase = phase_of(containers)
    status: Json = {
        "observedGeneration": pod["metadata"].get("generation", 1),
        "phase": phase,
        "startTime": place.since,
        "hostIP": place.host_ip,
        "hostIPs": [{"ip": place.host_ip}],
        "containerStatuses": [_container(pod, container) for container in containers],
        "conditions": _conditions(phase, place, containers, now, before),
    }
    if place.ip:
        status |= {"podIP": place.ip, "podIPs": [{"ip": place.ip}]}
        status |= _init_containers(pod, now, before)
    return status


def _conditions(
    phase: str, place: Place, containers: list[ContainerState], now: str, before: Json
) -> list[Json]:
    unready = [container.name for container in containers if not container.ready]
    done = {"reason": "PodCompleted"} if phase == "Succeeded" else {}
    ready: Json = {"status": "False" if unready else "True"}
    if done:
        ready |= done
    elif unready:
        text = f"containers with unready status: [{' '.join(unready)}]"
        ready |= {"reason": "ContainersNotReady", "message": text}
    states: dict[str, Json] = {
        "PodReadyToStartContainers": {"status": "True" if place.ip else "False"},
        "Initialized": {"status": "True"} | done,
        "Ready": ready,
        "ContainersReady": ready,
    }
    earlier = {item["type"]: item for item in before.get("conditions", [])}
    conditions = []
    for kind, state in states.items():
        old = earlier.get(kind, {})
        changed = old["lastTransitionTime"] if old.get("status") == state["status"] else now
        # A patch by strategic merge keeps fields that are not named.
        empty = {"reason": None, "message": None, "lastProbeTime": None}
        conditions.append({"type": kind} | empty | state | {"lastTransitionTime": changed})
    return conditions


def _container(pod: Json, container: ContainerState) -> Json:
    identity = _digest(pod["metadata"]["uid"] + container.name + str(container.restarts))
    return {
        "name": container.name,
        "image": container.image,
        "imageID": "" if "waiting" in container.state else _image_id(container.image),
        "containerID": "" if "waiting" in container.state else f"containerd://{identity}",
        "ready": container.ready,
        "started": "running" in container.state,
        "restartCount": container.restarts,
        "state": container.state,
        "lastState": container.last_state,
    }


def _init_containers(pod: Json, now: str, before: Json) -> Json:
    """Init containers have all done their work: what they would do is not played."""
    specs = pod["spec"].get("initContainers")
    if not specs:
        return {}
    if "initContainerStatuses" in before:
        return {"initContainerStatuses": before["initContainerStatuses"]}
    details = {"exitCode": 0, "reason": "Completed", "startedAt": now, "finishedAt": now}
    statuses = []
    for spec in specs:
        ended = ContainerState(spec["name"], spec["image"], {"terminated": details}, ready=True)
        statuses.append(_container(pod, ended))
    return {"initContainerStatuses": statuses}


def _image_id(image: str) -> str:
    tagged, _, digest = image.partition("@")
    # A colon before the last slash belongs to a registry's port.
    path, slash, last = tagged.rpartition("/")
    name = path + slash + last.partition(":")[0]
    return f"{name}@{digest or 'sha256:' + _digest(image)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
