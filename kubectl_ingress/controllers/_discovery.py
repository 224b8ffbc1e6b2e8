"""Which controllers run in a cluster, and where their load balancers are.

A controller is found by its image, never by its class name alone: a class
named nginx says nothing about who serves it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import cast

from kubectl_ingress import registry
from kubectl_ingress.controllers._profile import Controller, Profile, Settings, Told
from kubectl_ingress.core.objects import Finding, Service, Snapshot, Workload
from kubectl_ingress.core.table import RouteTable

_VERSION = re.compile(r":v?(\d+\.\d+\.\d+[-\w.]*)")


@dataclass(frozen=True, slots=True)
class Running:
    """One controller that runs, or should: `service` is what its traffic comes in by."""

    controller: Controller
    workload: Workload
    settings: Settings
    service: Service | None
    version: str

    @property
    def profile(self) -> Profile:
        """Who it is."""
        return self.controller.PROFILE

    @property
    def addresses(self) -> tuple[str, ...]:
        """Names or IPs of its load balancer as the cloud reported them, else those it publishes.

        On kind nothing makes load balancers, and the controller is told to publish localhost.
        """
        reported = self.service.addresses if self.service else ()
        return reported or _published(self.workload)

    @property
    def title(self) -> str:
        """``ingress-nginx 1.15.1``, or the name alone where the image tells no version."""
        return f"{self.profile.title} {self.version}".strip()

    def port(self, scheme: str) -> int:
        """The load balancer's port for http or https."""
        usual = 443 if scheme == "https" else 80
        ports = self.service.ports if self.service else ()
        named = [port.number for port in ports if port.name == scheme]
        return usual if not named or usual in {port.number for port in ports} else named[0]

    def no_address(self) -> Finding:
        """Why there is nothing to send a request to, and what to look at."""
        namespace = self.workload.meta.namespace
        if self.service is None:
            message = f"no Service leads to {self.title} in namespace {namespace}"
            return Finding("KI601", "error", message, fix=f"kubectl get services -n {namespace}")
        key, kind = self.service.meta.key, self.service.type
        look = f"kubectl describe service -n {namespace} {self.service.meta.name}"
        if kind != "LoadBalancer":
            message = f"Service {key} is of type {kind}, so it has no load balancer"
            ports = [f"{p.node_port} ({p.name or p.number})" for p in self.service.ports]
            if kind == "NodePort":
                message += f"; requests come in at any node's address, port {', '.join(ports)}"
                look = "kubectl get nodes -o wide"
            return Finding("KI601", "error", message, f"Service {key}", fix=look)
        message = f"the load balancer of Service {key} has no address yet (pending)"
        fix = f"{look}\nkubectl ingress address --wait 5m"
        return Finding("KI601", "error", message, f"Service {key}", fix=fix)

    def compile(self, snapshot: Snapshot) -> RouteTable:
        """What it makes of these objects."""
        return self.controller.compile(snapshot, self.settings)


def known_controllers() -> tuple[Controller, ...]:
    """The controllers that have a file here and can be recognised, by name."""
    modules = (registry.load("controllers", name) for name in registry.names("controllers"))
    return tuple(cast(Controller, m) for m in modules if m.PROFILE.images)


def find_running(snapshot: Snapshot) -> tuple[Running, ...]:
    """The controllers of a Snapshot, by namespace and name of their workloads."""
    known = known_controllers()
    found = (_recognised(snapshot, workload, known) for workload in snapshot.workloads)
    return tuple(running for running in found if running is not None)


def _recognised(
    snapshot: Snapshot, workload: Workload, known: tuple[Controller, ...]
) -> Running | None:
    for image in workload.images:
        for controller in known:
            if any(part in image for part in controller.PROFILE.images):
                version = _VERSION.search(image)
                settings = controller.settings_of(Told.by(workload), snapshot)
                service = entry_service(snapshot, workload)
                number = version[1] if version else ""
                return Running(controller, workload, settings, service, number)
    return None


def _published(workload: Workload) -> tuple[str, ...]:
    """What a controller was told to write into the status of its Ingresses, comma-separated."""
    for argument in workload.args:
        name, _, value = argument.partition("=")
        if name == "--publish-status-address":
            return tuple(part.strip() for part in value.split(",") if part.strip())
    return ()


def entry_service(snapshot: Snapshot, workload: Workload) -> Service | None:
    """The Service that traffic comes in by: the published one, else one that selects the pods.

    A Service that selects the pods and only leads to the admission webhook is
    told apart by its ports: traffic comes in on 80 or 443 under the names http
    and https, and a LoadBalancer is preferred to anything else.
    """
    for argument in workload.args:
        name, _, value = argument.partition("=")
        if name == "--publish-service":
            namespace, _, service = value.replace(
                "$(POD_NAMESPACE)", workload.meta.namespace
            ).partition("/")
            published = snapshot.service_by_key.get((namespace, service))
            if published is not None:
                return published
    candidates = [
        service
        for service in snapshot.services
        if service.meta.namespace == workload.meta.namespace
        and service.selector
        and service.selector.items() <= workload.pod_labels.items()
        and any(port.number == 80 or port.name == "http" for port in service.ports)
    ]
    candidates.sort(key=lambda service: service.type != "LoadBalancer")
    return candidates[0] if candidates else None
