"""Clients that ask for a forwarded port and then say something else."""

from __future__ import annotations

import asyncio

import pytest

from kubectl_ingress.lab import portforward
from kubectl_ingress.lab.serving import HttpServer, Request, Response
from kubectl_ingress.websocket import Messages, Opcode, frame
from tests.ports_free import free_ports

SPDY = b"Upgrade: SPDY/3.1\r\n"
KEY = b"Upgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Protocol: "
NO_FRAME = b"\x83\x00"
NO_SPDY = b"\x80\x03\x00\x63\x00\x00\x00\x00"


async def nobody(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    raise OSError(111, "connection refused")


async def said(headers: bytes, then: bytes) -> bytes:
    """All that the server says to a client that sends this."""

    def answer(request: Request) -> Response:
        return portforward.answer(request, [80], nobody)

    server = HttpServer("127.0.0.1", free_ports(1)[0], answer)
    await server.open()
    try:
        reader, writer = await asyncio.open_connection(server.ip, server.port)
        head = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n"
        writer.write(head + headers + b"\r\n" + then)
        got = await asyncio.wait_for(reader.read(), 5)
        writer.close()
        return got
    finally:
        await server.close()


@pytest.mark.parametrize(
    ("headers", "then"),
    [
        (SPDY, NO_SPDY),
        (KEY + b"v4.channel.k8s.io\r\n", NO_FRAME),
        (KEY + b"SPDY/3.1+portforward.k8s.io\r\n", NO_FRAME),
        (
            KEY + b"SPDY/3.1+portforward.k8s.io\r\n",
            frame(Opcode.BINARY, NO_SPDY, masked=True),
        ),
    ],
    ids=["spdy", "channels", "tunnel", "spdy in the tunnel"],
)
def test_nonsense_ends_the_connection_and_nothing_else(headers: bytes, then: bytes) -> None:
    assert asyncio.run(said(headers, then)).startswith(b"HTTP/1.1 101 ")


@pytest.mark.parametrize("headers", [b"Upgrade: h2c\r\n", KEY + b"v9\r\n"])
def test_a_protocol_that_nobody_knows(headers: bytes) -> None:
    # The connection stays HTTP, for a request more.
    more = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    assert asyncio.run(said(headers, more)).count(b"HTTP/1.1 400 ") == 2


def test_a_port_that_refuses_is_told_on_its_own_channel() -> None:
    got = asyncio.run(said(KEY + b"v4.channel.k8s.io\r\n", b""))
    *named, error, end = Messages().feed(got.partition(b"\r\n\r\n")[2])
    assert [one.payload for one in named] == [b"\x00\x50\x00", b"\x01\x50\x00"]
    assert error.payload == b"\x01error forwarding port 80: connection refused"
    assert end.opcode is Opcode.CLOSE
