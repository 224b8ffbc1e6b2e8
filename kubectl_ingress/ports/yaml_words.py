"""Plain words in YAML: what kubectl takes them for, and which must be quoted.

kubectl reads YAML with a Go library that mixes YAML 1.1 and 1.2 and turns the
result into JSON. No Python loader agrees with it, so its words are here;
tests/ports/test_files.py compares them with the real kubectl (1.37).
"""

from __future__ import annotations

import json
import math
import re
from functools import lru_cache

Scalar = str | int | float | bool | None

_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "off", "Off", "OFF"), False),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}
_INFINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
# Tried after taking out underscores, which may stand anywhere but first.
_INTEGER = re.compile(r"([-+]?)(?:0([xX][0-9a-fA-F]+|[bB][01]+|[oO]?[0-7]+)|(0|[1-9][0-9]*))")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
# Go's ParseFloat, which gets a word with a leading point as it is, wants digits around each.
_LONE_UNDERSCORE = re.compile(r"(?<![0-9])_|_(?![0-9])")
# A number of more digits than any Go number keeps is one to no one; it bounds our work too.
_LONGEST_NUMBER = 400


@lru_cache(maxsize=8192)
def resolve(word: str) -> Scalar:
    """The value of an unquoted scalar, as kubectl reads it.

    Raises ValueError for infinity and not-a-number, which JSON cannot hold.
    """
    if word in _WORDS:
        return _WORDS[word]
    if word[0] not in "+-.0123456789" or len(word) > _LONGEST_NUMBER:
        return word
    if _INFINITE.fullmatch(word):
        raise ValueError(f"{word} is no value in JSON")
    if word[0] == "." and _LONE_UNDERSCORE.search(word):
        return word
    number = word.replace("_", "")
    if match := _INTEGER.fullmatch(number):
        return as_json_number(_integer(match))
    if _FLOAT.fullmatch(number):
        value = float(number)
        # Go's ParseFloat refuses what does not fit, and the word stays text.
        return word if math.isinf(value) else as_json_number(value)
    return word


def _integer(match: re.Match[str]) -> int:
    sign, prefixed, decimal = match.groups()
    if prefixed is None:
        value = int(decimal)
    elif prefixed[0] in "xX":
        value = int(prefixed[1:], 16)
    elif prefixed[0] in "bB":
        value = int(prefixed[1:], 2)
    else:
        value = int(prefixed.lstrip("oO"), 8)
    return -value if sign == "-" else value


def as_json_number(value: int | float) -> int | float:
    """A number after kubectl's way through JSON: int64 where it fits, else a float.

    Raises ValueError for a number that no float holds.
    """
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} is no value in JSON")
    if isinstance(value, float) and (not value.is_integer() or abs(value) >= 2**63):
        return value
    whole = int(value)
    if -(2**63) <= whole < 2**63:
        return whole
    try:
        return float(whole)
    except OverflowError:
        raise ValueError("a number is too big") from None


# Starts with a letter and holds nothing that YAML gives a meaning anywhere.
_PLAIN = re.compile(r"(?:[A-Za-z_/.]|--?[A-Za-z])[\w./+=@~()$%&^;,:# -]*", re.ASCII)
_NEEDS_QUOTES_INSIDE = re.compile(r": | #|[: ]$")
# Words that some YAML 1.1 or 1.2 reader takes for something else than kubectl does.
_OTHERS_WORDS = re.compile(r"[._]?[0-9].*|[-+]?\.(inf|nan)|y|n|yes|no|on|off|true|false|null", re.I)
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")


def scalar_text(value: object) -> str:
    """A scalar as one line of YAML that every reader, 1.1 or 1.2, takes for the same.

    Raises TypeError for what is no scalar, ValueError for infinity.
    """
    if isinstance(value, str):
        return value if _is_plain(value) else quoted(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{value} is no value in JSON")
        text = repr(value)
        # YAML 1.1 wants the point: 1e+20 is text there.
        return text.replace("e", ".0e") if "e" in text and "." not in text else text
    raise TypeError(f"not a YAML scalar: {type(value).__name__}")


def _is_plain(text: str) -> bool:
    return (
        _PLAIN.fullmatch(text) is not None
        and not _NEEDS_QUOTES_INSIDE.search(text)
        and not _OTHERS_WORDS.fullmatch(text)
        and not text.startswith("...")
    )


def quoted(text: str) -> str:
    """In double quotes; in single ones where double quotes would need escapes of their own."""
    if ('"' in text or "\\" in text) and text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    plain = json.dumps(text, ensure_ascii=False)
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", plain)
