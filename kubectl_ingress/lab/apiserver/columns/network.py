"""Services and what stands behind them, Ingresses and their classes."""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.ages import UNKNOWN
from kubectl_ingress.lab.apiserver.columns.column import (
    AGE,
    NAME,
    NONE,
    WIDE,
    Column,
    Columns,
    items,
    name_of,
    part,
    text,
    word,
    words,
)
from kubectl_ingress.lab.apiserver.columns.selectors import labels_text

SHOWN = 3
"""How many hosts, endpoints or ports a cell names before it counts the others."""
_DEFAULT_CLASS = "ingressclass.kubernetes.io/is-default-class"


def _some(found: list[str], empty: str) -> str:
    shown = ",".join(found[:SHOWN])
    if len(found) > SHOWN:
        return f"{shown} + {len(found) - SHOWN} more..."
    return shown or empty


def _addresses(obj: Json) -> list[str]:
    """What the load balancer has given, each once."""
    ingress = items(obj, "status", "loadBalancer", "ingress")
    found = (each.get("ip") or each.get("hostname") for each in ingress)
    return sorted({address for address in found if address})


def _cluster_ip(service: Json) -> str:
    return str((items(service, "spec", "clusterIPs") or [NONE])[0])


def _external_ip(service: Json) -> str:
    given = ",".join(items(service, "spec", "externalIPs"))
    match word(service, "spec", "type"):
        case "ClusterIP" | "NodePort":
            return given or NONE
        case "LoadBalancer":
            found = [*_addresses(service), *items(service, "spec", "externalIPs")]
            return ",".join(found) or "<pending>"
        case "ExternalName":
            return word(service, "spec", "externalName")
    return UNKNOWN


def _service_port(port: Json) -> str:
    node_port = f":{port['nodePort']}" if port.get("nodePort") else ""
    return f"{port['port']}{node_port}/{port['protocol']}"


def _service_ports(service: Json) -> str:
    return ",".join(map(_service_port, items(service, "spec", "ports"))) or NONE


def _endpoints(endpoints: Json) -> str:
    subsets = items(endpoints, "subsets")
    return (
        _some([each for subset in subsets for each in _of_subset(subset)], "") if subsets else NONE
    )


def _of_subset(subset: Json) -> Iterable[str]:
    ips = [address["ip"] for address in items(subset, "addresses")]
    ports = items(subset, "ports")
    # Those of a headless Service may have no ports.
    return [_joined(ip, port["port"]) for port in ports for ip in ips] if ports else ips


def _joined(ip: str, port: int) -> str:
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"


def _slice_port(port: Json) -> str:
    if port.get("port") is not None:
        return str(port["port"])
    return "*" if port.get("name") is None else str(port["name"])


def _slice_ports(endpoint_slice: Json) -> str:
    return _some([_slice_port(port) for port in items(endpoint_slice, "ports")], "<unset>")


def _slice_endpoints(endpoint_slice: Json) -> str:
    endpoints = items(endpoint_slice, "endpoints")
    found = [address for endpoint in endpoints for address in items(endpoint, "addresses")]
    return _some(found, "<unset>")


def _hosts(ingress: Json) -> str:
    """The first hosts; rules without one are not shown, but counted among the others."""
    rules = items(ingress, "spec", "rules")
    hosts: list[str] = []
    for rule in rules:
        if len(hosts) == SHOWN:
            return f"{','.join(hosts)} + {len(rules) - SHOWN} more..."
        if rule.get("host"):
            hosts.append(rule["host"])
    return ",".join(hosts) or "*"


def _class(ingress: Json) -> str:
    name = part(ingress, "spec", "ingressClassName")
    return NONE if name is None else str(name)


def _class_name(ingress_class: Json) -> str:
    name = name_of(ingress_class)
    default = part(ingress_class, "metadata", "annotations", _DEFAULT_CLASS) == "true"
    return f"{name} (default)" if default else name


def _parameters(ingress_class: Json) -> str:
    found = part(ingress_class, "spec", "parameters")
    if found is None:
        return NONE
    group = "" if found.get("apiGroup") is None else f".{found['apiGroup']}"
    return f"{found['kind']}{group}/{found['name']}"


COLUMNS: Columns = {
    "Service": (
        NAME,
        words("Type", "spec", "type"),
        text("Cluster-IP", _cluster_ip),
        text("External-IP", _external_ip),
        text("Port(s)", _service_ports),
        AGE,
        text("Selector", lambda service: labels_text(part(service, "spec", "selector")), WIDE),
    ),
    "Endpoints": (NAME, text("Endpoints", _endpoints), AGE),
    "EndpointSlice": (
        NAME,
        words("AddressType", "addressType"),
        text("Ports", _slice_ports),
        text("Endpoints", _slice_endpoints),
        AGE,
    ),
    "Ingress": (
        NAME,
        text("Class", _class),
        text("Hosts", _hosts),
        text("Address", lambda ingress: ",".join(_addresses(ingress))),
        text("Ports", lambda ingress: "80, 443" if items(ingress, "spec", "tls") else "80"),
        AGE,
    ),
    "IngressClass": (
        Column("Name", lambda obj, _: _class_name(obj), format="name"),
        words("Controller", "spec", "controller"),
        text("Parameters", _parameters),
        AGE,
    ),
}
