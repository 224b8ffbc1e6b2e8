"""A RouteTable as an nginx configuration.

Only the matching is nginx's own here: which server and which location takes a
request is decided by nginx from names and locations, so that it can disagree
with the model. What an action does is written out.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from kubectl_ingress.controllers._ingress_nginx.answers import BodyLimit
from kubectl_ingress.controllers._ingress_nginx.rewriting import (
    EmptyPath,
    Rewrite,
    RewriteRedirect,
)
from kubectl_ingress.core.actions import (
    Action,
    Forward,
    RedirectToHttps,
    Reply,
)
from kubectl_ingress.core.request import Backend
from kubectl_ingress.core.table import Entry, MatchKind, RouteTable, Server
from kubectl_ingress.dataplane.server import SENT_ON, VIA, Certificates, Listen


@dataclass
class Configuration:
    """Builds one configuration; `text` is one character per byte (Latin-1)."""

    table: RouteTable
    listen: Listen
    directory: Path
    certificates: Certificates
    _upstreams: dict[str, Backend] = field(default_factory=dict)

    def text(self) -> str:
        """The whole nginx.conf."""
        servers = [self._server(self.table.default)]
        servers += [self._server(server) for server in self.table.servers]
        upstreams = [_upstream(name, backend) for name, backend in self._upstreams.items()]
        lines = [*self._head(), *_flat(upstreams), *self._health(), *_flat(servers), "}"]
        return "\n".join(lines) + "\n"

    def _head(self) -> list[str]:
        temp = [
            f"  {name}_temp_path {_quoted(str(self.directory / name))};"
            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        ]
        return [
            "# Made by kubectl ingress from its own routing model. This is not ingress-nginx.",
            "daemon off;",
            *_user(),
            "worker_processes 1;",
            # A reload must not leave workers with old routes behind idle connections.
            "worker_shutdown_timeout 1s;",
            f"pid {_quoted(str(self.directory / 'nginx.pid'))};",
            "error_log stderr warn;",
            "events { worker_connections 1024; }",
            "http {",
            "  access_log off;",
            "  server_tokens off;",
            "  server_names_hash_bucket_size 512;",
            "  variables_hash_bucket_size 256;",
            "  proxy_http_version 1.1;",
            "  proxy_connect_timeout 5s;",
            "  proxy_redirect off;",
            f"  add_header Via '1.1 {VIA}' always;",
            # ingress-nginx cuts one trailing slash when it redirects to https.
            "  map $request_uri $uri_cut { '~^(?<cut>.*)/$' $cut; default $request_uri; }",
            *temp,
        ]

    def _health(self) -> list[str]:
        return [
            "  server {",
            f"    listen {_address(self.listen.address, self.listen.health)};",
            "    location = /healthz { return 200; }",
            "  }",
        ]

    def _server(self, server: Server) -> list[str]:
        if server.first or server.names:
            raise NotImplementedError("aliases, and what a server does before its locations")
        default = " default_server" if not server.host else ""
        files = self.certificates.get(server.host) or self.certificates[""]
        lines = [
            "  server {",
            f"    listen {_address(self.listen.address, self.listen.http)}{default};",
            f"    listen {_address(self.listen.address, self.listen.https)} ssl{default};",
            f"    server_name {_server_name(server.host)};",
            f"    ssl_certificate {_quoted(str(files.certificate))};",
            f"    ssl_certificate_key {_quoted(str(files.key))};",
        ]
        for entry in server.entries:
            # What the model says nginx adds by itself, nginx shall add by itself.
            if not entry.implied:
                lines += self._location(entry)
        return [*lines, "  }"]

    def _location(self, entry: Entry) -> list[str]:
        sign = {MatchKind.EXACT: "= ", MatchKind.PREFIX: "", MatchKind.REGEX: "~* "}
        head = f"    location {sign[entry.matcher.kind]}{_quoted(entry.matcher.text)} {{"
        body = [line for action in entry.actions for line in self._action(action)]
        return [head, *(f"      {line}" for line in body), "    }"]

    def _action(self, action: Action) -> list[str]:
        match action:
            case BodyLimit(limit=limit):
                return [f"client_max_body_size {limit};"]
            case EmptyPath():
                # nginx sees that itself.
                return []
            case Reply(status=status):
                return [f"return {status};"]
            case RedirectToHttps(status=status):
                return [f"if ($scheme = http) {{ return {status} https://$host$uri_cut; }}"]
            case RewriteRedirect(rewrite=rewrite):
                return [_rewrite(rewrite, "")]
            case Forward(backends=backends, rewrite=rewrite):
                lines = []
                if isinstance(rewrite, Rewrite):
                    lines.append(_rewrite(rewrite, " break"))
                return [*lines, *_HEADERS, f"proxy_pass http://{self._upstream_name(backends[0])};"]
            case _:
                raise NotImplementedError(type(action).__name__)

    def _upstream_name(self, backend: Backend) -> str:
        # A name from a digest: the real one may hold what nginx takes apart.
        name = "u" + hashlib.sha256(str(backend).encode()).hexdigest()[:16]
        self._upstreams[name] = backend
        return name


_HEADERS = tuple(f"proxy_set_header {name} ${variable};" for name, variable in SENT_ON)


def _rewrite(rewrite: Rewrite, flag: str) -> str:
    pattern, replacement = _quoted("(?i)" + rewrite.pattern), _quoted(str(rewrite.text))
    return f"rewrite {pattern} {replacement}{flag};"


def _upstream(name: str, backend: Backend) -> list[str]:
    servers = [
        f"    server {_address(e.address, e.port)} max_fails=0;"
        for e in backend.endpoints
        if e.ready
    ]
    return [f"  upstream {name} {{", *servers, "  }"]


def _server_name(host: str) -> str:
    if not host:
        return "_"
    if host.startswith("*."):
        # One label, as ingress-nginx writes wildcards; nginx's own take many.
        return _quoted(rf"~^[\w-]+\.{re.escape(host[2:])}$")
    return _quoted(host)


def _address(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _user() -> list[str]:
    """As root the workers would be nobody, who cannot write to a directory of ours."""
    return ["user root;"] if os.geteuid() == 0 else []


# In this order: the backslash first.
_ESCAPES = (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"))


def _quoted(text: str) -> str:
    """A word of the configuration, whatever it holds: nothing from a cluster may end it."""
    escaped = text
    for character, written in _ESCAPES:
        escaped = escaped.replace(character, written)
    return f'"{escaped}"'


def _flat(blocks: Iterable[list[str]]) -> list[str]:
    return [line for block in blocks for line in block]
