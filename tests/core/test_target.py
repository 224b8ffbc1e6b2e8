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
        ("http://JKO.Example.com/x", "http://JKO.Example.com/x"),
        ("https://jko.example.com", "https://jko.example.com/"),
        ("https://jko.example.com:8443/?", "https://jko.example.com:8443/?"),
        ("http://jko.example.com:80/", "http://jko.example.com/"),
        ("http://jko.example.com:/", "http://jko.example.com/"),
        ("http://[2001:DB8::1]:81/", "http://[2001:DB8::1]:81/"),
    ],
)
def test_target(typed: str, url: str) -> None:
    assert parse_target(typed, LB).url == url


@pytest.mark.parametrize(
    "typed", ["echo", "ftp://a/b", "http://", "http:///x", "http://a b/", "http://u@h/", "/a b",
              "http://a:99999/", "http://[::1/", "/a\x1b[0m", "", "http://a:0/", "http://::1/",
              "http://a:٨٠/", "http://[10.0.0.1]/", "http://:80/"]
)  # fmt: skip
def test_bad_targets_are_usage_errors(typed: str) -> None:
    with pytest.raises(UsageError):
        parse_target(typed, LB)


@pytest.mark.parametrize(
    ("typed", "said", "step"),
    [
        ("http://a.example/a b", "a space", "%20"),
        ("http://u:secret@a.example:81/x?y", "names a user, 'u'", "http://a.example:81/x"),
        ("http:///x", "no host", "http://HOST/PATH"),
    ],
)
def test_what_is_wrong_with_a_url_is_named(typed: str, said: str, step: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_target(typed, LB)
    assert said in caught.value.sentence
    assert step in caught.value.next_step
    assert "secret" not in caught.value.sentence + caught.value.next_step


def test_a_host_header_is_the_host() -> None:
    request = parse_target("/x", LB, headers=[("Host", "JKO.example.com"), ("A", "1")])
    # In its own letters, as curl sends it: Kong tells them apart.
    assert request.host == "JKO.example.com"
    assert request.headers == (("A", "1"),)


def test_the_port_stays_the_url_s() -> None:
    request = parse_target("http://a.test:8080/x", LB, headers=[("Host", "b.test")])
    assert (request.host, request.port) == ("b.test", 8080)
    same = parse_target("/x", LB, headers=[("Host", "b.test:80")])
    assert (same.host, same.port) == ("b.test", None)
    with pytest.raises(UsageError, match="port 8080 is not that of the URL, 80"):
        parse_target("/x", LB, headers=[("Host", "b.test:8080")])


def test_headers_as_curl_takes_them() -> None:
    assert parse_header("Accept: text/html") == ("Accept", "text/html")
    assert parse_header("X-Empty;") == ("X-Empty", "")
    for bad in ("Accept", ": x", "A B: c", "X: a\r\nY: b"):
        with pytest.raises(UsageError):
            parse_header(bad)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("Authorization Bearer s3cret", "-H 'Authorization …' has no colon"),
        ("s3cret", "-H has no colon"),
        ("czNjcmV0==", "-H has no colon"),
        ("Bad Name: s3cret", "-H 'Bad …' has no valid header name"),
        ("Authorization Bearer s3cret;", "-H 'Authorization …' has no valid header name"),
        ("X-Key=s3cret:x", "-H 'X-Key …' has no valid header name"),
    ],
)
def test_what_is_wrong_with_a_header_is_said_without_its_value(typed: str, sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_header(typed)
    assert caught.value.sentence == sentence
