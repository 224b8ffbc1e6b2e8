"""What the API server says of itself: groups, resources, version, health."""

from __future__ import annotations

import platform

from kubectl_ingress.lab import KUBERNETES
from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver import openapi
from kubectl_ingress.lab.apiserver.resources import RESOURCES, Resource

HEALTH = ("/healthz", "/livez", "/readyz")
_SCALE = {"group": "autoscaling", "version": "v1", "kind": "Scale"}
_OF_SUBRESOURCE: dict[str, tuple[Json, tuple[str, ...]]] = {
    "scale": (_SCALE, ("get", "patch", "update")),
    "status": ({}, ("get", "patch", "update")),
    "binding": ({"kind": "Binding"}, ("create",)),
    "log": ({}, ("get",)),
    "portforward": ({"kind": "PodPortForwardOptions"}, ("create", "get")),
    "token": (
        {"group": "authentication.k8s.io", "version": "v1", "kind": "TokenRequest"},
        ("create",),
    ),
    "finalize": ({}, ("update",)),
}


def document(path: str) -> Json | str | None:
    """The answer to a path that belongs to no object; None where there is nothing."""
    words = path.strip("/").split("/")
    match words:
        case ["api"]:
            return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}
        case ["apis"]:
            groups = [_group(group) for group in _groups()]
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}
        case ["api", "v1"]:
            return _resources("", "v1")
        case ["apis", group] if group in _groups():
            return {"kind": "APIGroup", "apiVersion": "v1"} | _group(group)
        case ["apis", group, "v1"] if group in _groups():
            return _resources(group, "v1")
        case ["version"]:
            return _version()
        case ["openapi", "v2"]:
            return openapi.VERSION_2
        case ["openapi", "v3"]:
            return openapi.index()
        case ["openapi", "v3", "api", version]:
            return openapi.document("", version)
        case ["openapi", "v3", "apis", group, version] if group in _groups():
            return openapi.document(group, version)
    return "ok" if path.rstrip("/") in HEALTH else None


def _groups() -> list[str]:
    return list(dict.fromkeys(resource.group for resource in RESOURCES if resource.group))


def _group(name: str) -> Json:
    version = {"groupVersion": f"{name}/v1", "version": "v1"}
    return {"name": name, "versions": [version], "preferredVersion": version}


def _resources(group: str, version: str) -> Json:
    found: list[Json] = []
    for resource in RESOURCES:
        if (resource.group, resource.version) == (group, version):
            found.append(_resource(resource))
            found += [_subresource(resource, name) for name in resource.subresources]
    head = {"kind": "APIResourceList", "apiVersion": "v1"}
    return head | {"groupVersion": f"{group}/{version}" if group else version, "resources": found}


def _resource(resource: Resource) -> Json:
    described: Json = {
        "name": resource.plural,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": list(resource.verbs),
    }
    if resource.short_names:
        described["shortNames"] = list(resource.short_names)
    if resource.categories:
        described["categories"] = list(resource.categories)
    return described


def _subresource(resource: Resource, name: str) -> Json:
    kind, verbs = _OF_SUBRESOURCE[name]
    return {
        "name": f"{resource.plural}/{name}",
        "singularName": "",
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        **kind,
        "verbs": list(verbs),
    }


def _version() -> Json:
    major, minor, _ = KUBERNETES.removeprefix("v").split(".")
    return {
        "major": major,
        "minor": minor,
        # Whoever reads it shall know that this is not a Kubernetes.
        "gitVersion": f"{KUBERNETES}+lab",
        "gitCommit": "",
        "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "",
        "compiler": platform.python_implementation(),
        "platform": f"{platform.system().lower()}/{platform.machine()}",
    }
