"""Waiting until a request could succeed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from kubectl_ingress.core.kinds import KINDS
from kubectl_ingress.core.parse import SERVICE_OF_SLICE
from kubectl_ingress.errors import (
    ApiConflict,
    ApiFailed,
    ApiForbidden,
    ApiRefused,
    ApiUnreachable,
    NotReady,
)
from kubectl_ingress.install.metadata import Manifest
from kubectl_ingress.install.pods import Causes
from kubectl_ingress.install.settings import (
    ADMISSION_NAME,
    ADMISSION_SERVICE,
    CONTROLLER_NAME,
    Settings,
)
from kubectl_ingress.install.stages import (
    WEBHOOK,
    Answer,
    Readings,
    Stage,
    can_be_asked,
    judge,
)
from kubectl_ingress.install.stall import Case, explain
from kubectl_ingress.ports import api
from kubectl_ingress.ports.answers import WebhookFailed
from kubectl_ingress.providers import Provider

if TYPE_CHECKING:
    from kubectl_ingress.env import Environment
    from kubectl_ingress.ports.cluster import Cluster

POLL_SECONDS = 1.0
STALL_SECONDS = 15.0
"""A stage that has not moved for so long gets its reason looked up, and again every so often."""
EXPLAIN_SECONDS = 5.0
# A spinner that moves once a second looks dead.
_FRAMES_PER_POLL = 5

Show = Callable[[Sequence[Stage], bool], None]


class Installation(Struct, frozen=True):
    """What is waited for, and by whose clock. `started` is when the run began."""

    cluster: Cluster
    settings: Settings
    provider: Provider
    environment: Environment
    started: float
    deadline: float

    @property
    def elapsed(self) -> float:
        """Seconds since the run began."""
        return self.environment.monotonic() - self.started


class _History(Struct):
    """Since when each stage is as it is, and what was found out about it."""

    state: dict[str, tuple[bool, str]] = field(default_factory=dict)
    since: dict[str, float] = field(default_factory=dict)
    explained: float = float("-inf")
    told: Mapping[str, Stage] = field(default_factory=dict)
    answer: Answer | None = None

    def note(self, stages: Sequence[Stage], now: float) -> None:
        for stage in stages:
            state = (stage.done, stage.detail)
            if self.state.get(stage.label) != state:
                self.state[stage.label], self.since[stage.label] = state, now
                self.told = {k: v for k, v in self.told.items() if k != stage.label}

    def waited(self, stages: Sequence[Stage], now: float) -> float:
        """How long the stage that is stuck longest has not moved, in seconds."""
        return max((now - self.since[s.label] for s in stages if not s.done), default=0.0)

    def annotate(self, stages: Sequence[Stage], started: float) -> tuple[Stage, ...]:
        return tuple(
            replace(
                stage,
                problem=self.told[stage.label].problem if stage.label in self.told else None,
                seconds=self.since[stage.label] - started if stage.done else None,
            )
            for stage in stages
        )


def await_ready(installation: Installation, show: Show) -> Readings:
    """Return what was read when every stage was done.

    `show` gets the stages several times a second, and whether these are the
    last. Raises NotReady at the deadline; reads at least once.
    """
    environment, history = installation.environment, _History()
    while True:
        last = environment.monotonic() >= installation.deadline
        try:
            with environment.until(installation.deadline):
                readings = read(installation.cluster, installation.settings, history.answer)
            history.answer = readings.answer
            stages = judge(readings, installation.provider, installation.settings.variant)
            stages = _explained(installation, history, readings, stages, last)
        except (ApiUnreachable, ApiFailed):
            # A control plane that is being replaced is away for a moment.
            if last:
                raise
            environment.sleep(POLL_SECONDS)
            continue
        ready = all(stage.done for stage in stages)
        show(stages, ready or last)
        if ready:
            return readings
        if last:
            raise not_ready(stages, installation, readings)
        for _ in range(_FRAMES_PER_POLL):
            left = installation.deadline - environment.monotonic()
            environment.sleep(max(min(POLL_SECONDS / _FRAMES_PER_POLL, left), 0.0))
            show(stages, False)


def read(cluster: Cluster, settings: Settings, earlier: Answer | None = None) -> Readings:
    """Read what tells how far it is, and ask the webhook when it has all it needs to answer.

    An `earlier` answer that passed is taken over: for each question the
    controller writes and tests a whole nginx configuration.
    """
    namespace = settings.namespace
    hook = settings.cluster_wide(ADMISSION_NAME)
    workload = KINDS[settings.variant.workload]
    selector = f"{SERVICE_OF_SLICE}={ADMISSION_SERVICE}"
    readings = Readings(
        workload=api.find(cluster, workload, CONTROLLER_NAME, namespace),
        service=api.find(cluster, KINDS["Service"], CONTROLLER_NAME, namespace),
        secret=api.find(cluster, KINDS["Secret"], ADMISSION_NAME, namespace),
        webhook=api.find(cluster, KINDS["ValidatingWebhookConfiguration"], hook),
        slices=tuple(api.list_all(cluster, KINDS["EndpointSlice"], namespace, labels=selector)),
    )
    if not can_be_asked(readings):
        return readings
    passed = earlier is not None and earlier.passed
    return replace(readings, answer=earlier if passed else ask(cluster, settings))


def ask(cluster: Cluster, settings: Settings) -> Answer:
    """Whether an Ingress gets through the webhook: a harmless one, as a dry run.

    Only the API server's own word that it could not call a webhook counts; a
    refusal of any other kind came after the webhook, or from it.
    """
    kind = KINDS["Ingress"]
    try:
        cluster.request(
            "POST",
            kind.path(settings.namespace),
            query={"dryRun": "All", "fieldManager": api.FIELD_MANAGER},
            body=trial_ingress(settings),
        )
    except WebhookFailed as error:
        # The sentence begins with the trial Ingress, which nobody asked about.
        return Answer(False, error.sentence.rpartition("was not written: ")[2])
    except ApiForbidden:
        return Answer(True, "probably answers (you may not create Ingresses)")
    except (ApiConflict, ApiRefused):
        return Answer(True, "answers")
    return Answer(True, "answers")


def trial_ingress(settings: Settings) -> Manifest:
    """An Ingress that no request can ever reach (RFC 6761 reserves .invalid)."""
    backend = {"service": {"name": "kubectl-ingress-check", "port": {"number": 80}}}
    path = {"path": "/", "pathType": "Prefix", "backend": backend}
    return {
        "apiVersion": KINDS["Ingress"].api_version,
        "kind": "Ingress",
        "metadata": {"name": "kubectl-ingress-check", "namespace": settings.namespace},
        "spec": {
            "ingressClassName": settings.class_name,
            "rules": [{"host": "kubectl-ingress-check.invalid", "http": {"paths": [path]}}],
        },
    }


def read_causes(cluster: Cluster, namespace: str) -> Causes:
    """All that may tell why it does not get on; what may not be read is left out."""

    def readable(kind: str) -> list[dict[str, object]]:
        try:
            return api.list_all(cluster, KINDS[kind], namespace)
        except ApiForbidden:
            return []

    return Causes(
        pods=readable("Pod"),
        replica_sets=readable("ReplicaSet"),
        jobs=readable("Job"),
        events=readable("Event"),
    )


def not_ready(stages: Sequence[Stage], installation: Installation, readings: Readings) -> NotReady:
    """The error for stages that are not done in time; their reasons were shown with them."""
    open_stages = [stage for stage in stages if not stage.done]
    named = "; ".join(
        f"{stage.label}: {stage.detail}" + (f" ({stage.problem.code})" if stage.problem else "")
        for stage in open_stages
    )
    steps = ["What was applied stays. The same command again goes on waiting."]
    if readings.workload is None or readings.service is None:
        steps = ["Somebody removed it meanwhile. The same command again makes what is missing."]
    if readings.webhook is not None and any(stage.label == WEBHOOK for stage in open_stages):
        steps.append(
            "Until the webhook answers, the API server refuses every new or changed Ingress."
        )
    return NotReady(f"not ready after {installation.elapsed:.0f} s: {named}", "\n".join(steps))


def _explained(
    installation: Installation,
    history: _History,
    readings: Readings,
    stages: tuple[Stage, ...],
    last: bool,
) -> tuple[Stage, ...]:
    now = installation.environment.monotonic()
    history.note(stages, now)
    waited = history.waited(stages, now)
    due = waited >= STALL_SECONDS and now - history.explained >= EXPLAIN_SECONDS
    if not all(stage.done for stage in stages) and (due or last):
        settings = installation.settings
        causes = read_causes(installation.cluster, settings.namespace)
        told = explain(
            stages, Case(settings, installation.provider, readings, causes, waited, last)
        )
        history.told = {stage.label: stage for stage in told}
        history.explained = now
    return history.annotate(stages, installation.started)
