"""Work at the same time: in their order, and with the first error."""

from __future__ import annotations

import threading

import pytest

from kubectl_ingress.ports.abreast import WORKERS, begin


def test_what_each_gives_in_their_order() -> None:
    assert begin([lambda n=n: n * n for n in range(20)])() == [n * n for n in range(20)]  # type: ignore[misc]
    assert begin([])() == []


def test_they_are_done_at_the_same_time_and_who_began_them_goes_on() -> None:
    together = threading.Barrier(WORKERS + 1, timeout=10.0)
    wait = begin([together.wait] * WORKERS)
    together.wait()
    assert len(wait()) == WORKERS


def test_the_first_that_fails_is_raised_and_none_is_begun_after_it() -> None:
    begun: list[int] = []
    together = threading.Barrier(WORKERS, timeout=10.0)

    def fail(number: int) -> None:
        begun.append(number)
        together.wait()
        raise ValueError(number)

    wait = begin([lambda number=n: fail(number) for n in range(WORKERS + 2)])  # type: ignore[misc]
    with pytest.raises(ValueError, match="0"):
        wait()
    assert sorted(begun) == list(range(WORKERS))
