"""What follows a redirect: each row was measured with curl 7.88."""

from __future__ import annotations

import pytest

from kubectl_ingress.core.answer import Answer, Timings
from kubectl_ingress.core.redirects import Follow, keeps_body, location_of, next_request
from kubectl_ingress.core.request import Request


def answer(status: int, location: str) -> Answer:
    return Answer(status, (("Location", location),), b"", Timings(0.01), "10.0.0.1")


def follow(request: Request, status: int, location: str, **how: bool) -> Request | None:
    return next_request(request, answer(status, location), Follow(9, **how))


@pytest.mark.parametrize(
    ("method", "status", "keeps_method", "after", "body"),
    [
        ("GET", 302, False, "GET", False),
        ("POST", 301, False, "GET", False),
        ("POST", 302, False, "GET", False),
        ("POST", 303, False, "GET", False),
        ("POST", 307, False, "POST", True),
        ("POST", 308, False, "POST", True),
        ("POST", 301, True, "POST", False),
        ("PUT", 302, True, "PUT", False),
        ("PUT", 303, True, "PUT", False),
        ("HEAD", 303, False, "HEAD", False),
        ("GET", 300, False, "GET", True),
    ],
)
def test_the_method_and_the_body(
    method: str, status: int, keeps_method: bool, after: str, body: bool
) -> None:
    found = follow(Request("a", method=method), status, "/x", keeps_method=keeps_method)
    assert found is not None
    assert found.method == after
    assert keeps_body(answer(status, "/x")) is body


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/x", "http://a.example/x"),
        ("x", "http://a.example/dir/x"),
        ("../x", "http://a.example/x"),
        ("?q=1", "http://a.example/dir/page?q=1"),
        ("//b.example/x", "http://b.example/x"),
        ("https://b.example", "https://b.example/"),
        ("http://a.example:8080/x#part", "http://a.example:8080/x"),
        ("/x y?a=\xc3\xa9", "http://a.example/x%20y?a=%C3%A9"),
        ("/x\ty", "http://a.example/x%09y"),
    ],
)
def test_the_place(location: str, url: str) -> None:
    found = follow(Request("a.example", "/dir/page?p=1"), 302, location)
    assert found is not None
    assert found.url == url


@pytest.mark.parametrize(
    "location",
    ["mailto:a@b", "ftp://a/", "javascript:alert(1)", "http://[::1", "http://a:b/"],
)
def test_no_place_for_http(location: str) -> None:
    assert follow(Request("a.example"), 302, location) is None


@pytest.mark.parametrize(
    ("location", "keeps_cookies", "kept"),
    [
        ("/x", False, ["Authorization", "Cookie", "X-A"]),
        ("https://a.example/", False, ["X-A"]),
        ("http://a.example:81/", False, ["X-A"]),
        ("http://b.example/", False, ["X-A"]),
        ("http://b.example/", True, ["Cookie", "X-A"]),
    ],
)
def test_what_is_not_for_others(location: str, keeps_cookies: bool, kept: list[str]) -> None:
    typed = (("Authorization", "secret"), ("Cookie", "a=1"), ("X-A", "1"))
    request = Request("a.example", headers=typed)
    found = follow(request, 307, location, keeps_cookies=keeps_cookies)
    assert found is not None
    assert [name for name, _ in found.headers] == kept


@pytest.mark.parametrize(("status", "location"), [(200, "/x"), (404, "/x"), (302, "")])
def test_what_is_no_redirect(status: int, location: str) -> None:
    assert location_of(answer(status, location)) == ""
