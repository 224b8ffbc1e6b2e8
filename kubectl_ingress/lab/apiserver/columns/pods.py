"""Pods: how far one is, from the states of its containers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver import ages
from kubectl_ingress.lab.apiserver.columns.column import (
    AGE,
    NAME,
    NONE,
    WIDE,
    Column,
    Columns,
    count,
    items,
    part,
    text,
    word,
    words,
)

_ENDED = {"Succeeded": "The pod has completed successfully.", "Failed": "The pod failed."}
_GATED = "SchedulingGated"


def conditions(pod: Json) -> list[Json]:
    """The conditions of its row: one that has ended is `Completed`, and may be left out."""
    phase = word(pod, "status", "phase")
    if phase not in _ENDED:
        return []
    return [{"type": "Completed", "status": "True", "reason": phase, "message": _ENDED[phase]}]


class _Initialisation(Struct, frozen=True):
    """The init containers up to the first that holds the pod up, and why it does ("" none)."""

    seen: tuple[Json, ...]
    sidecars: tuple[Json, ...]
    ready: int
    reason: str

    @classmethod
    def of(cls, pod: Json) -> _Initialisation:
        specs = items(pod, "spec", "initContainers")
        always = {each["name"] for each in specs if each.get("restartPolicy") == "Always"}
        statuses = items(pod, "status", "initContainerStatuses")
        ready, reason, last = 0, "", len(statuses)
        for place, status in enumerate(statuses):
            if _exit_code(status) == 0:
                continue
            if status["name"] in always and status.get("started"):
                ready += bool(status.get("ready"))
                continue
            reason, last = _held_up(status, place, len(specs)), place + 1
            break
        seen = tuple(statuses[:last])
        sidecars = tuple(status for status in seen if status["name"] in always)
        return cls(seen, sidecars, ready, reason)


class _Progress(Struct, frozen=True):
    ready: int
    reason: str
    counted: tuple[Json, ...]
    """The containers whose restarts count."""

    @classmethod
    def of(cls, pod: Json) -> _Progress:
        initialisation = _Initialisation.of(pod)
        if initialisation.reason and not _condition(pod, "Initialized"):
            return cls(initialisation.ready, initialisation.reason, initialisation.seen)
        statuses = items(pod, "status", "containerStatuses")
        running = sum(map(_runs, statuses))
        reason = initialisation.reason or _own_reason(pod)
        return cls(
            initialisation.ready + running,
            _reason(pod, reason, statuses, running > 0),
            (*initialisation.sidecars, *statuses),
        )


def _own_reason(pod: Json) -> str:
    for condition in items(pod, "status", "conditions"):
        if condition["type"] == "PodScheduled" and condition.get("reason") == _GATED:
            return _GATED
    return word(pod, "status", "reason") or word(pod, "status", "phase")


def _reason(pod: Json, reason: str, statuses: list[Json], running: bool) -> str:
    """The first container that does not run says why; a failure outweighs a completion."""
    error = ""
    for status in reversed(statuses):
        terminated = part(status, "state", "terminated")
        if waits_for := word(status, "state", "waiting", "reason"):
            reason = waits_for
        elif terminated is not None:
            reason = _termination(terminated)
            error = reason if terminated.get("exitCode") else error
    if reason != "Completed":
        return reason
    if running and _condition(pod, "Ready"):
        return "Running"
    return error or ("NotReady" if running else reason)


def _held_up(status: Json, place: int, total: int) -> str:
    terminated = part(status, "state", "terminated")
    if terminated is not None:
        return f"Init:{_termination(terminated)}"
    waits_for = word(status, "state", "waiting", "reason")
    if waits_for and waits_for != "PodInitializing":
        return f"Init:{waits_for}"
    return f"Init:{place}/{total}"


def _termination(terminated: Json) -> str:
    if reason := word(terminated, "reason"):
        return reason
    if signal := count(terminated, "signal"):
        return f"Signal:{signal}"
    return f"ExitCode:{count(terminated, 'exitCode')}"


def _exit_code(status: Json) -> int | None:
    terminated = part(status, "state", "terminated")
    return None if terminated is None else count(terminated, "exitCode")


def _runs(status: Json) -> bool:
    return bool(status.get("ready")) and part(status, "state", "running") is not None


def _condition(pod: Json, kind: str) -> bool:
    found = [each for each in items(pod, "status", "conditions") if each["type"] == kind]
    return bool(found) and found[0]["status"] == "True"


def _ready(pod: Json) -> str:
    specs = items(pod, "spec", "initContainers")
    sidecars = sum(each.get("restartPolicy") == "Always" for each in specs)
    return f"{_Progress.of(pod).ready}/{len(items(pod, 'spec', 'containers')) + sidecars}"


def _status(pod: Json) -> str:
    if word(pod, "metadata", "deletionTimestamp"):
        if word(pod, "status", "reason") == "NodeLost":
            return "Unknown"
        if word(pod, "status", "phase") not in _ENDED:
            return "Terminating"
    return _Progress.of(pod).reason


def _restarts(pod: Json, now: datetime) -> str:
    counted = _Progress.of(pod).counted
    restarts = sum(count(status, "restartCount") for status in counted)
    last = max(_ends(counted), default="")
    return f"{restarts} ({ages.since(last, now)} ago)" if restarts and last else f"{restarts}"


def _ends(statuses: Iterable[Json]) -> Iterable[str]:
    # Timestamps of one form sort as strings.
    for status in statuses:
        yield word(status, "lastState", "terminated", "finishedAt")


def _ip(pod: Json) -> str:
    addresses = items(pod, "status", "podIPs")
    return (word(addresses[0], "ip") if addresses else "") or NONE


def _readiness_gates(pod: Json) -> str:
    gates = [gate["conditionType"] for gate in items(pod, "spec", "readinessGates")]
    return f"{sum(_condition(pod, gate) for gate in gates)}/{len(gates)}" if gates else NONE


COLUMNS: Columns = {
    "Pod": (
        NAME,
        text("Ready", _ready),
        text("Status", _status),
        Column("Restarts", _restarts),
        AGE,
        text("IP", _ip, WIDE),
        words("Node", "spec", "nodeName", empty=NONE, priority=WIDE),
        words("Nominated Node", "status", "nominatedNodeName", empty=NONE, priority=WIDE),
        text("Readiness Gates", _readiness_gates, WIDE),
    ),
}
