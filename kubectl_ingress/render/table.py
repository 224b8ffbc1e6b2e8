"""Plain tables, as kubectl prints them.

By hand and not by a library: importing one costs as much as reading, compiling and printing
a thousand routes does, and kubectl has printed 5,000 before it would begin.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import TextIO

from kubectl_ingress.core.text import printable
from kubectl_ingress.render.terminal import columns_of

_GAP = 2
_INDENT = " " * 4
_HARD_SPACE = "\xa0"
# So much of a line is enough for sentences.
_PROSE = 30
# What a cell says that has nothing to say.
_NOTHING = ("", "-")


def show_table(stream: TextIO, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns as wide as their widest cell; the last one may be long.

    Those that a terminal has no room for stand below each row, with their heads: a name
    that is cut cannot be copied, and a row that the terminal wraps cannot be read.
    """
    cells = [tuple(heads), *(tuple([printable(cell).strip() for cell in row]) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    columns = columns_of(stream)
    held = len(widths) if columns is None else _held(widths, columns)
    line = (" " * _GAP).join(f"%-{width}s" for width in widths[:held])
    # At once: a stream that goes out line by line would ask the system for each.
    if columns is None or held == len(widths):
        stream.write("".join([f"{(line % row).rstrip()}\n" for row in cells]))
        return
    left = columns - 1 - sum(widths[:held]) - _GAP * held
    is_last = held == len(widths) - 1 and left >= _PROSE
    beside = is_last and all(len(word) <= left for row in cells for word in row[held].split())
    for number, row in enumerate(cells):
        begun = line % row[:held]
        if beside:
            first, *more = _folded(row[held], left) or [""]
            told = [f"{begun}{'':{_GAP}}{first}", *(f"{'':{len(begun) + _GAP}}{m}" for m in more)]
        else:
            pairs = zip(heads[held:], row[held:] if number else (), strict=False)
            told = [begun, *_below(pairs, columns - 1 - len(_INDENT))]
        stream.writelines(f"{one.rstrip()}\n" for one in told)


def _held(widths: Sequence[int], columns: int) -> int:
    """How many columns of a table have room beside one another on a terminal: one at least."""
    ends = accumulate(widths, lambda end, width: end + _GAP + width)
    # One column stays free: some terminals wrap when the last one is written.
    return max(1, sum(end < columns for end in ends))


def _below(pairs: Iterable[tuple[str, str]], room: int) -> Iterator[str]:
    """``HEAD cell  HEAD cell``, as many as have room on a line; a longer one has its own."""
    lines: list[str] = []
    for head, cell in pairs:
        if cell in _NOTHING:
            continue
        told = f"{head}{_HARD_SPACE}{cell}"
        if lines and len(lines[-1]) + _GAP + len(told) <= room:
            lines[-1] += " " * _GAP + told
        else:
            lines.append(told)
    for line in lines:
        yield from (_INDENT + part.replace(_HARD_SPACE, " ") for part in _folded(line, room))


def _folded(text: str, room: int) -> list[str]:
    return textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False)
