"""Which of several matches takes a request, by the specification.

Source: HTTPRouteRule.matches, HTTPRoute.spec.hostnames and GRPCRouteRule.matches
in the types of the Gateway API 1.6. The smaller tuple comes first.
"""

from __future__ import annotations

from typing import TypeAlias

from kubectl_ingress.controllers._gateway.attachment import AnyRoute, kind_of
from kubectl_ingress.controllers._gateway.hostnames import specificity
from kubectl_ingress.core.gateway import GRPCMatch, HTTPMatch

Rank: TypeAlias = tuple[int | str | bool, ...]

MISDIRECTED: Rank = (0,)
NOBODY: Rank = (2,)
_ROUTE = 1

# The place of RegularExpression is left to implementations; here it is that of
# those which compile to Envoy.
_PATH_TYPES = {"Exact": 0, "RegularExpression": 1, "PathPrefix": 2}


def http_rank(route: AnyRoute, hostname: str, match: HTTPMatch, place: tuple[int, int]) -> Rank:
    """Of one match; `hostname` is the route's own, `place` (rule, match) in it."""
    kind = _PATH_TYPES.get(match.path.type, 3)
    length = 0 if kind == 0 else len(match.path.value)
    counted = (kind, -length, not match.method, -len(match.headers), -len(match.query))
    return (_ROUTE, *specificity(hostname), *counted, *route.meta.age, kind_of(route), *place)


def grpc_rank(route: AnyRoute, hostname: str, match: GRPCMatch, place: tuple[int, int]) -> Rank:
    """Of one match of a GRPCRoute."""
    counted = (0, -len(match.service), -len(match.method), -len(match.headers), 0)
    return (_ROUTE, *specificity(hostname), *counted, *route.meta.age, kind_of(route), *place)


def in_words(hostname: str, match: HTTPMatch) -> str:
    """A match as a reader compares it with another."""
    parts = [f"{match.path.type} {match.path.value}"]
    if hostname:
        parts.insert(0, hostname)
    if match.method:
        parts.append(f"method {match.method}")
    for count, what in ((len(match.headers), "header"), (len(match.query), "query parameter")):
        if count:
            parts.append(f"{count} {what}{'s' * (count > 1)}")
    return ", ".join(parts)
