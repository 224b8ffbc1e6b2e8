"""Text that is short enough to print."""

from __future__ import annotations

import textwrap


def shorten(text: str, width: int) -> str:
    """At most `width` characters, cut in the middle: both ends of a name matter."""
    if len(text) <= width or width < 5:
        return text
    head = (width - 1) // 2
    return f"{text[:head]}…{text[len(text) - (width - 1 - head) :]}"


def folded(text: str, room: int, *, whole: bool = False) -> list[str]:
    """In lines of that room, one at least: between words, of which a longer one is cut.

    A `whole` one is not: it has a line of its own, which is as long as it is.
    """
    if not whole:
        text = " ".join(shorten(word, room) for word in text.split(" "))
    # Not at hyphens: a name that is broken there cannot be copied.
    return textwrap.wrap(text, room, break_on_hyphens=False, break_long_words=not whole) or [""]


def seconds(duration: float) -> str:
    """A duration in seconds with the unit a person would use."""
    if duration < 0.0995:
        return f"{duration * 1000:.1f} ms"
    if duration < 1:
        return f"{duration * 1000:.0f} ms"
    if duration < 100:
        return f"{duration:.1f} s" if duration < 10 else f"{duration:.0f} s"
    return f"{duration / 60:.0f} min"
