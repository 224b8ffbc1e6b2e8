"""Sends planned requests from inside the cluster, and leaves nothing behind."""

from __future__ import annotations

import secrets
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kubectl_ingress.clusterprobe import troubles
from kubectl_ingress.clusterprobe.asked import FromCluster
from kubectl_ingress.clusterprobe.curl import LogCut, parse_output
from kubectl_ingress.clusterprobe.objects import (
    CONTAINER,
    INDEX,
    START_SECONDS,
    ProbeJob,
    config_map_of,
    job_of,
    share_out,
)
from kubectl_ingress.core.answer import Answer, Plan, Unreachable
from kubectl_ingress.core.commands import command
from kubectl_ingress.core.kinds import KINDS, Kind
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.text import printable
from kubectl_ingress.errors import ApiError, ApiForbidden, ApiNotFound, NotSent
from kubectl_ingress.install.live import Live, reader_of
from kubectl_ingress.install.pods import Causes
from kubectl_ingress.install.rights import Need, require
from kubectl_ingress.ports import api

if TYPE_CHECKING:
    from kubectl_ingress.env import Environment
    from kubectl_ingress.ports.cluster import Cluster

_JOB, _POD, _MAP, _EVENT = KINDS["Job"], KINDS["Pod"], KINDS["ConfigMap"], KINDS["Event"]
_LOG = Kind("PodLog", "v1", "pods/log")
_POLL_SECONDS = 0.25
_TIDY_SECONDS = 5.0
# A pull that fails and a pod that finds no node may come right by themselves; nobody waits
# for that much longer than for an answer.
_PATIENCE_SECONDS = 10.0

Result = Answer | Unreachable


def send_from_cluster(
    environment: Environment, cluster: Cluster, plans: Sequence[Plan], wanted: FromCluster
) -> tuple[Result, ...]:
    """What came of each request, in the order of `plans`.

    Raises NotSent where the pods do not run or cannot be read to the end, and the
    ApiError tree. The Job is gone afterwards, whatever happens.
    """
    if not plans:
        return ()
    nonce = secrets.token_hex(16)
    name = f"kubectl-ingress-test-{nonce[:8]}"
    shares = share_out(plans, wanted.parallelism)
    namespace = wanted.namespace or cluster.namespace
    probe = ProbeJob(namespace, name, wanted.image, nonce, shares)
    # What cannot be sent is told before anything is made.
    config_map_of(probe, "")
    _require(cluster, probe)
    with _made(environment, cluster, probe):
        pods = f"{len(shares)} pods" if len(shares) > 1 else "1 pod"
        # A digest is long, and says nothing to people.
        image = probe.image.partition("@")[0]
        _say(environment, f"sending from {pods} of Job {probe.namespace}/{name} ({image})")
        logs = _collected(environment, cluster, probe)
    return tuple(result for index in range(len(shares)) for result in logs[index])


def _require(cluster: Cluster, probe: ProbeJob) -> None:
    verbs = [("create", _JOB), ("get", _JOB), ("delete", _JOB), ("create", _MAP), ("list", _POD)]
    needs = [Need(verb, kind, probe.namespace) for verb, kind in (*verbs, ("get", _LOG))]
    require(cluster, needs)


@contextmanager
def _made(environment: Environment, cluster: Cluster, probe: ProbeJob) -> Iterator[None]:
    """The Job and its ConfigMap, gone at the end, also at Ctrl-C in the middle of making them."""
    try:
        made = cluster.request("POST", _JOB.path(probe.namespace), body=job_of(probe))
        uid = reader_of(made).meta().uid
        # After the Job, so that the garbage collector takes it along; pods wait for it.
        body = config_map_of(probe, uid)
        cluster.request("POST", _MAP.path(probe.namespace), body=body)
        yield
    finally:
        with _undisturbed():
            _remove(environment, cluster, probe)


def _remove(environment: Environment, cluster: Cluster, probe: ProbeJob) -> None:
    path = _JOB.path(probe.namespace, probe.name)
    body = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background"}
    for last in (False, True):
        try:
            cluster.request("DELETE", path, body=body, timeout=_TIDY_SECONDS)
        except ApiNotFound:
            # Interrupted while it was being made: it may come now.
            if not last:
                environment.sleep(_POLL_SECONDS)
                continue
        except ApiError as error:
            tidy = command("-n", probe.namespace, "delete", "job", probe.name)
            _say(environment, f"the Job is left behind: {error.sentence}\n{tidy}")
        return


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Tidying up takes some seconds at most; a second Ctrl-C must not leave a Job behind."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # Windows has no SIGHUP.
    numbers = [one for one in signal.Signals if one.name in ("SIGINT", "SIGTERM", "SIGHUP")]
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _collected(
    environment: Environment, cluster: Cluster, probe: ProbeJob
) -> dict[int, tuple[Result, ...]]:
    """The results of each pod, as soon as it is done."""
    results: dict[int, tuple[Result, ...]] = {}
    begun = environment.monotonic()
    ends = begun + START_SECONDS + probe.seconds
    patience = begun + min(_PATIENCE_SECONDS, max(p.max_time for s in probe.shares for p in s))
    while True:
        pods = api.list_all(cluster, _POD, probe.namespace, labels=troubles.labels(probe))
        for pod in pods:
            index = _index(pod)
            if index not in results and troubles.exit_status(pod) == 0:
                results[index] = _read(environment, cluster, probe, index, pod)
        if len(results) == len(probe.shares):
            return results
        now = environment.monotonic()
        job = api.find(cluster, _JOB, probe.name, probe.namespace) or {}
        found = troubles.failure(probe, job, pods)
        if found is None and now >= patience:
            events = _events(cluster, probe) if len(pods) < len(probe.shares) else ()
            found = troubles.hindrance(probe, Causes(pods=pods, events=events))
        if found is None and now >= ends:
            found = troubles.late(probe, pods, now - begun)
        if found is not None:
            raise _not_sent(found)
        environment.sleep(_POLL_SECONDS)


def _events(cluster: Cluster, probe: ProbeJob) -> Sequence[Live]:
    try:
        fields = f"involvedObject.name={probe.name}"
        return api.list_all(cluster, _EVENT, probe.namespace, fields=fields)
    except ApiForbidden:
        # Then the time that passes has to tell.
        return ()


def _read(
    environment: Environment, cluster: Cluster, probe: ProbeJob, index: int, pod: Live
) -> tuple[Result, ...]:
    name, share = reader_of(pod).meta().name, probe.shares[index]
    path = _POD.path(probe.namespace, name, "log")

    def logged() -> tuple[Result, ...]:
        output = cluster.read(path, {"container": CONTAINER}, bytes)
        return parse_output(output if isinstance(output, bytes) else b"", share, probe.nonce)

    try:
        return logged()
    except LogCut:
        # That the container has ended may be known before its last line is.
        environment.sleep(_POLL_SECONDS)
    try:
        return logged()
    except LogCut as error:
        raise _not_sent(troubles.cut(probe, name, str(error))) from error


def _index(pod: Live) -> int:
    text = reader_of(pod).meta().annotations.get(INDEX, "")
    return int(text) if text.isascii() and text.isdigit() else -1


def _not_sent(found: Finding) -> NotSent:
    return NotSent(f"{found.code}  {found.message}", found.fix)


def _say(environment: Environment, text: str) -> None:
    for line in text.splitlines():
        print(printable(line), file=environment.stderr, flush=True)
