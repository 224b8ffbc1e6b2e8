"""The played node with what `kubectl logs` and `port-forward` need of a kubelet's own API."""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from kubectl_ingress.lab import certs, logs, portforward
from kubectl_ingress.lab.kubelet.machines import KUBELET_PORT, Machine
from kubectl_ingress.lab.kubelet.node import Node
from kubectl_ingress.lab.serving import HttpServer, Reader, Request, Response, Writer

DialPod = Callable[[str, str, int], Awaitable[tuple[Reader, Writer]]]
"""Connects to a port of a pod, by namespace and name."""


class LogServer:
    """Serves containers' logs where the API server asks for them, as they are now, and their ports.

    It does not follow: `kubectl logs -f` prints what there is, and ends.
    """

    def __init__(self, log_of: Callable[[str, str, str], Path], dial: DialPod) -> None:
        self._log_of, self._dial = log_of, dial
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
            case ["portForward", namespace, pod, *_]:
                return portforward.answer(
                    request, _ports(request), partial(self._dial, namespace, pod)
                )
            case _:
                return Response(404, "404 page not found\n")
        tail = parse_qs(urlsplit(request.target).query).get("tailLines", [""])[0]
        return Response(200, logs.read(file, tail))


def _ports(request: Request) -> list[int]:
    query = parse_qs(urlsplit(request.target).query)
    return [int(port) for port in query.get("port", [])]


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
    """The machines, each with the server that the API server asks for logs and ports."""

    _logs: LogServer | None = None

    async def register(self, machines: list[Machine]) -> None:
        """Make the cluster's nodes exactly these machines."""
        await super().register(machines)
        self._logs = self._logs or LogServer(self.log_of, self.dial)
        await self._logs.listen(self.addresses)

    async def close(self) -> None:
        """Stop serving."""
        if self._logs is not None:
            await self._logs.listen([])
