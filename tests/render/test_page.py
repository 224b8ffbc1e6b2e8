"""Lines of a report, on terminals and elsewhere."""

from __future__ import annotations

import io

import pytest

from kubectl_ingress.render.page import Page, together
from tests.terminals import Terminal

TEXT = "one-two-three four five six"


def page(columns: int | None, *, colour: bool = False) -> Page:
    return Page.of(io.StringIO() if columns is None else Terminal(columns), colour=colour)


def test_an_event_is_folded_on_a_terminal_and_one_line_elsewhere() -> None:
    assert page(None).event("12:00  ", TEXT * 9, "×") == f"12:00  × {TEXT * 9}"
    assert page(30).event("12:00  ", TEXT, "×").splitlines() == [
        "12:00  × one-two-three four",
        "         five six",
    ]
    assert page(30, colour=True).event("", "so", "×") == "\x1b[31m×\x1b[0m so"


def test_what_stays_together_is_not_parted() -> None:
    told = [*page(40).stage(" ", "medians", f"{together('first byte 1.2 ms')}   rest")]
    assert told == [f"    {'medians':<15}first byte 1.2 ms", f"{'':<19}rest"]


def test_a_word_that_is_longer_than_a_line_is_cut_in_its_middle() -> None:
    [line] = page(40).stage("√", "name", "a" * 30 + "b" * 30)
    assert line == "  √ name           aaaaaaaaa…bbbbbbbbbb"


def test_times_stand_at_the_end_of_the_first_line() -> None:
    told = [*page(50).stage("√", "host", "some words that are many", 0.0123)]
    assert told == [
        "  √ host           some words that are    12.3 ms",
        "                   many",
    ]


@pytest.mark.parametrize("columns", [1, 20, 30])
def test_no_terminal_is_too_narrow(columns: int) -> None:
    told = [
        *page(columns).stage("√", "load balancer", TEXT, 0.1),
        *page(columns).note("×", "", TEXT),
    ]
    assert "".join("".join(told).split()).count("three") == 2
