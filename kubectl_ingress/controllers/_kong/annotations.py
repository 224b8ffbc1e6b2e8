"""The annotations konghq.com/*: what they are on, which values count, and what else happens.

Source: KIC's internal/annotations and dataplane/kongstate/route.go (3.5), and
measured. Kong refuses its whole configuration for some values that the
controller hands on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from enum import StrEnum

from msgspec import Struct

from kubectl_ingress.controllers._go import is_number, words
from kubectl_ingress.controllers._tables import Effect
from kubectl_ingress.core.objects import Finding, Meta

PREFIX = "konghq.com/"
HEADERS = "headers."
SERVICE_UPSTREAM = "ingress.kubernetes.io/service-upstream"
FORCE_SSL = "ingress.kubernetes.io/force-ssl-redirect"

STATUSES = frozenset({"426", "301", "302", "307", "308"})
PROTOCOLS = frozenset({"http", "https", "grpc", "grpcs"})
_LABEL = r"[a-zA-Z0-9]+(?:-[a-zA-Z0-9]+)*"
_HOST = re.compile(rf"(?:\*\.)?{_LABEL}(?:\.{_LABEL})*(?:\.\*)?")
_METHOD = re.compile(r"[A-Z]+")
_PATH_HANDLING = re.compile(r"v\d")
_SERVICE_PATH = re.compile(r"/(?!/)(?:[\w.~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2}|/(?!/))*", re.ASCII)


class On(StrEnum):
    """What an annotation is read on."""

    ROUTE = "Ingresses and HTTPRoutes"
    SERVICE = "Services"
    BOTH = "Ingresses, HTTPRoutes and Services"


class Bad(StrEnum):
    """What becomes of a value that is not accepted."""

    IGNORED = "ignored"
    FROZEN = "Kong refuses its whole configuration"
    DROPPED = "routes of the Service are left out"


def is_host(text: str) -> bool:
    """Whether the controller takes a host or alias."""
    return bool(_HOST.fullmatch(text))


def is_server_name(text: str) -> bool:
    """Whether the controller takes an SNI: no wildcards."""
    return is_host(text) and "*" not in text


def is_method(text: str) -> bool:
    """Whether the controller takes a method, in upper case."""
    return bool(_METHOD.fullmatch(text))


def is_boolean(text: str) -> bool:
    """true or false, in any case."""
    return text.lower() in ("true", "false")


def is_path_handling(text: str) -> bool:
    """Whether Kong takes it; what is no version at all never reaches Kong."""
    return text in ("v0", "v1") or not _PATH_HANDLING.search(text)


def is_service_path(text: str) -> bool:
    """Whether Kong takes a path of a Service: no empty segment, no sign that needs escaping."""
    return bool(_SERVICE_PATH.fullmatch(text))


def _anything(text: str) -> bool:
    return True


def _all(one: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda text: all(one(word) for word in words(text))


def _are_methods(text: str) -> bool:
    return all(is_method(word.upper()) for word in words(text))


def _are_protocols(text: str) -> bool:
    return PROTOCOLS.issuperset(words(text))


class Annotation(Struct, frozen=True):
    """One annotation: `name` is what follows ``konghq.com/``, `wants` says its values in words."""

    name: str
    on: On
    effect: Effect
    doc: str
    accepts: Callable[[str], bool] = _anything
    wants: str = ""
    bad: Bad = Bad.IGNORED


_BOOLEAN = "true or false"
_HOSTS = "names of letters, digits and single dashes between dots"
_ROUTE, _SERVICE, _BOTH = On.ROUTE, On.SERVICE, On.BOTH

ANNOTATIONS: tuple[Annotation, ...] = (
    Annotation(
        "methods",
        _ROUTE,
        Effect.ROUTE,
        "Methods that are taken; others go to other routes.",
        _are_methods,
        "words of letters",
    ),
    Annotation(
        "host-aliases", _ROUTE, Effect.ROUTE, "More hosts of every rule.", _all(is_host), _HOSTS
    ),
    Annotation(
        "snis",
        _ROUTE,
        Effect.ROUTE,
        "Names in the TLS handshake that are taken.",
        _all(is_server_name),
        _HOSTS,
    ),
    Annotation("headers-separator", _ROUTE, Effect.ROUTE, "What stands between header values."),
    Annotation(
        "regex-priority",
        _ROUTE,
        Effect.ROUTE,
        "Regular expressions with the greater number come first.",
        is_number,
        "a whole number",
    ),
    Annotation(
        "regex-prefix", _ROUTE, Effect.ROUTE, "How paths that are regexes begin, /~ unless set."
    ),
    Annotation(
        "protocols",
        _ROUTE,
        Effect.STATUS,
        "Protocols that are served; https alone sends http away.",
        _are_protocols,
        "http, https, grpc or grpcs",
        Bad.FROZEN,
    ),
    Annotation(
        "https-redirect-status-code",
        _ROUTE,
        Effect.STATUS,
        "What http gets where https alone is served.",
        STATUSES.__contains__,
        "426, 301, 302, 307 or 308",
    ),
    Annotation(
        "strip-path",
        _ROUTE,
        Effect.PATH,
        "Whether what the path matched is cut off.",
        is_boolean,
        _BOOLEAN,
    ),
    Annotation(
        "path-handling",
        _ROUTE,
        Effect.PATH,
        "How the Service's path and the request's are joined.",
        is_path_handling,
        "v0 or v1",
        Bad.FROZEN,
    ),
    Annotation(
        "rewrite",
        _ROUTE,
        Effect.PATH,
        "A new path, $1 being a group of the regex; needs the feature gate RewriteURIs.",
    ),
    Annotation("plugins", _BOTH, Effect.ANY, "KongPlugins for its requests."),
    Annotation(
        "preserve-host",
        _ROUTE,
        Effect.UPSTREAM,
        "Whether the pod gets the Host header.",
        is_boolean,
        _BOOLEAN,
    ),
    Annotation(
        "request-buffering", _ROUTE, Effect.UPSTREAM, "Buffering of bodies.", is_boolean, _BOOLEAN
    ),
    Annotation(
        "response-buffering", _ROUTE, Effect.UPSTREAM, "Buffering of answers.", is_boolean, _BOOLEAN
    ),
    Annotation(
        "path",
        _SERVICE,
        Effect.PATH,
        "Put before the path of every request.",
        is_service_path,
        "a path without empty segments, its special signs escaped",
        Bad.FROZEN,
    ),
    Annotation(
        "protocol",
        _SERVICE,
        Effect.UPSTREAM,
        "What the pods speak.",
        PROTOCOLS.__contains__,
        "http, https, grpc or grpcs",
    ),
    Annotation("host-header", _SERVICE, Effect.UPSTREAM, "The Host header for the pods."),
    Annotation("connect-timeout", _SERVICE, Effect.UPSTREAM, "A timeout."),
    Annotation("read-timeout", _SERVICE, Effect.UPSTREAM, "A timeout."),
    Annotation("write-timeout", _SERVICE, Effect.UPSTREAM, "A timeout."),
    Annotation("retries", _SERVICE, Effect.UPSTREAM, "How often another pod is tried."),
    Annotation("client-cert", _SERVICE, Effect.UPSTREAM, "The certificate that is shown to pods."),
    Annotation(
        "ca-certificates", _SERVICE, Effect.UPSTREAM, "What certificates of pods are checked by."
    ),
    Annotation("ca-certificates-secret", _SERVICE, Effect.UPSTREAM, "The same, by Secret."),
    Annotation("ca-certificates-secrets", _SERVICE, Effect.UPSTREAM, "The same, by Secrets."),
    Annotation("ca-certificates-configmap", _SERVICE, Effect.UPSTREAM, "The same, by ConfigMap."),
    Annotation("ca-certificates-configmaps", _SERVICE, Effect.UPSTREAM, "The same, by ConfigMaps."),
    Annotation("tls-verify", _SERVICE, Effect.UPSTREAM, "Whether pods' certificates are checked."),
    Annotation("tls-verify-depth", _SERVICE, Effect.UPSTREAM, "How deep they are checked."),
    Annotation(
        "upstream-policy", _SERVICE, Effect.BALANCE, "A KongUpstreamPolicy: which of the pods."
    ),
    Annotation(
        "override", _BOTH, Effect.OPERATION, "A KongIngress; what it said of routes is gone."
    ),
    Annotation("tags", _BOTH, Effect.OPERATION, "Tags of the objects in Kong."),
)
_BY_NAME = {one.name: one for one in ANNOTATIONS}


def annotation(meta: Meta, name: str) -> str | None:
    """The value of ``konghq.com/<name>``, None where it is not there."""
    return meta.annotations.get(PREFIX + name)


def remarks(meta: Meta, kind: str) -> Iterator[Finding]:
    """What is wrong with an object's annotations: KI402 and KI403."""
    owner = f"{kind} {meta.key}"
    for name, value in sorted(meta.annotations.items()):
        short = name.removeprefix(PREFIX)
        if short == name or short.startswith(HEADERS):
            continue
        known = _BY_NAME.get(short)
        if known is None:
            message = f"{owner} has the annotation {name}, which the controller does not know"
            yield Finding("KI403", "warning", message, owner, meta.origin)
        elif (known.on is On.SERVICE) != (kind == "Service") and known.on is not On.BOTH:
            message = f"{owner} has the annotation {name}, which is read on {known.on} alone"
            yield Finding("KI403", "warning", message, owner, meta.origin)
        elif not known.accepts(value):
            message = (
                f"{name} of {owner} is {value!r}, which is not {known.wants}: {known.bad.value}"
            )
            yield Finding("KI402", "warning", message, owner, meta.origin)


def plugins_of(meta: Meta, kind: str) -> Iterator[Finding]:
    """KI401 where plugins, which may answer or change anything, are named."""
    value = annotation(meta, "plugins")
    if value and words(value):
        owner = f"{kind} {meta.key}"
        named = ", ".join(words(value))
        message = f"{PREFIX}plugins of {owner} names {named}: what plugins do is not modelled"
        yield Finding("KI401", "warning", message, owner, meta.origin)
