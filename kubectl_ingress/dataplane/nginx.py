"""A RouteTable as an nginx configuration.

Which server and which location takes a request is decided by nginx from names
and locations, and what becomes of it there by nginx's own directives, so that
it can disagree with the model (tests/dataplane/test_differential.py).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct, field

from kubectl_ingress.controllers._ingress_nginx.canary import Headers, Split
from kubectl_ingress.controllers._ingress_nginx.known import SOMETIMES
from kubectl_ingress.controllers._ingress_nginx.sight import Sight
from kubectl_ingress.controllers._ingress_nginx.variables import OF_THE_TEMPLATE
from kubectl_ingress.core.paths import as_bytes
from kubectl_ingress.core.table import RouteTable, Server
from kubectl_ingress.dataplane.nginx_servers import ServerBlock
from kubectl_ingress.dataplane.nginx_shared import Shared
from kubectl_ingress.dataplane.nginx_words import DOLLAR, address, block, quoted
from kubectl_ingress.dataplane.seen import actions_of, sight_of
from kubectl_ingress.dataplane.server import (
    SENT_ON,
    VIA,
    CertificateFiles,
    Certificates,
    Listen,
)

TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
"""Directories of nginx's own, beside its configuration."""

_LEAST_HASH = 512


class Configuration(Struct):
    """Builds one configuration; `said` is what could not be written, in sentences."""

    table: RouteTable
    listen: Listen
    directory: Path
    certificates: Certificates
    said: list[str] = field(default_factory=list)

    def text(self) -> str:
        """The whole nginx.conf, one character per byte (Latin-1)."""
        shared = Shared(self.directory)
        sight = sight_of(self.table)
        headers = tuple(_headers(sight, shared))
        writer = ServerBlock(shared, self.listen, headers, self.said.append)
        servers = [
            line
            for server in self._servers()
            for line in writer.lines(server, self._files(server), server is self.table.default)
        ]
        lines = (*self._head(), *self._receiving(sight), *headers, *_variables())
        http = (*lines, *shared.lines(), *self._own_server(), *servers)
        return "\n".join((*self._main(), *block("http", http), ""))

    def _servers(self) -> tuple[Server, ...]:
        """The default one stands where its patterns do, if it has any."""
        servers, default = self.table.servers, self.table.default
        return servers if any(s is default for s in servers) else (default, *servers)

    def _files(self, server: Server) -> CertificateFiles:
        return self.certificates.get(server.host) or self.certificates[""]

    def _main(self) -> list[str]:
        return [
            "# Made by kubectl ingress from its own routing model. This is not ingress-nginx.",
            "daemon off;",
            *_user(),
            "worker_processes 1;",
            # As the real controller: an answer begun before a reload may take its time.
            "worker_shutdown_timeout 240s;",
            f"pid {quoted(str(self.directory / 'nginx.pid'))};",
            "error_log stderr warn;",
            "events { worker_connections 1024; }",
        ]

    def _head(self) -> list[str]:
        names = sum(max(len(server.names), 1) for server in self.table.servers)
        size = max(_LEAST_HASH, 1 << names.bit_length())
        return [
            "access_log off;",
            "server_tokens off;",
            # Whatever a location looks for here, it is not there.
            f"root {quoted(str(self.directory / 'nothing'))};",
            "port_in_redirect off;",
            "server_names_hash_bucket_size 512;",
            f"server_names_hash_max_size {size};",
            "variables_hash_bucket_size 256;",
            "variables_hash_max_size 8192;",
            "map_hash_bucket_size 512;",
            "map_hash_max_size 8192;",
            "proxy_http_version 1.1;",
            "proxy_connect_timeout 5s;",
            "proxy_redirect off;",
            f"add_header Via '1.1 {VIA}' always;",
            *(f"{name}_temp_path {quoted(str(self.directory / name))};" for name in TEMPORARY),
        ]

    def _receiving(self, sight: Sight) -> Iterator[str]:
        """Which headers of clients are looked at, and who is believed to be the client."""
        headers = self._looked_at()
        if headers.underscores:
            yield "underscores_in_headers on;"
        if headers.strange:
            yield "ignore_invalid_headers off;"
        if sight.headers or sight.real_ip:
            yield from (f"set_real_ip_from {network};" for network in sight.trusted)
            yield f"real_ip_header {quoted(as_bytes(sight.client_header))};"
            yield "real_ip_recursive on;"

    def _looked_at(self) -> Headers:
        splits = (one for one in actions_of(self.table) if isinstance(one, Split))
        return next((split.headers for split in splits), Headers())

    def _own_server(self) -> list[str]:
        lines = [
            f"listen {address(self.listen.address, self.listen.health)};",
            "location = /healthz { return 200; }",
            # Never taken: it makes nginx know the variables that the controller's template sets.
            *block("location = /variables", (f'set ${name} "";' for name in sorted(_UNSET))),
        ]
        return block("server", lines)


_MAPPED = frozenset({DOLLAR, "best_http_host", "pass_access_scheme"})
_UNSET = (OF_THE_TEMPLATE | SOMETIMES) - _MAPPED


def _variables() -> Iterator[str]:
    """Those of the template: two are what they are before the controller has looked at headers."""
    yield f'geo ${DOLLAR} {{ default "$"; }}'
    yield "map $http_host $best_http_host { default $http_host; }"
    yield "map $scheme $pass_access_scheme { default $scheme; }"


def _headers(sight: Sight, shared: Shared) -> Iterator[str]:
    """What endpoints are sent beside the client's own headers."""
    seen = {
        "http_host": shared.authority(sight),
        "scheme": shared.scheme(sight),
        "server_port": shared.port(sight),
    }
    for name, variable in SENT_ON:
        value = seen[variable] if sight.headers and variable in seen else f"${variable}"
        yield f"proxy_set_header {name} {value};"


def _user() -> list[str]:
    """As root the workers would be nobody, who cannot write to a directory of ours."""
    return ["user root;"] if os.geteuid() == 0 else []
