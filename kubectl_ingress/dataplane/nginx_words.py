"""Words of nginx's configuration: nothing from a cluster may end one, or be a variable in it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

# In this order: the backslash first.
_ESCAPES = (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"))

DOLLAR = "literal_dollar"
"""The variable that holds a dollar, which nginx has no other way to write."""


class NotWritten(Exception):
    """What a table asks for, in a few words, and nginx's configuration cannot say."""


def quoted(text: str) -> str:
    """One word, whatever it holds; nginx reads variables in it where it does in that place."""
    escaped = text
    for character, written in _ESCAPES:
        escaped = escaped.replace(character, written)
    return f'"{escaped}"'


def plain(text: str) -> str:
    """One word without variables, for a place where nginx would read them."""
    return quoted(without_variables(text))


def without_variables(text: str) -> str:
    """Part of a word in which a dollar is nothing but a dollar."""
    return text.replace("$", f"${{{DOLLAR}}}")


def address(host: str, port: int) -> str:
    """``host:port`` of an IP address."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def name_of(*parts: object) -> str:
    """A name that is nobody else's, of what the thing is made of: real names may hold anything."""
    text = "\0".join(map(str, parts))
    return "ki_" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def block(head: str, lines: Iterable[str]) -> list[str]:
    """``head { … }``, its lines one step further in."""
    return [f"{head} {{", *(f"  {line}" for line in lines), "}"]
