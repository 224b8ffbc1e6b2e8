"""Small objects for tests, as the API would give them."""

from __future__ import annotations

from typing import Any

from kubectl_ingress.core.objects import Origin, Snapshot
from kubectl_ingress.core.parse import parse_snapshot

LB = "a0.elb.eu-west-1.amazonaws.com"


def ingress_class(name: str = "nginx", controller: str = "k8s.io/ingress-nginx") -> dict[str, Any]:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "IngressClass",
        "metadata": {"name": name},
        "spec": {"controller": controller},
    }


def path(text: str = "/", service: str = "web", port: object = 80, kind: str = "Prefix") -> Any:
    reference = {"number": port} if isinstance(port, int) else {"name": port}
    return {
        "path": text,
        "pathType": kind,
        "backend": {"service": {"name": service, "port": reference}},
    }


def ingress(
    name: str = "web",
    host: str = "a.example",
    *paths: Any,
    namespace: str = "default",
    annotations: dict[str, str] | None = None,
    **spec: Any,
) -> dict[str, Any]:
    rule: dict[str, Any] = {"http": {"paths": list(paths) or [path()]}}
    if host:
        rule["host"] = host
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": name, "namespace": namespace, "annotations": annotations or {}},
        "spec": {"ingressClassName": "nginx", "rules": [rule], **spec},
    }


def nginx(**annotations: str) -> dict[str, str]:
    """Annotations of ingress-nginx; underscores in their names are dashes."""
    prefix = "nginx.ingress.kubernetes.io/"
    return {prefix + name.replace("_", "-"): value for name, value in annotations.items()}


def service(name: str = "web", *ports: Any, namespace: str = "default") -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "selector": {"app": name},
            "ports": list(ports) or [{"name": "http", "port": 80, "targetPort": 8080}],
        },
    }


def slice_of(
    name: str = "web",
    *pods: str,
    namespace: str = "default",
    ready: bool = True,
    port: str = "http",
) -> dict[str, Any]:
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": f"{name}-x",
            "namespace": namespace,
            "labels": {"kubernetes.io/service-name": name},
        },
        "addressType": "IPv4",
        "ports": [{"name": port, "port": 8080}],
        "endpoints": [
            {
                "addresses": [f"10.0.0.{number}"],
                "conditions": {"ready": ready},
                "targetRef": {"kind": "Pod", "name": pod},
            }
            for number, pod in enumerate(pods or (f"{name}-1", f"{name}-2"), 1)
        ],
    }


def controller(
    ready: int = 1, address: str | None = LB, name: str = "nginx"
) -> list[dict[str, Any]]:
    """A running ingress-nginx with its Service; no address is a pending load balancer."""
    labels = {"app.kubernetes.io/name": f"ingress-{name}"}
    status = {"loadBalancer": {"ingress": [{"hostname": address}]}} if address else {}
    return [
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "ingress-nginx-controller", "namespace": f"ingress-{name}"},
            "spec": {
                "replicas": 1,
                "template": {
                    "metadata": {"labels": labels},
                    "spec": {
                        "containers": [
                            {
                                "image": "registry.k8s.io/ingress-nginx/controller:v1.15.1",
                                "args": [
                                    "--publish-service=$(POD_NAMESPACE)/ingress-nginx-controller",
                                    f"--ingress-class={name}",
                                ],
                            }
                        ]
                    },
                },
            },
            "status": {"readyReplicas": ready},
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "ingress-nginx-controller", "namespace": f"ingress-{name}"},
            "spec": {
                "type": "LoadBalancer",
                "selector": labels,
                "ports": [{"name": "http", "port": 80}, {"name": "https", "port": 443}],
            },
            "status": status,
        },
    ]


def snapshot(*objects: Any) -> Snapshot:
    return parse_snapshot([(one, Origin()) for one in objects])
