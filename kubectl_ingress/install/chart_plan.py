"""What helm would change, found out before it is let loose.

Helm looks at each object only when its turn comes: what the API server refuses
in the middle leaves half of a release. So every object is tried here first, as
a dry run, and what others made is named.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

from msgspec import Struct

from kubectl_ingress.core.kinds import KINDS
from kubectl_ingress.errors import ApiNotFound, NotOurs
from kubectl_ingress.install.live import Live, reader_of
from kubectl_ingress.install.marks import family
from kubectl_ingress.install.own_manifest import Item
from kubectl_ingress.install.owners import owner_of
from kubectl_ingress.install.plan import Fate, Plan, Step
from kubectl_ingress.install.rights import Need, require
from kubectl_ingress.ports import api
from kubectl_ingress.ports.helm import Release

if TYPE_CHECKING:
    from kubectl_ingress.ports.cluster import Cluster

_RECORD_VERBS = ("get", "list", "create", "update", "delete")
_RELEASE = "meta.helm.sh/release-"
_WIDTH = 90
_LISTED = 12

Pair = tuple[Item, Live | None]


class ChartPlan(Struct, frozen=True):
    """What happens to the objects of a release; `removed` are those that it has no more."""

    plan: Plan
    removed: tuple[str, ...] = ()

    @property
    def writes(self) -> bool:
        """Whether there is anything for helm to do."""
        return bool(self.removed) or any(step.writes for step in self.plan.steps)


def plan_chart(
    cluster: Cluster,
    name: str,
    release: Release,
    items: Sequence[Item],
    before: Sequence[Item] = (),
) -> ChartPlan:
    """Read what exists, and let the API server check what is to be. Nothing is changed.

    `before` are the objects that the release has now. Raises NotOurs (KI708)
    where objects of others are in the way; ApiForbidden with all rights that
    are missing; what the API server refuses.
    """
    pairs = [(item, api.find(cluster, item.kind, item.name, item.namespace)) for item in items]
    others = [(item, live) for item, live in pairs if live and not belongs(live, release)]
    if others:
        raise _not_ours(release, name, others)
    kept = {_key(item) for item in items}
    gone = [item for item in before if _key(item) not in kept]
    require(cluster, _needs(release, pairs, gone))
    case = _Case(cluster, release)
    steps = tuple(case.step(item, live) for item, live in pairs)
    return ChartPlan(Plan(steps, len(case.unchecked)), tuple(item.title for item in gone))


def belongs(live: Live, release: Release) -> bool:
    """Whether an object is the release's, as helm itself decides it."""
    found = reader_of(live).meta().annotations
    named = (found.get(f"{_RELEASE}name"), found.get(f"{_RELEASE}namespace"))
    return named == (release.name, release.namespace)


def _key(item: Item) -> tuple[str, str, str, str]:
    return item.kind.group, item.kind.name, item.namespace, item.name


def _needs(release: Release, pairs: Sequence[Pair], gone: Sequence[Item]) -> Iterator[Need]:
    for verb in _RECORD_VERBS:
        yield Need(verb, KINDS["Secret"], release.namespace)
    for item, live in pairs:
        for verb in ("get", "create" if live is None else "patch"):
            yield Need(verb, item.kind, item.namespace, "" if verb == "create" else item.name)
    for item in gone:
        yield Need("delete", item.kind, item.namespace, item.name)


class _Case:
    def __init__(self, cluster: Cluster, release: Release) -> None:
        self._cluster = cluster
        self._release = release
        self.unchecked: list[Item] = []

    def step(self, item: Item, live: Live | None) -> Step:
        if live is None:
            try:
                self._send("POST", item)
            except ApiNotFound:
                # Its namespace, its kind, or a role that it binds is not there yet.
                self.unchecked.append(item)
            return Step(item.manifest, Fate.CREATE)
        answer = self._send("PATCH", item)
        same = api.content(answer) == api.content(live)
        return Step(item.manifest, Fate.KEEP if same else Fate.CHANGE, live, answer)

    def _send(self, method: str, item: Item) -> Live:
        # Not as helm: what helm 4 has applied and is not said here would seem to go.
        query = {"dryRun": "All", "fieldManager": api.FIELD_MANAGER}
        name, content_type = "", "application/json"
        if method == "PATCH":
            name, content_type = quote(item.name, safe=":"), "application/apply-patch+yaml"
            query["force"] = "true"
        return self._cluster.request(
            method,
            item.kind.path(item.namespace, name),
            query=query,
            body=item.manifest,
            content_type=content_type,
        )


def _not_ours(release: Release, name: str, others: Sequence[tuple[Item, Live]]) -> NotOurs:
    def listed() -> Iterator[str]:
        for item, live in others[:_LISTED]:
            owner = owner_of(live).title
            by = f" (by {owner})" if owner else ""
            yield from textwrap.wrap(f"{item.title}{by}", _WIDTH, subsequent_indent="  ")
        if others[_LISTED:]:
            yield f"and {len(others) - _LISTED} more"

    what = f"{len(others)} objects are" if others[1:] else f"{others[0][0].title} is"
    way = "remove what is in the way, in the way it was made"
    if all(family(live) == name for _, live in others):
        way = (
            f"it was installed from a manifest; remove that first: kubectl ingress uninstall {name}"
        )
    return NotOurs(
        f"{what} there already and not part of {release.title} (KI708); nothing was changed",
        "\n".join([*listed(), way]),
    )
