"""What is wanted -> the objects, each with comments that say what to change."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from textwrap import wrap

from msgspec import Struct, field

from kubectl_ingress.core.classes import CLASS_ANNOTATION
from kubectl_ingress.scaffold.rules import Route, tls_entries
from kubectl_ingress.scaffold.wanted import SERVICE_PORT_NAME, Canary, Wanted, Workload

NGINX = "nginx.ingress.kubernetes.io"
Path = tuple[str | int, ...]
_WIDTH = 90

_PATH_TYPES = {
    "Prefix": "this path and everything below it",
    "Exact": "this path and no other",
    "ImplementationSpecific": "the controller decides; ingress-nginx: Prefix or regex",
}


class Manifest(Struct, frozen=True):
    """One object as JSON data, with comments by path (see ports.files.dump_yaml)."""

    object: dict[str, object]
    comments: Mapping[Path, str] = field(default_factory=dict)


def build(wanted: Wanted, certificate: tuple[bytes, bytes] | None = None) -> list[Manifest]:
    """The objects in the order they are to be created.

    `certificate` is chain and key in PEM, needed where the wanted Secret is written.
    """
    manifests: list[Manifest] = []
    if "tls" in wanted.parts and certificate is not None:
        manifests.append(_secret(wanted, certificate))
    if "deployment" in wanted.parts:
        manifests.append(_deployment(wanted, wanted.workload))
    if "service" in wanted.parts:
        manifests.append(_service(wanted, wanted.workload))
    if "ingress" in wanted.parts:
        manifests.append(_ingress(wanted))
    if "canary" in wanted.parts and wanted.canary is not None:
        if wanted.canary.workload is not None:
            manifests.append(_deployment(wanted, wanted.canary.workload))
            manifests.append(_service(wanted, wanted.canary.workload))
        manifests.append(_canary_ingress(wanted, wanted.canary))
    return manifests


def _object(
    api_version: str,
    kind: str,
    name: str,
    wanted: Wanted,
    labels: Mapping[str, str],
    annotations: Mapping[str, str] | None = None,
) -> dict[str, object]:
    meta: dict[str, object] = {"name": name}
    if wanted.namespace:
        meta["namespace"] = wanted.namespace
    meta["labels"] = dict(labels)
    if annotations:
        meta["annotations"] = dict(annotations)
    return {"apiVersion": api_version, "kind": kind, "metadata": meta}


def _port_name(workload: Workload) -> str:
    return workload.image.port_name if workload.image else "http"


def _deployment(wanted: Wanted, workload: Workload) -> Manifest:
    template: dict[str, object] = {
        "metadata": {"labels": dict(workload.labels)},
        "spec": {"containers": [_container(workload)]},
    }
    made = _object("apps/v1", "Deployment", workload.deployment, wanted, workload.labels)
    made["spec"] = {
        "replicas": workload.replicas,
        "selector": {"matchLabels": _selector(workload)},
        "template": template,
    }
    at: Path = ("spec", "template", "spec", "containers", 0)
    comments: dict[Path, str] = {
        (): "The pods. For a program of your own: change image, args and containerPort together.",
        ("spec", "replicas"): "how many pods share the requests",
        ("spec", "selector", "matchLabels"): "which pods are this Deployment's; cannot be changed",
        (*at, "readinessProbe"): "a pod gets requests once this answers",
    }
    if workload.image:
        comments[(*at, "image")] = workload.image.answers
    if workload.port_is_guessed:
        comments[(*at, "ports", 0, "containerPort")] = "a guess: the port your program listens on"
    return Manifest(made, comments)


def _selector(workload: Workload) -> dict[str, str]:
    return {"app": workload.labels["app"]}


def _container(workload: Workload) -> dict[str, object]:
    image, port = workload.image, _port_name(workload)
    made: dict[str, object] = {"name": workload.container, "image": workload.reference}
    if image and image.args:
        made["args"] = [arg.format(port=workload.container_port) for arg in image.args]
    if image and image.env:
        fields = {"POD_NAME": "metadata.name", "NAMESPACE": "metadata.namespace"}
        made["env"] = [
            {"name": name, "valueFrom": {"fieldRef": {"fieldPath": fields[name]}}}
            for name in image.env
        ]
    made["ports"] = [{"name": port, "containerPort": workload.container_port}]
    if image:
        # Of a program we do not know, no path can be asked: it has no probe.
        made["readinessProbe"] = {"httpGet": {"path": "/", "port": port}}
    return made


def _service(wanted: Wanted, workload: Workload) -> Manifest:
    told = wanted.needs.service
    made = _object("v1", "Service", workload.service, wanted, workload.labels, told)
    port = {
        "name": SERVICE_PORT_NAME,
        "port": workload.port,
        "targetPort": _port_name(workload),
    }
    made["spec"] = {"type": "ClusterIP", "selector": _selector(workload), "ports": [port]}
    comments: dict[Path, str] = {
        (): "One name for the pods, inside the cluster.",
        ("spec", "selector"): "the pods with these labels",
        ("spec", "ports", 0, "targetPort"): "the container's port, by name",
    }
    return Manifest(made, comments)


def _ingress(wanted: Wanted) -> Manifest:
    needs = wanted.needs
    annotations = {CLASS_ANNOTATION: wanted.class_name} if needs.by_annotation else {}
    annotations |= needs.annotations
    if wanted.rewrite_target:
        annotations[needs.rewrite] = needs.rewrite_as.format(
            path=wanted.rewrite_target, service=wanted.workload.service
        )
    made = _object(
        "networking.k8s.io/v1",
        "Ingress",
        wanted.ingress,
        wanted,
        wanted.workload.labels,
        annotations,
    )
    spec: dict[str, object] = {}
    if not needs.by_annotation:
        spec["ingressClassName"] = wanted.class_name
    if entries := tls_entries(wanted.routes):
        spec["tls"] = entries
    rules, comments = _rules(wanted.routes)
    spec["rules"] = rules
    made["spec"] = spec
    comments |= {
        (): "The route: which requests the controller sends to the Service.",
        ("spec", "ingressClassName"): "who serves it: kubectl get ingressclass",
        ("metadata", "annotations", CLASS_ANNOTATION): "who serves it; ingressClassName stays out",
        ("metadata", "annotations", needs.rewrite): _about_rewrite(wanted),
    }
    if needs.note:
        comments[()] += "".join(f"\n{line}" for line in wrap(f"Here {needs.note}.", _WIDTH))
    if "tls" in spec:
        redirected = "; plain http is redirected to it" if needs.canary else ""
        comments[("spec", "tls")] = f"https for these hosts{redirected}"
    return Manifest(made, comments)


def _about_rewrite(wanted: Wanted) -> str:
    said = "What the pods are asked for in place of the path."
    if wanted.needs.canary:
        said += (
            " With it, ingress-nginx reads\nevery path of these hosts as a case-insensitive regex."
        )
    if wanted.needs.rewrite_note:
        said += f"\n{wanted.needs.rewrite_note}"
    image = wanted.workload.image
    if image and image.paths:
        said += f"\nThis image answers {', '.join(image.paths)} and nothing else."
    return said


def _rules(routes: tuple[Route, ...]) -> tuple[list[object], dict[Path, str]]:
    """``spec.rules``, one per host in the order they come, and comments on them."""
    by_host: dict[str, list[Route]] = {}
    for route in routes:
        by_host.setdefault(route.host, []).append(route)
    rules: list[object] = []
    comments: dict[Path, str] = {}
    explained: set[str] = set()
    for index, (host, own) in enumerate(by_host.items()):
        at: Path = ("spec", "rules", index)
        paths: list[object] = []
        for place, route in enumerate(own):
            paths.append(_path(route))
            if route.path_type not in explained:
                explained.add(route.path_type)
                about = _PATH_TYPES[route.path_type]
                comments[(*at, "http", "paths", place, "pathType")] = about
        rules.append({**({"host": host} if host else {}), "http": {"paths": paths}})
        if not host:
            comments[at] = "no host: answers for every host that no other rule names"
        elif index == 0:
            comments[(*at, "host")] = "only for requests with this name; see patch-host"
    return rules, comments


def _path(route: Route) -> dict[str, object]:
    port = {"number": route.port} if isinstance(route.port, int) else {"name": route.port}
    return {
        "path": route.path,
        "pathType": route.path_type,
        "backend": {"service": {"name": route.service, "port": port}},
    }


def _canary_ingress(wanted: Wanted, canary: Canary) -> Manifest:
    annotations = {f"{NGINX}/canary": "true"}
    annotations |= {f"{NGINX}/{name}": value for name, value in canary.annotations.items()}
    labels = canary.workload.labels if canary.workload else wanted.workload.labels
    made = _object("networking.k8s.io/v1", "Ingress", canary.ingress, wanted, labels, annotations)
    routes = tuple(
        Route(route.host, route.path, route.path_type, canary.service, canary.port)
        for route in wanted.for_workload()
    )
    rules, _ = _rules(routes)
    made["spec"] = {"ingressClassName": wanted.class_name, "rules": rules}
    comments: dict[Path, str] = {
        (): (
            f"Takes a part of the requests away from Ingress {wanted.ingress}: the same hosts,"
            " paths and\npathTypes, or it does nothing. Its other annotations are ignored."
        ),
        ("metadata", "annotations", f"{NGINX}/canary-weight"): "percent of the requests",
        ("metadata", "annotations", f"{NGINX}/canary-by-cookie"): "always: canary, never: not",
    }
    if "canary-by-header-value" not in canary.annotations:
        place: Path = ("metadata", "annotations", f"{NGINX}/canary-by-header")
        comments[place] = "always: canary, never: not"
    return Manifest(made, comments)


def _secret(wanted: Wanted, certificate: tuple[bytes, bytes]) -> Manifest:
    labels = wanted.workload.labels
    made = _object("v1", "Secret", wanted.certificate_secret, wanted, labels)
    chain, key = certificate
    made["type"] = "kubernetes.io/tls"
    made["data"] = {
        "tls.crt": base64.b64encode(chain).decode("ascii"),
        "tls.key": base64.b64encode(key).decode("ascii"),
    }
    return Manifest(
        made,
        {
            (): (
                "A self-signed certificate for 90 days: for trying out, browsers will not trust"
                " it.\nThe key below is private."
            )
        },
    )
