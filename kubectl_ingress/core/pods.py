"""What makes pods, and pods: as far as routing, policies and rollouts look at them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from kubectl_ingress.core.objects import Meta


class ContainerPort(Struct, frozen=True):
    """A port that a container says it listens on: nothing more than a word."""

    name: str
    number: int
    protocol: str = "TCP"


class PodSpec(Struct, frozen=True):
    """What of pods a Service, a NetworkPolicy or a rollout meets.

    `pre_stop` and `probed` are whether some container has a preStop hook, and a readiness probe,
    `on_nodes` whether they listen on their nodes' own port 80.
    """

    ports: tuple[ContainerPort, ...] = ()
    host_network: bool = False
    pre_stop: bool = False
    probed: bool = False
    on_nodes: bool = False


NO_POD_SPEC = PodSpec()


class Workload(Struct, frozen=True):
    """What makes pods: a Deployment or DaemonSet, which may be a controller, or another kind."""

    meta: Meta
    kind: str
    images: tuple[str, ...]
    args: tuple[str, ...]
    pod_labels: Mapping[str, str]
    desired: int
    ready: int
    env: Mapping[str, str] = field(default_factory=dict)
    spec: PodSpec = NO_POD_SPEC


class Pod(Struct, frozen=True):
    """v1 Pod, as far as routing looks at it: labels in its `meta`, and its address."""

    meta: Meta
    address: str
    spec: PodSpec = NO_POD_SPEC

    @property
    def kind(self) -> str:
        """As a Workload has it."""
        return "Pod"

    @property
    def pod_labels(self) -> Mapping[str, str]:
        """As a Workload has it."""
        return self.meta.labels
