"""The prober against real sockets on loopback."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from kubectl_ingress.core.answer import Answer, Failure, Plan, Unreachable
from kubectl_ingress.core.request import Request
from kubectl_ingress.dataplane.certificates import write_fake
from kubectl_ingress.ports.probe import BODY_LIMIT, HttpProber


class Echo(BaseHTTPRequestHandler):
    """Answers with the request line and the headers as they came."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        sent = self.rfile.read(length)
        body = b"x" * (3 * BODY_LIMIT) if self.path == "/big" else b""
        body = body or f"{self.requestline}\n{self.headers}{sent.decode()}".encode()
        self.send_response(302 if self.path == "/away" else 200)
        self.send_header("Location", "/elsewhere")
        self.send_header("Set-Cookie", "a=1")
        self.send_header("Set-Cookie", "b=2")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PUT = do_GET

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    yield from _serve(ThreadingHTTPServer(("127.0.0.1", 0), Echo))


LB = "a0123.elb.eu-west-1.lab.localhost"


def mapping(folder: Path, *ways: str) -> str:
    """A curl config file with these lines of connect-to."""
    file = folder / ".curlrc"
    file.write_text("".join(f'connect-to = "{way}"\n' for way in ways))
    return str(file)


@pytest.fixture
def tls_port(tmp_path: Path) -> Iterator[int]:
    files = write_fake(tmp_path)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    yield from _serve(server)


def _serve(server: ThreadingHTTPServer) -> Iterator[int]:
    # A prober hangs up on it: that is no news.
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()


def send(port: int, request: Request, **more: object) -> Answer | Unreachable:
    return HttpProber().send(Plan(request, "127.0.0.1", port, **more))  # type: ignore[arg-type]


def answered(port: int, request: Request, **more: object) -> Answer:
    found = send(port, request, **more)
    assert isinstance(found, Answer), found
    return found


def failed(port: int, request: Request, **more: object) -> Unreachable:
    found = send(port, request, **more)
    assert isinstance(found, Unreachable), found
    return found


def test_host_is_the_url_s_and_the_target_is_sent_byte_for_byte(port: int) -> None:
    found = answered(
        port, Request("jko.example.com", "/a//b/../%2F?x=%zz&y={}", headers=(("X-A", "1"),))
    )
    line, *headers = found.text.splitlines()
    assert line == "GET /a//b/../%2F?x=%zz&y={} HTTP/1.1"
    assert "Host: jko.example.com" in headers
    assert "X-A: 1" in headers
    assert found.peer == "127.0.0.1"


def test_headers_are_curl_s(port: int) -> None:
    names = [
        line.partition(":")[0].lower()
        for line in answered(port, Request("h")).text.splitlines()[1:]
    ]
    assert [name for name in names if name] == ["host", "accept", "user-agent"]


def test_a_typed_header_takes_the_place_of_ours(port: int) -> None:
    text = answered(port, Request("h", headers=(("user-agent", "mine"),))).text
    assert text.lower().count("user-agent") == 1
    assert "mine" in text


def test_body_and_method(port: int) -> None:
    text = answered(port, Request("h", method="PUT"), body=b"a=1").text
    assert text.startswith("PUT / ")
    assert "Content-Length: 3" in text
    assert text.endswith("a=1")


def test_repeated_headers_and_redirects_come_as_they_are(port: int) -> None:
    found = answered(port, Request("h", "/away"))
    assert found.status == 302
    assert found.header("LOCATION") == "/elsewhere"
    assert [v for k, v in found.headers if k.lower() == "set-cookie"] == ["a=1", "b=2"]


def test_a_huge_body_is_not_downloaded(port: int) -> None:
    assert BODY_LIMIT <= len(answered(port, Request("h", "/big")).body) < 2 * BODY_LIMIT


def test_timings_add_up(port: int) -> None:
    timings = answered(port, Request("h")).timings
    assert timings.dns is not None
    assert timings.connect is not None
    assert timings.first_byte is not None
    assert timings.tls is None
    assert timings.dns + timings.connect <= timings.first_byte <= timings.total


def test_a_proxy_variable_does_not_send_it_elsewhere(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert answered(port, Request("h")).status == 200


def test_certificate_is_verified_for_the_host(tls_port: int) -> None:
    found = failed(tls_port, Request("jko.example.com", scheme="https"))
    assert (found.why, found.phase) == (Failure.TLS, "tls")
    assert found.certificate is not None
    assert found.certificate.names == ("ingress.local",)
    assert "self-signed" in found.detail


def test_unverified_on_request(tls_port: int) -> None:
    found = answered(tls_port, Request("jko.example.com", scheme="https"), verify=False)
    assert found.certificate is not None
    assert found.certificate.subject.endswith("Fake Certificate")
    assert found.timings.tls is not None


def test_tls_to_a_plain_port(port: int) -> None:
    assert failed(port, Request("h", scheme="https")).why is Failure.TLS


def test_refused() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        found = failed(unused.getsockname()[1], Request("h"))
    assert (found.why, found.phase) == (Failure.REFUSED, "connect")


def test_no_answer_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        found = failed(silent.getsockname()[1], Request("h"), max_time=0.2)
    assert (found.why, found.phase) == (Failure.TIMEOUT, "answer")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"", Failure.BROKEN),
        (b"not http\r\n\r\n", Failure.GARBAGE),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx", Failure.BROKEN),
    ],
)
def test_broken(said: bytes, why: Failure) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def once() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(said)

        thread = threading.Thread(target=once)
        thread.start()
        found = failed(server.getsockname()[1], Request("h"), max_time=5)
        thread.join()
    assert (found.why, found.phase) == (why, "answer")


def test_name_not_resolved() -> None:
    found = HttpProber().send(Plan(Request("h"), "nothing.invalid", 80))
    assert isinstance(found, Unreachable)
    assert (found.why, found.phase) == (Failure.NAME, "dns")
    assert (found.peer, found.port) == ("", 0)


# ---------------------------------------------------------------- a cluster that maps addresses


def test_a_mapped_address_is_where_it_goes(port: int, tmp_path: Path) -> None:
    prober = HttpProber(mapping(tmp_path, f"{LB}:80:127.0.0.1:{port}"))
    found = prober.send(Plan(Request("jko.example.com"), LB, 80))
    assert isinstance(found, Answer), found
    assert (found.peer, found.port) == ("127.0.0.1", port)
    assert "Host: jko.example.com" in found.text
    assert found.timings.dns is not None


def test_the_file_is_read_for_every_request(port: int, tmp_path: Path) -> None:
    prober = HttpProber(str(tmp_path / ".curlrc"))
    plan = Plan(Request(LB), LB, 80)
    missing = prober.send(plan)
    assert isinstance(missing, Unreachable)
    assert (missing.why, missing.phase) == (Failure.NAME, "dns")
    assert missing.detail == f"cannot read {tmp_path}/.curlrc: No such file or directory"
    mapping(tmp_path, f"{LB}:80:127.0.0.1:{port}")
    assert isinstance(prober.send(plan), Answer)
    mapping(tmp_path)
    assert isinstance(prober.send(plan), Unreachable)


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", LB])
def test_what_is_not_mapped_is_not_looked_for_elsewhere(
    port: int, tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *words, **_: asked.append(words))
    prober = HttpProber(mapping(tmp_path, f"{LB}:443:127.0.0.1:{port}"))
    found = prober.send(Plan(Request("h"), address, port))
    assert isinstance(found, Unreachable)
    assert (found.why, found.phase, found.peer) == (Failure.NAME, "dns", "")
    assert found.detail == f"port {port} of it is not in {tmp_path}/.curlrc"
    assert asked == []


def test_a_mapped_address_that_refuses_is_named(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        prober = HttpProber(mapping(tmp_path, f"{LB}:80:127.0.0.1:{port}"))
        found = prober.send(Plan(Request("h"), LB, 80))
    assert isinstance(found, Unreachable)
    assert (found.why, found.peer, found.port) == (Failure.REFUSED, "127.0.0.1", port)


def test_the_certificate_of_a_mapped_address_is_its_own(tls_port: int, tmp_path: Path) -> None:
    prober = HttpProber(mapping(tmp_path, f"{LB}:443:127.0.0.1:{tls_port}"))
    found = prober.send(Plan(Request("jko.example.com", scheme="https"), LB, 443))
    assert isinstance(found, Unreachable)
    assert found.why is Failure.TLS
    assert found.certificate is not None
    assert found.certificate.names == ("ingress.local",)
