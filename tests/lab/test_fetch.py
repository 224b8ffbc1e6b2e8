"""One request: what comes back, and what went wrong in so many words."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from kubectl_ingress.lab import trust
from kubectl_ingress.lab.background import Background
from kubectl_ingress.lab.fetch import (
    LONGEST,
    Answer,
    ClosedEarly,
    FetchError,
    Malformed,
    NotConnected,
    NotTrusted,
    TimedOut,
    fetch,
)
from tests.lab.access.webhook_server import WebhookServer

Json = dict[str, Any]
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
IP = "127.0.0.1"
BROKEN = "net/http: HTTP/1.x transport connection broken: "
EXPIRED = "certificate has expired or is not yet valid: current time 2026-06-01T00:00:00Z is"
CHUNKS = b"1\r\nh\r\n1\r\ni\r\n0\r\n\r\n"


@pytest.fixture(scope="module")
def background() -> Iterator[Background]:
    found = Background()
    found.start()
    yield found
    found.cancel()
    found.stop()
    assert not found.failures, "\n".join(found.failures)


@pytest.fixture(scope="module")
def hooks(background: Background) -> Iterator[WebhookServer]:
    found = WebhookServer(IP)
    background.call(found.open())
    yield found
    background.call(found.close())


async def ask(port: int, target: str = "/", method: str = "GET", **more: Any) -> Answer:
    options: Json = {"headers": {}, "timeout": 5.0} | more
    return await fetch(method, IP, port, target, **options)


async def served(answer: Talk, **more: Any) -> Answer:
    """The answer of a server that talks so."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await answer(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(accept, IP, 0)
    try:
        return await ask(server.sockets[0].getsockname()[1], **more)
    finally:
        server.close()


def says(*parts: bytes) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for part in parts:
            writer.write(part)
            await writer.drain()

    return talk


def test_a_request_and_its_answer(background: Background) -> None:
    seen: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"hello"))
        writer.write(b"HTTP/1.1 418 Teapot\r\nX-Y: a\r\nX-Y: z\r\nContent-Length: 2\r\n\r\nhi")

    asked = served(talk, target="/a?b=c", method="POST", headers={"X-A": "b"}, body=b"hello")
    found = background.call(asked)
    assert found == (418, {"x-y": "z", "content-length": "2"}, b"hi")
    first, *fields = seen[0].decode().split("\r\n")
    assert first == "POST /a?b=c HTTP/1.1"
    assert {"X-A: b", "Connection: close", "Content-Length: 5"} < set(fields)
    assert any(field.startswith(f"Host: {IP}:") for field in fields)


def test_headers_given_replace_ours(background: Background) -> None:
    heads: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    found = background.call(served(talk, headers={"host": "a.example"}))
    assert found.status == 204
    assert heads[0].lower().count(b"host: ") == 1
    assert b"a.example" in heads[0]
    assert b"content-length" not in heads[0].lower()


@pytest.mark.parametrize(
    ("parts", "body"),
    [
        ((b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",), b"hi"),
        ((b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nh", b"i"), b"hi"),
        ((b"HTTP/1.1 200 OK\r\n\r\nh", b"i"), b"hi"),
        ((b"HTTP/1.0 200 OK\r\n\r\nhi",), b"hi"),
        (
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKS,),
            b"hi",
        ),
        ((b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), b""),
        ((b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi more",), b"hi"),
    ],
)
def test_bodies(background: Background, parts: tuple[bytes, ...], body: bytes) -> None:
    found = background.call(served(says(*parts)))
    assert (found.status, found.body) == (200, body)


def test_the_answer_to_head_has_no_body(background: Background) -> None:
    parts = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
    assert background.call(served(says(parts), method="HEAD")).body == b""


@pytest.mark.parametrize(
    ("parts", "kind", "words", "in_body"),
    [
        ((), ClosedEarly, "EOF", False),
        ((b"HTTP/1.1 200",), ClosedEarly, "unexpected EOF", False),
        ((b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi",), ClosedEarly, "unexpected EOF", True),
        (
            (b"hello\r\n\r\n",),
            Malformed,
            BROKEN + 'malformed HTTP response "hello"',
            False,
        ),
        (
            (b"SSH-2.0-OpenSSH\r\n",),
            Malformed,
            BROKEN + 'malformed HTTP response "SSH-2.0-OpenSSH"',
            False,
        ),
        (
            (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (LONGEST + 1),),
            Malformed,
            "http: response body too large",
            True,
        ),
    ],
)
def test_answers_that_are_none(
    background: Background, parts: tuple[bytes, ...], kind: type, words: str, in_body: bool
) -> None:
    with pytest.raises(kind) as caught:
        background.call(served(says(*parts)))
    assert (caught.value.words, caught.value.in_body) == (words, in_body)


def test_nobody_listens(background: Background, hooks: WebhookServer) -> None:
    port = hooks.ports["refused"]
    with pytest.raises(NotConnected) as caught:
        background.call(ask(port))
    assert caught.value.words == f"dial tcp {IP}:{port}: connect: connection refused"


def test_a_name_that_there_is_not(background: Background) -> None:
    with pytest.raises(NotConnected) as caught:
        background.call(fetch("GET", "no such name", 80, "/", headers={}, timeout=5))
    assert caught.value.words == "dial tcp: lookup no such name: no such host"


def test_it_takes_too_long(background: Background) -> None:
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    with pytest.raises(TimedOut) as caught:
        background.call(served(hang, timeout=0.1))
    assert (caught.value.words, caught.value.in_body) == ("context deadline exceeded", False)


def test_its_body_takes_too_long(background: Background) -> None:
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nh")
        await reader.read()

    with pytest.raises(TimedOut) as caught:
        background.call(served(hang, timeout=0.1))
    assert caught.value.in_body


def test_a_reset(background: Background) -> None:
    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        # A linger of zero makes the kernel send a reset.
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()

    with pytest.raises(ClosedEarly, match="read: connection reset by peer"):
        background.call(served(reset))


def test_errors_have_one_parent() -> None:
    for kind in (NotConnected, TimedOut, NotTrusted, ClosedEarly, Malformed):
        assert issubclass(kind, FetchError)


def anyone() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def test_a_probe_trusts_anyone(background: Background, hooks: WebhookServer) -> None:
    body = b'{"request": {"uid": "1"}}'
    for name in ("untrusted", "expired", "unnamed"):
        found = ask(hooks.ports[name], "/allow", "POST", body=body, tls=anyone())
        assert background.call(found).status == 200


def test_a_name_is_checked(background: Background, hooks: WebhookServer) -> None:
    body = b'{"request": {"uid": "1"}}'
    tls = trust.trusting(hooks.ca)

    def named(name: str) -> Answer:
        port = hooks.ports["hook"]
        return background.call(ask(port, "/allow", "POST", body=body, tls=tls, server_name=name))

    assert named("hook.default.svc").status == 200
    # Without a name it is the address that the certificate must be for.
    assert named("").status == 200
    with pytest.raises(NotTrusted, match=r"not other\.default\.svc"):
        named("other.default.svc")


def certificate(*names: str, common: str = "", begin: str = "Jan  1", end: str = "Dec 31") -> Json:
    kinds = [("IP Address" if name[0].isdigit() else "DNS", name) for name in names]
    return {
        "subject": ((("commonName", common),),) if common else (),
        "notBefore": f"{begin} 00:00:00 2026 GMT",
        "notAfter": f"{end} 00:00:00 2026 GMT",
        **({"subjectAltName": tuple(kinds)} if kinds else {}),
    }


NOW = datetime(2026, 6, 1, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("names", "name", "fits"),
    [
        (("a.example",), "a.example", True),
        (("A.Example",), "a.example", True),
        (("a.example",), "b.example", False),
        (("a.example", "b.example"), "b.example", True),
        (("*.example",), "a.example", True),
        (("*.example",), "a.b.example", False),
        (("*.example",), "example", False),
        (("*.example",), ".example", False),
        (("a.*",), "a.example", False),
        (("10.0.0.1",), "10.0.0.1", True),
        (("10.0.0.1",), "10.0.0.2", False),
    ],
)
def test_names(names: tuple[str, ...], name: str, fits: bool) -> None:
    assert (trust.fault(certificate(*names), name, NOW) == "") is fits


@pytest.mark.parametrize(
    ("shown", "name", "words"),
    [
        (
            certificate("a.b"),
            "10.0.0.1",
            "cannot validate certificate for 10.0.0.1 because it doesn't contain any IP SANs",
        ),
        (
            certificate(common="a.b"),
            "x.y",
            "certificate is not valid for any names, but wanted to match x.y",
        ),
        (
            certificate(common="a.b"),
            "a.b",
            "certificate relies on legacy Common Name field, use SANs instead",
        ),
        (
            certificate("a.b", end="May 31"),
            "x.y",
            f"{EXPIRED} after 2026-05-31T00:00:00Z",
        ),
        (
            certificate("a.b", begin="Jul  1"),
            "x.y",
            f"{EXPIRED} before 2026-07-01T00:00:00Z",
        ),
    ],
)
def test_words(shown: Json, name: str, words: str) -> None:
    assert trust.fault(shown, name, NOW) == f"tls: failed to verify certificate: x509: {words}"
