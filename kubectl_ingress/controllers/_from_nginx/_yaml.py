"""Values as YAML that fits on the line of a sentence."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

# What YAML takes for text without quotes; the second is a number to it, or a date.
_PLAIN = re.compile(r"[\w/.$^][\w./:$()|^?*+@\\-]*(?<!:)")
_NUMBER = re.compile(r"[\d.:_eExo+-]+")
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "null"})


def flow(value: object) -> str:
    """YAML on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z][\w./-]*", value):
        return value
    return json.dumps(value)


def text(value: str) -> str:
    """An annotation's value, in quotes where YAML would take it for anything but text."""
    bare = _PLAIN.fullmatch(value) and not _NUMBER.fullmatch(value)
    bare = bare and value.lower() not in _WORDS
    quoted = f"'{value}'" if '"' in value and "'" not in value else json.dumps(value)
    return value if bare else quoted
