"""An installation that is there becomes another: what is to be done, and doing it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.core.kinds import KINDS
from kubectl_ingress.errors import (
    ApiUnauthorized,
    ApiUnreachable,
    IngressError,
    NotReady,
    UsageError,
)
from kubectl_ingress.install.apply import apply_plan, delete_and_wait
from kubectl_ingress.install.history import template_to_go_back_to
from kubectl_ingress.install.installed import Installed, read_back, settings_of
from kubectl_ingress.install.kept import Asked, the_running, wanted
from kubectl_ingress.install.live import Live, is_ours, is_terminating, title_of
from kubectl_ingress.install.manifests import build
from kubectl_ingress.install.plan import Fate, Plan, Step, has_certificate, make_plan
from kubectl_ingress.install.preflight import check_kubernetes, check_reading
from kubectl_ingress.install.prepare import Prepared, prepare
from kubectl_ingress.install.rights import needs_of, require
from kubectl_ingress.install.settings import CONTROLLER_NAME, Settings
from kubectl_ingress.install.surroundings import kubernetes_version
from kubectl_ingress.install.which import choose, controllers, is_installation, nothing
from kubectl_ingress.ports import api

if TYPE_CHECKING:
    from kubectl_ingress.env import Environment
    from kubectl_ingress.ports.cluster import Cluster

COMMAND = "kubectl ingress upgrade"


class Upgrade(Struct, frozen=True):
    """All that is to be done.

    `leftovers` are Jobs that are deleted first: their templates cannot be
    changed. `obsolete` is deleted last: the workload of the other kind, where
    the provider wants another. `former` is what to go back to.
    """

    prepared: Prepared
    former: Settings
    plan: Plan
    leftovers: tuple[Live, ...] = ()
    obsolete: tuple[Live, ...] = ()

    @property
    def writes(self) -> bool:
        """Whether anything changes."""
        return bool(self.leftovers or self.obsolete or any(s.writes for s in self.plan.steps))

    @property
    def removed(self) -> tuple[str, ...]:
        """The titles of the objects that go."""
        return tuple(map(title_of, (*self.leftovers, *self.obsolete)))

    @property
    def has_former(self) -> bool:
        """Whether there is anything else to go back to."""
        return build(self.former) != build(self.prepared.settings)

    def can_go_back(self, error: IngressError) -> bool:
        """Whether, after this error, going back is of any use."""
        return self.has_former and not isinstance(error, ApiUnreachable | ApiUnauthorized)

    def back(self, cluster: Cluster) -> Upgrade:
        """The way back, planned as any other upgrade."""
        prepared = replace(self.prepared, settings=self.former)
        return plan_to(cluster, prepared, self.prepared.settings)


def find_installed(cluster: Cluster, asked: Asked) -> Installed:
    """The installation that is meant. Raises UsageError, NotOurs, NotReady while it goes away."""
    found = controllers(cluster, asked.namespace)
    ours = [each for each in found if is_installation(each.live)]
    meant = choose(ours, COMMAND, asked.namespace, asked.class_name)
    if meant is None:
        raise nothing(found, "upgrade", asked.namespace, asked.class_name)
    namespace = api.find(cluster, KINDS["Namespace"], meant.namespace)
    if namespace is not None and is_terminating(namespace):
        raise NotReady(
            f"namespace {meant.namespace} is being deleted (KI706); nothing was changed",
            "install again when it is gone: kubectl ingress install",
        )
    there = [each.live for each in ours if each.namespace == meant.namespace]
    installed = read_back(cluster, the_running(there))
    if installed.parts.service is None:
        raise UsageError(
            f"Service {meant.namespace}/{CONTROLLER_NAME} is gone, and with it what the provider "
            "needs",
            f"make it again: kubectl ingress install --namespace {meant.namespace}",
        )
    return installed


def plan_upgrade(cluster: Cluster, installed: Installed, asked: Asked) -> Upgrade:
    """Find out what is to be done, without changing anything. Raises what make_plan raises."""
    prepared = prepare(cluster, wanted(installed, asked))
    check_kubernetes(prepared.settings.version, kubernetes_version(cluster))
    manifests = build(prepared.settings)
    check_reading(cluster, prepared.settings, manifests, waits=True, there=True)
    template = template_to_go_back_to(cluster, installed.parts.workload)
    former = settings_of(replace(installed.parts, template=template))
    return plan_to(cluster, prepared, former)


def plan_to(cluster: Cluster, prepared: Prepared, former: Settings) -> Upgrade:
    """What is to be done so that the installation becomes as prepared."""
    settings = prepared.settings
    plan = make_plan(cluster, settings, build(settings), provider=prepared.provider)
    jobs = [step for step in plan.steps if step.manifest["kind"] == "Job" and step.live is not None]
    if jobs:
        after = Fate.DONE if has_certificate(cluster, settings) else Fate.CREATE
        steps = [Step(s.manifest, after) if s in jobs else s for s in plan.steps]
        plan = replace(plan, steps=tuple(steps))
    other = "Deployment" if settings.variant.workload == "DaemonSet" else "DaemonSet"
    old = api.find(cluster, KINDS[other], CONTROLLER_NAME, settings.namespace)
    obsolete = (old,) if old is not None and is_ours(old) else ()
    leftovers = tuple(step.live for step in jobs if step.live is not None)
    require(cluster, needs_of("delete", [*leftovers, *obsolete]))
    return Upgrade(prepared, former, plan, leftovers, obsolete)


def carry_out(
    cluster: Cluster, upgrade: Upgrade, environment: Environment, after: Callable[[Step], None]
) -> None:
    """Write all but what goes last; see apply_plan."""
    for job in upgrade.leftovers:
        delete_and_wait(cluster, job, environment)
    apply_plan(cluster, upgrade.plan, environment, after)


def clear_away(cluster: Cluster, upgrade: Upgrade, environment: Environment) -> None:
    """Delete what is of no use any more, now that what takes its place is ready."""
    for old in upgrade.obsolete:
        delete_and_wait(cluster, old, environment)
