"""ingress-nginx (kubernetes/ingress-nginx, retired in March 2026).

How it turns Ingresses into nginx servers and locations, as its source
(internal/ingress/controller/controller.go, store.go, location.go, the
template) has it and as it was measured: servers from the oldest Ingress on, a
``/`` location of its own for every host, and one rewrite that turns all paths
of a host into case-insensitive regexes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from kubectl_ingress.controllers import _backends as backends
from kubectl_ingress.controllers._nginx_annotations import (
    TRUE,
    annotation,
    flag,
    is_canary,
    uncertain,
)
from kubectl_ingress.controllers._profile import Profile, Told
from kubectl_ingress.core.actions import (
    Action,
    AddSlash,
    RedirectByRewrite,
    RedirectToHttps,
    Reply,
    Rewrite,
)
from kubectl_ingress.core.classes import ClassRule
from kubectl_ingress.core.objects import (
    Finding,
    Ingress,
    PathRule,
    ServiceBackend,
    Snapshot,
)
from kubectl_ingress.core.paths import as_bytes
from kubectl_ingress.core.patterns import check_pattern
from kubectl_ingress.core.request import Route
from kubectl_ingress.core.table import Entry, Matcher, MatchKind, RouteTable, Server

PROFILE = Profile(
    name="ingress-nginx",
    title="ingress-nginx",
    controller="k8s.io/ingress-nginx",
    default_class="nginx",
    # SUSE's, Chainguard's and other continued builds keep this part of the name.
    images=("ingress-nginx/controller", "nginx-ingress-controller", "ingress-nginx-controller"),
    not_found_body="<center>nginx</center>",
    fake_certificate="Kubernetes Ingress Controller Fake Certificate",
)


_REWRITE_TARGET = re.compile(r"[A-Za-z0-9\-._~/:$]*")
_ACME = "/.well-known/acme-challenge"

_NOT_FOUND = Reply(404)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the controller's own command line decides."""

    ingress_class: str = PROFILE.default_class
    controller_class: str = PROFILE.controller
    watch_without_class: bool = False

    @property
    def class_rule(self) -> ClassRule:
        """Which Ingresses these settings take."""
        return ClassRule(
            PROFILE.title, self.ingress_class, self.controller_class, self.watch_without_class
        )


def settings_of(told: Told, snapshot: Snapshot) -> Settings:
    """Settings from the arguments of a running Deployment or DaemonSet."""
    flags = told.flags
    return Settings(
        ingress_class=flags.get("ingress-class", told.ingress_class or PROFILE.default_class),
        controller_class=flags.get("controller-class", PROFILE.controller),
        watch_without_class=flags.get("watch-ingress-without-class") in TRUE,
    )


@dataclass(slots=True)
class _Location:
    """A location while the table is being made; `ingress` is whose annotations it has.

    `path` and `path_type` are as written; `text` and `exact` are what nginx
    compares, since one written path can become two locations.
    """

    path: str
    path_type: str
    ingress: Ingress | None
    backend: ServiceBackend | None
    automatic: bool = False
    text: str = ""
    exact: bool = False

    def flag(self, name: str, default: bool = False) -> bool:
        """A boolean annotation of the Ingress that this location belongs to."""
        return flag(self.ingress, name, default) if self.ingress else default

    @property
    def rewrite_target(self) -> str:
        """The target where it has an effect, else ""."""
        value = annotation(self.ingress, "rewrite-target") if self.ingress else ""
        return value if value != self.path and _REWRITE_TARGET.fullmatch(value) else ""


@dataclass(slots=True)
class _Host:
    """A server while the table is being made."""

    host: str
    locations: list[_Location] = field(default_factory=list)
    tls: bool = False


def compile(snapshot: Snapshot, settings: Settings = Settings()) -> RouteTable:
    """The RouteTable that ingress-nginx makes of these objects."""
    taken, ignored = settings.class_rule.select(snapshot)
    # Oldest first; ties by namespace/name, descending (sortIngressSlice).
    taken.sort(key=lambda ingress: ingress.meta.key, reverse=True)
    taken.sort(key=lambda ingress: ingress.meta.created)
    hosts, conflicts = _servers([i for i in taken if not is_canary(i)])
    doubts = uncertain(taken)
    compiled = [_server(snapshot, host, doubts) for host in hosts.values()]
    default = next(server for server in compiled if server.host == "")
    return RouteTable(
        controller=PROFILE.name,
        ingress_class=settings.ingress_class,
        servers=tuple(server for server in compiled if server.host),
        default=default,
        loaded=tuple(taken),
        ignored=tuple(ignored),
        findings=(*snapshot.findings, *conflicts),
        refused=next(filter(None, (_refusal(server) for server in compiled)), None),
        namespace=snapshot.namespace,
    )


def _servers(ingresses: list[Ingress]) -> tuple[dict[str, _Host], list[Finding]]:
    """Hosts with their locations, in upstream's order (createServers, getBackendServers)."""
    hosts = {"": _Host("", [_Location("/", "Prefix", None, None, automatic=True)])}
    for ingress in ingresses:
        root = hosts[""].locations[0]
        if ingress.default_backend and not ingress.rules and root.automatic:
            hosts[""].locations[0] = _Location("/", "Prefix", ingress, ingress.default_backend)
        for rule in ingress.rules:
            if rule.host not in hosts:
                # The automatic "/" carries all annotations of the Ingress that
                # made the host (issue 9485 of ingress-nginx).
                root = _Location("/", "Prefix", ingress, ingress.default_backend, automatic=True)
                hosts[rule.host] = _Host(rule.host, [root])
            hosts[rule.host].tls |= bool(ingress.tls) and bool(rule.host)
    conflicts: list[Finding] = []
    for ingress in ingresses:
        for rule in ingress.rules:
            for path in rule.paths:
                conflicts += _add_location(hosts[rule.host], ingress, path)
    return hosts, conflicts


def _add_location(host: _Host, ingress: Ingress, rule: PathRule) -> list[Finding]:
    if rule.backend is None:
        return []
    path = rule.path or "/"
    path_type = "Exact" if rule.path_type == "Exact" else "Prefix"
    # Upstream looks at the first location with this path only; a third one of
    # mixed types therefore becomes a duplicate, which nginx refuses.
    first = next((location for location in host.locations if location.path == path), None)
    if first is None or first.path_type != path_type:
        host.locations.append(_Location(path, path_type, ingress, rule.backend))
        return []
    if first.automatic:
        first.ingress, first.backend, first.automatic = ingress, rule.backend, False
        return []
    owner = first.ingress.meta.key if first.ingress else ""
    message = (
        f"{path_type} {path} of host {host.host or '*'} in Ingress {ingress.meta.key} is never"
        f" served: {owner} has it already"
    )
    return [
        Finding("KI502", "warning", message, f"Ingress {ingress.meta.key}", ingress.meta.origin)
    ]


def _server(snapshot: Snapshot, host: _Host, doubts: dict[str, list[Finding]]) -> Server:
    cause = next(
        (x.ingress for x in host.locations if x.flag("use-regex") or x.rewrite_target), None
    )
    # Path descending, then longest first: both sorts are stable (createServers).
    ordered = sorted(host.locations, key=lambda location: location.path, reverse=True)
    ordered.sort(key=lambda location: len(location.path), reverse=True)
    expanded = [piece for location in ordered for piece in _expanded(location, ordered)]
    entries = [
        Entry(
            matcher=_matcher(location, regex=cause is not None),
            actions=_actions(snapshot, host, location),
            route=_route(host, location),
            findings=tuple(doubts.get(location.ingress.meta.key if location.ingress else "", ())),
        )
        for location in expanded
    ]
    if not host.host:
        # The default server answers health checks itself (nginx.tmpl).
        entries.append(Entry(Matcher(MatchKind.PREFIX, "/healthz"), (Reply(200),), None))
    if cause is None:
        entries = _by_precedence([*entries, *_missing_slashes(entries)])
    else:
        entries.sort(key=lambda entry: entry.matcher.kind is not MatchKind.REGEX)
    because = f"Ingress {cause.meta.key}" if cause else ""
    return Server(host.host, tuple(entries), because, host.tls)


def _expanded(location: _Location, siblings: list[_Location]) -> Iterable[_Location]:
    """``Prefix /p`` is ``/p/`` and exactly ``/p`` (updateServerLocations)."""
    if (
        location.path == "/"
        or location.path_type == "Exact"
        or location.flag("use-regex")
        or location.rewrite_target
    ):
        exact = location.path_type == "Exact"
        return [replace(location, text=location.path, exact=exact)]
    slashed = replace(location, text=location.path.rstrip("/") + "/")
    if any(s.path_type == "Exact" and s.path == location.path for s in siblings):
        return [slashed]
    return [slashed, replace(location, text=location.path, exact=True)]


def _matcher(location: _Location, regex: bool) -> Matcher:
    text = as_bytes(location.text)
    if regex:
        return Matcher(MatchKind.REGEX, f"^{text}", ignore_case=True)
    return Matcher(MatchKind.EXACT if location.exact else MatchKind.PREFIX, text)


def _route(host: _Host, location: _Location) -> Route | None:
    if location.ingress is None or (location.automatic and location.backend is None):
        return None
    return Route(location.ingress.meta.key, host.host, location.path, location.path_type)


def _actions(snapshot: Snapshot, host: _Host, location: _Location) -> tuple[Action, ...]:
    actions: list[Action] = []
    target = location.rewrite_target
    rewrite = Rewrite(as_bytes(location.text), as_bytes(target)) if target else None
    if rewrite is not None and re.match(r"https?://", target):
        actions.append(RedirectByRewrite(rewrite))
    to_https = location.flag("force-ssl-redirect") or (
        location.flag("ssl-redirect", default=True) and host.tls
    )
    if to_https and not location.path.startswith(_ACME):
        actions.append(RedirectToHttps())
    if location.backend is None or location.ingress is None:
        return (*actions, _NOT_FOUND)
    namespace = location.ingress.meta.namespace
    actions.append(backends.forward(snapshot, namespace, location.backend, rewrite))
    return tuple(actions)


def _missing_slashes(entries: list[Entry]) -> list[Entry]:
    """nginx redirects ``/p`` to ``/p/`` where only the latter is a location that proxies."""
    exact = {e.matcher.text for e in entries if e.matcher.kind is MatchKind.EXACT}
    added: dict[str, Entry] = {}
    for entry in entries:
        path = entry.matcher.text.removesuffix("/")
        if entry.route and path and path != entry.matcher.text and path not in exact:
            matcher = Matcher(MatchKind.EXACT, path)
            added.setdefault(path, Entry(matcher, (AddSlash(),), entry.route, implied=True))
    return list(added.values())


def _by_precedence(entries: list[Entry]) -> list[Entry]:
    """nginx: an exact location first, else the longest prefix."""
    exact = [e for e in entries if e.matcher.kind is MatchKind.EXACT]
    prefixes = [e for e in entries if e.matcher.kind is MatchKind.PREFIX]
    return exact + sorted(prefixes, key=lambda entry: len(entry.matcher.text), reverse=True)


def _refusal(server: Server) -> Finding | None:
    """Why nginx would refuse the whole configuration because of this server."""
    seen: dict[Matcher, Entry] = {}
    for entry in server.entries:
        if entry.implied or entry.route is None:
            continue
        text = entry.matcher.text
        what = ""
        if entry.matcher.kind is MatchKind.REGEX:
            problem = check_pattern(text)
            what = f"the path {text} is no regular expression ({problem})" if problem else ""
        elif entry.matcher in seen:
            what = f"host {server.host} has the location {text} twice"
        seen[entry.matcher] = entry
        if what:
            message = (
                f"{what}: ingress-nginx cannot load its configuration, and every host keeps its"
                " old routes"
            )
            where = f"Ingress {entry.route.ingress}"
            namespace, _, name = entry.route.ingress.partition("/")
            fix = f"kubectl edit ingress {name} -n {namespace}"
            return Finding("KI501", "error", message, where, fix=fix)
    return None
