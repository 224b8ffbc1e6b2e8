"""A Subject that tells which kinds of objects a rule looks at."""

from __future__ import annotations

from typing import Any, cast

from kubectl_ingress.core.objects import Snapshot
from kubectl_ingress.lint.subject import POD_KINDS, ROUTES, Subject

KINDS = {
    "ingresses": ("Ingress",),
    "ingress_by_key": ("Ingress",),
    "ingress_named": ("Ingress",),
    "classes": ("IngressClass",),
    "class_by_name": ("IngressClass",),
    "services": ("Service",),
    "service_by_key": ("Service",),
    "slices": ("EndpointSlice",),
    "slices_by_service": ("EndpointSlice",),
    "workloads": ("DaemonSet", "Deployment"),
    "pods_by_label": POD_KINDS,
    "network_policies": ("NetworkPolicy",),
    "namespace_by_name": ("Namespace",),
    "nodes": ("Node",),
    "customs": ("custom",),
    "http_routes": ("HTTPRoute",),
    "grpc_routes": ("GRPCRoute",),
    "secrets": ("Secret",),
    "secret_by_key": ("Secret",),
    "config_maps": ("ConfigMap",),
    "config_map_by_key": ("ConfigMap",),
    "findings": ("input",),
    "passed_over": ("input",),
}
# Of how the objects were read, and not of any kind.
_FREE = ("offline", "read", "namespace", "may_lack")


class _Watched:
    def __init__(self, snapshot: Snapshot, seen: set[str]) -> None:
        self._snapshot, self._seen = snapshot, seen

    def __getattr__(self, name: str) -> Any:
        if name not in _FREE:
            self._seen.update(KINDS[name])
        return getattr(self._snapshot, name)


class Watching:
    """Stands in for a Subject; `seen` fills while a rule looks at it."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self.seen: set[str] = set()
        self.now = subject.now

    @property
    def snapshot(self) -> Snapshot:
        return cast(Snapshot, _Watched(self._subject.snapshot, self.seen))

    @property
    def routes(self) -> Any:
        self.seen.add(ROUTES)
        return self._subject.routes
