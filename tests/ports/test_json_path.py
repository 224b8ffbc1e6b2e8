"""JSONPath by the letter of RFC 9535, and nothing but errors of our own for what is none."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_ingress.ports.json_path import read_json_path

STORE = {
    "book": [
        {"title": "A", "price": 8, "isbn": "1"},
        {"title": "B", "price": 12},
        {"title": "C", "price": 9, "isbn": None},
    ],
    "a b": {"'": True},
}


@pytest.mark.parametrize(
    ("path", "singular", "values"),
    [
        ("$", True, [STORE]),
        ("$.book[0].title", True, ["A"]),
        ("$['a b']['\\'']", True, [True]),
        ("$.book[-1].isbn", True, [None]),
        ("$.book[9]", True, []),
        ("$.book[*].title", False, ["A", "B", "C"]),
        ("$..price", False, [8, 12, 9]),
        ("$.book[0:2].price", False, [8, 12]),
        ("$.book[?@.price < 10].title", False, ["A", "C"]),
        ("$.book[?@.isbn].title", False, ["A", "C"]),
        ("$.book[?match(@.title, '[AB]')].price", False, [8, 12]),
        ("$.book[?length(@.title) == 1 && @.price > 10].title", False, ["B"]),
    ],
)
def test_what_it_leads_to(path: str, singular: bool, values: list[Any]) -> None:
    read = read_json_path(path)
    assert (read.singular, read.values(STORE)) == (singular, values)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "book",
        " $.book",
        "$.book ",
        "$.book[",
        "$.book[01]",
        "$.book | $.a",
        "^$.book",
        "$.book[?nope(@)]",
        "$.book[?@.price == 1e400]",
        "$[99999999999999999999]",
        "$" + ".a" * 2000,
        "$" + "[?(@" * 200,
    ],
)
def test_what_is_none(path: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        read_json_path(path)
    assert "\n" not in str(caught.value)


def test_a_document_that_is_too_deep() -> None:
    deep: Any = 1
    for _ in range(5000):
        deep = [deep]
    with pytest.raises(ValueError, match="recursion"):
        read_json_path("$..a").values(deep)
