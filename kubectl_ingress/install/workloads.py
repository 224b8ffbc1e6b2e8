"""What runs: the controller, and the two Jobs that make its webhook's certificate."""

from __future__ import annotations

from kubectl_ingress.install.metadata import Manifest, labels, manifest, selector
from kubectl_ingress.install.permissions import LEADER
from kubectl_ingress.install.settings import (
    ADMISSION_NAME,
    ADMISSION_SERVICE,
    CONTROLLER_NAME,
    NAME,
    Settings,
)
from kubectl_ingress.providers import Variant

_CERTIFICATES = "/usr/local/certificates"
_WEBHOOK_PORT = 8443
_HEALTH_PORT = 10254
_LINUX = {"kubernetes.io/os": "linux"}
# Kubernetes puts the pod's own namespace in its place.
_NAMESPACE = "$(POD_NAMESPACE)"


def _security(user: int, group: int, *, read_only: bool, add: tuple[str, ...] = ()) -> Manifest:
    """What Pod Security "restricted" asks of a container; it allows to add NET_BIND_SERVICE."""
    capabilities: Manifest = {"add": list(add)} if add else {}
    return {
        "allowPrivilegeEscalation": False,
        "capabilities": {**capabilities, "drop": ["ALL"]},
        "readOnlyRootFilesystem": read_only,
        "runAsGroup": group,
        "runAsNonRoot": True,
        "runAsUser": user,
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def _from_pod(variable: str, path: str) -> Manifest:
    return {"name": variable, "valueFrom": {"fieldRef": {"fieldPath": path}}}


def _probe(failures: int) -> Manifest:
    return {
        "failureThreshold": failures,
        "httpGet": {"path": "/healthz", "port": _HEALTH_PORT, "scheme": "HTTP"},
        "initialDelaySeconds": 10,
        "periodSeconds": 10,
        "successThreshold": 1,
        "timeoutSeconds": 1,
    }


def _ports(variant: Variant) -> list[Manifest]:
    ports = [
        _port("http", 80, on_host=variant.host_ports),
        _port("https", 443, on_host=variant.host_ports),
    ]
    ports += [_port(name, number) for name, number in variant.more_ports]
    return [*ports, _port("webhook", _WEBHOOK_PORT)]


def _port(name: str, number: int, *, on_host: bool = False) -> Manifest:
    host: Manifest = {"hostPort": number} if on_host else {}
    return {"containerPort": number, **host, "name": name, "protocol": "TCP"}


def _arguments(settings: Settings) -> list[str]:
    publish = f"--publish-service={_NAMESPACE}/{CONTROLLER_NAME}"
    return [
        "/nginx-ingress-controller",
        *([publish] if settings.variant.publish_service else []),
        f"--election-id={LEADER}",
        f"--controller-class={settings.controller_value}",
        f"--ingress-class={settings.class_name}",
        f"--configmap={_NAMESPACE}/{CONTROLLER_NAME}",
        f"--validating-webhook=:{_WEBHOOK_PORT}",
        f"--validating-webhook-certificate={_CERTIFICATES}/cert",
        f"--validating-webhook-key={_CERTIFICATES}/key",
        *settings.variant.extra_args,
    ]


def _controller_container(settings: Settings) -> Manifest:
    return {
        "name": "controller",
        "image": settings.controller_image,
        "imagePullPolicy": "IfNotPresent",
        "args": _arguments(settings),
        "env": [
            _from_pod("POD_NAME", "metadata.name"),
            _from_pod("POD_NAMESPACE", "metadata.namespace"),
            {"name": "LD_PRELOAD", "value": "/usr/local/lib/libmimalloc.so"},
        ],
        "ports": _ports(settings.variant),
        # Lets requests that are under way finish when the pod is stopped.
        "lifecycle": {"preStop": {"exec": {"command": ["/wait-shutdown"]}}},
        "livenessProbe": _probe(failures=5),
        "readinessProbe": _probe(failures=3),
        "resources": {"requests": {"cpu": "100m", "memory": "90Mi"}},
        "securityContext": _security(101, 82, read_only=False, add=("NET_BIND_SERVICE",)),
        "volumeMounts": [
            {"mountPath": f"{_CERTIFICATES}/", "name": "webhook-cert", "readOnly": True}
        ],
    }


def controller(settings: Settings) -> Manifest:
    """What keeps the controller's pods running: a Deployment, or a DaemonSet."""
    kind = settings.variant.workload
    spec: Manifest = {} if settings.replicas is None else {"replicas": settings.replicas}
    update = {"rollingUpdate": {"maxUnavailable": 1}, "type": "RollingUpdate"}
    spec |= {
        "minReadySeconds": 0,
        "revisionHistoryLimit": 10,
        "selector": {"matchLabels": selector("controller")},
        "strategy" if kind == "Deployment" else "updateStrategy": update,
        "template": {
            "metadata": {"labels": labels(settings, "controller")},
            "spec": _controller_pod(settings),
        },
    }
    return manifest(settings, kind, CONTROLLER_NAME, "controller", spec=spec)


def _controller_pod(settings: Settings) -> Manifest:
    variant = settings.variant
    pod: Manifest = {
        "automountServiceAccountToken": True,
        "serviceAccountName": NAME,
        "containers": [_controller_container(settings)],
        "dnsPolicy": "ClusterFirst",
        "nodeSelector": _LINUX,
        "terminationGracePeriodSeconds": variant.grace_seconds,
        "volumes": [{"name": "webhook-cert", "secret": {"secretName": ADMISSION_NAME}}],
    }
    if variant.tolerations:
        pod["tolerations"] = [
            {"key": each.key, "operator": "Equal", "effect": each.effect}
            for each in variant.tolerations
        ]
    return pod


def _job(settings: Settings, action: str, arguments: list[str]) -> Manifest:
    name = f"{ADMISSION_NAME}-{action}"
    container = {
        "name": action,
        "image": settings.certgen_image,
        "imagePullPolicy": "IfNotPresent",
        "args": [action, *arguments],
        "env": [_from_pod("POD_NAMESPACE", "metadata.namespace")],
        "securityContext": _security(65532, 65532, read_only=True),
    }
    template = {
        "metadata": {"name": name, "labels": labels(settings, "admission-webhook")},
        "spec": {
            "automountServiceAccountToken": True,
            "serviceAccountName": ADMISSION_NAME,
            "containers": [container],
            "nodeSelector": _LINUX,
            "restartPolicy": "OnFailure",
        },
    }
    # Gone as soon as it has done its work, so that a later version can be applied:
    # the template of a Job cannot be changed.
    spec = {"template": template, "ttlSecondsAfterFinished": 0}
    return manifest(settings, "Job", name, "admission-webhook", spec=spec)


def admission_jobs(settings: Settings) -> tuple[Manifest, Manifest]:
    """The Job that makes the certificate, and the one that tells the API server its CA."""
    hosts = f"{ADMISSION_SERVICE},{ADMISSION_SERVICE}.{_NAMESPACE}.svc"
    secret = f"--secret-name={ADMISSION_NAME}"
    namespace = f"--namespace={_NAMESPACE}"
    webhook = settings.cluster_wide(ADMISSION_NAME)
    return (
        _job(settings, "create", [f"--host={hosts}", namespace, secret]),
        _job(
            settings,
            "patch",
            [
                f"--webhook-name={webhook}",
                namespace,
                "--patch-mutating=false",
                secret,
                "--patch-failure-policy=Fail",
            ],
        ),
    )
