"""A cloud, played: it gives Services of type LoadBalancer an address, and forwards to them."""

from __future__ import annotations

import asyncio
from typing import Literal

from msgspec import Struct, field

from kubectl_ingress.lab.addresses import Addresses
from kubectl_ingress.lab.api import Api, ApiError, Change, Json
from kubectl_ingress.lab.background import Background
from kubectl_ingress.lab.cloud.names import Names, Place
from kubectl_ingress.lab.cloud.services import ServicePort, Services
from kubectl_ingress.lab.events import Recorder
from kubectl_ingress.lab.metadata import key_of

# With it Kubernetes keeps a Service until its load balancer is gone.
FINALIZER = "service.kubernetes.io/load-balancer-cleanup"
AGENT = "cloud-controller-manager"
NO_SUBNETS = (
    "Error syncing load balancer: failed to ensure load balancer: "
    "could not find any suitable subnets for creating the ELB"
)
POLL_SECONDS = 0.05
# A real controller doubles its pause from 5 s on.
COMPLAINT_SECONDS = 5.0


class _Balancer(Struct):
    """One Service's load balancer, from the wish for it to its removal."""

    service: Json
    name: str
    ip: str = ""
    listeners: dict[int, ServicePort] = field(default_factory=dict)
    task: asyncio.Task[None] | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)


class Cloud:
    """The load balancers. The attributes without underscore are for tests to change."""

    def __init__(
        self,
        background: Background,
        api: Api,
        network: Addresses,
        services: Services,
        names: Names,
        domain: str,
    ) -> None:
        #: False: no load balancer is made, and a warning event says why.
        self.assign = True
        #: Seconds from the Service's creation to its address.
        self.delay = 1.5
        #: Seconds from the address to the moment its name resolves.
        self.dns_delay = 0.0
        #: What new load balancers get: a name as on AWS, or an IP as elsewhere.
        self.kind: Literal["hostname", "ip"] = "hostname"
        self._refuse = self._blackhole = False
        self._background, self._api, self._network = background, api, network
        self._services, self._names = services, names
        self._events = Recorder(api, "service-controller", AGENT)
        self._balancers: dict[str, _Balancer] = {}
        self._domain = domain
        services.subscribe(self._changed)

    @property
    def refuse(self) -> bool:
        """True: every load balancer refuses connections. Takes effect before it returns."""
        return self._refuse

    @refuse.setter
    def refuse(self, value: bool) -> None:
        self._refuse = value
        self._background.call(self._apply_knobs())

    @property
    def blackhole(self) -> bool:
        """True: every load balancer accepts connections, and never answers."""
        return self._blackhole

    @blackhole.setter
    def blackhole(self, value: bool) -> None:
        self._blackhole = value
        self._background.call(self._apply_knobs())

    def address(self, namespace: str, service: str) -> str:
        """The IP that the load balancer of a Service listens on; empty before it is made."""
        for balancer in self._balancers.values():
            if key_of(balancer.service) == (namespace, service):
                return balancer.ip
        return ""

    def _changed(self, change: Change) -> None:
        kind, item = change
        uid = item["metadata"]["uid"]
        balancer = self._balancers.get(uid)
        wanted = (
            kind != "DELETED"
            and item["spec"].get("type") == "LoadBalancer"
            and "deletionTimestamp" not in item["metadata"]
        )
        if balancer is not None:
            balancer.service = item
            balancer.changed.set()
            # Once: a second time would break off the removal.
            if not wanted and balancer.task is not None and not balancer.task.cancelling():
                balancer.task.cancel()
        elif wanted:
            name = f"a{uid.replace('-', '')}.elb.{self._domain}"
            balancer = self._balancers[uid] = _Balancer(item, name)
            balancer.task = self._background.spawn(self._serve(balancer), f"balancer {name}")
            # Not at the end of the task: one cancelled at once never begins.
            balancer.task.add_done_callback(lambda _: self._balancers.pop(uid))

    async def _serve(self, balancer: _Balancer) -> None:
        """Make a load balancer and keep it, until the task is cancelled; then remove it."""
        try:
            await self._provision(balancer)
            while True:
                await balancer.changed.wait()
                balancer.changed.clear()
                await self._reconcile(balancer)
        except ApiError as error:
            # The Service may have gone between two of our steps.
            if error.status not in (404, 409):
                raise
        finally:
            await self._remove(balancer)

    async def _provision(self, balancer: _Balancer) -> None:
        loop = asyncio.get_running_loop()
        seen = loop.time()
        await self._set_finalizers(balancer.service, add=True)
        await self._tell(balancer, "Normal", "EnsuringLoadBalancer", "Ensuring load balancer")
        complained = -COMPLAINT_SECONDS
        while not self.assign or loop.time() < seen + self.delay:
            if not self.assign and loop.time() > complained + COMPLAINT_SECONDS:
                complained = loop.time()
                await self._tell(balancer, "Warning", "SyncLoadBalancerFailed", NO_SUBNETS)
            await asyncio.sleep(POLL_SECONDS)
        balancer.ip = self._network.take_balancer()
        await self._reconcile(balancer)
        named = self.kind == "hostname"
        if named and self.dns_delay <= 0:
            self._names.records[balancer.name] = [balancer.ip]
        address = {"hostname": balancer.name} if named else {"ip": balancer.ip, "ipMode": "VIP"}
        status = {"status": {"loadBalancer": {"ingress": [address]}}}
        await self._api.patch(_path(balancer.service) + "/status", status, agent=AGENT)
        await self._tell(balancer, "Normal", "EnsuredLoadBalancer", "Ensured load balancer")
        if named and self.dns_delay > 0:
            told = loop.time()
            while loop.time() < told + self.dns_delay:
                await asyncio.sleep(POLL_SECONDS)
            self._names.records[balancer.name] = [balancer.ip]

    async def _reconcile(self, balancer: _Balancer) -> None:
        """Make the listeners those of the Service's ports and of the knobs."""
        service = key_of(balancer.service)
        ports = {
            port["port"]: port.get("name", "")
            for port in balancer.service["spec"]["ports"]
            if port.get("protocol", "TCP") == "TCP"
        }
        for number in balancer.listeners.keys() - ports.keys():
            await self._close(balancer.listeners.pop(number))
        for number, name in ports.items():
            if number not in balancer.listeners:
                actual = self._network.take_port(balancer.ip, number)
                listener = self._services.listener(service, balancer.ip, actual, name)
                balancer.listeners[number] = listener
        self._publish()
        for listener in balancer.listeners.values():
            await self._apply(listener)

    async def _apply_knobs(self) -> None:
        for balancer in list(self._balancers.values()):
            for listener in list(balancer.listeners.values()):
                await self._apply(listener)

    async def _apply(self, listener: ServicePort) -> None:
        listener.blackhole = self._blackhole
        if self._refuse:
            await listener.close()
        else:
            await listener.open()

    async def _close(self, listener: ServicePort) -> None:
        await listener.close()
        self._network.give_back_port(listener.ip, listener.port)

    def _publish(self) -> None:
        self._names.publish(
            Place(balancer.ip, number, listener.port)
            for balancer in self._balancers.values()
            for number, listener in balancer.listeners.items()
        )

    async def _remove(self, balancer: _Balancer) -> None:
        for listener in balancer.listeners.values():
            await self._close(listener)
        balancer.listeners.clear()
        self._publish()
        self._names.records.pop(balancer.name, None)
        if balancer.ip:
            self._network.give_back_balancer(balancer.ip)
        # At the lab's own end nothing is left to tell.
        if balancer.service["metadata"].get("deletionTimestamp") or not _wants(balancer.service):
            await self._release(balancer.service)

    async def _release(self, service: Json) -> None:
        try:
            if "deletionTimestamp" not in service["metadata"]:
                empty = {"status": {"loadBalancer": {"ingress": None}}}
                await self._api.patch(_path(service) + "/status", empty, agent=AGENT)
            await self._set_finalizers(service, add=False)
        except ApiError as error:
            if error.status != 404:
                raise

    async def _set_finalizers(self, service: Json, add: bool) -> None:
        others = [f for f in service["metadata"].get("finalizers", []) if f != FINALIZER]
        finalizers = others + ([FINALIZER] if add else [])
        body = {"metadata": {"finalizers": finalizers, "uid": service["metadata"]["uid"]}}
        await self._api.patch(_path(service), body, agent=AGENT)

    async def _tell(self, balancer: _Balancer, kind: str, reason: str, text: str) -> None:
        await self._events.write(balancer.service, kind, reason, text)


def _wants(service: Json) -> bool:
    return bool(service["spec"].get("type") == "LoadBalancer")


def _path(service: Json) -> str:
    namespace, name = key_of(service)
    return f"/api/v1/namespaces/{namespace}/services/{name}"
