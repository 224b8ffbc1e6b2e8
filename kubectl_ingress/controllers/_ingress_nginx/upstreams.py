"""Upstreams: what requests are sent to, one for each Service and port that Ingresses name.

Upstream: controller.go (createUpstreams, serviceEndpoints, getServiceClusterEndpoint),
endpointslices.go. The name is the only key, so the first Ingress that uses one
decides about it; a spec.defaultBackend makes it anew.
"""

from __future__ import annotations

import re

from msgspec import Struct, field
from msgspec.structs import replace

from kubectl_ingress.controllers._backends import Broken, resolve
from kubectl_ingress.controllers._ingress_nginx.canary import Policy
from kubectl_ingress.controllers._ingress_nginx.selection import Loaded
from kubectl_ingress.controllers._ingress_nginx.settings import Settings
from kubectl_ingress.core.hosts import is_ip
from kubectl_ingress.core.objects import Finding, PortRef, Service, ServiceBackend, Snapshot
from kubectl_ingress.core.reasons import edit_command
from kubectl_ingress.core.request import Backend, Target

DEFAULT = "upstream-default-backend"
"""The name of the controller's own: its default backend, or its built-in 404."""

_DNS_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_NO_PORT = PortRef()


class Upstream(Struct, eq=False):
    """One of them, while the table is made.

    `backend` is None where it has no endpoint: `problem` says why then, `notes`
    what is uncertain else. `alternative`: a canary made it, so no location may
    use it. `status` is what nginx answers where a connection cannot come about.
    """

    name: str
    backend: Backend | None = None
    problem: Finding | None = None
    notes: tuple[Finding, ...] = ()
    status: int | None = None
    alternative: bool = False
    policy: Policy | None = None
    canaries: list[str] = field(default_factory=list)
    sticky: bool = False
    cookie: str = ""


def upstream_name(namespace: str, backend: ServiceBackend) -> str:
    """As the controller calls it."""
    port = backend.port
    return f"{namespace}-{backend.service}-{port.name or port.number}"


class Upstreams(Struct, eq=False):
    """All upstreams by name."""

    snapshot: Snapshot
    settings: Settings
    by_name: dict[str, Upstream] = field(default_factory=dict)
    _resolved: dict[tuple[str, str, str, bool], Upstream] = field(default_factory=dict)

    @classmethod
    def of(cls, loaded: tuple[Loaded, ...], snapshot: Snapshot, settings: Settings) -> Upstreams:
        """Those that the Ingresses name, the oldest Ingress first."""
        made = cls(snapshot, settings)
        made.by_name[DEFAULT] = made._own()
        for one in loaded:
            made._add(one)
        return made

    def _add(self, loaded: Loaded) -> None:
        namespace, default = loaded.ingress.meta.namespace, loaded.ingress.default_backend
        if default is not None:
            name = upstream_name(namespace, default)
            self.by_name[name] = self._made(loaded, name, default)
        for rule in loaded.ingress.rules:
            for path in rule.paths:
                if path.backend is None:
                    continue
                name = upstream_name(namespace, path.backend)
                if name not in self.by_name:
                    self.by_name[name] = self._made(loaded, name, path.backend)

    def _made(self, loaded: Loaded, name: str, backend: ServiceBackend) -> Upstream:
        values, settings = loaded.values, self.settings
        whole = values.flag("service-upstream", settings.config.service_upstream)
        found = self.resolve(loaded.ingress.meta.namespace, backend, whole)
        upstream = replace(found, name=name, canaries=[])
        if loaded.canary:
            upstream.alternative = True
            upstream.policy = Policy.by(loaded.source, values)
        return upstream

    def resolve(self, namespace: str, backend: ServiceBackend, whole: bool = False) -> Upstream:
        """What a backend leads to; `whole`: to the Service's own address, not to its pods."""
        key = namespace, backend.service, str(backend.port), whole
        if key not in self._resolved:
            self._resolved[key] = self._resolve(namespace, backend, whole)
        return self._resolved[key]

    def _resolve(self, namespace: str, backend: ServiceBackend, whole: bool) -> Upstream:
        service = self.snapshot.service_by_key.get((namespace, backend.service))
        if whole and service is not None:
            found = _cluster_ip(service, backend, self.snapshot)
            if found is not None:
                return found
        if service is not None and service.type == "ExternalName":
            return _external(service, backend.port, self.settings)
        resolved = resolve(self.snapshot, namespace, backend)
        if isinstance(resolved, Broken):
            return Upstream("", problem=resolved.finding)
        return Upstream("", resolved)

    def of_service(self, namespace: str, name: str) -> Upstream | None:
        """The first port of a Service, None where there is no such Service or no port."""
        service = self.snapshot.service_by_key.get((namespace, name))
        if service is None:
            if self.snapshot.may_lack(self.snapshot.services):
                return self.resolve(namespace, ServiceBackend(name, _NO_PORT))
            return None
        if not service.ports:
            return None
        return self.resolve(namespace, ServiceBackend(name, PortRef(service.ports[0].number)))

    def _own(self) -> Upstream:
        """The default backend; the built-in 404 where none is set or it has no endpoint."""
        namespace, _, name = self.settings.default_backend.rpartition("/")
        found = self.of_service(namespace, name) if name else None
        return replace(found, name=DEFAULT, canaries=[]) if found else Upstream(DEFAULT)


def _cluster_ip(service: Service, backend: ServiceBackend, snapshot: Snapshot) -> Upstream | None:
    """service-upstream; None where the pods are taken all the same: a headless Service."""
    ip, number = service.cluster_ip, backend.port.number
    if backend.port.name:
        number = next((p.number for p in service.ports if p.name == backend.port.name), None)
    # A Service in a file gets its address when it is applied.
    missing = not ip and (not snapshot.offline or service.type == "ExternalName")
    if ip == "None" or number is None or missing:
        return None
    namespace, name = service.meta.namespace, service.meta.name
    targets = (Target(ip, number, ""),) if ip else ()
    found = Backend(namespace, name, str(number), endpoints=targets)
    resolved = resolve(snapshot, namespace, backend)
    if isinstance(resolved, Broken):
        # Nothing takes the connection at the Service's address.
        return Upstream("", found, resolved.finding, status=502)
    return Upstream("", found)


def _external(service: Service, wanted: PortRef, settings: Settings) -> Upstream:
    key, host = service.meta.key, service.external_name
    fix = edit_command(f"Service {key}")
    what = _never_resolves(host, settings)
    if what:
        message = f"Service {key} is an ExternalName {what}"
        return Upstream("", problem=Finding("KI105", "error", message, f"Service {key}", fix=fix))
    port, number = _external_port(service, wanted)
    backend = Backend(service.meta.namespace, service.meta.name, str(port))
    if not number:
        message = f"Service {key} is an ExternalName and has no port {wanted}"
        finding = Finding("KI104", "error", message, f"Service {key}", fix=fix)
        return Upstream("", backend, finding, status=502)
    message = (
        f"where {host} leads (Service {key}, an ExternalName), and whether at all, DNS decides"
    )
    finding = Finding("KI110", "warning", message, f"Service {key}", service.meta.origin)
    return Upstream("", replace(backend, endpoints=(Target(host, number, ""),)), notes=(finding,))


def _never_resolves(host: str, settings: Settings) -> str:
    if not settings.external_names:
        return "and the controller takes none (--disable-svc-external-name)"
    if is_ip(host):
        return f"with the address {host}: only names are looked up"
    name = host.removesuffix(".")
    if name == "localhost":
        return "of localhost, which the controller refuses"
    if len(name) > 253 or not _DNS_NAME.fullmatch(name):
        return f"and {host!r} is no DNS name"
    # RFC 6761, section 6.4: no such name ever exists.
    if name == "invalid" or name.endswith(".invalid"):
        return f"and no name under .invalid, {host} among them, ever resolves"
    return ""


def _external_port(service: Service, wanted: PortRef) -> tuple[int, int]:
    """The Service's port and what it leads to (externalNamePorts); 0 where there is none.

    A number that the Service does not have is taken as it is.
    """
    text = str(wanted)
    number = int(text) if text.isascii() and text.isdecimal() else 0
    for port in service.ports:
        if port.number == number if number else port.name == text:
            target = port.target if isinstance(port.target, int) else 0
            return port.number, target or port.number
    return number, number
