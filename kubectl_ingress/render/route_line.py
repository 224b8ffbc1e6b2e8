"""One line of a `test`: a mark, a stage of the way, what is said of it, how long it took."""

from __future__ import annotations

from kubectl_ingress.core.text import printable
from kubectl_ingress.render.marks import painted
from kubectl_ingress.render.text import seconds, shorten

WIDTH = 96
LABEL = 15


def stage_line(mark: str, label: str, text: str, colour: bool, time: float | None = None) -> str:
    """`time` is in seconds; a `mark` of " " goes on with the stage above."""
    room = WIDTH - LABEL - 4 - (0 if time is None else 10)
    body = shorten(printable(text), room)
    line = f"  {painted(mark, colour)} {printable(label):<{LABEL}}{body}".rstrip()
    if time is None:
        return line
    return f"{line}{seconds(time):>{max(2, WIDTH - 4 - LABEL - len(body))}}"
