"""Values as Go reads them, and as nginx does."""

from __future__ import annotations

import pytest

from kubectl_ingress.controllers._go import parse_bool, parse_int, words
from kubectl_ingress.controllers._nginx import arguments, host_of, size
from kubectl_ingress.core.request import Request


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", True), ("TRUE", True), ("f", False), ("0", False), ("yes", None), ("tRUE", None)],
)
def test_booleans(text: str, value: bool | None) -> None:
    assert parse_bool(text) is value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("007", 7),
        ("-5", -5),
        ("+0", 0),
        ("9223372036854775807", 2**63 - 1),
        ("-9223372036854775808", -(2**63)),
        ("9223372036854775808", None),
        ("9" * 5000, None),
        ("0" * 5000 + "1", 1),
        ("1_000", None),
        (" 1", None),
        ("1.0", None),
        ("٣", None),
        ("", None),
    ],
)
def test_numbers(text: str, value: int | None) -> None:
    assert parse_int(text) == value


def test_words() -> None:
    assert words(" a ,,b\u3000, ") == ("a", "b")


@pytest.mark.parametrize(
    ("text", "value"),
    [("8", 8), (" 2K ", 2048), ("1m", 1 << 20), ("1G", 1 << 30), ("1t", None), ("9" * 5000, None)],
)
def test_sizes(text: str, value: int | None) -> None:
    assert size(text) == value


@pytest.mark.parametrize(
    ("host", "compared"),
    [
        ("A.test.", "a.test"),
        ("a.test:x", "a.test"),
        ("::1", "[::1]"),
        ("[::1]", "[::1]"),
        ("", None),
        (".", None),
        ("a..test", None),
        ("a/b", None),
        ("a b", None),
    ],
)
def test_hosts(host: str, compared: str | None) -> None:
    assert host_of(host) == compared


def test_an_empty_query_loses_its_question_mark() -> None:
    assert [arguments(Request("h", one)) for one in ("/", "/?", "/?a=1")] == ["", "", "?a=1"]
