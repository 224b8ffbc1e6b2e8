"""The Gateway API as Traefik 3.7.9 does it: measured, with its source where that was silent.

It attaches routes as the specification wants and then forgets it: no listener
isolation, a hostname that is one summand among others, ties by chance.
"""

from __future__ import annotations

import re

from msgspec import Struct

from kubectl_ingress.controllers._gateway.attachment import attach, joined, routes_of
from kubectl_ingress.controllers._gateway.entrance import Entrance
from kubectl_ingress.controllers._gateway.reasons import Reasons, lost
from kubectl_ingress.controllers._gateway.references import Grants
from kubectl_ingress.controllers._gateway.servers import Hosts
from kubectl_ingress.controllers._gateway.traefik_entries import Routers
from kubectl_ingress.controllers._gateway.traefik_listeners import listeners_of
from kubectl_ingress.controllers._gateway.traefik_rules import lower_host, server_names
from kubectl_ingress.controllers._profile import Profile, Told
from kubectl_ingress.controllers._traefik.entrypoints import is_set, static_flags
from kubectl_ingress.controllers._traefik.paths import routing_path
from kubectl_ingress.core.actions import Reply
from kubectl_ingress.core.classes import ClassRule
from kubectl_ingress.core.gateway import Gateway
from kubectl_ingress.core.matching import EVERYTHING
from kubectl_ingress.core.objects import Snapshot
from kubectl_ingress.core.table import Dialect, Entry, Lost, RouteTable

PROFILE = Profile(
    name="gateway-api-traefik",
    title="Traefik",
    controller="traefik.io/gateway-controller",
    default_class="",
    not_found_body="404 page not found",
    fake_certificate="TRAEFIK DEFAULT CERT",
    aliases=("gateway-api:traefik",),
    gateway_controller="traefik.io/gateway-controller",
)

_DIALECT = Dialect(host=lower_host, path=routing_path, every_server=True, ties=True, gives_up=None)
_NOBODY = Entry(EVERYTHING, (Reply(404),), None, precedence=(1,))
_ADDRESS = re.compile(r"entrypoints\.[^.]+\.address")


class Settings(Struct, frozen=True):
    """`ports` are those of its entry points, none where nobody knows them.

    `extensions`: Middlewares can be referred to.
    """

    ports: frozenset[int] = frozenset()
    extensions: bool = False

    @property
    def ingress_class(self) -> str:
        """Ingresses are the affair of its other provider."""
        return ""

    @property
    def class_rule(self) -> ClassRule:
        """It takes no Ingress: no class has this name."""
        return ClassRule(PROFILE.title, PROFILE.name, PROFILE.controller)


def settings_of(told: Told, snapshot: Snapshot) -> Settings:
    """From the static configuration."""
    flags = static_flags(told)
    ports = (
        value.partition("/")[0].rpartition(":")[2]
        for name, value in flags.items()
        if _ADDRESS.fullmatch(name)
    )
    return Settings(
        frozenset(int(port) for port in ports if re.fullmatch("[0-9]{1,5}", port)),
        is_set(flags, "providers.kubernetescrd"),
    )


def compile(snapshot: Snapshot, settings: Settings) -> RouteTable:
    """The RouteTable that Traefik makes of the routes of its Gateways."""
    listeners = listeners_of(snapshot, _gateways(snapshot), settings.ports)
    routes = routes_of(snapshot)
    attached, nowhere = attach(snapshot, listeners, routes)
    detached = tuple(nowhere)
    entrance = Entrance.of(listeners, (one.bound for one in attached))
    routers = Routers(snapshot, Grants.of(snapshot), entrance, settings.extensions)
    hosts = Hosts()
    unmade: list[Lost] = []
    for one in joined(attached):
        for hostname, made in routers.of(one):
            if isinstance(made, Lost):
                unmade.append(made)
            else:
                hosts.add(hostname, made, one.bounds)
    return RouteTable(
        controller=PROFILE.name,
        ingress_class="",
        servers=hosts.servers(server_names),
        default=hosts.default(after=_NOBODY),
        findings=snapshot.findings,
        namespace=snapshot.namespace,
        dialect=_DIALECT,
        lost=(*lost(detached), *unmade),
        why_none=Reasons(entrance, listeners, detached, tuple(routes)).why_none,
    )


def _gateways(snapshot: Snapshot) -> list[Gateway]:
    """Those of its classes; where files hold no class at all, every one."""
    classes = snapshot.gateway_classes
    own = {one.meta.name for one in classes if one.controller == PROFILE.controller}
    presumed = snapshot.offline and not classes
    return [one for one in snapshot.gateways if presumed or one.class_name in own]
