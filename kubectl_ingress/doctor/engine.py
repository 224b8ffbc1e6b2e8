"""Runs the checks over a case, in the order in which a request meets what they look at."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Protocol, cast

from kubectl_ingress import registry
from kubectl_ingress.core.checkup import Checked, Section
from kubectl_ingress.doctor.case import Case

AREAS = (
    "Program",
    "Controller",
    "Classes",
    "Webhook",
    "Load balancer",
    "Ingresses",
    "Certificates",
    "Names",
    "Requests",
)
"""From the program that is run to a request that is sent."""

_FOLDER = "doctor.checks"


class Check(Protocol):
    """What a module of checks/ offers; see there."""

    AREA: str
    NAME: str
    CODES: tuple[str, ...]
    __doc__: str | None

    def check(self, case: Case) -> Iterable[Checked]:
        """A line for each thing that was looked at."""


def all_checks() -> tuple[Check, ...]:
    """Every check, by its area and name."""
    found = [cast(Check, registry.load(_FOLDER, name)) for name in registry.names(_FOLDER)]
    return tuple(sorted(found, key=lambda one: (AREAS.index(one.AREA), one.NAME)))


def examine(case: Case) -> tuple[Section, ...]:
    """What every check found; a finding that several have is told by the first of them."""
    told: set[tuple[str, str, str]] = set()
    sections = []
    for one in all_checks():
        lines = tuple(line for line in one.check(case) if _is_news(line, told))
        if lines:
            sections.append(Section(one.AREA, one.NAME, lines))
    return tuple(sections)


def _is_news(line: Checked, told: set[tuple[str, str, str]]) -> bool:
    if line.finding is None:
        return True
    key = (line.finding.code, line.finding.object, line.finding.message)
    known = key in told
    told.add(key)
    return not known


def checks_for(codes: Collection[str]) -> Iterator[str]:
    """What the checks that may find one of these codes look at."""
    for one in all_checks():
        if not set(one.CODES).isdisjoint(codes):
            text = " ".join(inspect.cleandoc(one.__doc__ or "").split())
            yield f"kubectl ingress doctor, {one.NAME}: {text}"


def reference(checks: Sequence[Check]) -> str:
    """The list of checks of docs/doctor.md, made of docstrings."""
    lines = ["| area | check | codes | what it looks at |", "|---|---|---|---|"]
    for one in checks:
        text = " ".join(inspect.cleandoc(one.__doc__ or "").split("\n\n")[0].split())
        lines.append(f"| {one.AREA} | {one.NAME} | {', '.join(one.CODES)} | {text} |")
    return "\n".join(lines) + "\n"
