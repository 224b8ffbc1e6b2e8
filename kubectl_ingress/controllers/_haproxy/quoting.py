"""Text in regular expressions as Go quotes it; its length decides about the order of routes."""

from __future__ import annotations

import re

_SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")


def quoted(text: str) -> str:
    """regexp.QuoteMeta."""
    return _SPECIAL.sub(lambda found: f"\\{found[0]}", text)


def has_alternatives(pattern: str) -> bool:
    """Whether a bar outside of all groups cuts the pattern in two."""
    depth = position = 0
    while position < len(pattern):
        character = pattern[position]
        if character == "\\":
            position += 1
        elif character == "[":
            position = _class_end(pattern, position)
        elif character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
        elif character == "|" and depth == 0:
            return True
        position += 1
    return False


def _class_end(pattern: str, start: int) -> int:
    """The bracket that closes a class; one right at its beginning is a member."""
    position = start + 1
    if pattern[position : position + 1] == "^":
        position += 1
    if pattern[position : position + 1] == "]":
        position += 1
    while position < len(pattern) and pattern[position] != "]":
        position += 2 if pattern[position] == "\\" else 1
    return position
