"""Which findings may be mended, and which of them in one step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_ingress.core.fixes import Wish
from kubectl_ingress.core.objects import Snapshot
from kubectl_ingress.core.report import Report


def wishes_of(report: Report) -> Iterator[Wish]:
    """All findings that may be mended, in the order of the report."""
    for found in report.found:
        mend = found.finding.mend
        if mend is not None and found.is_mendable:
            yield Wish(found, mend)


def alike_of(wishes: Iterable[Wish]) -> list[Wish]:
    """Those that must not change anything, conversions of an object before its other edits."""
    alike = [one for one in wishes if one.mend.alike]
    converted = {one.object for one in alike if one.mend.converted}
    return [one for one in alike if one.mend.converted or one.object not in converted]


def one_for_each_host(wishes: Iterable[Wish], snapshot: Snapshot) -> list[Wish]:
    """One for each host: else nobody could say which of them it was that changed a request."""
    taken: set[str] = set()
    chosen = []
    for one in wishes:
        hosts = hosts_of(one.object, snapshot)
        if taken.isdisjoint(hosts):
            taken |= hosts
            chosen.append(one)
    return chosen


def hosts_of(name: str, snapshot: Snapshot) -> frozenset[str]:
    """The hosts that an Ingress has rules for, "" standing for all; none of another kind."""
    kind, _, key = name.partition(" ")
    ingress = snapshot.ingress_named(key) if kind == "Ingress" else None
    if ingress is None:
        return frozenset()
    named = frozenset(rule.host for rule in ingress.rules)
    return named | {""} if ingress.default_backend is not None or not named else named
