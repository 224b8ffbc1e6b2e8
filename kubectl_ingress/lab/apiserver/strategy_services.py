"""What the server gives to a Service: addresses and node ports, and takes back from one.

Kubernetes' own: pkg/registry/core/service/strategy.go and storage/{alloc,storage}.go. The lab's
cluster has one family, IPv4.
"""

from __future__ import annotations

import ipaddress
import random
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.status import Refused
from kubectl_ingress.lab.apiserver.validation_fields import Faults
from kubectl_ingress.lab.apiserver.validation_names import ip_address

SERVICE_RANGE = "10.96.0.0/16"
NODE_PORTS = range(30000, 32768)
# Kubernetes keeps the lower part of a range for addresses that are asked for.
_RESERVED = 256
_FAMILIES = ("IPv4", "IPv6")
_POLICIES = ("PreferDualStack", "RequireDualStack", "SingleStack")


class Unavailable(Exception):
    """An address or a port cannot be had; the message is the allocator's sentence."""


class Allocate(Protocol):
    """Where addresses and node ports come from."""

    def cluster_ip(self, wanted: str | None) -> str:
        """This address, or any; raises Unavailable."""

    def node_port(self, wanted: int | None) -> int:
        """This port, or any; raises Unavailable."""


class FromStored:
    """Allocates what no stored Service has; one for each request.

    `services` gives the stored Services.
    """

    def __init__(
        self, services: Callable[[], Iterable[Json]], network: str = SERVICE_RANGE
    ) -> None:
        self._network = ipaddress.ip_network(network)
        self._addresses: set[str] = set()
        self._ports: set[int] = set()
        for service in services():
            addresses, ports = held(service)
            self._addresses |= addresses
            self._ports |= ports

    def cluster_ip(self, wanted: str | None) -> str:
        """An address of the Services' network; raises Unavailable."""
        if wanted is None:
            wanted = next((each for each in self._free_addresses()), None)
            if wanted is None:
                raise Unavailable("range is full")
        elif ipaddress.ip_address(wanted) not in self._network:
            raise Unavailable("the provided network does not match the current range")
        elif wanted in self._addresses:
            raise Unavailable("provided IP is already allocated")
        self._addresses.add(wanted)
        return wanted

    def node_port(self, wanted: int | None) -> int:
        """A port of 30000 to 32767; raises Unavailable."""
        if wanted is None:
            free = [port for port in NODE_PORTS if port not in self._ports]
            if not free:
                raise Unavailable("range is full")
            wanted = random.choice(free)  # noqa: S311 - a port is no secret
        elif wanted not in NODE_PORTS:
            valid = f"{NODE_PORTS.start}-{NODE_PORTS.stop - 1}"
            raise Unavailable(
                f"provided port is not in the valid range. The range of valid ports is {valid}"
            )
        elif wanted in self._ports:
            raise Unavailable("provided port is already allocated")
        self._ports.add(wanted)
        return wanted

    def _free_addresses(self) -> Iterable[str]:
        size = self._network.num_addresses
        start = random.randrange(_RESERVED, size)  # noqa: S311 - an address is no secret
        order = [*range(start, size - 1), *range(_RESERVED, start), *range(1, _RESERVED)]
        for offset in order:
            address = str(self._network[offset])
            if address not in self._addresses:
                yield address


def held(service: Json) -> tuple[set[str], set[int]]:
    """The addresses and the node ports that a Service has."""
    spec = service.get("spec", {})
    addresses = {each for each in spec.get("clusterIPs", []) if each != "None"}
    ports = {port["nodePort"] for port in spec.get("ports", []) if port.get("nodePort")}
    health = spec.get("healthCheckNodePort")
    return addresses, ports | ({health} if health else set())


def prepare_create(service: Json, allocate: Allocate) -> None:
    """A new Service; raises Refused where what it asks for is taken."""
    spec = service["spec"]
    service["status"] = {"loadBalancer": {}}
    if "clusterIP" in spec and "clusterIPs" not in spec:
        spec["clusterIPs"] = [spec["clusterIP"]]
    _allocate(service, {}, allocate)


def prepare_update(old: Json, new: Json, allocate: Allocate) -> None:
    """A changed Service: keeps what it has, gets what it needs now, loses what it cannot have."""
    before, spec = old["spec"], new["spec"]
    new["status"] = old["status"]
    # Allocating comes first, as in the server: it takes what was left out for unchanged.
    _keep_allocated(before, spec)
    _keep_addresses_in_step(before, spec)
    _allocate(new, before, allocate)
    _drop_what_no_longer_fits(before, spec)
    if spec["type"] != "LoadBalancer":
        new["status"] = {"loadBalancer": {}}


def needs_address(spec: Json) -> bool:
    """Whether the type has a cluster IP, be it None."""
    return bool(spec["type"] != "ExternalName")


def needs_health_port(spec: Json) -> bool:
    """Whether the load balancer asks nodes for their health."""
    return spec["type"] == "LoadBalancer" and spec.get("externalTrafficPolicy") == "Local"


def check_addresses(faults: Faults, spec: Json) -> None:
    """That ``clusterIP``, ``clusterIPs`` and the families fit together."""
    address, addresses = spec.get("clusterIP", ""), spec.get("clusterIPs", [])
    field = "spec.clusterIPs"
    if address and not addresses:
        faults.required(field)
    elif address and addresses[0] != address:
        faults.invalid(field, addresses, "first value must match `clusterIP`")
    elif addresses and not address:
        faults.invalid(field, addresses, "must be empty when `clusterIP` is not specified")
    for index, each in enumerate(spec.get("ipFamilies", [])):
        if each not in _FAMILIES:
            faults.unsupported(f"spec.ipFamilies[{index}]", each, _FAMILIES)
    if spec.get("ipFamilyPolicy", _POLICIES[0]) not in _POLICIES:
        faults.unsupported("spec.ipFamilyPolicy", spec["ipFamilyPolicy"], _POLICIES)
    for index, each in enumerate(addresses):
        if each != "None":
            faults.all_invalid(f"{field}[{index}]", each, ip_address(each))


def is_external(spec: Json) -> bool:
    """Whether it can be reached from outside."""
    return spec["type"] in ("NodePort", "LoadBalancer") or (
        spec["type"] == "ClusterIP" and bool(spec.get("externalIPs"))
    )


def _wants_node_ports(spec: Json) -> bool:
    return spec["type"] == "NodePort" or (
        spec["type"] == "LoadBalancer" and bool(spec.get("allocateLoadBalancerNodePorts", True))
    )


def _has_node_ports(spec: Json) -> bool:
    return spec["type"] in ("NodePort", "LoadBalancer")


def _allocate(service: Json, before: Json, allocate: Allocate) -> None:
    spec = service["spec"]
    if needs_address(spec):
        _set_families(service, before)
        # A ClusterIP never changes; asking for another one is for validation to refuse.
        if not before or not needs_address(before):
            _set_address(service, allocate)
    if _has_node_ports(spec):
        _set_node_ports(service, before, allocate)
    if needs_health_port(spec) and not (before and needs_health_port(before)):
        wanted = spec.get("healthCheckNodePort")
        try:
            spec["healthCheckNodePort"] = allocate.node_port(wanted)
        except Unavailable as error:
            why = f"failed to allocate requested HealthCheck NodePort {wanted}: {error}"
            told = f"Internal error occurred: {why}"
            raise Refused(500, "InternalError", told, {"causes": [{"message": why}]}) from error


def _set_families(service: Json, before: Json) -> None:
    spec = service["spec"]
    no_selector = spec.get("clusterIP") == "None" and not spec.get("selector")
    if "ipFamilyPolicy" not in spec:
        policy = "RequireDualStack" if no_selector else "SingleStack"
        spec["ipFamilyPolicy"] = before.get("ipFamilyPolicy", policy)
    faults = Faults()
    check_addresses(faults, spec)
    faults.refuse("", "Service", service["metadata"].get("name", ""))
    policy = spec["ipFamilyPolicy"]
    if no_selector:
        families = spec.setdefault("ipFamilies", [_FAMILIES[0]])
        if len(families) == 1 and policy != "SingleStack":
            families.append(_FAMILIES[families[0] == _FAMILIES[0]])
        return
    if policy == "RequireDualStack":
        message = "this cluster is not configured for dual-stack services"
        faults.invalid("spec.ipFamilyPolicy", policy, message)
    for index, family in enumerate(spec.get("ipFamilies", [])):
        if family == "IPv6":
            place = f"spec.ipFamilies[{index}]"
            faults.invalid(place, family, "not configured on this cluster")
    faults.refuse("", "Service", service["metadata"].get("name", ""))
    spec.setdefault("ipFamilies", [_FAMILIES[0]])


def _set_address(service: Json, allocate: Allocate) -> None:
    spec, faults = service["spec"], Faults()
    wanted = next(iter(spec.get("clusterIPs", [])), None)
    if wanted == "None":
        return
    try:
        address = allocate.cluster_ip(wanted)
        spec["clusterIP"], spec["clusterIPs"] = address, [address]
    except Unavailable as error:
        problem = f"failed to allocate IP {wanted}: {error}"
        faults.invalid("spec.clusterIPs", spec.get("clusterIPs"), problem)
    faults.refuse("", "Service", service["metadata"].get("name", ""))


def _set_node_ports(service: Json, before: Json, allocate: Allocate) -> None:
    spec = service["spec"]
    old = {port.get("nodePort") for port in before.get("ports", [])}
    # One port number gets one node port, whatever the protocols.
    by_port: dict[Any, int] = {}
    for index, port in enumerate(spec.get("ports", [])):
        wanted = port.get("nodePort")
        if wanted is None and not before:
            wanted = by_port.get(port.get("port")) or _asked_for(spec, port.get("port"))
        if wanted is None and not _wants_node_ports(spec):
            continue
        if wanted is None or wanted not in old | {by_port.get(port.get("port"))}:
            try:
                wanted = allocate.node_port(wanted)
            except Unavailable as error:
                faults = Faults()
                faults.invalid(f"spec.ports[{index}].nodePort", wanted, str(error))
                faults.refuse("", "Service", service["metadata"].get("name", ""))
        by_port.setdefault(port.get("port"), wanted)
        port["nodePort"] = wanted


def _asked_for(spec: Json, number: Any) -> int | None:
    found = (p["nodePort"] for p in spec["ports"] if p.get("port") == number and "nodePort" in p)
    return next(found, None)


def _keep_allocated(before: Json, spec: Json) -> None:
    """Who leaves out what the server chose does not ask for another."""
    if needs_address(before) and needs_address(spec):
        for key in ("clusterIP", "clusterIPs"):
            if key in before:
                spec.setdefault(key, before[key])
    if _wants_node_ports(before) and _wants_node_ports(spec):
        old = {port.get("name", ""): port.get("nodePort") for port in before.get("ports", [])}
        now = {port.get("nodePort") for port in spec.get("ports", [])}
        used = now & set(old.values())
        for port in spec.get("ports", []):
            known = old.get(port.get("name", ""))
            if "nodePort" not in port and known and known not in used:
                port["nodePort"] = known
    if needs_health_port(before) and needs_health_port(spec):
        spec.setdefault("healthCheckNodePort", before.get("healthCheckNodePort"))


def _keep_addresses_in_step(before: Json, spec: Json) -> None:
    """``clusterIPs`` follows ``clusterIP`` where only the latter was changed."""
    if spec.get("clusterIP") != before.get("clusterIP") and (
        spec.get("clusterIPs") == before.get("clusterIPs")
    ):
        if "clusterIP" in spec:
            spec["clusterIPs"] = [spec["clusterIP"]]
        else:
            spec.pop("clusterIPs", None)


def _drop_what_no_longer_fits(before: Json, spec: Json) -> None:
    """A new type cannot have these; who did not change them did not ask for them."""
    dropped: list[str] = []
    if needs_address(before) and not needs_address(spec):
        if all(spec.get(key) == before.get(key) for key in ("clusterIP", "clusterIPs")):
            dropped += ["clusterIP", "clusterIPs"]
        dropped += ["ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"]
    if _has_node_ports(before) and not _has_node_ports(spec):
        old = {port.get("nodePort") for port in before.get("ports", [])}
        if all(port.get("nodePort") in old | {None} for port in spec.get("ports", [])):
            for port in spec.get("ports", []):
                port.pop("nodePort", None)
    if needs_health_port(before) and not needs_health_port(spec):
        dropped.append("healthCheckNodePort")
    if before["type"] == "LoadBalancer" and spec["type"] != "LoadBalancer":
        dropped += ["allocateLoadBalancerNodePorts", "loadBalancerClass"]
    if is_external(before) and not is_external(spec):
        dropped.append("externalTrafficPolicy")
    for key in dropped:
        if spec.get(key) == before.get(key):
            spec.pop(key, None)
