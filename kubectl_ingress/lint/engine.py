"""Runs rules over a subject, and takes out what its authors have asked to be quiet about."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol, cast

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress import registry
from kubectl_ingress.core.codes import CODES
from kubectl_ingress.core.objects import Finding, Meta, Origin, Snapshot
from kubectl_ingress.core.report import Found, Place, Report
from kubectl_ingress.lint.subject import Subject

IGNORE = "kubectl-ingress/ignore"
"""The annotation that suppresses: ``KI501 reason``, several separated by a semicolon or line."""

COMMENT = "kubectl-ingress:ignore"
"""The same in a comment, for the findings of that line."""

_FOLDER = "lint.rules"
_CODE = re.compile(r"KI\d{3}")
_WORD = re.compile(r"[A-Za-z][\w-]*")
# In files those of them that are custom resources are given one all the same.
_OF_NO_NAMESPACE = ("ClusterIssuer",)
UNUSED = "KI907"


class Rule(Protocol):
    """What a module of rules/ offers; see there."""

    CODE: str
    NAME: str
    LEVEL: str
    READS: tuple[str, ...]
    __doc__: str | None

    def check(self, subject: Subject) -> Iterable[Finding]:
        """What is wrong."""


def all_rules() -> tuple[Rule, ...]:
    """Every rule, by its code."""
    found = (cast(Rule, registry.load(_FOLDER, name)) for name in registry.names(_FOLDER))
    return tuple(sorted(found, key=lambda rule: rule.CODE))


class Suppression(Struct, frozen=True):
    """A wish not to hear of some codes or rules: of an object, or of one line of a file."""

    names: tuple[str, ...]
    origin: Origin
    place: Place | None = None
    object: str = ""

    def covers(self, found: Found) -> bool:
        """Whether it is about a finding."""
        one = found.finding
        if one.code not in self.names and found.rule not in self.names:
            return False
        if self.object:
            return self.object == one.object and self.origin == one.origin
        return self.place is not None and (self.origin.source, self.place[0]) == (
            one.origin.source,
            found.place[0] if found.place else 0,
        )


class Looking(Struct, frozen=True):
    """How a subject is looked at.

    `place_of` finds a field in a file; `comments` are the suppressions that
    stand in comments; `wanted` says which findings are to be told at all.
    """

    place_of: Callable[[Origin, Sequence[str | int]], Place | None]
    comments: tuple[Suppression, ...] = ()
    wanted: Callable[[Finding], bool] = lambda finding: True

    def place(self, finding: Finding) -> Place | None:
        """Where it stands, as far as somebody asks."""
        asked = self.comments or self.wanted(finding)
        return self.place_of(finding.origin, finding.field) if asked else None


def lint(subject: Subject, rules: Sequence[Rule], looking: Looking) -> Report:
    """All findings of the rules but the suppressed, and a KI907 for what suppresses nothing."""
    found = [
        Found(finding, rule.NAME, looking.place(finding))
        for rule in rules
        for finding in dict.fromkeys(rule.check(subject))
    ]
    wishes = [*looking.comments, *_annotated(subject.snapshot)]
    loud, used = _without(found, wishes)
    # What is not to be told is left out last: what suppresses it is used all the same.
    kept = [one for one in loud if looking.wanted(one.finding)]
    suppressed = sum(looking.wanted(one.finding) for one in found) - len(kept)
    names = {one for rule in rules for one in (rule.CODE, rule.NAME)}
    for number, wish in enumerate(wishes):
        unused = _unused(wish, names, number in used)
        if unused is not None and looking.wanted(unused):
            place = wish.place or looking.place_of(unused.origin, unused.field)
            kept.append(Found(unused, "unused-suppression", place))
    kept.sort(key=lambda one: one.order)
    unruled, snapshot = subject.routes.unruled, subject.snapshot
    passed_over = len(snapshot.passed_over)
    return Report(
        tuple(kept), len(snapshot.ingresses), suppressed, unruled=unruled, passed_over=passed_over
    )


def _without(found: list[Found], wishes: Sequence[Suppression]) -> tuple[list[Found], set[int]]:
    by_name: dict[str, list[int]] = {}
    for number, wish in enumerate(wishes):
        for name in wish.names:
            by_name.setdefault(name, []).append(number)
    kept, used = [], set()
    for one in found:
        possible = (*by_name.get(one.finding.code, ()), *by_name.get(one.rule, ()))
        covering = {number for number in possible if wishes[number].covers(one)}
        used |= covering
        if not covering:
            kept.append(one)
    return kept, used


def _annotated(snapshot: Snapshot) -> Iterator[Suppression]:
    for about, meta in _metas(snapshot):
        text = meta.annotations.get(IGNORE)
        if text is not None:
            key = meta.name if about in _OF_NO_NAMESPACE else meta.key
            yield Suppression(named_in(text), meta.origin, object=f"{about} {key}")


def _metas(snapshot: Snapshot) -> Iterator[tuple[str, Meta]]:
    """Whatever can have an annotation, with the name of its kind."""
    for field in snapshot.__struct_fields__:
        objects = getattr(snapshot, field)
        for one in objects if isinstance(objects, tuple) else ():
            meta = getattr(one, "meta", None)
            if isinstance(meta, Meta):
                yield getattr(one, "kind", "") or type(one).__name__, meta


def named_in(text: str) -> tuple[str, ...]:
    """The codes and rules that a suppression names: the words before each reason."""
    names = []
    for entry in re.split(r"[;\n]", text):
        for number, word in enumerate(entry.replace(",", " ").replace(":", " ").split()):
            is_code = _CODE.fullmatch(word) is not None
            if not is_code and (number or not _WORD.fullmatch(word)):
                break
            names.append(word)
    return tuple(names)


def _unused(wish: Suppression, names: set[str], used: bool) -> Finding | None:
    """A KI907, None where all is well, or it names what was not looked for."""
    unknown = [name for name in wish.names if name not in names and name not in CODES]
    if unknown:
        message = f"{', '.join(unknown)} is no code and no rule"
    elif not wish.names:
        message = "it names no code: KI501 reason"
    elif used or names.isdisjoint(wish.names):
        return None
    else:
        message = f"nothing is found here that {', '.join(wish.names)} would suppress"
    where = ("metadata", "annotations", IGNORE) if wish.object else ()
    finding = Finding(UNUSED, "warning", message, wish.object, wish.origin, field=where)
    return replace(finding, fix="take that out, or correct it")
