"""The measured answers of the real controller, asked again of our nginx over HTTP.

The model and the configuration written from it could be wrong alike; a real
nginx in between cannot. (Debian's nginx stands in for the controller's 1.27.)
"""

from __future__ import annotations

import http.client
import re
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from kubectl_ingress.core.actions import Forward
from kubectl_ingress.core.request import Target
from kubectl_ingress.core.table import Entry, RouteTable, Server
from kubectl_ingress.dataplane.certificates import write_fake
from kubectl_ingress.dataplane.nginx import VIA, Configuration, Listen
from kubectl_ingress.dataplane.process import Nginx
from tests.observed import Case, canonical, covered_cases, needs_observed, observed_fields
from tests.ports_free import free_ports
from tests.waiting import wait_for

HAS_NGINX = bool(shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin"))

pytestmark = [
    needs_observed,
    pytest.mark.skipif(not HAS_NGINX, reason="no nginx on this machine"),
]

BY_TABLE = [
    (name, list(cases))
    for name, cases in groupby(covered_cases(), key=lambda case: case.id.partition("#")[0])
]


class _Echo(BaseHTTPRequestHandler):
    """Answers with the backend that this port stands for, and the target it saw."""

    protocol_version = "HTTP/1.1"
    names: dict[int, str] = {}

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("X-Backend", self.names[self.server.server_address[1]])
        self.send_header("X-Target", self.requestline.split(" ")[1])
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        pass


class Backends:
    """One loopback port a backend, in place of addresses that exist in no test machine."""

    def __init__(self) -> None:
        self._servers: dict[str, ThreadingHTTPServer] = {}

    def port(self, backend: str) -> int:
        if backend not in self._servers:
            server = ThreadingHTTPServer(("127.0.0.1", 0), _Echo)
            _Echo.names[server.server_address[1]] = backend
            threading.Thread(target=server.serve_forever, daemon=True).start()
            self._servers[backend] = server
        return self._servers[backend].server_address[1]

    def stop(self) -> None:
        for server in self._servers.values():
            server.shutdown()
            server.server_close()

    def redirect(self, table: RouteTable) -> RouteTable:
        """The same table with every endpoint on loopback."""

        def entry(one: Entry) -> Entry:
            return replace(one, actions=tuple(map(action, one.actions)))

        def action(one: Any) -> Any:
            if not isinstance(one, Forward):
                return one
            backends = tuple(
                replace(b, endpoints=(Target("127.0.0.1", self.port(str(b)), ""),))
                for b in one.backends
            )
            return replace(one, backends=backends)

        def server(one: Server) -> Server:
            return replace(one, entries=tuple(map(entry, one.entries)))

        return replace(
            table, servers=tuple(map(server, table.servers)), default=server(table.default)
        )


@pytest.fixture
def backends() -> Iterator[Backends]:
    made = Backends()
    yield made
    made.stop()


def _ask(case: Case, listen: Listen) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", listen.http, timeout=5)
    # By hand: http.client would tidy the target and the Host header.
    connection.putrequest(case.request.method, case.request.target, skip_host=True)
    connection.putheader("Host", case.raw_host)
    for name, value in case.request.headers:
        connection.putheader(name, value)
    connection.endheaders()
    return connection.getresponse()


@pytest.mark.parametrize(("name", "cases"), BY_TABLE, ids=[name for name, _ in BY_TABLE])
def test_nginx_answers_as_the_real_controller_did(
    name: str, cases: list[Case], backends: Backends, tmp_path: Path
) -> None:
    listen = Listen("127.0.0.1", *free_ports(3))
    table = backends.redirect(cases[0].table)
    text = Configuration(table, listen, tmp_path, {"": write_fake(tmp_path)}).text()
    with (tmp_path / "nginx.log").open("w+") as log:
        nginx = Nginx(tmp_path, log)
        try:
            loaded = nginx.load(text)
            if cases[0].observed.get("refused"):
                assert not loaded, "the real controller could not load this, our nginx could"
                return
            assert loaded, (tmp_path / "nginx.log").read_text()
            wait_for(lambda: _listens(listen), 5, "nginx listens")
            for case in cases:
                if case.request.scheme == "http":
                    assert _seen(case, _ask(case, listen)) == observed_fields(case), case.request
        finally:
            nginx.stop()


def _seen(case: Case, answer: http.client.HTTPResponse) -> dict[str, Any]:
    assert VIA in (answer.headers["Via"] or ""), "an answer that does not say who sent it"
    location = answer.headers["Location"]
    return {
        "status": answer.status,
        "upstreamPath": answer.headers["X-Target"],
        "backend": canonical(answer.headers["X-Backend"], case.snapshot),
        # nginx writes the port it listens on, which is 80 in the measurement.
        "location": location and re.sub(r"^(https?://[^/:]+):\d+", r"\1", location),
    }


def _listens(listen: Listen) -> bool:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", listen.health, timeout=1)
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
