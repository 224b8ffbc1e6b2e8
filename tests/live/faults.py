"""A proxy before the API server that reads what goes through it, and plays faults.

It speaks TLS to the program, with a certificate of its own authority, and TLS to the server.
Which request a fault meets is told by what is asked and by its number in the run, so that a run
is the same every time, however fast the machine is.
"""

from __future__ import annotations

import base64
import http.client
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import yaml

from kubectl_ingress.lab import certs

REASONS = {
    409: ("Conflict", "Operation cannot be fulfilled on it: the object has been modified"),
    410: ("Expired", "The provided continue parameter is too old"),
    429: ("TooManyRequests", "too many requests, please try again later"),
    500: ("InternalError", "etcdserver: leader changed"),
    503: ("ServiceUnavailable", "the server is currently unable to handle the request"),
}
# Of the connection to the program, or set anew; the rest goes on as it came.
_OURS = {"connection", "transfer-encoding", "content-length", "keep-alive", "host"}


@dataclass(frozen=True)
class Asked:
    """One request of the program. `number` counts from 1."""

    number: int
    method: str
    path: str
    query: dict[str, list[str]]

    @property
    def reads(self) -> bool:
        """Whether it is a plain read."""
        return self.method == "GET"

    @property
    def writes(self) -> bool:
        """Whether it would change something that lasts."""
        return not (self.reads or "dryRun" in self.query or "reviews" in self.path)

    @property
    def goes_on(self) -> bool:
        """Whether it asks for the next page of a list."""
        return "continue" in self.query

    @property
    def watches(self) -> bool:
        """Whether it is answered as things happen."""
        return self.query.get("watch") in (["1"], ["true"])


@dataclass(frozen=True)
class Fault:
    """What happens to one request.

    With `status` it is refused so; it gets through all the same if `delivered`. `cut` ends the
    connection instead of an answer, or in the middle of one ("body"). `seconds` is how long the
    answer takes, `page` the size of a list's page. `then` is called first, in any case.
    """

    status: int = 0
    retry_after: str = ""
    delivered: bool = False
    cut: str = ""
    seconds: float = 0.0
    page: int = 0
    then: Callable[[], object] = lambda: None


When = Callable[[Asked], bool]
PLAIN = Fault()


@dataclass(frozen=True)
class Rule:
    """A fault, and which of the requests it is for: those of these ordinals, or all."""

    fault: Fault
    when: When
    ordinals: frozenset[int] | None = None


class Proxy:
    """Listens on loopback, and hands on to the API server of a kubeconfig."""

    def __init__(self, url: str, ca: bytes, directory: Path) -> None:
        self._url = urlsplit(url)
        self._trust = ssl.create_default_context(cadata=ca.decode())
        authority = certs.Authority("a proxy of faults")
        self.ca = authority.pair.certificate
        self._lock = threading.Lock()
        self._rules: list[tuple[Rule, int]] = []
        self.asked: list[Asked] = []
        self.played = 0
        self._server = _listening(self, authority.issue("proxy", ["127.0.0.1"]), directory)
        self.port: int = self._server.server_address[1]

    def play(self, *rules: Rule) -> None:
        """Count anew, and let this happen from now on."""
        with self._lock:
            self._rules, self.asked, self.played = [(rule, 0) for rule in rules], [], 0

    def kubeconfig(self, of: Path) -> Path:
        """A copy of a kubeconfig that leads through here."""
        content = yaml.safe_load(of.read_text())
        for each in content["clusters"]:
            each["cluster"]["server"] = f"https://127.0.0.1:{self.port}"
            each["cluster"]["certificate-authority-data"] = base64.b64encode(self.ca).decode()
        copy = of.with_name(f"{of.name}-faults")
        copy.write_text(json.dumps(content))
        copy.chmod(0o600)
        return copy

    def close(self) -> None:
        """Take no more connections."""
        self._server.shutdown()
        self._server.server_close()

    def fault_for(self, method: str, target: str) -> tuple[Asked, Fault]:
        """Note a request; what is to happen to it."""
        parts = urlsplit(target)
        with self._lock:
            query = parse_qs(parts.query, keep_blank_values=True)
            asked = Asked(len(self.asked) + 1, method, parts.path, query)
            self.asked.append(asked)
            for index, (rule, met) in enumerate(self._rules):
                if not rule.when(asked):
                    continue
                self._rules[index] = (rule, met + 1)
                if rule.ordinals is None or met + 1 in rule.ordinals:
                    self.played += 1
                    return asked, rule.fault
        return asked, PLAIN

    def connect(self) -> http.client.HTTPSConnection:
        """A connection to the API server."""
        port = self._url.port or 443
        host = self._url.hostname or ""
        return http.client.HTTPSConnection(host, port, context=self._trust, timeout=90)


@contextmanager
def proxy(of: Path, directory: Path) -> Iterator[Proxy]:
    """Before the API server of a kubeconfig; `directory` is for its certificate."""
    cluster = yaml.safe_load(of.read_text())["clusters"][0]["cluster"]
    ca = base64.b64decode(cluster["certificate-authority-data"])
    made = Proxy(cluster["server"], ca, directory)
    try:
        yield made
    finally:
        made.close()


def _listening(owner: Proxy, pair: certs.Pair, directory: Path) -> ThreadingHTTPServer:
    class Handler(_Handler):
        proxy = owner

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    # A program that is killed leaves its connections as they are: nothing to report.
    server.handle_error = lambda request, client_address: None  # type: ignore[method-assign]
    certificate, key = directory / "proxy.crt", directory / "proxy.key"
    certificate.write_bytes(pair.certificate)
    key.write_bytes(pair.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    # The handshake belongs into the thread of its connection, not into accept().
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return server


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    proxy: Proxy
    _upstream: http.client.HTTPSConnection | None = None

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked, fault = self.proxy.fault_for(self.command, self.path)
        fault.then()
        if fault.cut == "before" or (fault.status and not fault.delivered):
            self._refuse(asked, fault)
            return
        try:
            response = self._ask(_paged(asked, fault) or self.path, body)
            if asked.watches and response.status == 200:
                self._stream(response, fault)
                return
            content = response.read()
        except (OSError, http.client.HTTPException):
            # As if the program had spoken to the server itself.
            self._hang_up()
            return
        if fault.status or fault.cut == "after":
            self._refuse(asked, fault)
        else:
            self._pass_on(response, content, fault)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer

    def _ask(self, path: str, body: bytes) -> http.client.HTTPResponse:
        if self._upstream is None:
            self._upstream = self.proxy.connect()
        self._upstream.putrequest(self.command, path, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in _OURS:
                self._upstream.putheader(name, value)
        self._upstream.putheader("Content-Length", str(len(body)))
        self._upstream.endheaders(body)
        return self._upstream.getresponse()

    def _refuse(self, asked: Asked, fault: Fault) -> None:
        if not fault.status:
            self._hang_up()
            return
        reason, message = REASONS[fault.status]
        status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": fault.status}
        said = {**status, "reason": reason, "message": message}
        # A watch that cannot go on is told so in its own stream.
        content = json.dumps(said).encode()
        if asked.watches:
            content = json.dumps({"type": "ERROR", "object": said}).encode() + b"\n"
        code = 200 if asked.watches else fault.status
        self._head(code, {"Content-Type": "application/json"}, len(content))
        if fault.retry_after:
            self.send_header("Retry-After", fault.retry_after)
        self.end_headers()
        self.wfile.write(content)

    def _pass_on(self, response: http.client.HTTPResponse, content: bytes, fault: Fault) -> None:
        self._head(response.status, dict(response.getheaders()), len(content))
        self.end_headers()
        if fault.cut == "body":
            self.wfile.write(content[: len(content) // 2])
            self._hang_up()
            return
        pieces = 8 if fault.seconds else 1
        step = -(-len(content) // pieces) or 1
        for start in range(0, len(content), step):
            time.sleep(fault.seconds / pieces)
            self.wfile.write(content[start : start + step])

    def _stream(self, response: http.client.HTTPResponse, fault: Fault) -> None:
        self._head(response.status, dict(response.getheaders()), None)
        self.end_headers()
        with suppress(OSError, http.client.HTTPException):
            while piece := response.read1(65536):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                if fault.cut:
                    break
            else:
                self.wfile.write(b"0\r\n\r\n")
                return
        self._hang_up()

    def _head(self, status: int, headers: dict[str, str], length: int | None) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in _OURS:
                self.send_header(name, value)
        if length is None:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(length))

    def _hang_up(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.wfile.flush()
            # close() alone would wait for the files that were made of it.
            self.connection.shutdown(socket.SHUT_RDWR)

    def finish(self) -> None:
        with suppress(OSError, ValueError):
            super().finish()
        if self._upstream is not None:
            self._upstream.close()

    def log_message(self, format: str, *args: object) -> None:
        pass


def _paged(asked: Asked, fault: Fault) -> str:
    """The target with another size of pages, "" where there is none to set."""
    if not fault.page or "limit" not in asked.query:
        return ""
    query: Any = {**asked.query, "limit": [str(fault.page)]}
    return f"{asked.path}?{urlencode(query, doseq=True)}"
