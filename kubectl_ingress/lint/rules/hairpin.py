"""Pods that ask the load balancer's address never meet the load balancer.

What it does
Finds load balancers whose address is an IP that nodes take for their own (ipMode is not Proxy)
while the controller wants from the load balancer what nodes do not do: the PROXY protocol, or the
end of TLS.

Why it is bad
From outside all is well. A pod that asks the same name is led straight to the controller by its
node: without the PROXY header or in the wrong protocol, so it gets no answer. cert-manager's own
check of a challenge is such a pod.

Example

    kind: Service
    metadata:
      annotations:
        service.beta.kubernetes.io/do-loadbalancer-enable-proxy-protocol: "true"
    status:
      loadBalancer:
        ingress: [{ip: 203.0.113.10, ipMode: VIP}]

Use instead
A load balancer that is known by its name (do-loadbalancer-hostname, scw-loadbalancer-use-hostname,
load-balancer.hetzner.cloud/hostname), or a cloud controller that says ipMode Proxy.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.core.objects import Finding
from kubectl_ingress.lint.remedies import annotated
from kubectl_ingress.lint.subject import ROUTES, Subject
from kubectl_ingress.providers._service_annotations import ends_tls, name_for, named

CODE = "KI626"
NAME = "hairpin"
LEVEL = "warning"
READS = (ROUTES,)


def check(subject: Subject) -> Iterable[Finding]:
    """Services of ingress-nginx that have an address."""
    for entry in subject.routes.entries:
        service, meta = entry.service, entry.service.meta
        ended = ends_tls(meta.annotations)
        lacking = "the PROXY protocol" if entry.is_on("use-proxy-protocol") else ""
        lacking = lacking or ("the end of TLS" if ended else "")
        if not service.shortcuts or not lacking or named(meta.annotations):
            continue
        message = (
            f"pods that ask {service.shortcuts[0]}, the address of Service {meta.key}, are led"
            f" past the load balancer (ipMode is not Proxy), and miss {lacking}"
        )
        by_name = name_for(meta.annotations)
        fix = "a cloud controller that says ipMode Proxy, or an address by name"
        if by_name is not None:
            fix = annotated("Service", meta, *by_name)
        field = ("status", "loadBalancer")
        yield Finding(CODE, LEVEL, message, f"Service {meta.key}", meta.origin, fix, field)
