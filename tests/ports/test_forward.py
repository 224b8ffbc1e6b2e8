"""Forwarded ports against an API server that does what it likes."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress

import pytest

from kubectl_ingress.ports.forward import PROTOCOL, Upgraded, forwarded
from kubectl_ingress.websocket import Messages, Opcode, frame

Play = Callable[[socket.socket], None]
NAMED = frame(Opcode.BINARY, b"\x00\x50\x00", masked=False) + frame(
    Opcode.BINARY, b"\x01\x50\x00", masked=False
)


class Server:
    """Stands for a Cluster: each connection is a pair of sockets, one of them played."""

    def __init__(self, play: Play, early: bytes = b"") -> None:
        self.asked: list[tuple[str, Mapping[str, str], str]] = []
        self._play, self._early = play, early

    def upgrade(self, path: str, query: Mapping[str, str], protocol: str) -> Upgraded:
        self.asked.append((path, query, protocol))
        ours, theirs = socket.socketpair()

        def serve() -> None:
            with theirs, suppress(OSError):
                self._play(theirs)

        threading.Thread(target=serve, daemon=True).start()
        return Upgraded(ours, self._early)


def data(payload: bytes) -> bytes:
    return frame(Opcode.BINARY, b"\x00" + payload, masked=False)


def exchange(server: Server, sent: bytes = b"") -> bytes:
    """Everything that comes back on one forwarded connection."""
    with (
        forwarded(server, "ns", "web", 80) as place,  # type: ignore[arg-type]
        socket.create_connection(place, timeout=5) as client,
    ):
        client.sendall(sent)
        got = b""
        while piece := client.recv(65536):
            got += piece
        return got


def test_bytes_go_both_ways_and_the_port_is_named_first() -> None:
    def echo(sock: socket.socket) -> None:
        sock.sendall(NAMED)
        messages = Messages()
        whole = b""
        while len(whole) < 300_000:
            for message in messages.feed(sock.recv(65536)):
                assert message.payload[:1] == b"\x00"
                whole += message.payload[1:]
        sock.sendall(data(whole[:150_000]) + data(whole[150_000:]))
        sock.sendall(frame(Opcode.CLOSE, b"\x03\xe8", masked=False))

    server = Server(echo)
    sent = bytes(n % 251 for n in range(300_000))
    assert exchange(server, sent) == sent
    assert server.asked == [
        ("/api/v1/namespaces/ns/pods/web/portforward", {"ports": "80"}, PROTOCOL)
    ]


def test_what_came_with_the_handshake_is_not_lost() -> None:
    assert exchange(Server(lambda _: None, NAMED + data(b"early"))) == b"early"


def test_a_ping_is_answered() -> None:
    got = []

    def ping(sock: socket.socket) -> None:
        sock.sendall(NAMED + frame(Opcode.PING, b"are you there", masked=False))
        got.extend(Messages().feed(sock.recv(65536)))

    assert exchange(Server(ping)) == b""
    assert got == [(Opcode.PONG, b"are you there")]


@pytest.mark.parametrize(
    "said",
    [
        b"",
        NAMED + frame(Opcode.BINARY, b"\x01error forwarding port 80", masked=False),
        b"\x83\x7f\xff\xff\xff\xff\xff\xff\xff\xff",
        b"HTTP/1.1 500 Internal Server Error\r\n\r\n" * 10,
        NAMED
        + frame(Opcode.BINARY, b"", masked=False)
        + frame(Opcode.BINARY, b"\x09x", masked=False),
    ],
)
def test_whatever_the_server_says_the_client_sees_an_end(said: bytes) -> None:
    assert exchange(Server(lambda sock: sock.sendall(said))) == b""


def test_each_connection_is_one_of_its_own_and_all_end_with_the_block() -> None:
    def hold(sock: socket.socket) -> None:
        sock.sendall(NAMED + data(b"hello"))
        sock.recv(1)

    server = Server(hold)
    with forwarded(server, "ns", "web", 80) as place:  # type: ignore[arg-type]
        clients = [socket.create_connection(place, timeout=5) for _ in range(3)]
        assert [client.recv(5) for client in clients] == [b"hello"] * 3
    assert [client.recv(5) for client in clients] == [b""] * 3
    assert len(server.asked) == 3
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(place, timeout=5)
    for client in clients:
        client.close()


def test_a_slow_reader_holds_up_the_sender_and_loses_nothing() -> None:
    size, sent = 8 << 20, threading.Event()

    def flood(sock: socket.socket) -> None:
        sock.sendall(NAMED)
        for _ in range(size // 65536):
            sock.sendall(data(bytes(65536)))
        sent.set()

    with (
        forwarded(Server(flood), "ns", "web", 80) as place,  # type: ignore[arg-type]
        socket.create_connection(place, timeout=5) as client,
    ):
        client.recv(1)
        # It is not read into the memory of whoever forwards.
        assert not sent.wait(0.3)
        got = 1
        while piece := client.recv(1 << 16):
            got += len(piece)
        assert got == size
