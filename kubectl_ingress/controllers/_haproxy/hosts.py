"""From Ingresses to hosts with paths and to Service ports (pkg/converters/ingress/ingress.go).

The oldest Ingress comes first, then by namespace/name; the first one with a
path of a type has it. A path whose Service or port is not there does not exist.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from kubectl_ingress.controllers._backends import Broken, Why, resolve
from kubectl_ingress.controllers._haproxy.global_keys import KEYS
from kubectl_ingress.controllers._haproxy.key import Invalid
from kubectl_ingress.controllers._haproxy.order import NO_HOST, Match
from kubectl_ingress.controllers._haproxy.requests import HeaderMatch
from kubectl_ingress.controllers._haproxy.settings import (
    Settings,
    of_host,
    of_path,
    read,
    remarks,
)
from kubectl_ingress.controllers._haproxy.values import flag, number
from kubectl_ingress.controllers._oldest import taken
from kubectl_ingress.core.objects import (
    Finding,
    Ingress,
    PathRule,
    PortRef,
    Service,
    ServiceBackend,
    ServicePort,
    Snapshot,
)
from kubectl_ingress.core.patterns import check_pattern
from kubectl_ingress.core.request import Backend, Route
from kubectl_ingress.core.table import Lost
from kubectl_ingress.core.values import Value


class HostPath(Struct, eq=False):
    """One path of a host; `number` is its place there. `redirect` stands instead of a port.

    `added` is one of the controller itself, which no setting counts for.
    """

    host: str
    path: str
    match: Match
    route: Route | None
    number: int
    headers: tuple[HeaderMatch, ...] = ()
    port: Port | None = None
    backend: Backend | Broken | None = None
    redirect: Value | None = None
    added: bool = False
    values: dict[str, Value] = field(default_factory=dict)

    def value(self, key: str, settings: Settings) -> Value:
        """The value of a key of the path."""
        return self.values.get(key) or settings.value(key)


class Port(Struct, eq=False):
    """A Service port: what is a ``backend`` to haproxy, by the port of its pods."""

    namespace: str
    service: str
    paths: list[HostPath] = field(default_factory=list)
    first: dict[str, Value] = field(default_factory=dict)

    def add(self, path: HostPath, *sources: Mapping[str, Value]) -> None:
        """Take over a path; of its sources, the first one with a key decides."""
        for source in sources:
            for key, value in source.items():
                known = KEYS.get(key)
                dropped = known and known.invalid is Invalid.ABSENT and known.valid
                if key in path.values or (dropped and not dropped(value.text)):
                    continue
                path.values[key] = value
                self.first.setdefault(key, value)
        path.port = self
        self.paths.append(path)

    def value(self, key: str, settings: Settings) -> Value:
        """The value of a key of the port: that of the first path which has one."""
        return self.first.get(key) or settings.value(key)


class Host(Struct, eq=False):
    """A host; `certificate` is ``namespace/name`` of its Secret, "" for the default one."""

    name: str
    paths: list[HostPath] = field(default_factory=list)
    values: dict[str, Value] = field(default_factory=dict)
    has_tls: bool = False
    certificate: str = ""
    _found: dict[tuple[str, Match, tuple[HeaderMatch, ...]], HostPath] = field(default_factory=dict)

    def add(self, path: HostPath) -> None:
        """Take over a path."""
        self.paths.append(path)
        self._found[path.path, path.match, path.headers] = path

    def find(self, path: str, match: Match, headers: tuple[HeaderMatch, ...]) -> HostPath | None:
        """The path of that text, type and headers."""
        return self._found.get((path, match, headers))

    @property
    def root(self) -> HostPath | None:
        """Its path ``/`` without headers, whatever type; the first of several."""
        found = (self.find("/", match, ()) for match in Match)
        return min(filter(None, found), key=lambda path: path.number, default=None)

    def value(self, key: str, settings: Settings) -> Value:
        """The value of a key of the host."""
        return self.values.get(key) or settings.value(key)

    def passes_through(self, settings: Settings) -> bool:
        """Whether its TLS connections go to the pods of its path ``/`` as they are."""
        return self.root is not None and flag(self.value("ssl-passthrough", settings).text)


class World(Struct):
    """What the controller made of all Ingresses."""

    hosts: dict[str, Host] = field(default_factory=dict)
    ports: dict[tuple[str, str, str], Port] = field(default_factory=dict)
    lost: list[Lost] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def convert(snapshot: Snapshot, settings: Settings, ingresses: list[Ingress]) -> World:
    """Hosts, paths and ports of these Ingresses, the oldest first."""
    converter = _Converter(snapshot, settings)
    for ingress in ingresses:
        converter.add(ingress)
    return converter.world


class _Converter:
    def __init__(self, snapshot: Snapshot, settings: Settings) -> None:
        self.snapshot, self.settings = snapshot, settings
        self.world = World()
        self._read_services: set[str] = set()

    def add(self, ingress: Ingress) -> None:
        """Take over one Ingress (syncIngress, syncIngressHTTP)."""
        values = read(ingress.meta, "Ingress", self.settings.prefixes)
        self.world.findings += remarks(ingress.meta, "Ingress", self.settings.prefixes)
        if tcp := number(values.get("tcp-service-port", Value()).text):
            self._tcp(ingress, tcp)
            return
        if ingress.default_backend is not None:
            self._default(ingress, ingress.default_backend, values)
        for rule in ingress.rules:
            # A rule without http is no rule at all.
            if not rule.paths:
                continue
            host = self._host(rule.host or NO_HOST, of_host(values))
            for path in rule.paths:
                self._path(ingress, host, path, values)
        for entry in ingress.tls:
            for name in entry.hosts:
                host = self._host(name or NO_HOST, of_host(values))
                if not host.has_tls:
                    host.has_tls = True
                    host.certificate = self._certificate(ingress, entry.secret)

    def _tcp(self, ingress: Ingress, port: int) -> None:
        where = f"Ingress {ingress.meta.key}"
        message = f"{where} is a TCP service of port {port}, so its hosts and paths are no routes"
        finding = Finding("KI506", "warning", message, where, ingress.meta.origin)
        for rule in ingress.rules:
            for path in rule.paths:
                route = Route(ingress.meta.key, rule.host, path.path or "/", path.path_type)
                self.world.lost.append(Lost(route, str(path.backend or ""), finding))

    def _host(self, name: str, values: dict[str, Value]) -> Host:
        host = self.world.hosts.setdefault(name, Host(name))
        for key, value in values.items():
            host.values.setdefault(key, value)
        return host

    def _certificate(self, ingress: Ingress, secret: str) -> str:
        """The Secret of a tls entry; the default certificate stands in for what cannot be read."""
        own = ingress.meta.namespace
        namespace, _, name = secret.rpartition("/")
        key = (namespace or own, name)
        found = self.snapshot.secret_by_key.get(key)
        readable = found and {"tls.crt", "tls.key"} <= found.keys
        if readable and self.settings.reads(key[0], own, "secrets-crt"):
            return "/".join(key)
        return ""

    def _default(self, ingress: Ingress, backend: ServiceBackend, values: dict[str, Value]) -> None:
        """defaultBackend is the path ``/`` of no host, of type begin (addDefaultHostBackend)."""
        route = Route(ingress.meta.key, "", "", "")
        known = self.world.hosts.get(NO_HOST)
        taken = known.find("/", Match.BEGIN, ()) if known else None
        if taken is not None:
            self._taken(ingress, route, taken, backend)
            return
        number_ = len(known.paths) if known else 0
        path = HostPath(NO_HOST, "/", Match.BEGIN, route, number_)
        if self._connect(ingress, path, backend, of_path(values)):
            self._host(NO_HOST, of_host(values)).add(path)

    def _path(
        self, ingress: Ingress, host: Host, rule: PathRule, annotated: dict[str, Value]
    ) -> None:
        text, values = rule.path or "/", of_path(annotated)
        match = match_of(rule.path_type, values.get("path-type", Value()).text)
        name = "" if host.name == NO_HOST else host.name
        route = Route(ingress.meta.key, name, text, rule.path_type or "ImplementationSpecific")
        headers = _headers(values)
        path = HostPath(host.name, text, match, route, len(host.paths), headers)
        found = host.find(text, match, headers)
        if text == "/" and flag(annotated.get("ssl-passthrough", Value()).text):
            found = host.root
        if found is not None:
            self._taken(ingress, route, found, rule.backend)
        elif (redirect := values.get("redirect-to", Value())).text:
            path.redirect = redirect
            host.add(path)
        elif rule.backend is None:
            where = f"Ingress {ingress.meta.key}"
            message = f"the backend of path {text} is no Service, so there is no such path"
            finding = Finding("KI113", "error", message, where, ingress.meta.origin)
            self.world.lost.append(Lost(route, "", finding))
        elif self._connect(ingress, path, rule.backend, values):
            host.add(path)

    def _taken(
        self, ingress: Ingress, route: Route, holder: HostPath, backend: ServiceBackend | None
    ) -> None:
        what = f"{route.path_type} {route.path}" if route.path else "defaultBackend"
        owner = holder.route.ingress if holder.route else ""
        message = taken(f"{what} of host {route.host or '*'}", ingress, owner)
        where = f"Ingress {ingress.meta.key}"
        finding = Finding("KI502", "warning", message, where, ingress.meta.origin)
        self.world.lost.append(Lost(route, str(backend or ""), finding))
        self.world.findings.append(finding)

    def _connect(
        self,
        ingress: Ingress,
        path: HostPath,
        backend: ServiceBackend,
        values: Mapping[str, Value],
    ) -> bool:
        """Give a path its port; without one there is no path (addBackendWithClass)."""
        namespace = ingress.meta.namespace
        path.backend = resolve(self.snapshot, namespace, backend, find_port)
        if isinstance(path.backend, Broken) and path.backend.why is not Why.NO_ENDPOINTS:
            if path.route is not None:
                self.world.lost.append(Lost(path.route, str(backend or ""), path.backend.finding))
            return False
        service = self.snapshot.service_by_key.get((namespace, backend.service))
        annotated: dict[str, Value] = {}
        target = str(backend.port)
        if service is not None:
            annotated = of_path(read(service.meta, "Service", self.settings.prefixes))
            found = find_port(service, backend.port)
            target = target_of(found) if found else target
            self._remark(service)
        port = self.world.ports.setdefault(
            (namespace, backend.service, target), Port(namespace, backend.service)
        )
        port.add(path, annotated, values)
        if service is not None:
            path.backend = self._beside_pods(service, backend, port, path.backend)
        return True

    def _beside_pods(
        self, service: Service, wanted: ServiceBackend, port: Port, found: Backend | Broken
    ) -> Backend | Broken:
        """Where requests do not go to pods: to the ClusterIP, or to a name."""
        number_ = find_port(service, wanted.port)
        if flag(port.value("service-upstream", self.settings).text) and number_:
            return Backend(port.namespace, port.service, str(number_.number))
        if service.type == "ExternalName" and self.settings.no_external_names:
            key = f"Service {service.meta.key}"
            message = f"{key} is an ExternalName, which --disable-external-name forbids"
            return Broken(Why.NO_ENDPOINTS, Finding("KI404", "error", message, key))
        return found

    def _remark(self, service: Service) -> None:
        if service.meta.key not in self._read_services:
            self._read_services.add(service.meta.key)
            self.world.findings += remarks(service.meta, "Service", self.settings.prefixes)


def add_strict_paths(world: World, settings: Settings) -> None:
    """strict-host: the rest of every host goes to the Service port of the ``/`` of no host.

    What else that path has of settings stays behind (SyncConfig).
    """
    default = world.hosts.get(NO_HOST)
    root = default.root if default else None
    for host in world.hosts.values():
        if host.name == NO_HOST or host.passes_through(settings):
            continue
        if host.find("/", Match.BEGIN, ()) is not None:
            continue
        path = HostPath(host.name, "/", Match.BEGIN, None, len(host.paths), added=True)
        host.add(path)
        if root is not None and root.port is not None:
            path.route, path.backend = root.route, root.backend
            root.port.add(path)


def match_of(path_type: str, annotated: str) -> Match:
    """How a path is compared; path-type only counts for ImplementationSpecific."""
    if path_type == "Exact":
        return Match.EXACT
    if path_type == "Prefix":
        return Match.PREFIX
    word = annotated.lower()
    return Match(word) if word in tuple(Match) else Match.BEGIN


def find_port(service: Service, wanted: PortRef) -> ServicePort | None:
    """By name or targetPort, else by number (FindServicePort)."""
    text = str(wanted)
    for port in service.ports:
        if text in (port.name, target_of(port)):
            return port
    return next((port for port in service.ports if str(port.number) == text), None)


def target_of(port: ServicePort) -> str:
    """The port of the pods, a number or a name, as the API server fills it in."""
    return str(port.number if port.target is None else port.target)


def _headers(values: Mapping[str, Value]) -> tuple[HeaderMatch, ...]:
    """http-header-match and its sister, ``Name: value`` a line (addHeaderMatch)."""
    found = []
    for key, regex in (("http-header-match", False), ("http-header-match-regex", True)):
        for line in values.get(key, Value()).text.rstrip("\n").split("\n"):
            text = line.strip()
            ends = [end for end in (text.find(":"), text.find(" ")) if end >= 0]
            name, value = (text[: min(ends)], text[min(ends) + 1 :].strip()) if ends else ("", "")
            if name and not (regex and check_pattern(value.encode().decode("latin-1"))):
                found.append(HeaderMatch(name, value, regex))
    return tuple(found)
