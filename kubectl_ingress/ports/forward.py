"""A pod's port on this machine, through the API server: what ``kubectl port-forward`` does.

Each connection to the local port is a WebSocket of its own to the API server
(``v4.channel.k8s.io``: channel 0 has the bytes, 1 what went wrong behind). The
kubernetes library has a client for it, but not with our login: it takes the
certificates from files, and sends no headers of impersonation.
"""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct, field

from kubectl_ingress.core.kinds import KINDS
from kubectl_ingress.websocket import Messages, Opcode, frame

if TYPE_CHECKING:
    from kubectl_ingress.ports.cluster import Cluster

PROTOCOL = "v4.channel.k8s.io"
_DATA, _ERROR = 0, 1
_CHUNK = 65536
# Enough to keep a line busy, and not so much that a slow reader fills the memory.
_WAITING = 1 << 20
_LOCAL = "127.0.0.1"


class Upgraded(Struct):
    """A connection that speaks another protocol now; `early` has come of it already."""

    sock: socket.socket
    early: bytes = b""


def reaches(address: str, port: int, seconds: float) -> bool:
    """Whether a connection from this machine comes about, and nothing has to be forwarded."""
    try:
        with socket.create_connection((address, port), seconds):
            return True
    except OSError:
        return False


@contextlib.contextmanager
def forwarded(cluster: Cluster, namespace: str, pod: str, port: int) -> Iterator[tuple[str, int]]:
    """The address and port on this machine that lead to the pod, for as long as the block lasts.

    Raises the ApiError tree: where the pod is not there, or may not be forwarded to.
    """
    # Now, so that what is forbidden is told, and not met as a broken connection.
    first = _open(cluster, namespace, pod, port)
    with socket.create_server((_LOCAL, 0)) as listener:
        lines = _Lines(cluster, namespace, pod, port, [first])
        threading.Thread(target=lines.accept, args=(listener,), daemon=True).start()
        try:
            yield _LOCAL, listener.getsockname()[1]
        finally:
            # Closing alone does not wake up the thread that accepts.
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            lines.close()


def _open(cluster: Cluster, namespace: str, pod: str, port: int) -> Upgraded:
    path = KINDS["Pod"].path(namespace, pod, "portforward")
    return cluster.upgrade(path, {"ports": str(port)}, PROTOCOL)


class _Lines(Struct):
    """All connections of one forwarded port; `spare` are those that are open already."""

    cluster: Cluster
    namespace: str
    pod: str
    port: int
    spare: list[Upgraded]
    _open: set[socket.socket] = field(default_factory=set)
    _closed: bool = False

    def accept(self, listener: socket.socket) -> None:
        """Serve connections until the listener is closed."""
        while True:
            try:
                local, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(local,), daemon=True).start()

    def close(self) -> None:
        """End all connections."""
        self._closed = True
        for sock in [*list(self._open), *(one.sock for one in self.spare)]:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def _serve(self, local: socket.socket) -> None:
        # Whatever goes wrong on the way to the pod is a broken connection to whoever is here.
        with local, contextlib.suppress(Exception):
            try:
                remote = self.spare.pop()
            except IndexError:
                remote = _open(self.cluster, self.namespace, self.pod, self.port)
            ends = (local, remote.sock)
            self._open.update(ends)
            try:
                with remote.sock:
                    if not self._closed:
                        _pump(local, remote)
            finally:
                self._open.difference_update(ends)


def _pump(local: socket.socket, remote: Upgraded) -> None:
    """Copy both ways until either side has ended.

    In one thread: a TLS connection is not to be used by two at the same time.
    """
    ends = _Ends(local, remote.sock)
    ends.take(remote.early)
    local.setblocking(False)
    remote.sock.setblocking(False)
    while not ends.over:
        readable = [
            sock
            for sock, waiting in ((local, ends.out), (remote.sock, ends.back))
            if len(waiting) < _WAITING
        ]
        writable = [sock for sock, data in ((remote.sock, ends.out), (local, ends.back)) if data]
        # TLS may hold bytes that no select tells of.
        held = remote.sock.pending() if isinstance(remote.sock, ssl.SSLSocket) else 0
        can_read, can_write, _ = select.select(readable, writable, [], 0 if held else None)
        if local in can_read:
            ends.read_local()
        if remote.sock in can_read or held:
            ends.read_remote()
        for sock in can_write:
            ends.write(sock)
    ends.flush()


class _Ends:
    """The two ends of one connection, with what waits to be sent to each."""

    def __init__(self, local: socket.socket, remote: socket.socket) -> None:
        self.out, self.back = bytearray(), bytearray()
        self.over = False
        self._local, self._remote = local, remote
        self._messages = Messages()
        self._named: set[int] = set()

    def read_local(self) -> None:
        data = self._local.recv(_CHUNK)
        # The protocol has no way to say that half of a connection has ended.
        self.over = self.over or not data
        if data:
            self.out += frame(Opcode.BINARY, bytes([_DATA]) + data, masked=True)

    def read_remote(self) -> None:
        with contextlib.suppress(ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError):
            data = self._remote.recv(_CHUNK)
            self.over = self.over or not data
            self.take(data)

    def take(self, data: bytes) -> None:
        """What came from the API server."""
        for message in self._messages.feed(data):
            if message.opcode is Opcode.CLOSE:
                self.over = True
            elif message.opcode is Opcode.PING:
                self.out += frame(Opcode.PONG, message.payload, masked=True)
            elif message.payload:
                self._channel(message.payload[0], message.payload[1:])

    def _channel(self, channel: int, payload: bytes) -> None:
        if channel not in self._named:
            # The first message on each channel is the number of its port.
            self._named.add(channel)
        elif channel == _DATA:
            self.back += payload
        elif channel == _ERROR:
            self.over = True

    def write(self, sock: socket.socket) -> None:
        waiting = self.out if sock is self._remote else self.back
        with contextlib.suppress(ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError):
            sent = sock.send(waiting)
            del waiting[:sent]

    def flush(self) -> None:
        """The rest of what the pod has sent; it has ended, and the reader may be slow."""
        self._local.settimeout(10.0)
        self._local.sendall(self.back)
