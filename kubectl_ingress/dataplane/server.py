"""What serves a RouteTable: an nginx or the proxy of this package, behind one interface."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from kubectl_ingress.core.table import RouteTable

VIA = "kubectl-ingress-dataplane"

# What an endpoint is sent beside the client's own headers, each by the name of
# the nginx variable that holds it. ingress-nginx sends the client's address
# alone, whatever the client claims.
SENT_ON = (
    ("Host", "http_host"),
    ("X-Request-ID", "request_id"),
    ("X-Real-IP", "remote_addr"),
    ("X-Forwarded-For", "remote_addr"),
    ("X-Forwarded-Host", "http_host"),
    ("X-Forwarded-Port", "server_port"),
    ("X-Forwarded-Proto", "scheme"),
    ("X-Forwarded-Scheme", "scheme"),
    ("X-Scheme", "scheme"),
)


class Listen(Struct, frozen=True):
    """Where to listen: one address, with the ports for http, https and health checks."""

    address: str = "127.0.0.1"
    http: int = 80
    https: int = 443
    health: int = 10254


class CertificateFiles(Struct, frozen=True):
    """PEM files of one certificate (with its chain) and its key."""

    certificate: Path
    key: Path


Certificates = Mapping[str, CertificateFiles]
"""Host -> files; "" is the one for all others."""


class WebServer(Protocol):
    """Serves one RouteTable at a time."""

    def version(self) -> str:
        """What it is, for example ``nginx/1.22.1``."""

    def load(self, table: RouteTable, certificates: Certificates) -> bool:
        """Begin to serve a table, or change to it; False when it cannot be served.

        Then the old one stays: as with the real controller, whose routes freeze.
        Raises InputError where it cannot serve at all.
        """

    def stop(self) -> None:
        """End it, with the connections there are. Nothing happens where it does not run."""
