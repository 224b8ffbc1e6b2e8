"""Objects that annotations name: what becomes of an Ingress whose Secret or ConfigMap is missing.

Upstream: the parsers below internal/ingress/annotations that give a
LocationDenied error; measured for auth-secret.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

from kubectl_ingress.controllers._ingress_nginx.reading import Values
from kubectl_ingress.controllers._ingress_nginx.settings import Settings
from kubectl_ingress.core.commands import command
from kubectl_ingress.core.objects import ConfigMap, Finding, Ingress, Secret, Snapshot

Object = Secret | ConfigMap
Lacks = Callable[[Object, Values, Settings], str]


def _password_file(found: Object, values: Values, settings: Settings) -> str:
    is_file = values.text("auth-secret-type") != "auth-map"
    lacking = isinstance(found, Secret) and is_file and "auth" not in found.keys
    return "has no key auth" if lacking else ""


def _certificate(found: Object, values: Values, settings: Settings) -> str:
    keys = found.keys if isinstance(found, Secret) else frozenset()
    usable = "ca.crt" in keys or {"tls.crt", "tls.key"} <= keys
    return "" if usable else "has neither tls.crt and tls.key nor ca.crt"


def _allowed_headers(found: Object, values: Values, settings: Settings) -> str:
    names = found.data if isinstance(found, ConfigMap) else {}
    refused = sorted(set(names) - set(settings.config.answer_headers))
    return f"sets {refused[0]}, which global-allowed-response-headers lacks" if refused else ""


def _anything(found: Object, values: Values, settings: Settings) -> str:
    return ""


class _Reference(Struct, frozen=True):
    """An annotation that names an object; `needs` is one without which it is not read.

    `bars`: not only this Ingress's locations are refused then, but its whole
    hosts, with 403.
    """

    annotation: str
    kind: str
    lacks: Lacks = _anything
    needs: str = ""
    bars: bool = False


_REFERENCES = (
    _Reference("auth-secret", "Secret", _password_file, needs="auth-type"),
    _Reference("auth-tls-secret", "Secret", _certificate, bars=True),
    _Reference("proxy-ssl-secret", "Secret", _certificate),
    _Reference("custom-headers", "ConfigMap", _allowed_headers),
    _Reference("auth-proxy-set-headers", "ConfigMap", needs="auth-url"),
    _Reference("fastcgi-params-configmap", "ConfigMap"),
)
_NAMES = frozenset(reference.annotation for reference in _REFERENCES)


class Refused(Struct, frozen=True):
    """Why all locations answer 503, why whole hosts answer 403, and what is uncertain of it."""

    denied: Finding | None = None
    barred: Finding | None = None
    doubts: tuple[Finding, ...] = ()


_NOT_REFUSED = Refused()


def refused_by_objects(
    ingress: Ingress, values: Values, snapshot: Snapshot, settings: Settings
) -> Refused:
    """What the objects that an Ingress's annotations name make of it."""
    if values.denied is None and not _NAMES & values.accepted.keys():
        return _NOT_REFUSED
    denied, doubts = values.denied, []
    barred = _malformed_authority(ingress, values, settings)
    for reference in _REFERENCES:
        if not values.text(reference.annotation):
            continue
        if reference.needs and not values.has(reference.needs):
            continue
        for finding in _problem(reference, ingress, values, snapshot, settings):
            if finding.code == "KI401":
                doubts.append(finding)
                continue
            denied = denied or finding
            if reference.bars:
                barred = barred or finding
    return Refused(denied, barred, tuple(doubts))


def _malformed_authority(ingress: Ingress, values: Values, settings: Settings) -> Finding | None:
    """auth-tls-secret that names no object at all: the parser has refused it already."""
    full = f"{settings.annotations_prefix}/auth-tls-secret"
    written = ingress.meta.annotations.get(full, "").strip()
    return values.denied if written and not values.has("auth-tls-secret") else None


def _problem(
    reference: _Reference, ingress: Ingress, values: Values, snapshot: Snapshot, settings: Settings
) -> Iterator[Finding]:
    annotation, kind = reference.annotation, reference.kind
    namespace, _, name = values.text(annotation).rpartition("/")
    namespace = namespace or ingress.meta.namespace
    found = _find(kind, namespace, name, snapshot)
    where = f"{settings.annotations_prefix}/{annotation} of Ingress {ingress.meta.key}"
    origin = ingress.meta.origin
    status = 403 if reference.bars else 503
    whose = "every request to its hosts" if reference.bars else "every path of the Ingress"
    effect = f"{whose} answers {status}"
    fix = command("get", f"{kind.lower()}s", "-n", namespace)
    held = snapshot.secrets if kind == "Secret" else snapshot.config_maps
    if found is None and (kind not in snapshot.read or snapshot.may_lack(held)):
        message = f"{where} names {kind} {namespace}/{name}; if that does not exist, {effect}"
        owner = f"Ingress {ingress.meta.key}"
        yield Finding("KI401", "warning", message, owner, origin, fix, statuses=(status,))
        return
    lacking = "does not exist" if found is None else reference.lacks(found, values, settings)
    if lacking:
        message = f"{where} names {kind} {namespace}/{name}, which {lacking}: {effect}"
        yield Finding("KI402", "error", message, f"Ingress {ingress.meta.key}", origin, fix)


def _find(kind: str, namespace: str, name: str, snapshot: Snapshot) -> Object | None:
    if kind == "Secret":
        return snapshot.secret_by_key.get((namespace, name))
    return snapshot.config_map_by_key.get((namespace, name))
