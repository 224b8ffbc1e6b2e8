"""HTTPRoutes as routes of Kong, for Gateways of the controller's own GatewayClasses.

Source: KIC's translator/translate_httproute.go and subtranslator/httproute.go,
httproute_atc.go (3.5.9), and measured. The two traditional flavours put all
hostnames into one route, the expressions flavour makes one of each hostname
and match.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.controllers._gateway.attachment import (
    AnyRoute,
    Attached,
    Detached,
    attach,
)
from kubectl_ingress.controllers._gateway.listeners import listeners_of
from kubectl_ingress.controllers._gateway.references import Grants
from kubectl_ingress.controllers._kong.annotations import plugins_of
from kubectl_ingress.controllers._kong.collected import Collected
from kubectl_ingress.controllers._kong.conditions import PATTERN, QueryParameter
from kubectl_ingress.controllers._kong.filters import Effects, effects_of
from kubectl_ingress.controllers._kong.options import Options, read_options
from kubectl_ingress.controllers._kong.paths import read_text
from kubectl_ingress.controllers._kong.precedence import match_priority
from kubectl_ingress.controllers._kong.rewrite import PrefixSwap
from kubectl_ingress.controllers._kong.routes import Flavor, HeaderTest, KongRoute, PathTest
from kubectl_ingress.controllers._kong.shares import Shares
from kubectl_ingress.core.gateway import Gateway, HTTPMatch, HTTPRoute, HTTPRule, ValueMatch
from kubectl_ingress.core.matching import MatchKind
from kubectl_ingress.core.objects import Finding, Snapshot
from kubectl_ingress.core.paths import as_bytes
from kubectl_ingress.core.request import Route
from kubectl_ingress.core.table import Lost

CONTROLLER = "konghq.com/kic-gateway-controller"
_PATTERN = "RegularExpression"
_LATEST = 4095


def translate(snapshot: Snapshot, into: Collected) -> None:
    """The routes of all HTTPRoutes that attach to a Gateway of the controller."""
    gateways = [one for one in snapshot.gateways if _is_ours(one, snapshot)]
    ours = {one.meta.key for one in gateways}
    foreign = {one.meta.key for one in snapshot.gateways} - ours
    routes = sorted(
        (one for one in snapshot.http_routes if not _is_foreign(one, foreign)),
        key=lambda one: one.meta.age,
    )
    attached, detached = attach(snapshot, listeners_of(snapshot, gateways), routes)
    grants = Grants.of(snapshot)
    by_route: dict[str, list[Attached]] = {}
    for one in attached:
        by_route.setdefault(one.route.meta.key, []).append(one)
    translations = [
        _Translation(route, _hostnames(own), into, grants, _presumed(own))
        for route in routes
        if (own := by_route.get(route.meta.key))
    ]
    made = [(one.route, route) for one in translations for route in one.routes()]
    for owner, route in _in_order(made) if into.flavor is Flavor.EXPRESSIONS else made:
        into.add(route, owner.meta)
    for lost in detached:
        _lose_detached(lost, into)
    into.findings += _not_modelled(snapshot, foreign)


def _not_modelled(snapshot: Snapshot, foreign: set[str]) -> Iterator[Finding]:
    for route in snapshot.grpc_routes:
        if not _is_foreign(route, foreign):
            owner = f"GRPCRoute {route.meta.key}"
            message = f"{owner} is not modelled: what Kong makes of it may take requests of others"
            yield Finding("KI401", "warning", message, owner, route.meta.origin)


def _is_ours(gateway: Gateway, snapshot: Snapshot) -> bool:
    """In files without any GatewayClass every Gateway is taken to be the controller's."""
    if snapshot.offline and not snapshot.gateway_classes:
        return True
    return any(
        one.meta.name == gateway.class_name and one.controller == CONTROLLER
        for one in snapshot.gateway_classes
    )


def _is_foreign(route: AnyRoute, foreign: set[str]) -> bool:
    """Whether all that it wants to attach to is another controller's."""
    home = route.meta.namespace
    keys = [f"{one.ref.namespace or home}/{one.ref.name}" for one in route.parents]
    return bool(keys) and all(key in foreign for key in keys)


def _hostnames(attached: Iterable[Attached]) -> tuple[str, ...]:
    """What the route and its listeners have in common; () for every host."""
    found = dict.fromkeys(name.common for one in attached for name in one.hostnames)
    return () if "" in found else tuple(found)


def _presumed(attached: Iterable[Attached]) -> tuple[Finding, ...]:
    return tuple(dict.fromkeys(finding for one in attached for finding in one.doubts))


def _lose_detached(one: Detached, into: Collected) -> None:
    for host in one.route.hostnames or ("",):
        into.lost.append(
            Lost(Route(one.route.meta.key, host, "", "", "HTTPRoute"), "", one.finding)
        )


def _in_order(routes: list[tuple[HTTPRoute, KongRoute]]) -> Iterator[tuple[HTTPRoute, KongRoute]]:
    """Of equal ones the expressions flavour puts the oldest first, by the last 12 bits."""
    counted: Counter[int] = Counter()
    for route, one in routes:
        place = counted[one.priority]
        counted[one.priority] += 1
        yield route, replace(one, priority=one.priority | max(_LATEST - place, 0))


class _Translation(Struct, frozen=True):
    """One HTTPRoute with the hostnames that it has on its listeners."""

    route: HTTPRoute
    hostnames: tuple[str, ...]
    into: Collected
    grants: Grants
    presumed: tuple[Finding, ...]

    @property
    def owner(self) -> str:
        return f"HTTPRoute {self.route.meta.key}"

    @property
    def expressions(self) -> bool:
        return self.into.flavor is Flavor.EXPRESSIONS

    def routes(self) -> Iterator[KongRoute]:
        """All of it, rule by rule and match by match."""
        matches = [match for rule in self.route.rules for match in rule.matches]
        if not self.expressions and any(match.query for match in matches):
            message = f"{self.owner} asks for query parameters, so it is left out as a whole"
            self._lose(matches, self._finding("KI506", message))
            return
        self.into.remark(self.route.meta, "HTTPRoute")
        options = read_options(self.route.meta, self.into.flavor)
        if options.problem:
            self.into.refuse(options.problem, self.owner, self.route.meta)
        for rule in self.route.rules:
            finding = self._why_dropped(rule)
            if finding is not None:
                self._lose(rule.matches, finding)
                continue
            for match in rule.matches:
                yield from self._of_match(rule, match, options)

    def _why_dropped(self, rule: HTTPRule) -> Finding | None:
        """Rules with the same backends and filters are one Service of Kong, and go together."""
        text = effects_of(rule.filters, HTTPMatch()).dropped
        together = [
            match
            for one in self.route.rules
            if (one.backends, one.filters) == (rule.backends, rule.filters)
            for match in one.matches
        ]
        if not self.expressions and any(map(_repeats_header, together)):
            text = "one of its matches names a header twice"
        if text:
            return self._finding("KI506", f"a rule of {self.owner} is left out: {text}")
        return self._shares().disagreement(rule.backends)

    def _shares(self) -> Shares:
        return Shares(self.into, self.grants, self.owner, self.route.meta)

    def _of_match(self, rule: HTTPRule, match: HTTPMatch, options: Options) -> Iterator[KongRoute]:
        effects = effects_of(rule.filters, match)
        if effects.refused:
            self.into.refuse(effects.refused, self.owner, self.route.meta)
        one = KongRoute(
            owner=self.owner,
            upstream=self._shares().upstream(rule.backends),
            paths=self._paths(match, effects),
            headers=tuple(_header(value) for value in match.headers),
            methods=(match.method,) if match.method else (),
            snis=options.snis,
            protocols=options.protocols,
            regex_priority=options.regex_priority,
            path_handling=options.path_handling,
            strip_path=options.strip_path,
            redirect_status=options.redirect_status,
            first=effects.first,
            rewrite=effects.rewrite,
            findings=(*self.presumed, *self._doubts(rule, effects)),
        )
        if not one.paths:
            return
        if not self.expressions:
            yield replace(
                one,
                hosts=tuple(dict.fromkeys((*self.hostnames, *options.aliases))),
                headers=options.headers or one.headers,
                methods=options.methods or one.methods,
            )
            return
        asked = (_query(value) for value in match.query)
        one = replace(one, conditions=tuple(asked))
        for host in self.hostnames or ("",):
            hosts = (host,) if host else ()
            yield replace(one, hosts=hosts, priority=match_priority(host, match))

    def _paths(self, match: HTTPMatch, effects: Effects) -> tuple[PathTest, ...]:
        host = self.hostnames[0] if self.hostnames else ""
        declared = Route(self.route.meta.key, host, match.path.value, match.path.type, "HTTPRoute")
        value = as_bytes(match.path.value or "/")
        if isinstance(effects.rewrite, PrefixSwap):
            found = _captured(value.removesuffix("/"), self.expressions)
        elif self.expressions:
            found = _comparisons(match.path.type, value)
        else:
            found = tuple(read_text(text) for text in _texts(match.path.type, value))
        return tuple(PathTest(kind, text, declared) for kind, text in found)

    def _doubts(self, rule: HTTPRule, effects: Effects) -> Iterator[Finding]:
        yield from plugins_of(self.route.meta, "HTTPRoute")
        yield from self._shares().doubts(rule.backends)
        for text in effects.doubts:
            message = f"not modelled of {self.owner}: {text}"
            yield Finding("KI401", "warning", message, self.owner, self.route.meta.origin)

    def _lose(self, matches: Iterable[HTTPMatch], finding: Finding) -> None:
        for match in matches:
            for host in self.hostnames or ("",):
                path = match.path
                lost = Route(self.route.meta.key, host, path.value, path.type, "HTTPRoute")
                self.into.lost.append(Lost(lost, "", finding))

    def _finding(self, code: str, message: str) -> Finding:
        return Finding(code, "error", message, self.owner, self.route.meta.origin)


def _texts(path_type: str, value: str) -> tuple[str, ...]:
    match path_type:
        case "Exact":
            return (f"~{value}$",)
        case "PathPrefix":
            return f"~{value}$", value if value.endswith("/") else f"{value}/"
        case "RegularExpression":
            return (f"~{value}",)
    return ()


def _comparisons(path_type: str, value: str) -> tuple[tuple[MatchKind, str], ...]:
    match path_type:
        case "Exact":
            return ((MatchKind.EXACT, value),)
        case "PathPrefix" if value == "/":
            return ((MatchKind.PREFIX, "/"),)
        case "PathPrefix":
            return ((MatchKind.ELEMENTS, value.removesuffix("/")),)
        case "RegularExpression":
            return ((MatchKind.REGEX, value),)
    return ()


def _captured(prefix: str, expressions: bool) -> tuple[tuple[MatchKind, str], ...]:
    """A prefix to be replaced, "" being the root: what follows it is a group."""
    alone = prefix or "/"
    first = (MatchKind.EXACT, alone) if expressions else (MatchKind.REGEX, f"{alone}$")
    return first, (MatchKind.REGEX, f"{prefix}(/.*)" if prefix else "/(.*)")


def _header(value: ValueMatch) -> HeaderTest:
    sign = PATTERN if value.type == _PATTERN else ""
    return HeaderTest(value.name, (sign + value.value,))


def _query(value: ValueMatch) -> QueryParameter:
    return QueryParameter(value.name, value.value, value.type == _PATTERN)


def _repeats_header(match: HTTPMatch) -> bool:
    names = [one.name.lower() for one in match.headers]
    return len(set(names)) < len(names)
