"""Plain tables, as kubectl prints them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from kubectl_ingress.core.text import printable

GAP = 2


def show_table(stream: TextIO, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns as wide as their widest cell, `GAP` apart; the last one may be long."""
    from tabulate import tabulate

    cells = [[printable(cell) for cell in row] for row in rows]
    # As a row, because real headers are given two more columns each. What looks
    # like a number is a name or a version here, and stays as it is.
    table = tabulate([list(heads), *cells], tablefmt="plain", disable_numparse=True)
    for line in table.splitlines():
        print(line.rstrip(), file=stream)
