"""A route leads to a Service of type ExternalName.

What it does
Finds backends that are names of DNS: a warning. An error where the name is an IP address, or leads
to the controller itself (localhost).

Why it is bad
Where requests go is decided by DNS, each time anew, and whoever may write the Service may send the
controller anywhere. What is no name is answered with 503; Traefik serves none of them unless it is
told to.

Example

    kind: Service
    spec:
      type: ExternalName
      externalName: 10.0.0.7

Use instead
A Service without selector and an EndpointSlice with the address; or a name that resolves inside the
cluster.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.core.hosts import is_ip
from kubectl_ingress.core.objects import Finding, Ingress, Service
from kubectl_ingress.lint.subject import Field, Subject, finding_on, paths_of

CODE = "KI110"
NAME = "external-name"
LEVEL = "error"
READS = ("Ingress", "Service")


def check(subject: Subject) -> Iterable[Finding]:
    """Every backend of every Ingress; nothing to do where no Service is of that type."""
    services = subject.snapshot.services
    external = {
        (one.meta.namespace, one.meta.name): one for one in services if one.type == "ExternalName"
    }
    for ingress in subject.snapshot.ingresses if external else ():
        for place, _, backend in paths_of(ingress):
            service = external.get((ingress.meta.namespace, backend.service))
            if service is not None:
                yield _finding(ingress, (*place, "service"), service)


def _finding(ingress: Ingress, place: Field, service: Service) -> Finding:
    name = service.external_name
    about = f"Service {service.meta.key} is the name {name or '(none)'} of DNS"
    if is_ip(name):
        fix = "a Service without selector, and an EndpointSlice with this address"
        return finding_on(ingress, CODE, "error", f"{about}, which is an address", place, fix)
    if not name or name == "localhost" or name.endswith(".localhost"):
        fix = "spec.externalName: a name that leads to the backend"
        return finding_on(ingress, CODE, "error", f"{about}, which leads nowhere", place, fix)
    message = f"{about}: where requests go is decided there"
    return finding_on(ingress, CODE, "warning", message, place)
