"""A real API server that nobody writes to but the test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.realcluster.cluster import RealCluster
from tests.realcluster.fixture import running


@contextmanager
def quiet_cluster() -> Iterator[RealCluster]:
    """A cluster without controllers, which would go on changing what is written."""
    with running(RealCluster) as cluster:
        cluster.end("controller-manager")
        yield cluster
