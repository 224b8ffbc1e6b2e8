"""What an installation that is taken over has, and ours does not: left alone, and named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from kubectl_ingress.core.kinds import KINDS, Kind
from kubectl_ingress.errors import ApiForbidden, ApiNotFound
from kubectl_ingress.install.live import Live, is_ours, reader_of
from kubectl_ingress.install.metadata import Manifest
from kubectl_ingress.install.settings import NAME
from kubectl_ingress.ports import api

if TYPE_CHECKING:
    from kubectl_ingress.ports.cluster import Cluster

_APP, _INSTANCE = "app.kubernetes.io/name", "app.kubernetes.io/instance"
# The kinds that upstream's manifests and its chart make.
_IN_NAMESPACE = (
    *(KINDS[name] for name in ("ServiceAccount", "Role", "RoleBinding", "ConfigMap", "Service")),
    *(KINDS[name] for name in ("Deployment", "DaemonSet", "Job")),
    Kind("HorizontalPodAutoscaler", "autoscaling/v2", "horizontalpodautoscalers"),
    Kind("PodDisruptionBudget", "policy/v1", "poddisruptionbudgets"),
    Kind("NetworkPolicy", "networking.k8s.io/v1", "networkpolicies"),
)
_IN_CLUSTER = tuple(
    KINDS[name]
    for name in (
        "ClusterRole",
        "ClusterRoleBinding",
        "IngressClass",
        "ValidatingWebhookConfiguration",
    )
)


def left_alone(
    cluster: Cluster, namespace: str, manifests: Sequence[Manifest], taken: Iterable[Live]
) -> tuple[str, ...]:
    """``ConfigMap tcp``, of all objects with the labels of those that are `taken`.

    Kinds that may not be listed are passed over.
    """
    instances = {reader_of(each).meta().labels.get(_INSTANCE, "") for each in taken} - {""}
    ours = {(each["kind"], reader_of(each).meta().name) for each in manifests}
    found = [
        (kind.name, reader_of(each).meta().name)
        for kind in (*_IN_NAMESPACE, *_IN_CLUSTER)
        for each in _labelled(cluster, kind, namespace if kind.namespaced else "")
        if reader_of(each).meta().labels.get(_INSTANCE) in instances and not is_ours(each)
    ]
    return tuple(f"{kind} {name}" for kind, name in found if (kind, name) not in ours)


def _labelled(cluster: Cluster, kind: Kind, namespace: str) -> list[dict[str, object]]:
    try:
        return api.list_all(cluster, kind, namespace, labels=f"{_APP}={NAME}")
    except (ApiForbidden, ApiNotFound):
        return []
