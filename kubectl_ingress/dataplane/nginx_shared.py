"""What stands beside the servers of an nginx configuration, each thing once: upstreams, maps."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct, field

from kubectl_ingress.controllers._ingress_nginx.sight import Sight
from kubectl_ingress.core.request import Backend
from kubectl_ingress.dataplane.nginx_words import (
    NotWritten,
    address,
    block,
    name_of,
    quoted,
)

# Smallest part of all requests that split_clients can be told, in hundredths of a percent.
_PARTS = 10_000


class Shared(Struct):
    """Collects blocks under names made of their content; text has one character per byte."""

    directory: Path
    _blocks: dict[str, list[str]] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """All that has been asked for."""
        return [line for lines in self._blocks.values() for line in lines]

    def upstream(self, backend: Backend) -> str:
        """The name of a backend's ready endpoints. Raises NotWritten for an odd status."""
        ready = [one for one in backend.endpoints if one.ready]
        if backend.status is not None or not ready:
            return self._nobody(backend.status or 502)
        name = name_of("upstream", backend.namespace, backend.service, backend.port)
        servers = [f"server {address(one.address, one.port)} max_fails=0;" for one in ready]
        self._blocks[name] = block(f"upstream {name}", servers)
        return name

    def _nobody(self, status: int) -> str:
        """An upstream where nobody listens, for what is answered with 502."""
        if status != 502:
            raise NotWritten(f"a share of the requests that is answered with {status}")
        socket = quoted(f"unix:{self.directory / 'nobody'}")
        self._blocks["ki_nobody"] = block("upstream ki_nobody", [f"server {socket} max_fails=0;"])
        return "ki_nobody"

    def map(self, source: str, rows: Iterable[tuple[str, str]], default: str = "") -> str:
        """A variable that depends on others: the value of the first row that `source` has.

        `source` is text with variables, and values are words as `quoted` or
        `plain` make them. A row begins with ``~`` and a pattern, or with the
        whole text in lower case.
        """
        lines = [f"{_key(text)} {value};" for text, value in rows]
        lines.append(f"default {default or quoted('')};")
        name = name_of("map", source, *lines)
        self._blocks[name] = block(f"map {quoted(source)} ${name}", lines)
        return f"${name}"

    def share(self, weight: int, total: int) -> str:
        """``canary`` for `weight` of `total` requests, each for itself, and ``main`` for others."""
        if weight in (0, total):
            return "canary" if weight else "main"
        parts = min(max(round(weight * _PARTS / total), 1), _PARTS - 1)
        name = name_of("share", parts)
        lines = [f"{parts // 100}.{parts % 100:02}% canary;", "* main;"]
        self._blocks[name] = block(f"split_clients $request_id ${name}", lines)
        return f"${name}"

    def zone(self, kind: str, counted: str, *, rate: str = "") -> str:
        """The name of what remembers how much each client asks for.

        `kind` is ``req`` or ``conn``, `counted` the variable of who is counted: "" is not.
        """
        name = name_of("zone", kind, counted, rate)
        end = f" rate={rate}" if rate else ""
        self._blocks[name] = [f"limit_{kind}_zone {counted} zone={name}:5m{end};"]
        return name

    def clients_but(self, owner: str, free: Iterable[object]) -> str:
        """A variable that is each client of an Ingress, and "" for those in some networks."""
        networks = [f"{network} {quoted('')};" for network in free]
        name = name_of("clients", owner, *networks)
        self._blocks[name] = block(f"geo ${name}", ["default 1;", *networks])
        return self.map(f"${name}", [("1", "$binary_remote_addr")])

    def scheme(self, sight: Sight) -> str:
        """The variable of what is taken for the client's scheme."""
        if not sight.headers:
            return "$scheme"
        return self._or("$http_x_forwarded_proto", "$scheme")

    def authority(self, sight: Sight) -> str:
        """That of the host, its port included where the client has sent it."""
        own = self._or("$http_host", "$host")
        if not sight.headers:
            return own
        first = [("", own), ("~^(?<ki_first>[^,]*)", "$ki_first")]
        return self.map("$http_x_forwarded_host", first)

    def host(self, sight: Sight) -> str:
        """That of the host alone, as it was sent."""
        return self.map(self.authority(sight), [("~^(?<ki_host>[^:]*)", "$ki_host")])

    def port(self, sight: Sight) -> str:
        """That of the port that the client connects to."""
        if not sight.headers:
            return "$server_port"
        return self._or("$http_x_forwarded_port", "$server_port")

    def cut_uri(self) -> str:
        """The raw request target without a final slash."""
        return self.map("$request_uri", [("~^(?<ki_cut>.*)/$", "$ki_cut")], "$request_uri")

    def _or(self, first: str, second: str) -> str:
        return self.map(first, [("", second)], first)


def _key(text: str) -> str:
    # With a backslash before it, no text is a word of map's own.
    return quoted(text if text.startswith("~") or not text else f"\\{text}")


def literal(text: str) -> str:
    """A pattern of PCRE that finds nothing but this text, one character per byte."""
    return "".join(_sign(sign) for sign in text)


def _sign(sign: str) -> str:
    if sign == ".":
        return r"\."
    plain = (sign.isalnum() and sign.isascii()) or sign in "-_/:"
    return sign if plain else f"\\x{ord(sign):02x}"
