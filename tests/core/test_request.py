"""A request as a server reads it."""

from __future__ import annotations

import pytest

from kubectl_ingress.core.request import Request


@pytest.mark.parametrize(
    ("target", "host", "port", "path"),
    [
        ("http://b.test/x?q=1", "b.test", None, "/x?q=1"),
        ("http://b.test:8080/x", "b.test", 8080, "/x"),
        ("https://b.test", "b.test", None, "/"),
        ("http://b.test?q", "b.test", None, "/?q"),
        ("/x?u=http://b.test/", "a.test", 81, "/x?u=http://b.test/"),
        ("*", "a.test", 81, "*"),
        ("http://b.test:99999999/x", "b.test:99999999", None, "/x"),
        ("http://b.test:٨٠/x", "b.test:٨٠", None, "/x"),
        ("http://[::1]:8080/x", "::1", 8080, "/x"),
        ("http://::1/x", "::1", None, "/x"),
        ("http://b.test:/x", "b.test", None, "/x"),
    ],
)
def test_a_target_that_is_a_url_names_the_host(
    target: str, host: str, port: int | None, path: str
) -> None:
    received = Request("a.test", target, port=81).received()
    assert (received.host, received.port, received.target) == (host, port, path)
