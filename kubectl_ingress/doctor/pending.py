"""Load balancers that are not there yet: which, and what mends what their controllers say. Pure."""

from __future__ import annotations

from kubectl_ingress.core.objects import Ingress
from kubectl_ingress.doctor.case import Case

ONE_FOR_EACH = ("gke", "alb")
"""Controllers that make a load balancer for each Ingress."""

# Part of a message -> what mends it.
_KNOWN = (
    (
        "subnet",
        "tag the subnets kubernetes.io/role/elb=1 (private ones kubernetes.io/role/internal-elb=1),"
        " or name them: annotation alb.ingress.kubernetes.io/subnets",
    ),
    (
        "is not nodeport",
        "make the Service one of type NodePort, or annotate it cloud.google.com/neg",
    ),
    ("nodeport or loadbalancer type", "annotation alb.ingress.kubernetes.io/target-type: ip"),
    ("no certificate found", "name one: annotation alb.ingress.kubernetes.io/certificate-arn"),
    ("accessdenied", "give the controller's identity the permission that the message names"),
    ("unauthorizedoperation", "give the controller's identity the permission that it names"),
    ("quota", "ask the cloud for more quota"),
)


def mending(message: str) -> str:
    """What mends what an event says, "" where that is not known."""
    lowered = message.lower()
    return next((fix for part, fix in _KNOWN if part in lowered), "")


def has_its_own(case: Case, ingress: Ingress) -> bool:
    """Whether an Ingress gets a load balancer for itself."""
    live = case.live_of(ingress)
    return live is not None and live.table.controller in ONE_FOR_EACH


def without_address(case: Case) -> frozenset[str]:
    """The Services and Ingresses whose load balancer has no address: ``Kind namespace/name``."""
    found = {one.object for one in case.inventory.findings if one.code == "KI601"}
    for ingress in case.ingresses:
        if not ingress.addresses and has_its_own(case, ingress):
            found.add(f"Ingress {ingress.meta.key}")
    return frozenset(found)
