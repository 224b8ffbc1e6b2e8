"""Examples of what a matcher takes are taken by it."""

from __future__ import annotations

import pytest

from kubectl_ingress.core.matching import Matcher, MatchKind
from kubectl_ingress.core.witness import example, witnesses


@pytest.mark.parametrize(
    "pattern",
    [
        "^/api/v1", "^/a(/|$)(.*)", "(?i)^/x[0-9]+/y", "^/[^/]+/b", "/(?<n>a|b)/c?d", "^/a\\.b$",
        "^/a{2,3}b{2}", "^/(?:x|y)+z*?", "^/\\d+\\w\\S", "^/[\\w-]+", "^/[a-z]",
        "^/.*\\.(jpg|png)$",
    ],
)  # fmt: skip
def test_examples_of_patterns(pattern: str) -> None:
    made = example(pattern)
    assert made is not None
    assert Matcher(MatchKind.REGEX, pattern).matches(made)
    assert witnesses(Matcher(MatchKind.REGEX, pattern))


@pytest.mark.parametrize(
    "pattern",
    [
        "^/(?!x)y",
        "^/a\\1",
        "(",
        "^/[",
        "^/(a",
        "^/a)",
        "[[:alpha:]]",
        "^/a{x}",
        "^/[^z]{9999}",
        "a{9",
        "(?<x",
    ],
)
def test_beyond_it_there_is_none(pattern: str) -> None:
    made = example(pattern)
    assert made is None


@pytest.mark.parametrize("kind", [MatchKind.EXACT, MatchKind.PREFIX, MatchKind.ELEMENTS])
@pytest.mark.parametrize("text", ["/foo", "/foo/", "/"])
def test_literals(kind: MatchKind, text: str) -> None:
    matcher = Matcher(kind, text.rstrip("/") if kind is MatchKind.ELEMENTS else text)
    found = witnesses(matcher)
    assert found
    assert all(matcher.matches(path) for path in found)
