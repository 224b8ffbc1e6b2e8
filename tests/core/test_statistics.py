import math
import random

import pytest

from kubectl_ingress.core.statistics import PERCENTILE_ERROR, Durations, evenness


def test_evenness_is_pearson_s() -> None:
    # By the chi-square distribution's own tables.
    assert evenness([10, 10, 10]) == 1.0
    assert evenness([11, 10, 9]) == pytest.approx(0.904837, abs=1e-6)
    assert evenness([20, 5, 5]) == pytest.approx(0.000553, abs=1e-6)
    assert evenness([30, 10]) == pytest.approx(0.001565, abs=1e-6)
    assert evenness([9, 12, 11, 8]) == pytest.approx(0.801252, abs=1e-6)
    assert evenness([7]) == 1.0


def test_groups_are_even_each_for_itself() -> None:
    # 70 to 30 is no unevenness where two backends have these weights.
    assert evenness([35, 35], [15, 15]) == 1.0
    assert evenness([35, 35, 15, 15]) < 0.01
    # Two statistics of one degree of freedom each are one of two.
    assert evenness([30, 10], [10, 30]) == pytest.approx(math.exp(-10), rel=1e-9)
    assert evenness([30, 10], [5]) == evenness([30, 10])
    assert evenness([], []) == 1.0


def durations(values: list[float]) -> Durations:
    found = Durations()
    for value in values:
        found.add(value)
    return found


def exact(values: list[float], share: float) -> float:
    """The nearest-rank percentile by its definition."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


@pytest.mark.parametrize("count", [1, 2, 3, 100, 5000])
def test_percentiles_are_as_near_as_is_said(count: int) -> None:
    chance = random.Random(count)
    values = [chance.lognormvariate(-5, 2) for _ in range(count)]
    found = durations(values)
    for share in (0.01, 0.5, 0.9, 0.95, 0.99, 1.0):
        wanted = exact(values, share)
        assert abs(found.quantile(share) - wanted) <= wanted * PERCENTILE_ERROR * (1 + 1e-9)
    assert (found.low, found.high, found.count) == (min(values), max(values), count)


def test_a_duration_alone_is_told_as_it_is() -> None:
    assert durations([0.01]).quantile(0.5) == 0.01
    assert durations([0.0]).quantile(0.99) == 0.0


def test_a_million_durations_need_no_more_memory_than_a_few_classes() -> None:
    chance = random.Random(1)
    found = durations([chance.uniform(0.0001, 30) for _ in range(20_000)])
    assert len(found._classes) < math.log(300_000) / math.log(1.01) + 2
