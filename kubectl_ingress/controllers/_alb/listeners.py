"""Listeners: the ports of an Ingress, and ssl-redirect of its group.

The controller's model_build_listener.go and model_builder.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kubectl_ingress.controllers._alb.actions import Redirect
from kubectl_ingress.controllers._alb.annotations import (
    PREFIX,
    BadAnnotation,
    fields,
    integer_of,
    items,
    json_of,
    words_of,
)
from kubectl_ingress.core.objects import Ingress
from kubectl_ingress.core.values import Value

LISTEN_PORTS, SSL_REDIRECT = "listen-ports", "ssl-redirect"
_SCHEMES = {"HTTP": "http", "HTTPS": "https"}


def has_certificate(ingress: Ingress) -> bool:
    """Whether it names its certificates; else they are looked up by host, in ACM."""
    return bool(words_of(ingress.meta.annotations, "certificate-arn"))


def ports_of(ingress: Ingress) -> dict[int, str]:
    """The ports that an Ingress wants, each with its scheme. Raises BadAnnotation."""
    if PREFIX + LISTEN_PORTS not in ingress.meta.annotations:
        return {443: "https"} if has_certificate(ingress) else {80: "http"}
    value = json_of(ingress.meta.annotations, LISTEN_PORTS, folded=False)
    ports: dict[int, str] = {}
    for entry in items(value, LISTEN_PORTS):
        for protocol, port in fields(entry, LISTEN_PORTS).items():
            scheme = _SCHEMES.get(protocol)
            if scheme is None or isinstance(port, bool) or not isinstance(port, int):
                raise BadAnnotation(f"{LISTEN_PORTS} holds {protocol!r}: {port!r}")
            if not 1 <= port <= 65535:
                raise BadAnnotation(f"{LISTEN_PORTS} holds the port {port}")
            ports[port] = scheme
    if not ports:
        raise BadAnnotation(f"{LISTEN_PORTS} is empty")
    return ports


def merged(wanted: Iterable[Mapping[int, str]]) -> dict[int, str]:
    """The listeners of a group. Raises BadAnnotation where one port shall be both."""
    ports: dict[int, str] = {}
    for one in wanted:
        for port, scheme in one.items():
            if ports.setdefault(port, scheme) != scheme:
                raise BadAnnotation(f"port {port} shall be http for one Ingress, https for another")
    return ports


def ssl_redirect(group: Iterable[Ingress], ports: Mapping[int, str]) -> Redirect | None:
    """What every http listener answers, None where nobody asks for it. Raises BadAnnotation."""
    asked = {
        port: ingress.meta.key
        for ingress in group
        if (port := integer_of(ingress.meta.annotations, SSL_REDIRECT)) is not None
    }
    if not asked:
        return None
    if len(asked) > 1:
        raise BadAnnotation(f"the Ingresses of one group have different {SSL_REDIRECT} ports")
    [(port, key)] = asked.items()
    if ports.get(port) != "https":
        raise BadAnnotation(f"{SSL_REDIRECT} names the port {port}, which no https listener has")
    place = ("metadata", "annotations", PREFIX + SSL_REDIRECT)
    because = Value(str(port), f"Ingress {key}", place)
    return Redirect(301, because, "HTTPS", port=because.text, only="http")
