"""Where a Service's traffic can go: what its EndpointSlices say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.metadata import labels_of

# On every EndpointSlice.
SERVICE_NAME = "kubernetes.io/service-name"


def ready_endpoints(
    slices: Iterable[Json], service: str, port_name: str
) -> Iterator[tuple[str, int]]:
    """Addresses and ports of the ready pods behind a Service's port, of its namespace's slices."""
    for item in slices:
        if labels_of(item).get(SERVICE_NAME) != service:
            continue
        named = [each for each in item.get("ports") or [] if each.get("name", "") == port_name]
        numbers = [each["port"] for each in named if each.get("port")]
        for endpoint in item.get("endpoints") or []:
            # Not known means ready.
            if (endpoint.get("conditions") or {}).get("ready", True):
                yield from ((endpoint["addresses"][0], number) for number in numbers)
