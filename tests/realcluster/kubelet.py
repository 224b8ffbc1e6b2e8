"""The played node with the part of a kubelet's own API that `kubectl logs` needs."""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from kubectl_ingress.lab import certs
from kubectl_ingress.lab.kubelet.machines import KUBELET_PORT, Machine
from kubectl_ingress.lab.kubelet.node import Node
from kubectl_ingress.lab.serving import HttpServer, Request, Response


class LogServer:
    """Serves containers' logs where the API server asks for them: as they are now.

    It does not follow: `kubectl logs -f` prints what there is, and ends.
    """

    def __init__(self, log_of: Callable[[str, str, str], Path]) -> None:
        self._log_of = log_of
        self._servers: list[HttpServer] = []

    async def listen(self, addresses: Iterable[str]) -> None:
        """Listen at exactly these addresses."""
        for server in self._servers:
            await server.close()
        self._servers = [HttpServer(ip, KUBELET_PORT, self._answer, _tls(ip)) for ip in addresses]
        for server in self._servers:
            await server.open()

    def _answer(self, request: Request) -> Response:
        match request.path.strip("/").split("/"):
            case ["containerLogs", namespace, pod, container]:
                file = self._log_of(namespace, pod, container)
            case _:
                return Response(404, "404 page not found\n")
        lines = file.read_text(errors="replace").splitlines(True) if file.exists() else []
        tail = parse_qs(urlsplit(request.target).query).get("tailLines", [""])[0]
        if tail:
            lines = lines[len(lines) - min(int(tail), len(lines)) :]
        return Response(200, "".join(lines))


def _tls(ip: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    pair = certs.Authority("kubelet").issue("kubelet", [ip])
    with tempfile.TemporaryDirectory() as directory:
        certificate, key = Path(directory, "crt"), Path(directory, "key")
        certificate.write_bytes(pair.certificate)
        key.write_bytes(pair.key)
        context.load_cert_chain(certificate, key)
    return context


class ServingNode(Node):
    """The machines, each with the server that the API server asks for logs."""

    _logs: LogServer | None = None

    async def register(self, machines: list[Machine]) -> None:
        """Make the cluster's nodes exactly these machines."""
        await super().register(machines)
        self._logs = self._logs or LogServer(self.log_of)
        await self._logs.listen(self.addresses)

    async def close(self) -> None:
        """Stop serving."""
        if self._logs is not None:
            await self._logs.listen([])
