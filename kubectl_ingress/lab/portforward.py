"""Port-forwarding as a kubelet and an API server serve it: real bytes to a pod's ports.

Three ways lead here. kubectl speaks SPDY, since 1.31 inside of a WebSocket
(``SPDY/3.1+portforward.k8s.io``), which the API server takes off; other clients
speak WebSocket with a channel for each port (``v4.channel.k8s.io``).
Kubernetes' own: k8s.io/kubelet/pkg/cri/streaming/portforward.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from kubectl_ingress.lab import spdy
from kubectl_ingress.lab.serving import CHUNK, Reader, Request, Response, Writer
from kubectl_ingress.websocket import Message, Messages, Opcode, accept_of, frame

CHANNELS = "v4.channel.k8s.io"
TUNNEL = "SPDY/3.1+portforward.k8s.io"
PROTOCOL = "portforward.k8s.io"

Dial = Callable[[int], Awaitable[tuple[Reader, Writer]]]
"""Connects to a port of the pod; an OSError tells why it cannot."""


def answer(request: Request, ports: Sequence[int], dial: Dial) -> Response:
    """The answer that begins the forwarding; `ports` are those of the query."""
    offered = [w.strip() for w in request.headers.get("sec-websocket-protocol", "").split(",")]
    upgrade = request.headers.get("upgrade", "").lower()
    if upgrade == "spdy/3.1":
        headers = (("Upgrade", "SPDY/3.1"), ("X-Stream-Protocol-Version", PROTOCOL))
        return _switch(headers, lambda reader, writer: _spdy(_Plain(reader, writer), dial))
    if upgrade == "websocket" and TUNNEL in offered:
        return _switch(
            _websocket(request, TUNNEL),
            lambda reader, writer: _spdy(_Tunnel(reader, writer), dial),
        )
    if upgrade == "websocket" and CHANNELS in offered and ports:
        return _switch(
            _websocket(request, CHANNELS),
            lambda reader, writer: _channels(_Tunnel(reader, writer), ports, dial),
        )
    return Response(400, "unable to upgrade: no protocol that is known, or no port\n")


def _switch(
    headers: Sequence[tuple[str, str]], talk: Callable[[Reader, Writer], Awaitable[None]]
) -> Response:
    async def upgraded(reader: Reader, writer: Writer) -> None:
        # A client that speaks something else is hung up on.
        with contextlib.suppress(ValueError):
            await talk(reader, writer)

    return Response(101, headers=(("Connection", "Upgrade"), *headers), upgraded=upgraded)


def _websocket(request: Request, protocol: str) -> Sequence[tuple[str, str]]:
    key = request.headers.get("sec-websocket-key", "")
    return (
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Accept", accept_of(key)),
        ("Sec-WebSocket-Protocol", protocol),
    )


class _Pipe(Protocol):
    """Bytes both ways."""

    def read(self) -> AsyncIterator[bytes]:
        """What comes, until the other side has ended."""

    async def write(self, data: bytes) -> None:
        """Send."""


class _Plain:
    def __init__(self, reader: Reader, writer: Writer) -> None:
        self._reader, self._writer = reader, writer

    async def read(self) -> AsyncIterator[bytes]:
        while data := await self._reader.read(CHUNK):
            yield data

    async def write(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()


class _Tunnel:
    """Each piece a binary message."""

    def __init__(self, reader: Reader, writer: Writer) -> None:
        self._plain = _Plain(reader, writer)
        self._messages = Messages()

    async def read(self) -> AsyncIterator[bytes]:
        async for data in self._plain.read():
            for message in self._messages.feed(data):
                if message.opcode is Opcode.CLOSE:
                    return
                if message.opcode is Opcode.PING:
                    await self._send(Message(Opcode.PONG, message.payload))
                elif message.opcode is Opcode.BINARY:
                    yield message.payload

    async def write(self, data: bytes) -> None:
        await self._send(Message(Opcode.BINARY, data))

    async def close(self) -> None:
        """Say that there will be no more: 1000, a normal end."""
        await self._send(Message(Opcode.CLOSE, (1000).to_bytes(2, "big")))

    async def _send(self, message: Message) -> None:
        await self._plain.write(frame(message.opcode, message.payload, masked=False))


def _refusal(port: int, error: OSError) -> bytes:
    return f"error forwarding port {port}: {error.strerror or error}".encode()


async def _channels(tunnel: _Tunnel, ports: Sequence[int], dial: Dial) -> None:
    """Channel 2n has the bytes of port n, 2n + 1 its errors; each begins with the port."""
    for number, port in enumerate(ports):
        for channel in (2 * number, 2 * number + 1):
            await tunnel.write(bytes([channel]) + port.to_bytes(2, "little"))
    onward: dict[int, Writer] = {}
    tasks = []
    for number, port in enumerate(ports):
        try:
            reader, onward[2 * number] = await dial(port)
        except OSError as error:
            await tunnel.write(bytes([2 * number + 1]) + _refusal(port, error))
            continue
        tasks.append(asyncio.create_task(_back(reader, tunnel, 2 * number)))
    following = asyncio.create_task(_forth(tunnel, onward))
    behind = asyncio.create_task(_all(tasks))
    try:
        # Over when the client has ended, or everything behind.
        await asyncio.wait({following, behind}, return_when=asyncio.FIRST_COMPLETED)
        await tunnel.close()
    finally:
        await _abort([following, behind, *tasks], onward.values())


async def _all(tasks: Sequence[asyncio.Task[None]]) -> None:
    await asyncio.gather(*tasks)


async def _back(reader: Reader, tunnel: _Tunnel, channel: int) -> None:
    async for data in _until_end(reader):
        await tunnel.write(bytes([channel]) + data)


async def _until_end(reader: Reader) -> AsyncIterator[bytes]:
    """What a program sends until it ends, or resets."""
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(CHUNK):
            yield data


async def _forth(tunnel: _Tunnel, onward: Mapping[int, Writer]) -> None:
    async for data in tunnel.read():
        writer = onward.get(data[0]) if data else None
        if writer is not None:
            writer.write(data[1:])
            await writer.drain()


class _Pair(Struct):
    """The two streams of one connection: its errors, and its bytes."""

    port: int = 0
    error: int = 0
    data: int = 0
    writer: Writer | None = None


async def _spdy(pipe: _Pipe, dial: Dial) -> None:
    """A pair of streams for each connection that the client forwards."""
    session = _Session(pipe, dial)
    try:
        async for data in pipe.read():
            for each in session.connection.feed(data):
                await session.take(each)
    finally:
        await _abort(session.tasks, [p.writer for p in session.pairs.values() if p.writer])


class _Session:
    def __init__(self, pipe: _Pipe, dial: Dial) -> None:
        self.connection = spdy.Connection()
        self.pairs: dict[str, _Pair] = {}
        self.tasks: list[asyncio.Task[None]] = []
        self._pipe, self._dial = pipe, dial
        self._by_stream: dict[int, _Pair] = {}

    async def take(self, got: spdy.Frame) -> None:
        """One frame of the client."""
        if got.kind is spdy.Kind.SYN_STREAM:
            await self._begin(got)
        elif got.kind is spdy.Kind.PING:
            await self._pipe.write(self.connection.pong(got))
        elif got.kind in (spdy.Kind.DATA, spdy.Kind.RST_STREAM):
            await self._hand_on(got)

    async def _begin(self, got: spdy.Frame) -> None:
        pair = self.pairs.setdefault(got.headers.get("requestid", ""), _Pair())
        pair.port = int(got.headers.get("port", "0"))
        await self._pipe.write(self.connection.reply(got.stream))
        if got.headers.get("streamtype") == "error":
            pair.error = got.stream
        else:
            pair.data = got.stream
            self._by_stream[got.stream] = pair
        if pair.error and pair.data:
            await self._connect(pair)

    async def _connect(self, pair: _Pair) -> None:
        try:
            reader, pair.writer = await self._dial(pair.port)
        except OSError as error:
            why = _refusal(pair.port, error)
            await self._pipe.write(self.connection.data(pair.error, why, final=True))
            await self._pipe.write(self.connection.data(pair.data, b"", final=True))
            return
        self.tasks.append(asyncio.create_task(self._back(pair, reader)))

    async def _back(self, pair: _Pair, reader: Reader) -> None:
        async for data in _until_end(reader):
            await self._pipe.write(self.connection.data(pair.data, data))
        for stream in (pair.data, pair.error):
            await self._pipe.write(self.connection.data(stream, b"", final=True))

    async def _hand_on(self, got: spdy.Frame) -> None:
        pair = self._by_stream.get(got.stream)
        writer = pair.writer if pair else None
        if writer is None or writer.is_closing():
            return
        if got.kind is spdy.Kind.RST_STREAM:
            writer.close()
            return
        writer.write(got.payload)
        await writer.drain()
        if got.final and writer.can_write_eof():
            writer.write_eof()


async def _abort(tasks: Sequence[asyncio.Task[None]], writers: Iterable[Writer]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for writer in writers:
        writer.transport.abort()
