import pytest

from kubectl_ingress.core.target import parse_header, parse_target
from kubectl_ingress.errors import UsageError

LB = "a0.elb.example"


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("/echo", f"http://{LB}/echo"),
        ("/a?x=/../y#z", f"http://{LB}/a?x=/../y"),
        ("/a/../b/./c", f"http://{LB}/b/c"),
        ("/a/..", f"http://{LB}/"),
        ("/a//b%2F", f"http://{LB}/a//b%2F"),
        ("/é", f"http://{LB}/%C3%A9"),
        ("http://JKO.Example.com/x", "http://jko.example.com/x"),
        ("https://jko.example.com", "https://jko.example.com/"),
        ("https://jko.example.com:8443/?", "https://jko.example.com:8443/?"),
        ("http://jko.example.com:80/", "http://jko.example.com/"),
    ],
)
def test_target(typed: str, url: str) -> None:
    assert parse_target(typed, LB).url == url


@pytest.mark.parametrize(
    "typed", ["echo", "ftp://a/b", "http://", "http:///x", "http://a b/", "http://u@h/", "/a b",
              "http://a:99999/", "http://[::1/", "/a\x1b[0m", ""]
)  # fmt: skip
def test_bad_targets_are_usage_errors(typed: str) -> None:
    with pytest.raises(UsageError):
        parse_target(typed, LB)


def test_a_host_header_is_the_host() -> None:
    request = parse_target("/x", LB, headers=[("Host", "JKO.example.com"), ("A", "1")])
    assert request.host == "jko.example.com"
    assert request.headers == (("A", "1"),)


def test_headers_as_curl_takes_them() -> None:
    assert parse_header("Accept: text/html") == ("Accept", "text/html")
    assert parse_header("X-Empty;") == ("X-Empty", "")
    for bad in ("Accept", ": x", "A B: c", "X: a\r\nY: b"):
        with pytest.raises(UsageError):
            parse_header(bad)
