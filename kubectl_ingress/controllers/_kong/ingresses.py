"""Ingresses as routes of Kong: one for each Ingress, host, Service and port.

Source: KIC's translator/translate_ingress.go and subtranslator/ingress.go,
ingress_atc.go (3.5), and measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.controllers._kong.annotations import PREFIX, is_host, plugins_of
from kubectl_ingress.controllers._kong.collected import Collected
from kubectl_ingress.controllers._kong.options import Options, read_options
from kubectl_ingress.controllers._kong.paths import TYPES, path_tests, path_type_of, weight
from kubectl_ingress.controllers._kong.precedence import ingress_priority
from kubectl_ingress.controllers._kong.rewrite import Template, parse_rewrite
from kubectl_ingress.controllers._kong.routes import Flavor, KongRoute, PathTest
from kubectl_ingress.core.matching import MatchKind
from kubectl_ingress.core.objects import Finding, Ingress, PathRule, ServiceBackend
from kubectl_ingress.core.request import Route
from kubectl_ingress.core.table import Lost

_GATE = "RewriteURIs"
_REWRITE = f"{PREFIX}rewrite"

_Service = tuple[str, ServiceBackend]


class _Taken(Struct, frozen=True):
    """An Ingress with what its annotations say, and what a rewrite makes of paths."""

    ingress: Ingress
    options: Options
    rewrite: Template | None = None

    @property
    def owner(self) -> str:
        return f"Ingress {self.ingress.meta.key}"


def translate(ingresses: Iterable[Ingress], into: Collected, rewrite_uris: bool) -> None:
    """The routes of all Ingresses that are taken."""
    oldest_first = sorted(ingresses, key=lambda one: one.meta.age)
    taken = [_taken(one, into) for one in oldest_first]
    dropped = _dropped(taken, rewrite_uris)
    for one in taken:
        _of_rules(one, into, dropped)
    with_default = [one for one in taken if one.ingress.default_backend is not None]
    for one in with_default[:1]:
        _of_default(one, into)
    for one in with_default[1:]:
        _lose_default(one, with_default[0], into)


def _taken(ingress: Ingress, into: Collected) -> _Taken:
    options = read_options(ingress.meta, into.flavor)
    into.remark(ingress.meta, "Ingress")
    text = options.rewrite
    rewrite = None if text is None else parse_rewrite(text or "/", f"{_REWRITE} {text}")
    found = _Taken(ingress, options, rewrite)
    if options.problem and (ingress.default_backend or any(rule.paths for rule in ingress.rules)):
        into.refuse(options.problem, found.owner, ingress.meta)
    return found


def _dropped(taken: list[_Taken], rewrite_uris: bool) -> dict[_Service, Finding]:
    """The Services all of whose routes are left out, because of a rewrite that is not done."""
    found: dict[_Service, Finding] = {}
    for one in taken:
        if one.options.rewrite is None or (rewrite_uris and one.rewrite is not None):
            continue
        meta = one.ingress.meta
        why = f"is not switched on (--feature-gates={_GATE}=true)"
        if rewrite_uris:
            why = f"does not take {one.options.rewrite!r}: after $ there must be a number"
        message = f"{_REWRITE} of {one.owner} {why}, so all routes of its Services are left out"
        code = "KI402" if rewrite_uris else "KI404"
        finding = Finding(code, "error", message, one.owner, meta.origin)
        for rule in one.ingress.rules:
            for path in rule.paths:
                if path.backend is not None:
                    found.setdefault((meta.namespace, path.backend), finding)
    return found


def _of_rules(one: _Taken, into: Collected, dropped: dict[_Service, Finding]) -> None:
    namespace = one.ingress.meta.namespace
    for (host, backend), paths in _groups(one, into).items():
        finding = dropped.get((namespace, backend))
        if finding is None:
            into.add(_route(one, host, backend, paths, into), one.ingress.meta)
        else:
            for path in paths:
                _lose(one, host, path, finding, into)


def _groups(one: _Taken, into: Collected) -> dict[tuple[str, ServiceBackend], list[PathRule]]:
    """The paths of each host, Service and port; those that are no routes are lost."""
    found: dict[tuple[str, ServiceBackend], list[PathRule]] = {}
    for rule in one.ingress.rules:
        for path in rule.paths:
            if path.backend is None:
                message = f"a path of {one.owner} has a backend that is no Service: {path.path}"
                _lose(one, rule.host, path, _finding("KI113", message, one), into)
            elif path_type_of(path) not in TYPES:
                message = f"{one.owner} has the path type {path.path_type!r}, which does not exist"
                _lose(one, rule.host, path, _finding("KI506", message, one), into)
            else:
                found.setdefault((rule.host, path.backend), []).append(path)
    return found


def _route(
    one: _Taken, host: str, backend: ServiceBackend, paths: list[PathRule], into: Collected
) -> KongRoute:
    options, flavor = one.options, into.flavor
    hosts = tuple(dict.fromkeys([*([host] if host else []), *options.aliases]))
    tests = [
        test
        for path in paths
        for test in path_tests(path, _declared(one, host, path), flavor, options.regex_prefix)
    ]
    fields = 1 + bool(hosts) + bool(options.headers) + options.counted
    weights = [weight(path, options.regex_prefix) for path in paths]
    return KongRoute(
        owner=one.owner,
        upstream=into.upstream(one.ingress.meta.namespace, backend),
        # The expressions flavour leaves a host out that it does not like, and asks for none then.
        hosts=tuple(filter(is_host, hosts)) if flavor is Flavor.EXPRESSIONS else hosts,
        paths=tuple(tests),
        headers=options.headers,
        methods=options.methods,
        snis=options.snis,
        protocols=options.protocols,
        regex_priority=options.regex_priority,
        priority=ingress_priority(fields, len(options.headers), hosts, weights),
        path_handling=options.path_handling,
        strip_path=options.strip_path,
        redirect_status=options.redirect_status,
        rewrite=one.rewrite,
        findings=tuple(_doubts(one, backend, into)),
    )


def _doubts(one: _Taken, backend: ServiceBackend, into: Collected) -> Iterator[Finding]:
    yield from plugins_of(one.ingress.meta, "Ingress")
    yield from into.doubts(one.ingress.meta.namespace, backend.service)


def _of_default(one: _Taken, into: Collected) -> None:
    """The default backend: a path like any other, which the expressions flavour puts last."""
    backend = one.ingress.default_backend
    if backend is None:
        return
    route = _route(one, "", backend, [PathRule("/", "ImplementationSpecific", backend)], into)
    declared = Route(one.ingress.meta.key, "", "", "")
    route = replace(
        route, paths=(PathTest(MatchKind.PREFIX, "/", declared),), rewrite=None, priority=0
    )
    if into.flavor is Flavor.EXPRESSIONS:
        route = replace(route, hosts=(), headers=(), methods=(), snis=())
    into.add(route, one.ingress.meta)


def _lose_default(one: _Taken, oldest: _Taken, into: Collected) -> None:
    message = (
        f"the defaultBackend of {one.owner} is dead: only the oldest one counts, that of"
        f" {oldest.owner}"
    )
    backend = one.ingress.default_backend
    route = Route(one.ingress.meta.key, "", "", "")
    into.lost.append(Lost(route, str(backend or ""), _finding("KI504", message, one)))


def _lose(one: _Taken, host: str, path: PathRule, finding: Finding, into: Collected) -> None:
    into.lost.append(Lost(_declared(one, host, path), str(path.backend or ""), finding))


def _declared(one: _Taken, host: str, path: PathRule) -> Route:
    return Route(one.ingress.meta.key, host, path.path or "/", path_type_of(path))


def _finding(code: str, message: str, one: _Taken) -> Finding:
    return Finding(code, "error", message, one.owner, one.ingress.meta.origin)
