"""A release of helm's as its record shows it: whose it is, and what was left half done.

A helm that is killed leaves its record `pending`, and refuses all further
work. What it had begun is taken back by helm itself: a first installation is
uninstalled, a change rolled back to what ran before. So nothing is left that
no record names, which deleting the record would do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from kubectl_ingress.core.kinds import KINDS
from kubectl_ingress.errors import ApiForbidden, NotOurs
from kubectl_ingress.install.live import reader_of
from kubectl_ingress.install.marks import LABEL
from kubectl_ingress.ports import api
from kubectl_ingress.ports.helm import Helm, Release, Revision
from kubectl_ingress.recipes import Chart

if TYPE_CHECKING:
    from kubectl_ingress.env import Environment
    from kubectl_ingress.ports.cluster import Cluster

HOOK = "helm.sh/hook"
# Nobody tells whether a helm elsewhere is still at work: it writes only at the end.
_QUIET_SECONDS = 20.0
_POLL_SECONDS = 1.0


class Record(Struct, frozen=True):
    """All revisions of a release of ours, the oldest first; none before it is installed."""

    release: Release
    revisions: tuple[Revision, ...] = ()

    @property
    def last(self) -> Revision | None:
        """The newest, None where there is none."""
        return self.revisions[-1] if self.revisions else None

    @property
    def deployed(self) -> Revision | None:
        """What ran, or runs, before the newest that did not come through."""
        for state in ("deployed", "superseded"):
            found = [each for each in self.revisions if each.status == state]
            if found:
                return found[-1]
        return None

    @property
    def is_there(self) -> bool:
        """Whether there is something that an upgrade would start from."""
        there = self.last is not None and self.last.status != "uninstalled"
        return there and not self.begins_anew

    @property
    def begins_anew(self) -> bool:
        """Whether what is there is only the beginning of a first installation, or its end."""
        if self.last is None:
            return False
        if self.last.status in ("uninstalling", "pending-install"):
            return True
        return self.last.pending and self.deployed is None

    @property
    def goes_back(self) -> Revision | None:
        """The revision to which a change that was broken off is taken back."""
        last = self.last
        return self.deployed if last and last.pending and not self.begins_anew else None

    def version(self, chart: str) -> str:
        """Of the chart of that name which runs, "" for another chart or none."""
        named = self.deployed.chart if self.deployed else ""
        return named.removeprefix(f"{chart}-") if named.startswith(f"{chart}-") else ""


def release_of(recipe: Chart) -> Release:
    """The release that a recipe makes."""
    return Release(recipe.release, recipe.namespace)


def label(name: str) -> str:
    """What the record of a release of ours bears; `name` is the recipe's."""
    return f"{LABEL}={name}"


def read_record(helm: Helm, recipe: Chart, name: str) -> Record:
    """What there is of it. Raises NotOurs (KI708) where somebody else made the release."""
    release = release_of(recipe)
    found = helm.history(release)
    if found and not helm.is_labelled(release, label(name)):
        raise _not_ours(release, found[-1], recipe, name)
    return Record(release, found)


def _not_ours(release: Release, last: Revision, recipe: Chart, name: str) -> NotOurs:
    return NotOurs(
        f"{release.title} ({last.chart}) was not made by kubectl ingress install {name} (KI708); "
        "nothing was changed",
        f"go on with it as it was made, or remove it first: helm uninstall {release.name} "
        f"-n {release.namespace}",
    )


def await_quiet(
    cluster: Cluster, helm: Helm, record: Record, environment: Environment, deadline: float
) -> Record:
    """The record once nobody is at work on it (any more), or was for a while."""
    since, told = environment.monotonic(), False
    while record.last is not None and record.last.pending:
        now = environment.monotonic()
        quiet = now - since >= _QUIET_SECONDS and not _hooks_run(cluster, record.release)
        if quiet or now >= deadline:
            break
        if not told:
            told = True
            what = f"{record.release.title} is {record.last.status}: waiting whether helm ends it"
            print(what, file=environment.stderr)
        environment.sleep(_POLL_SECONDS)
        found = Record(record.release, helm.history(record.release))
        if found.last != record.last:
            since = environment.monotonic()
        record = found
    return record


def _hooks_run(cluster: Cluster, release: Release) -> bool:
    try:
        jobs = api.list_all(cluster, KINDS["Job"], release.namespace)
    except ApiForbidden:
        return False
    return any(
        HOOK in reader_of(each).meta().annotations
        and bool(reader_of(each).child("status").number("active"))
        for each in jobs
    )


def said_of(record: Record) -> str:
    """What becomes of what is there, for people; "" where nothing is."""
    last = record.last
    if last is None:
        return ""
    if record.begins_anew:
        return f"{record.release.title} is {last.status}, broken off; it is removed first"
    if record.goes_back is not None:
        back = f"revision {record.goes_back.number} ({record.goes_back.chart})"
        return f"{record.release.title} is {last.status}, broken off; it goes back to {back} first"
    return f"{record.release.title}, revision {last.number}, {last.status} ({last.chart})"


def mend(helm: Helm, record: Record, hooks: float) -> Record:
    """Take back what was left half done; the record then. It can be installed or upgraded."""
    if record.begins_anew:
        helm.uninstall(record.release, hooks)
    elif record.goes_back is not None:
        helm.rollback(record.release, record.goes_back.number, hooks)
    else:
        return record
    return Record(record.release, helm.history(record.release))
