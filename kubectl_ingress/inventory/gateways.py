"""GatewayClasses: whose they are, and who serves them. Pure.

By ``spec.controllerName``, as the projects' own sources and charts have it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec.structs import replace

from kubectl_ingress.controllers._known import OUTSIDE
from kubectl_ingress.core.commands import command
from kubectl_ingress.core.inventory import ControllerEntry, GatewayClassEntry, Inventory
from kubectl_ingress.core.objects import Finding

if TYPE_CHECKING:
    # The whole Gateway API: its classes cost as much as all that a status is made of.
    from kubectl_ingress.core.gateway import GatewayClass

_OWNERS: Mapping[str, str] = MappingProxyType(
    {
        "gateway.envoyproxy.io/gatewayclass-controller": "envoy-gateway",
        "gateway.nginx.org/nginx-gateway-controller": "nginx-gateway-fabric",
        "haproxy-ingress.github.io/controller": "haproxy-ingress",
        "io.cilium/gateway-controller": "cilium",
        "istio.io/gateway-controller": "istio",
        "kind.sigs.k8s.io/gateway-controller": "cloud-provider-kind",
        "konghq.com/kic-gateway-controller": "kong",
        "networking.gke.io/gateway": "gke",
        "projectcontour.io/gateway-controller": "contour",
        "traefik.io/gateway-controller": "traefik",
    }
)
_WORKLOADS = ("deployments.apps", "daemonsets.apps")


def with_gateway_classes(
    controllers: Iterable[ControllerEntry], classes: Sequence[GatewayClass]
) -> tuple[ControllerEntry, ...]:
    """The controllers, each with the names of its GatewayClasses."""
    return tuple(
        replace(one, gateway_classes=tuple(c.meta.name for c in classes if _owner(c) == one.name))
        for one in controllers
    )


def gateway_class_entries(
    classes: Iterable[GatewayClass], controllers: Sequence[ControllerEntry]
) -> tuple[GatewayClassEntry, ...]:
    """One entry for each GatewayClass."""
    return tuple(
        GatewayClassEntry(
            name=each.meta.name,
            controller=each.controller,
            served_by=tuple(
                one.workload.key if one.workload else one.name
                for one in controllers
                if each.meta.name in one.gateway_classes
            ),
            belongs_to=_owner(each),
        )
        for each in classes
    )


def unserved(inventory: Inventory) -> Iterator[Finding]:
    """GatewayClasses of controllers that are known here and do not run."""
    if inventory.namespace or not inventory.could_read(*_WORKLOADS):
        return
    for each in inventory.gateway_classes:
        if each.served_by or not each.belongs_to or each.belongs_to in OUTSIDE:
            continue
        text = f"no controller runs for GatewayClass {each.name} ({each.controller})"
        fix = (
            f"{command('ingress', 'install', each.belongs_to)}\n"
            f"{command('delete', 'gatewayclass', each.name)}"
        )
        yield Finding("KI207", "warning", text, f"GatewayClass {each.name}", fix=fix)


def _owner(each: GatewayClass) -> str:
    return _OWNERS.get(each.controller, "")
