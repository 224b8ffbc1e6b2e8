"""The PROXY protocol is sent and not expected, or the reverse.

What it does
Compares the annotations by which clouds make a load balancer send the PROXY protocol with
use-proxy-protocol in the ConfigMap of ingress-nginx. An error where a half is surely missing, a
warning where the cloud is not known by any annotation.

Why it is bad
Sent and not expected, every request is answered with 400; expected and not sent, every
connection ends without an answer.

Example

    kind: Service
    metadata:
      annotations:
        service.beta.kubernetes.io/do-loadbalancer-enable-proxy-protocol: "true"
    ---
    kind: ConfigMap
    data: {}

Use instead

    kind: ConfigMap
    data:
      use-proxy-protocol: "true"
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.core.objects import Finding, Meta
from kubectl_ingress.lint.remedies import annotated, without_annotation
from kubectl_ingress.lint.subject import ROUTES, NginxEntry, Subject
from kubectl_ingress.providers._service_annotations import asks_proxy_protocol, proxy_protocol_of

CODE = "KI625"
NAME = "proxy-protocol"
LEVEL = "error"
READS = (ROUTES,)

_KEY = "use-proxy-protocol"


def check(subject: Subject) -> Iterable[Finding]:
    """Load balancers of ingress-nginx whose ConfigMap is known."""
    for entry in subject.routes.entries:
        config = entry.config
        if entry.service.type != "LoadBalancer" or config is None:
            continue
        sent, expected = asks_proxy_protocol(entry.service.meta.annotations), entry.is_on(_KEY)
        if sent and not expected:
            yield _not_expected(entry, config.meta, sent)
        elif expected and not sent:
            yield _not_sent(entry, config.meta)


def _not_expected(entry: NginxEntry, config: Meta, name: str) -> Finding:
    meta = entry.service.meta
    message = (
        f"the load balancer of Service {meta.key} sends the PROXY protocol, and ConfigMap"
        f" {config.key} does not say {_KEY}: every request is answered with 400"
    )
    fix = f"{entry.mend(_KEY, 'true')}\n{without_annotation('Service', meta, name)}"
    field = ("metadata", "annotations", name)
    return Finding(CODE, "error", message, f"Service {meta.key}", meta.origin, fix, field)


def _not_sent(entry: NginxEntry, config: Meta) -> Finding:
    service = entry.service.meta
    known = proxy_protocol_of(service.annotations)
    message = (
        f"ConfigMap {config.key} says {_KEY}, and nothing makes the load balancer of Service"
        f" {service.key} send it: every connection ends without an answer"
    )
    fix = entry.mend(_KEY, "false")
    if known is not None:
        fix = f"{annotated('Service', service, *known)}\n{fix}"
    field, level = ("data", _KEY), "error" if known else "warning"
    return Finding(CODE, level, message, f"ConfigMap {config.key}", config.origin, fix, field)
