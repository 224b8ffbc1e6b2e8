"""What many answers show: percentiles of their times, and whether their spread is even."""

from __future__ import annotations

import math
from collections import Counter

from msgspec import Struct, field

PERCENTILE_ERROR = 0.005
"""How far a percentile may be from the true one, as a part of it."""

_GROWTH = (1 + PERCENTILE_ERROR) / (1 - PERCENTILE_ERROR)
_LEAST_SECONDS = 1e-7
_SHOWN = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))


class Durations(Struct):
    """Durations in seconds, counted in classes each one percent wider than the one before.

    `low` and `high` are exact, `quantile` is within PERCENTILE_ERROR (the idea is
    that of DDSketch, https://arxiv.org/abs/1908.10693). From 0.1 µs to an hour
    there are 2,400 classes: a million durations need no more memory than that.
    """

    count: int = 0
    low: float = math.inf
    high: float = 0.0
    _classes: Counter[int] = field(default_factory=Counter)

    def add(self, seconds: float) -> None:
        """One more."""
        self.count += 1
        self.low, self.high = min(self.low, seconds), max(self.high, seconds)
        self._classes[math.ceil(math.log(max(seconds, _LEAST_SECONDS), _GROWTH))] += 1

    def quantile(self, share: float) -> float:
        """The nearest-rank percentile; share 0.5 is the median. There must be a duration."""
        rank, seen = max(1, math.ceil(share * self.count)), 0
        for number in sorted(self._classes):
            seen += self._classes[number]
            if seen >= rank:
                # The middle of the class, as far as its error is the same on both sides.
                middle = 2 * _GROWTH**number / (_GROWTH + 1)
                return min(max(middle, self.low), self.high)
        return self.high

    def percentiles(self) -> dict[str, float]:
        """Those that are shown, by name."""
        return {name: self.quantile(share) for name, share in _SHOWN}


def evenness(*groups: list[int]) -> float:
    """The chance of spreads at least this uneven if all pods of a group were equally likely.

    Pearson's chi-square test. 1.0 where there is nothing to compare.
    """
    freedom, statistic = 0, 0.0
    for counts in groups:
        total, cells = sum(counts), len(counts)
        if cells >= 2 and total > 0:
            mean = total / cells
            freedom += cells - 1
            statistic += sum((count - mean) ** 2 / mean for count in counts)
    return _upper_gamma(freedom, statistic / 2) if freedom else 1.0


def _upper_gamma(freedom: int, x: float) -> float:
    # Q(k/2, x) by its recurrence from Q(1/2, x) = erfc(sqrt x) or Q(1, x) = exp(-x).
    a = 0.5 if freedom % 2 else 1.0
    value = math.erfc(math.sqrt(x)) if freedom % 2 else math.exp(-x)
    while a < freedom / 2:
        value += math.exp(a * math.log(x) - x - math.lgamma(a + 1)) if x > 0 else 0.0
        a += 1
    return min(1.0, value)
