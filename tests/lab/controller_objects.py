"""Objects as the tests of controllers want them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.times import written


def ago(seconds: float) -> str:
    return written(datetime.now(UTC) - timedelta(seconds=seconds))


def deployment(replicas: int = 4, surge: Any = "25%", missing: Any = "25%", **spec: Any) -> Json:
    rolling = {"maxSurge": surge, "maxUnavailable": missing}
    strategy = {"type": "RollingUpdate", "rollingUpdate": rolling}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "d", "uid": "D", "generation": 1},
        "spec": {
            "replicas": replicas,
            "strategy": strategy,
            "progressDeadlineSeconds": 600,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": []}},
        }
        | spec,
    }


def replica_set(name: str, size: int, available: int = 0, **annotations: str) -> Json:
    return {
        "metadata": {
            "name": name,
            "uid": name,
            "creationTimestamp": f"2026-01-01T00:00:0{len(name)}Z",
            "annotations": {f"deployment.kubernetes.io/{k}": v for k, v in annotations.items()},
        },
        "spec": {"replicas": size},
        "status": {"replicas": size, "availableReplicas": available, "readyReplicas": available},
    }


def pod(name: str = "p", phase: str = "Running", ready: float | None = 60, **more: Any) -> Json:
    status = "False" if ready is None else "True"
    condition = {"type": "Ready", "status": status, "lastTransitionTime": ago(ready or 0)}
    metadata = {"name": name, "namespace": "d", "uid": name, "creationTimestamp": ago(90)}
    return {
        "metadata": metadata | {"labels": {"app": "web"}} | more.pop("metadata", {}),
        "spec": {"nodeName": "n", "containers": []} | more.pop("spec", {}),
        "status": {"phase": phase, "conditions": [condition], "podIPs": [{"ip": "10.0.0.1"}]}
        | more,
    }
