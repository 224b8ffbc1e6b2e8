"""TLS ends at the load balancer, and the controller redirects to https for ever.

What it does
Finds load balancers with a certificate of their own in front of an ingress-nginx that believes
neither X-Forwarded-Proto (use-forwarded-headers) nor the PROXY protocol, and the Ingresses that
redirect to https there: by force-ssl-redirect, or by a TLS section.

Why it is bad
What the client sends by https reaches the controller as plain HTTP, which it redirects to https:
308 without end, "too many redirects".

Example

    kind: Service
    metadata:
      annotations:
        service.beta.kubernetes.io/aws-load-balancer-ssl-cert: arn:aws:acm:…
    ---
    kind: Ingress
    metadata:
      annotations:
        nginx.ingress.kubernetes.io/force-ssl-redirect: "true"

Use instead

    kind: ConfigMap
    data:
      use-forwarded-headers: "true"

A load balancer that forwards TCP writes no headers: there the redirect is one of its own.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.controllers._from_nginx._instead import NGINX, is_on
from kubectl_ingress.core.objects import Finding, Ingress
from kubectl_ingress.lint.subject import ROUTES, NginxEntry, Subject, finding_on
from kubectl_ingress.providers._service_annotations import ends_tls

CODE = "KI621"
NAME = "redirect-loop"
LEVEL = "error"
READS = (ROUTES,)

_FORCE = "force-ssl-redirect"


def check(subject: Subject) -> Iterable[Finding]:
    """Ingresses behind a load balancer where TLS ends."""
    for entry in subject.routes.entries:
        by = ends_tls(entry.service.meta.annotations)
        unknown = entry.config is None and subject.snapshot.offline
        if not by or unknown:
            continue
        if entry.settings.config.forwarded_headers or entry.is_on("use-proxy-protocol"):
            continue
        for ingress in subject.routes.taken_at(entry):
            why = _redirects(ingress, entry)
            if why:
                message = (
                    f"{why}, and TLS ends at the load balancer ({by}) without the controller"
                    " knowing: every request is redirected to https again"
                )
                fix = entry.mend("use-forwarded-headers", "true")
                annotated = is_on(ingress, _FORCE)
                place = (
                    ("metadata", "annotations", NGINX + _FORCE) if annotated else ("spec", "tls")
                )
                yield finding_on(ingress, CODE, LEVEL, message, place, fix)


def _redirects(ingress: Ingress, entry: NginxEntry) -> str:
    config = entry.settings.config
    if is_on(ingress, _FORCE, config.force_ssl_redirect):
        return "force-ssl-redirect is on"
    redirects = is_on(ingress, "ssl-redirect", config.ssl_redirect)
    return "hosts with TLS are redirected to https" if redirects and ingress.tls else ""
