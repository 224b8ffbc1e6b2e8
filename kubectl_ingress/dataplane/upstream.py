"""One request to one endpoint, and its answer, on a connection of its own as with nginx."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from msgspec import Struct

from kubectl_ingress.core.request import Target
from kubectl_ingress.dataplane.client import CHUNK
from kubectl_ingress.dataplane.http1 import Head, Header, Limits, words

# RFC 9110 section 7.6.1, and what is framed anew on each side.
HOP = frozenset(
    b"connection keep-alive proxy-connection te trailer transfer-encoding upgrade".split()
)
_NOT_SENT_ON = HOP | {b"content-length", b"expect"}


class Failed(Exception):
    """An endpoint gave no answer: 502, or 504 where it took too long."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(status, why)
        self.status, self.why = status, why


def _failed(what: str, endpoint: Target, error: Exception) -> Failed:
    late = isinstance(error, TimeoutError)
    reason = "it takes too long" if late else str(error)
    return Failed(504 if late else 502, f"{what} {_named(endpoint)}: {reason}")


def _named(endpoint: Target) -> str:
    return f"{endpoint.address}:{endpoint.port}"


class Answer(Struct, frozen=True):
    """The head of an endpoint's answer."""

    status: int
    reason: bytes
    headers: tuple[Header, ...]


def without_hop(headers: Sequence[Header], names: frozenset[bytes] = HOP) -> list[Header]:
    """Headers for the other side of a proxy: without `names` and what Connection names."""
    dropped = names | set(words(value for name, value in headers if name.lower() == b"connection"))
    return [header for header in headers if header[0].lower() not in dropped]


class Upstream:
    """One request to one endpoint. Whatever the endpoint does ends in Failed."""

    def __init__(
        self,
        endpoint: Target,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        limits: Limits,
    ) -> None:
        import h11

        self.endpoint, self.limits = endpoint, limits
        self.reader, self.writer = reader, writer
        self._framing = h11.Connection(h11.CLIENT, limits.head)
        self._unsent = b""
        # What is left for the head of the answer; the body may be of any size.
        self._room: int | None = limits.answer

    @classmethod
    async def connect(cls, endpoint: Target, limits: Limits) -> Upstream:
        """A connection to an endpoint. Raises Failed."""
        try:
            async with asyncio.timeout(limits.connect):
                streams = await asyncio.open_connection(endpoint.address, endpoint.port)
        except OSError as error:
            raise _failed("cannot connect to", endpoint, error) from error
        return cls(endpoint, *streams, limits)

    def start(self, request: Head, target: bytes, own: Sequence[Header]) -> None:
        """Begin a request; headers in `own` replace the client's.

        It is sent with the first piece of the body, in one packet: an endpoint
        that answers without reading a small body may close before the body comes.
        """
        import h11

        replaced = frozenset(name.lower() for name, _ in own)
        headers = [*own, *without_hop(request.headers, _NOT_SENT_ON | replaced)]
        if request.upgrade:
            headers += [(b"Connection", b"upgrade"), (b"Upgrade", request.upgrade)]
        else:
            headers.append((b"Connection", b"close"))
        headers += [
            (name, value)
            for name in (b"Content-Length", b"Transfer-Encoding")
            for value in request.values(name.lower())
        ]
        if b"host" not in replaced:
            # A client of HTTP/1.0 may go without; we may not.
            headers.append((b"Host", b""))
        event = h11.Request(method=request.method, target=b"/", headers=headers)
        _, _, rest = (self._framing.send(event) or b"").partition(b"\r\n")
        # h11 takes only ASCII targets, nginx any bytes.
        self._unsent = b"%s %s HTTP/1.1\r\n" % (request.method, target) + rest

    async def send(self, data: bytes) -> None:
        """Go on with the request's body."""
        import h11

        await self.write(self._framing.send(h11.Data(data=data)) or b"")

    async def end(self) -> None:
        """End the request."""
        import h11

        await self.write(self._framing.send(h11.EndOfMessage()) or b"")

    async def write(self, data: bytes) -> None:
        """Write bytes, at the pace at which the endpoint takes them. Raises Failed."""
        data, self._unsent = self._unsent + data, b""
        try:
            self.writer.write(data)
            async with asyncio.timeout(self.limits.endpoint):
                await self.writer.drain()
        except OSError as error:
            raise _failed("cannot send to", self.endpoint, error) from error

    async def answer(self) -> Answer:
        """The head of the answer; interim ones are skipped, but not 101."""
        import h11

        while True:
            event = await self._next()
            if not isinstance(event, h11.Response | h11.InformationalResponse):
                raise Failed(502, "an endpoint ended without an answer")
            if event.status_code == 101 or event.status_code >= 200:
                self._room = None
                return Answer(event.status_code, event.reason, tuple(event.headers.raw_items()))

    async def piece(self) -> bytes:
        """The next piece of the answer's body, b"" at its end."""
        import h11

        event = await self._next()
        return bytes(event.data) if isinstance(event, h11.Data) else b""

    @property
    def ahead(self) -> bytes:
        """What came behind a 101."""
        return self._framing.trailing_data[0]

    async def _next(self) -> object:
        import h11

        while True:
            try:
                event = self._framing.next_event()
                if event is not h11.NEED_DATA:
                    return event
                if self._room == 0:
                    raise Failed(502, f"too big a header from {_named(self.endpoint)}")
                async with asyncio.timeout(self.limits.endpoint):
                    data = await self.reader.read(self._room or CHUNK)
                if self._room is not None:
                    self._room -= len(data)
                self._framing.receive_data(data)
            except (OSError, h11.RemoteProtocolError) as error:
                raise _failed("no answer from", self.endpoint, error) from error

    def close(self) -> None:
        """Drop the connection."""
        self.writer.transport.abort()
