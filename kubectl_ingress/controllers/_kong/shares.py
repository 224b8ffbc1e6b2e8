"""The backendRefs of a rule as the targets of one Service of Kong.

Source: KIC's translator/backendref.go and kongstate/targets (3.5), and measured.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.controllers._gateway.references import CORE, Grants, Referrer
from kubectl_ingress.controllers._kong.annotations import PREFIX
from kubectl_ingress.controllers._kong.collected import Collected
from kubectl_ingress.controllers._kong.routes import Upstream
from kubectl_ingress.core.actions import Reply
from kubectl_ingress.core.gateway import BackendRef
from kubectl_ingress.core.objects import Finding, Meta, PortRef, Service, ServiceBackend
from kubectl_ingress.core.request import Backend

_NO_BACKEND = 500
_NO_TARGET = 503


class Shares(Struct, frozen=True):
    """What becomes of a rule's backends; `owner` names the HTTPRoute with this metadata."""

    into: Collected
    grants: Grants
    owner: str
    meta: Meta

    def upstream(self, refs: tuple[BackendRef, ...]) -> Upstream:
        """Their pods by weight; 500 where none of them exists, 503 where none has a pod."""
        if not refs:
            finding = self._finding("KI103", f"a rule of {self.owner} has no backendRefs")
            return Upstream(instead=Reply(_NO_TARGET, finding))
        problems = [self._problem(ref) for ref in refs]
        existing = [ref for ref, problem in zip(refs, problems, strict=True) if problem is None]
        if not existing:
            return Upstream(instead=Reply(_NO_BACKEND, problems[0]))
        found = [(ref, self._one(ref)) for ref in existing if ref.weight > 0]
        path = next((one.path for _, one in found), "/")
        backends = tuple(
            replace(backend, weight=_weight(ref, backend))
            for ref, one in found
            for backend in one.backends
        )
        if backends:
            return Upstream(backends, path=path)
        replies = (one.instead.finding for _, one in found if one.instead is not None)
        weightless = self._finding("KI103", f"the backends of a rule of {self.owner} have weight 0")
        return Upstream(instead=Reply(_NO_TARGET, next(replies, weightless)), path=path)

    def _one(self, ref: BackendRef) -> Upstream:
        wanted = ServiceBackend(ref.ref.name, PortRef(ref.port))
        return self.into.upstream(self._namespace(ref), wanted)

    def doubts(self, refs: tuple[BackendRef, ...]) -> Iterator[Finding]:
        """What is not modelled of their Services."""
        for ref in refs:
            yield from self.into.doubts(self._namespace(ref), ref.ref.name)
            if ref.filters:
                message = f"{self.owner} has filters of a backendRef, which are not modelled"
                yield self._finding("KI401", message)

    def disagreement(self, refs: tuple[BackendRef, ...]) -> Finding | None:
        """Services with different konghq.com annotations cannot be one Service of Kong."""
        services = {id(one): one for ref in refs if (one := self._service(ref)) is not None}
        found = [_own_annotations(one) for one in services.values()]
        if all(one == found[0] for one in found):
            return None
        names = ", ".join(dict.fromkeys(one.meta.key for one in services.values()))
        message = (
            f"the Services {names} of one rule of {self.owner} have different annotations"
            f" {PREFIX}*, so the rule is left out"
        )
        return self._finding("KI506", message)

    def _problem(self, ref: BackendRef) -> Finding | None:
        """Why a reference is left out."""
        target, namespace = ref.ref, self._namespace(ref)
        text = f"{target.kind} {namespace}/{target.name}"
        if (target.group, target.kind) != (CORE, "Service"):
            return self._finding("KI113", f"the backend {text} of {self.owner} is no Service")
        if not self.grants.permit(Referrer("HTTPRoute", self.meta.namespace), target):
            message = f"no ReferenceGrant in namespace {namespace} permits {self.owner} {text}"
            return self._finding("KI112", message)
        offline = self.into.snapshot.offline and not self.into.snapshot.services
        if self._service(ref) is None and not offline:
            return self._finding("KI103", f"{text} does not exist")
        return None

    def _service(self, ref: BackendRef) -> Service | None:
        return self.into.snapshot.service_by_key.get((self._namespace(ref), ref.ref.name))

    def _namespace(self, ref: BackendRef) -> str:
        return ref.ref.namespace or self.meta.namespace

    def _finding(self, code: str, message: str) -> Finding:
        level = "warning" if code == "KI401" else "error"
        return Finding(code, level, message, self.owner, self.meta.origin)


def _weight(ref: BackendRef, backend: Backend) -> int:
    """The weight is divided among the pods in whole numbers, of which each gets one at least."""
    pods = sum(endpoint.ready for endpoint in backend.endpoints)
    return max(1, ref.weight // pods) * pods if pods else ref.weight


def _own_annotations(service: Service) -> dict[str, str]:
    found = service.meta.annotations
    return {name: value for name, value in found.items() if name.startswith(PREFIX)}
