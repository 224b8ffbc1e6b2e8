"""Quantities, times and bytes; tests/live asks the real API server the same."""

from __future__ import annotations

import pytest

from kubectl_ingress.lab.apiserver import scalars
from tests.lab.rows_scalars import (
    BYTES,
    NO_BYTES,
    NO_QUANTITIES,
    NO_TIMES,
    QUANTITIES,
    TIMES,
)


@pytest.mark.parametrize("text", QUANTITIES)
def test_quantity(text: str) -> None:
    assert scalars.quantity(text) == QUANTITIES[text]
    assert scalars.quantity(QUANTITIES[text]) == QUANTITIES[text]


@pytest.mark.parametrize("text", NO_QUANTITIES)
def test_no_quantity(text: str) -> None:
    with pytest.raises(scalars.Unreadable) as unreadable:
        scalars.quantity(text)
    assert str(unreadable.value) == NO_QUANTITIES[text]


def test_amounts_can_be_compared() -> None:
    amount = scalars.amount
    assert amount("1Gi") == amount("1024Mi") == amount("1073741824")
    assert amount("100m") < amount("0.2") < amount("2e3")
    assert amount("-1500m") == -1.5
    with pytest.raises(scalars.Unreadable, match="quantities must match"):
        amount("1 Gi")


@pytest.mark.parametrize("text", TIMES)
def test_time(text: str) -> None:
    assert scalars.time(text) == TIMES[text]


@pytest.mark.parametrize("text", NO_TIMES)
def test_no_time(text: str) -> None:
    with pytest.raises(scalars.Unreadable) as unreadable:
        scalars.time(text)
    assert str(unreadable.value) == NO_TIMES[text]


def test_time_in_microseconds() -> None:
    found = scalars.time("2020-12-01T10:00:00.000100+01:00", micro=True)
    assert found == "2020-12-01T09:00:00.000100Z"
    with pytest.raises(scalars.Unreadable, match=r'cannot parse "Z" as "\.000000"'):
        scalars.time("2020-12-01T10:00:00Z", micro=True)


@pytest.mark.parametrize("text", BYTES)
def test_bytes(text: str) -> None:
    assert scalars.encoded(text) == BYTES[text]


@pytest.mark.parametrize("text", NO_BYTES)
def test_no_bytes(text: str) -> None:
    with pytest.raises(scalars.Unreadable) as unreadable:
        scalars.encoded(text)
    assert str(unreadable.value) == f"illegal base64 data at input byte {NO_BYTES[text]}"
