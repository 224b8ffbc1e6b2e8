"""Programs of other controllers, as far as their rollout shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubectl_ingress.lab.kubelet.certgen import Certgen
from kubectl_ingress.lab.kubelet.images import WebServer
from kubectl_ingress.lab.kubelet.probes import port_number
from kubectl_ingress.lab.kubelet.workload import Container, Idle, Workload
from kubectl_ingress.lab.serving import Response

if TYPE_CHECKING:
    from kubectl_ingress.lab.api import Api
    from kubectl_ingress.lab.kubelet.node import Node

# What makes certificates, and for whom.
_MADE = {
    "certgen": ("contourcert", "envoycert"),
    "generate-certs": ("server-tls", "agent-tls"),
}


class MakesSecrets(Certgen):
    """Makes Secrets under these names, with the rights of its own account, and ends."""

    def __init__(self, container: Container, node: Node, names: tuple[str, ...]) -> None:
        super().__init__(container, node)
        self._names = names

    async def _create(self, api: Api) -> None:
        for name in self._names:
            body = {"metadata": {"name": name}, "data": {"tls.crt": "eA==", "tls.key": "eA=="}}
            await api.create(self._secrets, body, agent="contour")

    _patch = _create


def controller(container: Container, node: Node) -> Workload:
    """Makes certificates where it is asked to; else it only answers its readiness probe."""
    for word, names in _MADE.items():
        if word in container.words:
            return MakesSecrets(container, node, names)
    probe = container.spec.get("readinessProbe", {})
    for way in ("httpGet", "tcpSocket"):
        if way in probe:
            port = port_number(container.spec, probe[way]["port"])
            return WebServer(container, port, lambda _: Response(200, ""))
    return Idle()


IMAGES = tuple(
    (part, controller)
    for part in (
        "projectcontour/contour",
        "envoyproxy/envoy",
        "nginx/nginx-ingress",
        "nginx-gateway-fabric",
        "kong",
        "haproxytech/kubernetes-ingress",
    )
)
