"""The routers of a path that has a canary: one by weight, and those whose header or cookie decides.

pkg/provider/kubernetes/ingress-nginx/translator.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from kubectl_ingress.controllers._traefik.nginx_backends import Resolved
from kubectl_ingress.controllers._traefik.nginx_canary import Canary, Unwanted, Wanted
from kubectl_ingress.controllers._traefik.nginx_chain import Front
from kubectl_ingress.controllers._traefik.routers import Router
from kubectl_ingress.core.actions import Action, Answer, Forward, PathChange
from kubectl_ingress.core.matching import Condition


def beside_canary(one: Router, front: Front, primary: Resolved, canary: Canary) -> Iterator[Router]:
    """The routers in place of `one`, which sends to `primary` alone."""
    changes = front.chain.changes
    yield replace(one, ways=(front.to(_shared(primary, canary, changes)),))
    if canary.decides and not canary.problem:
        wanted = replace(one, ways=(front.to(canary.backend.action(changes)),))
        yield _named(wanted, "canary", canary.wanted_rule(one.rule.text), Wanted(canary))
    if canary.lets_off:
        yield _named(one, "non-canary", canary.unwanted_rule(one.rule.text), Unwanted(canary))


def _shared(primary: Resolved, canary: Canary, changes: PathChange | None) -> Action:
    both = ((primary, canary.total - canary.weight), (canary.backend, canary.weight))
    backends = tuple(backend.share(weight) for backend, weight in both if weight)
    if len(backends) == 1 and backends[0].status is not None:
        return Answer(backends[0].status, f"{backends[0]} has no endpoints", stage="service")
    return Forward(backends, changes)


def _named(one: Router, name: str, text: str, condition: Condition) -> Router:
    rule = replace(one.rule, text=text)
    return replace(one, name=(*one.name, name), rule=rule, conditions=(condition,))
