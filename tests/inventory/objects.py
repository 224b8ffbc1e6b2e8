"""Controllers and what belongs to them, as the API would give them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.fakes import FakeCluster

ADMISSION = "ingress-nginx-controller-admission"


class VersionedCluster(FakeCluster):
    """Tells its version, as every real one does."""

    version: Mapping[str, str] = {"major": "1", "minor": "33+"}

    def request(self, method: str, path: str, **rest: Any) -> dict[str, Any]:
        if path == "/version":
            return dict(self.version)
        return super().request(method, path, **rest)


def workload(
    image: str,
    key: str = "ingress-nginx/ingress-nginx-controller",
    *,
    kind: str = "Deployment",
    args: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    ready: int = 1,
    desired: int = 1,
    ports: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """A Deployment or DaemonSet whose pods are labelled ``app: NAME``."""
    namespace, _, name = key.partition("/")
    container = {
        "image": image,
        "args": list(args),
        "env": [{"name": key, "value": value} for key, value in (env or {}).items()],
        "ports": list(ports),
    }
    status = {"readyReplicas": ready}
    if kind == "DaemonSet":
        status = {"desiredNumberScheduled": desired, "numberReady": ready}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": dict(labels or {}),
            "annotations": dict(annotations or {}),
        },
        "spec": {
            "replicas": desired,
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [container]},
            },
        },
        "status": status,
    }


def leading(
    key: str = "ingress-nginx/ingress-nginx-controller",
    *,
    to: str = "ingress-nginx-controller",
    kind: str = "LoadBalancer",
    address: str = "a0.elb.eu-west-1.amazonaws.com",
    port: int = 80,
) -> dict[str, Any]:
    """A Service that leads to the pods of a workload."""
    namespace, _, name = key.partition("/")
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"type": kind, "selector": {"app": to}, "ports": [{"port": port}]},
        "status": {"loadBalancer": {"ingress": [{"hostname": address}] if address else []}},
    }


def webhook(
    name: str = "ingress-nginx-admission",
    service: str = f"ingress-nginx/{ADMISSION}",
    *,
    bundle: str = "Q0E=",
    policy: str = "Fail",
    group: str = "networking.k8s.io",
    resource: str = "ingresses",
) -> dict[str, Any]:
    """A ValidatingWebhookConfiguration that is asked about Ingresses."""
    namespace, _, behind = service.partition("/")
    client: dict[str, Any] = {"service": {"namespace": namespace, "name": behind}}
    if bundle:
        client["caBundle"] = bundle
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": name},
        "webhooks": [
            {
                "name": f"validate.{name}",
                "failurePolicy": policy,
                "clientConfig": client,
                "rules": [{"apiGroups": [group], "resources": [resource]}],
            }
        ],
    }


def endpoints(
    service: str = ADMISSION, namespace: str = "ingress-nginx", *, ready: bool = True
) -> dict[str, Any]:
    """An EndpointSlice with one endpoint."""
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": f"{service}-x",
            "namespace": namespace,
            "labels": {"kubernetes.io/service-name": service},
        },
        "endpoints": [{"addresses": ["10.0.0.1"], "conditions": {"ready": ready}}],
    }


def node(provider_id: str = "aws:///eu-west-1a/i-0abc") -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": "n1"},
        "spec": {"providerID": provider_id},
    }


def ingress_nginx(
    version: str = "1.15.1",
    *,
    answers: bool = True,
    annotations: Mapping[str, str] | None = None,
    **more: Any,
) -> list[dict[str, Any]]:
    """A whole ingress-nginx with its webhook; `answers`: something is behind it."""
    args = (
        "/nginx-ingress-controller",
        "--publish-service=$(POD_NAMESPACE)/ingress-nginx-controller",
        "--controller-class=k8s.io/ingress-nginx",
        "--ingress-class=nginx",
    )
    image = f"registry.k8s.io/ingress-nginx/controller:v{version}"
    return [
        workload(image, args=args, annotations=annotations, **more),
        leading(),
        leading(f"ingress-nginx/{ADMISSION}", kind="ClusterIP", address="", port=443),
        webhook(),
        endpoints(ready=answers),
    ]
