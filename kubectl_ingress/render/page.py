"""What a report is written on: how wide its lines are, and how they are folded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

from msgspec import Struct

from kubectl_ingress.core.text import printable
from kubectl_ingress.render.marks import painted
from kubectl_ingress.render.progress import width_of
from kubectl_ingress.render.terminal import columns_of
from kubectl_ingress.render.text import folded, seconds

_HARD_SPACE = "\xa0"
_WIDEST = 96
_LABEL = 15
# Of a mark with what stands around it.
_MARK = 4
_TIME = 10
_LEAST = 10


class Page(Struct, frozen=True):
    """Lines of `width` characters, with colours or without.

    `columns` are the terminal's, None where there is none.
    """

    width: int
    colour: bool = False
    columns: int | None = None

    @classmethod
    def of(cls, stream: TextIO, *, colour: bool) -> Page:
        """That of a stream."""
        # One column stays free: some terminals wrap when the last one is written.
        return cls(min(width_of(stream) - 1, _WIDEST), colour, columns_of(stream))

    @property
    def room(self) -> int:
        """Characters that a stage without a time has for its text."""
        return max(self.width - _MARK - _LABEL, _LEAST)

    @property
    def timed_room(self) -> int:
        """The same of one with a time."""
        return max(self.room - _TIME, _LEAST)

    def mark(self, mark: str) -> str:
        """In its colour."""
        return painted(mark, self.colour)

    def stage(self, mark: str, label: str, text: str, time: float | None = None) -> Iterator[str]:
        """A mark, a stage of the way, what is said of it, how long it took.

        `time` is in seconds; a `mark` of " " goes on with the stage above.
        """
        first, *more = self.folded(text, self.room if time is None else self.timed_room)
        line = f"  {self.mark(mark)} {printable(label):<{_LABEL}}{first}".rstrip()
        if time is not None:
            line += f"{seconds(time):>{max(2, self.room - len(first))}}"
        yield line
        yield from (" " * (_MARK + _LABEL) + one for one in more)

    def note(self, mark: str, head: str, text: str) -> Iterator[str]:
        """A mark, a short head, and a text that is folded under itself between words.

        None of them is cut: whoever compares two hosts needs all of both.
        """
        room = max(self.width - 2 - len(head), _LEAST)
        first, *more = folded(printable(text), room, whole=True)
        yield f"{self.mark(mark)} {printable(head)}{first}"
        yield from (" " * (2 + len(head)) + one for one in more)

    def event(self, head: str, text: str, mark: str = "") -> str:
        """A head, a mark and a text: on a terminal folded under itself, elsewhere one line."""
        before = head + (f"{mark} " if mark else "")
        lines = [printable(text)]
        if self.columns is not None:
            room = max(self.width - len(before), _LEAST)
            lines = folded(printable(text), room, whole=True)
        told = before + f"\n{'':{len(before)}}".join(lines)
        return told.replace(mark, self.mark(mark), 1) if mark else told

    def folded(self, text: str, room: int) -> list[str]:
        """The text in lines of that room, one at least; names that are longer are cut."""
        lines = folded(printable(text), room)
        return [line.replace(_HARD_SPACE, " ") for line in lines]


def together(text: str) -> str:
    """The text as one word, which no line is folded in."""
    return text.replace(" ", _HARD_SPACE)
