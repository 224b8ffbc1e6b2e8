"""What comes out of translating objects, and what comes up while it is done."""

from __future__ import annotations

from msgspec import Struct, field

from kubectl_ingress.controllers._kong import schema
from kubectl_ingress.controllers._kong.annotations import remarks
from kubectl_ingress.controllers._kong.routes import Flavor, KongRoute, Upstream
from kubectl_ingress.controllers._kong.services import doubts_of, problem_of, upstream_of
from kubectl_ingress.core.objects import Finding, Meta, ServiceBackend, Snapshot
from kubectl_ingress.core.reasons import edit_command
from kubectl_ingress.core.table import Lost


class Collected(Struct):
    """Routes for Kong. Of `refusals`, one is enough for Kong to take nothing of all this."""

    snapshot: Snapshot
    flavor: Flavor
    routes: list[KongRoute] = field(default_factory=list)
    lost: list[Lost] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    refusals: list[Finding] = field(default_factory=list)
    _upstreams: dict[tuple[str, ServiceBackend], Upstream] = field(default_factory=dict)
    _services: dict[tuple[str, str], tuple[Finding, ...]] = field(default_factory=dict)

    def add(self, route: KongRoute, meta: Meta) -> None:
        """A route of the object with this metadata, if Kong takes it."""
        self.routes.append(route)
        for problem in schema.problems(route, self.flavor):
            self.refuse(problem, route.owner, meta)

    def refuse(self, problem: str, owner: str, meta: Meta) -> None:
        """Something for which Kong refuses everything."""
        message = f"Kong refuses its whole configuration because of {owner}: {problem}"
        fix = edit_command(owner, self.snapshot.namespace)
        finding = Finding("KI501", "error", message, owner, meta.origin, fix)
        if finding not in self.refusals:
            self.refusals.append(finding)

    def remark(self, meta: Meta, kind: str) -> None:
        """What is wrong with the annotations of an object that is taken."""
        self.findings += remarks(meta, kind)

    def upstream(self, namespace: str, backend: ServiceBackend) -> Upstream:
        """Where requests for a Service go."""
        key = (namespace, backend)
        if key not in self._upstreams:
            self._upstreams[key] = upstream_of(self.snapshot, namespace, backend)
        return self._upstreams[key]

    def doubts(self, namespace: str, service: str) -> tuple[Finding, ...]:
        """What is not modelled of a Service that is used."""
        key = (namespace, service)
        if key not in self._services:
            found = self.snapshot.service_by_key.get(key)
            self._services[key] = tuple(doubts_of(found)) if found else ()
            if found is not None:
                self.remark(found.meta, "Service")
                if problem := problem_of(found):
                    self.refuse(problem, f"Service {found.meta.key}", found.meta)
        return self._services[key]
