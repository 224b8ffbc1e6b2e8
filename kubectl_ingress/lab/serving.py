"""Listeners for the played servers: TCP, HTTP over it, and forwarding."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TypeAlias

import h11
from msgspec import Struct

Reader: TypeAlias = asyncio.StreamReader
Writer: TypeAlias = asyncio.StreamWriter
Conversation = Callable[[Reader, Writer], Awaitable[None]]
CHUNK = 65536


class Listener:
    """A TCP listener whose connections end together with it, as those of a killed server do."""

    def __init__(
        self, ip: str, port: int, talk: Conversation, tls: ssl.SSLContext | None = None
    ) -> None:
        self.ip, self.port = ip, port
        self._talk, self._tls = talk, tls
        self._listening: socket.socket | None = None
        self._conversations: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Begin to accept connections; nothing happens if it does already. Raises OSError."""
        if self._listening is None:
            self._listening = socket.create_server((self.ip, self.port), backlog=1024)
            self._listening.setblocking(False)
            asyncio.get_running_loop().add_reader(self._listening, self._accept, self._listening)

    async def close(self) -> None:
        """Refuse connections from now on, and abort those there are."""
        if self._listening is not None:
            asyncio.get_running_loop().remove_reader(self._listening)
            self._listening.close()
            self._listening = None
        for task in self._conversations:
            task.cancel()
        if self._conversations:
            await asyncio.wait(self._conversations)

    def _accept(self, listening: socket.socket) -> None:
        # asyncio's own server, when it is closed, forgets whom it has just accepted: such a
        # client would wait for ever, where that of a killed server sees its connection reset.
        try:
            connection, _ = listening.accept()
            # As asyncio does with sockets of its own: else an answer in two pieces takes 40 ms.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError:
            # The client has gone already, or this process has no file left for it yet.
            return
        task = asyncio.get_running_loop().create_task(self._converse(connection))
        self._conversations.add(task)
        task.add_done_callback(self._conversations.discard)
        # Not at the end of the task: one cancelled at once never begins.
        task.add_done_callback(lambda _: connection.close())

    async def _converse(self, connection: socket.socket) -> None:
        loop, reader = asyncio.get_running_loop(), asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        # The other side may go away at any moment, in a handshake too.
        with contextlib.suppress(ConnectionError, TimeoutError, ssl.SSLError):
            # TLS is begun on a transport that we hold. Where asyncio begins both and is cancelled
            # with the handshake just done, the one beneath stays open without its socket, and
            # whoever gets the socket's number next cannot be connected.
            first = asyncio.Protocol if self._tls else lambda: protocol
            plain, _ = await loop.connect_accepted_socket(first, connection)
            try:
                transport = await self._secured(plain, protocol)
                writer = asyncio.StreamWriter(transport, protocol, reader, loop)
                await self._talk(reader, writer)
                writer.close()
                await writer.wait_closed()
            finally:
                plain.abort()

    async def _secured(
        self, plain: asyncio.Transport, protocol: asyncio.StreamReaderProtocol
    ) -> asyncio.Transport:
        """The transport itself, or TLS over it. Raises OSError, which TLS's errors are."""
        if self._tls is None:
            return plain
        loop = asyncio.get_running_loop()
        transport = await loop.start_tls(plain, protocol, self._tls, server_side=True)
        if transport is None:
            raise ConnectionResetError
        protocol.connection_made(transport)
        return transport


class Request(Struct, frozen=True):
    """What a client asked; header names are lower case, `fields` has them all in their order."""

    method: str
    target: str
    fields: tuple[tuple[str, str], ...]
    body: bytes
    client: str

    @property
    def headers(self) -> dict[str, str]:
        """The headers; the last of a repeated one."""
        return dict(self.fields)

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]


class Response(Struct, frozen=True):
    """What a played server answers. `lines`, where given, follow the body as long as they come.

    After a 101, `upgraded` has the connection for itself.
    """

    status: int = 200
    body: str | bytes = ""
    content_type: str = "text/plain; charset=utf-8"
    headers: Sequence[tuple[str, str]] = ()
    lines: AsyncIterator[bytes] | None = None
    upgraded: Conversation | None = None


Handler = Callable[[Request], Response | Awaitable[Response]]


class HttpServer(Listener):
    """HTTP/1.1 with one function that answers everything."""

    def __init__(
        self,
        ip: str,
        port: int,
        answer: Handler,
        tls: ssl.SSLContext | None = None,
        limit: int = 1 << 20,
    ) -> None:
        """`limit` is that of a request's body, in bytes."""
        super().__init__(ip, port, self._serve, tls)
        self._answer, self._limit = answer, limit

    async def _serve(self, reader: Reader, writer: Writer) -> None:
        connection = h11.Connection(h11.SERVER)
        wire = _Wire(connection, reader, writer)
        try:
            while request := await _read_request(wire, self._limit):
                response = self._answer(request)
                if not isinstance(response, Response):
                    response = await response
                if response.upgraded is not None:
                    await _upgrade(wire, response, response.upgraded)
                    return
                await _send(wire, response, request.method == "HEAD")
                if connection.our_state is h11.MUST_CLOSE:
                    return
                connection.start_next_cycle()
        except h11.RemoteProtocolError as error:
            if connection.our_state in (h11.IDLE, h11.SEND_RESPONSE):
                await _send(wire, Response(error.error_status_hint, f"{error}\n"), False)


class _Wire(Struct, frozen=True):
    """One connection: what h11 makes of it, and its two streams."""

    connection: h11.Connection
    reader: Reader
    writer: Writer

    def send(self, event: h11.Event) -> None:
        self.writer.write(self.connection.send(event) or b"")


async def _read_request(wire: _Wire, limit: int) -> Request | None:
    """The next request, or None when the client has closed."""
    connection, head, body = wire.connection, None, bytearray()
    # One that has reset its connection already has no name.
    client = (wire.writer.get_extra_info("peername") or ("",))[0]
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            if connection.they_are_waiting_for_100_continue:
                wire.send(h11.InformationalResponse(status_code=100, headers=[]))
            connection.receive_data(await wire.reader.read(CHUNK))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > limit:
                raise h11.RemoteProtocolError("the body is too large", error_status_hint=413)
        elif isinstance(event, h11.EndOfMessage) and head is not None:
            fields = tuple((name.decode(), value.decode("latin-1")) for name, value in head.headers)
            method, target = head.method.decode(), head.target.decode("latin-1")
            return Request(method, target, fields, bytes(body), client)
        else:
            return None


async def _send(wire: _Wire, answer: Response, bare: bool) -> None:
    body = answer.body.encode() if isinstance(answer.body, str) else answer.body
    headers = [("Content-Type", answer.content_type), *answer.headers]
    if answer.lines is None:
        headers.append(("Content-Length", str(len(body))))
    wire.send(h11.Response(status_code=answer.status, headers=headers))
    if body and not bare:
        wire.send(h11.Data(data=body))
    if answer.lines is not None:
        await _stream(wire, answer.lines)
    wire.send(h11.EndOfMessage())
    await wire.writer.drain()


async def _upgrade(wire: _Wire, answer: Response, talk: Conversation) -> None:
    """Switch to another protocol; what the client sent of it already is not lost."""
    headers = [(name, value) for name, value in answer.headers]
    wire.send(h11.InformationalResponse(status_code=answer.status, headers=headers))
    await wire.writer.drain()
    early, _ = wire.connection.trailing_data
    reader: Reader = _After(early, wire.reader) if early else wire.reader
    await talk(reader, wire.writer)


class _After(asyncio.StreamReader):
    """Bytes that were read before, then those of another reader."""

    def __init__(self, early: bytes, then: Reader) -> None:
        super().__init__()
        self._early, self._then = early, then

    async def read(self, n: int = -1) -> bytes:
        """As any reader."""
        early, self._early = self._early, b""
        return early or await self._then.read(n)


async def _stream(wire: _Wire, lines: AsyncIterator[bytes]) -> None:
    """Send lines as they come, until they end or the client goes away."""
    await wire.writer.drain()
    gone = asyncio.ensure_future(wire.reader.read(CHUNK))
    following: asyncio.Future[bytes] | None = None
    try:
        while True:
            following = asyncio.ensure_future(anext(lines))
            await asyncio.wait({gone, following}, return_when=asyncio.FIRST_COMPLETED)
            if not following.done():
                # Whatever the client sends in the middle of an answer: it is not for us.
                raise ConnectionResetError
            wire.send(h11.Data(data=following.result()))
            await wire.writer.drain()
    except StopAsyncIteration:
        return
    finally:
        # Until its end the connection is read by it, and can be read by nobody else.
        gone.cancel()
        await asyncio.wait({gone})
        if following is not None and not following.done():
            following.cancel()
            with contextlib.suppress(asyncio.CancelledError, StopAsyncIteration):
                await following
        await _close(lines)


async def _close(lines: AsyncIterator[bytes]) -> None:
    close = getattr(lines, "aclose", None)
    if close is not None:
        await close()


async def forward(reader: Reader, writer: Writer, ip: str, port: int) -> None:
    """Copy both ways between a connection and a new one to (ip, port), until both ended."""
    onward_reader, onward_writer = await asyncio.open_connection(ip, port)
    try:
        await asyncio.gather(_copy(reader, onward_writer), _copy(onward_reader, writer))
    finally:
        onward_writer.transport.abort()


async def _copy(reader: Reader, writer: Writer) -> None:
    while data := await reader.read(CHUNK):
        writer.write(data)
        await writer.drain()
    # The other direction may go on: curl closes its half only after the answer.
    if writer.can_write_eof():
        writer.write_eof()
