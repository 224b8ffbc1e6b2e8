"""Why a request meets no rule: the sentence, and the command that mends it.

Looks at the Ingresses that the controller loaded and at those it ignores: the
likeliest cause is an Ingress that would have taken the path, had its class or
its host been right.
"""

from __future__ import annotations

import re

from msgspec import Struct

from kubectl_ingress.core.hosts import is_for, is_ip
from kubectl_ingress.core.objects import Finding, Ingress, PathRule
from kubectl_ingress.core.paths import as_bytes, has_prefix
from kubectl_ingress.core.request import Request, Route
from kubectl_ingress.core.text import listed

_REGEX_SIGN = re.compile(r"[\\^$*+?()\[\]{}|]")


class Ignored(Struct, frozen=True):
    """An Ingress that the controller does not load, and why."""

    ingress: Ingress
    finding: Finding


class Known(Struct, frozen=True):
    """What a controller took and what it did not; `namespace` is the user's own."""

    ingress_class: str
    namespace: str
    loaded: tuple[Ingress, ...]
    ignored: tuple[Ignored, ...]


def why_no_route(
    known: Known, host: str, routes: tuple[Route, ...], request: Request, path: str
) -> tuple[Finding, ...]:
    """Findings, the most telling first.

    `host` is the rule's host that took the request, "" where none did, `routes`
    are that host's. `path` is normalised.
    """
    for ignored in known.ignored:
        if _takes(ignored.ingress, request.host, path):
            return (ignored.finding,)
    if host:
        return (_path_in_no_rule(known, host, routes, request),)
    with_path = [ingress for ingress in known.loaded if _has_path(ingress, path)]
    if not with_path:
        for ignored in known.ignored:
            if _has_path(ignored.ingress, path):
                return (ignored.finding,)
    return (_host_in_no_rule(known, request, with_path),)


def _takes(ingress: Ingress, host: str, path: str) -> bool:
    return any(
        is_for(rule.host, host) and _rule_has_path(rule.paths, path) for rule in ingress.rules
    ) or (ingress.default_backend is not None and not ingress.rules)


def _has_path(ingress: Ingress, path: str) -> bool:
    return any(_rule_has_path(rule.paths, path) for rule in ingress.rules)


def _rule_has_path(rules: tuple[PathRule, ...], path: str) -> bool:
    # Whatever the path type, and of a regex only what is plain text before its
    # first sign: a hint about what was meant, not a decision.
    for rule in rules:
        literal = _REGEX_SIGN.split(rule.path, maxsplit=1)[0]
        if literal == rule.path and has_prefix(path, as_bytes(literal or "/")):
            return True
        if literal != rule.path and path.lower().startswith(as_bytes(literal).lower()):
            return True
    return False


def _host_in_no_rule(known: Known, request: Request, likely: list[Ingress]) -> Finding:
    hosts = sorted({(r.host, i.meta.key) for i in known.loaded for r in i.rules if r.host})
    if not hosts:
        there = "no rule of this class names a host"
    else:
        there = f"hosts: {listed([f'{host} ({key})' for host, key in hosts])}"
    return Finding(
        "KI101",
        "error",
        f"no Ingress of class {known.ingress_class} has the host of this request, so the controller"
        f" answers 404 itself; {there}",
        f"Ingress {likely[0].meta.key}" if likely else "",
        fix=_fix_for_host(known, request, likely),
    )


def _fix_for_host(known: Known, request: Request, likely: list[Ingress]) -> str:
    commands = []
    for ingress in likely[:1]:
        flag = namespace_flag(ingress.meta.namespace, known.namespace)
        # An IP address cannot be the host of a rule, so patch-host has nothing to set.
        if not is_ip(request.host):
            commands.append(f"kubectl ingress patch-host {ingress.meta.name}{flag}")
        host = next((rule.host for rule in ingress.rules if rule.host), "")
        if host and not host.startswith("*."):
            commands.append(f"kubectl ingress test {request.scheme}://{host}{request.target}")
    if commands:
        return "\n".join(commands)
    if not known.loaded:
        return f"kubectl ingress scaffold NAME --host {request.host} --path {request.path} --apply"
    return "kubectl get ingress -A"


def _path_in_no_rule(
    known: Known, host: str, routes: tuple[Route, ...], request: Request
) -> Finding:
    paths = list(dict.fromkeys(f"{r.path} ({r.path_type}, {r.ingress})" for r in routes))
    shown = listed(paths) or "none"
    owner = routes[0].ingress if routes else ""
    return Finding(
        "KI102",
        "error",
        f"host {host} has no rule for the path {request.path}; paths: {shown}",
        f"Ingress {owner}" if owner else "",
        fix=edit_command(f"Ingress {owner}", known.namespace) or "kubectl get ingress -A",
    )


def edit_command(named: str, current: str = "") -> str:
    """``kubectl edit`` of an object that is named as in a Step, "" for none.

    `current` is the user's own namespace, where that is known.
    """
    kind, _, key = named.partition(" ")
    namespace, _, name = key.rpartition("/")
    return f"kubectl edit {kind.lower()} {name}{namespace_flag(namespace, current)}" if name else ""


def namespace_flag(namespace: str, current: str) -> str:
    """`` -n NS`` where a command needs it, "" where the namespace is the user's own."""
    return "" if namespace == current else f" -n {namespace}"
