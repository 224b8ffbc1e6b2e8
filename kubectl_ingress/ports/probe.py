"""Sends a request to an address under another name: the only importer of httpx.

URL, Host and SNI stay those of the host, the connection goes to the load
balancer: what ``curl --connect-to`` does. Every request has a connection of its
own, as thirty curls would: a kept one would ride on another name's TLS session
and meet only one controller pod.
"""

from __future__ import annotations

import errno
import socket
import ssl
import time
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, Protocol

import httpcore
import httpx

from kubectl_ingress import __version__
from kubectl_ingress.certificates import describe
from kubectl_ingress.core.answer import Answer, Certificate, Failure, Plan, Timings, Unreachable
from kubectl_ingress.ports.connect_to import look_up

BODY_LIMIT = 1 << 20
"""Bytes of a body that are read: an answer is looked at, not downloaded."""


class Prober(Protocol):
    """Sends one planned request."""

    def send(self, plan: Plan) -> Answer | Unreachable:
        """Never raises for what the network does: failing is the subject."""


class _Clock:
    """When each phase of one exchange ended, from the connection's own trace."""

    def __init__(self) -> None:
        self.started = time.perf_counter()
        self.spans: dict[str, float] = {}
        self._open: dict[str, float] = {}
        self.phase = "dns"
        self.peer = ""
        self.port = 0
        self.first_byte: float | None = None

    def begin(self, phase: str) -> None:
        self.phase = phase
        self._open[phase] = time.perf_counter()

    def end(self, phase: str) -> None:
        self.spans[phase] = time.perf_counter() - self._open[phase]

    def trace(self, event: str, info: dict[str, Any]) -> None:
        name, _, stage = event.rpartition(".")
        step = name.rpartition(".")[2]
        if step == "start_tls":
            self.begin("tls") if stage == "started" else self.end("tls")
        elif step == "send_request_headers" and stage == "started":
            self.phase = "answer"
        elif step == "receive_response_headers" and stage == "complete":
            self.first_byte = time.perf_counter() - self.started

    def timings(self) -> Timings:
        total = time.perf_counter() - self.started
        spans = self.spans
        return Timings(
            total, spans.get("dns"), spans.get("connect"), spans.get("tls"), self.first_byte
        )


class _Dialler(httpcore.NetworkBackend):
    """Resolves and connects to the plan's address, whatever the URL's host is."""

    def __init__(self, plan: Plan, clock: _Clock, connect_to: str) -> None:
        self._plan = plan
        self._clock = clock
        self._connect_to = connect_to

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        self._clock.begin("dns")
        address, port = self._plan.address, self._plan.port
        if self._connect_to:
            address, port = look_up(self._connect_to, address, port)
        found = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)
        self._clock.end("dns")
        self._clock.port = port
        self._clock.begin("connect")
        deadline = time.perf_counter() + (timeout or self._plan.max_time)
        stream = self._first_that_connects([entry[4][0] for entry in found], deadline)
        self._clock.end("connect")
        return stream

    def _first_that_connects(
        self, addresses: list[str | int], deadline: float
    ) -> httpcore.NetworkStream:
        last: Exception | None = None
        for address in dict.fromkeys(str(address) for address in addresses):
            left = deadline - time.perf_counter()
            if left <= 0:
                break
            self._clock.peer = address
            try:
                return httpcore.SyncBackend().connect_tcp(address, self._clock.port, left)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
        raise last or httpcore.ConnectTimeout("no time left to connect")


class _Transport(httpx.BaseTransport):
    """One connection for one exchange, with the request target byte for byte as planned."""

    def __init__(self, plan: Plan, clock: _Clock, dialler: _Dialler) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=_context(plan.verify) if plan.request.scheme == "https" else None,
            max_keepalive_connections=0,
            network_backend=dialler,
        )
        self._extensions = {
            "trace": clock.trace,
            "target": plan.request.target.encode("latin-1"),
            "timeout": dict.fromkeys(("connect", "read", "write", "pool"), plan.max_time),
        }

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        answer = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=url,
                headers=request.headers.raw,
                content=request.stream,
                extensions=self._extensions,
            )
        )
        stream = answer.stream
        assert isinstance(stream, Iterable)  # noqa: S101  # the sync pool gives nothing else
        return httpx.Response(
            answer.status,
            headers=answer.headers,
            stream=_Body(stream),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, stream: Iterable[bytes]) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._stream)


@cache
def _context(verify: bool) -> ssl.SSLContext:
    # The system's own certificates, as curl: a company's private CA is there.
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


class HttpProber:
    """The real one. `connect_to` is a file for ports.connect_to, "" asks DNS."""

    def __init__(self, connect_to: str = "") -> None:
        self._connect_to = connect_to

    def send(self, plan: Plan) -> Answer | Unreachable:
        """Send, and read at most BODY_LIMIT bytes of the answer."""
        clock = _Clock()
        try:
            return self._exchange(plan, clock)
        except (httpcore.TimeoutException, TimeoutError):
            detail = f"nothing within {plan.max_time:g} s"
            return _unreachable(Failure.TIMEOUT, detail, clock)
        except socket.gaierror as error:
            return _unreachable(Failure.NAME, error.args[-1], clock)
        except (OSError, httpcore.NetworkError, httpcore.ProtocolError) as error:
            return self._failed(plan, clock, error)

    def _failed(self, plan: Plan, clock: _Clock, error: Exception) -> Unreachable:
        root = _root(error)
        why = Failure.BROKEN
        certificate = None
        if isinstance(root, ssl.SSLError) or clock.phase == "tls":
            why = Failure.TLS
            certificate = presented(plan, clock.peer, clock.port)
        elif isinstance(root, OSError) and root.errno == errno.ECONNREFUSED:
            why = Failure.REFUSED
        elif clock.phase == "connect":
            why = Failure.UNREACHABLE
        detail = getattr(root, "verify_message", "") or getattr(root, "strerror", "") or str(root)
        return _unreachable(why, detail, clock, certificate)

    def _exchange(self, plan: Plan, clock: _Clock) -> Answer:
        request = plan.request
        host = f"[{request.host}]" if ":" in request.host else request.host
        deadline = clock.started + plan.max_time
        transport = _Transport(plan, clock, _Dialler(plan, clock, self._connect_to))
        with httpx.Client(transport=transport, headers=_headers(plan), trust_env=False) as client:
            del client.headers["accept-encoding"], client.headers["connection"]
            url = f"{request.scheme}://{host}{f':{request.port}' if request.port else ''}/"
            with client.stream(request.method, url, content=plan.body) as response:
                # Now: the connection is gone once the body has been read.
                certificate = _peer_certificate(response)
                body = bytearray()
                for piece in response.iter_raw():
                    body += piece
                    if len(body) >= BODY_LIMIT:
                        break
                    if time.perf_counter() > deadline:
                        raise TimeoutError
            headers = tuple(
                (k.decode("latin-1"), v.decode("latin-1")) for k, v in response.headers.raw
            )
        return Answer(
            response.status_code,
            headers,
            bytes(body),
            clock.timings(),
            clock.peer,
            certificate,
            clock.port,
        )


def _unreachable(
    why: Failure, detail: str, clock: _Clock, certificate: Certificate | None = None
) -> Unreachable:
    timings = clock.timings()
    return Unreachable(why, detail, clock.phase, timings, clock.peer, certificate, clock.port)


def _headers(plan: Plan) -> httpx.Headers:
    headers = httpx.Headers({"Accept": "*/*", "User-Agent": f"kubectl-ingress/{__version__}"})
    typed = {name.lower() for name, _ in plan.request.headers}
    kept = [(k, v) for k, v in headers.multi_items() if k.lower() not in typed]
    host = [] if "host" in typed else [("Host", plan.request.authority)]
    return httpx.Headers([*host, *kept, *plan.request.headers])


def _peer_certificate(response: httpx.Response) -> Certificate | None:
    stream = response.extensions.get("network_stream")
    secure = stream.get_extra_info("ssl_object") if stream is not None else None
    # By position: this is the ssl module's inner object, which takes no names.
    return describe(secure.getpeercert(True)) if secure is not None else None


def presented(plan: Plan, peer: str, port: int) -> Certificate | None:
    """The certificate of an IP and port that failed verification: what is it, then?"""
    context = _context(verify=False)
    try:
        with (
            socket.create_connection((peer, port), timeout=plan.max_time) as plain,
            context.wrap_socket(plain, server_hostname=plan.request.host) as secure,
        ):
            return describe(secure.getpeercert(binary_form=True))
    except OSError:
        return None


def _root(error: BaseException) -> BaseException:
    """The system's own error under the library's wrappings."""
    while error.__cause__ is not None or error.__context__ is not None:
        error = error.__cause__ or error.__context__ or error
    return error
