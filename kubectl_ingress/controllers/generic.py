"""Ingress v1 by its specification alone, for a class whose controller has no file here.

Kubernetes API reference, IngressRule and HTTPIngressPath: an exact host before
a wildcard of one label, the longest path first, Exact before Prefix, Prefix by
whole elements. ImplementationSpecific is left to the class, so it is taken as
Prefix and said to be a guess.
"""

from __future__ import annotations

from dataclasses import dataclass

from kubectl_ingress.controllers import _backends as backends
from kubectl_ingress.controllers._profile import Profile, Told
from kubectl_ingress.core.actions import Action, Reply
from kubectl_ingress.core.classes import ClassRule
from kubectl_ingress.core.objects import (
    Finding,
    Ingress,
    PathRule,
    ServiceBackend,
    Snapshot,
)
from kubectl_ingress.core.paths import as_bytes
from kubectl_ingress.core.request import Route
from kubectl_ingress.core.table import Entry, Matcher, MatchKind, RouteTable, Server

PROFILE = Profile(
    name="generic",
    title="the controller",
    controller="",
    default_class="",
    images=(),
    not_found_body="",
    aliases=("spec",),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The class whose Ingresses are meant."""

    ingress_class: str
    controller: str = ""

    @property
    def class_rule(self) -> ClassRule:
        """Which Ingresses these settings take."""
        return ClassRule(PROFILE.title, self.ingress_class, self.controller)


def settings_of(told: Told, snapshot: Snapshot) -> Settings:
    """The class that was asked for; its IngressClass says whose it is."""
    known = snapshot.class_by_name.get(told.ingress_class)
    return Settings(told.ingress_class, known.controller if known else "")


def compile(snapshot: Snapshot, settings: Settings) -> RouteTable:
    """The RouteTable that the specification gives for the Ingresses of one class."""
    ingress_class = settings.ingress_class
    taken, ignored = settings.class_rule.select(snapshot)
    # Which of two equal rules wins is nowhere said: the older one, as everywhere.
    taken.sort(key=lambda ingress: (ingress.meta.created, ingress.meta.key))
    hosts: dict[str, list[Entry]] = {"": []}
    for ingress in taken:
        for host_rule in ingress.rules:
            entries = hosts.setdefault(host_rule.host, [])
            for path in host_rule.paths:
                entries += _entries(snapshot, ingress, host_rule.host, path)
    fallback = _default(snapshot, taken)
    servers = {host: _server(host, entries, fallback) for host, entries in hosts.items()}
    return RouteTable(
        controller=PROFILE.name,
        ingress_class=ingress_class,
        servers=tuple(server for host, server in servers.items() if host),
        default=servers[""],
        loaded=tuple(taken),
        ignored=tuple(ignored),
        findings=snapshot.findings,
        namespace=snapshot.namespace,
    )


def _entries(snapshot: Snapshot, ingress: Ingress, host: str, rule: PathRule) -> list[Entry]:
    if rule.backend is None:
        return []
    path, path_type = rule.path or "/", rule.path_type
    route = Route(ingress.meta.key, host, path, path_type)
    actions = (_action(snapshot, ingress, rule.backend),)
    text = as_bytes(path)
    if path_type == "Exact":
        return [Entry(Matcher(MatchKind.EXACT, text), actions, route)]
    findings = () if path_type == "Prefix" else (_guess(ingress, path),)
    bare = text.rstrip("/")
    # /foo and everything below it, but not /foobar: two plain comparisons.
    return [
        Entry(Matcher(kind, what), actions, route, findings=findings)
        for kind, what in ((MatchKind.EXACT, bare), (MatchKind.PREFIX, f"{bare}/"))
        if what
    ]


def _guess(ingress: Ingress, path: str) -> Finding:
    message = f"path {path} is ImplementationSpecific, which is taken as Prefix here: a guess"
    where = f"Ingress {ingress.meta.key}"
    return Finding("KI401", "warning", message, where, ingress.meta.origin)


def _action(snapshot: Snapshot, ingress: Ingress, backend: ServiceBackend) -> Action:
    return backends.forward(snapshot, ingress.meta.namespace, backend, None)


def _default(snapshot: Snapshot, taken: list[Ingress]) -> Entry:
    """What no rule matches: the oldest default backend, or the controller's own 404."""
    everything = Matcher(MatchKind.PREFIX, "/")
    for ingress in taken:
        if ingress.default_backend is not None:
            route = Route(ingress.meta.key, "", "", "")
            action = _action(snapshot, ingress, ingress.default_backend)
            return Entry(everything, (action,), route)
    return Entry(everything, (Reply(404),), None)


def _server(host: str, entries: list[Entry], fallback: Entry) -> Server:
    """Entries by length, an Exact rule before a Prefix one of the same path."""

    def precedence(entry: Entry) -> tuple[int, bool]:
        exact_rule = entry.route is not None and entry.route.path_type == "Exact"
        return -len(entry.matcher.text.rstrip("/")), not exact_rule

    return Server(host, (*sorted(entries, key=precedence), fallback))
