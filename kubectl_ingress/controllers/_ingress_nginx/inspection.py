"""Texts in an Ingress for which ingress-nginx does not even look at it (--deep-inspect).

Upstream: internal/ingress/inspector/rules.go, ingress.go. It is done by the
webhook, and again with every Ingress that is loaded (store.go).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kubectl_ingress.core.objects import Finding, Ingress
from kubectl_ingress.core.reasons import edit_command
from kubectl_ingress.core.text import printable

_FORBIDDEN = re.compile(
    "_by_lua|/var/run/secrets|/etc/(?:passwd|shadow|group|nginx|ingress-controller)"
)
# These only with a semicolon somewhere after them.
_DIRECTIVES = ("alias", "root")


def inspect(ingress: Ingress) -> Finding | None:
    """Why the controller leaves an Ingress out for a host, path or Secret it names."""
    where, text = next(_forbidden(ingress), ("", ""))
    if not where:
        return None
    key = ingress.meta.key
    message = (
        f"Ingress {key} has the {where} {printable(text)!r}, which --deep-inspect forbids:"
        " ingress-nginx leaves the whole Ingress out"
    )
    fix = edit_command(f"Ingress {key}")
    return Finding("KI506", "error", message, f"Ingress {key}", ingress.meta.origin, fix)


def refusal(ingress: Ingress) -> str:
    """What the webhook says of such an Ingress, "" where it has none of these texts."""
    for where, text in _forbidden(ingress):
        place = f"{ingress.meta.namespace}/{ingress.meta.name}: "
        place = f"invalid {_PLACES[where].format(place)}"
        return f"invalid object: {place}invalid value found: {text}"
    return ""


_PLACES = {
    "host": "host in ingress {}",
    "path": "rule in ingress {}invalid http path: ",
    "TLS secret": "secret in ingress {}",
    "TLS host": "host in ingress tls config {}",
}


def _forbidden(ingress: Ingress) -> Iterator[tuple[str, str]]:
    for rule in ingress.rules:
        if _is_forbidden(rule.host):
            yield "host", rule.host
        for path in rule.paths:
            if _is_forbidden(path.path):
                yield "path", path.path
    for entry in ingress.tls:
        if _is_forbidden(entry.secret):
            yield "TLS secret", entry.secret
        for host in entry.hosts:
            if _is_forbidden(host):
                yield "TLS host", host


def _is_forbidden(text: str) -> bool:
    if _FORBIDDEN.search(text):
        return True
    end = text.rfind(";")
    return end > 0 and any(text.find(word, 0, end) >= 0 for word in _DIRECTIVES)
