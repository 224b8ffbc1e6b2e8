"""One connection of a probe: name, TCP and TLS, each timed, and nothing beyond its deadline."""

from __future__ import annotations

import contextlib
import selectors
import socket
import ssl
import threading
import time

from msgspec import Struct

from kubectl_ingress.core.answer import Http, Plan, Timings, Wire
from kubectl_ingress.ports.connect_to import look_up
from kubectl_ingress.ports.probe_tls import context_for

_SHORTEST = 0.001
"""Seconds: a socket with a timeout of 0 does not wait at all, and raises something else."""


class Clock:
    """Where one exchange is, when each of its phases ended, and how long it may still take."""

    def __init__(self, max_time: float, connect_time: float = 0.0) -> None:
        self.started = time.perf_counter()
        self.phase = "dns"
        self.peer = ""
        self.port = 0
        self.spans: dict[str, float] = {}
        self.first_byte: float | None = None
        self._deadline = self.started + max_time
        self._connected_by = self.started + min(connect_time or max_time, max_time)
        self._since = self.started

    def enter(self, phase: str) -> None:
        """This phase begins."""
        self.phase = phase
        self._since = time.perf_counter()

    def leave(self) -> None:
        """The phase is over."""
        self.spans[self.phase] = time.perf_counter() - self._since

    def left(self) -> float:
        """Seconds until this phase must be over. Raises TimeoutError when there are none."""
        deadline = self._deadline if self.phase == "answer" else self._connected_by
        left = deadline - time.perf_counter()
        if left <= 0:
            raise TimeoutError
        return max(left, _SHORTEST)

    def answering(self) -> None:
        """The first bytes of the answer are there."""
        if self.first_byte is None:
            self.first_byte = time.perf_counter() - self.started

    def timings(self) -> Timings:
        """As far as the exchange has come."""
        total = time.perf_counter() - self.started
        spans = self.spans
        return Timings(
            total, spans.get("dns"), spans.get("connect"), spans.get("tls"), self.first_byte
        )


Key = tuple[str, int, bool, str, str, bool, Wire]


def key_of(plan: Plan) -> Key:
    """What two plans must share to share a connection: never one for two hosts."""
    scheme, host = plan.request.scheme, plan.request.host
    return plan.address, plan.port, plan.direct, scheme, host, plan.verify, plan.wire


class Line(Struct):
    """An open connection. `clock` is that of the exchange it serves now.

    Reading and writing raise TimeoutError at the clock's deadline, OSError for the rest.
    """

    key: Key
    socket: socket.socket
    clock: Clock
    peer: str
    port: int
    certificate: bytes | None = None
    """The leaf that was presented, in DER."""
    tls: str = ""
    two: bool = False
    """Whether HTTP/2 is spoken on it."""
    session: object = None
    """What the protocol keeps from one exchange to the next."""

    def read(self, size: int) -> bytes:
        """At most `size` bytes; none at the end."""
        self.socket.settimeout(self.clock.left())
        return self.socket.recv(size)

    def write(self, data: bytes) -> None:
        """All of it."""
        self.socket.settimeout(self.clock.left())
        self.socket.sendall(data)

    def is_quiet(self) -> bool:
        """Whether nothing has come that nobody asked for, not even its end."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.socket, selectors.EVENT_READ)
            return not selector.select(0)

    def interrupt(self) -> None:
        """End it from another thread: whoever reads or writes stops at once."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of it."""
        self.socket.close()


def open_line(plan: Plan, clock: Clock, connect_to: str) -> Line:
    """Resolve, connect and shake hands.

    Raises socket.gaierror, ssl.SSLError, TimeoutError or another OSError, with
    the clock in the phase that failed.
    """
    address, port = plan.address, plan.port
    if connect_to and not plan.direct:
        address, port = look_up(connect_to, address, port)
    found = _resolved(address, port, plan.wire.family, clock.left())
    clock.leave()
    clock.port = port
    clock.enter("connect")
    connected = _first_that_connects(found, clock)
    clock.leave()
    line = Line(key_of(plan), connected, clock, clock.peer, port)
    try:
        if plan.request.scheme == "https":
            clock.enter("tls")
            _shake_hands(line, plan)
            clock.leave()
        elif plan.wire.http is Http.TWO_AT_ONCE:
            line.two = True
    except BaseException:
        line.close()
        raise
    return line


_FAMILIES = {0: socket.AF_UNSPEC, 4: socket.AF_INET, 6: socket.AF_INET6}


_Address = tuple[socket.AddressFamily, tuple[object, ...]]
"""Family, and what a socket of that takes."""


def _resolved(address: str, port: int, family: int, left: float) -> list[_Address]:
    """All of them, in the system's order.

    The system's resolver knows no deadline, so names are asked for in a thread
    that is left to itself when the time is up.
    """
    found: list[object] = []

    def ask() -> None:
        try:
            answers = socket.getaddrinfo(
                address, port, family=_FAMILIES[family], type=socket.SOCK_STREAM
            )
            found.append([(answer[0], answer[4]) for answer in answers])
        except UnicodeError:
            found.append(socket.gaierror(socket.EAI_NONAME, "it is no valid name"))
        except OSError as error:
            only = f", IPv{family} only" if family else ""
            found.append(socket.gaierror(error.errno, f"{error.strerror}{only}"))

    if _is_ip(address):
        ask()
    else:
        asking = threading.Thread(target=ask, daemon=True)
        asking.start()
        asking.join(left)
    if not found:
        raise TimeoutError
    if isinstance(found[0], OSError):
        raise found[0]
    return list(dict.fromkeys(found[0]))  # type: ignore[call-overload]


def _is_ip(address: str) -> bool:
    return ":" in address or address.replace(".", "").isdigit()


def _first_that_connects(addresses: list[_Address], clock: Clock) -> socket.socket:
    last: OSError = TimeoutError()
    for number, (family, where) in enumerate(addresses):
        clock.peer = str(where[0])
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            # One that swallows everything leaves some of the time to the others.
            connection.settimeout(clock.left() / (len(addresses) - number))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.connect(where)
        except OSError as error:
            connection.close()
            last = error
        else:
            return connection
    raise last


def _shake_hands(line: Line, plan: Plan) -> None:
    context = context_for(plan)
    line.socket.settimeout(line.clock.left())
    try:
        # A full stop at the end is DNS's; it is in no certificate.
        name = plan.request.host.removesuffix(".")
        secure = context.wrap_socket(line.socket, server_hostname=name)
    except ssl.SSLError:
        # One of its kinds is a ValueError too.
        raise
    except ValueError as error:
        raise ssl.SSLError(0, f"the host cannot be named in a TLS handshake: {error}") from error
    line.socket = secure
    line.certificate = secure.getpeercert(binary_form=True)
    line.tls = secure.version() or ""
    http = plan.wire.http
    line.two = http is Http.TWO_AT_ONCE or secure.selected_alpn_protocol() == "h2"
