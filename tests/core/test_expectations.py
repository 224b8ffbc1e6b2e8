"""What a route test may expect of answers: the forms that are taken, and those that are refused."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_ingress.core.expectations import TextExpected, TlsExpected
from kubectl_ingress.core.route_test import MEASURED, RouteTest, parse_route_tests
from kubectl_ingress.errors import InputError
from kubectl_ingress.ports.json_path import read_json_path

HEAD = {"apiVersion": "kubectl-ingress/v1", "kind": "RouteTest"}


def where(path: tuple[str | int, ...]) -> str:
    return "/".join(map(str, path))


def parsed(expect: Any, **more: Any) -> RouteTest:
    test = {"request": {"url": "http://a.example/"}, "expect": expect, **more}
    return parse_route_tests({**HEAD, "tests": [test]}, where, read_json_path).tests[0]


def test_plain_texts_are_what_one_means() -> None:
    found = parsed({"body": "hello", "headers": {"A": "b"}, "pods": "x-*"}).expected.answer
    assert found.body == TextExpected(contains=("hello",))
    assert found.headers == (("A", TextExpected("b")),)
    assert found.pods == ("x-*",)
    assert found.named == ("body", "headers", "pods")


def test_an_expression_has_a_character_for_each_byte() -> None:
    found = parsed({"body": {"matches": "é"}}).expected.answer.body
    assert found == TextExpected(matches="\xc3\xa9")


@pytest.mark.parametrize("version", ["1.3", 1.3, "TLSv1.3"])
def test_tls_versions_as_they_are_written(version: Any) -> None:
    found = parsed({"tls": {"version": version, "daysLeft": 14}}).expected.answer.tls
    assert found == TlsExpected(days_left=14, version="1.3")


def test_json_paths_and_values() -> None:
    found = parsed({"json": {"$.a": None, "$..b": [1, {"c": True}]}}).expected.answer.json
    assert [(one.path, one.query.singular, one.value) for one in found] == [
        ("$.a", True, None),
        ("$..b", False, [1, {"c": True}]),
    ]


def test_how_often_it_is_sent() -> None:
    assert parsed({"status": 200}).count == 1
    assert parsed({"status": 200}, count=7).count == 7
    assert parsed({"weight": {"a/b": 30}}).count == MEASURED
    assert parsed({"latency": {"p99": 30}}).count == MEASURED
    assert parsed({"weight": {"a/b": 30}}, count=50).count == 50


@pytest.mark.parametrize(
    ("expect", "more", "message"),
    [
        ({"body": 1}, {}, "expect/body: tests[0].expect.body is not text (put it in quotes)"),
        ({"body": {}}, {}, "expect/body: tests[0].expect.body names nothing"),
        ({"body": {"absent": True}}, {}, "expect/body/absent: tests[0].expect.body has no field"),
        ({"body": {"contain": "x"}}, {}, "expect/body/contain"),
        ({"body": {"contains": []}}, {}, "contains is an empty list"),
        ({"body": {"matches": "("}}, {}, "matches is no regular expression"),
        ({"body": {"matches": ""}}, {}, "matches is empty"),
        ({"headers": {}}, {}, "headers names nothing"),
        ({"headers": {"A B": "x"}}, {}, "'A B' is no name of a header"),
        ({"headers": {"A": {"absent": True, "equals": "x"}}}, {}, "absent and something too"),
        ({"json": {}}, {}, "json names nothing"),
        ({"json": {"a.b": 1}}, {}, "'a.b' is no JSONPath: it does not begin with $"),
        ({"json": {"$.a[": 1}}, {}, "'$.a[' is no JSONPath: "),
        ({"json": {"$.a": float("nan")}}, {}, "is not a value that JSON has"),
        ({"pods": []}, {}, "pods is an empty list"),
        ({"tls": {}}, {}, "tls names nothing"),
        ({"tls": {"version": 3}}, {}, "there is no TLS '3'"),
        ({"tls": {"daysLeft": "14"}}, {}, "daysLeft is not a number"),
        ({"latency": {"p90": 1}}, {}, "latency has no field 'p90'"),
        ({"latency": {"p95": 0}}, {}, "p95 is not a time in milliseconds"),
        ({"latency": {"p99": 10}}, {"count": 99}, "p99 of 99 answers says nothing"),
        ({"latency": {}}, {}, "latency names nothing"),
        ({"weight": {"a/b": 30}}, {"count": 5}, "a share of 5 requests says nothing"),
        ({"status": 200}, {"count": 0}, "count is not a whole number from 1 to 10000"),
        ({"status": 200}, {"count": 1.5}, "count is not a whole number"),
    ],
    ids=str,
)
def test_other_forms_are_refused_with_their_place(expect: Any, more: Any, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parsed(expect, **more)
    assert message in caught.value.sentence
    assert caught.value.sentence.startswith("tests/0")
    assert caught.value.next_step
