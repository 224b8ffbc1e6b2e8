"""Sends a request to an address under another name, and tells what came back or why nothing did.

URL, Host and SNI stay those of the host, the connection goes to the load
balancer: what ``curl --connect-to`` does. Proxy variables are not looked at.
"""

from __future__ import annotations

import errno
import re
import socket
import ssl
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Protocol

from msgspec.structs import replace

from kubectl_ingress import __version__
from kubectl_ingress.core.answer import (
    Answer,
    Failure,
    Http,
    Plan,
    Sent,
    Unreachable,
)
from kubectl_ingress.errors import InputError, UsageError
from kubectl_ingress.ports import probe_http1
from kubectl_ingress.ports.probe_batch import send_at_once, send_in_turn
from kubectl_ingress.ports.probe_http1 import Garbage, Reply
from kubectl_ingress.ports.probe_line import Clock, Line, key_of, open_line
from kubectl_ingress.ports.probe_tls import certificate_of, context_for, presented

BODY_LIMIT = 1 << 20
"""Bytes of a body that are read: an answer is looked at, not downloaded."""


class Prober(Protocol):
    """Sends planned requests. Failing is the subject: what the network does is never raised."""

    def send(self, plan: Plan) -> Answer | Unreachable:
        """One, on a connection of its own. Raises InputError for TLS files it cannot use."""

    def send_all(self, plans: Iterable[Plan], *, concurrency: int = 1) -> Iterator[Sent]:
        """Many, `concurrency` at a time, in the order in which they finish.

        Nothing is kept, so memory stays flat if `plans` is lazy. A plan is taken
        when it is to be sent: `plans` may wait, and the batch ends when it does.
        Closing the iterator gives up what is on its way. With `concurrency` 1
        nothing is sent before the last answer has been looked at. Each of those
        that send has its own connection, used again if the plans have
        `Wire.keep_alive` and lead the same way.
        """


class HttpProber:
    """The real one. `connect_to` is a file for ports.connect_to, "" asks DNS."""

    def __init__(self, connect_to: str = "") -> None:
        self._connect_to = connect_to

    def send(self, plan: Plan) -> Answer | Unreachable:
        """See Prober."""
        sender = _Sender(self._connect_to)
        try:
            return sender.send(plan)
        finally:
            sender.close()

    def send_all(self, plans: Iterable[Plan], *, concurrency: int = 1) -> Iterator[Sent]:
        """See Prober."""
        if concurrency == 1:
            return send_in_turn(self._sender(), plans)
        return send_at_once(self._sender, plans, concurrency)

    def _sender(self) -> _Sender:
        return _Sender(self._connect_to)


class _Sender:
    """Sends one plan after the other; keeps at most one connection between two of them."""

    def __init__(self, connect_to: str) -> None:
        self._connect_to = connect_to
        self._line: Line | None = None
        self._interrupted = False

    def send(self, plan: Plan) -> Answer | Unreachable:
        _prepare(plan)
        clock = Clock(plan.max_time, plan.wire.connect_time)
        try:
            return self._answer(plan, clock)
        except TimeoutError:
            return _unreachable(Failure.TIMEOUT, _nothing_in_time(plan, clock), clock)
        except socket.gaierror as error:
            return _unreachable(Failure.NAME, error.args[-1], clock)
        except Garbage as error:
            return _unreachable(Failure.GARBAGE, str(error), clock)
        except OSError as error:
            return _failed(plan, clock, error)

    def interrupt(self) -> None:
        self._interrupted = True
        line = self._line
        if line is not None:
            line.interrupt()

    def close(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None

    def _answer(self, plan: Plan, clock: Clock) -> Answer:
        line = self._kept(plan, clock)
        if line is not None:
            try:
                return self._exchanged(line, plan, clock)
            except ConnectionError:
                # The server let go of a connection that was idle, as it may.
                if clock.first_byte is not None or self._interrupted:
                    raise
        clock.enter("dns")
        self._line = open_line(plan, clock, self._connect_to)
        return self._exchanged(self._line, plan, clock)

    def _kept(self, plan: Plan, clock: Clock) -> Line | None:
        line = self._line
        if line is None:
            return None
        if line.key != key_of(plan) or not line.is_quiet():
            self.close()
            return None
        line.clock = clock
        clock.peer, clock.port = line.peer, line.port
        return line

    def _exchanged(self, line: Line, plan: Plan, clock: Clock) -> Answer:
        clock.phase = "answer"
        reusable = False
        try:
            if self._interrupted:
                raise ConnectionError("interrupted")
            reply = _speak(line, plan)
            reusable = reply.reusable and plan.wire.keep_alive
        finally:
            if not reusable:
                self.close()
        timings = clock.timings()
        return Answer(
            reply.status,
            reply.headers,
            reply.body,
            timings,
            line.peer,
            # Read when all is measured: the first time costs more than many a handshake.
            certificate_of(line.certificate),
            line.port,
            reply.http,
            line.tls,
            reply.truncated,
        )


def _prepare(plan: Plan) -> None:
    """What takes its time once, before any is measured: certificates to trust, and httpx."""
    if plan.request.scheme == "https":
        context_for(plan)
    if plan.wire.http is not Http.ONE:
        _http2()


def _http2() -> ModuleType:
    # Imported late: few probes need it, and it is what pulls httpx.
    from kubectl_ingress.ports import probe_http2

    return probe_http2


def _speak(line: Line, plan: Plan) -> Reply:
    exchange = _http2().exchange if line.two else probe_http1.exchange
    reply: Reply = exchange(line, plan, _headers(plan), BODY_LIMIT)
    return reply


_OURS_ALONE = (errno.EMFILE, errno.ENFILE, errno.EADDRNOTAVAIL)
"""No more files, no more ports: that is no fault of the route."""


def _failed(plan: Plan, clock: Clock, error: OSError) -> Unreachable:
    # Of IPv6 the last one says that this machine has none.
    if error.errno in _OURS_ALONE and ":" not in clock.peer:
        raise UsageError(
            f"this machine can open no more connections: {error.strerror}",
            "send fewer at a time, or keep connections: --concurrency 2 or more",
        ) from error
    why = Failure.BROKEN
    broke = isinstance(error, ssl.SSLEOFError) and clock.phase == "answer"
    if (isinstance(error, ssl.SSLError) and not broke) or clock.phase == "tls":
        why = Failure.TLS
    elif error.errno == errno.ECONNREFUSED:
        why = Failure.REFUSED
    elif clock.phase == "connect" and not isinstance(error, ConnectionResetError):
        # A reset that comes before the system has told of the connection is one all the same.
        why = Failure.UNREACHABLE
    if isinstance(error, ssl.SSLCertVerificationError):
        detail = error.verify_message
        failed = _unreachable(why, detail, clock)
        return replace(failed, certificate=presented(plan, clock))
    # OpenSSL's words stand between the module's name and a line of Python's source.
    detail = re.sub(r"^\[[^]]*\] | \(_\w+\.c:\d+\)$", "", error.strerror or str(error))
    return _unreachable(why, detail, clock)


def _nothing_in_time(plan: Plan, clock: Clock) -> str:
    what = "nothing" if clock.first_byte is None else "no whole answer"
    return f"{what} within {plan.limit(clock.phase):g} s"


def _unreachable(why: Failure, detail: str, clock: Clock) -> Unreachable:
    return Unreachable(why, detail, clock.phase, clock.timings(), clock.peer, None, clock.port)


_OURS = (("Accept", "*/*"), ("User-Agent", f"kubectl-ingress/{__version__}"))


def _headers(plan: Plan) -> list[tuple[bytes, bytes]]:
    """Host, what curl sends by itself, and what was typed, which takes the place of both."""
    typed = {name.lower() for name, _ in plan.request.headers}
    ours = [("Host", plan.request.authority), *_OURS]
    kept = [pair for pair in ours if pair[0].lower() not in typed]
    for name, value in plan.request.headers:
        # HTTP/2 would carry it, and who passes it on as HTTP/1.1 would see two headers.
        if any(sign in name + value for sign in "\r\n\0"):
            raise InputError(f"a line break in the header {name!r} cannot be sent")
    return [
        (name.encode("latin-1"), value.encode("utf-8"))
        for name, value in (*kept, *plan.request.headers)
    ]
