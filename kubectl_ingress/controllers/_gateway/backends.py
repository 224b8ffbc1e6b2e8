"""The backendRefs of a rule: where its requests go, and what a share that goes nowhere gets."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.controllers._backends import Broken, Why, declared_port, resolve
from kubectl_ingress.controllers._gateway.references import CORE, Grants, Referrer
from kubectl_ingress.core.actions import Action, Forward, PathChange, Reply
from kubectl_ingress.core.commands import command
from kubectl_ingress.core.gateway import BackendRef
from kubectl_ingress.core.objects import Finding, PortRef, Service, ServiceBackend, Snapshot
from kubectl_ingress.core.request import Backend

# Values of a Service port's appProtocol that mean HTTP (KEP-3726, GEP-1911).
_PROTOCOLS = frozenset(
    {"", "http", "https", "grpc", "kubernetes.io/h2c", "kubernetes.io/ws", "kubernetes.io/wss"}
)

Find = Callable[[Snapshot, str, ServiceBackend], Backend | Broken]
"""From a backend in a namespace to its endpoints, or what is wrong with it."""


def by_declared_port(
    snapshot: Snapshot, namespace: str, backend: ServiceBackend
) -> Backend | Broken:
    """As every other backend, by the port that the Service declares."""
    return resolve(snapshot, namespace, backend, declared_port)


class Statuses(Struct, frozen=True):
    """What is answered for a broken reference, for no ready endpoint, and where nothing is left."""

    invalid: int = 500
    empty: int = 503
    nothing: int = 500


class Share(Struct, frozen=True):
    """One backend with its weight, and why its share goes nowhere, None where it does not."""

    backend: Backend
    finding: Finding | None = None


class Backends(Struct, frozen=True):
    """Resolves the backendRefs of one kind of route in one namespace.

    `needs_slices`: a Service without any EndpointSlice is an invalid reference,
    and not one without ready endpoints.
    """

    snapshot: Snapshot
    grants: Grants
    referrer: Referrer
    statuses: Statuses = Statuses()
    find: Find = by_declared_port
    needs_slices: bool = False

    def forward(self, refs: tuple[BackendRef, ...], change: PathChange | None) -> Action:
        """Forward by weight, or what is answered where no share goes anywhere."""
        shares = [self.share(ref) for ref in refs if ref.weight]
        statuses = {share.backend.status for share in shares}
        if not shares:
            return Reply(self.statuses.nothing, self._nothing(refs))
        finding = next((share.finding for share in shares if share.finding), None)
        if len(statuses) == 1 and (status := statuses.pop()) is not None:
            return Reply(status, finding)
        return Forward(tuple(share.backend for share in shares), change, finding=finding)

    def share(self, ref: BackendRef) -> Share:
        """One reference: its backend, or the status that its share gets."""
        namespace = ref.ref.namespace or self.referrer.namespace
        named = Backend(namespace, ref.ref.name, str(ref.port), ref.weight)
        problem = self._problem(ref, namespace)
        if problem is not None:
            return Share(replace(named, status=self.statuses.invalid), problem)
        wanted = ServiceBackend(ref.ref.name, PortRef(ref.port))
        found = self.find(self.snapshot, namespace, wanted)
        if isinstance(found, Broken):
            empty = found.why is Why.NO_ENDPOINTS
            status = self.statuses.empty if empty else self.statuses.invalid
            return Share(replace(named, status=status), found.finding)
        return Share(replace(found, weight=ref.weight))

    def _problem(self, ref: BackendRef, namespace: str) -> Finding | None:
        """Why a reference is invalid before anybody looks for ports and endpoints."""
        target = ref.ref
        text = f"{target.kind} {namespace}/{target.name}"
        if not self.grants.permit(self.referrer, target):
            message = f"no ReferenceGrant in namespace {namespace} permits the backend {text}"
            fix = command("get", "referencegrants", "-n", namespace)
            return Finding("KI112", "error", message, text, fix=fix)
        if (target.group, target.kind) != (CORE, "Service"):
            message = f"the backend {text} ({target.group or 'core'}) is no Service"
            return Finding("KI113", "error", message, text)
        service = self.snapshot.service_by_key.get((namespace, target.name))
        if ref.port is None:
            return Finding("KI104", "error", f"the backend {text} is named without a port", text)
        if service is None:
            return None
        if self.needs_slices and not self._has_slices(service):
            return Finding("KI105", "error", f"{text} has no EndpointSlice", text)
        if service.type == "ExternalName":
            message = f"Service {namespace}/{target.name} is an ExternalName, which is not served"
            return Finding("KI113", "error", message, text)
        for port in service.ports:
            spoken = port.app_protocol.lower() if port.protocol == "TCP" else port.protocol
            if port.number == ref.port and spoken not in _PROTOCOLS:
                message = f"port {ref.port} of {text} speaks {spoken}, which is not served"
                return Finding("KI113", "error", message, text)
        return None

    def _has_slices(self, service: Service) -> bool:
        """Files rarely hold those that the cluster makes, which it does by the selector."""
        made = self.snapshot.offline and bool(service.selector)
        key = (service.meta.namespace, service.meta.name)
        return made or key in self.snapshot.slices_by_service

    def _nothing(self, refs: tuple[BackendRef, ...]) -> Finding:
        why = "the weight of every backend is 0" if refs else "it has no backendRefs"
        return Finding("KI103", "error", f"the rule sends requests nowhere: {why}")
