"""What an installation would change, found out without changing anything.

Every object is read first; those that exist and are ours are sent as a dry
run, so that what the API server would refuse, or another manager owns, is
known before the first write.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from kubectl_ingress.core.kinds import KINDS
from kubectl_ingress.errors import ApiNotFound, ApiRefused, NotOurs
from kubectl_ingress.install.live import (
    Live,
    certificate_authority,
    condition,
    is_ours,
    reader_of,
    title_of,
    trusted_authority,
)
from kubectl_ingress.install.metadata import Manifest
from kubectl_ingress.install.settings import ADMISSION_NAME, Settings
from kubectl_ingress.install.surroundings import Neighbour
from kubectl_ingress.ports import api

if TYPE_CHECKING:
    from kubectl_ingress.ports.cluster import Cluster


class Fate(Enum):
    """What happens to one object."""

    CREATE = "create"
    CHANGE = "change"
    KEEP = "keep"
    """It is as it should be."""
    REPLACE = "replace"
    """A Job that failed, or whose template would change: deleted and made again."""
    DONE = "done"
    """A Job whose work is done already."""
    USE = "use"
    """A Namespace that someone else made: used as it is."""


@dataclass(frozen=True)
class Step:
    """One object of the installation and what happens to it."""

    manifest: Manifest
    fate: Fate

    @property
    def title(self) -> str:
        """``Service ingress-nginx-controller``."""
        return title_of(self.manifest)

    @property
    def writes(self) -> bool:
        """Whether it is sent to the API server."""
        return self.fate in (Fate.CREATE, Fate.CHANGE, Fate.REPLACE)


@dataclass(frozen=True)
class Plan:
    """All steps, in the order of the manifests.

    `unchecked` is how many of them the API server could not check beforehand,
    because their namespace is not there yet.
    """

    steps: tuple[Step, ...]
    unchecked: int = 0

    @property
    def summary(self) -> str:
        """``19 objects to create, 0 to change, 0 of others touched``, and what is left alone."""
        create = self._with(Fate.CREATE)
        change = self._with(Fate.CHANGE, Fate.REPLACE)
        kept, used = self._with(Fate.KEEP, Fate.DONE), self._with(Fate.USE)
        named = ", ".join(step.title for step in change[:3])
        more = f" and {len(change) - 3} more" if len(change) > 3 else ""
        parts = [
            f"{len(create)} objects to create",
            f"{len(change)} to change" + (f" ({named}{more})" if change else ""),
            *([f"{len(kept)} as they should be"] if kept else []),
            "0 of others touched",
            *(f"{step.title} of others used" for step in used),
        ]
        return ", ".join(parts)

    def left_over(self, done: int) -> str:
        """What is to be said when it stops after `done` steps; "" when that is all of them."""
        if done >= len(self.steps):
            return ""
        writes = sum(step.writes for step in self.steps)
        written = sum(step.writes for step in self.steps[:done])
        return (
            f"{written} of {writes} objects were applied and stay. "
            "The same command again goes on from there."
        )

    def _with(self, *fates: Fate) -> list[Step]:
        return [step for step in self.steps if step.fate in fates]


def check_neighbours(settings: Settings, found: Sequence[Neighbour]) -> None:
    """Raise NotOurs when the namespace or the class is another installation's already."""
    for each in found:
        mine = each.namespace == settings.namespace
        if mine and each.class_name != settings.class_name:
            raise NotOurs(
                f"namespace {each.namespace} holds an installation of class {each.class_name} "
                f"(Deployment {each.name}) already",
                f"give the new one a namespace of its own: --namespace NAME "
                f"--class {settings.class_name}",
            )
        if not mine and each.controller_value == settings.controller_value:
            raise NotOurs(
                f"Deployment {each.namespace}/{each.name} serves "
                f"{settings.controller_value} already; two would overwrite each other's addresses",
                "give the new one a class of its own: --class NAME --namespace NAME",
            )


def make_plan(cluster: Cluster, settings: Settings, manifests: Sequence[Manifest]) -> Plan:
    """Read what exists and decide what happens to each object.

    Raises NotOurs (KI708) when objects of others are in the way, ApiConflict
    when another manager has changed a field of ours, ApiForbidden, ApiRefused.
    """
    namespace = api.find(cluster, KINDS["Namespace"], settings.namespace)
    found = [_find(cluster, manifest, namespace) for manifest in manifests]
    others = [
        title_of(manifest)
        for manifest, live in zip(manifests, found, strict=True)
        if live is not None and not is_ours(live) and manifest["kind"] != "Namespace"
    ]
    if others:
        raise _not_ours(others, settings)
    missing = namespace is None
    certified = not missing and has_certificate(cluster, settings)
    steps = tuple(
        Step(manifest, _fate(cluster, manifest, live, missing, certified))
        for manifest, live in zip(manifests, found, strict=True)
    )
    return Plan(steps, sum(_needs_namespace(m) for m in manifests) if missing else 0)


def has_certificate(cluster: Cluster, settings: Settings) -> bool:
    """Whether both admission Jobs have done their work: the webhook trusts the Secret's CA."""
    secret = api.find(cluster, KINDS["Secret"], ADMISSION_NAME, settings.namespace)
    kind = KINDS["ValidatingWebhookConfiguration"]
    webhook = api.find(cluster, kind, settings.cluster_wide(ADMISSION_NAME))
    authority = certificate_authority(secret)
    return bool(authority) and authority == trusted_authority(webhook)


def _find(cluster: Cluster, manifest: Manifest, namespace: Live | None) -> Live | None:
    kind, meta = KINDS[str(manifest["kind"])], reader_of(manifest).meta()
    if kind.name == "Namespace":
        return namespace
    if kind.namespaced and namespace is None:
        return None
    return api.find(cluster, kind, meta.name, meta.namespace)


def _fate(
    cluster: Cluster, manifest: Manifest, live: Live | None, missing: bool, certified: bool
) -> Fate:
    is_job = manifest["kind"] == "Job"
    if live is None:
        if is_job and certified:
            return Fate.DONE
        if not (missing and _needs_namespace(manifest)):
            _rehearse(cluster, manifest)
        return Fate.CREATE
    if not is_ours(live):
        return Fate.USE
    if is_job and condition(live, "Failed") is not None:
        return Fate.REPLACE
    try:
        answer = api.apply(cluster, manifest, dry_run=True)
    except ApiRefused:
        if is_job:
            return Fate.REPLACE
        raise
    return Fate.KEEP if api.content(answer) == api.content(live) else Fate.CHANGE


def _needs_namespace(manifest: Manifest) -> bool:
    return KINDS[str(manifest["kind"])].namespaced


def _rehearse(cluster: Cluster, manifest: Manifest) -> None:
    """Raise what creating would raise, but for what is only missing because nothing is made yet."""
    try:
        api.apply(cluster, manifest, dry_run=True)
    except ApiNotFound:
        # A binding looks for its role when the user may not bind any.
        return


def _not_ours(others: Sequence[str], settings: Settings) -> NotOurs:
    shown = ", ".join(others[:4]) + (f" and {len(others) - 4} more" if len(others) > 4 else "")
    verb = "is" if len(others) == 1 else "are"
    sentence = f"{shown} {verb} there already and not made by this program (KI708)"
    if all(other.startswith("IngressClass ") for other in others):
        beside = "--class NAME"
        remove = f"or remove it: kubectl delete ingressclass {settings.class_name}"
    else:
        beside = "--namespace NAME --class NAME"
        remove = "or remove it in the way it was made, such as helm uninstall or kubectl delete -f"
    return NotOurs(f"{sentence}; nothing was changed", f"install beside it: {beside}\n{remove}")
