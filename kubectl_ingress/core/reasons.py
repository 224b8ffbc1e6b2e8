"""Why a request meets no rule: the sentence, and the command that mends it.

Looks at the Ingresses that the controller loaded and at those it ignores: the
likeliest cause is an Ingress that would have taken the path, had its class or
its host been right.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kubectl_ingress.core.hosts import is_ip, wildcard_of
from kubectl_ingress.core.objects import Finding, Ingress, PathRule
from kubectl_ingress.core.paths import as_bytes, has_prefix
from kubectl_ingress.core.request import Request

if TYPE_CHECKING:
    from kubectl_ingress.core.table import RouteTable, Server

_SHOWN = 5
_REGEX_SIGN = re.compile(r"[\\^$*+?()\[\]{}|]")


def why_no_route(
    table: RouteTable, server: Server, request: Request, path: str
) -> tuple[Finding, ...]:
    """Findings, the most telling first. `path` is normalised."""
    for ignored in table.ignored:
        if _takes(ignored.ingress, request.host, path):
            return (ignored.finding,)
    if server is not table.default:
        return (_path_in_no_rule(table, server, request),)
    with_path = [ingress for ingress in table.loaded if _has_path(ingress, path)]
    if not with_path:
        for ignored in table.ignored:
            if _has_path(ignored.ingress, path):
                return (ignored.finding,)
    return (_host_in_no_rule(table, request, with_path),)


def _takes(ingress: Ingress, host: str, path: str) -> bool:
    return any(
        rule.host in ("", host, wildcard_of(host)) and _rule_has_path(rule.paths, path)
        for rule in ingress.rules
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


def _host_in_no_rule(table: RouteTable, request: Request, likely: list[Ingress]) -> Finding:
    hosts = sorted({(r.host, i.meta.key) for i in table.loaded for r in i.rules if r.host})
    if not hosts:
        listed = "no rule of this class names a host"
    else:
        shown = ", ".join(f"{host} ({key})" for host, key in hosts[:_SHOWN])
        more = f" and {len(hosts) - _SHOWN} more" if len(hosts) > _SHOWN else ""
        listed = f"hosts: {shown}{more}"
    return Finding(
        "KI101",
        "error",
        f"no Ingress of class {table.ingress_class} has the host of this request, so the controller"
        f" answers 404 itself; {listed}",
        f"Ingress {likely[0].meta.key}" if likely else "",
        fix=_fix_for_host(table, request, likely),
    )


def _fix_for_host(table: RouteTable, request: Request, likely: list[Ingress]) -> str:
    commands = []
    for ingress in likely[:1]:
        flag = namespace_flag(ingress.meta.namespace, table.namespace)
        # An IP address cannot be the host of a rule, so patch-host has nothing to set.
        if not is_ip(request.host):
            commands.append(f"kubectl ingress patch-host {ingress.meta.name}{flag}")
        host = next((rule.host for rule in ingress.rules if rule.host), "")
        if host and not host.startswith("*."):
            commands.append(f"kubectl ingress test {request.scheme}://{host}{request.target}")
    if commands:
        return "\n".join(commands)
    if not table.loaded:
        return f"kubectl ingress scaffold NAME --host {request.host} --path {request.path} --apply"
    return "kubectl get ingress -A"


def _path_in_no_rule(table: RouteTable, server: Server, request: Request) -> Finding:
    routes = [e.route for e in server.entries if e.route is not None]
    paths = list(dict.fromkeys(f"{r.path} ({r.path_type}, {r.ingress})" for r in routes))
    shown = ", ".join(paths[:_SHOWN]) + (
        f" and {len(paths) - _SHOWN} more" if paths[_SHOWN:] else ""
    )
    owner = routes[0].ingress if routes else ""
    namespace, _, name = owner.partition("/")
    return Finding(
        "KI102",
        "error",
        f"host {server.host} has no rule for the path {request.path}; paths: {shown or 'none'}",
        f"Ingress {owner}" if owner else "",
        fix=f"kubectl edit ingress {name}{namespace_flag(namespace, table.namespace)}"
        if name
        else "kubectl get ingress -A",
    )


def namespace_flag(namespace: str, current: str) -> str:
    """`` -n NS`` where a command needs it, "" where the namespace is the user's own."""
    return "" if namespace == current else f" -n {namespace}"
