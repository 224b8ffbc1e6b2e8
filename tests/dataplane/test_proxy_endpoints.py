"""The proxy and its endpoints: turns, failures, and nothing left behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from socket import SO_LINGER, SOL_SOCKET, socket
from struct import pack

import pytest

from kubectl_ingress.controllers.ingress_nginx import PROFILE
from kubectl_ingress.core.request import Target
from tests.dataplane.serving import (
    Endpoint,
    Served,
    answering,
    connected,
    exchange,
    get,
    read_answer,
    receive,
    receive_all,
)
from tests.ports_free import free_ports

Proxy = Callable[..., Served]
Make = Callable[[Callable[[socket], None]], Endpoint]


def nobody() -> Target:
    """An address where nothing listens."""
    return Target("127.0.0.1", free_ports(1)[0], "")


def hanging_up(pod: socket) -> None:
    """Takes a request and closes without a word."""
    receive(pod)


def silent(pod: socket) -> None:
    receive_all(pod)


def saying(data: bytes) -> Callable[[socket], None]:
    def play(pod: socket) -> None:
        receive(pod)
        pod.sendall(data)

    return play


def test_endpoints_take_turns(proxy: Proxy, endpoint: Make) -> None:
    pods = [endpoint(answering(name)).target for name in (b"1", b"2", b"3")]
    unready = Target("127.0.0.1", 9, "", ready=False)
    served = proxy(pods[0], unready, *pods[1:])
    bodies = [exchange(served.listen.http, get()).body for _ in range(7)]
    assert bodies == [b"1", b"2", b"3", b"1", b"2", b"3", b"1"]


def test_turns_go_on_when_the_routes_are_loaded_again(proxy: Proxy, endpoint: Make) -> None:
    pods = [endpoint(answering(name)).target for name in (b"1", b"2")]
    served = proxy(*pods)
    assert exchange(served.listen.http, get()).body == b"1"
    served.load_routes(*pods)
    assert exchange(served.listen.http, get()).body == b"2"


def test_an_endpoint_that_is_gone_is_passed_over(proxy: Proxy, endpoint: Make) -> None:
    served = proxy(nobody(), endpoint(answering(b"there")).target, nobody())
    posted = get("/", "a.example", "Content-Length: 2", method="POST") + b"hi"
    for request in (get(), get(), get(), posted, posted, posted):
        answer = exchange(served.listen.http, request)
        assert (answer.status, answer.body) == (200, b"there")


def test_without_any_endpoint_it_is_502_and_the_connection_stays(proxy: Proxy) -> None:
    gone = nobody()
    served = proxy(gone, nobody())
    with connected(served.listen.http) as client:
        client.sendall(get("/", "a.example", "Content-Length: 2", method="POST") + b"hi" + get())
        first, second = read_answer(client), read_answer(client)
    assert (first.status, second.status) == (502, 502)
    assert PROFILE.not_found_body.encode() in first.body
    assert f"502: cannot connect to 127.0.0.1:{gone.port}" in served.read_log()


@pytest.mark.parametrize(
    "play",
    [
        hanging_up,
        saying(b"nonsense\r\n\r\n"),
        saying(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"),
        saying(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 5000 + b"\r\n\r\n"),
        saying(b"HTTP/1.1 200 OK\r\nX: "),
        saying(b"HTTP/1.1 101 Switching Protocols\r\n\r\n"),
        saying(b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["nothing", "nonsense", "length", "big header", "half a header", "101", "100"],
)
def test_what_is_no_answer_is_502(
    play: Callable[[socket], None], proxy: Proxy, endpoint: Make
) -> None:
    broken = endpoint(play).target
    served = proxy(broken, endpoint(answering(b"there")).target)
    # What may have had an effect is not sent twice; all else is.
    assert exchange(served.listen.http, get(method="POST")).status == 502
    assert exchange(served.listen.http, get()).body == b"there"
    assert exchange(served.listen.http, get()).body == b"there"
    assert f"127.0.0.1:{broken.port}" in served.read_log()


def test_an_endpoint_that_takes_too_long_is_504(proxy: Proxy, endpoint: Make) -> None:
    served = proxy(endpoint(silent).target, endpoint=0.2)
    started = time.monotonic()
    assert exchange(served.listen.http, get()).status == 504
    assert 0.15 < time.monotonic() - started < 3


def test_interim_answers_are_not_the_answer(proxy: Proxy, endpoint: Make) -> None:
    both = b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    served = proxy(endpoint(saying(both)).target)
    answer = exchange(served.listen.http, get())
    assert (answer.status, answer.body, answer["link"]) == (200, b"ok", None)


@pytest.mark.parametrize("framing", [b"Content-Length: 9", b"Transfer-Encoding: chunked"])
def test_half_an_answer_stays_a_half(framing: bytes, proxy: Proxy, endpoint: Make) -> None:
    served = proxy(endpoint(saying(b"HTTP/1.1 200 OK\r\n" + framing + b"\r\n\r\n3\r\nabc")).target)
    with connected(served.listen.http) as client:
        client.sendall(get())
        answer = receive_all(client)
    assert b"abc" in answer
    assert not answer.endswith(b"0\r\n\r\n"), "the client would think that it is whole"


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (204, b"HTTP/1.1 204 No Content\r\n\r\n"),
        (304, b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"),
        (200, b"HTTP/1.0 200 OK\r\n\r\n"),
        (299, b"HTTP/1.1 299\r\nContent-Length: 0\r\n\r\n"),
        (
            200,
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ),
    ],
)
def test_answers_without_a_body_keep_the_connection(
    status: int, answer: bytes, proxy: Proxy, endpoint: Make
) -> None:
    served = proxy(endpoint(saying(answer)).target)
    with connected(served.listen.http) as client:
        for _ in range(2):
            client.sendall(get())
            got = read_answer(client)
            assert (got.status, got.body) == (status, b"")


def test_an_endpoint_may_answer_before_it_has_read_all(proxy: Proxy, endpoint: Make) -> None:
    served = proxy(endpoint(saying(b"HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno")).target)
    posted = get("/", "a.example", "Content-Length: 900000", method="POST")
    with connected(served.listen.http) as client:
        client.sendall(posted + b"x" * 10)
        answer = read_answer(client)
        assert (answer.status, answer.body) == (403, b"no")
        # What the client still sends tears nothing away.
        client.sendall(b"x" * 100_000)


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
@pytest.mark.parametrize("begun", [False, True], ids=["waiting", "reading"])
def test_a_client_that_goes_takes_its_request_along(
    begun: bool, reset: bool, proxy: Proxy, endpoint: Make
) -> None:
    taken, ended = threading.Event(), threading.Event()

    def play(pod: socket) -> None:
        receive(pod)
        if begun:
            pod.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
        taken.set()
        with suppress(ConnectionResetError):
            assert pod.recv(1) == b""
        ended.set()

    served = proxy(endpoint(play).target)
    with connected(served.listen.http) as client:
        client.sendall(get())
        assert taken.wait(5)
        if begun:
            receive(client)
        if reset:
            client.setsockopt(SOL_SOCKET, SO_LINGER, pack("ii", 1, 0))
    assert ended.wait(5), "the endpoint still works for nobody"
