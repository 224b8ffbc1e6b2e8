"""From plain data to Services and what is behind them: see core.parse."""

from __future__ import annotations

from kubectl_ingress.core.objects import Endpoint, EndpointSlice, Service, ServicePort
from kubectl_ingress.core.reader import Reader

SERVICE_OF_SLICE = "kubernetes.io/service-name"


def parse_addresses(status: Reader) -> tuple[str, ...]:
    """``status.loadBalancer.ingress``: the name of each entry, else its IP."""
    entries = status.child("loadBalancer").children("ingress")
    found = (entry.text("hostname") or entry.text("ip") for entry in entries)
    return tuple(address for address in found if address)


def parse_service(reader: Reader) -> Service:
    """v1 Service."""
    spec, status = reader.child("spec"), reader.child("status")
    addresses = parse_addresses(status)
    ports = []
    for port in spec.children("ports"):
        target = port.data.get("targetPort")
        ports.append(
            ServicePort(
                name=port.text("name"),
                number=port.number("port") or 0,
                target=target if isinstance(target, (int, str)) else None,
                protocol=port.text("protocol") or "TCP",
                node_port=port.number("nodePort"),
                app_protocol=port.text("appProtocol"),
            )
        )
    return Service(
        meta=reader.meta(),
        type=spec.text("type") or "ClusterIP",
        ports=tuple(ports),
        selector=spec.string_map("selector"),
        external_name=spec.text("externalName"),
        cluster_ip=spec.text("clusterIP"),
        addresses=addresses,
        shortcuts=_shortcuts(status) if addresses else (),
        traffic_policy=spec.text("externalTrafficPolicy"),
        ip_families=spec.strings("ipFamilies"),
    )


def _shortcuts(status: Reader) -> tuple[str, ...]:
    entries = status.child("loadBalancer").children("ingress")
    found = [one.text("ip") for one in entries if one.text("ipMode") != "Proxy"]
    return tuple([address for address in found if address])


def parse_endpoint_slice(reader: Reader) -> EndpointSlice:
    """discovery.k8s.io/v1 EndpointSlice. An absent `ready` means ready; `serving` follows it."""
    meta = reader.meta()
    endpoints = []
    for entry in reader.children("endpoints"):
        target = entry.child("targetRef")
        pod = target.text("name") if target.text("kind") in ("Pod", "") else ""
        conditions = entry.child("conditions")
        ready = conditions.flag("ready") is not False
        told = conditions.flag("serving")
        serving = ready if told is None else told
        ending = conditions.flag("terminating") is True
        node = entry.text("nodeName")
        for address in entry.strings("addresses")[:1]:
            endpoints.append(Endpoint(address, ready, pod, serving, ending, node))
    ports = {port.text("name"): port.number("port") for port in reader.children("ports")}
    return EndpointSlice(meta, meta.labels.get(SERVICE_OF_SLICE, ""), ports, tuple(endpoints))
