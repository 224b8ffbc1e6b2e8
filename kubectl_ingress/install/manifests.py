"""The 19 objects of ingress-nginx, composed from facts, in the order of its own manifests."""

from __future__ import annotations

from kubectl_ingress.install.metadata import Manifest, identity, manifest, selector
from kubectl_ingress.install.permissions import permissions
from kubectl_ingress.install.settings import (
    ADMISSION_NAME,
    ADMISSION_SERVICE,
    CONTROLLER_NAME,
    WEBHOOK_NAME,
    Settings,
)
from kubectl_ingress.install.workloads import admission_jobs, controller
from kubectl_ingress.providers import Port


def _namespace(settings: Settings) -> Manifest:
    # No version among its labels: it outlives them, and may hold more than this installation.
    return manifest(settings, "Namespace", settings.namespace, "", own_labels=identity())


def _config(settings: Settings) -> Manifest:
    data = settings.variant.config
    return manifest(
        settings,
        "ConfigMap",
        CONTROLLER_NAME,
        "controller",
        data=None if data is None else dict(data),
    )


def _service(settings: Settings) -> Manifest:
    variant = settings.variant
    policy = variant.external_traffic_policy
    return manifest(
        settings,
        "Service",
        CONTROLLER_NAME,
        "controller",
        annotations=variant.service_annotations,
        spec={
            "type": variant.service_type,
            # Keeps the client's address, and spares a hop between nodes.
            **({"externalTrafficPolicy": policy} if policy else {}),
            "ipFamilies": ["IPv4"],
            "ipFamilyPolicy": "SingleStack",
            "ports": [_service_port(port) for port in variant.service_ports],
            "selector": selector("controller"),
        },
    )


def _service_port(port: Port) -> Manifest:
    return {
        "name": port.name,
        "port": port.number,
        "targetPort": port.target,
        "protocol": "TCP",
        "appProtocol": port.name,
    }


def _admission_service(settings: Settings) -> Manifest:
    port = {
        "name": "https-webhook",
        "port": 443,
        "targetPort": "webhook",
        "appProtocol": "https",
    }
    return manifest(
        settings,
        "Service",
        ADMISSION_SERVICE,
        "controller",
        spec={"type": "ClusterIP", "ports": [port], "selector": selector("controller")},
    )


def _class(settings: Settings) -> Manifest:
    return manifest(
        settings,
        "IngressClass",
        settings.class_name,
        "controller",
        spec={"controller": settings.controller_value},
    )


def _webhook(settings: Settings) -> Manifest:
    service = {
        "name": ADMISSION_SERVICE,
        "namespace": settings.namespace,
        "path": "/networking/v1/ingresses",
        "port": 443,
    }
    rule = {
        "apiGroups": ["networking.k8s.io"],
        "apiVersions": ["v1"],
        "operations": ["CREATE", "UPDATE"],
        "resources": ["ingresses"],
    }
    hook: Manifest = {
        "name": WEBHOOK_NAME,
        "admissionReviewVersions": ["v1"],
        # The CA is left out: the Job "patch" sets it, and keeps owning it.
        "clientConfig": {"service": service},
        "failurePolicy": "Fail",
        "matchPolicy": "Equivalent",
        "rules": [rule],
        "sideEffects": "None",
    }
    if settings.variant.webhook_timeout is not None:
        hook["timeoutSeconds"] = settings.variant.webhook_timeout
    return manifest(
        settings,
        "ValidatingWebhookConfiguration",
        settings.cluster_wide(ADMISSION_NAME),
        "admission-webhook",
        webhooks=[hook],
    )


def build(settings: Settings) -> tuple[Manifest, ...]:
    """Plain objects, ready for YAML or for server-side apply, in upstream's order."""
    return (
        _namespace(settings),
        *permissions(settings),
        _config(settings),
        _service(settings),
        _admission_service(settings),
        controller(settings),
        *admission_jobs(settings),
        _class(settings),
        _webhook(settings),
    )
