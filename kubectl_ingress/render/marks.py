"""The marks that stand before lines, and their colours.

Colours only support the marks, and never carry meaning alone.
"""

from __future__ import annotations

DONE, PROBLEM, BROKEN, NOT_REACHED = "√", "!", "×", "·"

_COLOURS = {DONE: "32", PROBLEM: "33", BROKEN: "31", NOT_REACHED: "2"}


def painted(mark: str, colour: bool) -> str:
    """The mark, in its colour where colours are wanted."""
    code = _COLOURS.get(mark)
    return f"\x1b[{code}m{mark}\x1b[0m" if colour and code else mark
