"""From what there is to look at, files or a cluster, to the RouteTable of the controller meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TextIO

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.controllers._choice import Choice, choices, find_controller, told_for
from kubectl_ingress.controllers._profile import NOTHING_TOLD, Controller, Meant, Settings, Told
from kubectl_ingress.core.commands import command
from kubectl_ingress.core.objects import Finding, Snapshot
from kubectl_ingress.core.parse import parse_snapshot
from kubectl_ingress.core.table import RouteTable
from kubectl_ingress.errors import InputError, UsageError

if TYPE_CHECKING:
    from kubectl_ingress.ports.sources import Source


def snapshot_of_files(
    paths: Sequence[str],
    stdin: TextIO,
    namespace: str = "default",
    recursive: bool = False,
    instead: Mapping[str, Source] | None = None,
) -> Snapshot:
    """The objects of manifests, those without a namespace in `namespace`.

    `instead` has texts, by name, that are read in place of what is there. What is
    wrong with some of them is among its findings, and the others are there all
    the same. Raises UsageError for paths that cannot be one, and InputError where
    nothing at all could be read.
    """
    # What reads a cluster needs none of it, and shall not wait for its import.
    from kubectl_ingress.ports.manifests import read_what_can_be

    manifests = read_what_can_be(paths, stdin, recursive=recursive, instead=instead or {})
    snapshot = parse_snapshot(
        manifests.objects, namespace, offline=True, repeated=manifests.repeated
    )
    found = (*manifests.findings, *snapshot.findings)
    return replace(snapshot, findings=found, passed_over=manifests.passed_over)


class Chosen(Struct, frozen=True):
    """The controller that is meant, with what it was told; `finding` says where that is a guess."""

    controller: Controller
    settings: Settings
    ingress_class: str
    finding: Finding | None = None

    def compile(self, snapshot: Snapshot) -> RouteTable:
        """What it makes of the objects."""
        table = self.controller.compile(snapshot, self.settings)
        if self.finding is None:
            return table
        return replace(table, findings=(self.finding, *table.findings))


def choose(
    snapshot: Snapshot,
    controller: str = "",
    ingress_class: str = "",
    told: Told = NOTHING_TOLD,
    host: str = "",
) -> Chosen:
    """The controller that is meant.

    It is the one of that name, else the one that the class of the Ingresses
    leads to, `ingress_class` or their own. Of several the one is taken whose
    Ingresses alone have `host`. Raises UsageError for an unknown name, and where
    several could be meant, or none; InputError where there would be one, were an object
    as its kind says.
    """
    if ingress_class:
        told = replace(told, ingress_class=ingress_class)
    if controller:
        found = find_controller(controller)
        told = told_for(found, snapshot, told)
        return Chosen(found, found.settings_of(told, snapshot), told.ingress_class)
    possible = choices(snapshot, ingress_class, host)
    if not possible:
        wrong = next((one for one in snapshot.findings if one.code == "KI901"), None)
        if wrong is not None:
            file = "-" if wrong.origin.source == "stdin" else wrong.origin.source
            raise InputError(
                f"there is nothing to route by: {wrong.origin}: {wrong.message} (KI901)",
                command("ingress", "lint", "-f", file),
            )
        raise UsageError(
            "there is no Ingress and no HTTPRoute to route by",
            "choose a controller: --controller, or a class: --class",
        )
    if len(possible) > 1:
        named = [f"{one.controller.PROFILE.name}: {one.flag}" for one in possible]
        raise UsageError("several controllers could be meant", "\n".join(named))
    return _chosen(possible[0], snapshot, told)


def choose_table(
    snapshot: Snapshot,
    controller: str = "",
    ingress_class: str = "",
    told: Told = NOTHING_TOLD,
    host: str = "",
) -> RouteTable:
    """What the controller that is meant makes of the objects; see `choose`."""
    return choose(snapshot, controller, ingress_class, told, host).compile(snapshot)


def all_tables(snapshot: Snapshot, meant: Meant) -> tuple[RouteTable, ...]:
    """The tables of all controllers that may be meant. Raises UsageError where there is none."""
    return tuple(one.compile(snapshot) for one in all_chosen(snapshot, meant))


def all_chosen(snapshot: Snapshot, meant: Meant) -> tuple[Chosen, ...]:
    """All controllers that may be meant. Raises UsageError where there is none."""
    possible = () if meant.controller else choices(snapshot, meant.ingress_class)
    if not possible:
        return (choose(snapshot, meant.controller, meant.ingress_class, meant.told),)
    return tuple(_chosen(one, snapshot, meant.told) for one in possible)


def _chosen(choice: Choice, snapshot: Snapshot, told: Told) -> Chosen:
    settings = choice.settings(snapshot, told)
    return Chosen(choice.controller, settings, choice.ingress_class, choice.finding)
