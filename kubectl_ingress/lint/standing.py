"""What stands on an Ingress in the place of an annotation of ingress-nginx.

Only the same value does the same. An object counts where it has been read, and is the
one that the Ingress names.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from kubectl_ingress.controllers._from_nginx._instead import Done, Instead, Listed
from kubectl_ingress.controllers._go import words
from kubectl_ingress.core.objects import Ingress
from kubectl_ingress.lint.compiled import Compiled


class State(StrEnum):
    """What becomes of what an annotation asks for."""

    DONE = "done"
    """Something on the Ingress does it here."""
    PERHAPS = "perhaps"
    """What stands there for it has another value, or was not read."""
    LOST = "lost"


class Case(Struct, frozen=True):
    """One annotation, and what tells what becomes of it; `listed` is of the list `named`."""

    name: str
    guard: str
    ingress: Ingress
    owner: Compiled
    listed: Listed
    named: str
    instead: Instead | None


Judged = tuple[State, str]
"""What becomes of it, and what stands there for it, as it is written, "" where nothing does."""

DONE: Judged = (State.DONE, "")
LOST: Judged = (State.LOST, "")


def by_value(case: Case, any_value: bool = False) -> Judged:
    """By what stands there for it: whether that has the same value, or `any_value`."""
    if case.instead is None:
        return LOST
    judge = _by_objects if case.instead.item else _by_annotations
    return judge(case, case.instead, any_value)


def _by_annotations(case: Case, instead: Instead, any_value: bool) -> Judged:
    there = {name: value.strip() for name, value in case.ingress.meta.annotations.items()}
    # The first one decides; without a value it does nothing.
    first = tuple(name for name, _ in instead.annotations[:1])
    found = [name for name in (*first, *instead.also) if there.get(name)]
    if not found:
        return LOST
    wanted = instead.annotations[0][1] if first else None
    other = [
        name for name in found if wanted is None or not (any_value or _is_same(there[name], wanted))
    ]
    rest = all(_is_same(there.get(name, ""), value) for name, value in instead.annotations[1:])
    # What an object has that is named by such an annotation is not read.
    known = instead.made is None and _is_in_place(instead, case.ingress.meta.namespace)
    without = spoiling(instead, case.ingress)
    is_done = known and rest and not other and not without
    name = other[0] if other else found[0]
    beside = " with ".join((f"{name}: {there[name]}", *without))
    return State.DONE if is_done else State.PERHAPS, beside


def spoiling(instead: Instead, ingress: Ingress) -> tuple[str, ...]:
    """The annotations, as they are written, that take the effect from what stands for one."""
    there = {name: ingress.meta.annotations.get(name, "").strip() for name, _ in instead.only_with}
    return tuple(
        f"{name}: {there[name]}"
        for name, values in instead.only_with
        if there[name] and not any(_is_same(there[name], value) for value in values)
    )


def _by_objects(case: Case, instead: Instead, any_value: bool) -> Judged:
    annotations = case.ingress.meta.annotations
    named = annotations.get(case.named, "")
    alike = [one for one in case.listed.done if one.kind == instead.kind]
    if not alike and instead.item not in words(named):
        return (State.PERHAPS, "") if case.listed.unread else LOST
    is_done = all(_is_same(annotations.get(name, ""), value) for name, value in instead.annotations)
    is_done = is_done and any(any_value or _does(one, instead) for one in alike)
    return State.DONE if is_done else State.PERHAPS, f"{case.named}: {named}"


def _does(one: Done, instead: Instead) -> bool:
    return _is_equal(one.config, instead.config) and _is_in_place(instead, one.namespace)


def _is_in_place(instead: Instead, namespace: str) -> bool:
    """Whether what is in a namespace finds the Secret there that is meant."""
    return instead.secret_in in ("", namespace)


def _is_same(there: str, wanted: str) -> bool:
    """Whether an annotation has the value that it should have; lists are in any order."""
    return sorted(words(there)) == sorted(words(wanted))


def _is_equal(there: object, wanted: object) -> bool:
    if isinstance(wanted, Mapping):
        return (
            isinstance(there, Mapping)
            and there.keys() == wanted.keys()
            and all(_is_equal(there[key], value) for key, value in wanted.items())
        )
    if isinstance(wanted, list):
        return isinstance(there, list) and sorted(map(str, there)) == sorted(map(str, wanted))
    return there == wanted
