"""What GKE writes on its Ingresses: whether the backends of each load balancer are healthy. Pure.

kubernetes/ingress-gce, pkg/annotations: a JSON object of backend and state.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from kubectl_ingress.core.classes import CLASS_ANNOTATION
from kubectl_ingress.core.commands import command
from kubectl_ingress.core.objects import Finding, Ingress

NAME = "gke"
_STATUS = "ingress.kubernetes.io/backends"
_CLASSES = ("", "gce", "gce-internal", "gce-regional-external")
_HEALTHY = "HEALTHY"


def takes(ingress: Ingress) -> bool:
    """Whether it is GKE's: by the annotation, or because it names no class at all."""
    annotated = ingress.meta.annotations.get(CLASS_ANNOTATION, "")
    return annotated in _CLASSES and (bool(annotated) or ingress.class_name is None)


def backends_of(ingress: Ingress) -> dict[str, str]:
    """Backend -> HEALTHY, UNHEALTHY or Unknown, as GKE saw them last; {} before it did."""
    try:
        found = json.loads(ingress.meta.annotations.get(_STATUS, ""))
    except (ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(name): str(state) for name, state in found.items()}


def unhealthy(ingresses: Iterable[Ingress]) -> Iterator[Finding]:
    """The Ingresses of whose backends not all are healthy."""
    for ingress in ingresses:
        found = backends_of(ingress) if takes(ingress) else {}
        ill = [f"{name} is {state}" for name, state in found.items() if state != _HEALTHY]
        if not ill:
            continue
        meta = ingress.meta
        text = (
            f"the load balancer of Ingress {meta.key} would send no requests there: "
            f"{', '.join(ill)}; its health check wants 200 from /, or from the path of the pods' "
            "HTTP readinessProbe"
        )
        level = "error" if "UNHEALTHY" in found.values() else "info"
        fix = command("describe", "ingress", "-n", meta.namespace, meta.name)
        yield Finding("KI606", level, text, f"Ingress {meta.key}", fix=fix)
