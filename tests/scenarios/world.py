"""What scenarios play on: the test bed's real cluster, or the lab. Both have the same knobs."""

from __future__ import annotations

from kubectl_ingress.lab.cloud.balancers import Cloud
from kubectl_ingress.lab.cloud.names import Names
from kubectl_ingress.lab.kubelet.node import Node

from .commands import Commands


class World(Commands):
    """A cluster with all that is played around it."""

    node: Node
    cloud: Cloud
    dns: Names
