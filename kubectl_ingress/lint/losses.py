"""What an Ingress that was written for ingress-nginx loses on the controller that takes it.

The guards are what keeps requests out, or off plain http; the rules that tell of
losses, KI406 and KI408, share them. What takes the place of what stands in
controllers._from_nginx.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import cast

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress import registry
from kubectl_ingress.controllers._choice import SPECIFICATION, model_of
from kubectl_ingress.controllers._from_nginx._instead import (
    NGINX,
    Instead,
    Kinds,
    Target,
    allowed,
    kept,
    networks,
    positive,
    sentence,
    texts_of,
    value_of,
)
from kubectl_ingress.controllers._go import words
from kubectl_ingress.controllers._ingress_nginx.reading import read_annotations
from kubectl_ingress.controllers._known import name_by_class
from kubectl_ingress.core.classes import class_of
from kubectl_ingress.core.hosts import wildcard_of
from kubectl_ingress.core.objects import Ingress, Snapshot
from kubectl_ingress.core.request import Outcome, OutcomeKind, Request
from kubectl_ingress.lint.subject import Compiled, Field

_FOLDER = "controllers._from_nginx"
_INGRESS_NGINX = "ingress-nginx"
_NOT_JUDGED = (_INGRESS_NGINX, "traefik-nginx", SPECIFICATION)
_TO_HTTPS = ("force-ssl-redirect", "ssl-redirect")
_LIMITS = ("limit-connections", "limit-rpm", "limit-rps")
_LISTS = ("allowlist-source-range", "denylist-source-range", "whitelist-source-range")
_OPEN = "lets everybody in"
# The name of a Secret that is not known: any will do.
_ANY = "SECRET"
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
    "limit-burst-multiplier": ("limit-rpm", "limit-rps"),
}
# Signs in a path that only regular expressions have.
_PATTERN = re.compile(r"\.[*+]|\([^()]*\||\[[^\]]+\]|\^|\(\?|\\[dDwWsS./-]|\{\d|\$$")
# Directives of nginx that refuse requests.
_REFUSING = re.compile(
    r"\b(?:allow|deny|auth_basic|auth_jwt|auth_request|limit_conn|limit_req|satisfy|secure_link"
    r"|ssl_verify_client|valid_referers)\b|\breturn\s+(?:4\d\d|5\d\d|30\d)\b"
)


class State(StrEnum):
    """What becomes of what an annotation asks for."""

    DONE = "done"
    """Something on the Ingress does it here."""
    PERHAPS = "perhaps"
    """What stands there for it has another value, or was not read."""
    LOST = "lost"


class Loss(Struct, frozen=True):
    """One annotation of ingress-nginx, or spec.tls, where another controller has the Ingress.

    `what` is its whole name, `guard` what is not there without it, "" where it is no
    guard; `fix` says what takes its place, "" where nothing is known. `beside` is what
    stands there for it with another value, as it is written, "" where nothing does.
    """

    what: str
    place: Field
    state: State
    guard: str = ""
    fix: str = ""
    beside: str = ""


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
            return not any(one.endswith("/0") for one in allowed(ingress))
        case "denylist-source-range":
            return bool(networks(value))
        case "auth-tls-secret" | "auth-tls-match-cn":
            return value_of(ingress, "auth-tls-verify-client") in ("", "on")
        case "limit-connections" | "limit-rpm" | "limit-rps":
            return positive(value) > 0
        case "configuration-snippet" | "server-snippet":
            return _REFUSING.search(value) is not None
        case "enable-modsecurity" | "enable-owasp-core-rules" | "force-ssl-redirect":
            return value.lower() == "true"
        case "ssl-redirect":
            return value.lower() == "true" and bool(ingress.tls)
    return name in GUARDS


def losses(owners: Mapping[str, Compiled], snapshot: Snapshot) -> dict[str, tuple[Loss, ...]]:
    """By Ingress what it loses: one for each annotation of ingress-nginx, and one for spec.tls.

    `owners` are the controllers that take the Ingresses. Those that read the annotations
    themselves, and those of which nobody knows what they read, are not judged.
    """
    found: dict[str, tuple[Loss, ...]] = {}
    kinds: dict[str, Kinds] = {}
    for key, owner in owners.items():
        ingress = snapshot.ingress_named(key)
        if ingress is None or owner.name in _NOT_JUDGED:
            continue
        target = target_of(owner.name)
        if owner.name not in kinds:
            kinds[owner.name] = target.kinds(snapshot) if target else lambda _: frozenset()
        found[key] = _losses(ingress, owner, target, kinds[owner.name](ingress), snapshot)
    return found


def _losses(
    ingress: Ingress,
    owner: Compiled,
    target: Target | None,
    named: frozenset[str],
    snapshot: Snapshot,
) -> tuple[Loss, ...]:
    found = [
        _of_annotation(name, ingress, owner, target, named, snapshot) for name in _names(ingress)
    ]
    if _is_own_redirect(ingress, owner, snapshot):
        instead = target.instead("ssl-redirect", "true", ingress) if target else None
        guard = GUARDS["ssl-redirect"]
        state = State.PERHAPS if "" in named else State.LOST
        found.append((Loss("spec.tls", ("spec", "tls"), state, guard), instead))
    if target is None:
        return tuple(loss for loss, _ in found)
    wanted = [(loss, one) for loss, one in found if one and loss.state is not State.DONE]
    wanted.sort(key=lambda pair: _turn(pair[0]))
    new = [one.item for _, one in wanted if one.item]
    # One annotation names them all, so every sentence has the whole of it.
    items = tuple(dict.fromkeys((*words(ingress.meta.annotations.get(target.LIST, "")), *new)))
    return tuple(
        replace(loss, fix=_fix(loss, sentence(one, target.LIST, items))) if one else loss
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
    name: str,
    ingress: Ingress,
    owner: Compiled,
    target: Target | None,
    named: frozenset[str],
    snapshot: Snapshot,
) -> tuple[Loss, Instead | None]:
    """One of `_names`; `named` are the target's kinds of the Ingress."""
    asked, value = name, value_of(ingress, name)
    if name == "auth-type":
        # On ingress-nginx it keeps everybody out where no Secret is named.
        asked, value = "auth-secret", _ANY
    instead = target.instead(asked, value, ingress) if target else None
    state, beside = _state(target, instead, ingress, named, snapshot)
    guard = GUARDS[name] if name in GUARDS and is_guard(name, ingress) else ""
    if name == "use-regex" and not any(taken_as_text(ingress, owner, pattern_hosts([ingress]))):
        state = State.DONE
    if name == "rewrite-target" and kept(ingress) == texts_of(ingress):
        state, beside = State.DONE, ""
    if name in _TO_HTTPS:
        is_open = _open_http(ingress, owner, name)
        # Without the guard it asks for plain http, where there is TLS.
        done = not is_open if guard else is_open or name != "ssl-redirect" or not ingress.tls
        if done:
            state = State.DONE
        elif beside:
            # The model has read the other value, and http is open with it.
            state, beside = State.LOST, ""
        if state is State.LOST and "" in named:
            state = State.PERHAPS
    place = ("metadata", "annotations", NGINX + name)
    return Loss(NGINX + name, place, state, guard, beside=beside), instead


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
) -> Iterator[tuple[Field, str]]:
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


def _state(
    target: Target | None,
    instead: Instead | None,
    ingress: Ingress,
    named: frozenset[str],
    snapshot: Snapshot,
) -> tuple[State, str]:
    """What becomes of it, and what stands there for it with another value."""
    if target is None or instead is None:
        return State.LOST, ""
    there = {name: value.strip() for name, value in ingress.meta.annotations.items()}
    # The first one decides; without a value it does nothing.
    first = tuple(name for name, _ in instead.annotations[:1])
    found = [name for name in (*first, *instead.also) if there.get(name)]
    wanted = instead.annotations[0][1] if first else None
    same = all(_is_same(there[name], wanted) for name in found)
    rest = all(_is_same(there.get(name, ""), value) for name, value in instead.annotations[1:])
    if not instead.item:
        if not found:
            return State.LOST, ""
        if same and rest:
            return State.DONE, ""
        name = next((one for one in found if not _is_same(there[one], wanted)), found[0])
        return State.PERHAPS, f"{name}: {there[name]}"
    listed = there.get(target.LIST, "")
    written = all(_is_same(there.get(name, ""), value) for name, value in instead.annotations)
    if instead.kind in named or instead.item in words(listed):
        if written and _is_made(instead, words(listed), snapshot):
            return State.DONE, ""
        return State.PERHAPS, f"{target.LIST}: {listed}"
    return (State.PERHAPS if "" in named else State.LOST), ""


def _is_same(written: str, wanted: str | None) -> bool:
    """Whether an annotation has the value that it should have; lists are in any order."""
    if wanted == _ANY:
        return written != ""
    return wanted is not None and sorted(words(written)) == sorted(words(wanted))


def _is_made(instead: Instead, listed: tuple[str, ...], snapshot: Snapshot) -> bool:
    """Whether an object in the list has what the one to be made would have."""
    wanted = instead.made.body.get("spec") if instead.made else None
    if instead.made is None or wanted is None:
        # Nothing but its name is read here.
        return instead.item in listed
    return any(
        _has(one.spec, wanted)
        for one in snapshot.customs
        if one.kind == instead.made.kind and any(one.meta.name in name for name in listed)
    )


def _has(there: object, wanted: object) -> bool:
    if isinstance(wanted, Mapping):
        return isinstance(there, Mapping) and all(
            key in there and _has(there[key], value) for key, value in wanted.items()
        )
    if isinstance(wanted, list):
        return isinstance(there, list) and sorted(map(str, there)) == sorted(map(str, wanted))
    return there == wanted or (wanted == _ANY and bool(there))


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
    said = any(name in _TO_HTTPS for name in _names(ingress))
    if said or not ingress.tls or not _is_meant(ingress, snapshot):
        return False
    return _open_http(ingress, owner, "ssl-redirect")


def _open_http(ingress: Ingress, owner: Compiled, name: str) -> bool:
    """Whether plain http reaches a pod of a host that ingress-nginx sends to https.

    What is not known, as none of its routes is served so far, counts as if it did.
    """
    if ingress.meta.key in owner.refused:
        return True
    secured = {host for entry in ingress.tls for host in entry.hosts}
    hosts = [
        rule
        for rule in ingress.rules
        if name != "ssl-redirect" or secured & {rule.host, wildcard_of(rule.host)}
    ]
    outcomes = [
        owner.table.decide(Request(_name_of(rule.host), path.path or "/")).outcome
        for rule in hosts
        for path in rule.paths
    ]
    nobody = bool(outcomes) and all(one.status == 404 for one in outcomes)
    # It may have one for https alone.
    nowhere = nobody and ingress.meta.key not in owner.routed
    return nowhere or any(map(_reaches, outcomes))


def _name_of(host: str) -> str:
    """A name that a rule's host stands for."""
    return host.replace("*", "www", 1) or "host.invalid"


def _reaches(outcome: Outcome) -> bool:
    return outcome.kind is OutcomeKind.FORWARD or any(map(_reaches, outcome.candidates))
