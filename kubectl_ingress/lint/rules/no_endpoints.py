"""The Service of a route has no ready endpoint.

What it does
Looks for ready endpoints of every backend in EndpointSlices. In files without them it compares
the selector of the Service with the labels of pods and of what makes pods there, and
tells where they are nearly the same.

Why it is bad
503 on ingress-nginx, 404 on Traefik: the Service is there, and nobody is behind it.

Example

    kind: Service
    spec:
      selector: {app: web-server}
    ---
    kind: Deployment
    spec:
      template:
        metadata:
          labels: {app: webserver}

Use instead
The labels of `spec.template.metadata.labels` as the selector. Where they are the same: the
readiness of the pods, `kubectl get pods`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_ingress.controllers._backends import nearly_selected, pods_of
from kubectl_ingress.core.objects import Finding, Service, Snapshot, Workload
from kubectl_ingress.core.patches import selector
from kubectl_ingress.lint.subject import POD_KINDS, ROUTES, Subject

CODE = "KI105"
NAME = "no-endpoints"
LEVEL = "error"
READS = (ROUTES, "EndpointSlice", "Service", *POD_KINDS)


def check(subject: Subject) -> Iterable[Finding]:
    """By the controllers' tables, and in files by labels."""
    yield from subject.routes.said(CODE)
    snapshot = subject.snapshot
    if snapshot.offline and snapshot.workloads:
        yield from _misspelt(snapshot)


def _misspelt(snapshot: Snapshot) -> Iterator[Finding]:
    for service in snapshot.services:
        meta = service.meta
        if not service.selector or (meta.namespace, meta.name) in snapshot.slices_by_service:
            continue
        near = None if pods_of(service, snapshot) else nearly_selected(service, snapshot)
        if near is not None:
            yield _finding(service, *near)


def _finding(service: Service, workload: Workload, key: str) -> Finding:
    meta = service.meta
    wanted, has = service.selector[key], workload.pod_labels[key]
    message = (
        f"Service {meta.key} selects pods with {key}={wanted}, and those of {workload.kind}"
        f" {workload.meta.name} have {key}={has}"
    )
    field = ("spec", "selector", key)
    fix = selector(meta, key, has)
    return Finding(CODE, "warning", message, f"Service {meta.key}", meta.origin, fix, field)
