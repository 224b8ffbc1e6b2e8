"""What rules look at: the objects, and once for all rules what controllers make of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.controllers._backends import declared_port
from kubectl_ingress.controllers._discovery import Running, find_running
from kubectl_ingress.controllers._go import TRUE
from kubectl_ingress.controllers._ingress_nginx.config_map import find_config_map
from kubectl_ingress.controllers._ingress_nginx.settings import Settings as NginxSettings
from kubectl_ingress.core.objects import (
    ConfigMap,
    Finding,
    Ingress,
    Origin,
    Service,
    ServiceBackend,
    ServicePort,
    Snapshot,
    Workload,
)
from kubectl_ingress.core.request import Route
from kubectl_ingress.core.routes import Row, contested
from kubectl_ingress.core.table import Entry
from kubectl_ingress.core.trace import origin_of
from kubectl_ingress.core.written import field_of
from kubectl_ingress.lint.compiled import Compiled as Compiled
from kubectl_ingress.lint.losses import Loss, losses
from kubectl_ingress.lint.remedies import in_config_map

ROUTES = "routes"
"""In a rule's READS: what controllers make of the objects, whatever kinds they look at."""

POD_KINDS = ("CronJob", "DaemonSet", "Deployment", "Job", "Pod", "ReplicaSet", "StatefulSet")
"""The kinds that `pods_of` looks at."""

Field = tuple[str | int, ...]

_BACKEND = ("KI103", "KI104", "KI110", "KI112", "KI113")
_CLASS_FIELD = ("spec", "ingressClassName")
_FIELDS: Mapping[str, Field] = {"KI201": ("spec",), "KI202": _CLASS_FIELD}
_LEAST_TELLING = ("KI201", "KI202")


class Backed(Struct, frozen=True):
    """A port of a Service, by its place among them, that an Ingress sends requests to."""

    ingress: Ingress
    service: Service
    number: int

    @property
    def port(self) -> ServicePort:
        """The port itself."""
        return self.service.ports[self.number]


class NginxEntry(Struct, frozen=True):
    """An ingress-nginx, the Service that requests come in by, and what it was told."""

    running: Running
    service: Service
    settings: NginxSettings
    config: ConfigMap | None

    @property
    def workload(self) -> Workload:
        """Its Deployment or DaemonSet."""
        return self.running.workload

    def is_on(self, key: str) -> bool:
        """Whether a key of the ConfigMap is true."""
        return self.config is not None and self.config.data.get(key) in TRUE

    def mend(self, key: str, value: str) -> str:
        """What sets a key of its ConfigMap."""
        if self.config is None:
            return f'data: {key}: "{value}" in the ConfigMap of {self.workload.meta.key}'
        return in_config_map(self.config.meta, key, value)

    def number_of(self, port: ServicePort) -> int | None:
        """The port of the pods that one of the Service's leads to, None where nobody tells."""
        if not isinstance(port.target, str):
            return port.number if port.target is None else port.target
        named = (one.number for one in self.workload.spec.ports if one.name == port.target)
        return next(named, None)


class Routes:
    """What all controllers say of the objects."""

    def __init__(self, compiled: tuple[Compiled, ...], snapshot: Snapshot) -> None:
        self.compiled = compiled
        self._snapshot = snapshot
        self._contested: dict[int, tuple[Row, ...]] = {}

    def of(self, name: str) -> Iterator[Compiled]:
        """The tables of the controller of that name."""
        return (one for one in self.compiled if one.name == name)

    @cached_property
    def losses(self) -> Mapping[str, tuple[Loss, ...]]:
        """What Ingresses that were written for ingress-nginx lose, by their keys."""
        judged = {key: one for key, one in self.owners.items() if one.is_modelled}
        return losses(judged, self._snapshot)

    def taken_by(self, name: str) -> Iterator[tuple[Compiled, Ingress]]:
        """The Ingresses that a controller of that name serves."""
        return ((one, ingress) for one in self.of(name) for ingress in one.table.loaded)

    @cached_property
    def running(self) -> tuple[Running, ...]:
        """The controllers among the objects, one for each workload."""
        found = {(one.workload.kind, one.workload.meta.key): one for one in self._models}
        return tuple(found.values())

    @cached_property
    def backed(self) -> tuple[Backed, ...]:
        """The ports of Services that Ingresses send to, each once for each Ingress."""
        found = {}
        for ingress in self._snapshot.ingresses:
            for _, _, backend in paths_of(ingress):
                key = (ingress.meta.namespace, backend.service)
                service = self._snapshot.service_by_key.get(key)
                port = declared_port(service, backend.port) if service is not None else None
                if service is not None and port is not None:
                    number = service.ports.index(port)
                    found[ingress.meta.key, service.meta.key, number] = Backed(
                        ingress, service, number
                    )
        return tuple(found.values())

    @cached_property
    def entries(self) -> tuple[NginxEntry, ...]:
        """Where requests come in to each ingress-nginx among the objects."""
        return tuple(
            NginxEntry(one, one.service, one.settings, find_config_map(one.told, self._snapshot))
            for one in self.running
            if one.service is not None and isinstance(one.settings, NginxSettings)
        )

    def taken_at(self, entry: NginxEntry) -> Iterator[Ingress]:
        """The Ingresses whose requests come in there."""
        rule = entry.settings.class_rule
        return (one for one in self._snapshot.ingresses if rule.takes(one, self._snapshot))

    def running_for(self, ingress: Ingress) -> Iterator[Running]:
        """Those of them that take an Ingress."""
        for one in self._models:
            if one.settings.class_rule.takes(ingress, self._snapshot):
                yield one

    @cached_property
    def _models(self) -> tuple[Running, ...]:
        return find_running(self._snapshot)

    @cached_property
    def owners(self) -> Mapping[str, Compiled]:
        """``namespace/name`` of an Ingress -> the first controller that serves it."""
        found: dict[str, Compiled] = {}
        for one in self.compiled:
            for ingress in one.table.loaded:
                found.setdefault(ingress.meta.key, one)
        return found

    @property
    def unruled(self) -> tuple[str, ...]:
        """The classes whose routes are those of the specification, as no controller is known."""
        guessed = (
            one.table
            for one in self.compiled
            if not one.is_modelled
            and any(finding.code == "KI207" for finding in one.table.findings)
        )
        return tuple(table.ingress_class for table in guessed if table.ingress_class)

    def contested(self) -> Iterator[Row]:
        """Routes that others take something from."""
        for number, one in enumerate(self.compiled):
            if number not in self._contested:
                self._contested[number] = contested(one.table, self._snapshot)
            yield from self._contested[number]

    def said(self, code: str) -> tuple[Finding, ...]:
        """The findings of a code in all tables, each once, with their places."""
        return self._said.get(code, ())

    @cached_property
    def _said(self) -> Mapping[str, tuple[Finding, ...]]:
        found: dict[str, dict[tuple[str, str], Finding]] = {}
        for finding in self._all():
            if finding.code.startswith("KI9"):
                # The reader's own, of the Snapshot.
                continue
            known = found.setdefault(finding.code, {})
            known.setdefault((finding.object, finding.message), finding)
        return {code: tuple(each.values()) for code, each in found.items()}

    def _all(self) -> Iterator[Finding]:
        for one in self.compiled:
            for table in one.table.parts:
                if table.refused is not None:
                    yield self._placed(table.refused)
                yield from map(self._placed, table.findings)
                for lost in table.lost:
                    yield self._on_route(lost.finding, lost.route)
                for server in (*table.servers, table.default):
                    for entry in server.entries:
                        yield from self._of_entry(entry)
        yield from self._ignored()

    def _of_entry(self, entry: Entry) -> Iterator[Finding]:
        for finding in entry.findings:
            yield self._on_route(finding, entry.route)
        for action in entry.actions:
            if action.finding is not None:
                yield self._on_route(action.finding, entry.route)

    def _ignored(self) -> Iterator[Finding]:
        """Why no controller takes an Ingress, by the one that comes nearest to it."""
        reasons: dict[str, Finding] = {}
        for one in self.compiled:
            for ignored in one.table.ignored:
                key = ignored.ingress.meta.key
                known = reasons.get(key)
                if key not in self.owners and (known is None or known.code in _LEAST_TELLING):
                    reasons[key] = ignored.finding
        yield from map(self._placed, reasons.values())

    def _placed(self, finding: Finding) -> Finding:
        origin, field = finding.origin, finding.field
        if origin == Origin() and finding.object:
            origin = origin_of(finding.object, self._snapshot) or origin
        field = field or _FIELDS.get(finding.code, ()) or self._named_in(finding)
        changed = origin is not finding.origin or field is not finding.field
        return replace(finding, origin=origin, field=field) if changed else finding

    def _named_in(self, finding: Finding) -> Field:
        """Where the sentence names an annotation or a path of the Ingress: there."""
        kind, _, key = finding.object.partition(" ")
        if kind != "Ingress" or "/" not in finding.message:
            return ()
        ingress = self._snapshot.ingress_named(key)
        if ingress is None:
            return ()
        words = {word.strip(",:'\"") for word in finding.message.split()}
        for annotation in ingress.meta.annotations:
            if annotation in words:
                return ("metadata", "annotations", annotation)
        for number, rule in enumerate(ingress.rules):
            for at, path in enumerate(rule.paths):
                if path.path in words and path.path != "/":
                    return ("spec", "rules", number, "http", "paths", at, "path")
        for annotation in ingress.meta.annotations:
            if annotation.partition("/")[2] in words:
                return ("metadata", "annotations", annotation)
        return ()

    def _on_route(self, finding: Finding, route: Route | None) -> Finding:
        """With the place of the rule that it is about, where it is about a rule."""
        if route is None or route.kind != "Ingress":
            return self._placed(finding)
        ingress = self._snapshot.ingress_named(route.ingress)
        about = f"Ingress {route.ingress}"
        of_rule = finding.code in _BACKEND or finding.object in ("", about)
        if ingress is None or finding.field or not of_rule:
            return self._placed(finding)
        placed = self._placed(finding)
        if placed.field[:1] == ("metadata",) and str(placed.field[-1]) in finding.message:
            return placed
        field = route.field or field_of(route, ingress)
        if finding.code in _BACKEND and field:
            field = (*(field[:-1] if field[-1] == "path" else field), "backend", "service")
        return replace(finding, object=about, origin=ingress.meta.origin, field=field)


class Subject(Struct, frozen=True):
    """What a rule is asked about; certificates are held against `now`."""

    snapshot: Snapshot
    routes: Routes
    now: datetime


def paths_of(ingress: Ingress) -> Iterator[tuple[Field, str, ServiceBackend]]:
    """All backends of an Ingress: where each is written, its path, and itself."""
    if ingress.default_backend is not None:
        yield ("spec", "defaultBackend"), "", ingress.default_backend
    for number, rule in enumerate(ingress.rules):
        for at, path in enumerate(rule.paths):
            if path.backend is not None:
                place = ("spec", "rules", number, "http", "paths", at, "backend")
                yield place, path.path, path.backend


def finding_on(
    ingress: Ingress, code: str, level: str, message: str, field: Field = (), fix: str = ""
) -> Finding:
    """A Finding about an Ingress."""
    meta = ingress.meta
    return Finding(code, level, message, f"Ingress {meta.key}", meta.origin, fix, field)
