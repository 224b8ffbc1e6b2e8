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

import difflib
from collections.abc import Iterable, Iterator, Mapping

from kubectl_ingress.core.objects import Finding, Service, Snapshot, Workload
from kubectl_ingress.lint.subject import POD_KINDS, ROUTES, Subject, pods_of

CODE = "KI105"
NAME = "no-endpoints"
LEVEL = "error"
READS = (ROUTES, "EndpointSlice", "Service", *POD_KINDS)

_NEAR = 0.75


def check(subject: Subject) -> Iterable[Finding]:
    """By the controllers' tables, and in files by labels."""
    yield from subject.routes.said(CODE)
    snapshot = subject.snapshot
    if snapshot.offline and snapshot.workloads:
        yield from _misspelt(snapshot)


def _misspelt(snapshot: Snapshot) -> Iterator[Finding]:
    by_namespace: dict[str, list[Workload]] = {}
    for workload in snapshot.workloads:
        by_namespace.setdefault(workload.meta.namespace, []).append(workload)
    for service in snapshot.services:
        meta = service.meta
        near = by_namespace.get(meta.namespace, ())
        if (
            not near
            or not service.selector
            or (meta.namespace, meta.name) in (snapshot.slices_by_service)
        ):
            continue
        if pods_of(service, snapshot):
            continue
        for workload in near:
            wrong = _nearly(service.selector, workload.pod_labels)
            if wrong:
                yield _finding(service, workload, wrong)
                break


def _nearly(selector: Mapping[str, str], labels: Mapping[str, str]) -> str:
    """The key whose value alone differs, and by little; "" where there is none."""
    differing = [key for key, value in selector.items() if labels.get(key) != value]
    if len(differing) != 1 or differing[0] not in labels:
        return ""
    key = differing[0]
    ratio = difflib.SequenceMatcher(None, selector[key], labels[key]).ratio()
    return key if ratio >= _NEAR else ""


def _finding(service: Service, workload: Workload, key: str) -> Finding:
    meta = service.meta
    wanted, has = service.selector[key], workload.pod_labels[key]
    message = (
        f"Service {meta.key} selects pods with {key}={wanted}, and those of {workload.kind}"
        f" {workload.meta.name} have {key}={has}"
    )
    field = ("spec", "selector", key)
    fix = f"{key}: {has}"
    return Finding(CODE, "warning", message, f"Service {meta.key}", meta.origin, fix, field)
