"""Fetching a file whose digest is known, from servers on loopback that do what servers do."""

from __future__ import annotations

import hashlib
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from kubectl_ingress.certificates import self_signed
from kubectl_ingress.errors import InputError, UsageError
from kubectl_ingress.ports import download

BODY = b"kind: Something\n"
RIGHT = hashlib.sha256(BODY).hexdigest()
Reply = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def serving(reply: Reply, tls: Path | None = None) -> Iterator[str]:
    """A server on loopback; its base URL. `tls` is a directory for its certificate."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            reply(self)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    scheme, host = "http", "127.0.0.1"
    if tls is not None:
        # The names of a certificate of ours are DNS names.
        scheme, host = "https", "localhost"
        made = self_signed([host], datetime.now(UTC) - timedelta(hours=1))
        (tls / "tls.crt").write_bytes(made[0])
        (tls / "tls.key").write_bytes(made[1])
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls / "tls.crt", tls / "tls.key")
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"{scheme}://{host}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def replying(status: int = 200, body: bytes = BODY, **headers: str) -> Reply:
    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return reply


def test_the_right_file() -> None:
    with serving(replying()) as base:
        assert download.fetch(f"{base}/m.yaml", RIGHT) == BODY


def test_another_file_is_refused_with_both_digests() -> None:
    wrong = "0" * 64
    with serving(replying()) as base, pytest.raises(InputError) as caught:
        download.fetch(f"{base}/m.yaml", wrong)
    assert RIGHT in caught.value.sentence
    assert wrong in caught.value.sentence


def test_over_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(replying(), tmp_path) as base:
        with pytest.raises(InputError, match=r"(?i)certificate"):
            download.fetch(f"{base}/m.yaml", RIGHT)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "tls.crt"))
        assert download.fetch(f"{base}/m.yaml", RIGHT) == BODY


def test_a_redirect_to_https_is_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(replying(), tmp_path) as there:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "tls.crt"))
        with serving(replying(302, b"", Location=f"{there}/m.yaml")) as base:
            assert download.fetch(f"{base}/old", RIGHT) == BODY


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("http://127.0.0.1:1/x", "not https"),
        ("http://example.com/x", "not https"),
        ("/x", "not https"),
        ("file:///etc/passwd", "not https"),
        ("", "without saying where"),
    ],
)
def test_other_redirects_are_not(location: str, said: str) -> None:
    with serving(replying(302, b"", Location=location)) as base, pytest.raises(InputError) as error:
        download.fetch(f"{base}/m.yaml", RIGHT)
    assert said in error.value.sentence


def test_redirects_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(replying(302, b"", Location="/again"), tmp_path) as base:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "tls.crt"))
        with pytest.raises(InputError, match="more than 5 redirects"):
            download.fetch(f"{base}/m.yaml", RIGHT)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (replying(404), "404 Not Found"),
        (replying(204, b""), "204"),
        (replying(Content_Encoding="gzip"), "compressed"),
        (replying(body=b"x" * (1 << 10 << 4)), "has more than"),
    ],
)
def test_what_else_is_refused(reply: Reply, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "LIMIT", 1 << 13)
    with serving(reply) as base, pytest.raises(InputError) as caught:
        download.fetch(f"{base}/m.yaml", RIGHT)
    assert said in caught.value.sentence
    assert "--manifest FILE" in caught.value.next_step


def test_a_body_that_trickles_is_given_up() -> None:
    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(40):
            handler.wfile.write(b"x")
            time.sleep(0.05)

    started = time.monotonic()
    with serving(reply) as base, pytest.raises(InputError, match="too long"):
        download.fetch(f"{base}/m.yaml", RIGHT, seconds=0.4)
    assert time.monotonic() - started < 5


def test_a_server_that_is_silent_or_gone() -> None:
    silent = serving(lambda _: time.sleep(0.6))
    with silent as base, pytest.raises(InputError, match="too long"):
        download.fetch(f"{base}/m.yaml", RIGHT, seconds=0.2)
    with pytest.raises(InputError, match="could not be fetched"):
        download.fetch(f"{base}/m.yaml", RIGHT)


@pytest.mark.parametrize(
    "address",
    ["http://example.com/m", "http://127.0.0.1.example.com/m", "ftp://127.0.0.1/m", "https:///m"],
)
def test_addresses_that_are_never_asked(address: str) -> None:
    with pytest.raises(UsageError):
        download.fetch(address, RIGHT)


def test_a_password_is_not_shown() -> None:
    with serving(replying(401)) as base, pytest.raises(InputError) as caught:
        download.fetch(base.replace("//", "//me:geheim@") + "/m", RIGHT)
    assert "geheim" not in caught.value.sentence
    assert download.shown("https://me:geheim@host.example/m") == "https://host.example/m"


def test_loopback_goes_to_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with serving(replying()) as base:
        assert download.fetch(f"{base}/m.yaml", RIGHT) == BODY


def test_digests() -> None:
    assert download.parse_digest(f"sha256:{RIGHT.upper()}") == RIGHT
    for text in ("", "x", RIGHT[:-1], RIGHT + "0", "sha512:" + RIGHT):
        with pytest.raises(UsageError):
            download.parse_digest(text)
