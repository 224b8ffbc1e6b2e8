"""A guard is written, and lets everybody in.

What it does
Finds guards that the controller passes over: auth-secret of HAProxy Ingress whose Secret is missing
or has no key auth, its allow-list without one valid network, and annotations of ingress-nginx that
Traefik's provider for them does not know: denylist-source-range among others.

Why it is bad
The same manifest is closed on ingress-nginx (503 or 403) and open here, and nothing says so. All
of these were measured.

Example

    metadata:
      annotations:
        nginx.ingress.kubernetes.io/denylist-source-range: 203.0.113.0/24   # on Traefik

Use instead
A guard that the controller has; until then no route: `kubectl delete ingress NAME`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_ingress.controllers._haproxy.values import networks
from kubectl_ingress.controllers._traefik.nginx_annotations import KNOWN
from kubectl_ingress.core.objects import Finding, Ingress, Snapshot
from kubectl_ingress.lint.subject import ROUTES, Subject, finding_on

CODE = "KI408"
NAME = "open-door"
LEVEL = "error"
READS = (ROUTES, "Secret")

_NGINX = "nginx.ingress.kubernetes.io/"
_HAPROXY = ("haproxy-ingress.github.io/", "ingress.kubernetes.io/")
_GUARDS = (
    "allowlist-source-range",
    "auth-tls-secret",
    "auth-type",
    "auth-url",
    "denylist-source-range",
    "enable-modsecurity",
    "whitelist-source-range",
)


def check(subject: Subject) -> Iterable[Finding]:
    """Ingresses of HAProxy Ingress, and of Traefik's provider for ingress-nginx."""
    for _, ingress in subject.routes.taken_by("haproxy-ingress"):
        yield from _haproxy(ingress, subject.snapshot)
    for _, ingress in subject.routes.taken_by("traefik-nginx"):
        for guard in _GUARDS:
            name = f"{_NGINX}{guard}"
            if guard not in KNOWN and name in ingress.meta.annotations:
                yield _open(ingress, name, "Traefik passes it over")


def _haproxy(ingress: Ingress, snapshot: Snapshot) -> Iterator[Finding]:
    for prefix in _HAPROXY:
        name = f"{prefix}auth-secret"
        secret = ingress.meta.annotations.get(name, "")
        if secret and (why := _unusable(secret, ingress, snapshot)):
            yield _open(ingress, name, why)
        for word in ("allowlist", "whitelist"):
            name = f"{prefix}{word}-source-range"
            text = ingress.meta.annotations.get(name, "")
            if text and not any(networks(text)):
                yield _open(ingress, name, "none of its items is an address or a network")


def _unusable(written: str, ingress: Ingress, snapshot: Snapshot) -> str:
    namespace, _, name = written.rpartition("/")
    key = namespace or ingress.meta.namespace, name
    secret = snapshot.secret_by_key.get(key)
    if secret is not None:
        return "" if "auth" in secret.keys else f"Secret {secret.meta.key} has no key auth"
    if "Secret" not in snapshot.read or snapshot.may_lack(snapshot.secrets):
        return ""
    return f"Secret {'/'.join(key)} does not exist"


def _open(ingress: Ingress, annotation: str, why: str) -> Finding:
    message = f"{annotation} lets everybody in: {why}"
    place = ("metadata", "annotations", annotation)
    return finding_on(ingress, CODE, LEVEL, message, place, "close the route until it is guarded")
