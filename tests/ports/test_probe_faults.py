"""What a server can do to a prober: each a clear word, and none outlasts --max-time."""

from __future__ import annotations

import gzip
import itertools
import resource
import socket
import time
import tracemalloc
from contextlib import ExitStack

import pytest

from kubectl_ingress.core.answer import Failure, Http, Plan, Wire
from kubectl_ingress.core.request import Request
from kubectl_ingress.errors import InputError, UsageError
from kubectl_ingress.ports.probe import BODY_LIMIT, HttpProber
from tests.ports.probe_servers import (
    OK,
    answered,
    failed,
    read_request,
    reset,
    saying,
    send,
    serving,
)

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("said", "detail"),
    [
        (b"hello", "closed within the header of an answer"),
        (b"<html>HTTP/0.9 has no header</html>\r\n\r\n", "illegal status line"),
        (b"\x00\xff\x16\x03\r\n\r\n", "illegal status line"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "illegal status line"),
        (b"HTTP/1.1 two hundred\r\n\r\n", "illegal status line"),
        (HEAD + b"no colon here\r\n\r\n", "illegal header line"),
        (HEAD + b"Content-Length: -1\r\n\r\n", "bad Content-Length"),
        (HEAD + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", "Content-Length"),
        (CHUNKED + b"zz\r\nhello\r\n", "illegal chunk header"),
        (CHUNKED + b"-5\r\nhello\r\n", "illegal chunk header"),
        (CHUNKED + b"ffffffffffffffffffffff\r\nhello\r\n", "illegal chunk header"),
        (HEAD + b"X: " + b"a" * 400_000 + b"\r\n\r\n", "a header of more than 128 KiB"),
        (HEAD + b"X: a\r\n" * 60_000 + b"\r\n", "a header of more than 128 KiB"),
        (CHUNKED + b"1" * 400_000, "a header of more than 128 KiB"),
    ],
)
def test_no_http(said: bytes, detail: str) -> None:
    with serving(saying(said)) as port:
        found = failed(send(port))
    assert detail in found.detail
    assert found.why is (Failure.BROKEN if "closed" in detail else Failure.GARBAGE)
    assert found.phase == "answer"
    assert found.peer == "127.0.0.1"


@pytest.mark.parametrize(
    ("said", "detail"),
    [
        (b"", "closed without an answer"),
        (HEAD + b"Content-Length: 9\r\n\r\nx", "closed after 1 B of the body"),
        (CHUNKED + b"5\r\nhello\r\n", "closed after 5 B of the body"),
        (b"HTTP/1.1 503 No\r\nContent-Length: 9\r\n\r\n", "an answer of status 503"),
    ],
)
def test_an_answer_that_ends_too_early(said: bytes, detail: str) -> None:
    with serving(saying(said)) as port:
        found = failed(send(port))
    assert found.why is Failure.BROKEN
    assert detail in found.detail


@pytest.mark.parametrize("said", [b"", HEAD, HEAD + b"Content-Length: 9\r\n\r\nx"])
def test_a_reset_at_each_point_of_the_answer(said: bytes) -> None:
    def serve(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(said)
        time.sleep(0.05)
        reset(connection)

    with serving(serve) as port:
        found = failed(send(port))
    assert (found.why, found.detail) == (Failure.BROKEN, "Connection reset by peer")


@pytest.mark.parametrize("http", [Http.ONE, Http.TWO_AT_ONCE])
def test_a_reset_before_the_request(http: Http) -> None:
    # It may come before we are told that there is a connection.
    with serving(reset) as port:
        found = failed(send(port, wire=Wire(http=http)))
    assert (found.why, found.detail) == (Failure.BROKEN, "Connection reset by peer")


DRIPS = {
    "nothing": itertools.repeat(b""),
    "head": itertools.chain([b"HTTP/1.1 200 OK\r\n"], itertools.repeat(b"X: 1\r\n")),
    "one header": itertools.chain([b"HTTP/1.1 200 OK\r\nX: "], itertools.repeat(b"a")),
    "interim answers": itertools.repeat(b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "body": itertools.chain([HEAD + b"Content-Length: 9999\r\n\r\n"], itertools.repeat(b"a")),
    "chunks": itertools.chain([CHUNKED], itertools.repeat(b"1\r\na\r\n")),
    "trailers": itertools.chain([CHUNKED, b"0\r\n"], itertools.repeat(b"X: 1\r\n")),
}


@pytest.mark.parametrize("name", DRIPS)
def test_what_drips_is_not_waited_for_beyond_max_time(name: str) -> None:
    def serve(connection: socket.socket) -> None:
        read_request(connection)
        for piece in DRIPS[name]:
            connection.sendall(piece)
            time.sleep(0.02)

    with serving(serve) as port:
        begun = time.monotonic()
        found = failed(send(port, max_time=0.3))
        took = time.monotonic() - begun
    assert 0.25 < took < 3
    assert (found.why, found.phase) == (Failure.TIMEOUT, "answer")
    what = "nothing" if name == "nothing" else "no whole answer"
    assert found.detail == f"{what} within 0.3 s"


def test_a_server_that_does_not_read_is_not_waited_for_either() -> None:
    def serve(connection: socket.socket) -> None:
        time.sleep(4)

    with serving(serve) as port:
        begun = time.monotonic()
        found = failed(
            send(port, Request("h", method="POST"), body=b"a" * 50_000_000, max_time=0.3)
        )
        assert time.monotonic() - begun < 3
    assert (found.why, found.phase) == (Failure.TIMEOUT, "answer")


@pytest.mark.parametrize(
    "head", [HEAD + b"\r\n", CHUNKED, HEAD + b"Content-Length: 99999999999\r\n\r\n"]
)
def test_an_endless_body_is_cut_and_said_to_be(head: bytes) -> None:
    chunk = b"10000\r\n" + b"a" * 0x10000 + b"\r\n" if head is CHUNKED else b"a" * 0x10000

    def serve(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(head)
        while True:
            connection.sendall(chunk)

    with serving(serve) as port:
        tracemalloc.start()
        found = answered(send(port))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert found.truncated
    assert found.body == b"a" * BODY_LIMIT
    assert peak < 6 * BODY_LIMIT


def test_a_body_of_just_the_limit_is_whole() -> None:
    body = b"a" * BODY_LIMIT
    with serving(saying(HEAD + b"Content-Length: %d\r\n\r\n" % len(body), body)) as port:
        found = answered(send(port))
    assert (found.body, found.truncated) == (body, False)


def test_a_gzip_bomb_stays_packed() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    head = HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    with serving(saying(head, bomb)) as port:
        assert answered(send(port)).body == bomb


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ("HEAD", HEAD + b"Content-Length: 5\r\n\r\n"),
        ("HEAD", HEAD + b"Content-Length: 5\r\n\r\nhello"),
        ("GET", b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello"),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello"),
    ],
)
def test_answers_that_have_no_body_have_none(method: str, said: bytes) -> None:
    with serving(saying(said)) as port:
        found = answered(send(port, Request("h", method=method)))
    assert found.body == b""
    assert found.header("content-length") == "5"


def test_interim_answers_are_not_the_answer() -> None:
    said = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK
    with serving(saying(said)) as port:
        found = answered(send(port))
    assert (found.status, found.body) == (200, b"ok")


def test_a_change_of_protocol_is_the_answer() -> None:
    said = (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\x81"
    )
    typed = (("Connection", "Upgrade"), ("Upgrade", "websocket"))
    with serving(saying(said)) as port:
        found = answered(send(port, Request("h", headers=typed)))
    assert (found.status, found.body) == (101, b"")


def test_what_follows_the_body_is_left_alone() -> None:
    with serving(saying(OK + b"HTTP/1.1 500 Hidden\r\n\r\n")) as port:
        assert answered(send(port)).body == b"ok"


def test_bytes_that_are_no_text_come_as_they_are() -> None:
    body = b"\xff\xfe\x1b[31mred\x00"
    said = HEAD + b"X-Caf\xe9: \xff\x7f\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    with serving(saying(said)) as port:
        found = send(port)
    # A header name beyond ASCII is no HTTP.
    assert failed(found).why is Failure.GARBAGE
    with serving(saying(said.replace(b"X-Caf\xe9", b"X-Cafe"))) as port:
        whole = answered(send(port))
    assert whole.body == body
    assert whole.header("x-cafe") == "\xff\x7f"


def test_http_1_0_is_told() -> None:
    with serving(saying(b"HTTP/1.0 200 OK\r\n\r\nall of it")) as port:
        found = answered(send(port))
    assert (found.http, found.body) == ("1.0", b"all of it")


def test_an_answer_before_the_end_of_the_request_counts() -> None:
    def serve(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(
            b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass

    with serving(serve) as port:
        found = send(port, Request("h", method="POST"), body=b"a" * 3_000_000)
    assert answered(found).status == 413


def test_connect_timeout_is_for_the_connection_alone() -> None:
    def slow(connection: socket.socket) -> None:
        read_request(connection)
        time.sleep(0.4)
        connection.sendall(OK)

    with serving(slow) as port:
        assert answered(send(port, wire=Wire(connect_time=0.2))).status == 200
    with serving(lambda connection: time.sleep(4)) as port:
        begun = time.monotonic()
        found = failed(send(port, Request("h", scheme="https"), wire=Wire(connect_time=0.2)))
        assert time.monotonic() - begun < 3
    assert (found.why, found.phase, found.detail) == (
        Failure.TIMEOUT,
        "tls",
        "nothing within 0.2 s",
    )


def test_what_this_machine_lacks_is_no_fault_of_the_route() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with serving(saying(OK)) as port:
        send(port)
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
        try:
            with pytest.raises(UsageError, match="can open no more connections"):
                send(port)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize(
    ("http", "request_", "body"),
    [
        (Http.ONE, Request("h", "/ä€"), None),
        (Http.TWO_AT_ONCE, Request("h", "/ä€"), None),
        (Http.ONE, Request("h", headers=(("X", "a\r\nY: b"),)), None),
        (Http.TWO_AT_ONCE, Request("h", headers=(("X", "a\r\nY: b"),)), None),
        (Http.ONE, Request("h", headers=(("Content-Length", "9"),)), None),
        (Http.ONE, Request("h", method="POST", headers=(("Content-Length", "9"),)), b"x"),
        (Http.ONE, Request("h", method="GE T"), None),
    ],
)
def test_a_request_that_cannot_be_sent_is_a_mistake_of_the_caller(
    http: Http, request_: Request, body: bytes | None
) -> None:
    with serving(saying(OK)) as port, pytest.raises(InputError, match="cannot be sent"):
        send(port, request_, body=body, wire=Wire(http=http), max_time=0.5)


def test_a_body_in_chunks_on_request() -> None:
    seen: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        seen.append(read_request(connection))
        connection.sendall(OK)

    typed = (("Transfer-Encoding", "chunked"),)
    with serving(serve) as port:
        answered(send(port, Request("h", method="POST", headers=typed), body=b"hello"))
    assert seen[0].endswith(b"\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
    assert b"content-length" not in seen[0].lower()


# ---------------------------------------------------------------- names and addresses


def test_a_resolver_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(1) or [])
    begun = time.monotonic()
    found = failed(HttpProber().send(Plan(Request("h"), "lb.example", 80, max_time=0.3)))
    assert time.monotonic() - begun < 3
    assert (found.why, found.phase) == (Failure.TIMEOUT, "dns")


def resolving(monkeypatch: pytest.MonkeyPatch, *addresses: tuple[str, int]) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", where) for where in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)


def test_one_of_several_addresses_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(saying(OK)) as port:
        resolving(monkeypatch, ("127.0.0.2", port), ("127.0.0.1", port))
        found = answered(HttpProber().send(Plan(Request("h"), "lb.example", port)))
    assert found.peer == "127.0.0.1"


def test_an_address_that_swallows_everything_leaves_time_to_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with serving(saying(OK)) as port, socket.socket() as full, ExitStack() as stack:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        # Its queue is full: whoever comes now is not answered.
        for _ in range(2):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        resolving(monkeypatch, full.getsockname(), ("127.0.0.1", port))
        found = HttpProber().send(Plan(Request("h"), "lb.example", port, max_time=2))
        assert answered(found).port == port
        assert 0.9 < answered(found).timings.total < 2
        resolving(monkeypatch, full.getsockname())
        alone = failed(HttpProber().send(Plan(Request("h"), "lb.example", port, max_time=0.3)))
    assert (alone.why, alone.phase) == (Failure.TIMEOUT, "connect")
