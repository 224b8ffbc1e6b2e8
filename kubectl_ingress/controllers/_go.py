"""Values as the standard library of Go reads them, in which most controllers are written."""

from __future__ import annotations

import re

# strconv.ParseBool: no `yes`, no `on`, no space.
TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})
FALSE = frozenset({"0", "f", "F", "false", "FALSE", "False"})
# unicode.IsSpace, which strings.TrimSpace removes.
SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
_NUMBER = re.compile(r"([+-]?)0*([0-9]{1,19})")


def parse_bool(text: str) -> bool | None:
    """strconv.ParseBool, None where it refuses."""
    return True if text in TRUE else False if text in FALSE else None


def is_flag(text: str) -> bool:
    """Whether strconv.ParseBool takes it."""
    return text in TRUE or text in FALSE


def parse_int(text: str) -> int | None:
    """strconv.Atoi: a sign, digits, 64 bits; no unit, no space. None where it refuses."""
    found = _NUMBER.fullmatch(text)
    number = int(found[1] + found[2]) if found else 1 << 63
    return number if -(1 << 63) <= number < 1 << 63 else None


def is_number(text: str) -> bool:
    """Whether strconv.Atoi takes it."""
    return parse_int(text) is not None


def words(text: str) -> tuple[str, ...]:
    """What stands between commas, without space around it; nothing empty."""
    return tuple(word for part in text.split(",") if (word := part.strip(SPACE)))
