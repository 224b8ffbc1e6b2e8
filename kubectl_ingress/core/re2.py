"""What RE2 (Go's regexp) refuses of the patterns that PCRE2 compiles.

Source: https://github.com/google/re2/wiki/Syntax, and Go's regexp/syntax. What
both take means the same over the bytes of a path.
"""

from __future__ import annotations

import re

from kubectl_ingress.core.patterns import check_pattern

_GROUP = re.compile(r"\(\?(?:P?<[A-Za-z_]\w*>|[imsU]*(?:-[imsU]+)?[:)])")
_REPEAT = re.compile(r"[*+?]|\{(\d+)(?:,(\d*))?\}")
_LETTERS = frozenset("aftnrvxAbBzdDsSwWpPQE")
_CLASS = re.compile(r"\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]", re.DOTALL)
_MOST = 1000


def problem(pattern: str) -> str:
    """What is wrong with a pattern (one character per byte), "" if RE2 compiles it."""
    return _refused(pattern) or check_pattern(pattern)


def _refused(pattern: str) -> str:
    position, repeated = 0, False
    while position < len(pattern):
        repeat = _REPEAT.match(pattern, position)
        if repeat is not None:
            if repeated:
                return f"nested repetition {repeat[0]}"
            if any(_is_above_most(count) for count in repeat.groups("")):
                return f"{repeat[0]} repeats more than {_MOST} times"
            position, repeated = repeat.end() + pattern.startswith("?", repeat.end()), True
            continue
        repeated = False
        if pattern.startswith("\\Q", position):
            end = pattern.find("\\E", position)
            position = len(pattern) if end < 0 else end + 2
        elif pattern.startswith("\\", position):
            if wrong := _escape(pattern[position : position + 3]):
                return wrong
            position += 2
        elif pattern.startswith("(?", position) and _GROUP.match(pattern, position) is None:
            return f"RE2 has no {pattern[position : position + 3]}…)"
        elif pattern.startswith("(*", position):
            return "RE2 has no verbs (*…)"
        else:
            members = _CLASS.match(pattern, position)
            position = position + 1 if members is None else members.end()
    return ""


def _is_above_most(digits: str) -> bool:
    digits = digits.lstrip("0")
    # Python refuses to read a number of thousands of digits.
    return len(digits) > 4 or int(digits or 0) > _MOST


def _escape(rest: str) -> str:
    """What is wrong with an escape outside of a class."""
    sign = rest[1:2]
    if "1" <= sign <= "9" and not ("0" <= rest[2:3] <= "7" and sign < "8"):
        return f"RE2 has no back-references (\\{sign})"
    if sign.isascii() and sign.isalpha() and sign not in _LETTERS:
        return f"RE2 has no \\{sign}"
    return ""
