"""Hosts and their locations, in the controller's own order.

Upstream: controller.go (createServers, getBackendServers).
"""

from __future__ import annotations

from msgspec import Struct, field

from kubectl_ingress.controllers._ingress_nginx.selection import Loaded
from kubectl_ingress.controllers._ingress_nginx.upstreams import (
    DEFAULT,
    Upstreams,
    upstream_name,
)
from kubectl_ingress.controllers._oldest import taken
from kubectl_ingress.core.objects import Finding, PathRule, ServiceBackend
from kubectl_ingress.core.reasons import edit_command
from kubectl_ingress.core.request import Route
from kubectl_ingress.core.table import Lost


class Location(Struct, eq=False):
    """One location; `owner` is the Ingress whose annotations it has.

    `path` and `path_type` are as written. `upstream` is a name. `automatic`:
    no Ingress has asked for it. `bare`: without the redirects and rewrites of
    its Ingress. `spare` is the upstream for errors, "" for the controller's own.
    """

    path: str
    exact: bool
    upstream: str
    owner: Loaded | None = None
    path_type: str = "Prefix"
    automatic: bool = False
    bare: bool = False
    spare: str = ""


class Host(Struct, eq=False):
    """One server; `owner` has made it. `host` is "" for the default one."""

    host: str
    owner: Loaded | None
    locations: list[Location]
    first: dict[str, Location] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    alias_of: Loaded | None = None
    tls_of: Loaded | None = None
    www: Loaded | None = None
    barred: Finding | None = None
    doubts: list[Finding] = field(default_factory=list)

    def add(self, location: Location) -> None:
        """A location more; of one path the first one matters."""
        self.locations.append(location)
        self.first.setdefault(location.path, location)


class Hosts(Struct, eq=False):
    """All servers by host, and the rules that nothing came of."""

    by_host: dict[str, Host]
    lost: list[Lost] = field(default_factory=list)


def make_hosts(loaded: tuple[Loaded, ...], upstreams: Upstreams) -> Hosts:
    """Servers with their locations; canaries make none, but for what `_add_paths` says."""
    root = Location("/", False, DEFAULT, automatic=True)
    hosts = Hosts({"": _with_root("", None, root)})
    for one in loaded:
        if not one.canary:
            _make_servers(one, hosts.by_host)
    for one in loaded:
        for rule in one.ingress.rules:
            _add_paths(one, rule.host, rule.paths, hosts, upstreams)
    return hosts


def _with_root(host: str, owner: Loaded | None, root: Location) -> Host:
    return Host(host, owner, [root], {"/": root})


def _make_servers(one: Loaded, by_host: dict[str, Host]) -> None:
    default = one.ingress.default_backend
    upstream = upstream_name(one.ingress.meta.namespace, default) if default else DEFAULT
    root = by_host[""].locations[0]
    if default and not one.ingress.rules and root.automatic:
        # Its redirects and rewrites are left out, "for now".
        root.upstream, root.owner, root.automatic, root.bare = upstream, one, False, True
    for rule in one.ingress.rules:
        host = by_host.get(rule.host)
        if host is None:
            # The automatic "/" carries all annotations of the Ingress that made
            # the host (issue 9485 of ingress-nginx).
            own = Location("/", False, upstream, one, automatic=True)
            host = by_host[rule.host] = _with_root(rule.host, one, own)
        if not host.aliases and one.values.has("server-alias"):
            host.aliases, host.alias_of = one.values.words("server-alias"), one
        if host.tls_of is None and one.ingress.tls and rule.host:
            host.tls_of = one


def _add_paths(
    one: Loaded,
    name: str,
    paths: tuple[PathRule, ...],
    hosts: Hosts,
    upstreams: Upstreams,
) -> None:
    """The locations of one rule.

    A path whose upstream a canary has made first is left out: that is all that
    keeps canaries from making locations. So a canary that names an upstream
    which an older Ingress made does make them, on the default server even where
    nobody else has its host.
    """
    host = hosts.by_host.get(name) or hosts.by_host[""]
    if one.barred is not None and host.barred is None and (paths or not name):
        host.barred = one.barred
    sticky = one.values.text("affinity") == "cookie"
    for rule in paths:
        if rule.backend is None:
            continue
        upstream = upstreams.by_name[upstream_name(one.ingress.meta.namespace, rule.backend)]
        if upstream.alternative:
            if not one.canary:
                hosts.lost.append(_hidden(one, name, rule, rule.backend, upstream.name, upstreams))
            continue
        _add_path(one, host, rule, rule.backend, upstream.name, hosts)
        if sticky:
            upstream.sticky, upstream.cookie = True, one.values.text("session-cookie-name")


def _add_path(
    one: Loaded, host: Host, rule: PathRule, backend: ServiceBackend, upstream: str, hosts: Hosts
) -> None:
    path, exact = rule.path or "/", rule.path_type == "Exact"
    # Only the first location of that path is looked at; a third one of mixed
    # types therefore becomes a duplicate, which nginx refuses.
    first = host.first.get(path)
    if first is None or first.exact is not exact:
        host.add(Location(path, exact, upstream, one, rule.path_type))
    elif first.automatic:
        first.upstream, first.owner, first.automatic = upstream, one, False
        first.path_type = rule.path_type
    else:
        if not one.canary:
            hosts.lost.append(_taken(one, host, rule, backend, first))
        return
    if host.www is None and one.values.flag("from-to-www-redirect"):
        host.www = one


def _taken(
    one: Loaded, host: Host, rule: PathRule, backend: ServiceBackend, first: Location
) -> Lost:
    owner = first.owner.key if first.owner else ""
    route = f"{'Exact' if first.exact else 'Prefix'} {first.path} of host {host.host or '*'}"
    message = taken(route, one.ingress, owner)
    finding = Finding("KI502", "warning", message, one.source, one.ingress.meta.origin)
    return Lost(_route(one, host.host, rule), _shown(one, backend), finding)


def _hidden(
    one: Loaded,
    host: str,
    rule: PathRule,
    backend: ServiceBackend,
    name: str,
    upstreams: Upstreams,
) -> Lost:
    policy = upstreams.by_name[name].policy
    canary = policy.source if policy else "a canary"
    message = (
        f"{rule.path_type} {rule.path or '/'} of host {host or '*'} in {one.source} is never"
        f" served: {canary}, an older canary, names the same Service and port"
    )
    fix = edit_command(one.source)
    finding = Finding("KI507", "error", message, one.source, one.ingress.meta.origin, fix)
    return Lost(_route(one, host, rule), _shown(one, backend), finding)


def _route(one: Loaded, host: str, rule: PathRule) -> Route:
    return Route(one.key, host, rule.path or "/", rule.path_type)


def _shown(one: Loaded, backend: ServiceBackend) -> str:
    return f"{one.ingress.meta.namespace}/{backend}"
