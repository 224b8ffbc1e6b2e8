"""GKE Ingress: each Ingress becomes a load balancer of its own, its rules a URL map.

Sources: kubernetes/ingress-gce (translator.go, gceurlmap.go), and the reference
of Compute Engine's urlMaps. Nobody has measured it here: what the load balancer
does beyond that documentation is said to be uncertain (KI401).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.controllers import _balancers as balancers
from kubectl_ingress.controllers._backends import Broken, Why, declared_port, resolve
from kubectl_ingress.controllers._gke.frontend import ALLOW_HTTP, https_redirect, ports_of
from kubectl_ingress.controllers._gke.url_map import (
    BadPath,
    matcher_of,
    url_map_paths,
)
from kubectl_ingress.controllers._profile import Profile, Told
from kubectl_ingress.core.actions import Action, Forward, Reply
from kubectl_ingress.core.classes import CLASS_ANNOTATION, ClassRule, class_of
from kubectl_ingress.core.commands import command, namespace_flag
from kubectl_ingress.core.hosts import NameKind, host_name, normalise_host
from kubectl_ingress.core.matching import EVERYTHING, MatchKind
from kubectl_ingress.core.objects import (
    Finding,
    HostRule,
    Ingress,
    PathRule,
    ServiceBackend,
    Snapshot,
)
from kubectl_ingress.core.paths import as_bytes
from kubectl_ingress.core.reasons import Ignored
from kubectl_ingress.core.request import Request, Route
from kubectl_ingress.core.table import Dialect, Entry, Lost, RouteTable, Server

PROFILE = Profile(
    name="gke",
    title="GKE Ingress",
    controller="",
    default_class="gce",
    not_found_body="backend NotFound",
    aliases=("gce",),
)

# The external load balancer is Google's front end; these two are made of Envoy.
_ENVOY_CLASSES = ("gce-internal", "gce-regional-external")
_CLASSES = ("gce", *_ENVOY_CLASSES)
_NEG = "cloud.google.com/neg"
_DIALECT = Dialect(path=as_bytes)


class Settings(Struct, frozen=True):
    """The class that somebody says is meant: it serves all of its classes, whichever it is."""

    ingress_class: str = PROFILE.default_class

    @property
    def class_rule(self) -> ClassRule:
        """Which Ingresses are its own, but for the two other classes."""
        return ClassRule(PROFILE.title, PROFILE.default_class, "", without_class=True)


def settings_of(told: Told, snapshot: Snapshot) -> Settings:
    """There is no command line to be seen: the controller runs outside the cluster."""
    return Settings(told.ingress_class or PROFILE.default_class)


def compile(snapshot: Snapshot, settings: Settings) -> RouteTable:
    """One URL map for each Ingress that names a class of GKE, or none."""
    why = {one.meta.key: _why_ignored(one, snapshot) for one in snapshot.ingresses}
    asked = None if settings.ingress_class in _CLASSES else settings.ingress_class
    ignored = [
        Ignored(one, finding)
        for one in snapshot.ingresses
        if (finding := why[one.meta.key]) and class_of(one) != asked
    ]
    empty = balancers.without_rules(
        PROFILE.name, settings.ingress_class, snapshot, ignored, _DIALECT
    )
    passed = {one.ingress.meta.key for one in ignored}
    taken = [one for one in snapshot.ingresses if one.meta.key not in passed]
    tables = []
    for ingress in taken:
        table, finding = _Translation(snapshot, ingress).table(empty), why[ingress.meta.key]
        # Of the class that is asked for: what would become of it, and that it is ignored so far.
        told = (*table.findings, finding) if finding is not None else table.findings
        tables.append(replace(table, findings=told))
    return balancers.joined(empty, tables)


def _why_ignored(ingress: Ingress, snapshot: Snapshot) -> Finding | None:
    annotated = ingress.meta.annotations.get(CLASS_ANNOTATION, "")
    named = ingress.class_name
    if annotated in _CLASSES or (not annotated and named in (None, *_CLASSES)):
        return None
    if annotated:
        what = f"has the class annotation {annotated!r}"
    else:
        what = f"names its class by ingressClassName ({named!r}), which GKE does not read"
    flag = namespace_flag(ingress.meta.namespace, snapshot.namespace)
    return Finding(
        "KI202",
        "error",
        f"Ingress {ingress.meta.key} {what}, so {PROFILE.title} ignores it",
        f"Ingress {ingress.meta.key}",
        ingress.meta.origin,
        command(
            "annotate",
            "ingress",
            ingress.meta.name,
            *flag,
            "--overwrite",
            f"{CLASS_ANNOTATION}=gce",
        ),
    )


class _Translation:
    """One Ingress on its way to a URL map.

    `problems` are why the controller gives up on it, `doubts` what is not known.
    """

    def __init__(self, snapshot: Snapshot, ingress: Ingress) -> None:
        self.snapshot = snapshot
        self.ingress = ingress
        self.owner = f"Ingress {ingress.meta.key}"
        self.problems: list[str] = []
        self.doubts: list[Finding] = []
        self.lost: list[Lost] = []

    def table(self, empty: RouteTable) -> RouteTable:
        """Its load balancer's table."""
        if self.ingress.class_name and CLASS_ANNOTATION not in self.ingress.meta.annotations:
            # Taken all the same: what its author wants is plain, and the doubt says the rest.
            self._doubt(
                f"GKE reads no ingressClassName, and ignores {self.owner} unless the annotation"
                f" {CLASS_ANNOTATION} says it; predicted as if it did"
            )
        hosts = self._hosts()
        fallback = self._fallback()
        first = self._front()
        servers = [
            Server(
                host, (*entries, fallback), names=(host_name(host, NameKind.SUFFIX),), first=first
            )
            for host, entries in hosts.items()
        ]
        known = {server.host: server for server in servers}
        suffixes = tuple(host[2:] for host in hosts if host.startswith("*."))
        frozen = [balancers.frozen(self.owner, text, self.snapshot) for text in self.problems[:1]]
        return replace(
            empty,
            servers=tuple(server for server in servers if server.host),
            default=known.get("") or Server("", (fallback,), first=first),
            loaded=(self.ingress,),
            refused=frozen[0] if frozen else None,
            lost=tuple(self.lost),
            doubts=partial(_doubts, frozenset(hosts), suffixes, tuple(self.doubts)),
        )

    def _doubt(self, message: str) -> None:
        found = Finding("KI401", "warning", message, self.owner, self.ingress.meta.origin)
        if found not in self.doubts:
            self.doubts.append(found)

    def _front(self) -> tuple[Action, ...]:
        fix = f"look at its tls and at the annotation {ALLOW_HTTP}"
        closed = balancers.not_listening(ports_of(self.ingress), self.owner, fix)
        redirect, doubt = https_redirect(self.snapshot, self.ingress)
        if doubt:
            self.doubts.append(doubt)
        return (closed,) if redirect is None else (closed, redirect)

    def _hosts(self) -> dict[str, list[Entry]]:
        """The last rule of a host replaces those before it (PutPathRulesForHost)."""
        last = {rule.host: rule for rule in self.ingress.rules}
        hosts: dict[str, list[Entry]] = {}
        for rule in self.ingress.rules:
            by_path = self._paths(rule)
            kept = {number for number, _ in by_path.values()}
            why = "its path stands again behind it, and the last one counts"
            if rule is last[rule.host]:
                entries = (entry for _, entry in by_path.values())
                hosts[rule.host] = sorted(entries, key=_by_length)
            else:
                kept.clear()
                why = f"a later rule for the host {rule.host or '*'} replaces it"
            for number, path in enumerate(rule.paths):
                if number not in kept:
                    self._lose(rule.host, path, why)
        return hosts

    def _paths(self, rule: HostRule) -> dict[str, tuple[int, Entry]]:
        """URL map path -> the number of its path in the rule, and the entry; the last one stays."""
        found: dict[str, tuple[int, Entry]] = {}
        for number, path in enumerate(rule.paths):
            action, findings = self._action(path.backend)
            try:
                written = url_map_paths(path.path, path.path_type)
            except BadPath as problem:
                self.problems.append(f"{problem}, so {self.owner} cannot be translated")
                continue
            route = self._route(rule.host, path)
            for text in written:
                entry = Entry(matcher_of(text), (action,), route, findings=findings)
                found[text] = (number, entry)
        return found

    def _route(self, host: str, path: PathRule) -> Route:
        return Route(self.ingress.meta.key, host, path.path or "/", path.path_type)

    def _lose(self, host: str, path: PathRule, why: str) -> None:
        route = self._route(host, path)
        message = f"path {route.path} of {self.owner} is dead: {why}"
        finding = Finding("KI504", "warning", message, self.owner, self.ingress.meta.origin)
        self.lost.append(Lost(route, str(path.backend or ""), finding))

    def _fallback(self) -> Entry:
        backend = self.ingress.default_backend
        if backend is None:
            return balancers.NOBODY
        action, findings = self._action(backend)
        route = Route(self.ingress.meta.key, "", "", "")
        return Entry(EVERYTHING, (action,), route, findings=findings)

    def _action(self, backend: ServiceBackend | None) -> tuple[Action, tuple[Finding, ...]]:
        if backend is None:
            self.problems.append(f"{self.owner} has a backend that is no Service")
            return Reply(404), ()
        self._check_type(backend)
        found = resolve(self.snapshot, self.ingress.meta.namespace, backend, declared_port)
        if not isinstance(found, Broken):
            return Forward((found,)), ()
        if found.why is not Why.NO_ENDPOINTS:
            self.problems.append(found.finding.message)
        annotated = self.ingress.meta.annotations.get(CLASS_ANNOTATION)
        status = 503 if annotated in _ENVOY_CLASSES else 502
        message = f"what is answered without a healthy endpoint was not measured; probably {status}"
        return Reply(status, found.finding), (Finding("KI401", "warning", message, self.owner),)

    def _check_type(self, backend: ServiceBackend) -> None:
        key = (self.ingress.meta.namespace, backend.service)
        service = self.snapshot.service_by_key.get(key)
        if service is None or service.type in ("NodePort", "LoadBalancer"):
            return
        if _for_ingress(service.meta.annotations.get(_NEG, "")):
            return
        name = f"Service {service.meta.key}"
        if service.type == "ClusterIP" and self.snapshot.offline:
            self._doubt(f"{name} is a ClusterIP: it needs {_NEG}, which VPC-native clusters add")
            return
        self.problems.append(f"{name} is of type {service.type} and has no annotation {_NEG}")


def _for_ingress(annotation: str) -> bool:
    try:
        value = json.loads(annotation or "null")
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and value.get("ingress") is True


def _by_length(entry: Entry) -> tuple[int, bool]:
    return -len(entry.matcher.text), entry.matcher.kind is not MatchKind.EXACT


def _doubts(
    hosts: frozenset[str],
    suffixes: Iterable[str],
    always: tuple[Finding, ...],
    request: Request,
    route: Route | None,
) -> tuple[Finding, ...]:
    found = [*always, *balancers.path_doubts(request)]
    host = normalise_host(request.host)
    deep = any(host.endswith(f".{end}") and "." in host.removesuffix(f".{end}") for end in suffixes)
    if deep and host not in hosts:
        message = "whether * of a host stands for several labels was not measured"
        found.append(Finding("KI401", "warning", message))
    return tuple(found)
