"""How often a request is sent, and how that went: plain data."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Mode(StrEnum):
    """What ends the sending."""

    COUNTED = "counted"
    """So many requests, or so much time."""
    WATCH = "watch"
    """Ctrl-C."""
    UNTIL_FAIL = "until-fail"
    """The first request that fails."""
    DURING = "during"
    """A command that ends."""


class Repetition(Struct, frozen=True):
    """`count` requests, or as many as `duration` seconds allow, whichever is over first.

    Where both are None, `mode` alone ends it. `rate` is in requests per second, None
    as fast as answers come; `concurrency` is how many are under way at most. `command`
    is what runs meanwhile (Mode.DURING).
    """

    count: int | None = 1
    concurrency: int = 1
    duration: float | None = None
    rate: float | None = None
    mode: Mode = Mode.COUNTED
    command: tuple[str, ...] = ()

    @property
    def once(self) -> bool:
        """Whether it is a single request."""
        return self.count == 1 and self.mode is Mode.COUNTED

    @property
    def endless(self) -> bool:
        """Whether nothing but a person or a failure ends it."""
        return self.mode in (Mode.WATCH, Mode.UNTIL_FAIL)


ONCE = Repetition()


class CommandEnd(Struct, frozen=True):
    """How the command that ran meanwhile ended: its status as shells count it, after seconds."""

    words: tuple[str, ...]
    status: int
    seconds: float


class Run(Struct, frozen=True):
    """How the sending went: `elapsed` seconds to the last answer, `interrupted` by a signal or not.

    `command` is None where none ran.
    """

    repetition: Repetition
    elapsed: float
    interrupted: bool = False
    command: CommandEnd | None = None
