"""One server of an nginx configuration: its names, what it does first, its locations."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.controllers._ingress_nginx.redirects import AppRoot, MissingSlash, WwwRedirect
from kubectl_ingress.core.actions import Action, Reply
from kubectl_ingress.core.hosts import HostName, NameKind, parse_host_name
from kubectl_ingress.core.paths import as_bytes
from kubectl_ingress.core.table import Entry, Server
from kubectl_ingress.dataplane.nginx_locations import Location
from kubectl_ingress.dataplane.nginx_shared import Shared, literal
from kubectl_ingress.dataplane.nginx_words import (
    NotWritten,
    address,
    block,
    quoted,
    without_variables,
)
from kubectl_ingress.dataplane.server import CertificateFiles, Listen

Say = Callable[[str], None]


class ServerBlock(Struct, frozen=True):
    """Writes servers; `headers` are what endpoints are sent, `say` tells what cannot be written."""

    shared: Shared
    listen: Listen
    headers: tuple[str, ...]
    say: Say

    def lines(self, server: Server, files: CertificateFiles, default: bool) -> list[str]:
        """The whole block."""
        return block("server", self._directives(server, files, default))

    def _directives(self, server: Server, files: CertificateFiles, default: bool) -> Iterator[str]:
        listen, mark = self.listen, " default_server" if default else ""
        yield f"listen {address(listen.address, listen.http)}{mark};"
        yield f"listen {address(listen.address, listen.https)} ssl{mark};"
        yield f"server_name {' '.join(_names(server))};"
        yield f"ssl_certificate {quoted(str(files.certificate))};"
        yield f"ssl_certificate_key {quoted(str(files.key))};"
        for action in server.first:
            yield from self._first(action)
        yield from self._locations(server)

    def _locations(self, server: Server) -> Iterator[str]:
        implied = {
            f"{entry.matcher.text}/": action
            for entry in server.entries
            for action in entry.actions
            if entry.implied and isinstance(action, MissingSlash)
        }
        named: dict[str, list[str]] = {}
        for entry in server.entries:
            # What the model says nginx adds by itself, nginx shall add by itself.
            if entry.implied:
                continue
            slash = implied.get(entry.matcher.text)
            location = Location(self.shared, self.headers)
            try:
                yield from location.block(entry, slash)
                named |= location.named
            except NotWritten as why:
                self.say(f"{_owner(entry)}: nginx cannot be told {why}: its paths answer 503")
                yield from Location(self.shared, self.headers).block(_unserved(entry), slash)
        for lines in named.values():
            yield from lines

    def _first(self, action: Action) -> Iterator[str]:
        match action:
            case AppRoot(target=target):
                where = quoted(f"$scheme://$http_host{target}")
                yield f"if ($uri = /) {{ return {action.status} {where}; }}"
            case WwwRedirect():
                yield from self._www(action)
            case Reply(status=status):
                yield f"return {status};"
            case _:
                self.say(f"nginx cannot be told {type(action).__name__}: a whole host answers 503")
                yield "return 503;"

    def _www(self, action: WwwRedirect) -> Iterator[str]:
        sight, shared = action.sight, self.shared
        scheme, target = shared.scheme(sight), shared.cut_uri()
        host = without_variables(as_bytes(action.host))
        ports = [("https", str(action.https_port)), ("http", str(action.http_port))]
        port = shared.map("$scheme", ports)
        if sight.headers:
            port = shared.map("$http_x_forwarded_port", [("", port)], "$http_x_forwarded_port")
        yield f"return {action.status} {quoted(f'{scheme}://{host}:{port}{target}')};"


def _owner(entry: Entry) -> str:
    return f"Ingress {entry.route.ingress}" if entry.route else "the controller's settings"


def _unserved(entry: Entry) -> Entry:
    return replace(entry, actions=(Reply(503),))


def _names(server: Server) -> Iterator[str]:
    if not server.host:
        yield "_"
    own = (parse_host_name(server.host),) if server.host else ()
    yield from map(_name, server.names or own)


def _name(name: HostName) -> str:
    if name.kind is NameKind.LABEL:
        # One label, as ingress-nginx writes wildcards; nginx's own take many.
        return quoted(rf"~^(?<subdomain>[\w-]+)\.{literal(as_bytes(name.text))}$")
    text = str(name)
    return quoted(text if name.kind is NameKind.REGEX else as_bytes(text))
