"""Looking again and again until nothing is missing."""

from __future__ import annotations

import io

import pytest

from kubectl_ingress.env import Environment
from kubectl_ingress.errors import ApiError, ApiFailed, ApiForbidden, ApiUnreachable
from kubectl_ingress.ports.waiting import look_until
from tests.running import FakeClock

Look = str | ApiError


class Waited:
    """One wait of 5 s with 2 s between looks, and what there is to see, the last of it for ever."""

    def __init__(self, *looks: Look, wait: float = 5.0) -> None:
        self.clock, self.stderr = FakeClock(), io.StringIO()
        self._looks, self._wait, self.looked = iter(looks), wait, 0
        self._last = looks[-1]

    def __call__(self) -> str:
        environment = Environment(
            stderr=self.stderr, monotonic=self.clock.monotonic, sleep=self.clock.sleep
        )
        return look_until(self._look, str.strip, environment, self._wait, 2.0)

    def _look(self) -> str:
        self.looked += 1
        found = next(self._looks, self._last)
        if isinstance(found, ApiError):
            raise found
        return found


def test_what_is_there_is_not_waited_for() -> None:
    waited = Waited(" ")
    assert (waited(), waited.looked, waited.clock.now) == (" ", 1, 0.0)
    assert waited.stderr.getvalue() == ""


def test_each_thing_that_is_missing_is_told_once() -> None:
    waited = Waited("a", "a", "b\x1b[0m", "")
    assert (waited(), waited.looked, waited.clock.now) == ("", 4, 5.0)
    told = waited.stderr.getvalue().splitlines()
    assert [line[:10] for line in told] == ["waiting: a", "waiting: b"]
    assert "\x1b" not in waited.stderr.getvalue()


def test_the_last_look_is_at_the_deadline() -> None:
    waited = Waited("a")
    assert (waited(), waited.looked, waited.clock.now) == ("a", 4, 5.0)


def test_who_does_not_wait_looks_once_and_is_told_nothing() -> None:
    waited = Waited("a", wait=0.0)
    assert (waited(), waited.looked, waited.stderr.getvalue()) == ("a", 1, "")


@pytest.mark.parametrize("gone", [ApiUnreachable("gone", ""), ApiFailed("gone", "")])
def test_an_api_server_that_was_there_is_waited_for(gone: ApiError) -> None:
    waited = Waited("a", gone, gone, "")
    assert (waited(), waited.looked, waited.clock.now) == ("", 4, 4.0)
    for looks, seconds in ((("a", gone), 5.0), ((gone, ""), 0.0)):
        waited = Waited(*looks)
        with pytest.raises(type(gone)):
            waited()
        assert waited.clock.now == seconds


def test_what_may_not_be_looked_at_is_not_waited_for() -> None:
    waited = Waited("a", ApiForbidden("no", ""))
    with pytest.raises(ApiForbidden):
        waited()
    assert waited.clock.now == 2.0
