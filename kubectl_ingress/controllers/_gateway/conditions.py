"""What a match of a route asks of a request beside its host and path."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct

from kubectl_ingress.core import patterns
from kubectl_ingress.core.gateway import ValueMatch
from kubectl_ingress.core.paths import as_bytes
from kubectl_ingress.core.request import Request


class Comparison(Struct, frozen=True):
    """A text to be equal to, or a pattern to be found in it."""

    text: str
    is_pattern: bool = False

    def met(self, value: str) -> bool:
        """Whether a value is the one that is wanted."""
        if not self.is_pattern:
            return value == self.text
        # RE2 never gives up; nobody writes what takes PCRE2 that long.
        return patterns.find(self.text, as_bytes(value)) is not None

    def __str__(self) -> str:
        return f"~{self.text}" if self.is_pattern else self.text


class Header(Struct, frozen=True):
    """A header of the request: the lines of its name as one, or any of them (`each`)."""

    name: str
    wanted: Comparison
    each: bool = False

    def met(self, request: Request) -> bool:
        """Whether it is there with the wanted value."""
        lines = request.header_values(self.name)
        if self.each:
            return any(self.wanted.met(line) for line in lines)
        # RFC 9110, 5.3: several lines are one list.
        return bool(lines) and self.wanted.met(",".join(lines))

    def __str__(self) -> str:
        return f"header {self.name}: {self.wanted}"


Parameters = Callable[[Request], tuple[tuple[str, str], ...]]


class Parameter(Struct, frozen=True):
    """A query parameter: the first of its name, or any of them (`each`)."""

    name: str
    wanted: Comparison
    each: bool = False
    read: Parameters = Request.parameters

    def met(self, request: Request) -> bool:
        """Whether it is there with the wanted value."""
        values = [value for name, value in self.read(request) if name == self.name]
        return any(self.wanted.met(value) for value in (values if self.each else values[:1]))

    def __str__(self) -> str:
        return f"query {self.name}={self.wanted}"


def firsts(matches: Iterable[ValueMatch], fold: bool) -> tuple[ValueMatch, ...]:
    """The first match of each name; `fold` where names have no case."""
    found: dict[str, ValueMatch] = {}
    for match in matches:
        found.setdefault(match.name.lower() if fold else match.name, match)
    return tuple(found.values())
