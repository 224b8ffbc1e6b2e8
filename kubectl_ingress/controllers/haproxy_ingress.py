"""haproxy-ingress (jcmoraisjr) 0.16.1.

How it turns Ingresses into haproxy's maps and backends, as its source has it
(pkg/converters/ingress, pkg/haproxy, rootfs/etc/templates) and as it was
measured: raw bytes, four path types, one list of regexes for all hosts, and a
host that misses a path falls through to its wildcard and to rules without host.
"""

from __future__ import annotations

from functools import partial

from kubectl_ingress.controllers._haproxy import settings as told
from kubectl_ingress.controllers._haproxy.answers import Answers
from kubectl_ingress.controllers._haproxy.global_keys import GLOBAL_KEYS
from kubectl_ingress.controllers._haproxy.hosts import HostPath, add_strict_paths, convert
from kubectl_ingress.controllers._haproxy.refusal import refusals
from kubectl_ingress.controllers._haproxy.requests import (
    Malformed,
    as_it_came,
    read_host,
    read_path,
)
from kubectl_ingress.controllers._haproxy.settings import Settings, settings_of
from kubectl_ingress.controllers._haproxy.table import Frontends
from kubectl_ingress.controllers._haproxy.values import flag
from kubectl_ingress.controllers._profile import Profile
from kubectl_ingress.controllers._why_none import why_none
from kubectl_ingress.core.objects import Finding, Snapshot
from kubectl_ingress.core.request import Request, Route
from kubectl_ingress.core.table import Dialect, RouteTable, Server

__all__ = ["PROFILE", "Settings", "compile", "settings_of"]

PROFILE = Profile(
    name="haproxy-ingress",
    title=told.TITLE,
    controller=told.CONTROLLER,
    default_class=told.DEFAULT_CLASS,
    not_found_body="The requested URL was not found.",
    fake_certificate="Kubernetes Ingress Controller Fake Certificate",
)

_DIALECT = Dialect(
    read_host,
    read_path,
    label=r"[^.]+",
    every_server=True,
    gives_up=None,
    read=as_it_came,
)


def compile(snapshot: Snapshot, settings: Settings) -> RouteTable:
    """The RouteTable that haproxy-ingress makes of these objects."""
    taken, ignored = settings.class_rule.select(snapshot)
    taken.sort(key=lambda ingress: ingress.meta.age)
    world = convert(snapshot, settings, taken)
    if flag(settings.value("strict-host").text):
        add_strict_paths(world, settings)
    answers = Answers(snapshot, settings, world)
    frontends = Frontends(snapshot, settings, world, answers)
    by_route = {
        path.route: path for host in world.hosts.values() for path in host.paths if path.route
    }
    return RouteTable(
        controller=PROFILE.name,
        ingress_class=settings.ingress_class,
        servers=frontends.servers(),
        default=frontends.default_server(),
        loaded=tuple(taken),
        ignored=tuple(ignored),
        findings=(*snapshot.findings, *world.findings),
        refused=next(refusals(world, settings, answers, frontends.lines), None),
        namespace=snapshot.namespace,
        dialect=_DIALECT,
        lost=tuple(world.lost),
        doubts=partial(_doubts, tuple(_unclear(settings)), by_route, answers),
        why_none=_why_none,
    )


def _unclear(settings: Settings) -> list[Finding]:
    """Settings that change every route in ways that the table does not have."""
    return [
        Finding("KI401", "warning", f"{key} is not modelled: {GLOBAL_KEYS[key].doc}", value.source)
        for key, value in sorted(settings.config.items())
        if value.text and key in GLOBAL_KEYS and not GLOBAL_KEYS[key].modelled
    ]


def _doubts(
    always: tuple[Finding, ...],
    by_route: dict[Route, HostPath],
    answers: Answers,
    request: Request,
    route: Route | None,
) -> tuple[Finding, ...]:
    path = by_route.get(route) if route else None
    return (*always, *(answers.doubts(path, request) if path else ()))


def _why_none(
    table: RouteTable, request: Request, servers: tuple[Server, ...]
) -> tuple[Finding, ...]:
    if Malformed().met(request):
        return ()
    return why_none(table, request, read_path(request.path), servers)
