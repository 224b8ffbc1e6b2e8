"""Waiting for what a manifest of one's own runs: workloads rolled out, Jobs done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from kubectl_ingress.core.kinds import KINDS
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.parse import parse_service
from kubectl_ingress.errors import ApiFailed, ApiUnreachable, NotReady
from kubectl_ingress.install.live import Live, condition, one_line, reader_of
from kubectl_ingress.install.own_manifest import Item
from kubectl_ingress.install.pods import Causes, latest_warning, pod_problem, problem, unwell
from kubectl_ingress.install.rollout import (
    EXPLAIN_SECONDS,
    POLL_SECONDS,
    STALL_SECONDS,
    read_causes,
)
from kubectl_ingress.install.stages import Stage, rollout_of
from kubectl_ingress.ports import api

if TYPE_CHECKING:
    from kubectl_ingress.env import Environment
    from kubectl_ingress.ports.cluster import Cluster

_WORKLOADS = ("Deployment", "DaemonSet", "StatefulSet")
_FRAMES_PER_POLL = 5

Show = Callable[[Sequence[Stage], bool], None]


def running(items: Sequence[Item], entry: str = "") -> list[Item]:
    """What of a manifest is waited for; last the Service `entry`, whose load balancer counts.

    `entry` is ``namespace/name``, "" where no load balancer is waited for.
    """
    runs = [
        each
        for each in items
        if (each.kind.group == "apps" and each.kind.name in _WORKLOADS) or each.kind == KINDS["Job"]
    ]
    services = (each for each in items if each.kind == KINDS["Service"])
    return [*runs, *(each for each in services if f"{each.namespace}/{each.name}" == entry)]


class _Moves(Struct):
    """Since when each stage is as it is, and its problem."""

    state: dict[str, str] = field(default_factory=dict)
    since: dict[str, float] = field(default_factory=dict)
    told: dict[str, Finding | None] = field(default_factory=dict)
    explained: float = float("-inf")

    def note(self, stages: Sequence[Stage], now: float) -> None:
        for stage in stages:
            if self.state.get(stage.label) != stage.detail:
                self.state[stage.label], self.since[stage.label] = stage.detail, now
                self.told.pop(stage.label, None)

    def is_due(self, stages: Sequence[Stage], now: float) -> bool:
        stuck = max((now - self.since[s.label] for s in stages if not s.done), default=0.0)
        return stuck >= STALL_SECONDS and now - self.explained >= EXPLAIN_SECONDS

    def annotate(self, stages: Sequence[Stage], started: float) -> list[Stage]:
        return [
            replace(
                stage,
                problem=self.told.get(stage.label),
                seconds=self.since[stage.label] - started if stage.done else None,
            )
            for stage in stages
        ]


def await_running(
    cluster: Cluster,
    items: Sequence[Item],
    environment: Environment,
    started: float,
    deadline: float,
    show: Show,
) -> None:
    """Return when all of these are done. Reads at least once.

    Raises NotReady at `deadline`, and at once for a Job that has failed.
    """
    moves = _Moves()
    while True:
        now = environment.monotonic()
        last = now >= deadline
        try:
            with environment.until(deadline):
                lives = [api.find(cluster, each.kind, each.name, each.namespace) for each in items]
            stages = [stage_of(item, live) for item, live in zip(items, lives, strict=True)]
            waits = not all(stage.done for stage in stages)
            # Such a Job never gets on.
            last = last or any(map(_has_failed, lives))
            moves.note(stages, now)
            if waits and (last or moves.is_due(stages, now)):
                moves.told = _reasons(cluster, items, lives, stages)
                moves.explained = now
        except (ApiUnreachable, ApiFailed):
            # A control plane that is being replaced is away for a moment.
            if last:
                raise
            environment.sleep(POLL_SECONDS)
            continue
        stages = moves.annotate(stages, started)
        show(stages, last or not waits)
        if not waits:
            return
        if last:
            raise _not_ready(stages, now - started)
        _pause(environment, deadline, lambda: show(stages, False))  # noqa: B023 - called at once


def _pause(environment: Environment, deadline: float, draw: Callable[[], None]) -> None:
    for _ in range(_FRAMES_PER_POLL):
        left = deadline - environment.monotonic()
        environment.sleep(max(min(POLL_SECONDS / _FRAMES_PER_POLL, left), 0.0))
        draw()


def stage_of(item: Item, live: Live | None) -> Stage:
    """How far one workload, Job or load balancer is."""
    if item.kind.name == "Job":
        return Stage(item.title, *_job(live))
    if live is None:
        return Stage(item.title, False, "it is gone")
    if item.kind.name == "Service":
        named = bool(parse_service(reader_of(live)).addresses)
        return Stage(item.title, named, "has its address" if named else "pending")
    rollout = rollout_of(live)
    if rollout.noticed and rollout.wanted == 0 and rollout.total == 0:
        none = "no node is for it" if item.kind.name == "DaemonSet" else "scaled to 0 replicas"
        return Stage(item.title, True, none)
    ready = min(rollout.updated, rollout.available) if rollout.noticed else 0
    return Stage(item.title, rollout.done, f"{ready}/{rollout.wanted} ready")


def _job(live: Live | None) -> tuple[bool, str]:
    if live is None:
        # One with ttlSecondsAfterFinished goes when it is done.
        return True, "done, and gone"
    if condition(live, "Complete") is not None:
        return True, "done"
    if condition(live, "Failed") is not None:
        return False, "failed"
    if reader_of(live).child("spec").flag("suspend"):
        return True, "suspended"
    return False, "runs"


def _has_failed(live: Live | None) -> bool:
    is_job = reader_of(live).text("kind") == "Job"
    return live is not None and is_job and condition(live, "Failed") is not None


def _reasons(
    cluster: Cluster, items: Sequence[Item], lives: Sequence[Live | None], stages: Sequence[Stage]
) -> dict[str, Finding | None]:
    causes: dict[str, Causes] = {}
    found: dict[str, Finding | None] = {}
    for item, live, stage in zip(items, lives, stages, strict=True):
        if stage.done or live is None:
            continue
        if item.namespace not in causes:
            causes[item.namespace] = read_causes(cluster, item.namespace)
        found[stage.label] = _reason(item, live, causes[item.namespace])
    return found


def _reason(item: Item, live: Live, causes: Causes) -> Finding | None:
    failed = condition(live, "Failed") if item.kind.name == "Job" else None
    if failed is not None:
        fix = f"kubectl -n {item.namespace} logs job/{item.name}"
        text = f"{item.title} failed: {failed or 'it does not say why'}"
        return problem("KI704", item.title, text, fix)
    if item.kind.name == "Service":
        return _without_address(item, live, causes)
    for pod in unwell(causes, _selected(live)):
        found = pod_problem(pod, causes)
        if found is not None and found.code == "KI702":
            fix = "let the nodes reach that registry, or name another image in the manifest"
            return replace(found, fix=fix)
        if found is not None:
            return found
    makers = {"Deployment": "ReplicaSet"}
    kind = makers.get(item.kind.name, item.kind.name)

    def made_by_it(name: str) -> bool:
        own = name.rpartition("-")[0] if kind == "ReplicaSet" else name
        return own == item.name

    refused = latest_warning(causes, kind, made_by_it, reason="FailedCreate")
    if not refused:
        return None
    text = f"no pod of {item.title} can be made: {one_line(refused)}"
    fix = f"kubectl describe namespace {item.namespace}"
    return problem("KI707", item.title, text, fix)


def _without_address(item: Item, live: Live, causes: Causes) -> Finding:
    uid = reader_of(live).meta().uid
    said = latest_warning(causes, "Service", item.name.__eq__, uid=uid) or "no event says why"
    fix = f"kubectl -n {item.namespace} describe service {item.name}"
    text = f"the load balancer of {item.title} has no address yet: {said}"
    return problem("KI601", item.title, text, fix)


def _selected(live: Live) -> Mapping[str, str]:
    return reader_of(live).child("spec").child("selector").string_map("matchLabels")


def _not_ready(stages: Sequence[Stage], seconds: float) -> NotReady:
    named = "; ".join(
        f"{stage.label}: {stage.detail}" + (f" ({stage.problem.code})" if stage.problem else "")
        for stage in stages
        if not stage.done
    )
    return NotReady(
        f"not ready after {seconds:.0f} s: {named}",
        "What was applied stays. The same command again goes on waiting.",
    )
