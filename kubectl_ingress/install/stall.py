"""Why an installation does not get on: the problem of each stage that is not done. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.core.objects import Finding
from kubectl_ingress.install.live import condition, one_line, reader_of
from kubectl_ingress.install.metadata import Component, selector
from kubectl_ingress.install.pods import (
    Causes,
    latest_warning,
    pod_problem,
    problem,
    refused,
    unwell,
)
from kubectl_ingress.install.settings import ADMISSION_NAME, CONTROLLER_NAME, Settings
from kubectl_ingress.install.stages import (
    CONTROLLER,
    LOAD_BALANCER,
    WEBHOOK,
    Readings,
    Stage,
    rollout_of,
)
from kubectl_ingress.providers import Provider

# A load balancer is seldom there sooner, so its absence alone says nothing before.
_USUAL_LOAD_BALANCER_SECONDS = 60.0
_AGAIN = "run this command again: it makes what is missing"


class Case(Struct, frozen=True):
    """One installation as it stands, with all that may tell why it does not get on.

    `waited` is in seconds; `last` is true when there will be no more waiting.
    """

    settings: Settings
    provider: Provider
    readings: Readings
    causes: Causes
    waited: float = 0.0
    last: bool = False


def explain(stages: Iterable[Stage], case: Case) -> tuple[Stage, ...]:
    """The stages, each that is not done with its problem where one can be told."""
    return tuple(replace(stage, problem=_problem(stage, case)) for stage in stages)


def _problem(stage: Stage, case: Case) -> Finding | None:
    if stage.done or not stage.reached:
        return None
    if stage.label == CONTROLLER:
        return _controller(case)
    if stage.label == WEBHOOK:
        return _webhook(case, stage)
    if stage.label == LOAD_BALANCER:
        return _load_balancer(case)
    return None


def _controller(case: Case) -> Finding | None:
    workload, kind = case.readings.workload, case.settings.variant.workload
    rollout = rollout_of(workload)
    namespace = case.settings.namespace
    about = f"{kind} {namespace}/{CONTROLLER_NAME}"
    if workload is None:
        return problem("KI204", about, f"{about} is gone", _AGAIN)
    if not rollout.noticed:
        text = f"no {kind} controller has looked at {about} yet"
        return problem("KI204", about, text, "kubectl -n kube-system get pods")
    if rollout.wanted == 0 and kind == "DaemonSet":
        text = f"{about} finds no node that its pods may run on"
        return problem("KI703", about, text, "kubectl get nodes --show-labels")
    if rollout.wanted == 0:
        fix = f"kubectl -n {namespace} scale deployment {CONTROLLER_NAME} --replicas=1"
        return problem("KI204", about, f"{about} is scaled to 0 replicas", fix)
    found = _pod_problem(case, "controller")
    if found is None and rollout.total < rollout.wanted:
        return refused(reader_of(workload).meta(), kind, case.causes, workload)
    return found


def _webhook(case: Case, stage: Stage) -> Finding | None:
    name = case.settings.cluster_wide(ADMISSION_NAME)
    about = f"ValidatingWebhookConfiguration {name}"
    if case.readings.answer is not None:
        text = one_line(case.readings.answer.text)
        fix = (
            "the API server must reach the controller's pods on port 8443: open it from the "
            "control plane to the nodes"
        )
        return problem("KI705", about, text, fix)
    found = _pod_problem(case, "admission-webhook") or _jobs_problem(case)
    if found is None and not case.causes.jobs:
        text = f"{stage.detail}, but the Job for it is gone"
        return problem("KI705", about, text, _AGAIN)
    return found


def _load_balancer(case: Case) -> Finding | None:
    about = f"Service {case.settings.namespace}/{CONTROLLER_NAME}"
    if case.readings.service is None:
        return problem("KI601", about, f"{about} is gone", _AGAIN)
    needs = f"{case.provider.title} needs {'; '.join(case.provider.pending)}"
    uid = reader_of(case.readings.service).meta().uid
    message = latest_warning(case.causes, "Service", CONTROLLER_NAME.__eq__, uid=uid)
    if message:
        return problem("KI601", about, f"no load balancer for {about}: {message}", needs)
    if case.waited >= _USUAL_LOAD_BALANCER_SECONDS:
        return problem("KI601", about, f"{about} has no address yet, and no event says why", needs)
    if not case.last:
        return None
    text = f"{about} has no address yet; {case.provider.named_by} often takes a minute or two"
    return problem("KI601", about, text, needs)


def _pod_problem(case: Case, component: Component) -> Finding | None:
    pods = unwell(case.causes, selector(component))
    if component == "admission-webhook":
        # The second Job waits for the first, which was made before it.
        pods.reverse()
    found = (pod_problem(pod, case.causes) for pod in pods)
    return next((each for each in found if each is not None), None)


def _jobs_problem(case: Case) -> Finding | None:
    for job in case.causes.jobs:
        meta = reader_of(job).meta()
        if not meta.name.startswith(ADMISSION_NAME):
            continue
        message = condition(job, "Failed")
        if message is not None:
            text = f"Job {meta.key} failed: {message}"
            return problem("KI705", f"Job {meta.key}", text, _AGAIN)
        found = refused(meta, "Job", case.causes, job)
        if found is not None:
            return found
        if condition(job, "Complete") is None:
            text = f"Job {meta.key} runs, and does not come to an end"
            fix = f"kubectl -n {meta.namespace} logs job/{meta.name}"
            return problem("KI705", f"Job {meta.key}", text, fix)
    return None
