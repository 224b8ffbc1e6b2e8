"""What an entry of a table compares a request with, and an index of many of them.

Paths are normalised and have one character per byte (core.paths).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from kubectl_ingress.core import patterns
from kubectl_ingress.core.request import Request


class MatchKind(StrEnum):
    """How a matcher compares the path with its text."""

    EXACT = "exact"
    """Equal."""
    PREFIX = "prefix"
    """Begins with: plain characters, not path elements."""
    ELEMENTS = "elements"
    """Equal, or continued by a slash: ``/foo`` takes /foo and /foo/x, "" takes all."""
    REGEX = "regex"
    """A PCRE found in it; an anchor stands in the text."""


@dataclass(frozen=True, slots=True)
class Matcher:
    """Compares a path; the text of ELEMENTS has no final slash."""

    kind: MatchKind
    text: str
    ignore_case: bool = False

    def matches(self, path: str) -> bool:
        """Whether a normalised path is taken. A regex that gives up takes nothing."""
        if self.kind is MatchKind.REGEX:
            try:
                return patterns.search(self.text, path, ignore_case=self.ignore_case) is not None
            except patterns.BadPattern:
                # Compiling was checked when the table was made; what is left is
                # the match limit, which servers log and count as no match.
                return False
        text = self.text
        if self.ignore_case:
            path, text = path.lower(), text.lower()
        if self.kind is MatchKind.EXACT:
            return path == text
        if self.kind is MatchKind.PREFIX:
            return path.startswith(text)
        return path == text or path.startswith(f"{text}/")


class Condition(Protocol):
    """What must hold of a request beside its host and path: a method, a header, a port."""

    def met(self, request: Request) -> bool:
        """Whether it does."""

    def __str__(self) -> str:
        """As a reader would write it: ``method POST``."""


_Ranks = dict[str, list[int]]


@dataclass
class _Literals:
    """Texts of one kind and case: text -> ranks, with the lengths that occur."""

    ranks: _Ranks = field(default_factory=dict)
    lengths: list[int] = field(default_factory=list)

    def add(self, text: str, rank: int) -> None:
        self.ranks.setdefault(text, []).append(rank)

    def close(self) -> None:
        self.lengths = sorted({len(text) for text in self.ranks})

    def beginning(self, path: str) -> Iterator[int]:
        size = len(path)
        for length in self.lengths:
            if length > size:
                return
            if (found := self.ranks.get(path[:length])) is not None:
                yield from found


class PathIndex:
    """Matchers by rank (their place in the sequence), the first that takes a path found fast.

    Literals are looked up; of the regexes only those are tried whose literal
    beginning the path has.
    """

    def __init__(self, matchers: Iterable[Matcher]) -> None:
        self._exact: _Ranks = {}
        self._exact_folded: _Ranks = {}
        self._elements: _Ranks = {}
        self._prefixes, self._prefixes_folded = _Literals(), _Literals()
        # What has to be tried, by the beginning that it needs.
        self._tried = _Literals()
        self._matchers = tuple(matchers)
        for rank, matcher in enumerate(self._matchers):
            self._add(matcher, rank)
        for literals in (self._prefixes, self._prefixes_folded, self._tried):
            literals.close()

    def _add(self, matcher: Matcher, rank: int) -> None:
        text = matcher.text.lower() if matcher.ignore_case else matcher.text
        match matcher.kind:
            case MatchKind.REGEX:
                self._tried.add(patterns.literal_start(matcher.text).lower(), rank)
            case MatchKind.ELEMENTS if matcher.ignore_case:
                self._tried.add(text, rank)
            case MatchKind.PREFIX if matcher.ignore_case:
                self._prefixes_folded.add(text, rank)
            case MatchKind.PREFIX:
                self._prefixes.add(text, rank)
            case MatchKind.ELEMENTS:
                self._elements.setdefault(text, []).append(rank)
            case _ if matcher.ignore_case:
                self._exact_folded.setdefault(text, []).append(rank)
            case _:
                self._exact.setdefault(text, []).append(rank)

    def matching(self, path: str) -> Iterator[int]:
        """The ranks of the matchers that take a path, the first one first."""
        found = list(self._exact.get(path, ()))
        if self._prefixes.lengths:
            found += self._prefixes.beginning(path)
        folded = path.lower()
        if self._exact_folded:
            found += self._exact_folded.get(folded, ())
        if self._prefixes_folded.lengths:
            found += self._prefixes_folded.beginning(folded)
        if self._elements:
            found += self._by_elements(path)
        sure = frozenset(found)
        if self._tried.lengths:
            found += self._tried.beginning(folded)
        found.sort()
        for rank in found:
            if rank in sure or self._matchers[rank].matches(path):
                yield rank

    def _by_elements(self, path: str) -> Iterator[int]:
        """By every leading run of whole elements."""
        yield from self._elements.get(path, ())
        end = path.rfind("/")
        while end >= 0:
            yield from self._elements.get(path[:end], ())
            end = path.rfind("/", 0, end)
