"""From a backend to endpoints, as the provider for ingress-nginx finds them.

pkg/provider/kubernetes/ingress-nginx/build.go, getBackendEndpoints. Whatever is
wrong with a backend, there is a router, and it answers 503 (measured).
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.controllers import _backends as backends
from kubectl_ingress.controllers._backends import Broken
from kubectl_ingress.controllers._traefik import services
from kubectl_ingress.controllers._traefik.nginx_annotations import NO_VALUES, Values
from kubectl_ingress.core.actions import Action, Answer, Forward, PathChange
from kubectl_ingress.core.objects import Finding, PortRef, Service, ServiceBackend, Snapshot
from kubectl_ingress.core.request import Backend

# RFC 6761: names that never resolve.
_UNRESOLVABLE = (".invalid",)


class Resolved(Struct, frozen=True):
    """A backend with endpoints, or with the status that stands in for them."""

    backend: Backend
    finding: Finding | None = None

    @property
    def missing(self) -> bool:
        """Whether there is no such Service, or it has no such port."""
        codes = (backends.Why.NO_SERVICE.value, backends.Why.NO_PORT.value)
        return self.finding is not None and self.finding.code in codes

    @property
    def usable(self) -> bool:
        """Whether there is somewhere to send to."""
        return self.finding is None

    def action(self, change: PathChange | None) -> Action:
        """What a router does that sends to it."""
        if self.finding is None:
            return Forward((self.backend,), change)
        status = self.backend.status or 503
        return Answer(status, self.finding.message, finding=self.finding, stage="service")

    def share(self, weight: int) -> Backend:
        """The backend with a weight."""
        return replace(self.backend, weight=weight)


class Resolver(Struct, frozen=True):
    """Finds endpoints; `external_names` is whether ExternalNames are allowed."""

    snapshot: Snapshot
    external_names: bool = True

    def resolve(self, namespace: str, backend: ServiceBackend, values: Values) -> Resolved:
        """The backend, or the default-backend of the annotations where it has no endpoints."""
        found = self._own(namespace, backend, values)
        fallback = values.text("default-backend")
        # One that is ending is an endpoint all the same, though it gets nothing.
        ending = services.is_ending(self.snapshot, namespace, backend)
        if (
            isinstance(found, Backend)
            or found.why is not backends.Why.NO_ENDPOINTS
            or ending
            or fallback in ("", backend.service)
        ):
            return self._resolved(namespace, backend, found)
        return self.by_name(namespace, fallback)

    def by_name(self, namespace: str, name: str) -> Resolved:
        """A Service by its first port."""
        service = self.snapshot.service_by_key.get((namespace, name))
        first = service.ports[0] if service is not None and service.ports else None
        port = PortRef(first.number if first else None, first.name if first else "")
        backend = ServiceBackend(name, PortRef(port.number) if port.number else port)
        return self._resolved(namespace, backend, self._own(namespace, backend, NO_VALUES))

    def _own(self, namespace: str, backend: ServiceBackend, values: Values) -> Backend | Broken:
        found = services.resolve(self.snapshot, namespace, backend)
        service = self.snapshot.service_by_key.get((namespace, backend.service))
        if service is None or (isinstance(found, Broken) and found.why is backends.Why.NO_PORT):
            return found
        if service.type == "ExternalName":
            return self._external(service, backend, found)
        if values.flag("service-upstream") and service.cluster_ip not in ("", "None"):
            native = services.native(service, backend)
            return native if isinstance(native, Backend) else found
        return found

    def _external(
        self, service: Service, backend: ServiceBackend, found: Backend | Broken
    ) -> Backend | Broken:
        key = service.meta.key
        message = ""
        if not self.external_names:
            message = f"Service {key} is an ExternalName, which the settings do not allow"
        elif service.external_name.endswith(_UNRESOLVABLE):
            message = f"the name {service.external_name} of Service {key} cannot be resolved"
        if not message:
            return found
        finding = Finding(backends.Why.NO_ENDPOINTS.value, "error", message, f"Service {key}")
        return Broken(backends.Why.NO_SERVICE, finding)

    def _resolved(
        self, namespace: str, backend: ServiceBackend, found: Backend | Broken
    ) -> Resolved:
        if isinstance(found, Backend):
            return Resolved(found)
        service = self.snapshot.service_by_key.get((namespace, backend.service))
        dialled = service is not None and service.type == "ExternalName" and self.external_names
        name = Backend(
            namespace, backend.service, str(backend.port), status=502 if dialled else 503
        )
        return Resolved(name, found.finding)
