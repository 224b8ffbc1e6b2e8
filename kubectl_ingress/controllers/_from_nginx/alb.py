"""The AWS Load Balancer Controller: what its load balancers have of ingress-nginx's settings."""

from __future__ import annotations

from msgspec.structs import replace

from kubectl_ingress.controllers._alb.annotations import PREFIX, text_of
from kubectl_ingress.controllers._from_nginx._instead import Instead, allowed, no_list, one
from kubectl_ingress.controllers._go import TRUE
from kubectl_ingress.core.objects import Ingress

LIST = ""
listed = no_list


def instead(name: str, value: str, ingress: Ingress) -> Instead | None:
    """See `Target`."""
    annotations = ingress.meta.annotations
    match name:
        case "allowlist-source-range" | "whitelist-source-range" if text_of(
            annotations, "security-groups"
        ):
            # They decide who may connect, and inbound-cidrs is passed over.
            return Instead(also=(f"{PREFIX}security-groups",))
        case "allowlist-source-range" | "whitelist-source-range" if found := allowed(ingress):
            caveat = "it counts for the whole load balancer, which takes no connection of others"
            inbound = one(f"{PREFIX}inbound-cidrs", ",".join(found), caveat)
            # They let more in.
            return replace(inbound, only_with=((f"{PREFIX}security-group-prefix-lists", ()),))
        case "force-ssl-redirect" | "ssl-redirect" if value in TRUE:
            ports = (f"{PREFIX}listen-ports", '[{"HTTP": 80}, {"HTTPS": 443}]')
            return Instead((ports, (f"{PREFIX}ssl-redirect", "443")))
        case "auth-secret" | "auth-url" if (text_of(annotations, "auth-type") or "none") != "none":
            return Instead(also=(f"{PREFIX}auth-type",))
        case "backend-protocol" if value == "HTTPS":
            return one(f"{PREFIX}backend-protocol", value)
    return None


def pattern(path: str, ingress: Ingress) -> str:
    """See `Target`: `*` and `?` are all that there is."""
    return "pathType: Prefix with a path of plain text"
