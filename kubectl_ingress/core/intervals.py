"""How sure a counted share is: the exact interval of Clopper and Pearson (Biometrika 26, 1934)."""

from __future__ import annotations

import math
from collections.abc import Callable

CONFIDENCE = 0.999
"""A share that is as it should be is called wrong once in a thousand measurements."""


def share_interval(count: int, total: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The shares, 0 to 1, with which `count` of `total` is still likely. `total` is not 0."""
    tail = (1 - confidence) / 2
    low = 0.0
    if count > 0:
        low = _where(lambda share: _at_least(count, total, share) > tail)
    high = 1.0
    if count < total:
        high = _where(lambda share: 1 - _at_least(count + 1, total, share) <= tail)
    return low, high


def _where(is_above: Callable[[float], bool]) -> float:
    """Where a test that is false for small shares becomes true."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if is_above(middle):
            high = middle
        else:
            low = middle
    return (low + high) / 2


def _at_least(count: int, total: int, share: float) -> float:
    """The chance of `count` or more of `total`: a regularised incomplete beta function."""
    if not 0 < share < 1:
        return float(share >= 1)
    a, b = float(count), float(total - count + 1)
    scale = math.exp(
        math.lgamma(a + b)
        - math.lgamma(a)
        - math.lgamma(b)
        + a * math.log(share)
        + b * math.log1p(-share)
    )
    # The fraction converges fast on this side of the mean alone; the other is its mirror.
    if share < (a + 1) / (a + b + 2):
        return scale * _fraction(a, b, share) / a
    return 1 - scale * _fraction(b, a, 1 - share) / b


def _fraction(a: float, b: float, x: float) -> float:
    """The continued fraction of the incomplete beta function (DLMF 8.17.22), by Lentz's method."""
    tiny = 1e-300
    c, d = 1.0, 1 / ((1 - (a + b) * x / (a + 1)) or tiny)
    value = d
    for m in range(1, 10_000):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / ((1 + term * d) or tiny)
            c = (1 + term / c) or tiny
            value *= c * d
        if abs(c * d - 1) < 1e-14:
            break
    return value
