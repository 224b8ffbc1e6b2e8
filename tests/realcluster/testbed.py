"""What a test gets: a cluster with all that is played around it, and commands to use it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kubectl_ingress.lab.addresses import Network
from kubectl_ingress.lab.background import Background
from kubectl_ingress.lab.cloud.balancers import Cloud
from kubectl_ingress.lab.cloud.services import Services
from kubectl_ingress.lab.kubelet.machines import Machine, aws_machines
from tests.scenarios.world import World

from .api import HttpApi
from .cluster import RealCluster
from .dns import DnsServer
from .kubelet import ServingNode

REPO_ROOT = Path(__file__).resolve().parents[2]
NETWORK = "10.244.0."
DOMAIN = "eu-west-1.amazonaws.com"


@dataclass(frozen=True)
class BedOptions:
    """How a module wants its bed: ``BED_OPTIONS = BedOptions(...)`` at its top."""

    #: The nodes; None is one on AWS.
    machines: tuple[Machine, ...] | None = None
    #: What the cloud gives to load balancers.
    cloud: Literal["hostname", "ip"] = "hostname"


class Bed(World):
    """A running cluster, its node, its cloud, its name server, and kubectl."""

    def __init__(self, binary: Path, directory: Path, options: BedOptions) -> None:
        super().__init__(directory)
        self.domain = DOMAIN
        self.cluster = RealCluster(binary, directory / "cluster")
        self._background = Background()
        self._binary, self._options = binary, options
        self._api: HttpApi | None = None

    def start(self) -> None:
        """Start everything. ``stop`` is due afterwards even if this fails."""
        for directory in (self.bin_dir, self.home):
            directory.mkdir(parents=True)
        # kubectl is the bed's binary under another name.
        (self.bin_dir / "kubectl").symlink_to(self._binary)
        self._background.start()
        self.cluster.start()
        self._make_players()
        self._background.call(self._start_players())

    def stop(self) -> None:
        """Stop everything."""
        self._background.cancel()
        if self._api is not None:
            self._background.call(self._close_players(self._api))
        self._background.stop()
        self.cluster.stop()

    @property
    def failures(self) -> list[str]:
        """Faults of the bed itself; a run with any proves nothing."""
        return self._background.failures

    def kubeconfig(self, user: str = "admin") -> Path:
        """See Commands."""
        return self.cluster.kubeconfig(user)

    def check(self) -> None:
        """See Commands."""
        self.cluster.check()

    def _make_players(self) -> None:
        cluster = self.cluster
        api = self._api = HttpApi(cluster.url, cluster.tokens["bed"], cluster.ca_file)
        kubeconfig = cluster.kubeconfig()
        network = Network(NETWORK)
        pods = self.directory / "pods"
        self.node = ServingNode(self._background, api, network, kubeconfig, pods)
        self.services = Services(
            self._background, api, network, lambda: self.node.addresses, cluster_ips=True
        )
        self.dns = DnsServer()
        self.cloud = Cloud(self._background, api, network, self.services, self.dns, DOMAIN)
        self.cloud.kind = self._options.cloud

    async def _start_players(self) -> None:
        machines = self._options.machines
        await self.dns.open()
        await self.node.start(aws_machines() if machines is None else machines)
        await self.services.start()

    async def _close_players(self, api: HttpApi) -> None:
        await self.node.close()
        await self.dns.close()
        await api.close()
