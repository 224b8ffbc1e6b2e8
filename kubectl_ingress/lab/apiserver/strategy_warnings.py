"""What the server takes and warns of: kubectl shows these sentences.

Kubernetes' own: pkg/api/{pod,service}/warnings.go and WarningsOnCreate, WarningsOnUpdate of
pkg/registry/*/*/strategy.go. Of certificates only what needs no cryptography is told.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.resources import Resource
from kubectl_ingress.lab.apiserver.scalars import amount
from kubectl_ingress.lab.apiserver.validation_ingresses import CLASS_ANNOTATION
from kubectl_ingress.lab.apiserver.validation_names import dns_label

_LABEL_ADVISED = "which can result in surprising behavior; a DNS label is recommended"
_IN_HOSTNAMES = {
    "Deployment": "Pod names and hostnames",
    "Job": "Pod names and hostnames",
    "Pod": "the Pod's hostname",
    "ReplicaSet": "Pod names and hostnames",
}
_TEMPLATED = ("DaemonSet", "Deployment", "Job", "ReplicaSet")
_OLD_LABELS = {
    "beta.kubernetes.io/arch": ("v1.14", "kubernetes.io/arch"),
    "beta.kubernetes.io/os": ("v1.14", "kubernetes.io/os"),
    "failure-domain.beta.kubernetes.io/region": ("v1.17", "topology.kubernetes.io/region"),
    "failure-domain.beta.kubernetes.io/zone": ("v1.17", "topology.kubernetes.io/zone"),
    "beta.kubernetes.io/instance-type": ("v1.17", "node.kubernetes.io/instance-type"),
}
_PEM = b"-----BEGIN "


def warnings_of(resource: Resource, obj: Json, old: Json | None = None) -> list[str]:
    """The warnings about an object that is valid; `old` is what it replaces."""
    return list(_warnings(resource.kind, obj, old))


def _warnings(kind: str, obj: Json, old: Json | None) -> Iterator[str]:
    new = old is None
    if new and kind in _IN_HOSTNAMES:
        reasons = list(dns_label(obj["metadata"]["name"]))
        if reasons:
            where = f"metadata.name: this is used in {_IN_HOSTNAMES[kind]}, {_LABEL_ADVISED}"
            yield f"{where}: [{' '.join(reasons)}]"
    if new and kind == "Pod":
        yield from _of_pod("spec", obj["spec"])
    if kind in _TEMPLATED and (old is None or _generation(old) != _generation(obj)):
        yield from _of_pod("spec.template.spec", obj["spec"]["template"]["spec"])
    if kind == "Service":
        yield from _of_service(obj["spec"])
    if new and kind == "Ingress" and _has_old_class(obj):
        instead = "please use 'spec.ingressClassName' instead"
        yield f'annotation "{CLASS_ANNOTATION}" is deprecated, {instead}'
    if kind == "Secret" and obj["type"] == "kubernetes.io/tls":
        yield from _of_certificate(obj.get("data", {}))


def _has_old_class(ingress: Json) -> bool:
    annotations = ingress["metadata"].get("annotations", {})
    return CLASS_ANNOTATION in annotations and "ingressClassName" not in ingress["spec"]


def _generation(obj: Json) -> int:
    return int(obj["metadata"].get("generation", 0))


def _of_pod(place: str, spec: Json) -> Iterator[str]:
    for label in spec.get("nodeSelector", {}):
        if label in _OLD_LABELS:
            since, instead = _OLD_LABELS[label]
            why = f'deprecated since {since}; use "{instead}" instead'
            yield f"{place}.nodeSelector[{label}]: {why}"
    containers = [
        (f"{place}.{name}[{index}]", container)
        for name in ("initContainers", "containers")
        for index, container in enumerate(spec.get(name) or [])
    ]
    for field, container in containers:
        yield from _of_amounts(f"{field}.resources", container["resources"])
        yield from _of_variables(f"{field}.env", container.get("env", []))
    yield from _of_ports(containers)


def _of_amounts(place: str, resources: Json) -> Iterator[str]:
    for name in ("memory", "ephemeral-storage"):
        for what in ("limits", "requests"):
            quantity = resources.get(what, {}).get(name, "0")
            if amount(quantity) % 1:
                why = f'fractional byte value "{quantity}" is invalid, must be an integer'
                yield f"{place}.{what}[{name}]: {why}"


def _of_variables(place: str, variables: list[Json]) -> Iterator[str]:
    names: set[str] = set()
    for index, variable in enumerate(variables):
        name, value = variable["name"], variable.get("value", "")
        reference = f"$({name})"
        builds_on = "valueFrom" not in variable and reference in value and reference != value
        if name in names and not builds_on:
            why = f'hides previous definition of "{name}", which may be dropped when using apply'
            yield f"{place}[{index}]: {why}"
        names.add(name)


def _of_ports(containers: list[tuple[str, Json]]) -> Iterator[str]:
    ports = [
        (f"{field}.ports[{index}]", port)
        for field, container in containers
        for index, port in enumerate(container.get("ports", []))
    ]
    for number, (field, port) in enumerate(ports):
        for other_field, other in ports[:number]:
            if all(port[key] == other[key] for key in ("containerPort", "protocol")):
                places = [(p.get("hostIP", ""), p.get("hostPort", 0)) for p in (port, other)]
                if places[0] == places[1]:
                    yield f"{field}: duplicate port definition with {other_field}"
                elif not places[0][1] or not places[1][1]:
                    yield f"{field}: overlapping port definition with {other_field}"
    names: dict[str, str] = {}
    for field, port in ports:
        name = port.get("name", "")
        if name and name in names:
            why = f'duplicate port name "{name}" with {names[name]}'
            which = f"services and probes that select ports by name will use {names[name]}"
            yield f"{field}: {why}, {which}"
        names.setdefault(name, field)


def _of_service(spec: Json) -> Iterator[str]:
    headless, external = spec.get("clusterIP") == "None", spec["type"] == "ExternalName"
    if headless and spec.get("externalIPs"):
        yield "spec.externalIPs is ignored for headless services"
    if headless and spec["sessionAffinity"] != "None":
        yield "spec.SessionAffinity is ignored for headless services"
    if spec.get("externalIPs") and not headless and not external:
        yield "spec.externalIPs is deprecated and may no longer be implemented in some clusters"
    if spec.get("externalName") and not external:
        yield 'spec.externalName is ignored when spec.type is not "ExternalName"'
    if spec.get("trafficDistribution") == "PreferClose":
        yield 'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"'


def _of_certificate(data: Json) -> Iterator[str]:
    for key, what in (("tls.crt", "certificate"), ("tls.key", "key")):
        if _PEM not in base64.b64decode(data.get(key, "")):
            yield f"tls: failed to find any PEM data in {what} input"
            return
