"""Where requests come in once an installation is ready: pure."""

from __future__ import annotations

from msgspec import Struct

from kubectl_ingress.core.objects import Service
from kubectl_ingress.core.parse import parse_service
from kubectl_ingress.install.detection import Nodes
from kubectl_ingress.install.live import Live, reader_of
from kubectl_ingress.providers import Provider, Variant

# Where the nodes may not be read.
_ANY_NODE = "NODE"


class Entry(Struct, frozen=True):
    """`addresses` as they stand in a URL; `remark` is what to know of them."""

    addresses: tuple[str, ...]
    remark: str = ""


def entry(service: Live | None, variant: Variant, provider: Provider, nodes: Nodes) -> Entry:
    """The addresses of the controller's Service, by the way its provider lets requests in."""
    parsed = parse_service(reader_of(service))
    if variant.host_ports:
        remark = "ports 80 and 443 of the node, if they are mapped to this machine"
        return Entry(("localhost", *parsed.addresses), remark)
    if variant.balanced:
        remark = "new names can take minutes to resolve" if provider.hostname else ""
        return Entry(parsed.addresses, remark)
    return at_nodes(parsed, nodes)


def at_nodes(service: Service, nodes: Nodes) -> Entry:
    """The port of a node that a Service of type NodePort has for http, and the one for https."""
    node = nodes.addresses[0] if nodes.addresses else _ANY_NODE
    node = f"[{node}]" if ":" in node else node
    return Entry(
        (f"{node}:{_node_port(service, 'http')}",),
        f"and port {_node_port(service, 'https')} for https, on every node",
    )


def _node_port(service: Service, name: str) -> int:
    return next((port.node_port or 0 for port in service.ports if port.name == name), 0)
