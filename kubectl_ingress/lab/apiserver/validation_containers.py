"""What a container may not be.

Kubernetes' own: pkg/apis/core/validation/validation.go. Left out is what hardly anybody
writes: devices, dynamic resources, Windows, resizing.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.scalars import amount
from kubectl_ingress.lab.apiserver.validation_fields import Faults
from kubectl_ingress.lab.apiserver.validation_names import (
    between,
    config_key,
    dns_label,
    dns_subdomain,
    label_key,
    port,
    port_name,
    port_number,
    variable_name,
)

PROTOCOLS = ("SCTP", "TCP", "UDP")
_PULL_POLICIES = ("Always", "IfNotPresent", "Never")
_MESSAGE_POLICIES = ("File", "FallbackToLogsOnError")
_SCHEMES = ("HTTP", "HTTPS")
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc", "sleep")
_SOURCES = ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef")
_FIELDS = (
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
)
_OTHER_FIELDS = (
    "metadata.annotations",
    "metadata.labels",
    "spec.restartPolicy",
    "spec.schedulerName",
    "status.phase",
)
_AMOUNTS = tuple(
    f"{what}.{name}"
    for what in ("limits", "requests")
    for name in ("cpu", "ephemeral-storage", "memory")
)
_HUGE_PAGES = ("limits.hugepages-", "requests.hugepages-")
_LARGEST_ID = 2**31 - 1
_RESOURCES = ("cpu", "memory", "ephemeral-storage")
_SIDECAR = "may not be set for init containers without restartPolicy=Always"


def check_containers(faults: Faults, place: str, spec: Json, volumes: Iterable[str]) -> None:
    """The containers, then the init containers; `volumes` are the names of the sound ones."""
    known, grace = set(volumes), spec["terminationGracePeriodSeconds"]
    containers = spec["containers"] or []
    if not containers:
        faults.required(f"{place}.containers")
    names: set[str] = set()
    for index, container in enumerate(containers):
        field = f"{place}.containers[{index}]"
        _check_container(faults, field, container, known)
        _check_name_once(faults, field, container, names)
        _check_hooks(faults, field, container, grace)
    _check_host_ports(faults, f"{place}.containers", containers)
    for index, container in enumerate(spec.get("initContainers", [])):
        field = f"{place}.initContainers[{index}]"
        _check_container(faults, field, container, known)
        _check_name_once(faults, field, container, names)
        _check_host_ports(faults, f"{place}.initContainers", [container])
        if container.get("restartPolicy") == "Always":
            _check_hooks(faults, field, container, grace)
        else:
            for name in ("lifecycle", *_PROBES):
                if name in container:
                    faults.forbidden(f"{field}.{name}", _SIDECAR)


def _check_container(faults: Faults, field: str, container: Json, volumes: set[str]) -> None:
    if name := container["name"]:
        faults.all_invalid(f"{field}.name", name, dns_label(name))
    else:
        faults.required(f"{field}.name")
    if not container.get("image"):
        faults.required(f"{field}.image")
    policy = container["terminationMessagePolicy"]
    faults.one_of(f"{field}.terminationMessagePolicy", policy, _MESSAGE_POLICIES)
    _check_ports(faults, f"{field}.ports", container.get("ports", []))
    _check_variables(faults, f"{field}.env", container.get("env", []))
    _check_variable_sources(faults, f"{field}.envFrom", container.get("envFrom", []))
    _check_mounts(faults, f"{field}.volumeMounts", container.get("volumeMounts", []), volumes)
    faults.one_of(f"{field}.imagePullPolicy", container["imagePullPolicy"], _PULL_POLICIES)
    _check_resources(faults, f"{field}.resources", container["resources"])
    check_users(faults, f"{field}.securityContext", container.get("securityContext", {}))


def _check_name_once(faults: Faults, field: str, container: Json, names: set[str]) -> None:
    if container["name"] in names:
        faults.duplicate(f"{field}.name", container["name"])
    names.add(container["name"])


def _check_ports(faults: Faults, place: str, ports: list[Json]) -> None:
    names: set[str] = set()
    for index, each in enumerate(ports):
        field, name = f"{place}[{index}]", each.get("name", "")
        if name:
            reasons = list(port_name(name))
            faults.all_invalid(f"{field}.name", name, reasons)
            if not reasons and name in names:
                faults.duplicate(f"{field}.name", name)
            names.add(name)
        number, host = each["containerPort"], each.get("hostPort")
        if number:
            faults.all_invalid(f"{field}.containerPort", number, port_number(number))
        else:
            faults.required(f"{field}.containerPort")
        if host:
            faults.all_invalid(f"{field}.hostPort", host, port_number(host))
        faults.one_of(f"{field}.protocol", each.get("protocol"), PROTOCOLS)


def _check_host_ports(faults: Faults, place: str, containers: list[Json]) -> None:
    seen: set[str] = set()
    for number, container in enumerate(containers):
        for index, each in enumerate(container.get("ports", [])):
            if each.get("hostPort"):
                taken = f"{each.get('protocol')}/{each.get('hostIP', '')}/{each['hostPort']}"
                if taken in seen:
                    faults.duplicate(f"{place}[{number}].ports[{index}].hostPort", taken)
                seen.add(taken)


def _check_variables(faults: Faults, place: str, variables: list[Json]) -> None:
    for index, variable in enumerate(variables):
        field = f"{place}[{index}]"
        if name := variable["name"]:
            faults.all_invalid(f"{field}.name", name, variable_name(name))
        else:
            faults.required(f"{field}.name")
        if "valueFrom" in variable:
            _check_source(faults, f"{field}.valueFrom", variable)


def _check_variable_sources(faults: Faults, place: str, sources: list[Json]) -> None:
    for index, source in enumerate(sources):
        given = [name for name in ("configMapRef", "secretRef") if name in source]
        for name in given:
            field, called = f"{place}[{index}].{name}.name", source[name].get("name", "")
            if called:
                faults.all_invalid(field, called, dns_subdomain(called))
            else:
                faults.required(field)
        if not given:
            faults.invalid(place, "", "must specify one of: `configMapRef` or `secretRef`")
        elif len(given) > 1:
            faults.invalid(place, "", "may not have more than one field specified at a time")


def _check_source(faults: Faults, field: str, variable: Json) -> None:
    source = variable["valueFrom"]
    if "fieldRef" in source:
        check_field(faults, f"{field}.fieldRef", source["fieldRef"])
    if "resourceFieldRef" in source:
        check_resource_field(faults, f"{field}.resourceFieldRef", source["resourceFieldRef"])
    for name in ("configMapKeyRef", "secretKeyRef"):
        if name in source:
            _check_key(faults, f"{field}.{name}", source[name])
    given = [name for name in _SOURCES if name in source]
    if not given:
        listed = ", ".join(f"`{name}`" for name in _SOURCES[:-1]) + f" or `{_SOURCES[-1]}`"
        faults.invalid(field, "", f"must specify one of: {listed}")
    elif variable.get("value"):
        faults.invalid(field, "", "may not be specified when `value` is not empty")
    elif len(given) > 1:
        faults.invalid(field, "", "may not have more than one field specified at a time")


def check_field(
    faults: Faults, place: str, reference: Json, known: tuple[str, ...] = _FIELDS
) -> None:
    """A field of the pod that a variable or a file can have."""
    field, path = f"{place}.fieldPath", reference["fieldPath"]
    whole, bracket, _ = path.partition("[")
    if not path:
        faults.required(field)
    elif bracket and whole not in ("metadata.annotations", "metadata.labels"):
        why = f"error converting fieldPath: field label does not support subscript: {path}"
        faults.invalid(field, path, why)
    elif not bracket and path not in (*_FIELDS, *_OTHER_FIELDS):
        why = f"error converting fieldPath: field label not supported: {path}"
        faults.invalid(field, path, why)
    elif not bracket and path not in known:
        faults.unsupported(field, path, known)


def check_resource_field(
    faults: Faults, field: str, reference: Json, *, in_volume: bool = False
) -> None:
    """A request or limit of a container."""
    name = reference["resource"]
    if in_volume and not reference.get("containerName"):
        faults.required(f"{field}.containerName")
    elif not name:
        faults.required(f"{field}.resource")
    elif name not in _AMOUNTS and not name.startswith(_HUGE_PAGES):
        faults.unsupported(f"{field}.resource", name, _AMOUNTS)


def check_users(faults: Faults, place: str, context: Json) -> None:
    """The users and groups of a securityContext."""
    for name in ("fsGroup", "runAsUser", "runAsGroup"):
        number = context.get(name, 0)
        if not 0 <= number <= _LARGEST_ID:
            faults.invalid(f"{place}.{name}", number, between(0, _LARGEST_ID))


def _check_key(faults: Faults, field: str, reference: Json) -> None:
    name, key = reference.get("name", ""), reference["key"]
    faults.all_invalid(f"{field}.name", name, dns_subdomain(name))
    if key:
        faults.all_invalid(f"{field}.key", key, config_key(key))
    else:
        faults.required(f"{field}.key")


def _check_mounts(faults: Faults, place: str, mounts: list[Json], volumes: set[str]) -> None:
    paths: set[str] = set()
    for index, mount in enumerate(mounts):
        field, name, path = f"{place}[{index}]", mount["name"], mount["mountPath"]
        if not name:
            faults.required(f"{field}.name")
        if name not in volumes:
            faults.not_found(f"{field}.name", name)
        if not path:
            faults.required(f"{field}.mountPath")
        if path in paths:
            faults.invalid(f"{field}.mountPath", path, "must be unique")
        paths.add(path)


def _check_resources(faults: Faults, place: str, resources: Json) -> None:
    limits, requests = resources.get("limits", {}), resources.get("requests", {})
    for what, amounts in (("limits", limits), ("requests", requests)):
        for name, quantity in amounts.items():
            field = f"{place}.{what}[{name}]"
            _check_resource_name(faults, field, name)
            if amount(quantity) < 0:
                faults.invalid(field, quantity, "must be greater than or equal to 0")
            if what == "requests" and name in limits and amount(quantity) > amount(limits[name]):
                why = f"must be less than or equal to {name} limit of {limits[name]}"
                faults.invalid(f"{place}.requests", quantity, why)


def _check_resource_name(faults: Faults, field: str, name: str) -> None:
    reasons = list(label_key(name))
    faults.all_invalid(field, name, reasons)
    is_known = "/" in name or name in _RESOURCES or name.startswith("hugepages-")
    if not reasons and not is_known:
        faults.invalid(field, name, "must be a standard resource type or fully qualified")
        faults.invalid(field, name, "must be a standard resource for containers")


def _check_hooks(faults: Faults, field: str, container: Json, grace: int) -> None:
    lifecycle = container.get("lifecycle", {})
    for name in ("postStart", "preStop"):
        if name in lifecycle:
            _check_handler(faults, f"{field}.lifecycle.{name}", lifecycle[name], grace)
    for name in _PROBES:
        if name in container:
            _check_probe(faults, f"{field}.{name}", container[name], grace)
            if name != "readinessProbe" and container[name]["successThreshold"] != 1:
                threshold = container[name]["successThreshold"]
                faults.invalid(f"{field}.{name}.successThreshold", threshold, "must be 1")


def _check_probe(faults: Faults, field: str, probe: Json, grace: int) -> None:
    _check_handler(faults, field, probe, grace)
    for name in (
        "initialDelaySeconds",
        "timeoutSeconds",
        "periodSeconds",
        "successThreshold",
        "failureThreshold",
    ):
        faults.not_negative(f"{field}.{name}", probe.get(name))


def _check_handler(faults: Faults, field: str, handler: Json, grace: int) -> None:
    given = [name for name in _HANDLERS if name in handler]
    if not given:
        faults.required(field, "must specify a handler type")
        return
    for name in given[1:]:
        faults.forbidden(f"{field}.{name}", "may not specify more than 1 handler type")
    name, action = given[0], handler[given[0]]
    if name == "exec" and not action.get("command"):
        faults.required(f"{field}.exec.command")
    if name in ("httpGet", "tcpSocket"):
        faults.all_invalid(f"{field}.{name}.port", action["port"], port(action["port"]))
    if name == "httpGet" and action["scheme"] not in _SCHEMES:
        faults.unsupported(f"{field}.httpGet.scheme", action["scheme"], _SCHEMES)
    if name == "sleep" and not 0 <= action["seconds"] <= grace:
        why = f"must be non-negative and less than terminationGracePeriodSeconds ({grace})"
        faults.invalid(f"{field}.sleep", action["seconds"], why)
    if name == "grpc":
        faults.all_invalid(f"{field}.grpc.port", action["port"], port_number(action["port"]))
