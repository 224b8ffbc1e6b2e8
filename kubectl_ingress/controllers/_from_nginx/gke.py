"""GKE Ingress: objects beside the Ingress; the guards are of Cloud Armor and IAP."""

from __future__ import annotations

from kubectl_ingress.controllers._from_nginx._instead import Instead, Listed, Lists, Made
from kubectl_ingress.controllers._gke.frontend import FRONTEND_CONFIG, https_redirect
from kubectl_ingress.controllers._go import TRUE
from kubectl_ingress.core.objects import Ingress, Snapshot

LIST = ""
_ARMOR = ("allowlist-source-range", "denylist-source-range", "limit-rps", "whitelist-source-range")


def instead(name: str, value: str, ingress: Ingress) -> Instead | None:
    """See `Target`."""
    if name in ("force-ssl-redirect", "ssl-redirect") and value in TRUE:
        if named := ingress.meta.annotations.get(FRONTEND_CONFIG):
            # An Ingress has one alone.
            where = f"redirectToHttps: {{enabled: true}} in the spec of FrontendConfig {named}"
            return Instead(where=where)
        body = {"spec": {"redirectToHttps": {"enabled": True}}}
        made = Made("FrontendConfig", "networking.gke.io/v1beta1", ingress.meta.name, body)
        return Instead(((FRONTEND_CONFIG, made.name),), made)
    if name in _ARMOR:
        where = "a policy of Cloud Armor, which a BackendConfig of the Service names"
        return Instead(where=where, caveat="it is not modelled here")
    return None


def listed(snapshot: Snapshot) -> Lists:
    """See `Target`: whether the FrontendConfig was read, for there is no such list."""

    def of(ingress: Ingress) -> Listed:
        _, unknown = https_redirect(snapshot, ingress)
        return Listed(unread=unknown is not None)

    return of


def pattern(path: str, ingress: Ingress) -> str:
    """See `Target`: a star at the end is all that there is."""
    return "pathType: Prefix with a path of plain text: there are no patterns"
