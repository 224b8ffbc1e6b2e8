"""Regular expressions as nginx has them: PCRE2 over bytes.

Python's `re` reads some of them otherwise (possessive quantifiers, ``(?i)`` in
the middle, classes), and a route that differs from production by one such case
is worse than no answer.
"""

from __future__ import annotations

import re
from functools import cache

import pcre2
from msgspec import Struct


class BadPattern(ValueError):
    """The pattern does not compile."""


class GaveUp(Exception):
    """The pattern exceeds the match limit on this subject (catastrophic backtracking)."""

    def __init__(self, pattern: str) -> None:
        super().__init__(pattern)
        self.pattern = pattern


class Found(Struct, frozen=True):
    """A match: the whole, the numbered groups (unset ones are ""), the named ones, and where."""

    whole: str
    groups: tuple[str, ...]
    named: dict[str, str]
    start: int = 0


@cache
def _compiled(pattern: str, ignore_case: bool) -> pcre2.Pattern:
    flags = pcre2.IGNORECASE if ignore_case else 0
    try:
        # As nginx, which has pcre_jit off: a compiled pattern counts towards its limit otherwise.
        return pcre2.compile(pattern.encode("latin-1"), flags, jit=False)
    except pcre2.LibraryError as error:
        raise BadPattern(f"{pattern!r}: {error}") from error


def check_pattern(pattern: str) -> str:
    """What is wrong with the pattern, "" if it compiles."""
    try:
        _compiled(pattern, False)
    except BadPattern as error:
        return str(error)
    return ""


def search(pattern: str, text: str, *, ignore_case: bool = False) -> Found | None:
    """The leftmost match. Both are one character per byte (see core.paths).

    A pattern that does not compile finds nothing: whoever took it over from a user
    has said so (check_pattern). Raises GaveUp where it exceeds the match limit.
    """
    try:
        match = _compiled(pattern, ignore_case).search(text.encode("latin-1"))
    except BadPattern:
        return None
    except pcre2.LibraryError as error:
        raise GaveUp(pattern) from error
    return None if match is None else _read(match)


def find(pattern: str, text: str, *, ignore_case: bool = False) -> Found | None:
    """As `search`; a pattern that exceeds the match limit finds nothing."""
    try:
        return search(pattern, text, ignore_case=ignore_case)
    except GaveUp:
        return None


def find_all(pattern: str, text: str) -> list[Found]:
    """All matches that do not overlap, from left to right. Raises BadPattern and GaveUp."""
    try:
        matches = _compiled(pattern, False).finditer(text.encode("latin-1"))
        return [_read(match) for match in matches]
    except pcre2.LibraryError as error:
        raise GaveUp(pattern) from error


def _read(match: re.Match[bytes]) -> Found:
    groups = tuple((group or b"").decode("latin-1") for group in match.groups())
    named = {
        _text(name): (value or b"").decode("latin-1") for name, value in match.groupdict().items()
    }
    return Found(match.group().decode("latin-1"), groups, named, match.start())


_META = frozenset("\\^$.[]|()?*+{}")
_ANCHOR = re.compile(r"(?:\(\?i\))?(?:\^|\\A)(?:\(\?i\))?")
_QUANTIFIER = "?*{"


@cache
def literal_start(pattern: str) -> str:
    """The plain text with which whatever a pattern finds must begin, "" if none is sure.

    Case is left as written: a caller who ignores it folds both sides.
    """
    anchor = _ANCHOR.match(pattern)
    # A bar may open a second way, and (?x) changes what a space means.
    if anchor is None or "|" in pattern or "(?" in pattern[anchor.end() :]:
        return ""
    found: list[str] = []
    position = anchor.end()
    while position < len(pattern):
        character = pattern[position]
        if character == "\\" and position + 1 < len(pattern):
            following = pattern[position + 1]
            if following.isalnum():
                break
            character, position = following, position + 1
        elif character in _META:
            if character in _QUANTIFIER and found:
                found.pop()
            break
        found.append(character)
        position += 1
    return "".join(found)


def _text(name: str | bytes) -> str:
    return name.decode("latin-1") if isinstance(name, bytes) else name
