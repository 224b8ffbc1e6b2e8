"""Who knows where the load balancers are."""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from typing import Protocol

from msgspec import Struct


class Place(Struct, frozen=True, order=True):
    """A load balancer's port, and the port of this machine that it is behind."""

    ip: str
    port: int
    actual: int


class Names(Protocol):
    """Name -> IPv4 addresses, in lower case and without the last dot; tests may change it."""

    records: MutableMapping[str, list[str]]

    def publish(self, places: Iterable[Place]) -> None:
        """These are all ports of all load balancers from now on."""
