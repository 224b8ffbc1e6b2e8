"""One examination, or again until all is well: read, check, send requests."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from kubectl_ingress.core.checkup import Checked, Checkup, Section, State
from kubectl_ingress.doctor.engine import examine
from kubectl_ingress.doctor.hops import ask
from kubectl_ingress.doctor.reading import Examined as Examined
from kubectl_ingress.doctor.reading import read_case
from kubectl_ingress.ports.waiting import look_until

if TYPE_CHECKING:
    from kubectl_ingress.env import Environment
    from kubectl_ingress.ports.cluster import Cluster

POLL_SECONDS = 5.0
_ITSELF = re.compile(r"kubectl ingress doctor(?: -n \S+)?")


def look(environment: Environment, cluster: Cluster, asked: Examined) -> Checkup:
    """Once. Raises ApiError, and UsageError where there is no such Ingress."""
    case = read_case(environment, cluster, asked)
    sections = examine(case)
    if asked.max_time is not None:
        sections += ask(environment, cluster, case, asked.max_time)
    return Checkup(tuple(map(_without_itself, sections)))


def _without_itself(section: Section) -> Section:
    """Whoever reads it has asked already what others are told to ask."""
    return replace(section, lines=tuple(map(_asked_no_more, section.lines)))


def _asked_no_more(line: Checked) -> Checked:
    if line.finding is None:
        return line
    kept = [one for one in line.finding.fix.splitlines() if not _ITSELF.fullmatch(one)]
    return replace(line, finding=replace(line.finding, fix="\n".join(kept)))


def until_healthy(
    environment: Environment, cluster: Cluster, asked: Examined, wait: float
) -> Checkup:
    """The last of the looks: the first that finds nothing broken, or that at the deadline.

    What is missing meanwhile is told on stderr, each thing once.
    """
    this = partial(look, environment, cluster, asked)
    return look_until(this, _broken, environment, wait, POLL_SECONDS)


def _broken(found: Checkup) -> str:
    """The first thing that is, "" where all is well."""
    errors = (one for one in found.findings if one.level == State.ERROR)
    return next((f"{one.code}  {one.message}" for one in errors), "")
