"""Which controllers run in a cluster, and where their load balancers are.

A controller is found by its image, never by its class name alone: a class
named nginx says nothing about who serves it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kubectl_ingress.controllers import ingress_nginx
from kubectl_ingress.controllers._profile import Profile
from kubectl_ingress.core.objects import Finding, Service, Snapshot, Workload
from kubectl_ingress.core.table import RouteTable

_VERSION = re.compile(r":v?(\d+\.\d+\.\d+[-\w.]*)")


@dataclass(frozen=True, slots=True)
class Running:
    """One controller that runs, or should: `service` is what its traffic comes in by."""

    profile: Profile
    workload: Workload
    settings: ingress_nginx.Settings
    service: Service | None
    version: str

    @property
    def addresses(self) -> tuple[str, ...]:
        """Names or IPs of its load balancer, as the cloud reported them."""
        return self.service.addresses if self.service else ()

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
            return Finding("KI601", "error", message, f"Service {key}", fix=look)
        message = f"the load balancer of Service {key} has no address yet (pending)"
        fix = f"{look}\nkubectl ingress address --wait 5m"
        return Finding("KI601", "error", message, f"Service {key}", fix=fix)

    def compile(self, snapshot: Snapshot) -> RouteTable:
        """What it makes of these objects."""
        return ingress_nginx.compile(snapshot, self.settings)


def find_running(snapshot: Snapshot) -> tuple[Running, ...]:
    """The controllers of a Snapshot, by namespace and name of their workloads."""
    found = []
    for workload in snapshot.workloads:
        profile = ingress_nginx.PROFILE
        images = [image for image in workload.images if any(p in image for p in profile.images)]
        if not images:
            continue
        version = _VERSION.search(images[0])
        found.append(
            Running(
                profile,
                workload,
                ingress_nginx.settings_of(workload),
                _entry_service(snapshot, workload),
                version[1] if version else "",
            )
        )
    return tuple(found)


def _entry_service(snapshot: Snapshot, workload: Workload) -> Service | None:
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
