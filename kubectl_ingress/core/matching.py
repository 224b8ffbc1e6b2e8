"""What an entry of a table compares a request with, and an index of many of them.

Paths are normalised and have one character per byte (core.paths).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import cache
from typing import Protocol

from msgspec import Struct

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


class Matcher(Struct, frozen=True):
    """Compares a path; the text of ELEMENTS has no final slash."""

    kind: MatchKind
    text: str
    ignore_case: bool = False

    def matches(self, path: str, strict: bool = True) -> bool:
        """Whether a normalised path is taken.

        A regex that gives up raises GaveUp; where not `strict`, it takes nothing.
        """
        if self.kind is MatchKind.REGEX:
            search = patterns.search if strict else patterns.find
            return search(self.text, path, ignore_case=self.ignore_case) is not None
        text = self.text
        if self.ignore_case:
            path, text = path.lower(), text.lower()
        if self.kind is MatchKind.EXACT:
            return path == text
        if self.kind is MatchKind.PREFIX:
            return path.startswith(text)
        return path == text or path.startswith(f"{text}/")


EVERYTHING = Matcher(MatchKind.PREFIX, "")


class Condition(Protocol):
    """What must hold of a request beside its host and path: a method, a header, a port."""

    def met(self, request: Request) -> bool:
        """Whether it does."""

    def __str__(self) -> str:
        """As a reader would write it: ``method POST``."""


class _Texts:
    """Text -> ranks of matchers, the smallest first; with the lengths that occur.

    A text mostly has one rank, so it is kept as it is: in a large table each
    object more that a decision touches is another miss of the cache.
    """

    __slots__ = ("_lengths", "_more", "_ranks")

    def __init__(self, pairs: Iterable[tuple[str, int]]) -> None:
        self._ranks: dict[str, int] = {}
        more: dict[str, list[int]] = {}
        for text, rank in pairs:
            if text in self._ranks:
                more.setdefault(text, []).append(rank)
            else:
                self._ranks[text] = rank
        self._more = more or None
        self._lengths = _shared(tuple(sorted({len(text) for text in self._ranks})))

    def equal(self, text: str, found: list[int]) -> None:
        """Add the ranks of a text."""
        rank = self._ranks.get(text)
        if rank is not None:
            found.append(rank)
            if self._more is not None:
                found += self._more.get(text, ())

    def beginning(self, path: str, found: list[int]) -> None:
        """Add the ranks of all texts that a path begins with."""
        size = len(path)
        for length in self._lengths:
            if length > size:
                return
            self.equal(path[:length], found)

    def elements(self, path: str, found: list[int]) -> None:
        """Add the ranks of all texts that are a leading run of a path's elements."""
        self.equal(path, found)
        end = path.rfind("/")
        while end >= 0:
            self.equal(path[:end], found)
            end = path.rfind("/", 0, end)


@cache
def _shared(lengths: tuple[int, ...]) -> tuple[int, ...]:
    """Many hosts have paths of the same lengths."""
    return lengths


class PathIndex:
    """Matchers by rank (their place in the sequence), the first that takes a path found fast.

    Literals are looked up, the exact ones and the prefixes in one dictionary: text ->
    twice the rank, one more where it is exact; of the regexes only those are tried whose
    literal beginning the path has.
    """

    __slots__ = ("_elements", "_folded", "_lengths", "_literals", "_matchers", "_more", "_tried")

    def __init__(self, matchers: Iterable[Matcher]) -> None:
        self._matchers = tuple(matchers)
        self._literals: dict[str, int] = {}
        more: dict[str, list[int]] = {}
        lengths = set()
        places: dict[str, list[tuple[str, int]]] = {}
        for rank, matcher in enumerate(self._matchers):
            kind, text = matcher.kind, matcher.text
            if kind is MatchKind.REGEX or kind is MatchKind.ELEMENTS or matcher.ignore_case:
                place, text = _place_of(matcher)
                places.setdefault(place, []).append((text, rank))
                continue
            if kind is MatchKind.PREFIX:
                lengths.add(len(text))
            code = 2 * rank + (kind is MatchKind.EXACT)
            if self._literals.setdefault(text, code) != code:
                more.setdefault(text, []).append(code)
        self._more = more or None
        self._lengths = _shared(tuple(sorted(lengths)))
        texts = {place: _Texts(pairs) for place, pairs in places.items()}
        self._elements = texts.get("elements")
        # Exact without case, and what has to be tried, by the beginning that it needs.
        self._folded, self._tried = texts.get("folded"), texts.get("tried")

    def matching(self, path: str, strict: bool = True) -> Iterable[int]:
        """The ranks of the matchers that take a path, the first one first.

        `strict` as in Matcher.matches.
        """
        found = self._literal(path)
        if self._elements is not None:
            self._elements.elements(path, found)
        if self._folded is not None:
            self._folded.equal(path.lower(), found)
        if self._tried is not None:
            return self._with_tried(path, found, self._tried, strict)
        found.sort()
        return found

    def _literal(self, path: str) -> list[int]:
        """The ranks of the exact texts that it is, and of the prefixes that it begins with."""
        literals, more, size = self._literals, self._more, len(path)
        found: list[int] = []
        code = literals.get(path)
        if code is not None:
            found.append(code >> 1)
            if more is not None:
                found += [other >> 1 for other in more.get(path, ())]
        for length in self._lengths:
            if length >= size:
                break
            beginning = path[:length]
            code = literals.get(beginning)
            if code is None:
                continue
            if not code & 1:
                found.append(code >> 1)
            if more is not None:
                found += [other >> 1 for other in more.get(beginning, ()) if not other & 1]
        return found

    def _with_tried(
        self, path: str, found: list[int], tried: _Texts, strict: bool
    ) -> Iterator[int]:
        sure = frozenset(found)
        tried.beginning(path.lower(), found)
        found.sort()
        for rank in found:
            if rank in sure or self._matchers[rank].matches(path, strict):
                yield rank


def _place_of(matcher: Matcher) -> tuple[str, str]:
    """Where a matcher that is no plain literal is looked up, and by which text."""
    if matcher.kind is MatchKind.REGEX:
        return "tried", patterns.literal_start(matcher.text).lower()
    if not matcher.ignore_case:
        return "elements", matcher.text
    return ("folded" if matcher.kind is MatchKind.EXACT else "tried"), matcher.text.lower()
