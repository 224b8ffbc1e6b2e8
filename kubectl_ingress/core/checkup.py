"""What `doctor` found: one line for each thing that was looked at."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from kubectl_ingress.core.objects import Finding


class State(StrEnum):
    """What a look came to. `SKIPPED` is what was not reached, or may not be read."""

    FINE = "fine"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    SKIPPED = "skipped"


class Checked(Struct, frozen=True):
    """One line: `label` is what was looked at, `text` what it came to, in a few words.

    `finding` is what is wrong, None where nothing is; it has the sentence and
    what mends it. `otherwise` is what it came to without one: of several lines
    about one thing, just the first has its finding.
    """

    label: str
    text: str
    finding: Finding | None = None
    otherwise: State = State.FINE

    @property
    def state(self) -> State:
        """What it came to."""
        return self.otherwise if self.finding is None else State(self.finding.level)


class Section(Struct, frozen=True):
    """The lines of one check: its area, by which lines are grouped, and its name."""

    area: str
    check: str
    lines: tuple[Checked, ...]


class Checkup(Struct, frozen=True):
    """All that was looked at, in the order in which it is told."""

    sections: tuple[Section, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong, in the same order, each thing once."""
        found = [line.finding for section in self.sections for line in section.lines]
        return tuple(dict.fromkeys(one for one in found if one is not None))

    @property
    def problems(self) -> tuple[int, int]:
        """How many things are broken, and how many want a look."""
        levels = [one.level for one in self.findings]
        return levels.count("error"), levels.count("warning")

    def count(self, state: State) -> int:
        """How many lines came to this."""
        return sum(line.state is state for section in self.sections for line in section.lines)

    @property
    def healthy(self) -> bool:
        """Whether nothing is broken; what only wants a look does not count."""
        return not self.count(State.ERROR)
