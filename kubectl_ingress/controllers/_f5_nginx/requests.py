"""By which listener a request comes, and the host that nginx shows it."""

from __future__ import annotations

from msgspec import Struct

from kubectl_ingress.controllers._nginx import host_of
from kubectl_ingress.core.request import Request


def shown_host(request: Request) -> str:
    """$host: what stands in Location headers."""
    return host_of(request.host) or ""


class Listeners(Struct, frozen=True):
    """The ports on which anybody listens, http or https, beside the usual ones."""

    http: int
    https: int
    more: frozenset[int] = frozenset()

    def port(self, request: Request) -> int:
        """The port that a request came by; one that nobody listens on was only written."""
        if request.port in self.more:
            return request.port or 0
        return self.https if request.scheme == "https" else self.http


class Listens(Struct, frozen=True):
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
