"""Where a Service's traffic goes, played: what kube-proxy and load balancers know.

NodePorts are forwarded here, and ClusterIPs where this machine has their network.
"""

from __future__ import annotations

import asyncio
import itertools
import socket
import struct
from collections.abc import Callable, Iterable, Iterator

from kubectl_ingress.lab.addresses import Addresses
from kubectl_ingress.lab.api import Api, Change, Json
from kubectl_ingress.lab.background import Background
from kubectl_ingress.lab.endpoints import ready_endpoints
from kubectl_ingress.lab.metadata import Key, key_of
from kubectl_ingress.lab.serving import Listener, Reader, Writer, forward

# Close with a reset, as a load balancer without targets does, instead of an empty answer.
RESET = struct.pack("ii", 1, 0)


class ServicePort(Listener):
    """One port at one address, forwarded to the ready endpoints of a Service in turn."""

    def __init__(self, ip: str, port: int, targets: Callable[[], list[tuple[str, int]]]) -> None:
        super().__init__(ip, port, self._forward)
        #: Accept connections, and never answer.
        self.blackhole = False
        self._targets = targets
        self._turns = itertools.count()

    async def _forward(self, reader: Reader, writer: Writer) -> None:
        if self.blackhole:
            await asyncio.Event().wait()
        targets = self._targets()
        if not targets:
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            writer.transport.abort()
            return
        ip, port = targets[next(self._turns) % len(targets)]
        await forward(reader, writer, ip, port)


class Services:
    """The Services and EndpointSlices of the cluster as they are now, and their ports."""

    def __init__(
        self,
        background: Background,
        api: Api,
        network: Addresses,
        node_addresses: Callable[[], Iterable[str]],
        *,
        cluster_ips: bool = False,
    ) -> None:
        """`cluster_ips` is whether the addresses of Services can be bound here."""
        self._background, self._api, self._network = background, api, network
        self._node_addresses, self._cluster_ips = node_addresses, cluster_ips
        self._slices: dict[Key, Json] = {}
        self._subscribers: list[Callable[[Change], None]] = []
        self._ports: dict[tuple[str, int], ServicePort] = {}
        self._services: dict[Key, Json] = {}
        self._dirty = asyncio.Event()

    def subscribe(self, subscriber: Callable[[Change], None]) -> None:
        """Be told of every change to a Service; before ``start``."""
        self._subscribers.append(subscriber)

    async def start(self) -> None:
        """Begin to watch."""
        self._background.spawn(self._follow_services(), "services")
        self._background.spawn(self._follow_slices(), "endpointslices")
        self._background.spawn(self._keep_ports(), "ports of Services")

    def ready(self, service: Key, port_name: str) -> list[tuple[str, int]]:
        """The ready endpoints behind a named port of a Service."""
        namespace, name = service
        slices = [item for key, item in sorted(self._slices.items()) if key[0] == namespace]
        return list(ready_endpoints(slices, name, port_name))

    def listener(self, service: Key, ip: str, port: int, port_name: str) -> ServicePort:
        """A forwarder to a port of a Service; not open yet."""
        return ServicePort(ip, port, lambda: self.ready(service, port_name))

    async def _follow_services(self) -> None:
        async for change in self._api.follow("/api/v1/services"):
            kind, item = change
            if kind == "DELETED":
                self._services.pop(key_of(item), None)
            else:
                self._services[key_of(item)] = item
            self._dirty.set()
            for subscriber in self._subscribers:
                subscriber(change)

    async def _follow_slices(self) -> None:
        async for kind, item in self._api.follow("/apis/discovery.k8s.io/v1/endpointslices"):
            if kind == "DELETED":
                self._slices.pop(key_of(item), None)
            else:
                self._slices[key_of(item)] = item

    async def _keep_ports(self) -> None:
        try:
            while True:
                await self._dirty.wait()
                self._dirty.clear()
                await self._reconcile()
        finally:
            for listener in self._ports.values():
                await listener.close()

    async def _reconcile(self) -> None:
        wanted = {
            address: (key, port.get("name", ""))
            for key, item in self._services.items()
            for port in item["spec"].get("ports", [])
            if port.get("protocol", "TCP") == "TCP"
            for address in self._addresses_of(item["spec"], port)
        }
        for address in self._ports.keys() - wanted.keys():
            listener = self._ports.pop(address)
            await listener.close()
            self._network.give_back_port(listener.ip, listener.port)
        for (ip, number), (key, name) in wanted.items():
            if (ip, number) not in self._ports:
                actual = self._network.take_port(ip, number)
                listener = self.listener(key, ip, actual, name)
                await listener.open()
                self._ports[ip, number] = listener

    def _addresses_of(self, spec: Json, port: Json) -> Iterator[tuple[str, int]]:
        if "nodePort" in port:
            yield from ((ip, port["nodePort"]) for ip in self._node_addresses())
        # A Service without a selector is the API server's own, or somebody else's.
        ip = spec.get("clusterIP", "None")
        if self._cluster_ips and spec.get("selector") and ip not in ("None", ""):
            yield ip, port["port"]
