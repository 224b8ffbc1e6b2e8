"""What an installation would change, found out without changing anything.

Every object is read first; what is to be written is sent as a dry run, so that
what the API server would refuse, or another manager owns, is known before the
first write.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.core.kinds import KINDS
from kubectl_ingress.errors import ApiNotFound, ApiRefused
from kubectl_ingress.install import adopt as adoption
from kubectl_ingress.install.adopted_controller import changes_of, with_flags
from kubectl_ingress.install.differences import Difference, differences
from kubectl_ingress.install.leftovers import left_alone
from kubectl_ingress.install.live import (
    Live,
    certificate_authority,
    condition,
    is_ours,
    is_terminating,
    reader_of,
    title_of,
    trusted_authority,
)
from kubectl_ingress.install.marks import family
from kubectl_ingress.install.metadata import Manifest
from kubectl_ingress.install.owners import owner_of
from kubectl_ingress.install.rights import needs_of, require
from kubectl_ingress.install.settings import ADMISSION_NAME, Settings
from kubectl_ingress.install.strangers import not_ours
from kubectl_ingress.ports import api
from kubectl_ingress.ports.answers import FieldsOwned
from kubectl_ingress.providers import Provider

if TYPE_CHECKING:
    from kubectl_ingress.ports.cluster import Cluster


class Fate(Enum):
    """What happens to one object."""

    CREATE = "create"
    CHANGE = "change"
    KEEP = "keep"
    """It is as it should be."""
    REPLACE = "replace"
    """A Job that failed, or whose template would change, or anything that is being deleted:
    deleted and made again."""
    DONE = "done"
    """A Job whose work is done already."""
    USE = "use"
    """A Namespace that someone else made: used as it is."""
    ADOPT = "adopt"
    """Someone else's: its fields become ours, and what they should be."""


class Step(Struct, frozen=True):
    """One object of the installation and what happens to it.

    `live` is the object as it was read, `answer` as the API server says it
    will be (both None where it is not known). `forgone` is what it would be if
    its settings did not stay as they are, None where they are ours.
    """

    manifest: Manifest
    fate: Fate
    live: Live | None = None
    answer: Live | None = None
    forgone: Live | None = None

    @property
    def title(self) -> str:
        """``Service ingress-nginx-controller``."""
        return title_of(self.manifest)

    @property
    def changes(self) -> tuple[Difference, ...]:
        """The fields that will be others than they are."""
        if self.live is None or self.answer is None:
            return ()
        return differences(self.live, self.answer)

    @property
    def kept(self) -> tuple[Difference, ...]:
        """The fields that ours would have otherwise, and that stay as they are."""
        if self.answer is None or self.forgone is None:
            return ()
        return differences(self.answer, self.forgone)

    @property
    def writes(self) -> bool:
        """Whether it is sent to the API server."""
        return self.fate in (Fate.CREATE, Fate.CHANGE, Fate.REPLACE, Fate.ADOPT)

    @property
    def taken(self) -> bool:
        """Whether it is taken away from somebody."""
        replaced = self.fate is Fate.REPLACE and self.live is not None and not is_ours(self.live)
        return replaced or self.fate is Fate.ADOPT


class Plan(Struct, frozen=True):
    """All steps, in the order of the manifests.

    `unchecked` is how many of them the API server could not check beforehand,
    because their namespace is not there yet. `left_alone` names what an
    installation that is taken over has beside them. `notes` are for people.
    """

    steps: tuple[Step, ...]
    unchecked: int = 0
    left_alone: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def taken(self) -> tuple[Step, ...]:
        """The steps that take an object away from somebody."""
        return tuple(step for step in self.steps if step.taken)

    @property
    def summary(self) -> str:
        """``19 objects to create, 0 to change, 0 of others touched``, and what is left alone."""
        create = self._with(Fate.CREATE)
        change = [each for each in self._with(Fate.CHANGE, Fate.REPLACE) if not each.taken]
        kept, used = self._with(Fate.KEEP, Fate.DONE), self._with(Fate.USE)
        named = ", ".join(step.title for step in change[:3])
        more = f" and {len(change) - 3} more" if len(change) > 3 else ""
        parts = [
            f"{len(create)} object{'' if len(create) == 1 else 's'} to create",
            f"{len(change)} to change" + (f" ({named}{more})" if change else ""),
            *([f"{len(kept)} as they should be"] if kept else []),
            f"{len(self.taken)} of others to take over" if self.taken else "0 of others touched",
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


class _Seen(Struct, frozen=True):
    """One object that is wanted, and what there is of it."""

    manifest: Manifest
    live: Live | None
    forgone: Live | None = None

    @property
    def theirs(self) -> bool:
        # What is ours but of another controller counts as anybody's.
        return self.live is not None and family(self.live) != ""

    @property
    def is_job(self) -> bool:
        return self.manifest["kind"] == "Job"

    @property
    def is_namespace(self) -> bool:
        return self.manifest["kind"] == "Namespace"


class _Case(Struct, frozen=True):
    """What the fate of every object depends on."""

    cluster: Cluster
    settings: Settings
    no_namespace: bool
    certified: bool
    adopt: bool
    provider: Provider | None

    @property
    def take_over(self) -> str:
        """The command that does the same, and takes over what others have set."""
        return adoption.command(self.settings, self.provider)

    def uses(self, seen: _Seen) -> bool:
        """Whether it is a Namespace of others that stays theirs."""
        if seen.live is None or not (seen.is_namespace and seen.theirs):
            return False
        return not (self.adopt and adoption.belongs(seen.live))

    def needs_nothing(self, seen: _Seen) -> bool:
        """Whether it is a Job whose work is done, and that is gone."""
        return seen.live is None and self.is_finished(seen)

    def is_finished(self, seen: _Seen) -> bool:
        """Whether it is a Job whose work is done."""
        return seen.is_job and self.certified

    def is_early(self, seen: _Seen) -> bool:
        """Whether the API server cannot check it before its namespace is there."""
        return self.no_namespace and _needs_namespace(seen.manifest)


def make_plan(
    cluster: Cluster,
    settings: Settings,
    manifests: Sequence[Manifest],
    *,
    adopt: bool = False,
    provider: Provider | None = None,
    serves: str = "",
) -> Plan:
    """Read what exists and decide what happens to each object.

    With `adopt` objects of others are to be taken over. `provider` is the one
    that the settings are of, for the command that is told, and `serves`
    who serves the class too. Raises NotOurs (KI708)
    when they are in the way, or cannot be taken over; ApiConflict when another
    manager has changed a field of ours, ApiForbidden, ApiRefused.
    """
    namespace = api.find(cluster, KINDS["Namespace"], settings.namespace)
    found = [_Seen(manifest, _find(cluster, manifest, namespace)) for manifest in manifests]
    others = [each.live for each in found if each.live and each.theirs and not each.is_namespace]
    if others and not adopt:
        raise not_ours(others, settings, serves)
    if others:
        pairs = [(each.manifest, each.live) for each in found]
        adoption.check_adoption(cluster, settings, pairs)
    missing = namespace is None
    certified = not missing and has_certificate(cluster, settings)
    case = _Case(cluster, settings, missing, certified, adopt, provider)
    _require_writing(case, found)
    found, notes = _with_care(case, found)
    found, more = _with_their_flags(case, found)
    steps = tuple(_step(case, each) for each in found)
    replaced = [step.manifest for step in steps if step.fate is Fate.REPLACE]
    require(cluster, needs_of("delete", replaced))
    plan = Plan(steps, sum(map(case.is_early, found)), notes=(*notes, *more))
    taken = [step.live for step in plan.taken if step.live is not None]
    if not taken:
        return plan
    alone = left_alone(cluster, settings.namespace, manifests, taken)
    return replace(plan, left_alone=alone, notes=(*plan.notes, *adoption.advice(taken)))


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


def _require_writing(case: _Case, found: Sequence[_Seen]) -> None:
    """Raise ApiForbidden unless all may be written: applying what is not there creates it."""
    written = [each for each in found if not case.uses(each) and not case.needs_nothing(each)]
    new = [each.manifest for each in written if each.live is None]
    all_of_them = [each.manifest for each in written]
    require(case.cluster, [*needs_of("patch", all_of_them), *needs_of("create", new)])


def _with_care(case: _Case, found: list[_Seen]) -> tuple[list[_Seen], tuple[str, ...]]:
    """Leave out what the load balancer depends on, where it was not or would not be ours."""
    two = [each for each in found if each.live and adoption.is_balancer(each.manifest)]
    service = next((each for each in two if each.manifest["kind"] == "Service"), None)
    if service is None:
        return found, ()
    if case.adopt and service.theirs:
        two = [replace(each, forgone=_whole(case.cluster, each)) for each in two]
        if not any(adoption.is_touched(each.live, each.forgone) for each in two):
            return found, ()
    elif not adoption.keeps_balancer(service.live):
        return found, ()
    careful = {
        title_of(each.manifest): replace(each, manifest=adoption.without_balancer(each.manifest))
        for each in two
    }
    return [careful.get(title_of(each.manifest), each) for each in found], (adoption.CARE,)


def _with_their_flags(case: _Case, found: list[_Seen]) -> tuple[list[_Seen], list[str]]:
    """The controller that is taken over keeps its flags; what to know of it."""
    kept: list[_Seen] = []
    notes: list[str] = []
    for each in found:
        if case.adopt and each.live and each.manifest["kind"] == case.settings.variant.workload:
            manifest, lost = with_flags(each.manifest, each.live)
            kept.append(replace(each, manifest=manifest))
            notes += changes_of(case.settings, each.live, lost) if each.theirs else ()
        else:
            kept.append(each)
    return kept, notes


def _whole(cluster: Cluster, seen: _Seen) -> Live | None:
    """What one of the two would be with all that its manifest says; None where that cannot be."""
    try:
        return api.apply(cluster, seen.manifest, dry_run=True, force=True)
    except ApiRefused:
        return None


def _step(case: _Case, seen: _Seen) -> Step:
    manifest, live = seen.manifest, seen.live
    if live is None:
        if case.needs_nothing(seen):
            return Step(manifest, Fate.DONE)
        if not case.is_early(seen):
            _rehearse(case.cluster, manifest)
        return Step(manifest, Fate.CREATE)
    if case.uses(seen):
        return Step(manifest, Fate.USE, live)
    if is_terminating(live):
        return _going(case, seen)
    if seen.is_job and condition(live, "Failed") is not None:
        return Step(manifest, Fate.REPLACE, live)
    try:
        return _adopted(case, seen, live) if seen.theirs else _changed(case, seen, live)
    except ApiRefused as error:
        if seen.is_job:
            # Its template cannot be changed.
            return Step(manifest, Fate.REPLACE, live)
        if seen.theirs:
            why = f"{title_of(live)} cannot become what it should be: {error.sentence}"
            raise adoption.cannot(why, owner_of(live), case.settings.namespace) from error
        raise


def _changed(case: _Case, seen: _Seen, live: Live) -> Step:
    try:
        answer = api.apply(case.cluster, seen.manifest, dry_run=True)
    except FieldsOwned as error:
        if case.adopt:
            return _adopted(case, seen, live)
        error.next_step += f"\nor take these fields over:\n{case.take_over}"
        raise
    if _uid(answer) != _uid(live):
        # It went meanwhile, as a Job does by its time to live: this would make it anew.
        return Step(seen.manifest, Fate.DONE if case.is_finished(seen) else Fate.CREATE)
    if is_terminating(answer):
        return _going(case, seen)
    same = api.content(answer) == api.content(live)
    return Step(seen.manifest, Fate.KEEP if same else Fate.CHANGE, live, answer)


def _going(case: _Case, seen: _Seen) -> Step:
    """Of what is being deleted: what is written to it would vanish with it."""
    if case.is_finished(seen):
        return Step(seen.manifest, Fate.DONE)
    return Step(seen.manifest, Fate.REPLACE, seen.live)


def _uid(live: Live) -> str:
    return reader_of(live).meta().uid


def _adopted(case: _Case, seen: _Seen, live: Live) -> Step:
    answer = api.apply(case.cluster, seen.manifest, dry_run=True, force=True)
    return Step(seen.manifest, Fate.ADOPT, live, answer, seen.forgone)


def _needs_namespace(manifest: Manifest) -> bool:
    return KINDS[str(manifest["kind"])].namespaced


def _rehearse(cluster: Cluster, manifest: Manifest) -> None:
    """Raise what creating would raise, but for what is only missing because nothing is made yet."""
    try:
        api.apply(cluster, manifest, dry_run=True)
    except ApiNotFound:
        # A binding looks for its role when the user may not bind any.
        return
