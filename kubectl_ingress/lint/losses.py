"""What an Ingress that was written for ingress-nginx loses on the controller that takes it.

The guards are what keeps requests out, or off plain http; the rules that tell of
losses, KI406 and KI408, share them. Replacements are in controllers/_from_nginx.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import cast

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress import registry
from kubectl_ingress.controllers._choice import SPECIFICATION, model_of
from kubectl_ingress.controllers._from_nginx._instead import (
    NGINX,
    NOTHING_LISTED,
    Instead,
    Listed,
    Lists,
    Target,
    allowed,
    is_on,
    kept,
    networks,
    positive,
    sentence,
    texts_of,
    value_of,
)
from kubectl_ingress.controllers._go import words
from kubectl_ingress.controllers._ingress_nginx.reading import read_annotations
from kubectl_ingress.controllers._known import known_by_controller, name_by_class
from kubectl_ingress.controllers._unmodelled import unmodelled
from kubectl_ingress.core.classes import class_of
from kubectl_ingress.core.networks import parse_network
from kubectl_ingress.core.objects import Ingress, Snapshot
from kubectl_ingress.lint.compiled import Compiled
from kubectl_ingress.lint.plain_http import is_open, is_served
from kubectl_ingress.lint.standing import DONE, LOST, Case, Judged, by_value, spoiling
from kubectl_ingress.lint.standing import State as State

_FOLDER = "controllers._from_nginx"
_INGRESS_NGINX = "ingress-nginx"
_NOT_JUDGED = (_INGRESS_NGINX, "traefik-nginx", SPECIFICATION)
_TO_HTTPS = ("force-ssl-redirect", "ssl-redirect")
_LIMITS = ("limit-connections", "limit-rpm", "limit-rps")
_LISTS = ("allowlist-source-range", "denylist-source-range", "whitelist-source-range")
_OPEN = "lets everybody in"
# What is written for the name of a Secret that is not known.
_PLACEHOLDER = "SECRET"
# How ingress-nginx does not refuse a client without a certificate; what is none of its words is on.
_ASKED_ONLY = ("off", "optional", "optional_no_ca")
# What is not there without the guard, by the names of ingress-nginx.
GUARDS: Mapping[str, str] = {
    "allowlist-source-range": _OPEN,
    "auth-secret": _OPEN,
    "auth-tls-match-cn": _OPEN,
    "auth-tls-secret": _OPEN,
    "auth-type": _OPEN,
    "auth-url": _OPEN,
    "configuration-snippet": _OPEN,
    "denylist-source-range": _OPEN,
    "enable-modsecurity": "lets every request through",
    "enable-owasp-core-rules": "lets every request through",
    "force-ssl-redirect": "sends nobody to https",
    "global-rate-limit": "limits nobody",
    "limit-connections": "limits nobody",
    "limit-rpm": "limits nobody",
    "limit-rps": "limits nobody",
    "modsecurity-snippet": "lets every request through",
    "server-snippet": _OPEN,
    "ssl-redirect": "sends nobody to https",
    "whitelist-source-range": _OPEN,
}
_TOLD_WITH: Mapping[str, tuple[str, ...]] = {
    "auth-secret-type": ("auth-secret",),
    "auth-type": ("auth-secret",),
    "global-rate-limit-ignored-cidrs": ("global-rate-limit",),
    "global-rate-limit-key": ("global-rate-limit",),
    "global-rate-limit-window": ("global-rate-limit",),
    "limit-burst-multiplier": ("limit-rpm", "limit-rps"),
}
# Signs in a path that only regular expressions have.
_PATTERN = re.compile(r"\.[*+]|\([^()]*\||\[[^\]]+\]|\^|\(\?|\\[dDwWsS./-]|\{\d|\$$")
# Directives of nginx that refuse requests, or send them to https, and Lua that ends them.
_REFUSING = re.compile(
    r"\b(?:allow|deny|auth_basic|auth_jwt|auth_request|limit_conn|limit_req|satisfy|secure_link"
    r"|ssl_verify_client|valid_referers)\b|\breturn\s+(?:4\d\d\b|5\d\d\b|30\d\b|[\"']?https:)"
    r"|(?:^|[;{}\n])\s*internal\s*;|\brewrite\s[^;]*[\s\"']https:"
    r"|\baccess_by_lua(?:_block|_file)?\b"
    r"|\bngx\.exit\s*\((?!\s*(?:0|2\d\d|ngx\.(?:OK|HTTP_OK|HTTP_NO_CONTENT|DECLINED))\s*\))"
)


class Loss(Struct, frozen=True):
    """One annotation of ingress-nginx, or spec.tls, where another controller has the Ingress.

    `what` is its whole name, `guard` what is not there without it, "" where it is no
    guard; `fix` says what takes its place, "" where nothing is known. `beside` is what
    stands there for it with another value, as it is written, "" where nothing does.
    """

    what: str
    place: tuple[str | int, ...]
    state: State
    guard: str = ""
    fix: str = ""
    beside: str = ""


def not_modelled(owner: Compiled, snapshot: Snapshot) -> str:
    """The title of the known controller that has an Ingress, where nobody here models it.

    "" of every other one: of one that is modelled, and of a class that nobody knows.
    """
    if owner.name == SPECIFICATION:
        one = snapshot.class_by_name.get(owner.table.ingress_class)
        known = known_by_controller(one.controller) if one is not None else None
        # Of some the class is known by its name alone.
        name = known.name if known is not None else name_by_class(owner.table.ingress_class)
        found = None if model_of(name) is not None else unmodelled(name)
        return found.PROFILE.title if found is not None else ""
    return "" if owner.is_modelled else owner.controller.PROFILE.title


def guards_of(
    ingress: Ingress, owner: Compiled, snapshot: Snapshot
) -> Iterator[tuple[str, tuple[str | int, ...], str]]:
    """What keeps requests out on ingress-nginx: its name, its place, what is not there without."""
    for name in _names(ingress):
        if name in GUARDS and is_guard(name, ingress):
            yield NGINX + name, ("metadata", "annotations", NGINX + name), GUARDS[name]
    if _is_own_redirect(ingress, owner, snapshot):
        yield "spec.tls", ("spec", "tls"), GUARDS["ssl-redirect"]


def target_of(controller: str) -> Target | None:
    """What is known of a controller, None where it has no file."""
    if controller not in registry.names(_FOLDER):
        return None
    return cast(Target, registry.load(_FOLDER, controller))


def is_guard(name: str, ingress: Ingress) -> bool:
    """Whether an annotation of ingress-nginx keeps requests out, with the value that it has."""
    value = value_of(ingress, name)
    match name:
        case "allowlist-source-range" | "whitelist-source-range":
            return not _has_all_ipv4(allowed(ingress))
        case "denylist-source-range":
            return bool(networks(value))
        case "auth-tls-secret" | "auth-tls-match-cn":
            return value_of(ingress, "auth-tls-verify-client") not in _ASKED_ONLY
        case "global-rate-limit" | "limit-connections" | "limit-rpm" | "limit-rps":
            return positive(value) > 0
        case "configuration-snippet" | "server-snippet":
            return _REFUSING.search(value) is not None
        case "enable-modsecurity" | "enable-owasp-core-rules" | "force-ssl-redirect":
            return is_on(ingress, name)
        case "ssl-redirect":
            return is_on(ingress, name, default=True) and bool(ingress.tls)
    return name in GUARDS


def _has_all_ipv4(listed: Iterable[str]) -> bool:
    """Whether a list refuses nobody, or IPv6 alone: that is how everybody is written."""
    found = map(parse_network, listed)
    return any(one is not None and (one.version, one.prefixlen) == (4, 0) for one in found)


def losses(owners: Mapping[str, Compiled], snapshot: Snapshot) -> dict[str, tuple[Loss, ...]]:
    """By Ingress what it loses: one for each annotation of ingress-nginx, and one for spec.tls.

    `owners` are the controllers that take the Ingresses. Those that read the annotations
    themselves, and those of which nobody knows what they read, are not judged.
    """
    found: dict[str, tuple[Loss, ...]] = {}
    lists: dict[str, Lists] = {}
    for key, owner in owners.items():
        ingress = snapshot.ingress_named(key)
        if ingress is None or owner.name in _NOT_JUDGED:
            continue
        target = target_of(owner.name)
        if owner.name not in lists:
            lists[owner.name] = target.listed(snapshot) if target else lambda _: NOTHING_LISTED
        found[key] = _losses(ingress, owner, target, lists[owner.name](ingress), snapshot)
    return found


def _losses(
    ingress: Ingress, owner: Compiled, target: Target | None, listed: Listed, snapshot: Snapshot
) -> tuple[Loss, ...]:
    found = [_of_annotation(name, ingress, owner, target, listed) for name in _names(ingress)]
    if _is_own_redirect(ingress, owner, snapshot):
        instead = target.instead("ssl-redirect", "true", ingress) if target else None
        guard = GUARDS["ssl-redirect"]
        state = State.PERHAPS if listed.unread else State.LOST
        found.append((Loss("spec.tls", ("spec", "tls"), state, guard), instead))
    if target is None:
        return tuple(loss for loss, _ in found)
    wanted = [(loss, one) for loss, one in found if one and loss.state is not State.DONE]
    wanted.sort(key=lambda pair: _turn(pair[0]))
    new = [one.item for _, one in wanted if one.item]
    # One annotation names them all, so every sentence has the whole of it.
    items = tuple(dict.fromkeys((*words(ingress.meta.annotations.get(target.LIST, "")), *new)))
    return tuple(
        replace(loss, fix=_fix(loss, sentence(one, target.LIST, items, spoiling(one, ingress))))
        if one
        else loss
        for loss, one in found
    )


def _fix(loss: Loss, same: str) -> str:
    if not loss.beside:
        return same
    return f"compare the values; what does the same is {same}" if same else "compare what they do"


def _turn(loss: Loss) -> int:
    """When ingress-nginx does it: nobody is asked for a password before https."""
    name = loss.what.removeprefix(NGINX)
    turns = (_TO_HTTPS, ("spec.tls",), ("app-root",), _LIMITS, _LISTS, ("auth-url", "auth-secret"))
    return next((number for number, names in enumerate(turns) if name in names), len(turns))


def _of_annotation(
    name: str, ingress: Ingress, owner: Compiled, target: Target | None, listed: Listed
) -> tuple[Loss, Instead | None]:
    """One of `_names`."""
    guard = GUARDS[name] if name in GUARDS and is_guard(name, ingress) else ""
    asked, value = name, value_of(ingress, name)
    if name == "auth-type":
        # On ingress-nginx it keeps everybody out where no Secret is named.
        asked, value = "auth-secret", _PLACEHOLDER
    elif name in _TO_HTTPS and guard:
        value = "true"
    instead = target.instead(asked, value, ingress) if target else None
    case = Case(name, guard, ingress, owner, listed, target.LIST if target else "", instead)
    state, beside = _JUDGES.get(name, by_value)(case)
    place = ("metadata", "annotations", NGINX + name)
    loss = Loss(NGINX + name, place, state, guard)
    return loss if state is State.DONE else replace(loss, beside=beside), instead


def _by_any_secret(case: Case) -> Judged:
    return by_value(case, any_value=True)


def _of_patterns(case: Case) -> Judged:
    hosts = pattern_hosts([case.ingress])
    is_text = any(taken_as_text(case.ingress, case.owner, hosts))
    return by_value(case) if is_text else DONE


def _of_rewrite(case: Case) -> Judged:
    return DONE if kept(case.ingress) == texts_of(case.ingress) else by_value(case)


def _of_redirect(case: Case) -> Judged:
    """By the model, which has read whatever stands there."""
    is_plain = is_open(case.ingress, case.owner, of_tls=case.name == "ssl-redirect")
    # Without the guard it asks for plain http, where there is TLS.
    asks_plain = case.name == "ssl-redirect" and bool(case.ingress.tls)
    if not is_plain if case.guard else is_plain or not asks_plain:
        return DONE
    state, beside = by_value(case)
    if state is State.DONE:
        # Where its routes are served it acts under a condition, and else nobody knows better.
        return (State.PERHAPS, beside) if is_served(case.ingress, case.owner) else DONE
    if beside or state is State.LOST:
        return (State.PERHAPS, "") if case.listed.unread else LOST
    return state, beside


_JUDGES: Mapping[str, Callable[[Case], Judged]] = {
    "auth-type": _by_any_secret,
    "force-ssl-redirect": _of_redirect,
    "rewrite-target": _of_rewrite,
    "ssl-redirect": _of_redirect,
    "use-regex": _of_patterns,
}


def pattern_hosts(ingresses: Iterable[Ingress]) -> frozenset[str]:
    """The hosts whose paths are all regular expressions to ingress-nginx."""
    return frozenset(host for ingress in ingresses for host in _made_patterns(ingress))


def _made_patterns(ingress: Ingress) -> Iterator[str]:
    """By its annotations as the model of ingress-nginx reads them."""
    if not any(value_of(ingress, name) for name in ("rewrite-target", "use-regex")):
        return
    values = read_annotations(ingress)
    target = values.text("rewrite-target")
    for rule in ingress.rules:
        # / is a location of every host, and / is all that the target / does not change.
        changed = target not in ("", "/") or any(path.path not in ("", "/") for path in rule.paths)
        if values.flag("use-regex") or (target and changed):
            yield rule.host


def taken_as_text(
    ingress: Ingress, owner: Compiled, hosts: frozenset[str]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """The paths that ingress-nginx takes for regular expressions, and this one does not.

    Each with its place; `hosts` are those of `pattern_hosts`.
    """
    for number, rule in enumerate(ingress.rules):
        for at, path in enumerate(rule.paths if rule.host in hosts else ()):
            written = (ingress.meta.key, rule.host, path.path)
            if _PATTERN.search(path.path) and written not in owner.patterns:
                yield ("spec", "rules", number, "http", "paths", at, "path"), path.path


def _names(ingress: Ingress) -> list[str]:
    """Its annotations of ingress-nginx without prefix, but for what is told with another."""
    there = {one.removeprefix(NGINX) for one in ingress.meta.annotations if one.startswith(NGINX)}
    return sorted(name for name in there if there.isdisjoint(_TOLD_WITH.get(name, ())))


def _is_meant(ingress: Ingress, snapshot: Snapshot) -> bool:
    """Whether it was written for ingress-nginx, by its annotations or its class."""
    if _names(ingress):
        return True
    name = class_of(ingress)
    known = snapshot.class_by_name.get(name)
    nginx = model_of(_INGRESS_NGINX)
    if known is not None and nginx is not None:
        return known.controller == nginx.PROFILE.controller
    return name_by_class(name) == _INGRESS_NGINX


def _is_own_redirect(ingress: Ingress, owner: Compiled, snapshot: Snapshot) -> bool:
    """Whether ingress-nginx redirects to https because of spec.tls alone, and this one does not."""
    said = "ssl-redirect" in _names(ingress) or is_on(ingress, "force-ssl-redirect")
    if said or not ingress.tls or not _is_meant(ingress, snapshot):
        return False
    return is_open(ingress, owner, of_tls=True)
