"""Endpoints that answer at once with who they are and what they were asked for, byte by byte.

As those of the measurements, they answer the status that X-Want-Status asks for.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable
from contextlib import suppress


class _Conversation(asyncio.Protocol):
    """One connection; what it is sent is read as far as a proxy needs it."""

    def __init__(self, name: bytes) -> None:
        self._name = name
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, rest = self._received.partition(b"\r\n\r\n")
        if not end or len(rest) < _length(head):
            return
        line = head.partition(b"\r\n")[0]
        target = line[line.index(b" ") + 1 : line.rindex(b" ")]
        status, code = _value(head, b"x-want-status") or b"200", _value(head, b"x-code")
        self._received = b""
        self._transport.write(
            b"HTTP/1.1 %s .\r\nContent-Length: 0\r\nConnection: close\r\nX-Backend: %s\r\n"
            b"X-Target: %s\r\nX-Seen-Code: %s\r\n\r\n" % (status, self._name, target, code)
        )
        self._transport.close()


def _value(head: bytes, name: bytes) -> bytes:
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.lower() == name:
            return value.strip()
    return b""


def _length(head: bytes) -> int:
    return int(_value(head, b"content-length") or 0)


class Echoes:
    """One port of loopback for each name, served by a thread of their own."""

    def __init__(self, names: Iterable[str]) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        opening = asyncio.run_coroutine_threadsafe(self._open(tuple(names)), self._loop)
        self._ports = opening.result(10)

    async def _open(self, names: tuple[str, ...]) -> dict[str, int]:
        ports = {}
        for name in names:
            server = await self._loop.create_server(
                lambda name=name.encode(): _Conversation(name),  # type: ignore[misc]
                "127.0.0.1",
                0,
                backlog=500,
            )
            ports[name] = server.sockets[0].getsockname()[1]
        return ports

    def port(self, name: str) -> int:
        return self._ports[name]

    def stop(self) -> None:
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
