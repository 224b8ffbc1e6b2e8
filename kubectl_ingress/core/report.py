"""What lint found, as everything after it sees it."""

from __future__ import annotations

from msgspec import Struct

from kubectl_ingress.core.objects import Finding

LEVELS = ("error", "warning", "info")
"""From the worst to the least."""

Place = tuple[int, int]
"""Line and column, both from 1."""


class Found(Struct, frozen=True):
    """One finding of one rule; `place` is None for an object of a cluster."""

    finding: Finding
    rule: str
    place: Place | None = None

    @property
    def is_mendable(self) -> bool:
        """Whether `lint --fix` has an edit for it, which it still may find to be unsafe."""
        return self.finding.mend is not None and self.place is not None

    @property
    def order(self) -> tuple[object, ...]:
        """By file and line; what has none by object."""
        at, one = self.place or (0, 0), self.finding
        source = one.origin.source if self.place else ""
        return (source, at, one.object, LEVELS.index(one.level), one.code, one.message)


class Report(Struct, frozen=True):
    """All findings in their order, among how many Ingresses; `suppressed` are left out.

    `namespace` is that of the Ingresses, "" where they are of several. `unruled` are classes
    whose controller nobody knows: the specification alone was held against them. `passed_over`
    documents of the files are no objects of Kubernetes.
    """

    found: tuple[Found, ...]
    ingresses: int
    suppressed: int = 0
    namespace: str = ""
    unruled: tuple[str, ...] = ()
    passed_over: int = 0

    def count(self, level: str) -> int:
        """How many findings of a level there are."""
        return sum(one.finding.level == level for one in self.found)

    def reaches(self, level: str) -> bool:
        """Whether some finding is of that level or worse; of a word that is none, none is."""
        worst = LEVELS[: LEVELS.index(level) + 1] if level in LEVELS else ()
        return any(one.finding.level in worst for one in self.found)


class Page(Struct, frozen=True):
    """A page of the manual; `rule` and `level` are "" for a code that no rule has."""

    code: str
    rule: str
    level: str
    text: str

    @property
    def title(self) -> str:
        """Its first line."""
        return self.text.partition("\n")[0]
