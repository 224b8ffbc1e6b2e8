"""A wire between a program and the API server that can be listened to, and cut.

It does not look into TLS: it counts exchanges, the times that the program speaks after the
server has spoken. That is a request each, and one more for each connection. So "at the 40th
exchange" is the same point of a command in every run, however fast the machine is.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_CHUNK = 65536


@dataclass(frozen=True)
class Moment:
    """A point of a command: an exchange.

    `delivered` is whether its request still gets through; then the moment is
    `delay` seconds after it.
    """

    exchange: int
    delivered: bool = False
    delay: float = 0.0

    def __str__(self) -> str:
        when = f"{self.delay * 1000:.0f} ms after" if self.delivered else "before"
        return f"{when} request {self.exchange}"


class Forwarder:
    """Listens on loopback, and hands on to the API server at this port."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._moment: Moment | None = None
        self._then: Callable[[], bool] = lambda: True
        self.exchanges = 0
        self._listener = self._listen(0)
        self.port: int = self._listener.getsockname()[1]

    def kubeconfig(self, of: Path) -> Path:
        """A copy of a kubeconfig that leads through here."""
        copy = of.with_name(f"{of.name}-{self.port}")
        copy.write_text(of.read_text().replace(f":{self._target}\n", f":{self.port}\n"))
        return copy

    def begin(self, moment: Moment | None = None, then: Callable[[], bool] = lambda: True) -> None:
        """Count anew; at the moment do this, and go on with the connection where it says so."""
        with self._lock:
            self.exchanges, self._moment, self._then = 0, moment, then

    def cut(self) -> None:
        """End all connections, and refuse new ones."""
        # close() alone would leave the accepting thread listening.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            ended, self._open = self._open, []
        for each in ended:
            _end(each)

    def restore(self) -> None:
        """Take connections again, at the same port."""
        self._listener = self._listen(self.port)

    def _listen(self, port: int) -> socket.socket:
        listener = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return listener

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                ours, _ = listener.accept()
            except OSError:
                return
            theirs = socket.create_connection(("127.0.0.1", self._target))
            with self._lock:
                self._open += [ours, theirs]
            # Who spoke last.
            last = {"program": False}
            for thread in (
                threading.Thread(target=self._requests, args=(ours, theirs, last), daemon=True),
                threading.Thread(target=self._answers, args=(theirs, ours, last), daemon=True),
            ):
                thread.start()

    def _requests(self, ours: socket.socket, theirs: socket.socket, last: dict[str, bool]) -> None:
        with suppress(OSError):
            while data := ours.recv(_CHUNK):
                due = None
                if not last["program"]:
                    last["program"] = True
                    due = self._count()
                if due is not None and not due.delivered and not self._then():
                    break
                theirs.sendall(data)
                if due is not None and due.delivered:
                    time.sleep(due.delay)
                    if not self._then():
                        break
        _end(theirs)

    def _answers(self, theirs: socket.socket, ours: socket.socket, last: dict[str, bool]) -> None:
        with suppress(OSError):
            while data := theirs.recv(_CHUNK):
                last["program"] = False
                ours.sendall(data)
        _end(ours)

    def _count(self) -> Moment | None:
        with self._lock:
            self.exchanges += 1
            due = self._moment is not None and self.exchanges == self._moment.exchange
            return self._moment if due else None


def _end(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
