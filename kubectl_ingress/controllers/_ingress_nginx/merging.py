"""Which canary hangs on which upstream, and what stands in for one without endpoints.

Upstream: controller.go (mergeAlternativeBackends, getBackendServers).
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from kubectl_ingress.controllers._ingress_nginx.selection import Loaded
from kubectl_ingress.controllers._ingress_nginx.servers import Host, Hosts, Location
from kubectl_ingress.controllers._ingress_nginx.upstreams import (
    DEFAULT,
    Upstream,
    Upstreams,
    upstream_name,
)
from kubectl_ingress.core.commands import command
from kubectl_ingress.core.objects import Finding, PathRule, ServiceBackend
from kubectl_ingress.core.reasons import edit_command
from kubectl_ingress.core.request import Route
from kubectl_ingress.core.table import Lost

_NO_HOST = "no other Ingress has this host"
_ALONE = "there is no Ingress but canaries"


def merge_canaries(loaded: tuple[Loaded, ...], hosts: Hosts, upstreams: Upstreams) -> None:
    """Hangs every canary on the upstream of its route; one without any is deleted."""
    canaries = [one for one in loaded if one.canary]
    if len(canaries) == len(loaded):
        hosts.lost += [lost for one in canaries for lost in _without_any(one)]
        return
    for one in canaries:
        namespace, default = one.ingress.meta.namespace, one.ingress.default_backend
        if default is not None:
            name = upstream_name(namespace, default)
            _merge(one, name, hosts.by_host[""], None, upstreams)
        for rule in one.ingress.rules:
            for path in rule.paths:
                if path.backend is None:
                    continue
                name = upstream_name(namespace, path.backend)
                host = hosts.by_host.get(rule.host)
                why = _merge(one, name, host, path, upstreams)
                if why:
                    hosts.lost.append(_lost(one, rule.host, path, path.backend, why))


def _merge(
    one: Loaded, name: str, host: Host | None, rule: PathRule | None, upstreams: Upstreams
) -> str:
    """Why it has no effect, "" if it has; `rule` is None for spec.defaultBackend."""
    canary = upstreams.by_name.get(name)
    if canary is None:
        return "its Service and port have no route at another path of this Ingress either"
    if host is None:
        return _NO_HOST
    merged = same = False
    first = ""
    for location in host.locations:
        main = upstreams.by_name.get(location.upstream)
        if main is None:
            continue
        same = main is canary
        if same:
            break
        if main.name == DEFAULT or main.alternative or not _at(location, rule):
            continue
        merged = True
        if canary.name not in main.canaries:
            _stick(one, main, canary)
            main.canaries.append(canary.name)
        first = main.canaries[0]
    if merged:
        return "" if first == name else "only the first canary of a Service and port counts"
    if same:
        return "another Ingress uses its Service and port as a backend of this host"
    del upstreams.by_name[name]
    return "no other Ingress has this path with this type"


def _at(location: Location, rule: PathRule | None) -> bool:
    if rule is None:
        return True
    return location.path == rule.path and location.exact == (rule.path_type == "Exact")


def _stick(one: Loaded, main: Upstream, canary: Upstream) -> None:
    if one.values.text("affinity-canary-behavior") != "legacy":
        canary.sticky, canary.cookie = main.sticky, main.cookie


def _without_any(one: Loaded) -> Iterator[Lost]:
    for rule in one.ingress.rules:
        for path in rule.paths:
            if path.backend is not None:
                yield _lost(one, rule.host, path, path.backend, _ALONE)


def _lost(one: Loaded, host: str, rule: PathRule, backend: ServiceBackend, why: str) -> Lost:
    path = rule.path or "/"
    message = f"canary {path} of host {host or '*'} in {one.source} has no effect: {why}"
    fix = edit_command(one.source)
    if why in (_NO_HOST, _ALONE):
        fix = f"{_main_for(one, host, rule)}\n{fix}"
    finding = Finding("KI506", "warning", message, one.source, one.ingress.meta.origin, fix)
    shown = f"{one.ingress.meta.namespace}/{backend}"
    return Lost(Route(one.key, host, path, rule.path_type), shown, finding)


def _main_for(one: Loaded, host: str, rule: PathRule) -> str:
    """The command that makes the route which a canary is to take a part of."""
    words = ["ingress", "scaffold", "NAME", "-n", one.ingress.meta.namespace]
    words += ["--host", host] if host else []
    words += ["--path", rule.path or "/"]
    words += ["--path-type", rule.path_type] if rule.path_type not in ("", "Prefix") else []
    return command(*words, "--apply")


def add_spares(hosts: Hosts, upstreams: Upstreams) -> None:
    """The annotation default-backend: for errors, and where an upstream has no endpoint."""
    for host in hosts.by_host.values():
        for location in host.locations:
            owner = location.owner
            if owner is not None and owner.values.has("default-backend"):
                _add_spare(owner, location, upstreams)


def _add_spare(owner: Loaded, location: Location, upstreams: Upstreams) -> None:
    upstream = upstreams.by_name.get(location.upstream)
    if upstream is None or upstream.name == DEFAULT:
        return
    if upstream.backend is not None and not owner.values.has("custom-http-errors"):
        return
    namespace, service = owner.ingress.meta.namespace, owner.values.text("default-backend")
    found = upstreams.of_service(namespace, service)
    if found is None or found.backend is None:
        return
    name = f"custom-default-backend-{namespace}-{service}"
    spare = replace(upstream, name=name, backend=found.backend, problem=None, notes=found.notes)
    upstreams.by_name.setdefault(name, spare)
    location.spare = name
    if upstream.backend is None:
        location.upstream = name
