"""Intervals of shares, against the binomial distribution itself."""

from __future__ import annotations

import math

import pytest

from kubectl_ingress.core.intervals import share_interval


def at_least(count: int, total: int, share: float) -> float:
    return sum(
        math.comb(total, k) * share**k * (1 - share) ** (total - k) for k in range(count, total + 1)
    )


@pytest.mark.parametrize("total", [1, 7, 40, 150])
@pytest.mark.parametrize("part", [0.0, 0.1, 0.5, 0.97, 1.0])
@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.999])
def test_the_ends_are_where_the_tails_begin(total: int, part: float, confidence: float) -> None:
    count = round(total * part)
    low, high = share_interval(count, total, confidence)
    tail = (1 - confidence) / 2
    assert low <= count / total <= high
    if count:
        assert at_least(count, total, low) == pytest.approx(tail, rel=1e-6)
    else:
        assert low == 0
    if count < total:
        assert 1 - at_least(count + 1, total, high) == pytest.approx(tail, rel=1e-6)
    else:
        assert high == 1


def test_it_narrows_with_the_number() -> None:
    widths = [high - low for low, high in (share_interval(n * 3 // 10, n) for n in (100, 10_000))]
    assert widths[0] > 0.25
    assert widths[1] < 0.04
