"""What no good client sends: the proxy answers it, or ends the connection, and lives on."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import suppress
from socket import socket

import pytest

from tests.dataplane.serving import (
    Endpoint,
    Served,
    connected,
    exchange,
    get,
    healthy,
    read_answer,
    receive,
    receive_all,
)

Proxy = Callable[..., Served]
Make = Callable[[Callable[[socket], None]], Endpoint]

POST = b"POST / HTTP/1.1\r\nHost: a.example\r\n"
CHUNKED = "Transfer-Encoding: chunked"


@pytest.mark.parametrize(
    ("status", "request_bytes"),
    [
        (400, b"hello\r\n\r\n"),
        (400, b"GET /\r\n\r\n"),
        (400, b"get / HTTP/1.1\r\nHost: a.example\r\n\r\n"),
        (400, b"GET / HTTP/1.1\r\n\r\n"),
        (400, b"GET /a b HTTP/1.1\r\nHost: a.example\r\n\r\n"),
        (400, b"GET /\x00 HTTP/1.1\r\nHost: a.example\r\n\r\n"),
        (400, b"GET x HTTP/1.1\r\nHost: a.example\r\n\r\n"),
        (400, b"GET /../x HTTP/1.1\r\nHost: a.example\r\n\r\n"),
        (400, b"GET /%zz HTTP/1.1\r\nHost: a.example\r\n\r\n"),
        (400, b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
        (400, b"GET / HTTP/1.1\r\nHost: a..b\r\n\r\n"),
        (400, b"GET / HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\n\r\n"),
        (400, b"GET / HTTP/1.1\r\nHost: a.example\r\nX : y\r\n\r\n"),
        (400, b"GET / HTTP/1.1\r\nHost: a.example\r\nX: y\r\n folded\r\n\r\n"),
        (400, b"GET / HTTP/1.1\r\nHost: a.example\r\nX: a\x00b\r\n\r\n"),
        (400, b"GET / HTTP/1.1\r\nHost: a.example\r\nX: " + b"x" * 9000 + b"\r\n\r\n"),
        (
            400,
            b"GET / HTTP/1.1\r\nHost: a.example\r\n" + b"X: %s\r\n" % (b"x" * 7000) * 5 + b"\r\n",
        ),
        (414, b"GET /" + b"x" * 9000),
        (405, b"TRACE / HTTP/1.1\r\nHost: a.example\r\n\r\n"),
        (405, b"CONNECT / HTTP/1.1\r\nHost: a.example\r\n\r\n"),
        (505, b"GET / HTTP/2.0\r\nHost: a.example\r\n\r\n"),
        (501, POST + b"Transfer-Encoding: gzip\r\n\r\n"),
        (400, POST + b"Content-Length: +1\r\n\r\nx"),
        (400, POST + b"Content-Length: 1, 1\r\n\r\nx"),
        (400, POST + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\nx"),
        (400, POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        (400, POST.replace(b"1.1", b"1.0") + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        (400, POST + b"Transfer-Encoding: chunked\r\n\r\nxx\r\n"),
        (400, POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\nxyz"),
    ],
)
def test_what_is_no_http_is_refused(status: int, request_bytes: bytes, echo: Served) -> None:
    with connected(echo.listen.http) as client:
        client.sendall(request_bytes)
        answer = read_answer(client)
        assert (answer.status, answer["connection"]) == (status, "close")
        assert client.recv(1) == b""


def test_it_survives_whatever_is_sent(echo: Served) -> None:
    chance = random.Random(1)
    good = get("/x", "a.example", "Content-Length: 4", CHUNKED, method="POST") + b"1\r\nx\r\n"
    parts = [good, b"\r\n\r\n", b"\x16\x03\x01", b"HTTP/1.1", b": ", b"\xff", b"0\r\n\r\n", get()]
    for _ in range(300):
        data = bytearray(b"".join(chance.choices(parts, k=3)))
        for _ in range(chance.randrange(6)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        with connected(echo.listen.http) as client:
            client.sendall(data)
            # Half of them go away at once.
            if chance.random() < 0.5:
                client.settimeout(0.02)
                with suppress(OSError):
                    receive(client)
    assert exchange(echo.listen.http, get("/x"))["x-target"] == "/x"


def reading_all(pod: socket) -> None:
    receive_all(pod)


def test_a_slow_client_loses_its_connection(proxy: Proxy, endpoint: Make) -> None:
    served = proxy(endpoint(reading_all).target, idle=0.2, request=0.3)
    beginnings = (
        b"",
        b"GET / HT",
        b"GET / HTTP/1.1\r\nHost: a.exa",
        get("/", "a.example", "Content-Length: 9", method="POST") + b"x",
        get("/", "b.example", "Content-Length: 9", method="POST") + b"x",
    )
    for beginning in beginnings:
        started = time.monotonic()
        with connected(served.listen.http) as client:
            client.sendall(beginning)
            receive_all(client)
            assert 0.1 < time.monotonic() - started < 4, beginning
    assert healthy(served.listen)
