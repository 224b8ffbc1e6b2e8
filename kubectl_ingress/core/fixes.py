"""What `lint --fix` does, as everything after it sees it."""

from __future__ import annotations

from msgspec import Struct

from kubectl_ingress.core.edits import Mend
from kubectl_ingress.core.report import Found, Report


class Wish(Struct, frozen=True):
    """A finding in a file that has an edit."""

    found: Found
    mend: Mend

    @property
    def source(self) -> str:
        """The name of the file."""
        return self.found.finding.origin.source

    @property
    def object(self) -> str:
        """``Kind namespace/name``."""
        return self.found.finding.object

    @property
    def key(self) -> tuple[str, str, str, Mend]:
        """The same before and after edits of other places."""
        return self.source, self.object, self.found.finding.code, self.mend


class Done(Struct, frozen=True):
    """A finding that is mended, and how; `warnings` are what a person should look at then."""

    wish: Wish
    what: str
    warnings: tuple[str, ...] = ()


class Held(Struct, frozen=True):
    """A finding that stays as it is, and why."""

    wish: Wish
    why: str


class Changed(Struct, frozen=True):
    """The text of a file before and after."""

    name: str
    before: str
    after: str


class Mended(Struct, frozen=True):
    """What was done, what was not, the texts that changed, and what is left to be told."""

    report: Report
    done: tuple[Done, ...]
    held: tuple[Held, ...]
    changed: tuple[Changed, ...]
