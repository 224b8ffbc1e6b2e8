"""One table, served by a real nginx or the proxy and asked of the model: where they disagree."""

from __future__ import annotations

import io
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from kubectl_ingress.controllers import ingress_nginx
from kubectl_ingress.controllers._profile import Told
from kubectl_ingress.core.objects import Origin
from kubectl_ingress.core.parse import parse_snapshot
from kubectl_ingress.core.request import Decision, OutcomeKind, Request
from kubectl_ingress.core.table import RouteTable
from kubectl_ingress.dataplane.carried_out import carried_out
from kubectl_ingress.dataplane.nginx import TEMPORARY, Configuration
from kubectl_ingress.dataplane.process import find_nginx
from kubectl_ingress.dataplane.proxy import Proxy
from kubectl_ingress.dataplane.server import Certificates, Listen

Json = dict[str, Any]

# Of what is wrong to nginx, directives that this data plane does not write.
_NOT_WRITTEN = ("proxy-", "upstream-vhost", "x-forwarded-prefix", "auth-", "mirror-")
# A path without an endpoint needs no rewrite here, where the real controller writes one.
_OFTEN_WRITTEN = "holds the variable"


def table_of(objects: list[Json], listen: Listen) -> RouteTable:
    """What the model makes of objects, with the ports that nginx has here."""
    snapshot = parse_snapshot([(one, Origin("world.yaml", 1)) for one in objects], offline=True)
    settings = ingress_nginx.settings_of(Told(), snapshot)
    settings = replace(settings, http_port=listen.http, https_port=listen.https)
    return ingress_nginx.compile(snapshot, settings)


@dataclass(frozen=True)
class Seen:
    """An answer as far as it is compared; `backend` is "" where no endpoint answered."""

    status: int
    location: str | None = None
    backend: str = ""
    target: str = ""


class Asked:
    """A web server on loopback that loads one table after the other, and is asked."""

    def __init__(self, directory: Path, listen: Listen, certificates: Certificates) -> None:
        self.directory, self.listen, self.certificates = directory, listen, certificates
        self._connections: dict[tuple[str, str], socket.socket] = {}
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._tls.check_hostname, self._tls.verify_mode = False, ssl.CERT_NONE

    def load(self, table: RouteTable) -> str:
        """Serve a table, the one before no more; why it is refused, "" if it is not."""
        raise NotImplementedError

    def stop(self) -> None:
        """End all connections, and the server."""
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()

    def ask(self, request: Request) -> Seen:
        """The answer to a request, on a connection that is kept as long as the server keeps it."""
        place = request.scheme, request.client
        data = _bytes(request)
        if place in self._connections:
            with suppress(OSError, EOFError):
                return self._exchange(place, request, data)
        self._connections[place] = self._connect(*place)
        return self._exchange(place, request, data)

    def _connect(self, scheme: str, client: str) -> socket.socket:
        port = self.listen.https if scheme == "https" else self.listen.http
        made = socket.create_connection(("127.0.0.1", port), 10, (client, 0))
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._tls.wrap_socket(made) if scheme == "https" else made

    def _exchange(self, place: tuple[str, str], request: Request, data: bytes) -> Seen:
        connection = self._connections[place]
        connection.sendall(data)
        head, keeps = _read(connection, request.method)
        if not keeps:
            connection.close()
            del self._connections[place]
        return _seen(head)


class RealNginx(Asked):
    """An nginx for each table."""

    _process: subprocess.Popen[bytes] | None = None

    def load(self, table: RouteTable) -> str:
        """See Asked; whatever the model thinks of it."""
        self.stop()
        served, _ = carried_out(table)
        writing = Configuration(served, self.listen, self.directory, self.certificates)
        path = self.directory / "nginx.conf"
        path.write_text(writing.text(), encoding="latin-1")
        assert not writing.said, writing.said
        for name in TEMPORARY:
            (self.directory / name).mkdir(exist_ok=True)
        command = [str(find_nginx()), "-p", f"{self.directory}/", "-e", "stderr", "-c", str(path)]
        with (self.directory / "log").open("wb") as log:
            self._process = subprocess.Popen(command, stderr=log)
        deadline = time.monotonic() + 10
        while self._process.poll() is None:
            if self._answers():
                return ""
            assert time.monotonic() < deadline, "nginx neither listens nor ends"
            time.sleep(0.002)
        text = (self.directory / "log").read_text(errors="replace")
        return next(line for line in text.splitlines() if "[emerg]" in line)

    def _answers(self) -> bool:
        # Not the first one alone: they are opened one after the other.
        for port in (self.listen.health, self.listen.http, self.listen.https):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
            except OSError:
                return False
        return True

    def stop(self) -> None:
        """See Asked."""
        super().stop()
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None


class OwnProxy(Asked):
    """One proxy for all tables."""

    def __init__(self, directory: Path, listen: Listen, certificates: Certificates) -> None:
        super().__init__(directory, listen, certificates)
        self._log = io.StringIO()
        self._proxy = Proxy(listen, self._log)

    def load(self, table: RouteTable) -> str:
        """See Asked."""
        super().stop()
        return "" if self._proxy.load(table, self.certificates) else self._log.getvalue()

    def stop(self) -> None:
        """See Asked."""
        super().stop()
        self._proxy.stop()


def _bytes(request: Request) -> bytes:
    host = request.host if request.port is None else f"{request.host}:{request.port}"
    lines = [f"{request.method} {request.target} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in request.headers]
    body = b""
    if request.method == "POST":
        lines.append(f"Content-Length: {request.body_size}")
        # A larger one is refused before it is sent, or not sent at all.
        body = b"b" * request.body_size
    return "\r\n".join([*lines, "", ""]).encode() + body


def _read(connection: socket.socket, method: str) -> tuple[bytes, bool]:
    """The head of an answer, and whether the connection goes on; the body is read over."""
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(65536)
        if not piece:
            raise EOFError
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    fields = head.lower()
    length = 0
    has_body = method != "HEAD" and fields.split(b" ")[1] not in (b"204", b"304")
    if has_body and b"\r\ncontent-length:" in fields:
        length = int(fields.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0])
    elif has_body and b"\r\ntransfer-encoding:" in fields:
        while not body.endswith(b"0\r\n\r\n"):
            body += connection.recv(65536)
        length = len(body)
    while len(body) < length:
        body += connection.recv(65536)
    return head, b"\r\nconnection: close" not in fields


def _seen(head: bytes) -> Seen:
    line, *lines = head.decode("latin-1").split("\r\n")
    fields = {name.lower(): value for name, _, value in (one.partition(": ") for one in lines)}
    return Seen(
        int(line.split(" ")[1]),
        fields.get("location"),
        fields.get("x-backend", ""),
        fields.get("x-target", ""),
    )


def expected(decision: Decision) -> Iterator[Seen]:
    """All answers that a Decision allows; texts have one character per byte."""
    outcome = decision.outcome
    if outcome.kind is not OutcomeKind.FORWARD:
        # What is made of groups has one character per byte already.
        yield Seen(outcome.status or 0, outcome.location)
        yield Seen(outcome.status or 0, _latin(outcome.location))
        return
    for backend in outcome.backends:
        if backend.status is not None:
            yield Seen(backend.status)
        else:
            name = f"{backend.namespace}/{backend.service}"
            yield Seen(200, None, name, _latin(outcome.upstream_path) or "")


def _latin(text: str | None) -> str | None:
    return None if text is None else text.encode().decode("latin-1")


@dataclass
class Tally:
    """What was compared, and in words what disagreed."""

    compared: int = 0
    wrong: list[str] = field(default_factory=list)
    kinds: dict[str, int] = field(default_factory=dict)

    def count(self, kind: str, wrong: str = "") -> None:
        self.compared += 1
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        if wrong:
            self.wrong.append(wrong)


def compare_loading(server: Asked, table: RouteTable, tally: Tally) -> bool:
    """Whether server and model agree on whether it can be loaded, and it can."""
    why = table.refused.message if table.refused else ""
    refused = server.load(table)
    if why and not refused and any(name in why for name in (*_NOT_WRITTEN, _OFTEN_WRITTEN)):
        return False
    differs = bool(why) != bool(refused)
    tally.count("loaded" if not why else "refused", f"{why=} {refused=}" if differs else "")
    return not (why or refused)


def compare(server: Asked, table: RouteTable, request: Request, tally: Tally) -> None:
    """One request asked of both."""
    decision = table.decide(request)
    if decision.uncertain:
        return
    allowed = tuple(expected(decision))
    seen = server.ask(request)
    kind = (
        "split" if len(decision.outcome.backends) > 1 else str(decision.outcome.status or "forward")
    )
    wrong = f"{request}: model {allowed}, seen {seen}" if seen not in allowed else ""
    tally.count(kind, wrong)
