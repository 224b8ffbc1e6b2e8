"""The Gateway API by its specification, release 1.6, for whatever implementation.

Source: the types of gateway.networking.k8s.io, their texts and validation
rules, and the conformance tests where the texts leave a case open (a rule
without backends, or with weights of 0 only, answers 500). Extended features
(listener isolation, every redirect and rewrite, CORS, ListenerSets, 421 for a
misdirected request) are taken as supported. What is left to implementations is
decided as those do that compile to Envoy and said with a KI401: the dialect,
anchoring and place of regular expressions, normalising of paths, repeated query
parameters, the answer to a preflight request, filters of the implementation.
"""

from __future__ import annotations

from itertools import chain

from msgspec import Struct

from kubectl_ingress.controllers._gateway.attachment import (
    AnyRoute,
    Detached,
    attach,
    joined,
    name_of,
    routes_of,
)
from kubectl_ingress.controllers._gateway.conflicts import without_conflicts
from kubectl_ingress.controllers._gateway.doubts import Doubtful
from kubectl_ingress.controllers._gateway.entrance import Entrance, Misdirected
from kubectl_ingress.controllers._gateway.entries import Entries
from kubectl_ingress.controllers._gateway.hostnames import server_names
from kubectl_ingress.controllers._gateway.listeners import listeners_of
from kubectl_ingress.controllers._gateway.precedence import MISDIRECTED, NOBODY
from kubectl_ingress.controllers._gateway.reasons import Reasons, lost
from kubectl_ingress.controllers._gateway.references import Grants
from kubectl_ingress.controllers._gateway.servers import Hosts
from kubectl_ingress.controllers._gateway.validity import problems
from kubectl_ingress.controllers._profile import Profile, Told
from kubectl_ingress.core.actions import Reply
from kubectl_ingress.core.classes import ClassRule
from kubectl_ingress.core.gateway import HTTPRoute
from kubectl_ingress.core.matching import EVERYTHING
from kubectl_ingress.core.objects import Finding, Snapshot
from kubectl_ingress.core.paths import as_bytes
from kubectl_ingress.core.table import Dialect, Entry, RouteTable

PROFILE = Profile(
    name="gateway-api",
    title="the Gateway API",
    controller="",
    default_class="",
    not_found_body="",
)

# Paths are matched as they were sent: no text of the specification normalises them.
_DIALECT = Dialect(path=as_bytes, every_server=True, gives_up=None)
_NOBODY = Entry(EVERYTHING, (Reply(404),), None, precedence=NOBODY)


class Settings(Struct, frozen=True):
    """The GatewayClass whose Gateways are meant, "" for all of them."""

    gateway_class: str = ""

    @property
    def ingress_class(self) -> str:
        """Ingresses are none of its affairs."""
        return ""

    @property
    def class_rule(self) -> ClassRule:
        """It takes no Ingress: no class has this name."""
        return ClassRule(PROFILE.title, PROFILE.name, PROFILE.name)


def settings_of(told: Told, snapshot: Snapshot) -> Settings:
    """The class that was asked for, where it is that of a Gateway."""
    classes = {gateway.class_name for gateway in snapshot.gateways}
    return Settings(told.ingress_class if told.ingress_class in classes else "")


def compile(snapshot: Snapshot, settings: Settings) -> RouteTable:
    """The RouteTable that the specification gives for all routes of these Gateways."""
    wanted = settings.gateway_class
    gateways = [one for one in snapshot.gateways if wanted in ("", one.class_name)]
    checked = [(route, _problem(route)) for route in routes_of(snapshot)]
    refused = [_refused(route, problem) for route, problem in checked if problem]
    sound = [route for route, problem in checked if not problem]
    listeners = listeners_of(snapshot, gateways)
    attached, nowhere = attach(snapshot, listeners, sound)
    kept, beaten = without_conflicts(attached)
    detached = (*refused, *nowhere, *beaten)
    entrance = Entrance.of(listeners, (one.bound for one in kept))
    made = Entries(snapshot, Grants.of(snapshot), entrance)
    hosts = Hosts()
    for one in joined(kept):
        for hostname, entry in made.of(one):
            hosts.add(hostname, entry, one.bounds)
    misdirected = Entry(EVERYTHING, (Reply(421),), None, (Misdirected(entrance),), MISDIRECTED)
    doubtful = Doubtful.of(entrance, kept, chain(*hosts.entries.values()))
    reasons = Reasons(entrance, listeners, detached, tuple(sound))
    return RouteTable(
        controller=PROFILE.name,
        ingress_class=wanted,
        servers=hosts.servers(server_names),
        default=hosts.default(before=(misdirected,), after=_NOBODY),
        findings=snapshot.findings,
        namespace=snapshot.namespace,
        dialect=_DIALECT,
        lost=lost(detached),
        doubts=doubtful.doubts,
        why_none=reasons.why_none,
    )


def _problem(route: AnyRoute) -> str:
    return next(problems(route), "") if isinstance(route, HTTPRoute) else ""


def _refused(route: AnyRoute, problem: str) -> Detached:
    message = f"the API server refuses {name_of(route)}: {problem}"
    return Detached(route, Finding("KI506", "error", message, name_of(route), route.meta.origin))
