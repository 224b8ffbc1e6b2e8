"""What applying a manifest of one's own would change, and the applying.

The rules are those of `plan`: everything is read first and rehearsed, objects
of others are named and left alone, and a Namespace that others made is used.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from msgspec import Struct

from kubectl_ingress.core.kinds import KINDS
from kubectl_ingress.errors import (
    ApiConflict,
    ApiForbidden,
    ApiNotFound,
    ApiRefused,
    InputError,
    NotOurs,
    NotReady,
)
from kubectl_ingress.install.apply import await_namespace, delete_and_wait
from kubectl_ingress.install.live import (
    Live,
    condition,
    is_ours,
    is_terminating,
    one_line,
    reader_of,
)
from kubectl_ingress.install.marks import family
from kubectl_ingress.install.own_manifest import Item, defined, is_definition, place_of
from kubectl_ingress.install.owners import owner_of
from kubectl_ingress.install.plan import Fate, Plan, Step
from kubectl_ingress.install.rights import Need, require
from kubectl_ingress.install.settings import NAME, Settings
from kubectl_ingress.ports import api
from kubectl_ingress.ports.answers import KindNotServed
from kubectl_ingress.ports.waiting import look_on

if TYPE_CHECKING:
    from kubectl_ingress.env import Environment
    from kubectl_ingress.ports.cluster import Cluster

_NAMESPACE = KINDS["Namespace"]
# The API server takes 5 s where it may have sisters, plus its caches.
_ESTABLISHED_SECONDS = 60.0
_SERVED_SECONDS = 15.0
_POLL_SECONDS = 0.5
_WIDTH = 90
_LISTED = 12

_T = TypeVar("_T")


class OwnPlan(Struct, frozen=True):
    """The steps of a plan, each with its object; `items` has the order of `plan.steps`."""

    plan: Plan
    items: tuple[Item, ...]


def await_namespaces(
    cluster: Cluster, items: Sequence[Item], environment: Environment, deadline: float
) -> None:
    """Return when none of their namespaces is being deleted (any more), and all are there.

    Raises NotReady at `deadline`, InputError where one is missing that the
    manifest does not bring.
    """
    missing: list[str] = []
    brought = {item.name for item in items if item.kind == _NAMESPACE}
    for name in dict.fromkeys([*brought, *(each.namespace for each in items if each.namespace)]):
        try:
            await_namespace(cluster, Settings(namespace=name), environment, deadline)
            if name not in brought and api.find(cluster, _NAMESPACE, name) is None:
                missing.append(name)
        except ApiForbidden:
            # Who has rights in one namespace only may not look at it; writing will tell.
            continue
    if missing:
        first = next(each for each in items if each.namespace == missing[0])
        several = f"namespaces {', '.join(missing)} are" if missing[1:] else ""
        raise InputError(
            f"{several or f'namespace {missing[0]} is'} not there, and the manifest does not make "
            f"{'them' if missing[1:] else 'it'} ({place_of(first.origin)}: {first.title}); "
            "nothing was changed",
            "\n".join(f"kubectl create namespace {quote(name)}" for name in missing),
        )


def make_own_plan(cluster: Cluster, items: Sequence[Item]) -> OwnPlan:
    """Read what exists and decide what happens to each object.

    Raises NotOurs (KI708) where objects of others are in the way; ApiForbidden
    with all rights that are missing; what the API server refuses, with file
    and line.
    """
    lives = [api.find(cluster, each.kind, each.name, each.namespace) for each in items]
    pairs = list(zip(items, lives, strict=True))
    others = [(item, live) for item, live in pairs if live and _in_the_way(item, live)]
    if others:
        raise _not_ours(others)
    written = [(item, live) for item, live in pairs if live is None or is_same(item, live)]
    needs = [_need("patch", item) for item, _ in written]
    require(cluster, needs + [_need("create", item) for item, live in written if live is None])
    case = _Case(cluster, pairs)
    steps = tuple(case.step(item, live) for item, live in pairs)
    replaced = [i for i, step in zip(items, steps, strict=True) if step.fate is Fate.REPLACE]
    require(cluster, [_need("delete", item) for item in replaced])
    return OwnPlan(Plan(steps, sum(case.is_early(item) for item in items)), tuple(items))


def apply_own_plan(
    cluster: Cluster, own: OwnPlan, environment: Environment, after: Callable[[Step], None]
) -> None:
    """Write what the plan says; `after` is called when each step is done.

    The manifest's own kinds are waited for before their objects. Raises the
    ApiError of the first object that is refused, NotReady for a definition
    that is not established; what was written stays.
    """
    definitions = [item for item in own.items if is_definition(item.manifest)]
    kinds = {kind for item in definitions for kind in defined(item.manifest)}
    for item, step in zip(own.items, own.plan.steps, strict=True):
        if definitions and item.kind != _NAMESPACE and item not in definitions:
            _await_established(cluster, definitions, environment)
            definitions = []
        if step.fate is Fate.REPLACE:
            delete_and_wait(cluster, step.manifest, environment)
        if step.writes:
            write = partial(_write, cluster, item)
            _patiently(write, environment) if item.kind in kinds else write()
        after(step)
    _await_established(cluster, definitions, environment)


class _Case(Struct, frozen=True):
    cluster: Cluster
    pairs: Sequence[tuple[Item, Live | None]]

    def is_early(self, item: Item) -> bool:
        """Whether the API server cannot check it before its namespace or its kind is there."""
        for other, live in self.pairs:
            if live is not None:
                continue
            if other.kind == _NAMESPACE and other.name == item.namespace:
                return True
            if item.kind in defined(other.manifest):
                return True
        return False

    def step(self, item: Item, live: Live | None) -> Step:
        manifest = item.manifest
        if live is None:
            if not self.is_early(item):
                self._rehearse(item)
            return Step(manifest, Fate.CREATE)
        if not is_same(item, live):
            return Step(manifest, Fate.USE, live)
        if is_terminating(live):
            return Step(manifest, Fate.REPLACE, live)
        is_job = item.kind == KINDS["Job"]
        if is_job and condition(live, "Failed") is not None:
            return Step(manifest, Fate.REPLACE, live)
        try:
            answer = _write(self.cluster, item, dry_run=True)
        except ApiRefused:
            if is_job:
                # Its template cannot be changed.
                return Step(manifest, Fate.REPLACE, live)
            raise
        except KindNotServed:
            # A version of the kind that the manifest only brings.
            return Step(manifest, Fate.CHANGE, live)
        if is_terminating(answer):
            # Since it was read: what is written to it would vanish with it.
            return Step(manifest, Fate.REPLACE, live)
        same = api.content(answer) == api.content(live)
        return Step(manifest, Fate.KEEP if same else Fate.CHANGE, live, answer)

    def _rehearse(self, item: Item) -> None:
        """Raise what creating would raise, but for what is only missing because nothing is made."""
        try:
            _write(self.cluster, item, dry_run=True)
        except ApiNotFound:
            return


def _write(cluster: Cluster, item: Item, *, dry_run: bool = False) -> dict[str, Any]:
    """Server-side apply of an object of any kind. What is refused is told with file and line."""
    query = {"fieldManager": api.FIELD_MANAGER, "force": "false"}
    if dry_run:
        query["dryRun"] = "All"

    def send() -> dict[str, Any]:
        return cluster.request(
            "PATCH",
            item.kind.path(item.namespace, quote(item.name, safe=":")),
            query=query,
            body=item.manifest,
            content_type="application/apply-patch+yaml",
        )

    def look() -> None:
        live = api.find(cluster, item.kind, item.name, item.namespace)
        if live is not None and not is_same(item, live):
            what = f"{item.title} was made by another in the meantime, and is left as it is"
            raise ApiConflict(what, "run the command again")

    try:
        return api.settle(send, look)
    except (ApiRefused, ApiConflict) as error:
        error.sentence = f"{place_of(item.origin)}: {error.sentence}"
        raise


def _need(verb: str, item: Item) -> Need:
    return Need(verb, item.kind, item.namespace, item.name)


def is_same(item: Item, live: Live) -> bool:
    """Whether the object that is there was made by us, and as part of the same thing."""
    return family(live) == family(item.manifest)


def _in_the_way(item: Item, live: Live) -> bool:
    return not is_same(item, live) and item.kind != _NAMESPACE


def _not_ours(others: Sequence[tuple[Item, Live]]) -> NotOurs:
    def listed() -> Iterator[str]:
        for item, live in others[:_LISTED]:
            owner = owner_of(live).title or (NAME if is_ours(live) else "")
            by = f" (by {owner})" if owner else ""
            yield from textwrap.wrap(
                f"{place_of(item.origin)}: {item.title}{by}", _WIDTH, subsequent_indent="  "
            )
        if others[_LISTED:]:
            yield f"and {len(others) - _LISTED} more"

    what = f"{len(others)} objects are" if others[1:] else f"{others[0][0].title} is"
    return NotOurs(
        f"{what} there already and not part of this (KI708); nothing was changed",
        "\n".join([*listed(), "remove what is in the way, or leave it out of the manifest"]),
    )


def _await_established(
    cluster: Cluster, definitions: Sequence[Item], environment: Environment
) -> None:
    deadline = environment.monotonic() + _ESTABLISHED_SECONDS
    for item in definitions:
        while True:
            find = partial(api.find, cluster, item.kind, item.name)
            live = look_on(find, environment, deadline) or {}
            if condition(live, "Established") is not None:
                break
            if environment.monotonic() >= deadline:
                raise _not_established(item, live)
            environment.sleep(_POLL_SECONDS)


def _not_established(item: Item, live: Live) -> NotReady:
    said = [
        one_line(each.text("message"))
        for each in reader_of(live).child("status").children("conditions")
        if each.text("status") == "False" and each.text("message")
    ]
    why = f": {'; '.join(said)}" if said else ""
    return NotReady(
        f"{item.title} is not established after {_ESTABLISHED_SECONDS:.0f} s{why}",
        f"kubectl describe {item.kind.resource} {quote(item.name)}",
    )


def _patiently(write: Callable[[], _T], environment: Environment) -> _T:
    """An API server may need a moment more for a kind that is established."""
    deadline = environment.monotonic() + _SERVED_SECONDS
    while True:
        try:
            return write()
        except KindNotServed:
            if environment.monotonic() >= deadline:
                raise
            environment.sleep(_POLL_SECONDS)
