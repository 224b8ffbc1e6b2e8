"""Removing what helm made: by helm itself, and its hooks, which it forgets, from here.

The Namespace, the definitions and the class are removed like those of any
recipe, after it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from kubectl_ingress.core.kinds import KINDS
from kubectl_ingress.core.parse import parse_service
from kubectl_ingress.errors import ApiNotFound, InputError, NotOurs
from kubectl_ingress.install.belongings import WORKLOADS
from kubectl_ingress.install.chart_objects import Objects, locate_all, read_chart
from kubectl_ingress.install.chart_plan import belongs
from kubectl_ingress.install.chart_release import (
    HOOK,
    Record,
    await_quiet,
    read_record,
    release_of,
)
from kubectl_ingress.install.live import Live, reader_of, title_of
from kubectl_ingress.install.own_manifest import Found, Item
from kubectl_ingress.install.recipe_removal import in_use
from kubectl_ingress.install.rights import Need, require
from kubectl_ingress.ports import api
from kubectl_ingress.ports.helm import Helm, HelmMissing, find_helm
from kubectl_ingress.recipes import Chart

if TYPE_CHECKING:
    from kubectl_ingress.connection import ClusterOptions
    from kubectl_ingress.env import Environment
    from kubectl_ingress.ports.cluster import Cluster

_POLICY = "helm.sh/resource-policy"
_RECORD_VERBS = ("get", "list", "update", "delete")

Pair = tuple[Item, Live]


class ChartRemoval(Struct, frozen=True):
    """A release of ours: the objects that helm removes, and what its hooks have left.

    `notes` are the Secrets of helm's own record. `kept` are titles of objects
    that the chart asks helm to leave.
    """

    helm: Helm
    record: Record
    objects: tuple[Live, ...]
    hooks: tuple[Pair, ...] = ()
    notes: tuple[Live, ...] = ()
    kept: tuple[str, ...] = ()

    @property
    def shown(self) -> tuple[Live, ...]:
        """What is told to go."""
        return (*self.objects, *(live for _, live in self.hooks))

    @property
    def all(self) -> tuple[Live, ...]:
        """Everything that goes."""
        return (*self.shown, *self.notes)

    @property
    def addresses(self) -> tuple[str, ...]:
        """Of load balancers that are given up."""
        services = [parse_service(reader_of(e)) for e in self.objects if e["kind"] == "Service"]
        return tuple(address for each in services for address in each.addresses)


def plan_chart_removal(
    cluster: Cluster,
    environment: Environment,
    options: ClusterOptions,
    name: str,
    recipe: Chart,
    *,
    with_definitions: bool,
    deadline: float,
) -> ChartRemoval | None:
    """Find out what goes; None where there is no release of ours.

    Raises HelmMissing where there is one and no helm; NotOurs where others made
    it, or would lose objects; ApiForbidden with all rights that are missing.
    """
    try:
        helm = find_helm(environment.variables)
    except HelmMissing as error:
        _check_without(cluster, name, recipe, error)
        return None
    helm.to(options, cluster.context)
    record = read_record(helm, recipe, name)
    if record.last is None:
        return None
    record = await_quiet(cluster, helm, record, environment, deadline)
    pairs = list(_live(cluster, recipe, read_chart(helm.manifest(record.release), "it")[0]))
    mine = [(item, live) for item, live in pairs if belongs(live, record.release)]
    going = [(item, live) for item, live in mine if _policy(live) != "keep"]
    lives = tuple(live for _, live in going)
    used = {} if with_definitions else dict(in_use(cluster, lives))
    if used:
        raise _loses(record, used)
    hooks = tuple(_left_by_hooks(cluster, helm, recipe, record))
    require(cluster, _needs(record, [*going, *hooks]))
    kept = tuple(title_of(live) for _, live in mine if _policy(live) == "keep")
    labels = f"owner=helm,name={recipe.release}"
    notes = tuple(api.list_all(cluster, KINDS["Secret"], recipe.namespace, labels=labels))
    return ChartRemoval(helm, record, lives, hooks, notes, kept)


def remove_release(cluster: Cluster, removal: ChartRemoval, seconds: float) -> None:
    """Let helm remove it, and wait until all of it is gone.

    What hooks have left goes before, while it is still known, and after.
    """
    _clear(cluster, removal.hooks)
    removal.helm.uninstall(removal.record.release, seconds)
    _clear(cluster, removal.hooks)


def _check_without(cluster: Cluster, name: str, recipe: Chart, error: HelmMissing) -> None:
    """Raise the error, with the way, where something of the release runs."""
    release = release_of(recipe)
    for kind in WORKLOADS:
        for live in api.list_all(cluster, KINDS[kind], recipe.namespace):
            if belongs(live, release):
                raise HelmMissing(
                    f"{title_of(live)} is part of {release.title}, and {error.sentence}",
                    f"{error.next_step}\nthen run this again, or where helm is:\n"
                    f"helm uninstall {release.name} -n {release.namespace}\n"
                    f"and for the rest: kubectl ingress uninstall {name}",
                )


def _policy(live: Live) -> str:
    return reader_of(live).meta().annotations.get(_POLICY, "")


def _live(cluster: Cluster, recipe: Chart, found: Sequence[Found]) -> Iterator[Pair]:
    for item in _located(cluster, recipe, found):
        live = api.find(cluster, item.kind, item.name, item.namespace)
        if live is not None:
            yield item, live


def _located(cluster: Cluster, recipe: Chart, found: Sequence[Found]) -> list[Item]:
    try:
        return locate_all(cluster, recipe, Objects((), tuple(found))).chart
    except InputError:
        # Some are of a kind that is not served any more.
        halves = [found[: len(found) // 2], found[len(found) // 2 :]] if found[1:] else []
        return [item for half in halves for item in _located(cluster, recipe, half)]


def _left_by_hooks(cluster: Cluster, helm: Helm, recipe: Chart, record: Record) -> Iterator[Pair]:
    data = helm.hooks(record.release)
    if not data.strip():
        return
    objects, hooks = read_chart(data, "its hooks")
    for item, live in _live(cluster, recipe, (*objects, *hooks)):
        if HOOK in reader_of(live).meta().annotations:
            yield item, live


def _needs(record: Record, pairs: Sequence[Pair]) -> Iterator[Need]:
    for verb in _RECORD_VERBS:
        yield Need(verb, KINDS["Secret"], record.release.namespace)
    for item, _ in pairs:
        yield Need("delete", item.kind, item.namespace, item.name)


def _loses(record: Record, used: dict[str, str]) -> NotOurs:
    named = "; ".join(f"{name}: {why}" for name, why in used.items())
    return NotOurs(
        f"{record.release.title} holds definitions of which others have objects, and helm would "
        f"remove them with these ({named}); nothing was changed",
        "remove those objects first, or let them be lost: --crds",
    )


def _clear(cluster: Cluster, hooks: Sequence[Pair]) -> None:
    for item, _ in hooks:
        with contextlib.suppress(ApiNotFound):
            api.delete(cluster, item.kind, item.name, item.namespace)
