"""Finding with patterns."""

from __future__ import annotations

import pytest

from kubectl_ingress.core.patterns import BadPattern, GaveUp, find, find_all, search


def test_all_matches_with_their_places() -> None:
    found = find_all("(?i)/a(b)?", "/a/AB/c/ab")
    assert [(one.start, one.whole, one.groups) for one in found] == [
        (0, "/a", ("",)),
        (2, "/AB", ("B",)),
        (7, "/ab", ("b",)),
    ]


def test_a_pattern_that_does_not_compile() -> None:
    with pytest.raises(BadPattern):
        find_all("(", "x")


def test_a_search_with_it_finds_nothing() -> None:
    assert search("(", "(") is None


def test_a_search_that_takes_for_ever_gives_up_or_finds_nothing() -> None:
    endless, text = "^(a+)+$", "a" * 40 + "b"
    with pytest.raises(GaveUp):
        search(endless, text)
    assert find(endless, text) is None
