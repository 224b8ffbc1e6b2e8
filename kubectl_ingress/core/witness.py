"""A path that a matcher takes: the proof that it can be met, or that another one is met first."""

from __future__ import annotations

from kubectl_ingress.core.matching import Matcher, MatchKind

# Letters that hardly any other rule goes on with.
FRESH = "zq7"
_ESCAPED = {"d": "7", "w": "z", "s": " ", "S": "z", "D": "z", "W": "-", "/": "/"}
_CLASSES = {"d": "7", "w": "z", "S": "z", "D": "z"}
_LONGEST = 2000


class _Unclear(Exception):
    """A construct for which nothing is made up here."""


def witnesses(matcher: Matcher) -> tuple[str, ...]:
    """Paths that it takes, one character per byte; none where none could be made up."""
    text = matcher.text
    tried: tuple[str, ...] = ()
    match matcher.kind:
        case MatchKind.EXACT:
            tried = (text,)
        case MatchKind.PREFIX:
            tried = (text, f"{text}{FRESH}")
        case MatchKind.ELEMENTS:
            tried = (text or "/", f"{text}/{FRESH}")
        case _:
            made = example(text)
            if made is not None:
                tried = (made, f"{made}{FRESH}")
    return tuple(path for path in tried if path.startswith("/") and matcher.matches(path))


def example(pattern: str) -> str | None:
    """A text in which a PCRE is found, from its start on; None where it is beyond this."""
    try:
        made, end = _alternatives(pattern, 0)
    except (_Unclear, RecursionError):
        return None
    return made if end == len(pattern) else None


def _alternatives(pattern: str, place: int) -> tuple[str, int]:
    """The first alternative, and where they all end."""
    made, place = _sequence(pattern, place)
    while place < len(pattern) and pattern[place] == "|":
        _, place = _sequence(pattern, place + 1)
    return made, place


def _sequence(pattern: str, place: int) -> tuple[str, int]:
    parts: list[str] = []
    while place < len(pattern) and pattern[place] not in "|)":
        piece, place = _atom(pattern, place)
        least, place = _quantifier(pattern, place)
        parts.append(piece * least)
        if sum(map(len, parts)) > _LONGEST:
            raise _Unclear
    return "".join(parts), place


def _atom(pattern: str, place: int) -> tuple[str, int]:
    sign = pattern[place]
    if sign in "^$":
        return "", place + 1
    if sign == ".":
        return "z", place + 1
    if sign == "(":
        return _group(pattern, place + 1)
    if sign == "[":
        return _class(pattern, place + 1)
    if sign == "\\":
        return _escape(pattern, place + 1)
    if sign in "*+?{":
        raise _Unclear
    return sign, place + 1


def _group(pattern: str, place: int) -> tuple[str, int]:
    if pattern.startswith("?", place):
        if pattern.startswith("?:", place):
            place += 2
        elif (
            pattern.startswith(("?<", "?P<"), place) and pattern[place + 2 : place + 3] not in "=!"
        ):
            place = pattern.find(">", place) + 1
            if place == 0:
                raise _Unclear
        elif pattern.startswith("?i)", place):
            return "", place + 3
        else:
            raise _Unclear
    made, place = _alternatives(pattern, place)
    if not pattern.startswith(")", place):
        raise _Unclear
    return made, place + 1


def _class(pattern: str, place: int) -> tuple[str, int]:
    """One character of a class; of a negated one, a letter or digit that is not named."""
    negated = pattern.startswith("^", place)
    start = place + negated
    end = pattern.find("]", start + 1)
    inside = pattern[start:end]
    if end < 0 or "[" in inside:
        raise _Unclear
    if negated:
        free = (sign for sign in "zq7-ab" if sign not in inside and "\\" not in inside)
        found = next(free, None)
        if found is None or "-" in inside[1:-1]:
            raise _Unclear
        return found, end + 1
    if inside.startswith("\\"):
        known = _CLASSES.get(inside[1:2], "" if inside[1:2].isalnum() else inside[1:2])
        if not known:
            raise _Unclear
        return known, end + 1
    return inside[:1], end + 1


def _escape(pattern: str, place: int) -> tuple[str, int]:
    sign = pattern[place : place + 1]
    if sign in _ESCAPED:
        return _ESCAPED[sign], place + 1
    if sign in ("b", "A", "z", "Z"):
        return "", place + 1
    if not sign or sign.isalnum():
        raise _Unclear
    return sign, place + 1


def _quantifier(pattern: str, place: int) -> tuple[int, int]:
    """How often at least, and what comes after."""
    least = 1
    sign = pattern[place : place + 1]
    if sign in ("*", "?"):
        least, place = 0, place + 1
    elif sign == "+":
        place += 1
    elif sign == "{":
        end = pattern.find("}", place)
        first = pattern[place + 1 : end].partition(",")[0]
        if end < 0 or not first.isdecimal() or int(first) > _LONGEST:
            raise _Unclear
        least, place = int(first), end + 1
    else:
        return 1, place
    if pattern[place : place + 1] in ("?", "+"):
        place += 1
    return least, place
