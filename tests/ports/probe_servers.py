"""Servers on loopback that do to a prober what a test says, and certificates for them."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from kubectl_ingress.core.answer import Answer, Plan, Unreachable
from kubectl_ingress.core.request import Request
from kubectl_ingress.ports.probe import HttpProber

Serve = Callable[[socket.socket], None]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@contextmanager
def serving(serve: Serve, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Each connection is given to `serve`, in a thread, and closed after it."""
    listener = socket.create_server(("127.0.0.1", 0))

    def one(connection: socket.socket) -> None:
        with suppress(OSError):
            serve(connection if tls is None else _shaken(connection, tls))
        connection.close()

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=one, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def _shaken(connection: socket.socket, tls: ssl.SSLContext) -> socket.socket:
    secure = tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
    try:
        secure.do_handshake()
    except ssl.SSLError:
        # Closed at once, what the client has sent meanwhile would make a reset of the alert.
        secure.shutdown(socket.SHUT_WR)
        while secure.recv(65536):
            pass
        raise
    return secure


def read_request(connection: socket.socket) -> bytes:
    """The head of a request, and what came with it; b"" at the end."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return b""
        data += piece
    return data


def saying(*pieces: bytes) -> Serve:
    """Says this after a request, then closes."""

    def serve(connection: socket.socket) -> None:
        read_request(connection)
        for piece in pieces:
            connection.sendall(piece)

    return serve


def reset(connection: socket.socket) -> None:
    """Closes it with a RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()


def send(port: int, request: Request | None = None, **more: Any) -> Answer | Unreachable:
    """One probe of this port of 127.0.0.1; within 5 seconds unless it says otherwise."""
    more = {"max_time": 5.0, **more}
    return HttpProber().send(Plan(request or Request("h"), "127.0.0.1", port, **more))


def answered(found: Answer | Unreachable) -> Answer:
    assert isinstance(found, Answer), found
    return found


def failed(found: Answer | Unreachable) -> Unreachable:
    assert isinstance(found, Unreachable), found
    return found


class Authority:
    """A CA that signs for a test, and writes PEM files into a folder."""

    def __init__(self, folder: Path, name: str = "Test CA") -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(name)
        own = _builder(self._name, self._name, self._key, -1, 30)
        own = own.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        self.file = self._write("ca.pem", own.sign(self._key, hashes.SHA256()))

    def pair(self, *hosts: str, days: float = 30, name: str = "") -> tuple[str, str]:
        """Files of a certificate for these hosts, which ends in `days`, and of its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        built = _builder(_name(name or hosts[0]), self._name, key, min(-1, days - 1), days)
        names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
        signed = built.add_extension(names, critical=False).sign(self._key, hashes.SHA256())
        return self._write(f"{hosts[0]}.pem", signed), self._write(f"{hosts[0]}.key", key)

    def server(self, *hosts: str, days: float = 30) -> ssl.SSLContext:
        """A server's side with a certificate for these hosts."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.pair(*hosts, days=days))
        return context

    def _write(self, name: str, what: Any) -> str:
        file = self._folder / name
        if isinstance(what, x509.Certificate):
            file.write_bytes(what.public_bytes(serialization.Encoding.PEM))
        else:
            file.write_bytes(
                what.private_bytes(
                    serialization.Encoding.PEM,
                    serialization.PrivateFormat.PKCS8,
                    serialization.NoEncryption(),
                )
            )
        return str(file)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, common)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, begin: float, end: float
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=begin))
        .not_valid_after(now + timedelta(days=end))
    )
