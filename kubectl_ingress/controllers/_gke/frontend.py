"""The front of a GKE load balancer: what it listens on, and the redirect to https."""

from __future__ import annotations

from kubectl_ingress.core.actions import RedirectToHttps
from kubectl_ingress.core.objects import Finding, Ingress, Snapshot

ALLOW_HTTP = "kubernetes.io/ingress.allow-http"
FRONTEND_CONFIG = "networking.gke.io/v1beta1.FrontendConfig"
# Beside spec.tls, what brings a certificate.
_CERTIFICATES = (
    "networking.gke.io/managed-certificates",
    "ingress.gcp.kubernetes.io/pre-shared-cert",
)

_STATUS = {
    "MOVED_PERMANENTLY_DEFAULT": 301,
    "FOUND": 302,
    "SEE_OTHER": 303,
    "TEMPORARY_REDIRECT": 307,
    "PERMANENT_REDIRECT": 308,
}


def ports_of(ingress: Ingress) -> dict[int, str]:
    """The ports that are listened on, each with its scheme."""
    annotations = ingress.meta.annotations
    ports = {} if annotations.get(ALLOW_HTTP) == "false" else {80: "http"}
    if ingress.tls or any(annotations.get(name) for name in _CERTIFICATES):
        ports[443] = "https"
    return ports


def https_redirect(
    snapshot: Snapshot, ingress: Ingress
) -> tuple[RedirectToHttps | None, Finding | None]:
    """What the FrontendConfig of an Ingress says of http, or what is not known about it."""
    name = ingress.meta.annotations.get(FRONTEND_CONFIG, "")
    if not name:
        return None, None
    where = f"Ingress {ingress.meta.key}"
    for one in snapshot.customs:
        if (one.kind, one.meta.key) == ("FrontendConfig", f"{ingress.meta.namespace}/{name}"):
            return _redirect(one.spec.get("redirectToHttps")), None
    message = f"FrontendConfig {name} is not known here; it may redirect http to https"
    return None, Finding("KI401", "warning", message, where, ingress.meta.origin)


def _redirect(spec: object) -> RedirectToHttps | None:
    if not isinstance(spec, dict) or spec.get("enabled") is not True:
        return None
    code = spec.get("responseCodeName") or "MOVED_PERMANENTLY_DEFAULT"
    return RedirectToHttps(_STATUS.get(str(code), 301), keep_slash=True)
