"""VirtualServers, as far as they compete with Ingresses for hosts and send requests on.

https://docs.nginx.com/nginx-ingress-controller/configuration/virtualserver-and-virtualserverroute-resources/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.controllers._f5_nginx.actions import (
    RefuseHandshake,
    To,
    ToHttps,
    ToHttpsByHeader,
)
from kubectl_ingress.controllers._f5_nginx.certificates import Certificate, certificate
from kubectl_ingress.controllers._f5_nginx.policies import Policies, policies
from kubectl_ingress.controllers._f5_nginx.requests import Listeners, Listens
from kubectl_ingress.controllers._f5_nginx.rewriting import Swap
from kubectl_ingress.controllers._f5_nginx.sending import to_service
from kubectl_ingress.controllers._f5_nginx.settings import Settings
from kubectl_ingress.controllers._f5_nginx.site import Place, Site
from kubectl_ingress.controllers._f5_nginx.values import body_size
from kubectl_ingress.controllers._f5_nginx.variables import are_known
from kubectl_ingress.core.actions import Action, Answer, Forward, Reply
from kubectl_ingress.core.guards import BodyLimit
from kubectl_ingress.core.matching import Matcher, MatchKind
from kubectl_ingress.core.objects import Custom, Finding, PortRef, ServiceBackend, Snapshot
from kubectl_ingress.core.paths import as_bytes
from kubectl_ingress.core.request import Backend, Route
from kubectl_ingress.core.values import Value

_Fields = Mapping[str, object]
_MODELLED = frozenset({"host", "ingressClassName", "policies", "routes", "tls", "upstreams"})
_ROUTE_MODELLED = frozenset({"path", "policies", "action", "splits"})


def taken(snapshot: Snapshot, settings: Settings) -> list[Custom]:
    """The VirtualServers of the class."""
    if not settings.custom_resources:
        return []
    return [
        one
        for one in snapshot.customs
        if one.kind == "VirtualServer"
        and (one.spec.get("ingressClassName") or settings.ingress_class) == settings.ingress_class
    ]


class VirtualSites(Struct, frozen=True):
    """Makes server blocks of VirtualServers."""

    snapshot: Snapshot
    settings: Settings
    listeners: Listeners

    def site(self, custom: Custom, host: str, tie: Finding | None) -> Site:
        """The server block of one; what it holds beyond the model is said with KI401."""
        tls = _fields(custom.spec, "tls")
        found = self._certificate(custom, tls) if tls else None
        own = self._policies(custom, custom.spec)
        listens = Listens(
            self.listeners,
            (self.settings.http_port,),
            (self.settings.https_port,) if found else (),
        )
        doubts = _beyond(custom, custom.spec.keys() - _MODELLED, "")
        return Site(
            host,
            f"vs_{custom.meta.namespace}_{custom.meta.name}",
            listens,
            tuple(self._places(custom, host, own)),
            tuple(self._first(custom, found, tls, own)),
            (own.access,) if own.access else (),
            (*([tie] if tie else ()), *own.doubts, *doubts),
            found.secret if found else "",
        )

    def _certificate(self, custom: Custom, tls: _Fields) -> Certificate:
        return certificate(
            self.snapshot,
            self.settings,
            custom.meta.namespace,
            _text(tls, "secret"),
            _named(custom),
            ("spec", "tls"),
        )

    def _policies(self, custom: Custom, fields: _Fields) -> Policies:
        because = Value("", _named(custom), ("spec", "policies"))
        names = tuple(
            f"{_text(one, 'namespace') or custom.meta.namespace}/{_text(one, 'name')}"
            for one in _list(fields, "policies")
        )
        return policies(self.snapshot, self.settings, names, custom.meta.namespace, because)

    def _first(
        self, custom: Custom, found: Certificate | None, tls: _Fields, own: Policies
    ) -> Iterator[Action]:
        if found and found.problem:
            because = Value("", _named(custom), found.field)
            yield RefuseHandshake(because, found.problem)
        redirect = _fields(tls, "redirect")
        if redirect.get("enable") is True:
            because = Value("true", _named(custom), ("spec", "tls", "redirect"))
            status = _number(redirect, "code", 301)
            if _text(redirect, "basedOn") == "x-forwarded-proto":
                yield ToHttpsByHeader(status, because)
            else:
                yield ToHttps(status, because, port=None)
        if own.error:
            yield own.error

    def _places(self, custom: Custom, host: str, own: Policies) -> Iterator[Place]:
        for number, fields in enumerate(_list(custom.spec, "routes")):
            path = _text(fields, "path")
            matcher = _matcher(path)
            because = Value(path, _named(custom), ("spec", "routes", number))
            mine = self._policies(custom, fields) if fields.get("policies") else own
            action, limit = self._action(custom, fields, matcher, because)
            guards = (mine.error, mine.access)
            yield Place(
                matcher,
                Route(custom.meta.key, host, path, "", "VirtualServer"),
                (*(one for one in guards if one), action),
                limit,
                (*mine.doubts, *_beyond(custom, fields.keys() - _ROUTE_MODELLED, f" {path}")),
            )

    def _action(
        self, custom: Custom, fields: _Fields, matcher: Matcher, because: Value
    ) -> tuple[Action, BodyLimit]:
        limit = BodyLimit(body_size(self.settings.config.get("client-max-body-size", "")))
        splits = _list(fields, "splits")
        if splits:
            shares = [
                (
                    _number(one, "weight", 0),
                    self._one(custom, _fields(one, "action"), matcher, because),
                )
                for one in splits
            ]
            return _split(shares, because), limit
        action = _fields(fields, "action")
        upstream = self._upstream(custom, action)
        given = _text(upstream, "client-max-body-size")
        if given:
            limit = BodyLimit(body_size(given), because)
        return self._one(custom, action, matcher, because), limit

    def _upstream(self, custom: Custom, action: _Fields) -> _Fields:
        name = _text(action, "pass") or _text(_fields(action, "proxy"), "upstream")
        known = (one for one in _list(custom.spec, "upstreams") if _text(one, "name") == name)
        return next(known, {})

    def _one(self, custom: Custom, action: _Fields, matcher: Matcher, because: Value) -> Action:
        redirect, answer = _fields(action, "redirect"), _fields(action, "return")
        url = _text(redirect, "url")
        if url and are_known(url):
            return To(_number(redirect, "code", 301), because, location=url)
        if answer:
            status = _number(answer, "code", 200)
            return Answer(status, f"the route returns {status}", because)
        upstream = self._upstream(custom, action)
        if not upstream:
            return _unknown(custom, because)
        swapped = _text(_fields(action, "proxy"), "rewritePath")
        is_plain = matcher.kind is not MatchKind.REGEX
        rewrite = Swap(matcher.text, as_bytes(swapped)) if swapped and is_plain else None
        port = PortRef(_number(upstream, "port", 0))
        backend = ServiceBackend(_text(upstream, "service"), port)
        return to_service(self.snapshot, self.settings, custom.meta.namespace, backend, rewrite)


def _matcher(path: str) -> Matcher:
    if path.startswith("~*"):
        return Matcher(MatchKind.REGEX, as_bytes(path[2:].strip()), ignore_case=True)
    if path.startswith("~"):
        return Matcher(MatchKind.REGEX, as_bytes(path[1:].strip()))
    if path.startswith("="):
        return Matcher(MatchKind.EXACT, as_bytes(path[1:].strip()))
    return Matcher(MatchKind.PREFIX, as_bytes(path or "/"))


def _split(shares: Sequence[tuple[int, Action]], because: Value) -> Action:
    """One Forward with weights; the share of a broken backend is answered with its status."""
    backends = []
    for weight, action in shares:
        if isinstance(action, Forward):
            backends += [replace(one, weight=weight) for one in action.backends]
        else:
            status = action.status if isinstance(action, (Reply, Answer, To)) else 404
            backends.append(Backend("", "split", "", weight, status=status))
    kept = tuple(one for one in backends if one.weight > 0)
    return Forward(kept) if kept else Answer(404, "no split has a weight", because)


def _unknown(custom: Custom, because: Value) -> Answer:
    message = f"{_named(custom)}: the action of route {because.text} is not modelled"
    finding = Finding("KI401", "warning", message, _named(custom), custom.meta.origin)
    return Answer(404, message, because, finding)


def _beyond(custom: Custom, names: frozenset[str] | set[str], where: str) -> Iterator[Finding]:
    if names:
        message = f"{_named(custom)}: {', '.join(sorted(names))} of route{where} is not modelled"
        if not where:
            message = f"{_named(custom)}: {', '.join(sorted(names))} is not modelled"
        yield Finding("KI401", "warning", message, _named(custom), custom.meta.origin)


def _named(custom: Custom) -> str:
    return f"VirtualServer {custom.meta.key}"


def _fields(data: _Fields, name: str) -> _Fields:
    value = data.get(name)
    return value if isinstance(value, Mapping) else {}


def _list(data: _Fields, name: str) -> list[_Fields]:
    value = data.get(name)
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _text(data: _Fields, name: str) -> str:
    value = data.get(name)
    return value if isinstance(value, str) else ""


def _number(data: _Fields, name: str, default: int) -> int:
    value = data.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else default
