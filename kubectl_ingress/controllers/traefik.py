"""Traefik's own Ingress provider, as of Traefik 3.7.

Each path of a rule becomes a router, whose rule's text gives its priority; the host
counts no more than the path. Source: pkg/provider/kubernetes/ingress/kubernetes.go,
and measured with 3.7.9.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from kubectl_ingress.controllers._backends import Why
from kubectl_ingress.controllers._profile import Profile, Told
from kubectl_ingress.controllers._traefik import rules, services
from kubectl_ingress.controllers._traefik.entrypoints import (
    LARGEST_PRIORITY,
    EntryPoints,
    entry_points,
    is_set,
    static_flags,
)
from kubectl_ingress.controllers._traefik.middlewares import (
    Chain,
    Middlewares,
    Unusable,
    normalised,
)
from kubectl_ingress.controllers._traefik.router_options import (
    PATH_MATCHERS,
    PREFIX,
    RouterOptions,
    passed_over,
    read_options,
)
from kubectl_ingress.controllers._traefik.routers import (
    LAST_PRIORITY,
    Compiled,
    Dead,
    Router,
    certificates,
)
from kubectl_ingress.core.actions import Action, Answer, Forward
from kubectl_ingress.core.classes import ClassRule
from kubectl_ingress.core.objects import (
    Finding,
    Ingress,
    PathRule,
    ServiceBackend,
    Snapshot,
)
from kubectl_ingress.core.request import Backend, Route
from kubectl_ingress.core.table import RouteTable

PROFILE = Profile(
    name="traefik",
    title="Traefik",
    controller="traefik.io/ingress-controller",
    default_class="traefik",
    not_found_body="404 page not found",
    fake_certificate="TRAEFIK DEFAULT CERT",
)


class Settings(Struct, frozen=True):
    """What the static configuration decides.

    `class_flag` is --providers.kubernetesingress.ingressclass, "" where it is not
    given: then every class of Traefik's is served, and what names no class.
    """

    class_flag: str = ""
    points: EntryPoints = field(default_factory=EntryPoints)
    strict_prefixes: bool = False
    empty_services: bool = False
    external_names: bool = False
    native_lb: bool = False
    old_syntax: bool = False
    flags: Mapping[str, str] = field(default_factory=dict)
    asked_class: str = ""

    @property
    def ingress_class(self) -> str:
        """The class that its Ingresses name."""
        return self.class_flag or self.asked_class or PROFILE.default_class

    @property
    def class_rule(self) -> ClassRule:
        """Which Ingresses it takes."""
        return ClassRule(
            PROFILE.title,
            self.ingress_class,
            PROFILE.controller,
            without_class=not self.class_flag,
            empty_annotation=False,
            by_name=bool(self.class_flag),
        )


def settings_of(told: Told, snapshot: Snapshot) -> Settings:
    """Settings from the arguments of a running Deployment or DaemonSet."""
    flags = static_flags(told)
    provider = "providers.kubernetesingress."
    return Settings(
        class_flag=flags.get(f"{provider}ingressclass", ""),
        points=entry_points(flags),
        strict_prefixes=is_set(flags, f"{provider}strictprefixmatching"),
        empty_services=is_set(flags, f"{provider}allowemptyservices"),
        external_names=is_set(flags, f"{provider}allowexternalnameservices"),
        native_lb=is_set(flags, f"{provider}nativelbbydefault"),
        old_syntax=flags.get("core.defaultrulesyntax", "").lower() == "v2",
        flags=flags,
        asked_class=told.ingress_class,
    )


class _Draft(Struct, frozen=True):
    """A router whose Service may still turn out to be another's of the same name."""

    name: tuple[str, ...]
    rule: rules.Rule
    route: Route
    priority: int
    schemes: frozenset[str]
    chain: Chain
    service: str

    def router(self, finals: list[Backend | Answer]) -> Router:
        """With what may be behind its Service's name."""
        actions = tuple(self.chain.actions)
        return Router(
            self.name,
            self.rule,
            self.route,
            tuple((*actions, _last(final, self.chain)) for final in finals),
            self.priority,
            self.schemes,
            findings=tuple(self.chain.findings),
        )


def _last(final: Backend | Answer, chain: Chain) -> Action:
    return final if isinstance(final, Answer) else Forward((final,), chain.changes)


def compile(snapshot: Snapshot, settings: Settings) -> RouteTable:
    """The RouteTable that Traefik makes of these objects."""
    return _Compilation(snapshot, settings).compiled().table()


class _Compilation:
    """One load of the configuration."""

    def __init__(self, snapshot: Snapshot, settings: Settings) -> None:
        self.snapshot = snapshot
        self.settings = settings
        self.middlewares = Middlewares.of(snapshot, settings.flags)
        self.drafts: list[_Draft] = []
        self.dead: list[Dead] = []
        self.services: dict[str, list[Backend | Answer]] = defaultdict(list)

    def compiled(self) -> Compiled:
        """All routers of all Ingresses."""
        settings = self.settings
        taken, ignored = settings.class_rule.select(self.snapshot)
        for ingress in taken:
            self._add(ingress)
        return Compiled(
            controller=PROFILE.name,
            ingress_class=settings.ingress_class,
            namespace=self.snapshot.namespace,
            points=settings.points,
            routers=[draft.router(self.services[draft.service]) for draft in self.drafts],
            dead=self.dead,
            taken=taken,
            ignored=ignored,
            findings=(
                *self.snapshot.findings,
                *self._shared_names(),
                *(finding for one in taken for finding in passed_over(one)),
            ),
            secured=certificates(self.snapshot, taken),
        )

    def _add(self, ingress: Ingress) -> None:
        options = read_options(ingress)
        if not ingress.rules and ingress.default_backend is not None:
            rule = rules.joined('PathPrefix("/")', (), None)
            route = Route(ingress.meta.key, "", "", "")
            name, service = ("default-router",), f"default-backend of {ingress.meta.key}"
            draft = _Draft(name, rule, route, LAST_PRIORITY, frozenset(), Chain(), service)
            self.drafts += self._checked(ingress, draft, ingress.default_backend, options)
        # Of equal rules in one Ingress the last is kept: they have one name.
        drafts: dict[tuple[str, str], list[_Draft]] = {}
        for host, path in _paths(ingress):
            draft = self._draft(ingress, host, path, options)
            checked = list(self._checked(ingress, draft, path.backend, options))
            if checked:
                drafts[draft.name[0], draft.rule.text] = checked
        counted = Counter(name for name, _ in drafts)
        for (called, text), found in drafts.items():
            # Names that are equal get a hash of the rule behind them.
            whole: tuple[str, ...] = (called,) if counted[called] == 1 else (called, text)
            self.drafts += (replace(draft, name=whole) for draft in found)

    def _draft(self, ingress: Ingress, host: str, path: PathRule, options: RouterOptions) -> _Draft:
        namespace = ingress.meta.namespace
        backend = path.backend
        service = f"{namespace}-{backend.service}-{backend.port}" if backend else ""
        return _Draft(
            (normalised(f"{namespace}-{ingress.meta.name}-{host}{path.path}"),),
            self._rule(host, path, options),
            Route(ingress.meta.key, host, path.path, path.path_type),
            options.priority,
            frozenset(),
            Chain(),
            normalised(service),
        )

    def _rule(self, host: str, path: PathRule, options: RouterOptions) -> rules.Rule:
        old = options.rule_syntax == "v2" or (not options.rule_syntax and self.settings.old_syntax)
        clause = self._clause(path, options, old=old) if path.path else None
        return rules.old_host_rule(host, clause) if old else rules.host_rule([host], clause)

    def _clause(self, path: PathRule, options: RouterOptions, *, old: bool) -> rules.PathClause:
        matcher = "Path" if path.path_type == "Exact" else "PathPrefix"
        if path.path_type not in ("Exact", "Prefix"):
            matcher = options.path_matcher
        if matcher not in PATH_MATCHERS:
            problem = f"{PREFIX}router.pathmatcher is {matcher}, none of {', '.join(PATH_MATCHERS)}"
            return replace(rules.path_clause("PathPrefix", path.path), problem=problem)
        clause_of = rules.old_path_clause if old else rules.path_clause
        return clause_of(matcher, path.path, strict=self.settings.strict_prefixes)

    def _checked(
        self,
        ingress: Ingress,
        draft: _Draft,
        backend: ServiceBackend | None,
        options: RouterOptions,
    ) -> Iterator[_Draft]:
        """The draft for each entry point that has it; nothing where Traefik makes no router."""
        finding = options.problem or self._refused(ingress, draft)
        if finding is None:
            final = self._final(ingress, backend)
            if not isinstance(final, Finding):
                if final not in self.services[draft.service]:
                    self.services[draft.service].append(final)
                yield from self._with_middlewares(ingress, draft, options)
                return
            finding = final
        self.dead.append(Dead(draft.rule, draft.route, finding))

    def _refused(self, ingress: Ingress, draft: _Draft) -> Finding | None:
        problem = draft.rule.problem
        if draft.priority > LARGEST_PRIORITY:
            problem = f"{PREFIX}router.priority is above {LARGEST_PRIORITY}"
        return _not_routed(ingress, problem) if problem else None

    def _final(
        self, ingress: Ingress, backend: ServiceBackend | None
    ) -> Backend | Answer | Finding:
        """What is behind a backend; a Finding where Traefik makes no router for it."""
        namespace = ingress.meta.namespace
        if backend is None:
            return _not_routed(ingress, "the backend is no Service")
        service = self.snapshot.service_by_key.get((namespace, backend.service))
        found = services.resolve(self.snapshot, namespace, backend)
        if service is not None and service.type == "ExternalName":
            if not self.settings.external_names:
                message = f"Service {service.meta.key} is an ExternalName, which is not allowed"
                return _not_routed(ingress, message, "KI404")
            return found if isinstance(found, Backend) else found.finding
        if service is not None and services.is_native(service, default=self.settings.native_lb):
            return services.native(service, backend)
        if isinstance(found, Backend):
            return found
        ending = services.is_ending(self.snapshot, namespace, backend)
        if found.why is Why.NO_ENDPOINTS and (self.settings.empty_services or ending):
            return Answer(503, found.finding.message, finding=found.finding, stage="service")
        return found.finding

    def _with_middlewares(
        self, ingress: Ingress, draft: _Draft, options: RouterOptions
    ) -> Iterator[_Draft]:
        points = self.settings.points
        schemes = points.schemes(options.entry_points, options.tls)
        if not schemes:
            names = ", ".join(options.entry_points) or "the default ones"
            message = f"no entry point of {names} serves it"
            self.dead.append(Dead(draft.rule, draft.route, _not_routed(ingress, message)))
        by_middlewares: dict[tuple[str, ...], set[str]] = defaultdict(set)
        for scheme in schemes:
            point = points.of(scheme)
            before = point.middlewares if point else ()
            by_middlewares[(*before, *options.middlewares)].add(scheme)
        for names_of, found in by_middlewares.items():
            chain = Chain()
            try:
                self.middlewares.add(names_of, chain)
            except Unusable as error:
                finding = _not_routed(ingress, str(error))
                self.dead.append(Dead(draft.rule, draft.route, finding))
            else:
                yield replace(draft, schemes=frozenset(found), chain=chain)

    def _shared_names(self) -> Iterator[Finding]:
        """Services that are one to Traefik, because their names are joined with dashes."""
        for finals in self.services.values():
            found = sorted({str(one) for one in finals if isinstance(one, Backend)})
            if len(found) > 1:
                message = (
                    f"{' and '.join(found)} have one name to Traefik, so the requests to all of"
                    " them go to one, and which one is left to chance"
                )
                yield Finding(
                    "KI503", "error", message, fix="give one of the Services another name"
                )


def _paths(ingress: Ingress) -> Iterator[tuple[str, PathRule]]:
    for rule in ingress.rules:
        for path in rule.paths:
            yield rule.host, path


def _not_routed(ingress: Ingress, why: str, code: str = "KI402") -> Finding:
    message = f"Traefik makes no router for a path of Ingress {ingress.meta.key}: {why}"
    return Finding(code, "error", message, f"Ingress {ingress.meta.key}", ingress.meta.origin)
