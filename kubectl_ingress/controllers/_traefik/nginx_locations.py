"""The routers of the provider for ingress-nginx: one for each path, and what stands beside it.

pkg/provider/kubernetes/ingress-nginx/{build,translator}.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.controllers._oldest import oldest_first
from kubectl_ingress.controllers._traefik import rules
from kubectl_ingress.controllers._traefik.entrypoints import HTTP, HTTPS
from kubectl_ingress.controllers._traefik.middlewares import Unusable
from kubectl_ingress.controllers._traefik.nginx_annotations import PREFIX, Values, passed_over
from kubectl_ingress.controllers._traefik.nginx_backends import Resolved, Resolver
from kubectl_ingress.controllers._traefik.nginx_canary import (
    Canary,
    PrimaryKey,
    find_canaries,
    primary_key,
)
from kubectl_ingress.controllers._traefik.nginx_chain import Builder
from kubectl_ingress.controllers._traefik.nginx_settings import Settings
from kubectl_ingress.controllers._traefik.nginx_shares import beside_canary
from kubectl_ingress.controllers._traefik.redirects import RedirectRegex
from kubectl_ingress.controllers._traefik.routers import (
    LAST_PRIORITY,
    Compiled,
    Dead,
    Router,
    certificates,
)
from kubectl_ingress.core.actions import Answer
from kubectl_ingress.core.objects import Finding, Ingress, ServiceBackend, Snapshot
from kubectl_ingress.core.request import Route

_PLAIN_PATH = re.compile(r"/[A-Za-z0-9._\-/]*")
_WWW = "www."
_URL = r"(https?)://[^/:]+(:[0-9]+)?/(.*)"


class _Location(Struct, frozen=True):
    """One path of a host, or what stands in for all of them.

    `key` is the router's name, `backend_key` the name of what is behind it.
    """

    ingress: Ingress
    values: Values
    host: str
    path: str
    path_type: str
    key: str
    backend_key: str
    backend: ServiceBackend
    priority: int = 0

    @property
    def route(self) -> Route:
        return Route(self.ingress.meta.key, self.host, self.path, self.path_type)


class Build:
    """One load of the configuration."""

    def __init__(self, snapshot: Snapshot, settings: Settings) -> None:
        self.snapshot = snapshot
        self.settings = settings
        self.resolver = Resolver(snapshot, settings.external_names)
        self.routers: list[Router] = []
        self.dead: list[Dead] = []
        self.default: Resolved | None = None
        self.error_pages: Resolved | None = None
        self.hosts: set[str] = set()
        self.regex_hosts: set[str] = set()
        self.aliases: dict[str, str] = {}
        self.canaries: dict[PrimaryKey, Canary] = {}
        # Of several backends with one name the first is kept.
        self.named: dict[str, Resolved] = {}

    def compiled(self, name: str) -> Compiled:
        """All routers of all Ingresses."""
        taken, ignored = self.settings.class_rule.select(self.snapshot)
        taken = oldest_first(taken)
        self._provider_default()
        read = [(ingress, Values.of(ingress)) for ingress in taken]
        valid = [one for one in read if not self._is_skipped(*one)]
        regular = [one for one in valid if not one[1].flag("canary")]
        canaries = [one for one in valid if one[1].flag("canary")]
        self.hosts = {rule.host for ingress, _ in regular for rule in ingress.rules}
        self.regex_hosts = {
            rule.host
            for ingress, values in regular
            if values.flag("use-regex") or values.text("rewrite-target")
            for rule in ingress.rules
        }
        self.aliases = _claimed(regular)
        self.canaries = find_canaries(regular, canaries, self.resolver)
        for canary in self.canaries.values():
            one = canary.backend.backend
            self.named.setdefault(f"{one.namespace}-{one.service}-{one.port}", canary.backend)
        for ingress, values in regular:
            self._add(ingress, values)
        return Compiled(
            controller=name,
            ingress_class=self.settings.ingress_class,
            namespace=self.snapshot.namespace,
            points=self.settings.points,
            routers=self.routers,
            dead=self.dead,
            taken=taken,
            ignored=ignored,
            findings=(
                *self.snapshot.findings,
                *(finding for ingress in taken for finding in passed_over(ingress)),
            ),
            secured=certificates(self.snapshot, (ingress for ingress, _ in regular)),
        )

    def _is_skipped(self, ingress: Ingress, values: Values) -> bool:
        """Whether the whole Ingress is left out; its rules are noted then."""
        why = self._why_skipped(ingress, values)
        if why:
            finding = _left_out(ingress, why)
            for rule in ingress.rules:
                for path in rule.paths:
                    kind = path.path_type or "Prefix"
                    route = Route(ingress.meta.key, rule.host, path.path, kind)
                    self.dead.append(Dead(self._rule([rule.host], path.path, kind), route, finding))
        return bool(why)

    def _why_skipped(self, ingress: Ingress, values: Values) -> str:
        if not self.settings.snippets:
            for name in ("server-snippet", "configuration-snippet", "auth-snippet"):
                if values.text(name):
                    return f"{PREFIX}{name} is not allowed by the settings"
        if not self.settings.strict_paths:
            return ""
        for rule in ingress.rules:
            for path in rule.paths:
                free = path.path_type == "ImplementationSpecific" or not path.path
                if not free and not _PLAIN_PATH.fullmatch(path.path):
                    return f"path {path.path} of type {path.path_type} has special characters"
        return ""

    def _add(self, ingress: Ingress, values: Values) -> None:
        start = f"{ingress.meta.namespace}-{ingress.meta.name}"
        for location in self._locations(ingress, values, start):
            self._route(location)
        default = ingress.default_backend
        if default is None:
            return
        if not ingress.rules:
            if self.default is None:
                self.default = self.resolver.resolve(ingress.meta.namespace, default, values)
                self.named["default-backend"] = self.default
                name = "default-backend"
                self._route(
                    _Location(
                        ingress, values, "", "", "", name, name, default, priority=LAST_PRIORITY
                    )
                )
            return
        name = f"{start}-default-backend"
        for host in dict.fromkeys(rule.host for rule in ingress.rules):
            self._route(_Location(ingress, values, host, "", "", name, name, default))

    def _locations(self, ingress: Ingress, values: Values, start: str) -> Iterator[_Location]:
        for number, rule in enumerate(ingress.rules):
            for position, path in enumerate(rule.paths):
                if path.backend is None:
                    continue
                yield _Location(
                    ingress,
                    values,
                    rule.host,
                    path.path,
                    path.path_type or "Prefix",
                    f"{start}-rule-{number}-path-{position}",
                    f"{start}-{path.backend.service}-{path.backend.port}",
                    path.backend,
                )

    def _route(self, location: _Location) -> None:
        """The routers of a location; a note where there is none."""
        rule = self._rule_of(location)
        given = (self.snapshot, self.resolver, self.settings.options, self.error_pages)
        builder = Builder(location.ingress, location.values, location.path, *given)
        namespace = location.ingress.meta.namespace
        found = self.resolver.resolve(namespace, location.backend, location.values)
        backend = self.named.setdefault(location.backend_key, found)
        try:
            if rule.problem:
                raise Unusable(rule.problem)
            front = builder.build()
        except Unusable as error:
            finding = _left_out(location.ingress, str(error), whole=False)
            self.dead.append(Dead(rule, location.route, finding))
            return
        one = Router(
            (location.key,),
            rule,
            location.route,
            (front.to(backend.action(front.chain.changes)),),
            location.priority,
            self._schemes(),
            findings=tuple(front.chain.findings),
        )
        if unavailable := builder.unavailable():
            self.routers.append(replace(one, ways=((unavailable,),)))
            return
        canary = self.canaries.get(primary_key(namespace, location.backend))
        if canary is None or not location.path_type:
            self.routers.append(one)
        else:
            self.routers += beside_canary(one, front, backend, canary)
        self.routers += self._from_www(location, one)

    def _rule_of(self, location: _Location) -> rules.Rule:
        if location.priority:
            return rules.joined('PathPrefix("/")', (), None)
        hosts = [location.host]
        if location.host:
            hosts += self._own_aliases(location.ingress, location.values)
        return self._rule(hosts, location.path, location.path_type)

    def _rule(self, hosts: Sequence[str], path: str, path_type: str) -> rules.Rule:
        if not path:
            clause = None
        elif path_type == "Exact":
            clause = rules.path_clause("Path", path)
        elif hosts[0] in self.regex_hosts:
            clause = rules.path_clause("PathRegexp", f"(?i)^{path}")
        else:
            clause = rules.path_clause("PathPrefix", path, strict=True)
        return rules.host_rule(hosts, clause)

    def _schemes(self) -> frozenset[str]:
        """A router without TLS and its twin with it."""
        points = self.settings.points
        plain = {HTTP} if points.http is not None and not points.http.tls else set()
        secured = {HTTPS} if points.https is not None else set()
        return frozenset(plain | secured)

    def _own_aliases(self, ingress: Ingress, values: Values) -> Iterator[str]:
        for alias in values.words("server-alias"):
            name = alias.lower()
            if name not in self.hosts and self.aliases.get(name) == ingress.meta.key:
                yield alias

    def _from_www(self, location: _Location, one: Router) -> Iterator[Router]:
        """The router that redirects the host with www. to the one without, or back."""
        host = location.host
        if not location.values.flag("from-to-www-redirect") or not location.path_type:
            return
        other = host.removeprefix(_WWW) if host.startswith(_WWW) else f"{_WWW}{host}"
        if not host or host.startswith("*.") or other in self.hosts:
            return
        target = f"${{1}}://{host}${{2}}/${{3}}"
        redirect = RedirectRegex(_URL, target, status=308, because="from-to-www-redirect")
        yield replace(
            one,
            name=(*one.name, "www"),
            rule=rules.host_rule([other], None),
            ways=((redirect, Answer(503, "nothing is behind the redirect")),),
        )

    def _provider_default(self) -> None:
        """The backend that the command line gives to what no rule takes."""
        namespace, _, name = self.settings.default_backend.partition("/")
        if not name:
            return
        found = self.resolver.by_name(namespace, name)
        if found.missing:
            return
        self.default = self.error_pages = found
        self.routers.append(
            Router(
                ("default-backend",),
                rules.joined('PathPrefix("/")', (), None),
                Route("defaultBackendService", "", "", ""),
                ((found.action(None),),),
                LAST_PRIORITY,
                self._schemes(),
            )
        )


def _claimed(regular: Iterable[tuple[Ingress, Values]]) -> dict[str, str]:
    """alias -> key of the Ingress that has it: the oldest."""
    found: dict[str, str] = {}
    for ingress, values in regular:
        for alias in values.words("server-alias"):
            found.setdefault(alias.lower(), ingress.meta.key)
    return found


def _left_out(ingress: Ingress, why: str, *, whole: bool = True) -> Finding:
    what = "the whole Ingress" if whole else "a path of Ingress"
    message = f"Traefik leaves out {what} {ingress.meta.key}: {why}"
    return Finding("KI402", "error", message, f"Ingress {ingress.meta.key}", ingress.meta.origin)
