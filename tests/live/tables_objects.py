"""Objects of every kind in many states, for tables to be made of.

Nobody runs the pods: they are bound to a machine that is not played, and what is written
here into their status stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from kubectl_ingress.lab.times import written

Json = dict[str, Any]

NAMESPACE = "tables"
#: On all objects without a namespace, so that they can be listed apart from the cluster's own.
LABEL = {"tables": "yes"}
ELSEWHERE = "tables-elsewhere"
FINALIZER = "tables.test/hold"

_CONTAINER = {"name": "main", "image": "registry.test/a:1"}
_SIDE = {"name": "side", "image": "registry.test/b@sha256:" + 64 * "0"}
_INIT = [{"name": "first", "image": "i"}, {"name": "second", "image": "i"}]
_SIDECAR = {"name": "proxy", "image": "i", "restartPolicy": "Always"}
_LONG_AGO, _JUST_NOW = timedelta(hours=49), timedelta(seconds=3)


def ago(elapsed: timedelta) -> str:
    """A point in time as the API writes it, in whole seconds."""
    return written(datetime.now(UTC) - elapsed)


def _ended(code: int, reason: str = "", since: timedelta = _LONG_AGO, **more: Any) -> Json:
    found = {"exitCode": code, "startedAt": ago(since), "finishedAt": ago(since), **more}
    return {"terminated": found | ({"reason": reason} if reason else {})}


def _container(name: str, state: Json, ready: bool = False, **more: Any) -> Json:
    return {
        "name": name,
        "image": "i",
        "imageID": "",
        "ready": ready,
        "restartCount": 0,
        "state": state,
        **more,
    }


def _waiting(reason: str) -> Json:
    return {"waiting": {"reason": reason} if reason else {}}


def _condition(kind: str, status: str = "True", **more: Any) -> Json:
    return {"type": kind, "status": status, **more}


_RUNNING: Json = {"running": {"startedAt": "2026-01-01T00:00:00Z"}}
_READY, _INITIALIZED = _condition("Ready"), _condition("Initialized")


def _status(phase: str, *containers: Json, init: list[Json] | None = None, **more: Any) -> Json:
    return {
        "phase": phase,
        "containerStatuses": list(containers),
        "initContainerStatuses": init or [],
        **more,
    }


def pods() -> Iterator[tuple[str, Json, Json | None]]:
    """(name, changes of the spec, status); those that start with ``deleted`` are deleted."""
    yield "gated", {"schedulingGates": [{"name": "x.test/y"}], "nodeName": None}, None
    yield "no-such-machine", {"nodeSelector": {"a": "b"}, "nodeName": None}, None
    yield "bound", {}, None
    yield "nominated", {"nodeName": None, "nodeSelector": {"a": "b"}}, {"nominatedNodeName": "n"}
    yield from _plain_pods()
    yield from _restarted_pods()
    yield from _initialising_pods()
    yield from _sidecar_pods()
    yield from _deleted_pods()


def _plain_pods() -> Iterator[tuple[str, Json, Json | None]]:
    two = {"containers": [_CONTAINER, _SIDE]}
    running = _container("main", _RUNNING, ready=True)
    yield "creating", {}, _status("Pending", _container("main", _waiting("ContainerCreating")))
    yield "waiting", {}, _status("Pending", _container("main", _waiting("")))
    addresses = {"podIP": "10.1.2.3", "podIPs": [{"ip": "10.1.2.3"}, {"ip": "fd00::3"}]}
    yield "running", {}, _status("Running", running, conditions=[_READY], **addresses)
    yield "unready", {}, _status("Running", _container("main", _RUNNING))
    yield "evicted", {}, {"phase": "Failed", "reason": "Evicted", "message": "low on memory"}
    yield "unknown", {}, {"phase": "Unknown"}
    yield "half", two, _status("Running", running, _container("side", _waiting("ErrImagePull")))
    completed = _container("side", _ended(0, "Completed"))
    yield "one-ended", two, _status("Running", running, completed, conditions=[_READY])
    yield "one-ended-unready", two, _status("Running", running, completed)
    failed = _container("main", _ended(3, "Error"))
    yield "failure-counts", two, _status("Failed", completed | {"name": "main"}, failed)
    yield "failure-first", two, _status("Failed", failed, completed)
    yield "completed", {}, _status("Succeeded", completed | {"name": "main"})
    yield "ended-ready", {}, _status("Running", completed | {"name": "main"}, conditions=[_READY])
    ready = _container("main", _waiting("CrashLoopBackOff"), ready=True)
    yield "ready-crashing", {}, _status("Running", ready)
    odd = _condition("Ready", "False", reason="SchedulingGated")
    yield "odd-reason", {}, _status("Running", running, conditions=[odd])
    yield "killed", {}, _status("Failed", _container("main", _ended(137, "OOMKilled")))
    yield "signalled", {}, _status("Failed", _container("main", _ended(137, signal=9)))
    yield "exited", {}, _status("Failed", _container("main", _ended(2)))
    yield "exited-well", {}, _status("Succeeded", _container("main", _ended(0)))
    gates = [{"conditionType": f"www.test/{each}"} for each in "abc"]
    gated = [_condition("www.test/a"), _condition("www.test/b", "False")]
    yield "gates", {"readinessGates": gates}, _status("Running", running, conditions=gated)


def _restarted_pods() -> Iterator[tuple[str, Json, Json | None]]:
    backing_off = _waiting("CrashLoopBackOff")
    for name, since in ("now", _JUST_NOW), ("minutes", timedelta(minutes=4)), ("days", _LONG_AGO):
        restarted = {"restartCount": 4, "lastState": _ended(1, "Error", since)}
        crashing = _container("main", backing_off, **restarted)
        yield f"crashing-{name}", {}, _status("Running", crashing)
    yield "restarted", {}, _status("Running", _container("main", _RUNNING, True, restartCount=2))
    old, new = _ended(0, "Completed"), _ended(1, "Error", _JUST_NOW)
    main = _container("main", _RUNNING, True, restartCount=1, lastState=new)
    side = _container("side", _RUNNING, True, restartCount=12, lastState=old)
    two = {"containers": [_CONTAINER, _SIDE]}
    yield "restarted-both", two, _status("Running", main, side)
    yield "not-counted", {}, _status("Running", _container("main", _RUNNING, lastState=new))


def _initialising_pods() -> Iterator[tuple[str, Json, Json | None]]:
    spec = {"initContainers": _INIT}
    main = _container("main", _waiting("PodInitializing"), restartCount=7)
    done = _container("first", _ended(0, "Completed"), restartCount=2, lastState=_ended(1))
    second = [
        ("waits", _waiting("PodInitializing")),
        ("waits-unsaid", _waiting("")),
        ("runs", _RUNNING),
        ("backs-off", _waiting("CrashLoopBackOff")),
        ("fails", _ended(1, "Error")),
        ("exits", _ended(5)),
        ("signalled", _ended(130, signal=2)),
    ]
    for name, state in second:
        init = [done, _container("second", state, restartCount=3, started=True)]
        yield f"init-{name}", spec, _status("Pending", main, init=init)
    waiting = [_container(name, _waiting("PodInitializing")) for name in ("first", "second")]
    yield "init-first", spec, _status("Pending", main, init=waiting)
    both = [done, _container("second", _ended(0, "Completed"))]
    yield "init-done", spec, _status("Pending", main, init=both)
    # A pod whose sandbox was made anew: initialised once, and initialising again.
    again = [_container("first", _RUNNING, restartCount=1), waiting[1]]
    running = _container("main", _RUNNING, ready=True, restartCount=1)
    yield "init-again", spec, _status("Running", running, init=again, conditions=[_INITIALIZED])


def _sidecar_pods() -> Iterator[tuple[str, Json, Json | None]]:
    spec = {"initContainers": [_SIDECAR, _INIT[1]]}
    main = _container("main", _waiting("PodInitializing"))
    running = _container("main", _RUNNING, ready=True)
    more = {"started": True, "restartCount": 2, "lastState": _ended(1, since=_JUST_NOW)}
    proxy = _container("proxy", _RUNNING, ready=True, **more)
    started = proxy | {"ready": False}
    second = _container("second", _ended(0, "Completed"), restartCount=5, lastState=_ended(1))
    waits = _container("second", _waiting("PodInitializing"))
    yield "sidecar-starts", spec, _status("Pending", main, init=[proxy | {"started": False}, waits])
    yield "sidecar-then-init", spec, _status("Pending", main, init=[proxy, waits])
    yield "sidecar-unready", spec, _status("Running", running, init=[started, second])
    yield "sidecar-ready", spec, _status("Running", running, init=[proxy, second])
    dead = _container("proxy", _ended(1, "Error"), restartCount=1)
    yield "sidecar-dead", spec, _status("Running", running, init=[dead, second])


def _deleted_pods() -> Iterator[tuple[str, Json, Json | None]]:
    running = _status("Running", _container("main", _RUNNING, ready=True))
    yield "deleted-running", {}, running
    yield "deleted-lost", {}, running | {"reason": "NodeLost"}
    yield "deleted-pending", {}, _status("Pending")
    yield "deleted-done", {}, _status("Succeeded", _container("main", _ended(0, "Completed")))
    yield "deleted-failed", {}, _status("Failed", _container("main", _ended(1, "Error")))


def pod(name: str, spec: Json) -> Json:
    """A pod to create. It is held, so that it is not gone at once when deleted."""
    whole = {"containers": [_CONTAINER], "nodeName": ELSEWHERE} | spec
    return {
        "metadata": {"name": name, "finalizers": [FINALIZER]},
        "spec": {key: value for key, value in whole.items() if value is not None},
    }
