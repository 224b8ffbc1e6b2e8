"""A port of the load balancer leads to the wrong port of the controller.

What it does
Follows ports 80 and 443 of the Service of ingress-nginx to the controller's own ports, and looks
whether TLS ends at the load balancer before.

Why it is bad
400 "The plain HTTP request was sent to HTTPS port" on every host where plain HTTP reaches the
port for TLS; where TLS reaches the port for plain HTTP, every handshake fails.

Example

    kind: Service
    spec:
      type: LoadBalancer
      ports:
      - {name: https, port: 443, targetPort: http}

Use instead

      - {name: https, port: 443, targetPort: https}

Where TLS ends at the load balancer (a certificate in an annotation), 443 leads to http.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.core.objects import Finding, ServicePort
from kubectl_ingress.core.patches import target_port
from kubectl_ingress.lint.subject import ROUTES, NginxEntry, Subject
from kubectl_ingress.providers._service_annotations import ends_tls

CODE = "KI620"
NAME = "load-balancer-port"
LEVEL = "error"
READS = (ROUTES,)


def check(subject: Subject) -> Iterable[Finding]:
    """Every Service that requests come in to an ingress-nginx by."""
    for entry in subject.routes.entries:
        for number, port in enumerate(entry.service.ports):
            message, right = _wrong(entry, port)
            if message:
                meta = entry.service.meta
                field = ("spec", "ports", number, "targetPort")
                fix = target_port(meta, number, _named(entry, right))
                about = f"Service {meta.key}"
                yield Finding(CODE, LEVEL, message, about, meta.origin, fix, field)


def _wrong(entry: NginxEntry, port: ServicePort) -> tuple[str, int]:
    """What is wrong and the right port of the pods; "" where nothing is."""
    plain, encrypted = entry.settings.http_port, entry.settings.https_port
    reached, about = (
        entry.number_of(port),
        f"port {port.number} of Service {entry.service.meta.key}",
    )
    ended = ends_tls(entry.service.meta.annotations)
    if port.number == 443 and ended and reached == encrypted:
        what = f"TLS ends at the load balancer ({ended}), and what is left meets the port for TLS"
        return f"{about} leads to {reached}: {what}", plain
    if port.number == 443 and not ended and reached == plain:
        return (
            f"{about} leads to {reached}, where plain HTTP is spoken: no handshake works",
            encrypted,
        )
    if port.number == 80 and reached == encrypted:
        return f"{about} leads to {reached}, where TLS is spoken: all plain requests get 400", plain
    return "", 0


def _named(entry: NginxEntry, number: int) -> int | str:
    ports = entry.workload.spec.ports
    return next((one.name for one in ports if one.number == number and one.name), number)
