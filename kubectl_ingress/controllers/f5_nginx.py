"""F5 NGINX Ingress Controller 5.5.4 (nginx.org), not to be confused with ingress-nginx.

How it turns Ingresses, VirtualServers and Policies into nginx's server blocks,
as its source has it (internal/k8s, internal/configs) and as it was measured:
one object owns a host, one bad annotation rejects an Ingress, and what nginx
does not load freezes everything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from kubectl_ingress.controllers._f5_nginx import settings as told
from kubectl_ingress.controllers._f5_nginx.frontends import Frontends
from kubectl_ingress.controllers._f5_nginx.ownership import own
from kubectl_ingress.controllers._f5_nginx.rejection import split
from kubectl_ingress.controllers._f5_nginx.remarks import remarks
from kubectl_ingress.controllers._f5_nginx.settings import NOT_MODELLED, Settings, settings_of
from kubectl_ingress.controllers._f5_nginx.virtual_servers import taken as taken_virtual_servers
from kubectl_ingress.controllers._nginx import host_of
from kubectl_ingress.controllers._profile import Profile
from kubectl_ingress.controllers._why_none import why_none
from kubectl_ingress.core.actions import Action, first_answer
from kubectl_ingress.core.guards import Guard
from kubectl_ingress.core.objects import Finding, Snapshot
from kubectl_ingress.core.paths import normalise
from kubectl_ingress.core.request import OutcomeKind, Request, Route
from kubectl_ingress.core.table import Dialect, RouteTable, Server

__all__ = ["PROFILE", "Settings", "compile", "settings_of"]

PROFILE = Profile(
    name="f5-nginx",
    title=told.TITLE,
    controller=told.CONTROLLER,
    default_class=told.DEFAULT_CLASS,
    not_found_body="<center>nginx",
)

# A server that does not listen on the port of a request is not there for it,
# which is why all that have a name for the host are asked, one after another.
_DIALECT = Dialect(host_of, normalise, every_server=True)


def compile(snapshot: Snapshot, settings: Settings) -> RouteTable:
    """The RouteTable that the F5 controller makes of these objects."""
    of_class, ignored = settings.class_rule.select(snapshot)
    valid, rejected = split(of_class, settings)
    ownership = own(valid, taken_virtual_servers(snapshot, settings))
    made = Frontends(snapshot, settings, ownership)
    servers, default = made.servers(), made.default()
    return RouteTable(
        controller=PROFILE.name,
        ingress_class=settings.ingress_class,
        servers=servers,
        default=default,
        loaded=tuple(valid),
        ignored=(*rejected, *ignored),
        findings=(
            *snapshot.findings,
            *(one.finding for one in rejected),
            *(remark for ingress in valid for remark in remarks(ingress)),
            *ownership.findings,
            *made.findings,
        ),
        refused=made.refused,
        refused_status=404,
        namespace=snapshot.namespace,
        dialect=_DIALECT,
        lost=(*ownership.lost, *made.lost),
        doubts=partial(_doubts, tuple(_unclear(settings)), _actions_by_route((*servers, default))),
        why_none=_why_none,
    )


def _unclear(settings: Settings) -> list[Finding]:
    """Settings that change every route in ways that the table does not have."""
    where = f"ConfigMap {settings.config_name}"
    return [
        Finding("KI401", "warning", f"{key} is not modelled: {doc}", where)
        for key, doc in NOT_MODELLED.items()
        if settings.config.get(key)
    ]


_Actions = Mapping[Route, tuple[Action, ...]]


def _actions_by_route(servers: tuple[Server, ...]) -> _Actions:
    """What each route asks for on its way; a name that only lacks its slash comes before it."""
    return {
        entry.route: entry.actions
        for server in servers
        for entry in server.entries
        if entry.route is not None
    }


def _doubts(
    always: tuple[Finding, ...], actions: _Actions, request: Request, route: Route | None
) -> tuple[Finding, ...]:
    return (*always, *_of_way(actions.get(route, ()) if route else (), request))


def _of_way(actions: tuple[Action, ...], request: Request) -> Iterator[Finding]:
    path = normalise(request.path) or ""
    for action in actions:
        if isinstance(action, Guard) and (doubt := action.doubt(request)):
            yield doubt
        if action.outcome(request, path) is not None:
            return


def _why_none(
    table: RouteTable, request: Request, servers: tuple[Server, ...]
) -> tuple[Finding, ...]:
    path = normalise(request.path) or ""
    taking = (entry for server in servers for entry in server.matching(path, request, False))
    if entry := next(taking, None):
        _, outcome = first_answer(entry.actions, request, path)
        if outcome.kind is not OutcomeKind.REPLY:
            return ()
    return why_none(table, request, path, servers)
