"""Carrying out a plan, object by object."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from kubectl_ingress.core.kinds import KINDS
from kubectl_ingress.errors import ApiConflict, ApiNotFound, NotReady
from kubectl_ingress.install.adopt import take_over
from kubectl_ingress.install.live import Live, is_ours, is_terminating, reader_of
from kubectl_ingress.install.plan import Fate, Plan, Step
from kubectl_ingress.install.settings import Settings
from kubectl_ingress.ports import api
from kubectl_ingress.ports.waiting import look_on

if TYPE_CHECKING:
    from kubectl_ingress.env import Environment
    from kubectl_ingress.ports.cluster import Cluster

# A Job is gone as soon as its pods have lost their finalizers: moments.
_GONE_SECONDS = 30.0
_POLL_SECONDS = 1.0


def apply_plan(
    cluster: Cluster, plan: Plan, environment: Environment, after: Callable[[Step], None]
) -> None:
    """Write what the plan says, in its order; `after` is called when each step is done.

    Raises the ApiError of the first object that is refused; what was written
    stays, and planning again finds it.
    """
    for step in plan.steps:
        if step.fate is Fate.REPLACE:
            delete_and_wait(cluster, step.manifest, environment)
        if step.fate is Fate.ADOPT:
            take_over(cluster, step)
        elif step.writes:
            still_free = partial(_still_free, cluster, step)
            api.settle(partial(api.apply, cluster, step.manifest), still_free)
        after(step)


def _still_free(cluster: Cluster, step: Step) -> None:
    """Raise ApiConflict where somebody has made the object in the meantime."""
    kind, meta = KINDS[str(step.manifest["kind"])], reader_of(step.manifest).meta()
    live = api.find(cluster, kind, meta.name, meta.namespace)
    if live is not None and not is_ours(live):
        raise ApiConflict(
            f"{step.title} was made by another in the meantime, and is left as it is",
            "run the command again",
        )


def await_namespace(
    cluster: Cluster, settings: Settings, environment: Environment, deadline: float
) -> None:
    """Return when the namespace is not being deleted (any more).

    Raises NotReady (KI706) at `deadline`, by the environment's clock.
    """
    told = False
    while True:
        find = partial(api.find, cluster, KINDS["Namespace"], settings.namespace)
        # The first look is part of the preparation: who is not there then is not waited for.
        live = look_on(find, environment, deadline) if told else find()
        if live is None or not is_terminating(live):
            return
        if environment.monotonic() >= deadline:
            raise NotReady(
                f"namespace {settings.namespace} is being deleted (KI706), so nothing can be "
                "made in it; nothing was changed",
                f"see what holds it: kubectl get namespace {settings.namespace} -o yaml",
            )
        if not told:
            name = settings.namespace
            print(f"Waiting until namespace {name} is deleted (KI706)", file=environment.stderr)
            told = True
        environment.sleep(_POLL_SECONDS)


def delete_and_wait(cluster: Cluster, live: Live, environment: Environment) -> None:
    """Delete one object and wait until its name is free. It may be gone already."""
    kind = KINDS[str(live["kind"])]
    meta = reader_of(live).meta()
    try:
        api.settle(partial(api.delete, cluster, kind, meta.name, meta.namespace))
    except ApiNotFound:
        return
    deadline = environment.monotonic() + _GONE_SECONDS
    find = partial(api.find, cluster, kind, meta.name, meta.namespace)
    while look_on(find, environment, deadline) is not None:
        if environment.monotonic() >= deadline:
            raise NotReady(
                f"{kind.name} {meta.key} does not go away",
                f"see what holds it: kubectl -n {meta.namespace} get "
                f"{kind.plural} {meta.name} -o yaml",
            )
        environment.sleep(_POLL_SECONDS)
