"""New paths for pods, filled in from the groups of a route's regex.

KIC's subtranslator/ingress.go (generateRewriteURIConfig) and httproute.go
(generateRequestTransformerForURLRewrite); Kong's request-transformer plugin.
"""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct


class Filling(Protocol):
    """What makes a path for the pod; `groups` are those of the regex that took the request."""

    def filled(self, groups: tuple[str, ...]) -> str:
        """The path; a group that is not there is nothing."""

    def __str__(self) -> str:
        """Which setting does it."""


class Template(Struct, frozen=True):
    """Plain text and numbers of groups. `setting` is what it comes from."""

    parts: tuple[str | int, ...]
    setting: str

    def filled(self, groups: tuple[str, ...]) -> str:
        """The path."""
        return "".join(
            part if isinstance(part, str) else _group(groups, part) for part in self.parts
        )

    def __str__(self) -> str:
        return self.setting


class PrefixSwap(Struct, frozen=True):
    """``ReplacePrefixMatch``: `root` is whether the prefix that is replaced is ``/``.

    The regex has one group, what follows the prefix, and that of the prefix
    alone has none.
    """

    value: str
    root: bool

    def filled(self, groups: tuple[str, ...]) -> str:
        """The path."""
        value = self.value.removesuffix("/")
        if not groups:
            return value or "/"
        return value + ("/" if self.root else "") + groups[0]

    def __str__(self) -> str:
        return f"ReplacePrefixMatch {self.value}"


def parse_rewrite(text: str, setting: str) -> Template | None:
    r"""``/x/$1`` as a template; ``\$`` is a dollar. None where the controller refuses it."""
    parts: list[str | int] = []
    position = 0
    while position < len(text):
        character = text[position]
        position += 1
        if character == "\\":
            if text[position : position + 1] != "$":
                return None
            parts.append("$")
            position += 1
        elif character == "$":
            digits = _digits(text, position)
            if not digits:
                return None
            parts.append(int(digits))
            position += len(digits)
        else:
            parts.append(character)
    return Template(tuple(parts), setting)


def _digits(text: str, start: int) -> str:
    end = start
    while end < len(text) and text[end] in "0123456789":
        end += 1
    # A number of more digits than these is no group of any regex.
    return text[start:end] if end - start <= 9 else ""


def _group(groups: tuple[str, ...], number: int) -> str:
    return groups[number - 1] if 0 < number <= len(groups) else ""
