"""What is about to be done, and what is to be said about it first."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import TextIO

from kubectl_ingress.core.text import printable
from kubectl_ingress.render.progress import width_of

_HEAD_WIDTH = 12


def show_facts(stream: TextIO, facts: Iterable[tuple[str, str]]) -> None:
    """Lines of a head and a text: ``Provider    aws (nodes say …)``, folded under themselves."""
    for head, text in facts:
        _fold(stream, f"{printable(head):<{_HEAD_WIDTH}}", text)


def show_warning(stream: TextIO, code: str, text: str) -> None:
    """One finding that does not stop anything: ``! KI701  …``."""
    _fold(stream, f"! {code}  ", text)


def show_choices(stream: TextIO, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A plain table of a few columns; the last one may be long."""
    from tabulate import tabulate

    cells = [[printable(cell) for cell in row] for row in rows]
    # What looks like a number is a name or a version here, and stays as it is.
    table = tabulate(cells, headers=list(heads), tablefmt="plain", disable_numparse=True)
    for line in table.splitlines():
        print(line.rstrip(), file=stream)


def _fold(stream: TextIO, head: str, text: str) -> None:
    lines = textwrap.wrap(
        printable(text),
        max(width_of(stream) - 1, 40),
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_on_hyphens=False,
    )
    print("\n".join(lines), file=stream)
