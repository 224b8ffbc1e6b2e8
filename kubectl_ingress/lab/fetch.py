"""One HTTP/1.1 request on a connection of its own.

What goes wrong is told in the words of Go's net/http, which the API server and kubelets
pass on.
"""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Mapping
from typing import NamedTuple

import h11

from kubectl_ingress.lab import trust

CHUNK = 65536
# As much of a body as is taken.
LONGEST = 3 * 1024 * 1024


class Answer(NamedTuple):
    """A response; header names are lower case, of repeated ones the last counts."""

    status: int
    headers: dict[str, str]
    body: bytes


class FetchError(Exception):
    """There is no answer. `words` say why; `in_body` that its body had begun."""

    def __init__(self, words: str, *, in_body: bool = False) -> None:
        super().__init__(words)
        self.words = words
        self.in_body = in_body


class NotConnected(FetchError):
    """Nobody listens, or there is no way there."""


class TimedOut(FetchError):
    """It took too long."""


class NotTrusted(FetchError):
    """No TLS, or not with whom it should be."""


class ClosedEarly(FetchError):
    """The other side closed before the answer was complete."""


class Malformed(FetchError):
    """The answer is no HTTP, or too long."""


async def fetch(
    method: str,
    ip: str,
    port: int,
    target: str,
    *,
    headers: Mapping[str, str],
    body: bytes = b"",
    tls: ssl.SSLContext | None = None,
    server_name: str = "",
    timeout: float,
) -> Answer:
    """Ask, and give the answer. `timeout` is for all of it, in seconds. Raises FetchError.

    With `tls` the server must be `server_name` if the context checks certificates. A host
    name in place of `ip` is looked up.
    """
    exchange = _Exchange(ip, port)
    request = h11.Request(method=method, target=target, headers=_headers(ip, port, headers, body))
    try:
        async with asyncio.timeout(timeout):
            await exchange.connect(tls, server_name or ip)
            return await exchange.run(request, body)
    except TimeoutError:
        raise TimedOut("context deadline exceeded", in_body=exchange.in_body) from None
    finally:
        exchange.close()


class _Exchange:
    """The connection, and how far it has come."""

    def __init__(self, ip: str, port: int) -> None:
        self._ip, self._port = ip, port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._answer = Answer(0, {}, b"")
        self._start = b""
        self._complete = False

    @property
    def in_body(self) -> bool:
        """Whether the answer's head has come."""
        return self._answer.status != 0

    async def connect(self, tls: ssl.SSLContext | None, name: str) -> None:
        """Open the connection. Raises FetchError, TimeoutError."""
        server = name if tls else None
        try:
            found = await asyncio.open_connection(
                self._ip, self._port, ssl=tls, server_hostname=server
            )
        except ssl.SSLCertVerificationError as error:
            raise NotTrusted(trust.UNSIGNED) from error
        except ssl.SSLError as error:
            raise NotTrusted(_handshake_words(error)) from error
        except TimeoutError:
            raise
        except OSError as error:
            raise self._not_connected(error) from error
        self._reader, self._writer = found
        if tls and tls.verify_mode == ssl.CERT_REQUIRED:
            certificate = self._writer.get_extra_info("peercert")
            if words := trust.fault(certificate, name):
                raise NotTrusted(words)

    async def run(self, request: h11.Request, body: bytes) -> Answer:
        """Send the request and read the answer. Raises FetchError, TimeoutError."""
        connection = h11.Connection(h11.CLIENT)
        try:
            await self._send(connection, request, body)
            while not self._complete:
                await self._read(connection)
        except h11.RemoteProtocolError as error:
            raise self._broken(error) from error
        except ConnectionError as error:
            words = f"read tcp {self._ip}:{self._port}: read: connection reset by peer"
            raise ClosedEarly(words, in_body=self.in_body) from error
        return self._answer

    def close(self) -> None:
        """End the connection; at once if something went wrong."""
        if self._writer is None:
            return
        if self._complete:
            self._writer.close()
        else:
            self._writer.transport.abort()

    async def _send(self, connection: h11.Connection, request: h11.Request, body: bytes) -> None:
        events: list[h11.Event] = [request, h11.EndOfMessage()]
        if body:
            events.insert(1, h11.Data(data=body))
        if self._writer is not None:
            for event in events:
                self._writer.write(connection.send(event) or b"")
            await self._writer.drain()

    async def _read(self, connection: h11.Connection) -> None:
        event = connection.next_event()
        if event is h11.NEED_DATA and self._reader is not None:
            data = await self._reader.read(CHUNK)
            self._start = self._start or data
            connection.receive_data(data)
        elif isinstance(event, h11.Response):
            named = {name.decode(): value.decode("latin-1") for name, value in event.headers}
            self._answer = Answer(event.status_code, named, b"")
        elif isinstance(event, h11.Data):
            self._answer = self._answer._replace(body=self._answer.body + event.data)
            if len(self._answer.body) > LONGEST:
                raise Malformed("http: response body too large", in_body=True)
        elif isinstance(event, h11.EndOfMessage):
            self._complete = True
        elif isinstance(event, h11.ConnectionClosed):
            raise ClosedEarly("EOF")

    def _not_connected(self, error: OSError) -> FetchError:
        address = f"{self._ip}:{self._port}"
        if isinstance(error, ConnectionResetError):
            # Only in a handshake: what refuses a connection is another error.
            return ClosedEarly("EOF")
        if error.errno is None or error.errno < 0:
            return NotConnected(f"dial tcp: lookup {self._ip}: no such host")
        why = os.strerror(error.errno).lower()
        return NotConnected(f"dial tcp {address}: connect: {why}")

    def _broken(self, error: h11.RemoteProtocolError) -> FetchError:
        line = self._start.partition(b"\n")[0].strip().decode("latin-1")
        broken = "net/http: HTTP/1.x transport connection broken: "
        if self._start and not self._start.startswith(b"HTTP/"):
            return Malformed(f'{broken}malformed HTTP response "{line}"')
        if self._reader is not None and self._reader.at_eof():
            words = "unexpected EOF" if self._start else "EOF"
            return ClosedEarly(words, in_body=self.in_body)
        return Malformed(f"{broken}{error}", in_body=self.in_body)


def _headers(ip: str, port: int, headers: Mapping[str, str], body: bytes) -> list[tuple[str, str]]:
    own = {"Host": f"{ip}:{port}", "Connection": "close"}
    if body:
        own["Content-Length"] = str(len(body))
    given = {name.lower() for name in headers}
    kept = [(name, value) for name, value in own.items() if name.lower() not in given]
    return [*kept, *headers.items()]


def _handshake_words(error: ssl.SSLError) -> str:
    reason = (error.reason or "").lower().replace("_", " ")
    if reason in ("wrong version number", "http request", "packet length too long"):
        # OpenSSL does not tell HTTP from other bytes that are no TLS; HTTP is the usual one.
        return "http: server gave HTTP response to HTTPS client"
    _, alert, why = reason.rpartition("alert ")
    return f"remote error: tls: {why}" if alert else f"tls: {reason}"
