"""From a served route to entries of the table, by the specification."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from kubectl_ingress.controllers._gateway.attachment import (
    AnyRoute,
    AnyRule,
    Served,
    kind_of,
    matches_of,
    name_of,
    shown,
)
from kubectl_ingress.controllers._gateway.backends import Backends, Statuses
from kubectl_ingress.controllers._gateway.entrance import ComesBy, Entrance
from kubectl_ingress.controllers._gateway.filters import Filtered, changes_way, filtered, weighted
from kubectl_ingress.controllers._gateway.matching import Asked, grpc_asked, http_asked
from kubectl_ingress.controllers._gateway.references import Grants, Referrer
from kubectl_ingress.core.actions import Action
from kubectl_ingress.core.gateway import GRPCMatch
from kubectl_ingress.core.objects import Finding, Snapshot
from kubectl_ingress.core.paths import as_bytes
from kubectl_ingress.core.re2 import problem
from kubectl_ingress.core.table import Entry

# HTTP has no UNAVAILABLE; 503 is what a gRPC client reads as one.
_GRPC = Statuses(503, 503, 503)


class Entries(Struct, frozen=True):
    """Makes the entries of routes, for one Snapshot."""

    snapshot: Snapshot
    grants: Grants
    entrance: Entrance

    def of(self, served: Served) -> Iterator[tuple[str, Entry]]:
        """Each entry with the hostname that it belongs to."""
        route, listener = served.route, ComesBy.isolated(self.entrance, served.bounds)
        for rule, match, place in matches_of(route):
            for hostname in served.hostnames:
                if isinstance(match, GRPCMatch):
                    asked = grpc_asked(route, hostname.own, match, place)
                else:
                    asked = http_asked(route, hostname.own, match, place)
                yield (
                    hostname.common,
                    Entry(
                        asked.matcher,
                        self._actions(route, rule, asked.path),
                        shown(route, hostname.own, asked.path, asked.path_type, place),
                        (listener, *asked.conditions),
                        asked.rank,
                        asked.standing,
                        findings=(*served.doubts, *_doubts(route, rule, asked)),
                    ),
                )

    def _actions(self, route: AnyRoute, rule: AnyRule, prefix: str) -> tuple[Action, ...]:
        kind, used = kind_of(route), weighted(rule)
        first, then = filtered(rule.filters, prefix, self.entrance), Filtered()
        if len(used) == 1:
            then = filtered(used[0].filters, prefix, self.entrance)
        backends = Backends(
            self.snapshot,
            self.grants,
            Referrer(kind, route.meta.namespace),
            _GRPC if kind == "GRPCRoute" else Statuses(),
        )
        forward = backends.forward(rule.backends, then.change or first.change)
        return (*first.actions, *then.actions, forward)


def _doubts(route: AnyRoute, rule: AnyRule, asked: Asked) -> Iterator[Finding]:
    used = weighted(rule)
    own = any(changes_way(one) for backend in used for one in backend.filters)
    messages = [_of_pattern(pattern) for pattern in asked.patterns]
    if own and len(used) > 1:
        messages.append("filters of single backends among several are not modelled")
    for message in messages:
        name = name_of(route)
        yield Finding("KI401", "warning", f"{name}: {message}", name, route.meta.origin)


def _of_pattern(pattern: str) -> str:
    wrong = problem(as_bytes(pattern))
    if wrong:
        return f"the regular expression {pattern} is one that RE2 refuses ({wrong})"
    return (
        f"the dialect of the regular expression {pattern}, whether it has to cover the whole text"
        " and its place among other paths are left to implementations; taken as RE2, whole,"
        " after Exact and before PathPrefix"
    )
