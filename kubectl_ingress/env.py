"""The outside world as one object, replaceable as a whole in tests."""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from msgspec import Struct, field

if TYPE_CHECKING:
    from kubectl_ingress.connection import ClusterOptions
    from kubectl_ingress.ports.cluster import Cluster
    from kubectl_ingress.ports.dns import Names
    from kubectl_ingress.ports.probe import Prober


def _real_cluster(environment: Environment, options: ClusterOptions) -> Cluster:
    # Imported here and not above: this is what pulls the kubernetes library.
    from kubectl_ingress.ports.cluster import connect
    from kubectl_ingress.ports.patience import Clock

    clock = Clock(environment.sleep, environment.left, environment.monotonic)
    return connect(options, environment.variables, environment.stderr, clock)


def _real_prober(connect_to: str) -> Prober:
    from kubectl_ingress.ports.probe import HttpProber

    return HttpProber(connect_to)


def _real_names() -> Names:
    from kubectl_ingress.ports.dns import NameService

    return NameService()


def _really_reaches(address: str, port: int, seconds: float) -> bool:
    from kubectl_ingress.ports.forward import reaches

    return reaches(address, port, seconds)


def _real_download(address: str, sha256: str) -> bytes:
    from kubectl_ingress.ports.download import fetch

    return fetch(address, sha256)


class Environment(Struct):
    """Streams, variables, clock, cluster, prober, names and downloads of one run.

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
    names: Callable[[], Names] = _real_names
    download: Callable[[str, str], bytes] = _real_download
    #: Whether a connection to an address and port comes about within so many seconds.
    reaches: Callable[[str, int, float], bool] = _really_reaches
    verbosity: int = 0
    _deadline: float | None = None

    @contextmanager
    def until(self, deadline: float) -> Iterator[None]:
        """A block in which this command waits for something, by `monotonic` until then.

        No request of it outlasts a busy API server for longer.
        """
        before, self._deadline = self._deadline, deadline
        try:
            yield
        finally:
            self._deadline = before

    def left(self) -> float:
        """Seconds until the deadline of `until`; infinite where nothing is waited for."""
        return math.inf if self._deadline is None else self._deadline - self.monotonic()

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
