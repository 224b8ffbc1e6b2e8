"""The outside world as one object, replaceable as a whole in tests."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from kubectl_ingress.connection import ClusterOptions
    from kubectl_ingress.ports.cluster import Cluster
    from kubectl_ingress.ports.probe import Prober


def _real_cluster(environment: Environment, options: ClusterOptions) -> Cluster:
    # Imported here and not above: this is what pulls the kubernetes library.
    from kubectl_ingress.ports.cluster import connect

    return connect(options, environment.variables, environment.stderr)


def _real_prober(connect_to: str) -> Prober:
    from kubectl_ingress.ports.probe import HttpProber

    return HttpProber(connect_to)


@dataclass
class Environment:
    """Streams, variables, clock, cluster and prober of one run.

    `monotonic` and `sleep` are in seconds. `verbosity` is the number of -v.
    """

    stdin: TextIO = field(default_factory=lambda: sys.stdin)
    stdout: TextIO = field(default_factory=lambda: sys.stdout)
    stderr: TextIO = field(default_factory=lambda: sys.stderr)
    variables: Mapping[str, str] = field(default_factory=lambda: os.environ)
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    make_cluster: Callable[[Environment, ClusterOptions], Cluster] = _real_cluster
    make_prober: Callable[[str], Prober] = _real_prober
    verbosity: int = 0

    def cluster(self, options: ClusterOptions) -> Cluster:
        """The cluster that the flags and the kubeconfig name. Raises KubeconfigError."""
        return self.make_cluster(self, options)

    def prober(self, connect_to: str = "") -> Prober:
        """Sends requests to load balancers; `connect_to` is that of their cluster."""
        return self.make_prober(connect_to)

    def is_terminal(self, stream: TextIO) -> bool:
        """Whether a person watches this stream, so that it may be redrawn."""
        return stream.isatty() and self.variables.get("TERM") != "dumb"

    def has_colour(self, stream: TextIO) -> bool:
        """Whether colours are wanted there (https://no-color.org)."""
        return self.is_terminal(stream) and not self.variables.get("NO_COLOR")
