"""Defaults of pods and pod templates, in objects that have all that is always written.

Kubernetes' own: pkg/apis/core/v1/defaults.go and zz_generated.defaults.go.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator

from kubectl_ingress.lab.api import Json

_SPEC: Json = {
    "dnsPolicy": "ClusterFirst",
    "restartPolicy": "Always",
    "schedulerName": "default-scheduler",
    "securityContext": {},
    "terminationGracePeriodSeconds": 30,
}
_CONTAINER: Json = {
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
}
_PROBE: Json = {
    "failureThreshold": 3,
    "periodSeconds": 10,
    "successThreshold": 1,
    "timeoutSeconds": 1,
}
_FILE_MODE = 0o644
# A volume's source -> what it gets.
_SOURCES: dict[str, Json] = {
    "configMap": {"defaultMode": _FILE_MODE},
    "downwardAPI": {"defaultMode": _FILE_MODE},
    "hostPath": {"type": ""},
    "projected": {"defaultMode": _FILE_MODE},
    "secret": {"defaultMode": _FILE_MODE},
}
_TOKEN_SECONDS = 3600


def fill(obj: Json, defaults: Json) -> None:
    """Set the fields that are missing or null, of objects within the object too."""
    for key, value in defaults.items():
        if isinstance(value, dict) and value:
            fill(obj.setdefault(key, {}), value)
        elif obj.get(key) is None:
            obj[key] = copy.deepcopy(value)


def default_pod(pod: Json) -> None:
    """A Pod: what its spec gets, and what a template does not."""
    spec = pod["spec"]
    if spec.get("terminationGracePeriodSeconds", 0) < 0:
        spec["terminationGracePeriodSeconds"] = 1
    spec.setdefault("enableServiceLinks", True)
    for container in containers_of(spec):
        resources = container["resources"]
        if limits := resources.get("limits"):
            resources["requests"] = limits | resources.get("requests", {})
        for port in container.get("ports", []) if spec.get("hostNetwork") else []:
            if port["containerPort"]:
                port.setdefault("hostPort", port["containerPort"])
    default_pod_spec(spec)
    _addresses(pod["status"])


def default_pod_spec(spec: Json) -> None:
    """A pod's spec, wherever it stands."""
    account = spec.get("serviceAccountName") or spec.get("serviceAccount")
    if account:
        # The old name of the field goes on existing.
        spec["serviceAccountName"] = spec["serviceAccount"] = account
    fill(spec, _SPEC)
    for container in containers_of(spec):
        _container(container)
    for volume in spec.get("volumes", []):
        _volume(volume)


def containers_of(spec: Json) -> Iterator[Json]:
    """Init containers, then the others."""
    yield from spec.get("initContainers", [])
    yield from spec["containers"] or []


def tag_of(image: str) -> str:
    """An image's tag: ``latest`` where it has neither tag nor digest, "" where it is no image."""
    name, _, digest = image.partition("@")
    repository, colon, tag = name.rpartition(":")
    if not colon or "/" in tag:
        repository, tag = name, ""
    if not repository or repository != repository.lower() or " " in repository:
        return ""
    return tag or ("" if digest else "latest")


def _container(container: Json) -> None:
    policy = "Always" if tag_of(container.get("image", "")) == "latest" else "IfNotPresent"
    fill(container, _CONTAINER | {"imagePullPolicy": policy})
    for port in container.get("ports", []):
        port.setdefault("protocol", "TCP")
    for variable in container.get("env", []):
        _field(variable.get("valueFrom", {}))
    for name in ("livenessProbe", "readinessProbe", "startupProbe"):
        if name in container:
            fill(container[name], _PROBE)
            _handler(container[name])
    lifecycle = container.get("lifecycle", {})
    for name in ("postStart", "preStop"):
        _handler(lifecycle.get(name, {}))


def _handler(handler: Json) -> None:
    if "httpGet" in handler:
        fill(handler["httpGet"], {"path": "/", "scheme": "HTTP"})
    if "grpc" in handler:
        fill(handler["grpc"], {"service": ""})


def _field(holder: Json) -> None:
    """A reference to a field of the pod."""
    if "fieldRef" in holder:
        holder["fieldRef"].setdefault("apiVersion", "v1")


def _volume(volume: Json) -> None:
    if volume.keys() == {"name"}:
        volume["emptyDir"] = {}
    for name, defaults in _SOURCES.items():
        if name in volume:
            fill(volume[name], defaults)
    projected = volume.get("projected", {}).get("sources") or []
    for source in projected:
        if "serviceAccountToken" in source:
            source["serviceAccountToken"].setdefault("expirationSeconds", _TOKEN_SECONDS)
    for holder in [volume, *projected]:
        for item in holder.get("downwardAPI", {}).get("items", []):
            _field(item)


def _addresses(status: Json) -> None:
    """``podIP`` and the first of ``podIPs`` are the same; the former decides."""
    listed = [each["ip"] for each in status.get("podIPs", [])]
    if "podIP" in status and listed[:1] != [status["podIP"]]:
        status["podIPs"] = [{"ip": status["podIP"]}]
    elif listed and "podIP" not in status:
        status["podIP"] = listed[0]
