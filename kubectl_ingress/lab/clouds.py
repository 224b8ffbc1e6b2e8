"""The places that the lab plays: what their nodes look like, and what their load balancers do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from kubectl_ingress.lab.kubelet.machines import Machine, aws_machines, bare_machines


class Place(Struct, frozen=True):
    """One place. Times are in seconds: until a load balancer has its address, and until a name
    resolves after that. `assigns` is whether it makes load balancers at all."""

    machines: tuple[Machine, ...]
    address: Literal["hostname", "ip"] = "ip"
    assigns: bool = True
    delay: float = 1.5
    dns_delay: float = 0.0
    domain: str = "lab.localhost"


def _google() -> tuple[Machine, ...]:
    labels = {
        "cloud.google.com/gke-nodepool": "default-pool",
        "topology.kubernetes.io/region": "europe-west1",
        "topology.kubernetes.io/zone": "europe-west1-b",
    }
    return tuple(
        Machine(f"gke-lab-default-pool-{n}", f"gce://lab/europe-west1-b/gke-lab-{n}", labels)
        for n in (1, 2)
    )


def _digitalocean() -> tuple[Machine, ...]:
    labels = {"doks.digitalocean.com/node-pool": "pool"}
    return tuple(Machine(f"pool-{n}", f"digitalocean://{n}", labels) for n in (1, 2))


def _kind() -> tuple[Machine, ...]:
    labels = {"node-role.kubernetes.io/control-plane": ""}
    name = "kind-control-plane"
    return (Machine(name, f"kind://docker/kind/{name}", labels),)


# Names under .localhost never leave this machine (RFC 6761 section 6.3).
PLACES: Mapping[str, Place] = {
    "aws": Place(
        tuple(aws_machines(2)), "hostname", dns_delay=1.5, domain="eu-west-1.lab.localhost"
    ),
    "gke": Place(_google()),
    "do": Place(_digitalocean()),
    "kind": Place(_kind(), assigns=False),
    "baremetal": Place(tuple(bare_machines(2)), assigns=False),
}
