"""Text that is safe and short enough to print.

Names, messages and bodies come from clusters and servers: hostile until
escaped. Nothing else may put control characters on a terminal.
"""

from __future__ import annotations

import unicodedata

# Cc: control characters, among them ESC; Cf: format characters, among them
# the bidirectional overrides that make a name read as another one.
_UNSAFE = ("Cc", "Cf", "Cs", "Zl", "Zp")


def printable(text: str) -> str:
    r"""One line of text with every control character shown as ``\x1b`` or ``\u202e``."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(character) for character in text)


def _escaped(character: str) -> str:
    if unicodedata.category(character) not in _UNSAFE:
        return character
    return character.encode("unicode_escape").decode("ascii")


def shorten(text: str, width: int) -> str:
    """At most `width` characters, cut in the middle: both ends of a name matter."""
    if len(text) <= width or width < 5:
        return text
    head = (width - 1) // 2
    return f"{text[:head]}…{text[len(text) - (width - 1 - head) :]}"


def seconds(duration: float) -> str:
    """A duration in seconds with the unit a person would use."""
    if duration < 0.0995:
        return f"{duration * 1000:.1f} ms"
    if duration < 1:
        return f"{duration * 1000:.0f} ms"
    if duration < 100:
        return f"{duration:.1f} s" if duration < 10 else f"{duration:.0f} s"
    return f"{duration / 60:.0f} min"
