"""A small proxy that serves a RouteTable where there is no nginx, in this process.

It does what the model decides, so it cannot disagree with the model as nginx
can; all else about a request is as nginx has it (tests/dataplane compare the
two). It leaves out HTTP/0.9, keep-alive for HTTP/1.0, and the page for plain
HTTP on the port for https.
"""

from __future__ import annotations

import asyncio
import ssl
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from typing import TextIO

from msgspec import Struct

from kubectl_ingress import __version__
from kubectl_ingress.core.actions import Reply
from kubectl_ingress.core.table import Entry, Matcher, MatchKind, RouteTable, Server
from kubectl_ingress.core.text import printable
from kubectl_ingress.dataplane.carried_out import Remarks, carried_out
from kubectl_ingress.dataplane.client import Client
from kubectl_ingress.dataplane.conversation import Door, Routes, converse
from kubectl_ingress.dataplane.http1 import Limits
from kubectl_ingress.dataplane.limiting import Buckets
from kubectl_ingress.dataplane.proxied import proxied, without_effect
from kubectl_ingress.dataplane.server import CertificateFiles, Certificates, Listen
from kubectl_ingress.errors import InputError

_BACKLOG = 511
_STOP_SECONDS = 5

_HEALTH = Routes(
    RouteTable(
        controller="",
        ingress_class="",
        servers=(),
        default=Server(
            "",
            (
                Entry(Matcher(MatchKind.EXACT, "/healthz"), (Reply(200),), None),
                Entry(Matcher(MatchKind.PREFIX, "/"), (Reply(404),), None),
            ),
        ),
    )
)


class _Served(Struct, frozen=True):
    """All that belongs to one table; replaced as a whole."""

    routes: Routes
    contexts: Mapping[str, ssl.SSLContext]

    def context_for(self, name: str) -> ssl.SSLContext:
        """The certificate of the server that a TLS client names, else the fake one."""
        host = self.routes.table.server_for(name).host
        return self.contexts.get(host) or self.contexts[""]


class Proxy:
    """A WebServer in a thread of its own."""

    def __init__(
        self,
        listen: Listen,
        log: TextIO = sys.stderr,
        limits: Limits = Limits(),  # noqa: B008 - frozen
    ) -> None:
        self.listen, self.log, self.limits = listen, log, limits
        # Set by the first load: nothing listens before.
        self._served: _Served
        self._contexts: dict[CertificateFiles, ssl.SSLContext] = {}
        self._turns: dict[str, int] = {}
        self._buckets = Buckets()
        self._remarks = Remarks(log)
        self._conversations: set[asyncio.Task[None]] = set()
        self._thread: threading.Thread | None = None
        self._stop: asyncio.Event
        self._loop: asyncio.AbstractEventLoop

    def version(self) -> str:
        """See WebServer."""
        return f"kubectl-ingress-proxy/{__version__}"

    def load(self, table: RouteTable, certificates: Certificates) -> bool:
        """See WebServer."""
        if table.refused is not None:
            self._say(f"the proxy refused the routes: {table.refused.message}")
            return False
        table, said = carried_out(table)
        table = proxied(table, self._buckets)
        self._remarks.say((*said, *without_effect(table)))
        try:
            contexts = {
                files: self._contexts.get(files) or _context(files)
                for files in certificates.values()
            }
        except OSError as error:
            self._say(f"the proxy refused a certificate: {error}")
            return False
        self._contexts = contexts
        by_host = {host: contexts[files] for host, files in certificates.items()}
        self._served = _Served(Routes(table, self._turns), by_host)
        if self._thread is None:
            self._start()
        return True

    def stop(self) -> None:
        """See WebServer."""
        if self._thread is None:
            return
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(_STOP_SECONDS)
        self._thread = None

    def _start(self) -> None:
        started: Future[None] = Future()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._run(started)), name="proxy", daemon=True
        )
        self._thread.start()
        try:
            started.result()
        except (OSError, OverflowError) as error:
            self._thread = None
            raise InputError(
                f"cannot listen: {error}",
                "free the port, or name another one",
            ) from error

    async def _run(self, started: Future[None]) -> None:
        self._loop = asyncio.get_running_loop()
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        # Whatever the client names, or does not: the context of the moment.
        tls.sni_callback = self._choose
        listen, servers = self.listen, []
        try:
            for port, door, context in (
                (listen.http, Door("http", self._routes, self._say), None),
                (listen.https, Door("https", self._routes, self._say), tls),
                (listen.health, Door("http", lambda: _HEALTH, self._say), None),
            ):
                servers.append(await self._open(port, door, context))
            started.set_result(None)
            await self._stop.wait()
        except (OSError, OverflowError) as error:
            started.set_exception(error)
        finally:
            for server in servers:
                server.close()

    async def _open(self, port: int, door: Door, tls: ssl.SSLContext | None) -> asyncio.Server:
        # A task of ours: asyncio complains of its own when they are cancelled.
        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.create_task(converse(Client(reader, writer, self.limits), door))
            self._conversations.add(task)
            task.add_done_callback(self._conversations.discard)

        return await asyncio.start_server(
            accept, self.listen.address, port, ssl=tls, backlog=_BACKLOG
        )

    def _routes(self) -> Routes:
        return self._served.routes

    def _choose(self, connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        connection.context = self._served.context_for(name or "")

    def _say(self, text: str) -> None:
        print(printable(text), file=self.log, flush=True)


def _context(files: CertificateFiles) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    context.set_alpn_protocols(["http/1.1"])
    return context
