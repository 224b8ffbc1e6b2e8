"""Plain tables, as kubectl prints them.

By hand and not by a library: importing one costs as much as reading, compiling and printing
a thousand routes does, and kubectl has printed 5,000 before it would begin.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from kubectl_ingress.core.text import printable

GAP = 2


def show_table(stream: TextIO, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns as wide as their widest cell, `GAP` apart; the last one may be long."""
    cells = [tuple(heads), *(tuple([printable(cell).strip() for cell in row]) for row in rows)]
    widths = (max(map(len, column)) for column in zip(*cells, strict=True))
    line = (" " * GAP).join(f"%-{width}s" for width in widths)
    # At once: a stream that goes out line by line would ask the system for each.
    stream.write("".join([f"{(line % row).rstrip()}\n" for row in cells]))
