from __future__ import annotations

import pytest

from kubectl_ingress.core.request_lines import Typed, parse_cookie, parse_line
from kubectl_ingress.errors import UsageError


def test_a_line() -> None:
    line = (
        '{"url": "http://a.example/x", "method": "POST", "clientIP": "10.0.0.1",'
        ' "headers": {"A": "1", "B": ["2", "3"]}, "cookies": {"c": "4", "d": "5"}}'
    )
    headers = (("A", "1"), ("B", "2"), ("B", "3"), ("Cookie", "c=4; d=5"))
    assert parse_line(line) == Typed("http://a.example/x", "POST", headers, "10.0.0.1")
    assert parse_line('{"url": "/x", "headers": [["A", "1"]], "method": null}') == Typed(
        "/x", headers=(("A", "1"),)
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "not JSON"), ("[]", "not a JSON object"), ("[" * 100_000, "not JSON"),
        ("{}", "neither a path nor a URL"), ('{"url": 5}', "url is not a string"),
        ('{"url": "/x", "path": "/y"}', "unknown field 'path'"),
        ('{"url": "/x", "headers": 5}', "headers is neither"),
        ('{"url": "/x", "headers": [["a"]]}', "not a pair"),
        ('{"url": "/x", "headers": {"a": null}}', "not a pair"),
        ('{"url": "/x", "headers": {"a": "b\\nc"}}', "line break"),
        ('{"url": "/x", "cookies": ["a"]}', "cookies is not"),
        ('{"url": "/x", "method": "G ET"}', "is no method"),
    ],
)  # fmt: skip
def test_bad_lines(line: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        parse_line(line)


def test_cookies_as_curl_s() -> None:
    assert parse_cookie("a=1; b=2;") == "a=1; b=2"
    for bad in ("file.txt", "a=1\nb=2", ""):
        with pytest.raises(UsageError):
            parse_cookie(bad)
