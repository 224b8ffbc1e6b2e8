"""Progress of something that takes time: redrawn on a terminal, one line per event elsewhere."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TextIO

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.core.text import printable
from kubectl_ingress.render.marks import BROKEN, DONE, PROBLEM, painted
from kubectl_ingress.render.terminal import columns_of
from kubectl_ingress.render.text import seconds, shorten

WAITING = ""
"""The mark of what is under way: drawn as a spinner."""

_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_WIDEST = 100
_DETAIL_WIDTH = 36
_LEAST_DETAIL = 24
_TIME_WIDTH = 8


class Row(Struct, frozen=True):
    """One line of progress with what is to say about it.

    `mark` is WAITING or one of render.marks. `time` is in seconds. Each note
    is a short head (a code) and a text.
    """

    mark: str
    label: str
    detail: str
    time: float | None = None
    notes: tuple[tuple[str, str], ...] = ()


class Progress:
    """Shows rows as they change. Nothing else may write to the stream until `finish`."""

    def __init__(
        self, stream: TextIO, *, terminal: bool, colour: bool, labels: Sequence[str] = ()
    ) -> None:
        self._stream = stream
        self._terminal = terminal
        self._colour = colour
        self._label_width = max((len(label) for label in labels), default=0)
        self._lines_drawn = 0
        self._frame = 0
        self._told: set[tuple[str, str, tuple[tuple[str, str], ...]]] = set()
        self._notes_told: set[tuple[str, tuple[str, str]]] = set()

    def show(self, rows: Sequence[Row], elapsed: float) -> None:
        """Draw all rows again, or write those that have news. `elapsed` is in seconds."""
        if self._terminal:
            self._draw(rows, elapsed)
            return
        for row in rows:
            if row.mark in (DONE, BROKEN) or row.notes:
                self._tell(row, elapsed)

    def finish(self, rows: Sequence[Row], elapsed: float) -> None:
        """Write the last state of all rows, and leave it there."""
        if self._terminal:
            self._draw(rows, elapsed)
            self._lines_drawn = 0
            return
        for row in rows:
            self._tell(row, elapsed)

    def _tell(self, row: Row, elapsed: float) -> None:
        """Write a row unless it was written before, without notes that were."""
        news = (row.label, row.mark, row.notes)
        if news in self._told:
            return
        self._told.add(news)
        notes = tuple(note for note in row.notes if (row.label, note) not in self._notes_told)
        self._notes_told.update((row.label, note) for note in notes)
        lines = self._lines(replace(row, notes=notes), elapsed, _WIDEST)
        self._stream.write("".join(f"{line}\n" for line in lines))
        self._stream.flush()

    def _draw(self, rows: Sequence[Row], elapsed: float) -> None:
        self._frame += 1
        # One column stays free: some terminals wrap when the last one is written.
        width = width_of(self._stream) - 1
        lines = [line for row in rows for line in self._lines(row, elapsed, width)]
        up = f"\x1b[{self._lines_drawn}F" if self._lines_drawn else ""
        body = "".join(f"\x1b[2K{line}\n" for line in lines)
        self._stream.write(f"{up}{body}\x1b[J")
        self._stream.flush()
        self._lines_drawn = len(lines)

    def _lines(self, row: Row, elapsed: float, width: int) -> list[str]:
        mark = row.mark or _SPINNER[self._frame % len(_SPINNER)]
        # Half of a narrow line at most: what is said about it matters as much.
        beside = 4 + 2 + _LEAST_DETAIL + 1 + _TIME_WIDTH
        room = min(self._label_width, max(width // 2 - 4, width - beside))
        label = shorten(printable(row.label), room).ljust(room)
        time = elapsed if row.mark in (WAITING, PROBLEM) and self._terminal else row.time
        clock = "" if time is None else seconds(time).rjust(_TIME_WIDTH)
        detail = printable(row.detail)
        if clock:
            room = max(width - 4 - len(label) - 2 - _TIME_WIDTH - 1, 8)
            detail = shorten(detail, room).ljust(min(_DETAIL_WIDTH, room))
        text = shorten(f"{label}  {detail} {clock}".rstrip(), width - 4)
        lines = [f"  {painted(mark, self._colour)} {text}"]
        for head, note in row.notes:
            lines += _wrapped(head, note, width)
        return lines


def width_of(stream: TextIO) -> int:
    """Columns of the terminal behind a stream, at most 100; 100 where there is none."""
    return max(min(columns_of(stream) or _WIDEST, _WIDEST), 20)


def _wrapped(head: str, text: str, width: int) -> list[str]:
    """A head and its text, folded under itself."""
    first = f"    {printable(head):<5}  "
    return textwrap.wrap(
        printable(text),
        max(width, 30),
        initial_indent=first,
        subsequent_indent=" " * len(first),
        break_on_hyphens=False,
    )
