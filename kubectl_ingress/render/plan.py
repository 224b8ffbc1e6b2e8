"""What is about to be done, and what is to be said about it first."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from typing import TextIO

from kubectl_ingress.core.text import printable
from kubectl_ingress.render.progress import width_of
from kubectl_ingress.render.terminal import columns_of

_HEAD_WIDTH = 12
_COMMAND = re.compile(r"(?:(?<=: )|^)kubectl [^:;]*$")
# No place for textwrap to break at.
_NO_BREAK = "\u00a0"


def show_facts(stream: TextIO, facts: Iterable[tuple[str, str]]) -> None:
    """Lines of a head and a text: ``Provider    aws (nodes say …)``, folded under themselves."""
    for head, text in facts:
        _fold(stream, f"{printable(head):<{_HEAD_WIDTH}}", text)


def show_warning(stream: TextIO, code: str, text: str) -> None:
    """One finding that does not stop anything: ``! KI701  …``."""
    _fold(stream, f"! {code}  ", text)


def show_changes(stream: TextIO, lines: Iterable[str], indent: str = "  ") -> None:
    """What changes, each on a line of its own, folded where a terminal is narrower."""
    for line in lines:
        text = f"{indent}{printable(line)}"
        if columns_of(stream) is None:
            print(text, file=stream)
            continue
        folded = textwrap.wrap(
            text,
            width_of(stream) - 1,
            subsequent_indent=f"{indent}  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        print("\n".join(folded), file=stream)


def _fold(stream: TextIO, head: str, text: str) -> None:
    width = max(width_of(stream) - 1, 40)
    lines = textwrap.wrap(
        _with_whole_command(printable(text), width - len(head)),
        width,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_on_hyphens=False,
    )
    print("\n".join(lines).replace(_NO_BREAK, " "), file=stream)


def _with_whole_command(text: str, width: int) -> str:
    """The command that ends a text is not broken where it fits on a line: somebody will copy it."""
    found = _COMMAND.search(text)
    if found is None or len(found[0]) > width:
        return text
    return text[: found.start()] + found[0].replace(" ", _NO_BREAK)
