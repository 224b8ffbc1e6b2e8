"""A guard is written, and keeps nobody out.

What it does
Finds guards that the controller passes over. On whatever controller takes an Ingress that was
written for ingress-nginx: passwords, auth-url, client certificates, lists of addresses, limits,
firewalls, snippets that refuse requests, and the redirect to https, which ingress-nginx makes for
spec.tls by itself. A warning where the Ingress names objects that were not read, and one of them
may do the same, where this controller's own setting stands there with another value, or with
another one that takes the effect from it, and where the controller is known and not modelled. Also
auth-secret of HAProxy Ingress whose Secret is missing, has no key auth or is in a namespace that it
may not read, its allow-list without one valid network, and a rate of F5's controller that is none.

Why it is bad
The same manifest is closed on ingress-nginx and open here, and nothing says so.

Example

    metadata:
      annotations:
        nginx.ingress.kubernetes.io/auth-type: basic          # on F5's controller
        nginx.ingress.kubernetes.io/auth-secret: users

Use instead
What the finding names: an annotation of this controller with its value, or an object to be made.
Behind a semicolon stands under which condition it does the same. Where none is named the controller
has none that is known here: until there is a guard no route, `kubectl delete ingress NAME`. Where
something that is not read here keeps them out, say so on the Ingress:

    kubectl-ingress/ignore: "KI408 Cloud Armor has the list"
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_ingress.controllers._f5_nginx.values import rate
from kubectl_ingress.controllers._from_nginx._instead import NGINX
from kubectl_ingress.controllers._haproxy.settings import Settings
from kubectl_ingress.controllers._haproxy.values import networks
from kubectl_ingress.controllers._traefik.nginx_annotations import KNOWN
from kubectl_ingress.core.objects import Finding, Ingress, Snapshot
from kubectl_ingress.lint.losses import (
    GUARDS,
    Loss,
    State,
    guards_of,
    is_guard,
    not_modelled,
)
from kubectl_ingress.lint.subject import ROUTES, Subject, finding_on

CODE = "KI408"
NAME = "open-door"
LEVEL = "error"
READS = (ROUTES, "Ingress", "IngressClass", "Secret")

_RATE = "nginx.org/limit-req-rate"
_CLOSE = "close the route until it is guarded"


def check(subject: Subject) -> Iterable[Finding]:
    """Every Ingress that a controller takes whose annotations are known."""
    for one, ingress in subject.routes.taken_by("haproxy-ingress"):
        if isinstance(one.settings, Settings):
            yield from _haproxy(ingress, one.settings, subject.snapshot)
    for _, ingress in subject.routes.taken_by("f5-nginx"):
        text = ingress.meta.annotations.get(_RATE)
        if text is not None and rate(text) is None:
            yield _open(ingress, _RATE, "it is no rate such as 10r/s", "limits nobody")
    for _, ingress in subject.routes.taken_by("traefik-nginx"):
        for guard, without in GUARDS.items():
            name = f"{NGINX}{guard}"
            there = name in ingress.meta.annotations and is_guard(guard, ingress)
            if there and guard not in KNOWN:
                yield _open(ingress, name, "Traefik passes it over", without)
    for key, owner in subject.routes.owners.items():
        if owner.is_modelled:
            continue
        taken = subject.snapshot.ingress_named(key)
        title = not_modelled(owner, subject.snapshot)
        if taken is not None and title:
            for what, place, without in guards_of(taken, owner, subject.snapshot):
                yield _not_known(taken, what, place, title, without)
    for key, lost in subject.routes.losses.items():
        taken = subject.snapshot.ingress_named(key)
        if taken is not None:
            title = subject.routes.owners[key].controller.PROFILE.title
            yield from _lost(taken, title, lost)


def _not_known(
    ingress: Ingress, what: str, place: tuple[str | int, ...], title: str, without: str
) -> Finding:
    """What keeps requests out on ingress-nginx, where nobody knows what is done."""
    why = f"what {title} does is not known here"
    if what == "spec.tls":
        why = f"ingress-nginx redirects http because of it, and {why}"
    else:
        why = f"it is one of ingress-nginx, and {why}"
    message = f"{what} perhaps {without}: {why}"
    fix = f"look into the manual of {title} for what does the same, or {_CLOSE}"
    return finding_on(ingress, CODE, "warning", message, place, fix)


def _lost(ingress: Ingress, title: str, losses: tuple[Loss, ...]) -> Iterator[Finding]:
    """What keeps requests out on ingress-nginx, and not here."""
    for loss in losses:
        if not loss.guard or loss.state is State.DONE:
            continue
        level, why = LEVEL, f"{title} does not read it"
        if loss.what == "spec.tls":
            why = f"ingress-nginx redirects http because of it, and {title} does not by itself"
        if loss.beside:
            level = "warning"
            why += f", and whether {loss.beside} does the same is not known"
        elif loss.state is State.PERHAPS:
            level = "warning"
            why += ", and whether one of the objects that the Ingress names does it is not known"
        message = f"{loss.what} {loss.guard}: {why}"
        fix = loss.fix or f"nothing in {title} is known here that does the same: {_CLOSE}"
        yield finding_on(ingress, CODE, level, message, loss.place, fix)


def _haproxy(ingress: Ingress, settings: Settings, snapshot: Snapshot) -> Iterator[Finding]:
    for prefix in settings.prefixes:
        name = f"{prefix}/auth-secret"
        secret = ingress.meta.annotations.get(name, "")
        if secret and (why := _unusable(secret, ingress, settings, snapshot)):
            yield _open(ingress, name, why)
        for word in ("allowlist", "whitelist"):
            name = f"{prefix}/{word}-source-range"
            text = ingress.meta.annotations.get(name, "")
            if text and not any(networks(text)):
                yield _open(ingress, name, "none of its items is an address or a network")


def _unusable(written: str, ingress: Ingress, settings: Settings, snapshot: Snapshot) -> str:
    namespace, _, name = written.rpartition("/")
    key = namespace or ingress.meta.namespace, name
    if not settings.reads(key[0], ingress.meta.namespace, "secrets-passwd"):
        return (
            f"Secret {'/'.join(key)} is in another namespace, and"
            " cross-namespace-secrets-passwd is not allow"
        )
    secret = snapshot.secret_by_key.get(key)
    if secret is not None:
        return "" if "auth" in secret.keys else f"Secret {secret.meta.key} has no key auth"
    if "Secret" not in snapshot.read or snapshot.may_lack(snapshot.secrets):
        return ""
    return f"Secret {'/'.join(key)} does not exist"


def _open(ingress: Ingress, annotation: str, why: str, lost: str = "lets everybody in") -> Finding:
    message = f"{annotation} {lost}: {why}"
    place = ("metadata", "annotations", annotation)
    return finding_on(ingress, CODE, LEVEL, message, place, _CLOSE)
