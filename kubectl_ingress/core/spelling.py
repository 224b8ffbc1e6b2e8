"""Which known name a written one is certainly meant to be."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

_FEW = 8
_SHORTEST = 4
_DIGITS = re.compile(r"\d+")


@lru_cache(maxsize=4096)
def certain_name(written: str, known: tuple[str, ...]) -> str:
    """The one known name that is nearer than all others by more than a letter; "" if none is.

    Near is one slip (a letter too many, too few, another one, or two swapped), or
    two in a word of 8 letters or more. Short words have too many neighbours, and so
    have those inside of a name: limit-rph is none of limit-rps.
    """
    word = written.lower().replace("_", "-")
    length = len(word.rpartition("/")[2])
    most = 2 if length >= _FEW else 1
    if length < _SHORTEST:
        return ""
    near = sorted(
        (distance, name)
        for name in known
        if abs(len(name) - len(word)) <= most + 1
        and (distance := slips(word, name.lower())) <= most + 1
    )
    if not near or near[0][0] > most:
        return ""
    if len(near) > 1 and near[1][0] <= near[0][0] + 1:
        return ""
    return near[0][1] if _is_clear(word, near[0][1].lower()) else ""


def _is_clear(word: str, meant: str) -> bool:
    """Whether no word in it is one of few letters with another, or has another beginning.

    External is internal with two slips.
    """
    pairs = zip(
        word.rpartition("/")[2].split("-"), meant.rpartition("/")[2].split("-"), strict=False
    )
    if word.count("-") != meant.count("-"):
        return True
    return all(
        one == other
        or sorted(one) == sorted(other)
        or (len(other) >= _SHORTEST and (one[:1] == other[:1] or slips(one, other) == 1))
        for one, other in pairs
    )


def chosen_name(written: str, known: Iterable[str]) -> str:
    """The only one of the names that people chose which a written one is a slip for; "" if none.

    Such names differ in words and numbers on purpose: internal and external, v1 and v2, team-a
    and team-b.
    """
    near = [name for name in known if _is_slip(written.lower().replace("_", "-"), name)]
    return near[0] if len(near) == 1 else ""


def _is_slip(one: str, other: str) -> bool:
    """Whether two names differ inside of one word, and there by a slip of the pen."""
    words, others = one.split("-"), other.split("-")
    if len(words) != len(others):
        return False
    differing = [pair for pair in zip(words, others, strict=True) if pair[0] != pair[1]]
    if len(differing) != 1:
        return not differing
    word, meant = differing[0]
    if _DIGITS.findall(word) != _DIGITS.findall(meant):
        return False
    if min(len(word), len(meant)) < _SHORTEST:
        # Most of so few letters have a neighbour that is a word of its own.
        return sorted(word) == sorted(meant) and slips(word, meant) == 1
    most = 2 if len(meant) >= _FEW else 1
    return word[0] == meant[0] and slips(word, meant) <= most


def slips(one: str, other: str) -> int:
    """How many single letters are to be put in, taken out, changed, or swapped with the next."""
    start = _shared(one, other)
    one, other = one[start:], other[start:]
    end = _shared(one[::-1], other[::-1])
    one, other = one[: len(one) - end], other[: len(other) - end]
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        earlier, before, row = before, row, [i]
        for j, wanted in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
    return row[-1]


def _shared(one: str, other: str) -> int:
    """How many letters both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
