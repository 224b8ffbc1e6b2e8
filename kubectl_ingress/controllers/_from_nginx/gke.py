"""GKE Ingress: objects beside the Ingress; the guards are of Cloud Armor and IAP."""

from __future__ import annotations

from kubectl_ingress.controllers._from_nginx._instead import Instead, Kinds, Made
from kubectl_ingress.controllers._gke.frontend import FRONTEND_CONFIG, https_redirect
from kubectl_ingress.core.objects import Ingress, Snapshot

LIST = ""
_ARMOR = ("allowlist-source-range", "denylist-source-range", "limit-rps", "whitelist-source-range")


def instead(name: str, value: str, ingress: Ingress) -> Instead | None:
    """See `Target`."""
    if name in ("force-ssl-redirect", "ssl-redirect") and value.lower() == "true":
        if named := ingress.meta.annotations.get(FRONTEND_CONFIG):
            # An Ingress has one alone.
            where = f"redirectToHttps: {{enabled: true}} in the spec of FrontendConfig {named}"
            return Instead(where=where)
        body = {"spec": {"redirectToHttps": {"enabled": True}}}
        made = Made("FrontendConfig", "networking.gke.io/v1beta1", ingress.meta.name, body)
        return Instead(((FRONTEND_CONFIG, made.name),), made)
    if name in _ARMOR:
        where = "a policy of Cloud Armor, which a BackendConfig of the Service names"
        return Instead(where=where, when="it is not modelled here")
    return None


def kinds(snapshot: Snapshot) -> Kinds:
    """See `Target`: whether the FrontendConfig was read, for there is no such list."""

    def of(ingress: Ingress) -> frozenset[str]:
        _, unknown = https_redirect(snapshot, ingress)
        return frozenset({""} if unknown else ())

    return of


def pattern(path: str, ingress: Ingress) -> str:
    """See `Target`: a star at the end is all that there is."""
    return "pathType: Prefix with a path of plain text: there are no patterns"
