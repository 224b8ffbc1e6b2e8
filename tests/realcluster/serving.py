"""Listeners for the played servers: TCP, HTTP over it, and forwarding."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import h11

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
        self._server: asyncio.Server | None = None
        self._conversations: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Begin to accept connections; nothing happens if it does already."""
        if self._server is None:
            self._server = await asyncio.start_server(
                self._accept, self.ip, self.port, ssl=self._tls, backlog=1024
            )

    async def close(self) -> None:
        """Refuse connections from now on, and abort those there are."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for task in self._conversations:
            task.cancel()
        if self._conversations:
            await asyncio.wait(self._conversations)

    def _accept(self, reader: Reader, writer: Writer) -> None:
        task = asyncio.get_running_loop().create_task(self._converse(reader, writer))
        self._conversations.add(task)
        task.add_done_callback(self._conversations.discard)

    async def _converse(self, reader: Reader, writer: Writer) -> None:
        try:
            # The other side may go away at any moment.
            with contextlib.suppress(ConnectionError, TimeoutError, ssl.SSLError):
                await self._talk(reader, writer)
                writer.close()
                await writer.wait_closed()
        finally:
            writer.transport.abort()


@dataclass(frozen=True)
class Request:
    """What a client asked; header names are lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    client: str

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]


@dataclass(frozen=True)
class Response:
    """What a played server answers."""

    status: int = 200
    body: str = ""
    content_type: str = "text/plain; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)


Handler = Callable[[Request], Response]


class HttpServer(Listener):
    """HTTP/1.1 with one function that answers everything."""

    def __init__(
        self, ip: str, port: int, answer: Handler, tls: ssl.SSLContext | None = None
    ) -> None:
        super().__init__(ip, port, self._serve, tls)
        self._answer = answer

    async def _serve(self, reader: Reader, writer: Writer) -> None:
        connection = h11.Connection(h11.SERVER)
        client = writer.get_extra_info("peername")[0]
        try:
            while request := await _read_request(connection, reader, writer, client):
                _send(connection, writer, self._answer(request), request.method == "HEAD")
                await writer.drain()
                if connection.our_state is h11.MUST_CLOSE:
                    return
                connection.start_next_cycle()
        except h11.RemoteProtocolError as error:
            if connection.our_state in (h11.IDLE, h11.SEND_RESPONSE):
                _send(connection, writer, Response(error.error_status_hint, f"{error}\n"), False)


async def _read_request(
    connection: h11.Connection, reader: Reader, writer: Writer, client: str
) -> Request | None:
    """The next request, or None when the client has closed."""
    head: h11.Request | None = None
    body = bytearray()
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            if connection.they_are_waiting_for_100_continue:
                go_on = h11.InformationalResponse(status_code=100, headers=[])
                writer.write(connection.send(go_on) or b"")
            connection.receive_data(await reader.read(CHUNK))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage) and head is not None:
            headers = {name.decode(): value.decode("latin-1") for name, value in head.headers}
            method, target = head.method.decode(), head.target.decode("latin-1")
            return Request(method, target, headers, bytes(body), client)
        else:
            return None


def _send(connection: h11.Connection, writer: Writer, answer: Response, bare: bool) -> None:
    body = answer.body.encode()
    headers = {
        "Content-Type": answer.content_type,
        "Content-Length": str(len(body)),
        **answer.headers,
    }
    head = h11.Response(status_code=answer.status, headers=list(headers.items()))
    events: list[h11.Event] = [head, h11.EndOfMessage()]
    if body and not bare:
        events.insert(1, h11.Data(data=body))
    for event in events:
        writer.write(connection.send(event) or b"")


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
