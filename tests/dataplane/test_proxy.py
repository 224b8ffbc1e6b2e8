"""The proxy as its clients see it: HTTP/1.1 over raw sockets."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from socket import socket

import pytest

from kubectl_ingress.controllers.ingress_nginx import PROFILE
from kubectl_ingress.dataplane.server import VIA
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
    receive_exactly,
)

Proxy = Callable[..., Served]
Make = Callable[[Callable[[socket], None]], Endpoint]

CHUNKED = "Transfer-Encoding: chunked"


def test_a_request_in_single_bytes(echo: Served) -> None:
    with connected(echo.listen.http) as client:
        for byte in get("/slow?a=b", "a.example", "Content-Length: 2", method="POST") + b"hi":
            client.sendall(bytes([byte]))
        answer = read_answer(client)
    assert (answer.status, answer["x-target"], answer.body) == (200, "/slow?a=b", b"hi")


def test_requests_ahead_of_their_answers_are_answered_in_turn(echo: Served) -> None:
    posted = get("/2", "a.example", "Content-Length: 3", method="POST") + b"two"
    with connected(echo.listen.http) as client:
        client.sendall(get("/1") + posted + get("/none", "b.example") + get("/4"))
        answers = [read_answer(client) for _ in range(4)]
    assert [answer["x-target"] for answer in answers] == ["/1", "/2", None, "/4"]
    assert [answer.status for answer in answers] == [200, 200, 404, 200]
    assert answers[1].body == b"two"


def test_a_connection_is_kept_until_the_client_says_close(echo: Served) -> None:
    with connected(echo.listen.http) as client:
        client.sendall(get())
        assert read_answer(client)["connection"] == "keep-alive"
        client.sendall(get("/", "a.example", "Connection: close"))
        assert read_answer(client)["connection"] == "close"
        assert client.recv(1) == b""


def test_http_1_0_ends_with_the_connection(proxy: Proxy, endpoint: Make) -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"

    def play(pod: socket) -> None:
        assert b"Host: \r\n" in receive(pod)
        pod.sendall(chunked)

    served = proxy(endpoint(play).target)
    with connected(served.listen.http) as client:
        client.sendall(b"GET http://a.example/ HTTP/1.0\r\n\r\n")
        head, _, body = receive_all(client).partition(b"\r\n\r\n")
    assert body == b"abc"
    assert b"chunked" not in head.lower()
    assert b"connection: close" in head.lower()


def test_a_body_is_sent_on_as_it_comes(proxy: Proxy, endpoint: Make) -> None:
    came: list[bytes] = []
    first, second = threading.Event(), threading.Event()

    def play(pod: socket) -> None:
        assert b"transfer-encoding: chunked" in receive(pod, b"\r\n\r\n1\r\na\r\n").lower()
        first.set()
        came.append(receive(pod, b"0\r\n\r\n"))
        second.set()
        pod.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    served = proxy(endpoint(play).target)
    with connected(served.listen.http) as client:
        client.sendall(get("/", "a.example", CHUNKED, method="POST") + b"1;x=y\r\na\r\n")
        assert first.wait(5), "the first piece waited for the second"
        client.sendall(b"2\r\nb")
        client.sendall(b"c\r\n0\r\nTrailer: x\r\n\r\n")
        assert second.wait(5)
        assert read_answer(client).status == 204
    assert b"".join(came[0].split(b"\r\n")[1::2]) == b"bc", "sizes and pieces take turns"


def test_an_answer_is_sent_back_as_it_comes(proxy: Proxy, endpoint: Make) -> None:
    seen = threading.Event()

    def play(pod: socket) -> None:
        receive(pod)
        pod.sendall(b"HTTP/1.1 200 OK\r\n\r\nfirst")
        assert seen.wait(5)
        pod.sendall(b"second")

    served = proxy(endpoint(play).target)
    with connected(served.listen.http) as client:
        client.sendall(get())
        # No length, so the end of it would be the end of the connection.
        assert b"transfer-encoding: chunked" in receive(client, b"first").lower()
        seen.set()
        assert receive(client, b"0\r\n\r\n").count(b"second") == 1
        client.sendall(get("/", "b.example"))
        assert read_answer(client).status == 404


def test_a_big_answer_waits_for_the_client(proxy: Proxy, endpoint: Make) -> None:
    size, sent = 64 * 1024 * 1024, [0]

    def play(pod: socket) -> None:
        receive(pod)
        pod.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        for _ in range(size // 65536):
            pod.sendall(b"x" * 65536)
            sent[0] += 65536

    served = proxy(endpoint(play).target)
    with connected(served.listen.http) as client:
        client.sendall(get())
        receive(client)
        time.sleep(0.3)
        before = sent[0]
        # The kernel's buffers hold some megabytes; the proxy nearly nothing.
        assert before < size / 2, "read whole before the client took it"
        received = 0
        while received < size - 65536:
            received += len(client.recv(1024 * 1024))
    assert sent[0] > before


def test_a_body_of_a_mebibyte_and_no_more(echo: Served) -> None:
    limit = 1024 * 1024
    with connected(echo.listen.http) as client:
        head = get("/", "a.example", f"Content-Length: {limit}", method="POST")
        threading.Thread(target=client.sendall, args=(head + b"x" * limit,)).start()
        assert read_answer(client).body == b"x" * limit
        # Before anything is read, and before any route is looked for.
        client.sendall(get("/", "b.example", f"Content-Length: {limit + 1}", method="POST"))
        assert read_answer(client).status == 413
        assert client.recv(1) == b""
    piece = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    with connected(echo.listen.http) as client:
        client.sendall(get("/", "a.example", CHUNKED, method="POST") + piece * 16)
        client.sendall(b"1\r\nx\r\n")
        assert read_answer(client).status == 413


def test_head_has_the_headers_and_no_body(proxy: Proxy, endpoint: Make) -> None:
    def play(pod: socket) -> None:
        assert receive(pod).startswith(b"HEAD /x HTTP/1.1\r\n")
        pod.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 12345\r\n\r\n")

    served = proxy(endpoint(play).target)
    with connected(served.listen.http) as client:
        client.sendall(get("/x", method="HEAD") + get("/", "b.example", method="HEAD"))
        assert read_answer(client, "HEAD")["content-length"] == "12345"
        mine = read_answer(client, "HEAD")
        assert (mine.status, mine["content-type"]) == (404, "text/html")
        client.sendall(get("/", "b.example"))
        assert len(read_answer(client).body) == int(mine["content-length"] or 0) > 0


def test_a_body_is_asked_for_where_it_is_wanted(echo: Served) -> None:
    expecting = ("Expect: 100-continue", "Content-Length: 2")
    with connected(echo.listen.http) as client:
        client.sendall(get("/", "a.example", *expecting, method="PUT"))
        assert read_answer(client).status == 100
        client.sendall(b"hi")
        answer = read_answer(client)
        assert (answer.body, answer["x-seen-expect"]) == (b"hi", None)
        client.sendall(get("/", "b.example", *expecting, method="PUT"))
        assert read_answer(client).status == 404
        client.sendall(b"hi" + get("/after"))
        assert read_answer(client)["x-target"] == "/after"
        client.sendall(get("/", "a.example", expecting[0], "Content-Length: 9999999", method="PUT"))
        assert read_answer(client).status == 413


def test_what_is_not_asked_for_is_read_all_the_same(echo: Served) -> None:
    with connected(echo.listen.http) as client:
        client.sendall(get("/", "b.example", "Content-Length: 5", method="POST"))
        assert read_answer(client).status == 404
        client.sendall(b"12345" + get("/after"))
        assert read_answer(client)["x-target"] == "/after"


def test_another_protocol_passes_both_ways(proxy: Proxy, endpoint: Make) -> None:
    heads: list[bytes] = []
    ended = threading.Event()

    def play(pod: socket) -> None:
        heads.append(receive(pod))
        pod.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Accept: yes\r\n\r\nhello"
        )
        assert receive_exactly(pod, 6) == b"ahead\x00"
        pod.sendall(b"\x81back")
        assert receive_all(pod) == b"more"
        ended.set()

    served = proxy(endpoint(play).target)
    with connected(served.listen.http) as client:
        wanted = ("Connection: keep-alive, Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: k")
        client.sendall(get("/chat", "a.example", *wanted) + b"ahead\x00")
        answer = read_answer(client)
        assert (answer.status, answer["upgrade"]) == (101, "websocket")
        assert answer["connection"] == "Upgrade"
        assert answer["sec-websocket-accept"] == "yes"
        assert receive_exactly(client, 10) == b"hello\x81back"
        client.sendall(b"more")
        client.close()
        assert ended.wait(5)
    head = heads[0].lower()
    assert b"\r\nconnection: upgrade\r\n" in head
    assert b"\r\nupgrade: websocket\r\n" in head
    assert b"\r\nsec-websocket-key: k\r\n" in head


def test_another_protocol_ends_when_nothing_comes(proxy: Proxy, endpoint: Make) -> None:
    def play(pod: socket) -> None:
        receive(pod)
        pod.sendall(b"HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n")
        for _ in range(4):
            time.sleep(0.3)
            pod.sendall(b".")
        pod.recv(1)

    served = proxy(endpoint(play).target, endpoint=1.0)
    with connected(served.listen.http) as client:
        client.sendall(get("/", "a.example", "Connection: upgrade", "Upgrade: x"))
        assert read_answer(client).status == 101
        # Longer than the limit, as long as something comes.
        assert receive_all(client) == b"...."


def test_an_endpoint_may_stay_with_http(proxy: Proxy, endpoint: Make) -> None:
    served = proxy(endpoint(answering(b"no")).target)
    with connected(served.listen.http) as client:
        for _ in range(2):
            client.sendall(get("/", "a.example", "Connection: upgrade", "Upgrade: x"))
            assert read_answer(client).body == b"no"


def test_headers_for_the_endpoint(proxy: Proxy, endpoint: Make) -> None:
    heads: list[bytes] = []

    def play(pod: socket) -> None:
        heads.append(receive(pod))
        pod.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    served = proxy(endpoint(play).target)
    claimed = ("X-Real-IP: 6.6.6.6", "x-forwarded-for: 6.6.6.6", "X-Scheme: https", "X_Real_IP: 1")
    hop = ("Connection: keep-alive, X-Hop", "X-Hop: 1", "TE: trailers", "Keep-Alive: timeout=5")
    more = ("Cookie: a=1", "Cookie: b=\xe9", "X-Kept: yes", "Proxy-Connection: keep-alive")
    exchange(served.listen.http, get("/", "A.Example:99", *claimed, *hop, *more))
    line, *lines = heads[0].decode("latin-1").split("\r\n")[:-2]
    assert line == "GET / HTTP/1.1"
    request_id = next(one for one in lines if one.startswith("X-Request-ID: "))
    assert len(request_id) == len("X-Request-ID: ") + 32
    assert sorted(set(lines) - {request_id}) == sorted(
        [
            "Host: A.Example:99",
            "X-Real-IP: 127.0.0.1",
            "X-Forwarded-For: 127.0.0.1",
            "X-Forwarded-Host: A.Example:99",
            f"X-Forwarded-Port: {served.listen.http}",
            "X-Forwarded-Proto: http",
            "X-Forwarded-Scheme: http",
            "X-Scheme: http",
            "Cookie: a=1",
            "Cookie: b=\xe9",
            "X-Kept: yes",
            "Connection: close",
        ]
    )


def test_headers_for_the_client(proxy: Proxy, endpoint: Make) -> None:
    own = ("Server: Werkzeug", "Set-Cookie: a", "Set-Cookie: b", "Via: 1.0 inner", "X-Hop: 1")
    hop = ("Connection: X-Hop", "Keep-Alive: 5", "Date: Thu, 01 Jan 1970 00:00:00 GMT")
    served = proxy(endpoint(answering(b"ok", *own, *hop)).target)
    answer = exchange(served.listen.http, get())
    assert answer.all("set-cookie") == ["a", "b"]
    assert answer.all("via") == ["1.0 inner", f"1.1 {VIA}"]
    assert len(answer.all("date")) == 1
    assert "1970" not in str(answer["date"])
    for name in ("server", "x-hop", "keep-alive"):
        assert answer[name] is None, name


@pytest.mark.parametrize(
    "target", ["/\xe9/x?\xff=\x80", "/%C3%A9//..%2f?x#y", "/a/?", "/~!$&'()*|"]
)
def test_the_bytes_of_a_target_stay_as_they_are(target: str, proxy: Proxy, endpoint: Make) -> None:
    lines: list[bytes] = []

    def play(pod: socket) -> None:
        lines.append(receive(pod).partition(b"\r\n")[0])
        pod.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    served = proxy(endpoint(play).target)
    exchange(served.listen.http, get(target))
    assert lines == [b"GET " + target.encode("latin-1") + b" HTTP/1.1"]


def test_a_page_of_its_own_says_whose_it_is(proxy: Proxy) -> None:
    answer = exchange(proxy().listen.http, get("/", "b.example"))
    assert answer["via"] == f"1.1 {VIA}"
    assert answer["server"] is None
    assert b"404 Not Found" in answer.body
    assert b"kubectl ingress" in answer.body
    assert PROFILE.not_found_body.encode() in answer.body


def test_health_is_for_its_own_port(proxy: Proxy) -> None:
    served = proxy()
    assert exchange(served.listen.health, get("/healthz", "x")).status == 200
    assert exchange(served.listen.health, get("/", "a.example")).status == 404
    # As the real controller, for every host that no Ingress has.
    assert exchange(served.listen.http, get("/healthz", "b.example")).status == 200
    assert exchange(served.listen.http, get("/healthz", "a.example")).status != 200
