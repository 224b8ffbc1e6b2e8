"""Text that is safe to print.

Names, messages and bodies come from clusters and servers: hostile until
escaped. Nothing else may put control characters on a terminal.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection

# Cc: control characters, among them ESC; Cf: format characters, among them
# the bidirectional overrides that make a name read as another one.
_UNSAFE = ("Cc", "Cf", "Cs", "Zl", "Zp")
# No characters at all, and neither XML nor YAML may hold them.
_NONE = "\ufffe\uffff"


_LISTED = 5


def listed(words: Collection[str]) -> str:
    """``a, b``: a list in a sentence, of a long one the beginning."""
    more = f" and {len(words) - _LISTED} more" if len(words) > _LISTED else ""
    return ", ".join([*words][:_LISTED]) + more


def printable(text: str) -> str:
    r"""One line of text with every control character shown as ``\x1b`` or ``\u202e``."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(character) for character in text)


def _escaped(character: str) -> str:
    if unicodedata.category(character) not in _UNSAFE and character not in _NONE:
        return character
    return character.encode("unicode_escape").decode("ascii")
