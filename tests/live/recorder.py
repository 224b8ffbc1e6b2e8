"""An API server that only listens: answers what it is told, and notes who asked for what.

On loopback, over HTTPS with a certificate of its own authority, or HTTP.
"""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Answer = tuple[int, dict[str, str], bytes | Iterable[bytes]]
"""Status (0: hang up), headers, and the body.

What is no bytes is sent piece by piece: in chunks, or as it is where the headers say its length.
"""


@dataclass(frozen=True)
class Recorded:
    """One request: headers with lower-case names, in the order sent; the client's name in TLS."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    certificate: str

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)

    @property
    def impersonation(self) -> tuple[tuple[str, str], ...]:
        return tuple(sorted(h for h in self.headers if h[0].startswith("impersonate-")))


class Authority:
    """A certificate authority. Everything it gives is PEM."""

    def __init__(self, name: str = "test authority") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        usage = x509.BasicConstraints(ca=True, path_length=None)
        certificate = self._builder(self._name, self._key, 1).add_extension(usage, critical=True)
        self.pem = _pem(certificate.sign(self._key, hashes.SHA256()))

    def issue(self, name: str, alternatives: list[str], days: int = 1) -> tuple[bytes, bytes]:
        """A certificate (expired for negative `days`) and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = self._builder(subject, key, days)
        if alternatives:
            names = x509.SubjectAlternativeName([_general_name(text) for text in alternatives])
            builder = builder.add_extension(names, critical=False)
        encoded = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return _pem(builder.sign(self._key, hashes.SHA256())), encoded

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, days: int
    ) -> x509.CertificateBuilder:
        end = datetime.now(UTC) + timedelta(days=days)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(end - timedelta(days=3))
            .not_valid_after(end)
        )


def _general_name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def json_answer(data: object, status: int = 200, **headers: str) -> Answer:
    """An answer with a JSON body; `headers` with underscores for dashes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, {"Content-Type": "application/json", **named}, json.dumps(data).encode()


def status_answer(code: int, reason: str, message: str, **details: object) -> Answer:
    """A Kubernetes Status that says no."""
    return json_answer(
        {
            "kind": "Status",
            "apiVersion": "v1",
            "status": "Failure",
            "reason": reason,
            "message": message,
            "code": code,
            "details": details,
        },
        code,
    )


def empty_cluster(method: str, path: str) -> Answer:
    """As much of an API as kubectl needs to list Ingresses, of which there are none."""
    version = {"groupVersion": "networking.k8s.io/v1", "version": "v1"}
    ingresses = {
        "name": "ingresses",
        "singularName": "ingress",
        "namespaced": True,
        "kind": "Ingress",
        "verbs": ["get", "list"],
    }
    known: dict[str, object] = {
        "/api": {"kind": "APIVersions", "versions": ["v1"]},
        "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": []},
        "/apis": {
            "kind": "APIGroupList",
            "apiVersion": "v1",
            "groups": [
                {"name": "networking.k8s.io", "versions": [version], "preferredVersion": version}
            ],
        },
        "/apis/networking.k8s.io/v1": {
            "kind": "APIResourceList",
            "groupVersion": "networking.k8s.io/v1",
            "resources": [ingresses],
        },
    }
    # A server may stand under a path of its own.
    plain = path[path.find("/api") :].partition("?")[0]
    if plain.endswith("/ingresses"):
        return json_answer(
            {
                "kind": "IngressList",
                "apiVersion": "networking.k8s.io/v1",
                "metadata": {},
                "items": [],
            }
        )
    if plain in known:
        return json_answer(known[plain])
    return status_answer(404, "NotFound", "the server could not find the requested resource")


class Recorder:
    """What a running server was asked, and where it is."""

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[Recorded] = []

    @property
    def lists(self) -> list[Recorded]:
        """The requests for Ingresses."""
        return [request for request in self.requests if "/ingresses" in request.path]


@contextmanager
def serve(
    answer: Callable[[str, str], Answer],
    *,
    tls: tuple[bytes, bytes] | None = None,
    client_ca: bytes = b"",
    folder: Path | None = None,
) -> Iterator[Recorder]:
    """A server that answers with `answer(method, path)`; `folder` is for the TLS files."""
    recorder = Recorder()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(recorder, answer))
    server.daemon_threads = True
    # A client that does not trust the certificate hangs up: nothing to report.
    server.handle_error = lambda request, client_address: None  # type: ignore[method-assign]
    if tls is not None:
        if folder is None:
            raise ValueError("TLS needs a folder")
        server.socket = _wrap(server, tls, client_ca, folder)
    scheme = "https" if tls else "http"
    recorder.url = f"{scheme}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield recorder
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(
    recorder: Recorder, answer: Callable[[str, str], Answer]
) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def answer_one(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = tuple((name.lower(), value) for name, value in self.headers.items())
            peer = _peer(self.connection)
            recorder.requests.append(Recorded(self.command, self.path, headers, body, peer))
            status, extra, content = answer(self.command, self.path)
            if status == 0:
                self.close_connection = True
                return
            self.send_response(status)
            chunked = not isinstance(content, bytes) and "Content-Length" not in extra
            framing = {"Transfer-Encoding": "chunked"} if chunked else {}
            if isinstance(content, bytes):
                framing = {"Content-Length": str(len(content))}
            for name, value in {**framing, **extra}.items():
                self.send_header(name, value)
            self.end_headers()
            if isinstance(content, bytes):
                self.wfile.write(content)
                return
            for piece in content:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
            self.wfile.write(b"0\r\n\r\n" if chunked else b"")

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer_one

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


def _wrap(
    server: ThreadingHTTPServer, tls: tuple[bytes, bytes], client_ca: bytes, folder: Path
) -> ssl.SSLSocket:
    certificate, key = folder / "server.crt", folder / "server.key"
    certificate.write_bytes(tls[0])
    key.write_bytes(tls[1])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    if client_ca:
        context.load_verify_locations(cadata=client_ca.decode())
        context.verify_mode = ssl.CERT_OPTIONAL
    # The handshake belongs into the thread of its connection, not into accept().
    return context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)


def _peer(connection: object) -> str:
    if not isinstance(connection, ssl.SSLSocket):
        return ""
    certificate = connection.getpeercert() or {}
    subject = certificate.get("subject", ())
    pairs = [pair for part in subject if isinstance(part, tuple) for pair in part]
    return next((str(pair[1]) for pair in pairs if pair[0] == "commonName"), "")
