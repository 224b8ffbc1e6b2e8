"""The played servers' listeners."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kubectl_ingress.certificates import self_signed
from kubectl_ingress.lab.serving import HttpServer, Listener, Reader, Request, Response, Writer
from tests.ports_free import free_ports

REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def server_of(tls: ssl.SSLContext | None = None) -> HttpServer:
    return HttpServer("127.0.0.1", free_ports(1)[0], lambda _: Response(200, "played"), tls)


def test_opened_twice_at_once_it_listens_once() -> None:
    async def both() -> None:
        server = server_of()
        await asyncio.gather(server.open(), server.open())
        await server.close()

    asyncio.run(both())


# From a client that waits to be accepted to one that has its answer.
@pytest.mark.parametrize("turns", range(8))
def test_whoever_is_there_when_it_closes_is_not_left_waiting(turns: int) -> None:
    async def close_after_turns() -> bytes:
        server = server_of()
        await server.open()
        client = socket.create_connection(("127.0.0.1", server.port))
        with client:
            client.sendall(REQUEST)
            for _ in range(turns):
                await asyncio.sleep(0)
            await server.close()
            return await asyncio.to_thread(received, client)

    answer = asyncio.run(close_after_turns())
    assert not answer or answer.endswith(b"played")


def received(client: socket.socket) -> bytes:
    """All that comes until the other side ends. Raises TimeoutError where it does not."""
    client.settimeout(5)
    pieces = []
    try:
        while piece := client.recv(1024):
            pieces.append(piece)
    except ConnectionError:
        pass
    return b"".join(pieces)


def test_what_it_writes_in_pieces_goes_out_at_once() -> None:
    async def talk(_: Reader, writer: Writer) -> None:
        accepted = writer.get_extra_info("socket")
        writer.write(str(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)).encode())

    async def ask() -> bytes:
        server = Listener("127.0.0.1", free_ports(1)[0], talk)
        await server.open()
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        answer = await reader.read()
        writer.close()
        await server.close()
        return answer

    assert int(asyncio.run(ask())) != 0


def test_what_follows_a_stream_on_its_connection_is_answered() -> None:
    async def lines() -> AsyncIterator[bytes]:
        yield b"one\n"
        # Others have their turn, as where a watch waits.
        await asyncio.sleep(0.01)

    def answer(request: Request) -> Response:
        return Response(lines=lines()) if request.path == "/watch" else Response(200, "played")

    async def ask_twice() -> tuple[bytes, bytes]:
        server = HttpServer("127.0.0.1", free_ports(1)[0], answer)
        await server.open()
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET /watch HTTP/1.1\r\nHost: a\r\n\r\n")
        first = await reader.readuntil(b"\r\n0\r\n\r\n")
        writer.write(REQUEST.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        second = await reader.read()
        writer.close()
        await server.close()
        return first, second

    first, second = asyncio.run(ask_twice())
    assert b"one\n" in first
    assert second.endswith(b"played")


def test_who_resets_before_it_is_served_is_no_fault_of_the_server() -> None:
    faults: list[object] = []

    async def reset() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, told: faults.append(told))
        server = server_of()
        await server.open()
        client = socket.create_connection(("127.0.0.1", server.port))
        client.sendall(REQUEST)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        for _ in range(10):
            await asyncio.sleep(0)
        await server.close()

    asyncio.run(reset())
    assert not faults


@pytest.fixture
def certified(tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's TLS with a certificate of its own, and a client's that trusts it."""
    certificate, key = self_signed(["localhost"], datetime.now(UTC))
    (tmp_path / "crt").write_bytes(certificate)
    (tmp_path / "key").write_bytes(key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "crt", tmp_path / "key")
    return context, ssl.create_default_context(cadata=certificate.decode())


def test_tls_is_spoken_and_who_does_not_is_no_fault_of_the_server(
    certified: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    context, trusting = certified
    faults: list[object] = []

    async def ask() -> bytes:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, told: faults.append(told.get("exception")))
        server = server_of(context)
        await server.open()
        with socket.create_connection(("127.0.0.1", server.port)) as plain:
            plain.sendall(REQUEST)
            assert b"played" not in await asyncio.to_thread(received, plain)
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", server.port, ssl=trusting, server_hostname="localhost"
        )
        writer.write(REQUEST.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        answer = await reader.read()
        writer.close()
        await server.close()
        return answer

    assert asyncio.run(ask()).endswith(b"played")
    assert not [fault for fault in faults if not isinstance(fault, OSError)]


# The server ends its handshake with the second: asyncio, cancelled at that moment, forgets the
# transport that it made, and refuses who gets its socket's number next.
@pytest.mark.parametrize("turns", range(5))
def test_closed_with_a_handshake_just_done_it_leaves_no_connection_behind(
    certified: tuple[ssl.SSLContext, ssl.SSLContext], turns: int
) -> None:
    context, trusting = certified

    async def close_after_turns() -> None:
        server, other = server_of(context), server_of()
        await server.open()
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            client.sendall(await last_of_handshake(client, trusting))
            for _ in range(turns):
                await asyncio.sleep(0)
            await server.close()
            await other.open()
            opened = [await asyncio.open_connection("127.0.0.1", other.port) for _ in range(4)]
        for _, writer in opened:
            writer.close()
        await other.close()

    asyncio.run(close_after_turns())


async def last_of_handshake(client: socket.socket, trusting: ssl.SSLContext) -> bytes:
    """Shake hands until the server waits for nothing but these bytes."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = trusting.wrap_bio(incoming, outgoing, server_hostname="localhost")
    while True:
        try:
            tls.do_handshake()
        except ssl.SSLWantReadError:
            client.sendall(outgoing.read())
            incoming.write(await asyncio.to_thread(client.recv, 65536))
        else:
            return outgoing.read()
