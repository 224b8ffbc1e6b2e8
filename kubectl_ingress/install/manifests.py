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


def _namespace(settings: Settings) -> Manifest:
    # No version among its labels: it outlives them, and may hold more than this installation.
    return manifest(settings, "Namespace", settings.namespace, "", own_labels=identity())


def _config(settings: Settings) -> Manifest:
    return manifest(settings, "ConfigMap", CONTROLLER_NAME, "controller", data=None)


def _service(settings: Settings) -> Manifest:
    return manifest(
        settings,
        "Service",
        CONTROLLER_NAME,
        "controller",
        annotations=settings.service_annotations,
        spec={
            "type": "LoadBalancer",
            # Keeps the client's address, and spares a hop between nodes.
            "externalTrafficPolicy": "Local",
            "ipFamilies": ["IPv4"],
            "ipFamilyPolicy": "SingleStack",
            "ports": [_service_port("http", 80), _service_port("https", 443)],
            "selector": selector("controller"),
        },
    )


def _service_port(name: str, number: int) -> Manifest:
    return {
        "name": name,
        "port": number,
        "targetPort": name,
        "protocol": "TCP",
        "appProtocol": name,
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
    hook = {
        "name": WEBHOOK_NAME,
        "admissionReviewVersions": ["v1"],
        # The CA is left out: the Job "patch" sets it, and keeps owning it.
        "clientConfig": {"service": service},
        "failurePolicy": "Fail",
        "matchPolicy": "Equivalent",
        "rules": [rule],
        "sideEffects": "None",
    }
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
