"""Tables: whole where nobody watches, and within the lines of whoever does."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pytest

from kubectl_ingress.render.table import show_table
from tests.terminals import Terminal

HEADS = ("NAME", "READY", "ADDRESS")
ADDRESS = "a20d3.elb.eu-west-1.amazonaws.com"
ROWS = (("web", "1/1", ADDRESS), ("a-longer-name", "-", ""))


def shown(columns: int | None, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    stream = io.StringIO() if columns is None else Terminal(columns)
    show_table(stream, heads, rows)
    return stream.getvalue().splitlines()


@pytest.mark.parametrize("columns", [None, 56, 200])
def test_with_room_for_all_of_it(columns: int | None) -> None:
    assert shown(columns, HEADS, ROWS) == [
        "NAME           READY  ADDRESS",
        f"web            1/1    {ADDRESS}",
        "a-longer-name  -",
    ]


def test_what_has_no_room_stands_below_with_its_head() -> None:
    # The last column of the terminal stays free.
    assert shown(55, HEADS, ROWS) == [
        "NAME           READY",
        "web            1/1",
        f"    ADDRESS {ADDRESS}",
        "a-longer-name  -",
    ]


def test_as_many_as_have_room_stand_on_one_line_and_nothing_is_not_said() -> None:
    assert shown(20, (*HEADS, "TLS", "NOTE"), [("web", "1/1", "10.0.0.1", "-", "dead")]) == [
        "NAME  READY",
        "web   1/1",
        "    ADDRESS 10.0.0.1",
        "    NOTE dead",
    ]
    rows = [("web", "1/1", "10.0.0.1", "41d", "dead")]
    assert shown(22, (*HEADS, "TLS", "NOTE"), rows)[2:] == ["    TLS 41d", "    NOTE dead"]
    assert shown(24, (*HEADS, "TLS", "NOTE"), rows)[2:] == ["    TLS 41d  NOTE dead"]


def test_names_are_never_broken() -> None:
    [*_, below] = shown(24, HEADS, ROWS[:1])
    assert below == f"    ADDRESS {ADDRESS}"


def test_sentences_at_the_end_are_folded_under_themselves() -> None:
    rows = [("KI101", "The host of the request is in no rule."), ("KI102", "Short.")]
    assert shown(40, ("CODE", "WHAT"), rows) == [
        "CODE   WHAT",
        "KI101  The host of the request is in no",
        "       rule.",
        "KI102  Short.",
    ]


def test_hostile_text_is_escaped_and_measured_as_it_is_shown() -> None:
    rows = [("\x1b[31mx", "y")]
    assert shown(13, ("A", "B"), rows) == ["A          B", "\\x1b[31mx  y"]
    assert shown(12, ("A", "B"), rows) == ["A", "\\x1b[31mx", "    B y"]
