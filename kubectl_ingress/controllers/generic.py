"""Ingress v1 by its specification alone, for a class whose controller has no file here.

Kubernetes API reference, IngressRule and HTTPIngressPath: an exact host before
a wildcard of one label, the longest path first, Exact before Prefix, Prefix by
whole elements. What the documentation leaves open is not decided here: equal
rules are undefined, and a KI401 says where controllers go different ways
(ImplementationSpecific, a host without a rule for the path, a broken backend).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial

from msgspec import Struct

from kubectl_ingress.controllers._backends import Broken, declared_port, resolve
from kubectl_ingress.controllers._profile import Profile, Told
from kubectl_ingress.core.actions import Action, Forward, Reply
from kubectl_ingress.core.classes import ClassRule
from kubectl_ingress.core.hosts import NameKind, host_name, normalise_host, wildcard_of
from kubectl_ingress.core.matching import EVERYTHING
from kubectl_ingress.core.objects import Finding, Ingress, PathRule, ServiceBackend, Snapshot
from kubectl_ingress.core.paths import as_bytes, elements
from kubectl_ingress.core.reasons import Ignored
from kubectl_ingress.core.request import Request, Route
from kubectl_ingress.core.table import Dialect, Entry, Matcher, MatchKind, RouteTable, Server

PROFILE = Profile(
    name="generic",
    title="the controller",
    controller="",
    default_class="",
    not_found_body="",
    aliases=("spec",),
)

_DIALECT = Dialect(label=r"[^.]+", every_server=True, ties=True)
# Signs by which an ImplementationSpecific path says that it is no plain text.
_PATTERN_SIGN = re.compile(r"[\\^$*+?()\[\]{}|~]")
_DEFAULT_BACKEND, _NOBODY = (3,), (4,)


class Settings(Struct, frozen=True):
    """The class whose Ingresses are meant, "" for all of them."""

    ingress_class: str
    controller: str = ""

    @property
    def class_rule(self) -> ClassRule:
        """Which Ingresses these settings take, where a class is named."""
        return ClassRule(PROFILE.title, self.ingress_class, self.controller)


def settings_of(told: Told, snapshot: Snapshot) -> Settings:
    """The class that was asked for; its IngressClass says whose it is."""
    known = snapshot.class_by_name.get(told.ingress_class)
    return Settings(told.ingress_class, known.controller if known else "")


def compile(snapshot: Snapshot, settings: Settings) -> RouteTable:
    """The RouteTable that the specification gives for the Ingresses of one class."""
    taken, ignored = _selected(snapshot, settings)
    return table_of(snapshot, taken, ignored, PROFILE.name, settings.ingress_class or "any")


def table_of(
    snapshot: Snapshot,
    taken: Sequence[Ingress],
    ignored: Sequence[Ignored],
    controller: str,
    ingress_class: str,
) -> RouteTable:
    """The RouteTable that the specification gives for the Ingresses that a controller takes."""
    hosts: dict[str, list[Entry]] = {"": []}
    guesses: dict[str, list[Finding]] = {}
    for ingress in taken:
        for rule in ingress.rules:
            entries = hosts.setdefault(rule.host, [])
            for path in rule.paths:
                entries.append(_entry(snapshot, ingress, rule.host, path))
                if _PATTERN_SIGN.search(path.path) and path.path_type not in ("Exact", "Prefix"):
                    guess = _as_prefix(ingress.meta.key, path.path)
                    guesses.setdefault(rule.host, []).append(guess)
    last = _last_resorts(snapshot, taken)
    servers = {
        host: Server(host, (*entries, *last), names=(host_name(host, NameKind.LABEL),))
        for host, entries in hosts.items()
    }
    return RouteTable(
        controller=controller,
        ingress_class=ingress_class,
        servers=tuple(server for host, server in servers.items() if host),
        default=servers[""],
        loaded=tuple(taken),
        ignored=tuple(ignored),
        findings=snapshot.findings,
        namespace=snapshot.namespace,
        dialect=_DIALECT,
        doubts=partial(_doubts, frozenset(hosts), guesses),
    )


def _selected(snapshot: Snapshot, settings: Settings) -> tuple[list[Ingress], list[Ignored]]:
    if not settings.ingress_class:
        return list(snapshot.ingresses), []
    return settings.class_rule.select(snapshot)


def _entry(snapshot: Snapshot, ingress: Ingress, host: str, rule: PathRule) -> Entry:
    path, path_type = rule.path or "/", rule.path_type
    text = as_bytes(path)
    matcher = Matcher(MatchKind.EXACT, text)
    if path_type != "Exact":
        # /foo/ is /foo: the elements are compared, and a slash at the end makes none.
        matcher = Matcher(MatchKind.ELEMENTS, "".join(f"/{part}" for part in elements(text)))
    rank = 2 if not host else 1 if host.startswith("*.") else 0
    action, findings = _action(snapshot, ingress, rule.backend)
    return Entry(
        matcher,
        (action,),
        Route(ingress.meta.key, host, path, path_type),
        precedence=(rank, -len(matcher.text), path_type != "Exact"),
        standing=f"{path_type} {path} of {host or 'no host'}",
        findings=findings,
    )


def _action(
    snapshot: Snapshot, ingress: Ingress, backend: ServiceBackend | None
) -> tuple[Action, tuple[Finding, ...]]:
    where = f"Ingress {ingress.meta.key}"
    if backend is None:
        message = "the backend is no Service, and what becomes of it is the controller's own affair"
        return Reply(503, Finding("KI401", "warning", message, where)), ()
    found = resolve(snapshot, ingress.meta.namespace, backend, declared_port)
    if isinstance(found, Broken):
        message = "what is answered for a backend that cannot be used is nowhere said; often 503"
        return Reply(503, found.finding), (Finding("KI401", "warning", message, where),)
    return Forward((found,)), ()


def _last_resorts(snapshot: Snapshot, taken: Sequence[Ingress]) -> tuple[Entry, ...]:
    """What no rule matches: the default backends, or the controller's own 404."""
    entries = []
    for ingress in taken:
        if ingress.default_backend is not None:
            action, findings = _action(snapshot, ingress, ingress.default_backend)
            route = Route(ingress.meta.key, "", "", "")
            standing = "defaultBackend"
            entries.append(
                Entry(
                    EVERYTHING,
                    (action,),
                    route,
                    precedence=_DEFAULT_BACKEND,
                    standing=standing,
                    findings=findings,
                )
            )
    return (*entries, Entry(EVERYTHING, (Reply(404),), None, precedence=_NOBODY))


def _doubts(
    hosts: frozenset[str],
    guesses: Mapping[str, list[Finding]],
    request: Request,
    route: Route | None,
) -> tuple[Finding, ...]:
    host = normalise_host(request.host)
    own = next((one for one in (host, wildcard_of(host)) if one in hosts), "")
    found = {finding.message: finding for finding in guesses.get(own, ())}
    if route is None or not route.path:
        return tuple(found.values())
    if route.path_type not in ("Exact", "Prefix"):
        guess = _as_prefix(route.ingress, route.path)
        found[guess.message] = guess
    if route.host != own:
        message = (
            f"host {own} has no rule for {request.path}, and nowhere is said whether such a request"
            f" falls to the rules of {route.host or 'no host'}: controllers differ"
        )
        found[message] = Finding("KI401", "warning", message, f"Ingress {route.ingress}")
    return tuple(found.values())


def _as_prefix(ingress: str, path: str) -> Finding:
    message = f"path {path} is ImplementationSpecific, which is taken as Prefix here: a guess"
    return Finding("KI401", "warning", message, f"Ingress {ingress}")
