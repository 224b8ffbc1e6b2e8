"""Patterns of listener rules: ``*`` is any text, ``?`` any one character.

Compared in linear steps: manifests are hostile, and a regular expression of
many ``.*`` is not.
"""

from __future__ import annotations

from functools import cache

from msgspec import Struct

_ANY_TEXT, _ANY_ONE = "*", "?"


class Glob(Struct, frozen=True):
    """A pattern in parts: a literal character, or a wildcard (its second half is True)."""

    parts: tuple[tuple[str, bool], ...]

    def matches(self, text: str) -> bool:
        """Whether the whole text is taken."""
        parts = self.parts
        part = place = 0
        star, resumed = -1, 0
        while place < len(text):
            sign, wild = parts[part] if part < len(parts) else ("", False)
            if wild and sign == _ANY_TEXT:
                star, resumed = part, place
                part += 1
            elif sign == text[place] or (wild and sign == _ANY_ONE):
                part, place = part + 1, place + 1
            elif star >= 0:
                resumed += 1
                part, place = star + 1, resumed
            else:
                return False
        return all(one == (_ANY_TEXT, True) for one in parts[part:])


@cache
def parse_glob(pattern: str, *, escapes: bool = False) -> Glob:
    r"""A pattern in which ``\*`` and ``\?`` are plain signs where it `escapes`."""
    parts: list[tuple[str, bool]] = []
    escaped = False
    for sign in pattern:
        if escapes and sign == "\\" and not escaped:
            escaped = True
            continue
        parts.append((sign, sign in (_ANY_TEXT, _ANY_ONE) and not escaped))
        escaped = False
    return Glob(tuple(parts))


def literal_start(pattern: str) -> str:
    """The plain text before the first wildcard."""
    ends = [place for sign in "*?" if (place := pattern.find(sign)) >= 0]
    return pattern[: min(ends)] if ends else pattern


def is_literal(pattern: str) -> bool:
    """Whether there is no wildcard in it."""
    return literal_start(pattern) == pattern
