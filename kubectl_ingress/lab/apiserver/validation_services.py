"""What Services, Endpoints and EndpointSlices may not be.

Kubernetes' own: pkg/apis/core/validation/validation.go and pkg/apis/discovery/validation.
"""

from __future__ import annotations

import ipaddress

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.strategy_services import (
    check_addresses,
    is_external,
    needs_health_port,
)
from kubectl_ingress.lab.apiserver.validation_containers import PROTOCOLS
from kubectl_ingress.lab.apiserver.validation_fields import IMMUTABLE, Faults
from kubectl_ingress.lab.apiserver.validation_metadata import check_labels
from kubectl_ingress.lab.apiserver.validation_names import (
    dns_label,
    dns_subdomain,
    ip_address,
    is_ip,
    label_key,
    port,
    port_number,
)

_TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_AFFINITIES = ("ClientIP", "None")
_POLICIES = ("Cluster", "Local")
_DISTRIBUTIONS = ("PreferClose", "PreferSameZone", "PreferSameNode")
_ADDRESS_TYPES = ("FQDN", "IPv4", "IPv6")
_BALANCED = "may only be used when `type` is 'LoadBalancer'"
_NOT_EXTERNAL_NAME = "may not be set for ExternalName services"


def check_service(faults: Faults, obj: Json) -> None:
    """A Service, new or changed, with what it was given."""
    spec = obj["spec"]
    kind, headless = spec["type"], spec.get("clusterIPs") == ["None"]
    ports = spec.get("ports", [])
    if not ports and not headless and kind != "ExternalName":
        faults.required("spec.ports")
    if headless and kind in ("LoadBalancer", "NodePort"):
        why = f"may not be set to 'None' for {kind} services"
        faults.invalid("spec.clusterIPs[0]", "None", why)
    if kind == "ExternalName":
        _check_external_name(faults, spec)
    _check_ports(faults, ports)
    check_labels(faults, "spec.selector", spec.get("selector"))
    faults.one_of("spec.sessionAffinity", spec["sessionAffinity"], _AFFINITIES)
    if kind != "ExternalName":
        check_addresses(faults, spec)
    for index, address in enumerate(spec.get("externalIPs", [])):
        faults.all_invalid(f"spec.externalIPs[{index}]", address, ip_address(address))
    faults.one_of("spec.type", kind, _TYPES)
    _check_node_ports(faults, kind, ports)
    _check_duplicates(faults, ports)
    _check_balancer(faults, spec)
    _check_policies(faults, spec)
    _check_status(faults, obj)


def check_service_update(faults: Faults, old: Json, new: Json) -> None:
    """What of a Service never changes; before check_service."""
    before, spec = old["spec"], new["spec"]
    if "ExternalName" not in (before["type"], spec["type"]):
        known, addresses = before.get("clusterIPs", []), spec.get("clusterIPs", [])
        if known and not addresses:
            why = "primary clusterIP can not be unset"
            faults.invalid("spec.clusterIPs[0]", spec.get("clusterIPs"), why)
        elif known[:1] != addresses[:1]:
            faults.invalid("spec.clusterIPs[0]", addresses, "may not change once set")
    if before["type"] == spec["type"] == "LoadBalancer":
        wanted = spec.get("loadBalancerClass")
        if wanted != before.get("loadBalancerClass"):
            faults.invalid("spec.loadBalancerClass", wanted, "may not change once set")
    key = "healthCheckNodePort"
    if needs_health_port(before) and needs_health_port(spec) and spec.get(key) != before.get(key):
        faults.forbidden(f"spec.{key}", IMMUTABLE)


def check_endpoints(faults: Faults, obj: Json) -> None:
    """Endpoints."""
    for index, subset in enumerate(obj.get("subsets", [])):
        place = f"subsets[{index}]"
        if not subset.get("addresses") and not subset.get("notReadyAddresses"):
            faults.required(place, "must specify `addresses` or `notReadyAddresses`")
        for name in ("addresses", "notReadyAddresses"):
            for number, address in enumerate(subset.get(name, [])):
                field = f"{place}.{name}[{number}].ip"
                _check_endpoint(faults, field, address["ip"])
                if not is_ip(address["ip"]):
                    # The server says it twice.
                    faults.invalid(field, address["ip"], "must be a valid IP address")
        ports = subset.get("ports", [])
        for number, each in enumerate(ports):
            field, name = f"{place}.ports[{number}]", each.get("name", "")
            if name:
                faults.all_invalid(f"{field}.name", name, dns_label(name))
            elif len(ports) > 1:
                faults.required(f"{field}.name")
            faults.all_invalid(f"{field}.port", each["port"], port_number(each["port"]))
            faults.one_of(f"{field}.protocol", each["protocol"], PROTOCOLS)


def check_endpoint_slice(faults: Faults, obj: Json) -> None:
    """An EndpointSlice."""
    names: set[str] = set()
    for index, each in enumerate(obj["ports"] or []):
        field, name = f"ports[{index}]", each["name"]
        if name:
            faults.all_invalid(f"{field}.name", name, dns_label(name))
        if name in names:
            faults.duplicate(f"{field}.name", name)
        names.add(name)
        faults.one_of(f"{field}.protocol", each["protocol"], PROTOCOLS)
    for index, endpoint in enumerate(obj["endpoints"] or []):
        for number, address in enumerate(endpoint["addresses"] or []):
            if obj["addressType"] in ("IPv4", "IPv6"):
                _check_endpoint(faults, f"endpoints[{index}].addresses[{number}]", address)
    faults.one_of("addressType", obj["addressType"], _ADDRESS_TYPES)
    for index, endpoint in enumerate(obj["endpoints"] or []):
        if not endpoint["addresses"]:
            faults.required(f"endpoints[{index}].addresses")


def check_endpoint_slice_update(faults: Faults, old: Json, new: Json) -> None:
    """What of an EndpointSlice never changes."""
    if old["addressType"] != new["addressType"]:
        # The server does not say which value.
        faults.invalid("addressType", None, IMMUTABLE)


def _check_external_name(faults: Faults, spec: Json) -> None:
    for name in ("clusterIPs", "ipFamilies", "ipFamilyPolicy"):
        if spec.get(name):
            faults.forbidden(f"spec.{name}", _NOT_EXTERNAL_NAME)
    if target := spec.get("externalName", "").removesuffix("."):
        faults.all_invalid("spec.externalName", target, dns_subdomain(target))
    else:
        faults.required("spec.externalName")


def _check_ports(faults: Faults, ports: list[Json]) -> None:
    names: set[str] = set()
    for index, each in enumerate(ports):
        field, name = f"spec.ports[{index}]", each.get("name", "")
        if name:
            faults.all_invalid(f"{field}.name", name, dns_label(name))
            if name in names:
                faults.duplicate(f"{field}.name", name)
            names.add(name)
        elif len(ports) > 1:
            faults.required(f"{field}.name")
        faults.all_invalid(f"{field}.port", each["port"], port_number(each["port"]))
        faults.one_of(f"{field}.protocol", each["protocol"], PROTOCOLS)
        target = each["targetPort"]
        faults.all_invalid(f"{field}.targetPort", target, port(target))
        if "appProtocol" in each:
            protocol = each["appProtocol"]
            faults.all_invalid(f"{field}.appProtocol", protocol, label_key(protocol))


def _check_node_ports(faults: Faults, kind: str, ports: list[Json]) -> None:
    seen: set[tuple[str, int]] = set()
    for index, each in enumerate(ports):
        number = each.get("nodePort", 0)
        if number and kind == "ClusterIP":
            why = "may not be used when `type` is 'ClusterIP'"
            faults.forbidden(f"spec.ports[{index}].nodePort", why)
    for index, each in enumerate(ports):
        number = each.get("nodePort", 0)
        if number and (each["protocol"], number) in seen:
            faults.duplicate(f"spec.ports[{index}].nodePort", number)
        seen.add((each["protocol"], number))


def _check_duplicates(faults: Faults, ports: list[Json]) -> None:
    seen: set[tuple[str, int]] = set()
    for index, each in enumerate(ports):
        key = (each["protocol"], each["port"])
        if key in seen:
            # Go shows the whole port that it compares by.
            shown = {"Name": "", "Protocol": key[0], "AppProtocol": None, "Port": key[1]}
            faults.duplicate(f"spec.ports[{index}]", shown | {"TargetPort": 0, "NodePort": 0})
        seen.add(key)


def _check_balancer(faults: Faults, spec: Json) -> None:
    balanced = spec["type"] == "LoadBalancer"
    for index, each in enumerate(spec.get("loadBalancerSourceRanges", [])):
        field = "spec.LoadBalancerSourceRanges"
        if not balanced:
            faults.forbidden(field, _BALANCED)
        if not _is_network(each.strip()):
            why = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
            faults.invalid(f"{field}[{index}]", each.strip(), why)
    if not balanced and "allocateLoadBalancerNodePorts" in spec:
        faults.forbidden("spec.allocateLoadBalancerNodePorts", _BALANCED)
    if "loadBalancerClass" in spec:
        name = spec["loadBalancerClass"]
        if balanced:
            faults.all_invalid("spec.loadBalancerClass", name, label_key(name))
        else:
            faults.forbidden("spec.loadBalancerClass", _BALANCED)


def _check_policies(faults: Faults, spec: Json) -> None:
    outer = spec.get("externalTrafficPolicy")
    if is_external(spec):
        faults.one_of("spec.externalTrafficPolicy", outer, _POLICIES)
    elif outer:
        why = "may only be set for externally-accessible services"
        faults.invalid("spec.externalTrafficPolicy", outer, why)
    health = spec.get("healthCheckNodePort")
    if needs_health_port(spec):
        faults.all_invalid("spec.healthCheckNodePort", health, port_number(health or 0))
    elif health:
        why = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
        faults.invalid("spec.healthCheckNodePort", health, why)
    for name, known in (
        ("internalTrafficPolicy", _POLICIES),
        ("trafficDistribution", _DISTRIBUTIONS),
    ):
        if name in spec and spec[name] not in known:
            faults.unsupported(f"spec.{name}", spec[name], known)


def _check_status(faults: Faults, obj: Json) -> None:
    field = "status.loadBalancer.ingress"
    listed = obj["status"]["loadBalancer"].get("ingress", [])
    if listed and obj["spec"]["type"] != "LoadBalancer":
        why = "may only be used when `spec.type` is 'LoadBalancer'"
        faults.forbidden(field, why)
        return
    check_balancer_addresses(faults, field, listed)


def check_balancer_addresses(faults: Faults, place: str, listed: list[Json]) -> None:
    """The addresses that a status names."""
    for index, each in enumerate(listed):
        field, host = f"{place}[{index}]", each.get("hostname", "")
        if address := each.get("ip", ""):
            faults.all_invalid(f"{field}.ip", address, ip_address(address))
        if host:
            faults.all_invalid(f"{field}.hostname", host, dns_subdomain(host))
            if is_ip(host):
                why = "must be a DNS name, not an IP address"
                faults.invalid(f"{field}.hostname", host, why)


def _check_endpoint(faults: Faults, field: str, address: str) -> None:
    reasons = list(ip_address(address))
    faults.all_invalid(field, address, reasons)
    if reasons:
        return
    parsed = ipaddress.ip_address(address)
    for is_so, what in (
        (parsed.is_unspecified, "unspecified"),
        # The real server refuses loopback, too; here the pods are there.
        (parsed.is_link_local, "in the link-local range (169.254.0.0/16, fe80::/10)"),
    ):
        if is_so:
            shown = f" ({address})" if what == "unspecified" else ""
            faults.invalid(field, address, f"may not be {what}{shown}")


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return "/" in text
