"""What nobody can predict from the objects: each a KI401 that says so."""

from __future__ import annotations

from kubectl_ingress.controllers._ingress_nginx.reading import Values
from kubectl_ingress.controllers._ingress_nginx.settings import Settings
from kubectl_ingress.core.objects import Finding, Ingress

# Directives of nginx and rules of a firewall, for the Ingress's own locations.
_OPAQUE = ("configuration-snippet", "modsecurity-snippet")
_FIREWALL = ("enable-modsecurity", "enable-owasp-core-rules")


def opaque_annotations(ingress: Ingress, values: Values, settings: Settings) -> tuple[Finding, ...]:
    """What may do anything to a request that one of the Ingress's paths takes."""
    names = [name for name in _OPAQUE if values.has(name)]
    names += [name for name in _FIREWALL if values.flag(name)]
    return tuple(
        doubt(ingress, settings, name, "may answer any request: nobody here can follow it")
        for name in names
    )


def opaque_for_host(ingress: Ingress, values: Values, settings: Settings) -> tuple[Finding, ...]:
    """The same for all requests to the Ingress's hosts, whichever Ingress has the path."""
    found = []
    if values.has("server-snippet"):
        what = "may answer any request to the host: nobody here can follow it"
        found.append(doubt(ingress, settings, "server-snippet", what))
    if values.has("auth-tls-secret"):
        what = "asks clients of the host for a certificate: without one https answers 400"
        if values.has("auth-tls-match-cn"):
            what += ", and whoever has another name gets 403"
        found.append(doubt(ingress, settings, "auth-tls-secret", what))
    if settings.passthrough and values.flag("ssl-passthrough"):
        what = "hands TLS connections to the backend of / unread, so no path and no rule counts"
        found.append(doubt(ingress, settings, "ssl-passthrough", what))
    return tuple(found)


def opaque_settings(settings: Settings) -> tuple[Finding, ...]:
    """Keys of the ConfigMap that may do anything to any request."""
    source = settings.config.source
    return tuple(
        Finding("KI401", "warning", f"{key} of {source} may answer any request", source)
        for key in settings.config.opaque
    )


def doubt(ingress: Ingress, settings: Settings, annotation: str, what: str) -> Finding:
    """One annotation, and what of it cannot be known."""
    key = ingress.meta.key
    message = f"{settings.annotations_prefix}/{annotation} of Ingress {key} {what}"
    return Finding("KI401", "warning", message, f"Ingress {key}", ingress.meta.origin)
