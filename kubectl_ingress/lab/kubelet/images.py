"""The images that are played, and how the programs in them behave."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from kubectl_ingress.lab.kubelet.certgen import Certgen
from kubectl_ingress.lab.kubelet.controller import IngressController
from kubectl_ingress.lab.kubelet.curl import Curl
from kubectl_ingress.lab.kubelet.workload import Container, Idle, Workload
from kubectl_ingress.lab.serving import HttpServer, Request, Response

if TYPE_CHECKING:
    from kubectl_ingress.lab.kubelet.node import Node

Maker = Callable[[Container, "Node"], Workload]

FLASK_NOT_FOUND = """\
<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">
<title>404 Not Found</title>
<h1>Not Found</h1>
<p>The requested URL was not found on the server. If you entered the URL manually please check \
your spelling and try again.</p>
"""
FLASK_ROUTES = {"/", "/color", "/color/red", "/color/blue"}
FLASK_HEADERS = (("Server", "Werkzeug/1.0.1 Python/3.8"), ("Connection", "close"))

# A kubelet waits 30 s before it ends a container by force. Here a controller hears of an
# endpoint that goes within half a second, on a busy machine within two.
LONGEST_STAY = 2.0


class WebServer:
    """A program that serves HTTP on one port of its pod."""

    def __init__(
        self,
        container: Container,
        port: int,
        answer: Callable[[Request], Response],
        *,
        stays: bool = False,
    ) -> None:
        """`stays` is whether it goes on when it is asked to end, until it is forced to."""
        self._container, self._answer, self._stays = container, answer, stays
        self._server = HttpServer(container.ip, container.ports.take(port), self._log_and_answer)

    async def start(self) -> None:
        """See Workload."""
        await self._server.open()

    def exit_code(self) -> int | None:
        """See Workload."""
        return None

    async def stop(self, grace: float) -> None:
        """See Workload."""
        if self._stays:
            await asyncio.sleep(min(grace, LONGEST_STAY))
        await self._server.close()

    def _log_and_answer(self, request: Request) -> Response:
        response = self._answer(request)
        # Probes would drown what the tests sent.
        if not request.headers.get("user-agent", "").startswith("kube-probe/"):
            line = f'{request.client} "{request.method} {request.target}" {response.status}'
            self._container.write_log(line)
        return response


def flask_sample(container: Container, _node: Node) -> Workload:
    """The sample application of the project: four routes, and Flask's page for the rest."""

    def answer(request: Request) -> Response:
        if request.path in FLASK_ROUTES:
            body = f"Container Hostname : {container.name} "
            return Response(200, body, "text/html; charset=utf-8", FLASK_HEADERS)
        return Response(404, FLASK_NOT_FOUND, "text/html", FLASK_HEADERS)

    # Python does nothing about SIGTERM, and Linux does not end a container's first process by it.
    return WebServer(container, 5000, answer, stays=True)


def agnhost(container: Container, _node: Node) -> Workload:
    """Kubernetes' own test image, with the two of its servers that routes are tested with."""
    if "netexec" in container.words:
        port = int(container.flag("http-port", "8080"))
        return WebServer(container, port, lambda request: _netexec(container, request))
    if "serve-hostname" in container.words:
        port = int(container.flag("port", "9376"))
        # It sleeps for a minute after SIGTERM, "awaiting pod deletion", and serves meanwhile.
        return WebServer(container, port, lambda _: Response(200, container.name), stays=True)
    return Idle()


def _netexec(container: Container, request: Request) -> Response:
    query = parse_qs(urlsplit(request.target).query)
    match request.path:
        case "/hostname" | "/hostName":
            return Response(200, container.name)
        case "/clientip":
            return Response(200, request.client)
        case "/header":
            return Response(200, request.headers.get(query.get("key", [""])[0].lower(), ""))
        case "/echo":
            status = int(query.get("code", ["200"])[0])
            return Response(status, query.get("msg", [""])[0])
        case "/" | "/healthz":
            return Response(200, "NOW: 2026-01-01 00:00:00 +0000 UTC" * (request.path == "/"))
    return Response(404, "404 page not found\n")


def whoami(container: Container, _node: Node) -> Workload:
    """Traefik's sample: the pod, and the request as it arrived."""

    def answer(request: Request) -> Response:
        lines = [f"Hostname: {container.name}", f"IP: {container.ip}"]
        lines.append(f"{request.method} {request.target} HTTP/1.1")
        lines += [f"{name.title()}: {value}" for name, value in request.headers.items()]
        return Response(200, "\n".join(lines) + "\n")

    return WebServer(container, int(container.flag("port", "80")), answer)


def echo_basic(container: Container, _node: Node) -> Workload:
    """The Gateway API's conformance image: the request as JSON, with the pod's name."""

    def answer(request: Request) -> Response:
        variables = container.environment
        headers: dict[str, list[str]] = {k.title(): [v] for k, v in request.headers.items()}
        body = {
            "path": request.target,
            "host": request.headers.get("host", ""),
            "method": request.method,
            "proto": "HTTP/1.1",
            "headers": headers,
            "namespace": variables.get("NAMESPACE", ""),
            "pod": variables.get("POD_NAME", ""),
        }
        return Response(200, json.dumps(body, indent=1), "application/json")

    return WebServer(container, 3000, answer)


#: Part of an image's name -> its program; the first that fits is taken, and an image that
#: fits nothing just runs. Tests may put rows in front of their node's copy of it.
IMAGES: tuple[tuple[str, Maker], ...] = (
    ("kube-webhook-certgen", Certgen),
    # Mirrors keep the last two parts of the name.
    ("ingress-nginx/controller", IngressController),
    ("alicek106/ingress-annotation-test", flask_sample),
    ("agnhost", agnhost),
    ("traefik/whoami", whoami),
    ("gateway-api/conformance/echo-basic", echo_basic),
    # Whoever keeps a copy of it mostly keeps its name.
    ("/curl:", Curl),
)
