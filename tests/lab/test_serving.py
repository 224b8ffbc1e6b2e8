"""The played servers' listeners."""

from __future__ import annotations

import asyncio
import socket
import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kubectl_ingress.certificates import self_signed
from kubectl_ingress.lab.serving import HttpServer, Listener, Reader, Response, Writer
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


def test_tls_is_spoken_and_who_does_not_is_no_fault_of_the_server(tmp_path: Path) -> None:
    certificate, key = self_signed(["localhost"], datetime.now(UTC))
    (tmp_path / "crt").write_bytes(certificate)
    (tmp_path / "key").write_bytes(key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "crt", tmp_path / "key")
    faults: list[object] = []

    async def ask() -> bytes:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, told: faults.append(told.get("exception")))
        server = server_of(context)
        await server.open()
        with socket.create_connection(("127.0.0.1", server.port)) as plain:
            plain.sendall(REQUEST)
            assert b"played" not in await asyncio.to_thread(received, plain)
        trusting = ssl.create_default_context(cadata=certificate.decode())
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
