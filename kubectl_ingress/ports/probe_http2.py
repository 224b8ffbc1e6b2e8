"""One exchange in HTTP/2, by httpx over our own connection."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Iterator
from typing import Any

import h2.events
import h2.exceptions
import httpcore
import httpx

from kubectl_ingress.core.answer import Plan
from kubectl_ingress.errors import InputError
from kubectl_ingress.ports.probe_http1 import Garbage, Reply
from kubectl_ingress.ports.probe_line import Line

# What RFC 9113, section 8.2.2, keeps out of HTTP/2; curl leaves them out too.
_OF_THE_CONNECTION = {b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding"} | {
    b"upgrade"
}


def exchange(line: Line, plan: Plan, headers: list[tuple[bytes, bytes]], body_limit: int) -> Reply:
    """Send and read. Raises Garbage, TimeoutError, ConnectionError or another OSError."""
    transport = line.session
    if not isinstance(transport, _Transport):
        transport = line.session = _Transport(line)
    kept = [pair for pair in headers if pair[0].lower() not in _OF_THE_CONNECTION]
    try:
        request = httpx.Request(
            plan.request.method,
            f"{plan.request.scheme}://host/",
            headers=kept,
            content=plan.body,
            # As they were typed: httpx would mend both.
            extensions={
                "method": plan.request.method,
                "target": plan.request.target.encode("latin-1"),
            },
        )
        return _read(transport.handle_request(request), line, body_limit)
    except httpcore.ConnectionNotAvailable as error:
        raise ConnectionError("the server takes no more requests on this connection") from error
    except _BROKEN as error:
        raise _told(error, plan, transport.stream) from error


def _read(response: httpx.Response, line: Line, body_limit: int) -> Reply:
    line.clock.answering()
    body = bytearray()
    truncated = False
    for piece in response.iter_raw():
        body += piece
        if len(body) > body_limit:
            truncated = True
            break
        line.clock.left()
    if not truncated:
        response.close()
    headers = tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in response.headers.raw)
    return Reply(
        response.status_code, headers, bytes(body[:body_limit]), "2", truncated, not truncated
    )


# httpcore takes a server's faults for ours where h2 finds them, and lets some of h2's own through,
# and Python's for a status that is no number.
_BROKEN = (
    httpcore.RemoteProtocolError,
    httpcore.LocalProtocolError,
    h2.exceptions.ProtocolError,
    ValueError,
)


def _told(error: Exception, plan: Plan, stream: _Stream) -> Exception:
    """The same in our words."""
    if not stream.received:
        return InputError(f"{plan.request.url} cannot be sent in HTTP/2: {error}")
    event = error.args[0] if error.args else None
    if isinstance(event, h2.events.StreamReset):
        return ConnectionError(f"the server gave the request up ({_code(event.error_code)})")
    if isinstance(event, h2.events.ConnectionTerminated):
        return ConnectionError(f"the server ended the connection ({_code(event.error_code)})")
    if stream.ended:
        return ConnectionError("closed before the end of the answer")
    return Garbage("a status that is no number" if isinstance(error, ValueError) else str(error))


def _code(code: object) -> str:
    return str(getattr(code, "name", code))


class _Transport(httpx.BaseTransport):
    """One connection that is open already."""

    def __init__(self, line: Line) -> None:
        scheme = b"https" if line.tls else b"http"
        self._origin = httpcore.Origin(scheme, b"host", 443 if line.tls else 80)
        self.stream = _Stream(line)
        self._connection = httpcore.HTTP2Connection(self._origin, self.stream)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        origin = self._origin
        answer = self._connection.handle_request(
            httpcore.Request(
                method=request.extensions["method"],
                url=httpcore.URL(
                    scheme=origin.scheme,
                    host=origin.host,
                    port=origin.port,
                    target=request.extensions["target"],
                ),
                headers=request.headers.raw,
                content=request.stream,
            )
        )
        assert isinstance(answer.stream, Iterable)  # noqa: S101  # the sync one gives nothing else
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer.stream))


class _Body(httpx.SyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._stream)

    def close(self) -> None:
        self._stream.close()


class _Stream(httpcore.NetworkStream):
    """The line, which has its own deadline, as httpcore takes it."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self.received = False
        self.ended = False

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        piece = self._line.read(max_bytes)
        is_first, self.received, self.ended = not self.received, True, not piece
        if is_first and piece.startswith(b"HTTP/"):
            raise httpcore.RemoteProtocolError("the answer is in HTTP/1")
        return piece

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if buffer:
            self._line.write(buffer)

    def close(self) -> None:
        self._line.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        raise NotImplementedError("TLS comes with the line")

    def get_extra_info(self, info: str) -> object:
        return None
