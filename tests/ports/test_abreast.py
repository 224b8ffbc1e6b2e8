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


def test_the_first_that_fails_is_raised_when_all_are_done() -> None:
    done: list[int] = []

    def fail(number: int) -> None:
        done.append(number)
        raise ValueError(number)

    wait = begin([lambda: done.append(0), lambda: fail(1), lambda: fail(2)])
    with pytest.raises(ValueError, match="1"):
        wait()
    assert sorted(done) == [0, 1, 2]
