"""From an attached route to entries of the table, as Traefik makes routers of it."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.controllers._gateway.attachment import (
    AnyRoute,
    AnyRule,
    Place,
    Served,
    kind_of,
    matches_of,
    name_of,
    shown,
)
from kubectl_ingress.controllers._gateway.backends import Backends, Statuses
from kubectl_ingress.controllers._gateway.entrance import ComesBy, Entrance
from kubectl_ingress.controllers._gateway.filters import changes_way, weighted
from kubectl_ingress.controllers._gateway.references import Grants, Referrer
from kubectl_ingress.controllers._gateway.traefik_filters import (
    TraefikFiltered,
    middlewares,
    problem,
    traefik_filtered,
)
from kubectl_ingress.controllers._gateway.traefik_rules import (
    Router,
    grpc_router,
    host_conditions,
    http_router,
)
from kubectl_ingress.controllers._traefik import services
from kubectl_ingress.controllers._traefik.changes import Changes
from kubectl_ingress.core.actions import Action
from kubectl_ingress.core.gateway import GRPCMatch
from kubectl_ingress.core.objects import Finding, Snapshot
from kubectl_ingress.core.table import Entry, Lost

# Without endpoints, backends or weights the balancer is empty. A gRPC error is
# an answer 200 with the status in its body (pkg/server/service/service.go).
_HTTP, _GRPC = Statuses(500, 503, 503), Statuses(200, 503, 503)


class Routers(Struct, frozen=True):
    """Makes the entries of attached routes: a router for each match, an entry for each hostname.

    `extensions`: Middlewares can be referred to.
    """

    snapshot: Snapshot
    grants: Grants
    entrance: Entrance
    extensions: bool

    def of(self, served: Served) -> Iterator[tuple[str, Entry | Lost]]:
        """Each entry with its hostname; a router that Traefik does not make is lost."""
        route, listener = served.route, ComesBy.any(self.entrance, served.bounds)
        for rule, router, priority, place in _routers(served):
            wrong = router.problem or problem(rule.filters)
            actions = () if wrong else self._actions(route, rule, router.path)
            findings = (*served.doubts, *self._doubts(route, rule))
            standing = f"priority {priority} of {route.meta.key} {router.path}"
            for one in served.hostnames:
                told = shown(route, one.own, router.path, router.path_type, place)
                if wrong:
                    yield one.common, Lost(told, "", _unmade(route, wrong))
                    continue
                conditions = (listener, *host_conditions(one.common), *router.conditions)
                entry = Entry(router.matcher, actions, told, conditions, (0, -priority), standing)
                yield one.common, replace(entry, findings=findings)

    def _actions(self, route: AnyRoute, rule: AnyRule, prefix: str) -> tuple[Action, ...]:
        kind, used = kind_of(route), weighted(rule)
        statuses = _GRPC if kind == "GRPCRoute" else _HTTP
        first = traefik_filtered(rule.filters, prefix, statuses.invalid, self.extensions)
        then = TraefikFiltered()
        if len(used) == 1:
            then = traefik_filtered(used[0].filters, prefix, statuses.invalid, self.extensions)
        backends = Backends(
            self.snapshot,
            self.grants,
            Referrer(kind, route.meta.namespace),
            statuses,
            services.resolve,
            needs_slices=True,
        )
        change = Changes((*first.changes, *then.changes))
        return (*first.actions, *then.actions, backends.forward(rule.backends, change))

    def _doubts(self, route: AnyRoute, rule: AnyRule) -> Iterator[Finding]:
        used = weighted(rule)
        filters = [*rule.filters, *(one for backend in used for one in backend.filters)]
        messages = list(middlewares(filters)) if self.extensions else []
        if len(used) > 1 and any(changes_way(f) for one in used for f in one.filters):
            messages.append("filters of single backends among several are not modelled")
        if any(one.ref.kind == "TraefikService" for one in used):
            messages.append("a TraefikService is not modelled")
        for message in messages:
            yield _finding("KI401", "warning", route, message)


def _routers(served: Served) -> Iterator[tuple[AnyRule, Router, int, Place]]:
    """Each match with its rule, its whole priority and its place: earlier rules have more."""
    longest = max(len(one.common) for one in served.hostnames)
    for rule, match, place in matches_of(served.route):
        if isinstance(match, GRPCMatch):
            router, earlier = grpc_router(match), 0
        else:
            router, earlier = http_router(match), len(served.route.rules) - place[0]
        yield rule, router, router.priority + longest + earlier, place


def _unmade(route: AnyRoute, wrong: str) -> Finding:
    return _finding("KI506", "error", route, f"Traefik makes no router of a rule, as {wrong}")


def _finding(code: str, level: str, route: AnyRoute, message: str) -> Finding:
    name = name_of(route)
    return Finding(code, level, f"{name}: {message}", name, route.meta.origin)
