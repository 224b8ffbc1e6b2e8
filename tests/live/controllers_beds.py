"""A real API server with the lab's controllers instead of kube-controller-manager."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from kubectl_ingress.lab import controllers
from kubectl_ingress.lab.background import Background
from tests.realcluster.api import HttpApi
from tests.realcluster.cluster import RealCluster
from tests.realcluster.testbed import Bed, BedOptions


@dataclass
class LabCluster(RealCluster):
    """etcd and the API server; where the controller manager would start, ours do."""

    background: Background = field(default_factory=Background)

    def _run(self, name: str, **flags: object) -> None:
        if name != "controller-manager":
            super()._run(name, **flags)
            return

        async def begin() -> None:
            api = HttpApi(self.url, self.tokens["bed"], self.ca_file)
            controllers.start(self.background.spawn, api, self.ca_file.read_text())

        self.background.call(begin())


class LabBed(Bed):
    """The bed with the lab's controllers."""

    def __init__(self, binary: Path, directory: Path, options: BedOptions) -> None:
        super().__init__(binary, directory, options)
        self.cluster = LabCluster(binary, directory / "cluster", background=self._background)
