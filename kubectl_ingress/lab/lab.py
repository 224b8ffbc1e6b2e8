"""The lab as a whole: everything in one process, from start to stop."""

from __future__ import annotations

import base64
import json
import secrets
import ssl
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field

from kubectl_ingress.lab import certs, controllers
from kubectl_ingress.lab.addresses import Addresses, Loopback
from kubectl_ingress.lab.apiserver.accounts import AUTHENTICATED, Accounts, User
from kubectl_ingress.lab.apiserver.front import Front
from kubectl_ingress.lab.apiserver.local import LocalApi
from kubectl_ingress.lab.apiserver.rbac import MASTERS
from kubectl_ingress.lab.apiserver.server import ApiServer
from kubectl_ingress.lab.background import Background
from kubectl_ingress.lab.bootstrap import bootstrap
from kubectl_ingress.lab.cloud.balancers import Cloud
from kubectl_ingress.lab.cloud.curl_config import CurlConfig
from kubectl_ingress.lab.cloud.services import Services
from kubectl_ingress.lab.clouds import Place
from kubectl_ingress.lab.kubelet.node import Node

NAME = "kubectl-ingress-lab"
ADDRESS = "127.0.0.1"
ADMIN = "admin"
_MASTERS = (MASTERS, AUTHENTICATED)


class Setup(Struct, frozen=True):
    """What a lab is to be. Port 0 is any free one; `directory` exists, and is its own."""

    directory: Path
    place: Place
    port: int = 0
    network: Addresses = field(default_factory=Loopback)
    users: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: {ADMIN: _MASTERS})


class Lab:
    """One lab. `node`, `cloud` and `names` have knobs that tests turn."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.background = Background()
        self.tokens = {user: secrets.token_urlsafe(32) for user in setup.users}
        known = {
            token: User(user, setup.users[user] or (AUTHENTICATED,))
            for user, token in self.tokens.items()
        }
        pods = setup.directory / "pods"
        self.server = ApiServer(Accounts(known), lambda *names: self.node.log_of(*names))
        api, network = LocalApi(self.server), setup.network
        self._api = api
        self.node = Node(self.background, api, network, self.kubeconfig(), pods)
        self._services = Services(self.background, api, network, lambda: self.node.addresses)
        curl = setup.directory / "curl"
        curl.mkdir(mode=0o700)
        self.names = CurlConfig(curl / ".curlrc")
        place = setup.place
        self.cloud = Cloud(self.background, api, network, self._services, self.names, place.domain)
        self.cloud.kind, self.cloud.assign = place.address, place.assigns
        self.cloud.delay, self.cloud.dns_delay = place.delay, place.dns_delay
        self._authority = certs.Authority(NAME)
        self._front: Front | None = None

    @property
    def failures(self) -> list[str]:
        """Faults of the lab itself."""
        return self.background.failures

    @property
    def url(self) -> str:
        """Where the API server listens; after `start`."""
        port = self._front.port if self._front is not None else 0
        return f"https://{ADDRESS}:{port}"

    @property
    def curl_home(self) -> Path:
        """CURL_HOME of commands that shall reach the load balancers."""
        return self.setup.directory / "curl"

    def kubeconfig(self, user: str = ADMIN) -> Path:
        """The kubeconfig of one of the users; there after `start`."""
        return self.setup.directory / f"{user}.kubeconfig"

    def start(self) -> None:
        """Start everything. Raises OSError where the port is taken."""
        self.background.start()
        self.background.call(self._start())
        for user in self.tokens:
            self._write_kubeconfig(user)

    def stop(self) -> None:
        """Stop everything, the data planes too. `start` may have failed half-way."""
        self.background.call(self._close())
        self.background.cancel()
        self.background.stop()
        if isinstance(self.setup.network, Loopback):
            self.setup.network.close()

    async def _start(self) -> None:
        port = self.setup.port or self.setup.network.take_port(ADDRESS, 0)
        front = Front(self.server, ADDRESS, port, self._tls(), self.node.dial)
        await front.open()
        self._front = front
        await bootstrap(self._api, port)
        controllers.start(
            self.background.spawn, self._api, self._authority.pair.certificate.decode()
        )
        await self.node.start(self.setup.place.machines)
        await self._services.start()

    async def _close(self) -> None:
        if self._front is not None:
            await self._front.close()

    def _tls(self) -> ssl.SSLContext:
        pair = self._authority.issue("kube-apiserver", [ADDRESS, "localhost", "kubernetes"])
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        # HTTP/2 is not spoken here.
        context.set_alpn_protocols(["http/1.1"])
        certificate, key = (self.setup.directory / f"apiserver.{end}" for end in ("crt", "key"))
        key.touch(mode=0o600)
        certificate.write_bytes(pair.certificate)
        key.write_bytes(pair.key)
        context.load_cert_chain(certificate, key)
        return context

    def _write_kubeconfig(self, user: str) -> None:
        ca = base64.b64encode(self._authority.pair.certificate).decode()
        reach = {"connectTo": str(self.curl_home / ".curlrc")}
        cluster = {
            "server": self.url,
            "certificate-authority-data": ca,
            "extensions": [{"name": "kubectl-ingress", "extension": reach}],
        }
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": NAME, "cluster": cluster}],
            "users": [{"name": user, "user": {"token": self.tokens[user]}}],
            "contexts": [{"name": NAME, "context": {"cluster": NAME, "user": user}}],
            "current-context": NAME,
        }
        file = self.kubeconfig(user)
        file.touch(mode=0o600)
        # JSON is YAML.
        file.write_text(json.dumps(config, indent=2) + "\n")
