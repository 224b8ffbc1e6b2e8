"""Why no pod of an application is ready: an image that cannot be pulled, no room on the nodes, a
crash, a probe that fails.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from kubectl_ingress.core.checkup import Checked
from kubectl_ingress.core.objects import Finding, Service
from kubectl_ingress.doctor.case import Case
from kubectl_ingress.install.pods import pod_problem, unwell

AREA = "Ingresses"
NAME = "application"
CODES = ("KI105",)


def check(case: Case) -> Iterable[Checked]:
    """A line for each Service of an Ingress whose pods are there and not ready."""
    for service in _services(case):
        key = (service.meta.namespace, service.meta.name)
        slices = case.snapshot.slices_by_service.get(key, ())
        if not any(end.ready for piece in slices for end in piece.endpoints):
            found = next(_problems(case, service), None)
            if found is not None:
                yield Checked(service.meta.key, "no pod is ready", found)


def _services(case: Case) -> Iterator[Service]:
    for about in sorted(case.concerned):
        kind, _, key = about.partition(" ")
        namespace, _, name = key.partition("/")
        service = case.snapshot.service_by_key.get((namespace, name))
        if kind == "Service" and service is not None and service.selector:
            yield service


def _problems(case: Case, service: Service) -> Iterator[Finding]:
    meta = service.meta
    causes = case.causes_in(meta.namespace)
    for pod in unwell(causes, service.selector):
        found = pod_problem(pod, causes)
        if found is not None:
            message = f"no pod of Service {meta.key} is ready: {found.message}"
            yield replace(found, code="KI105", message=message, object=f"Service {meta.key}")
