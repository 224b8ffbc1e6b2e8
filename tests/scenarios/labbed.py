"""The lab as a scenario's world, in the process of the test, so that its knobs are at hand."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from kubectl_ingress.lab.addresses import Addresses, Loopback
from kubectl_ingress.lab.clouds import PLACES
from kubectl_ingress.lab.kubelet.machines import aws_machines
from kubectl_ingress.lab.lab import Lab, Setup

from .world import World

AUTHENTICATED = ("system:authenticated",)
USERS = {"admin": ("system:masters",), "dev": AUTHENTICATED, "viewer": AUTHENTICATED}


class LabBed(World):
    """A lab that plays AWS, with the users of the test bed."""

    def __init__(
        self, kubectl: str | None, directory: Path, network: Addresses | None = None
    ) -> None:
        super().__init__(directory)
        for made in (self.bin_dir, self.home):
            made.mkdir(parents=True)
        if kubectl is not None:
            (self.bin_dir / "kubectl").symlink_to(kubectl)
        files = directory / "lab"
        files.mkdir()
        # As the test bed has it.
        place = replace(PLACES["aws"], machines=tuple(aws_machines()), dns_delay=0.0)
        self.domain = place.domain
        self.lab = Lab(Setup(files, place, network=network or Loopback(), users=USERS))
        self.node, self.cloud, self.dns = self.lab.node, self.lab.cloud, self.lab.names

    def start(self) -> None:
        """Start everything. ``stop`` is due afterwards even if this fails."""
        self.lab.start()

    def stop(self) -> None:
        """Stop everything."""
        self.lab.stop()

    @property
    def failures(self) -> list[str]:
        """Faults of the lab itself."""
        return self.lab.failures

    @property
    def environment(self) -> dict[str, str]:
        """See Commands; curl finds the load balancers."""
        return super().environment | {"CURL_HOME": str(self.lab.curl_home)}

    def kubeconfig(self, user: str = "admin") -> Path:
        """See Commands."""
        return self.lab.kubeconfig(user)

    def check(self) -> None:
        """See Commands."""
        assert not self.failures, "\n".join(self.failures)
