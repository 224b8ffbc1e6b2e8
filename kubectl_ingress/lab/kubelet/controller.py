"""ingress-nginx's controller, played: our data plane as a process, and its webhook."""

from __future__ import annotations

import os
import ssl
import subprocess
from typing import TYPE_CHECKING

from kubectl_ingress.lab import programs
from kubectl_ingress.lab.kubelet.process import end, status_of
from kubectl_ingress.lab.kubelet.webhook import Webhook
from kubectl_ingress.lab.kubelet.workload import Container
from kubectl_ingress.lab.serving import Handler, HttpServer, Request, Response

if TYPE_CHECKING:
    from kubectl_ingress.lab.kubelet.node import Node

HTTP_PORT, HTTPS_PORT, HEALTH_PORT = 80, 443, 10254
# The manifests allow 300 s for clients to finish; tests have none that matter.
LONGEST_GRACE = 5.0
# Even one that is forced to end has children to end first.
SHORTEST_GRACE = 1.0


class IngressController:
    """The data plane of the package in a process of its own, or a stub that is just healthy."""

    def __init__(self, container: Container, node: Node) -> None:
        self._container, self._node = container, node
        self._process: subprocess.Popen[bytes] | None = None
        self._stub: HttpServer | None = None
        self._webhook: HttpServer | None = None

    async def start(self) -> None:
        """See Workload."""
        if self._node.dataplane_command is None:
            port = self._container.ports.take(HEALTH_PORT)
            self._stub = HttpServer(self._container.ip, port, _healthy)
            await self._stub.open()
        else:
            self._process = self._run([*self._node.dataplane_command, *self._arguments()])
        if address := self._container.flag("validating-webhook"):
            port = self._container.ports.take(int(address.rpartition(":")[2]))
            self._webhook = HttpServer(self._container.ip, port, self._review(), self._tls())
            await self._node.add_webhook(self._webhook)

    def exit_code(self) -> int | None:
        """See Workload."""
        return None if self._process is None else status_of(self._process)

    async def stop(self, grace: float) -> None:
        """See Workload."""
        if self._webhook is not None:
            await self._node.remove_webhook(self._webhook)
        if self._stub is not None:
            await self._stub.close()
        if self._process is not None:
            await end(self._process, max(SHORTEST_GRACE, min(grace, LONGEST_GRACE)))

    def _arguments(self) -> list[str]:
        words = self._container.words
        # The first word is the program's name in the real image.
        own = words[1:] if words and not words[0].startswith("-") else words
        take = self._container.ports.take
        ports = {"http": take(HTTP_PORT), "https": take(HTTPS_PORT), "health": take(HEALTH_PORT)}
        places = [f"--{name}-port={number}" for name, number in ports.items()]
        # Behind its own: where it listens here, the manifest cannot know.
        return [*own, "--exit-with-stdin", "--listen", self._container.ip, *places]

    def _run(self, command: list[str]) -> subprocess.Popen[bytes]:
        environment = programs.variables(os.environ) | {
            "KUBECONFIG": str(self._node.kubeconfig),
            "POD_NAME": self._container.name,
            "POD_NAMESPACE": self._container.namespace,
            "TMPDIR": str(self._container.directory),
        }
        with self._container.log.open("ab") as log:
            return subprocess.Popen(
                command,
                env=environment,
                # Never written to: its end tells that we are gone, however we ended.
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                # So that nginx, its child, can be ended with it.
                start_new_session=True,
            )

    def _review(self) -> Handler:
        container, node = self._container, self._node
        webhook = Webhook(node.api, container.words, container.namespace, node.admissions)
        webhook.judges = node.webhook_judges
        return webhook.answer

    def _tls(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        flags = "validating-webhook-certificate", "validating-webhook-key"
        certificate, key = (self._container.directory / flag for flag in flags)
        for file in (certificate, key):
            file.write_bytes(self._container.file(self._container.flag(file.name)))
        context.load_cert_chain(certificate, key)
        return context


def _healthy(request: Request) -> Response:
    return Response(200) if request.path == "/healthz" else Response(404)
