"""How nginx reads a request: the host it compares, the path, and the listener."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kubectl_ingress.core.paths import normalise
from kubectl_ingress.core.request import Request

_CONTROLS = re.compile(r"[\x00-\x20\x7f]")


def read_host(host: str) -> str | None:
    """Lower case, without port and final dot; None where it is empty or malformed.

    ngx_http_validate_host.
    """
    if host.startswith("["):
        name, bracket, _ = host.partition("]")
        return f"{name}]".lower() if bracket else None
    name = host.partition(":")[0].removesuffix(".").lower()
    return None if not name or ".." in name or "/" in name or _CONTROLS.search(name) else name


def read_path(raw: str) -> str | None:
    """Decoded, with dots resolved and slashes merged; a fragment is cut off."""
    return None if _CONTROLS.search(raw) else normalise(raw.partition("#")[0])


def shown_host(request: Request) -> str:
    """$host: what stands in Location headers."""
    return read_host(request.host) or ""


@dataclass(frozen=True, slots=True)
class Listeners:
    """The ports on which anybody listens, http or https, beside the usual ones."""

    http: int
    https: int
    more: frozenset[int] = frozenset()

    def port(self, request: Request) -> int:
        """The port that a request came by; one that nobody listens on was only written."""
        if request.port in self.more:
            return request.port or 0
        return self.https if request.scheme == "https" else self.http


@dataclass(frozen=True, slots=True)
class Listens:
    """The server is there on the port that a request came by."""

    listeners: Listeners
    http: tuple[int, ...]
    https: tuple[int, ...]

    def met(self, request: Request) -> bool:
        """Whether it is."""
        ports = self.https if request.scheme == "https" else self.http
        return self.listeners.port(request) in ports

    def has(self, port: int) -> bool:
        """Whether it is there on a port, by http or https."""
        return port in self.http or port in self.https

    def __str__(self) -> str:
        return f"port {', '.join(map(str, (*self.http, *self.https)))}"
