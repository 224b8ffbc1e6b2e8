"""Both web servers of the data plane, started for a test, and endpoints to put behind them."""

from __future__ import annotations

import http.client
import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import SHUT_RDWR, create_connection, create_server, socket
from typing import Any

import pytest
from msgspec.structs import replace

from kubectl_ingress.controllers import ingress_nginx
from kubectl_ingress.controllers._ingress_nginx.canary import Split
from kubectl_ingress.controllers._ingress_nginx.error_pages import ErrorPages
from kubectl_ingress.core.actions import Action, Forward
from kubectl_ingress.core.request import Backend, Target
from kubectl_ingress.core.table import RouteTable, Server
from kubectl_ingress.dataplane.certificates import write_fake
from kubectl_ingress.dataplane.http1 import Limits
from kubectl_ingress.dataplane.process import Nginx, find_nginx
from kubectl_ingress.dataplane.proxy import Proxy
from kubectl_ingress.dataplane.server import Certificates, Listen, WebServer
from tests.manifests import ingress, ingress_class, path, service, slice_of, snapshot
from tests.ports_free import free_ports
from tests.waiting import wait_for

needs_nginx = pytest.mark.skipif(find_nginx() is None, reason="no nginx on this machine")

# The proxy is ours and runs everywhere: it is never skipped.
SERVERS = [pytest.param("nginx", marks=needs_nginx), "proxy"]


@dataclass
class Served:
    """A web server that serves a table."""

    listen: Listen
    server: WebServer
    loaded: bool
    certificates: Certificates
    log: io.TextIOBase

    def load_routes(self, *targets: Target) -> None:
        assert self.server.load(table_of(*targets), self.certificates)

    def read_log(self) -> str:
        self.log.seek(0)
        return self.log.read()


@contextmanager
def serving(
    kind: str,
    table: RouteTable,
    directory: Path,
    *,
    certificates: Certificates | None = None,
    limits: Limits = Limits(),
) -> Iterator[Served]:
    """The table served by an nginx or the proxy, from when it answers."""
    listen = Listen("127.0.0.1", *free_ports(3))
    files = {"": write_fake(directory), **(certificates or {})}
    with (directory / "server.log").open("w+") as log:
        server: WebServer = (
            Nginx(listen, directory, log) if kind == "nginx" else Proxy(listen, log, limits)
        )
        try:
            loaded = server.load(table, files)
            if loaded:
                wait_for(lambda: healthy(listen), 5, f"{kind} answers")
            yield Served(listen, server, loaded, files, log)
        finally:
            server.stop()


def healthy(listen: Listen) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", listen.health, timeout=1)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def redirected(table: RouteTable, targets: Callable[[str], list[Target]]) -> RouteTable:
    """The same table with other endpoints for each backend, by ``ns/service:port``."""

    def backend(one: Backend) -> Backend:
        return replace(one, endpoints=tuple(targets(str(one))))

    def action(one: Action) -> Action:
        match one:
            case Split():
                main, canary = backend(one.main), backend(one.canary)
                return replace(one, main=main, canary=canary, backends=(main, canary))
            case Forward():
                return replace(one, backends=tuple(map(backend, one.backends)))
            case ErrorPages():
                inner = tuple(map(action, one.inner))
                return replace(one, inner=inner, backend=one.backend and backend(one.backend))
        return one

    def server(one: Server) -> Server:
        entries = (
            replace(entry, actions=tuple(map(action, entry.actions))) for entry in one.entries
        )
        return replace(one, entries=tuple(entries))

    default = server(table.default)
    servers = tuple(default if one is table.default else server(one) for one in table.servers)
    return replace(table, servers=servers, default=default)


class _Echo(BaseHTTPRequestHandler):
    """Answers with the backend that this port stands for, and what it saw.

    The status is the one that X-Want-Status asks for, but for a page of errors.
    """

    protocol_version = "HTTP/1.1"
    names: dict[int, str] = {}

    def do_GET(self) -> None:
        body = self._body()
        wanted = "200" if "X-Code" in self.headers else self.headers.get("X-Want-Status", "200")
        self.send_response(int(wanted))
        self.send_header("X-Backend", self.names[self.server.server_address[1]])
        self.send_header("X-Target", self.requestline.split(" ")[1])
        for name, value in self.headers.items():
            self.send_header(f"X-Seen-{name}", value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _body(self) -> bytes:
        if self.headers["Transfer-Encoding"] != "chunked":
            return self.rfile.read(int(self.headers["Content-Length"] or 0))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    do_POST = do_PUT = do_HEAD = do_OPTIONS = do_DELETE = do_GET

    def log_message(self, *_: object) -> None:
        pass


class _Quiet(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Clients that go away are part of the tests."""


class Backends:
    """One loopback port a backend, in place of addresses that exist in no test machine."""

    def __init__(self) -> None:
        self._servers: dict[str, ThreadingHTTPServer] = {}

    def port(self, backend: str) -> int:
        if backend not in self._servers:
            server = _Quiet(("127.0.0.1", 0), _Echo)
            _Echo.names[server.server_address[1]] = backend
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
            self._servers[backend] = server
        return self._servers[backend].server_address[1]

    def stop(self) -> None:
        for server in self._servers.values():
            server.shutdown()
            server.server_close()

    def redirect(self, table: RouteTable) -> RouteTable:
        """The same table with every endpoint on loopback."""
        return redirected(table, lambda name: [Target("127.0.0.1", self.port(name), "")])


@dataclass
class Endpoint:
    """A pod played by a function over a raw socket, called once a connection."""

    play: Callable[[socket], None]
    connections: list[socket] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._listener = create_server(("127.0.0.1", 0))
        self.target = Target("127.0.0.1", self._listener.getsockname()[1], "pod")
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                connection.settimeout(10)
                self.connections.append(connection)
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket) -> None:
        with connection, suppress(OSError):
            self.play(connection)

    def stop(self) -> None:
        # Closing alone does not wake the thread that accepts.
        with suppress(OSError):
            self._listener.shutdown(SHUT_RDWR)
        self._listener.close()


@dataclass(frozen=True)
class Answer:
    """What a client got; header names are lower case."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]

    def __getitem__(self, name: str) -> str | None:
        return next(iter(self.all(name)), None)


def receive(connection: socket, until: bytes = b"\r\n\r\n") -> bytes:
    """What comes, up to and with `until`; less where the other side ends."""
    received = b""
    while until not in received:
        piece = connection.recv(65536)
        if not piece:
            break
        received += piece
    return received


def receive_exactly(connection: socket, size: int) -> bytes:
    """This many bytes. Raises EOFError where the other side ends before."""
    received = b""
    while len(received) < size:
        piece = connection.recv(size - len(received))
        if not piece:
            raise EOFError(received)
        received += piece
    return received


def receive_line(connection: socket) -> bytes:
    line = b""
    while not line.endswith(b"\r\n"):
        line += receive_exactly(connection, 1)
    return line


def receive_all(connection: socket) -> bytes:
    """What comes until the other side ends."""
    received = b""
    while piece := connection.recv(65536):
        received += piece
    return received


def table_of(*targets: Target, objects: tuple[Any, ...] = ()) -> RouteTable:
    """``a.example`` leads to these endpoints, beside what `objects` route."""
    web = ingress("web", "a.example", path("/"))
    objects = (ingress_class(), service(), slice_of(), web, *objects)
    table = ingress_nginx.compile(snapshot(*objects))
    return redirected(table, lambda name: list(targets))


@contextmanager
def connected(port: int, timeout: float = 5) -> Iterator[socket]:
    """A client's connection to a port on loopback."""
    with create_connection(("127.0.0.1", port), timeout=timeout) as connection:
        yield connection


def get(target: str = "/", host: str = "a.example", *headers: str, method: str = "GET") -> bytes:
    """A request without a body, or the head of one."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1")


def answering(body: bytes = b"ok", *headers: str) -> Callable[[socket], None]:
    """A pod that reads the head of a request and sends this."""
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers, "", ""]
    head = "\r\n".join(lines).encode()

    def play(connection: socket) -> None:
        if receive(connection):
            connection.sendall(head + body)

    return play


def exchange(port: int, request: bytes) -> Answer:
    """The answer to one request, on a connection of its own."""
    with connected(port) as connection:
        connection.sendall(request)
        return read_answer(connection, request.partition(b" ")[0].decode("latin-1"))


def read_answer(connection: socket, method: str = "GET") -> Answer:
    """The next answer on a connection, and no byte more."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        piece = connection.recv(1)
        if not piece:
            raise EOFError(head)
        head += piece
    line, *lines = head.decode("latin-1").split("\r\n")[:-2]
    headers = [
        (name.lower(), value.strip()) for name, _, value in (x.partition(":") for x in lines)
    ]
    status, known = int(line.split()[1]), dict(headers)
    body = b""
    if method == "HEAD" or status < 200 or status in (204, 304):
        pass
    elif known.get("transfer-encoding") == "chunked":
        while size := int(receive_line(connection), 16):
            body += receive_exactly(connection, size + 2)[:-2]
        receive_line(connection)
    elif "content-length" in known:
        body = receive_exactly(connection, int(known["content-length"]))
    else:
        body = receive_all(connection)
    return Answer(status, headers, body)
