"""The listener rules of one Ingress, in the order in which a load balancer tries them.

The controller's model_build_listener_rules.go, enhanced_backend_builder.go and
model_build_target_group.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.controllers._alb.actions import (
    FixedResponse,
    Redirect,
    Share,
    not_modelled,
    parse_action,
)
from kubectl_ingress.controllers._alb.annotations import (
    PREFIX,
    BadAnnotation,
    flag_of,
    text_of,
)
from kubectl_ingress.controllers._alb.conditions import (
    ClientIn,
    Conditions,
    PathIs,
    parse_conditions,
)
from kubectl_ingress.controllers._alb.globs import is_literal, literal_start
from kubectl_ingress.controllers._backends import Broken, Why, declared_port, resolve
from kubectl_ingress.core.actions import Action, Forward, Reply
from kubectl_ingress.core.matching import EVERYTHING, Condition, Matcher, MatchKind
from kubectl_ingress.core.objects import (
    Finding,
    Ingress,
    PathRule,
    Service,
    ServiceBackend,
    Snapshot,
)
from kubectl_ingress.core.paths import as_bytes
from kubectl_ingress.core.request import Backend, Route

USE_ANNOTATION = "use-annotation"
_LONGEST_PATTERN = 128
_MOST_VALUES = 5
_PATH_PATTERN = re.compile(r"[A-Za-z0-9_.$/~\"'@:+&*?-]+")
_ORDER = {"Exact": 0, "Prefix": 1, "ImplementationSpecific": 2, "": 2}


class ListenerRule(Struct, frozen=True):
    """One rule: `hosts` are patterns in lower case, () for all; one of `paths` must match.

    `ports` are the listeners that have it.
    """

    hosts: tuple[str, ...]
    host_regexes: tuple[str, ...]
    paths: tuple[tuple[Matcher, tuple[Condition, ...]], ...]
    conditions: tuple[Condition, ...]
    action: Action
    route: Route
    ports: frozenset[int]
    findings: tuple[Finding, ...] = ()


class Builder(Struct):
    """Builds the rules of one Ingress, raising BadAnnotation where the controller gives up.

    `target_type` is what Services without a word of their own get. `regexes` and
    `clients` tell whether a rule has regular expressions or asks for the client.
    """

    snapshot: Snapshot
    ingress: Ingress
    ports: Mapping[int, str]
    target_type: str
    regexes: bool = False
    clients: bool = False

    @property
    def owner(self) -> str:
        """As findings name it."""
        return f"Ingress {self.ingress.meta.key}"

    def paths(self) -> list[tuple[str, PathRule]]:
        """Host and path of its rules in their order: as written, in each the paths by type."""
        return [(rule.host, path) for rule in self.ingress.rules for path in _sorted(rule.paths)]

    def rule(self, host: str, path: PathRule) -> ListenerRule:
        """The listener rule of one path. Raises BadAnnotation."""
        backend = self._named(path.backend)
        conditions = parse_conditions(self.ingress.meta.annotations, backend.service)
        globs, regexes = self._path_values(path)
        globs, regexes = (*globs, *conditions.paths), (*regexes, *conditions.path_regexes)
        hosts = (*((host,) if host else ()), *conditions.hosts)
        self._check(hosts, globs, regexes, conditions)
        action, findings = self.action(backend)
        ports = frozenset(self.ports)
        if isinstance(action, Redirect):
            ports = frozenset(
                port for port in ports if not action.loops(port, self.ports[port], hosts, globs)
            )
        if regexes or conditions.host_regexes:
            self.regexes = True
        if any(isinstance(one, ClientIn) for one in conditions.others):
            self.clients = True
        return ListenerRule(
            tuple(one.lower() for one in hosts),
            conditions.host_regexes,
            tuple(_path_matchers(globs, regexes)),
            conditions.others,
            action,
            Route(self.ingress.meta.key, host, path.path or "/", path.path_type),
            ports,
            findings,
        )

    def _named(self, backend: ServiceBackend | None) -> ServiceBackend:
        if backend is None:
            raise BadAnnotation("a backend is no Service")
        return backend

    def _path_values(self, path: PathRule) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Patterns, and regular expressions."""
        text, path_type = path.path, path.path_type
        if path_type not in _ORDER:
            raise BadAnnotation(f"the path type {path_type!r} is not known")
        if not text:
            return (), ()
        if _ORDER[path_type] == 2:
            if flag_of(self.ingress.meta.annotations, "use-regex-path-match"):
                return (), (text[1:],)
            return (text,), ()
        if path_type == "Prefix" and text == "/":
            return ("/*",), ()
        if not is_literal(text):
            raise BadAnnotation(f"the path {text} of type {path_type} holds a wildcard")
        if path_type == "Exact":
            return (text,), ()
        bare = text.removesuffix("/")
        return (bare, f"{bare}/*"), ()

    def _check(
        self,
        hosts: tuple[str, ...],
        globs: tuple[str, ...],
        regexes: tuple[str, ...],
        conditions: Conditions,
    ) -> None:
        """What the controller or the API of the load balancer refuses."""
        if hosts and conditions.host_regexes:
            raise BadAnnotation("a rule has both host patterns and host regular expressions")
        if globs and regexes:
            raise BadAnnotation("a rule has both path patterns and path regular expressions")
        for pattern in globs:
            if not _PATH_PATTERN.fullmatch(pattern) or len(pattern) > _LONGEST_PATTERN:
                raise BadAnnotation(f"{pattern!r} is no path pattern of a load balancer")
        values = len(hosts) + len(conditions.host_regexes) + len(globs) + len(regexes)
        values += conditions.values
        if values > _MOST_VALUES:
            raise BadAnnotation(f"a rule has {values} values, of {_MOST_VALUES} that it may have")

    def action(self, backend: ServiceBackend | None) -> tuple[Action, tuple[Finding, ...]]:
        """What a backend is to a listener, and what is not known about it."""
        backend = self._named(backend)
        findings = self._transforms(backend.service)
        if backend.port.name != USE_ANNOTATION:
            action, more = self._forward((Share(backend),))
            return action, (*findings, *more)
        configured = parse_action(self.ingress.meta.annotations, backend.service, self.owner)
        if configured is None:
            message = f"{self.owner} has no annotation actions.{backend.service}"
            return Reply(503, Finding("KI103", "error", message, self.owner)), ()
        if isinstance(configured, (FixedResponse, Redirect)):
            return configured, ()
        action, more = self._forward(configured)
        return action, (*findings, *more)

    def _transforms(self, name: str) -> tuple[Finding, ...]:
        if text_of(self.ingress.meta.annotations, f"transforms.{name}") is None:
            return ()
        message = f"transforms.{name} may change the path and the host, which is not modelled"
        return (not_modelled(self.owner, message),)

    def _forward(self, shares: tuple[Share, ...]) -> tuple[Action, tuple[Finding, ...]]:
        backends: list[Backend] = []
        findings: list[Finding] = []
        first: Finding | None = None
        for share in shares:
            if share.backend is None:
                backends.append(Backend("target-group", share.outside, "", share.weight))
                continue
            found = self._target_group(share.backend, alone=len(shares) == 1)
            if isinstance(found, Broken):
                first = first or found.finding
                status, more = self._no_targets(found)
                findings += more
                port = str(share.backend.port)
                found = Backend(
                    self.ingress.meta.namespace, share.backend.service, port, status=status
                )
            backends.append(replace(found, weight=share.weight))
        used = tuple(backend for backend in backends if backend.weight)
        if not used:
            message = "all weights are 0, which was not measured; a load balancer answers 503"
            return Reply(503), (*findings, not_modelled(self.owner, message))
        if first is not None and len(used) == 1 and used[0].status is not None:
            return Reply(used[0].status, first), tuple(findings)
        return Forward(used), tuple(findings)

    def _target_group(self, backend: ServiceBackend, alone: bool) -> Backend | Broken:
        namespace = self.ingress.meta.namespace
        found = resolve(self.snapshot, namespace, backend, declared_port)
        if isinstance(found, Broken) and (
            found.why is Why.NO_PORT or (found.why is Why.NO_SERVICE and not alone)
        ):
            raise BadAnnotation(found.finding.message)
        service = self.snapshot.service_by_key.get((namespace, backend.service))
        if (
            service is not None
            and self._target_type(service) == "instance"
            and service.type not in ("NodePort", "LoadBalancer")
        ):
            raise BadAnnotation(
                f"Service {service.meta.key} is of type {service.type}, and target-type instance"
                f" needs NodePort or LoadBalancer (or {PREFIX}target-type: ip)"
            )
        return found

    def _target_type(self, service: Service) -> str:
        """The Service's own annotation counts more than the Ingress's."""
        found = text_of(service.meta.annotations, "target-type")
        found = found or text_of(self.ingress.meta.annotations, "target-type") or self.target_type
        if found not in ("instance", "ip"):
            raise BadAnnotation(f"target-type is instance or ip, not {found!r}")
        return found

    def _no_targets(self, broken: Broken) -> tuple[int, tuple[Finding, ...]]:
        """A missing Service is a fixed 503; a target group without targets answers 503, too."""
        key = broken.finding.object.removeprefix("Service ").partition("/")
        service = self.snapshot.service_by_key.get((key[0], key[2]))
        if service is None or self._target_type(service) == "ip":
            return 503, ()
        message = "with target-type instance the nodes are the targets: it may be 502 or 504, too"
        return 503, (not_modelled(self.owner, message),)


def _sorted(paths: Iterable[PathRule]) -> list[PathRule]:
    """Exact ones, Prefix ones by length, the others; each as written."""

    def order(path: PathRule) -> tuple[int, int]:
        kind = _ORDER.get(path.path_type, 2)
        return kind, -len(path.path) if kind == 1 else 0

    return sorted(paths, key=order)


def _path_matchers(
    globs: tuple[str, ...], regexes: tuple[str, ...]
) -> Iterable[tuple[Matcher, tuple[Condition, ...]]]:
    if not globs and not regexes:
        yield EVERYTHING, ()
    for glob in globs:
        start = literal_start(glob)
        if start == glob:
            yield Matcher(MatchKind.EXACT, as_bytes(glob)), ()
        elif glob == f"{start}*":
            yield Matcher(MatchKind.PREFIX, as_bytes(start)), ()
        else:
            yield Matcher(MatchKind.PREFIX, as_bytes(start)), (PathIs(glob),)
    for regex in regexes:
        yield Matcher(MatchKind.REGEX, as_bytes(regex)), ()
