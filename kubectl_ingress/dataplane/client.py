"""A client's connection: its requests one after the other, and the answers to them.

Headers and bodies are framed by h11. The request line is not, because h11
takes only ASCII in a target and nginx any byte above the space.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from kubectl_ingress.dataplane.http1 import (
    HEADER_NAME,
    Bad,
    Head,
    Header,
    Limits,
    check_lines,
    parse_request_line,
    split_target,
)

if TYPE_CHECKING:
    import h11

CHUNK = 65536

_HEAD_END = re.compile(rb"\n\r?\n")


class Gone(Exception):
    """The client has closed the connection, or is too slow to keep it."""


class Client:
    """A client's connection. Whatever the client does ends in Bad or in Gone."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        limits: Limits,
    ) -> None:
        import h11

        self.reader, self.writer, self.limits = reader, writer, limits
        self.ahead = bytearray()
        """Received, and not used yet."""
        self.complete = True
        """Whether the whole of the last request was read."""
        self.answering = False
        """Whether the answer to it has begun."""
        self.method = b""
        """Its method, b"" where that cannot be read."""
        self.most = limits.body
        """How many bytes of body it may have."""
        # For each request a new one: what is read ahead stays ours.
        self._framing = h11.Connection(h11.SERVER, limits.head)
        self._size = 0

    @property
    def address(self) -> str:
        """Where the client is."""
        # None for one that has gone already.
        return str((self.writer.get_extra_info("peername") or ("",))[0])

    @property
    def port(self) -> int:
        """Which port of ours it came in by."""
        return int(self.writer.get_extra_info("sockname")[1])

    async def request(self) -> Head | None:
        """The next request; None when there is none. Raises Bad and Gone."""
        try:
            async with asyncio.timeout(self.limits.idle):
                # Empty lines before a request: RFC 9112 section 2.2.
                while not self.ahead.strip(b"\r\n"):
                    self.ahead.clear()
                    if not await self._receive():
                        return None
            async with asyncio.timeout(self.limits.request):
                raw = await self._raw_head()
        except TimeoutError as error:
            raise Gone from error
        return self._parse(raw)

    async def _raw_head(self) -> bytes:
        import h11

        searched = 0
        self.complete, self.answering, self.method = False, False, b""
        self._framing, self._size = h11.Connection(h11.SERVER, self.limits.head), 0
        self.most = self.limits.body
        del self.ahead[: len(self.ahead) - len(self.ahead.lstrip(b"\r\n"))]
        while (end := _HEAD_END.search(self.ahead, max(0, searched - 2))) is None:
            searched = len(self.ahead)
            if searched > self.limits.line and self.ahead.find(b"\n") < 0:
                raise Bad(414)
            if searched > self.limits.head:
                raise Bad(400)
            if not await self._receive():
                raise Gone
        raw = bytes(self.ahead[: end.end()])
        del self.ahead[: end.end()]
        return raw

    def _parse(self, raw: bytes) -> Head:
        import h11

        line, *lines = raw.split(b"\n")
        if len(line) > self.limits.line:
            raise Bad(414)
        if len(raw) > self.limits.head:
            raise Bad(400)
        self.method, target, version = parse_request_line(line)
        check_lines(lines, version, self.limits)
        self._framing.receive_data(b"%s / HTTP/%s\r\n" % (self.method, version) + b"\n".join(lines))
        try:
            event = self._framing.next_event()
        except h11.RemoteProtocolError as error:
            raise Bad(501 if error.error_status_hint == 501 else 400) from error
        if not isinstance(event, h11.Request):
            raise Bad(400)
        received = event.headers.raw_items()
        headers = tuple(header for header in received if HEADER_NAME.fullmatch(header[0]))
        target, host = split_target(target, headers)
        return Head(self.method, target, host, headers, version)

    @property
    def waits(self) -> bool:
        """Whether the client sends its body only when it is asked to (100-continue)."""
        return self._framing.they_are_waiting_for_100_continue

    async def piece(self) -> bytes:
        """The next piece of the request's body, b"" at its end. Raises Bad and Gone."""
        import h11

        while not self.complete:
            if self.ahead:
                self._framing.receive_data(bytes(self.ahead))
                self.ahead.clear()
            try:
                event = self._framing.next_event()
            except h11.RemoteProtocolError as error:
                raise Bad(400) from error
            if isinstance(event, h11.Data):
                self._size += len(event.data)
                if self._size > self.most:
                    raise Bad(413)
                return bytes(event.data)
            if isinstance(event, h11.EndOfMessage):
                self.complete = True
                self.ahead += self._framing.trailing_data[0]
            elif not await self._receive_in_time():
                raise Gone
        return b""

    async def gone(self) -> None:
        """Wait until the client closes; what it sends meanwhile is kept."""
        while len(self.ahead) < CHUNK:
            if not await self._receive():
                return
        # It has sent so much ahead that no more is read, its end neither.
        await asyncio.Event().wait()

    async def _receive_in_time(self) -> bool:
        try:
            async with asyncio.timeout(self.limits.request):
                return await self._receive()
        except TimeoutError as error:
            raise Gone from error

    async def _receive(self) -> bool:
        try:
            data = await self.reader.read(CHUNK)
        except OSError as error:
            raise Gone from error
        self.ahead += data
        return bool(data)

    async def go_on(self) -> None:
        """Ask for the body, where the client waits for that."""
        import h11

        if self.waits:
            await self.send(
                h11.InformationalResponse(status_code=100, headers=[], reason=b"Continue")
            )

    async def answer(self, status: int, reason: bytes, headers: Iterable[Header]) -> None:
        """Begin the answer, or change to another protocol (101). Raises Gone."""
        import h11

        self.answering = True
        if status == 101:
            await self.send(
                h11.InformationalResponse(status_code=101, headers=list(headers), reason=reason)
            )
        else:
            sent = list(headers)
            if all(name != b"Connection" for name, _ in sent):
                # h11 makes it "close" where it has to be.
                sent.append((b"Connection", b"keep-alive"))
            await self.send(h11.Response(status_code=status, headers=sent, reason=reason))

    async def data(self, data: bytes) -> None:
        """Go on with the answer."""
        import h11

        await self.send(h11.Data(data=data))

    async def end(self) -> None:
        """End the answer."""
        import h11

        await self.send(h11.EndOfMessage())

    async def send(self, event: h11.Event) -> None:
        """Write one event, at the pace at which the client reads. Raises Gone."""
        await self.write(self._framing.send(event) or b"")

    async def write(self, data: bytes) -> None:
        """Write bytes, at the pace at which the client reads. Raises Gone."""
        try:
            self.writer.write(data)
            async with asyncio.timeout(self.limits.request):
                await self.writer.drain()
        except OSError as error:  # TimeoutError is one too
            raise Gone from error

    async def discard(self) -> None:
        """Read the rest of a request that was answered without it. Raises Gone."""
        try:
            while await self.piece():
                pass
        except Bad as error:
            raise Gone from error

    @property
    def reusable(self) -> bool:
        """Whether another request can follow."""
        import h11

        states = self._framing.our_state, self._framing.their_state
        return self.complete and states == (h11.DONE, h11.DONE)

    async def close(self) -> None:
        """End the connection, without tearing away the answer from a client still sending."""
        try:
            async with asyncio.timeout(self.limits.linger):
                if self.answering and (self.ahead or not self.complete):
                    if self.writer.can_write_eof():
                        self.writer.write_eof()
                    while await self.reader.read(CHUNK):
                        pass
                self.writer.close()
                await self.writer.wait_closed()
        except OSError:
            pass
        finally:
            self.writer.transport.abort()
