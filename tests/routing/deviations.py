"""Measured answers that the model does not give, each with the reason why not."""

from __future__ import annotations

_STATUS_OF_THE_POD = (
    "the pod was asked for this status by a header that only it understands; what becomes of a"
    " pod's status is said in the reasons, not decided"
)

DEVIATIONS: dict[str, str] = {
    "f5-nginx-058#2": "a wrong password: the model reads no passwords, and says so (KI401)",
    "haproxy-ingress-028#1": "an ExternalName that did not resolve: DNS decides, and it says so",
    "haproxy-ingress-080#0": _STATUS_OF_THE_POD,
    "haproxy-ingress-080#1": _STATUS_OF_THE_POD,
    "ingress-nginx-032#0": _STATUS_OF_THE_POD,
    "ingress-nginx-087#0": (
        "service-upstream sends to the ClusterIP, which routed nowhere where this was measured"
    ),
    "kong-076#0": (
        "written for router_flavor expressions without saying so; the charts' traditional router"
        " does otherwise (measured), and so does the model"
    ),
    "traefik-nginx-032#0": _STATUS_OF_THE_POD,
    "traefik-020#0": (
        "a Service without EndpointSlices in files counts as ready: files rarely hold any"
    ),
    "traefik-027#0": (
        "no IngressClass in the files: they are taken for an application's own, whose class is"
        " in the cluster"
    ),
}
