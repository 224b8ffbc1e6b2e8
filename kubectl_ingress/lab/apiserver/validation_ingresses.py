"""What Ingresses and IngressClasses may not be.

Kubernetes' own: pkg/apis/networking/validation/validation.go.
"""

from __future__ import annotations

from typing import Any

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.validation_fields import Faults
from kubectl_ingress.lab.apiserver.validation_names import (
    dns_label,
    dns_subdomain,
    http_path,
    is_ip,
    path_segment,
    port_name,
    port_number,
    wildcard_subdomain,
)
from kubectl_ingress.lab.apiserver.validation_services import check_balancer_addresses

CLASS_ANNOTATION = "kubernetes.io/ingress.class"
_PATH_TYPES = ("Exact", "ImplementationSpecific", "Prefix")
_FORBIDDEN_PARTS = ("//", "/./", "/../", "%2f", "%2F")
_FORBIDDEN_ENDS = ("/..", "/.")
_SCOPES = ("Cluster", "Namespace")
_LONGEST_CONTROLLER = 250


def check_ingress(faults: Faults, obj: Json) -> None:
    """An Ingress, new or changed."""
    spec = obj["spec"]
    rules, default = spec.get("rules", []), spec.get("defaultBackend")
    if not rules and default is None:
        why = "either `defaultBackend` or `rules` must be specified"
        faults.invalid("spec", None, why)
    if default is not None:
        _check_backend(faults, "spec.defaultBackend", default)
    for index, rule in enumerate(rules):
        _check_rule(faults, f"spec.rules[{index}]", rule)
    for index, tls in enumerate(spec.get("tls", [])):
        field = f"spec.tls[{index}]"
        for number, host in enumerate(tls.get("hosts", [])):
            _check_host(faults, f"{field}.hosts[{number}]", host)
        if name := tls.get("secretName"):
            faults.all_invalid(f"{field}.secretName", name, dns_subdomain(name))
    if "ingressClassName" in spec:
        name = spec["ingressClassName"]
        faults.all_invalid("spec.ingressClassName", name, dns_subdomain(name))
    listed = obj["status"]["loadBalancer"].get("ingress", [])
    check_balancer_addresses(faults, "status.loadBalancer.ingress", listed)


def check_class_once(faults: Faults, obj: Json) -> None:
    """That a new Ingress does not name two classes."""
    annotation = obj["metadata"].get("annotations", {}).get(CLASS_ANNOTATION)
    if annotation is not None and obj["spec"].get("ingressClassName", annotation) != annotation:
        why = "must match `ingressClassName` when both are specified"
        faults.invalid(f"annotations.{CLASS_ANNOTATION}", annotation, why)


def check_ingress_class(faults: Faults, obj: Json) -> None:
    """An IngressClass, new or changed."""
    controller = obj["spec"].get("controller", "")
    if len(controller) > _LONGEST_CONTROLLER:
        faults.too_long("spec.controller", _LONGEST_CONTROLLER)
    domain, _, path = controller.partition("/")
    if not controller:
        faults.required("spec.controller")
    elif not domain or not path:
        why = 'must be a domain-prefixed path (such as "acme.io/foo")'
        faults.invalid("spec.controller", controller, why)
    else:
        faults.all_invalid("spec.controller", domain, dns_subdomain(domain))
        faults.all_invalid("spec.controller", path, http_path(path))
    if "parameters" in obj["spec"]:
        _check_parameters(faults, obj["spec"]["parameters"])


def check_ingress_class_update(faults: Faults, old: Json, new: Json) -> None:
    """What of an IngressClass never changes."""
    before, now = (each["spec"].get("controller", "") for each in (old, new))
    faults.unchanged("spec.controller", now, before)


def _check_rule(faults: Faults, field: str, rule: Json) -> None:
    if host := rule.get("host", ""):
        if is_ip(host):
            faults.invalid(f"{field}.host", host, "must be a DNS name, not an IP address")
        _check_host(faults, f"{field}.host", host)
    if "http" not in rule:
        return
    paths = rule["http"]["paths"] or []
    if not paths:
        faults.required(f"{field}.http.paths")
    for index, path in enumerate(paths):
        _check_path(faults, f"{field}.http.paths[{index}]", path)


def _check_host(faults: Faults, field: str, host: str) -> None:
    faults.all_invalid(field, host, (wildcard_subdomain if "*" in host else dns_subdomain)(host))


def _check_path(faults: Faults, field: str, path: Json) -> None:
    kind, text = path.get("pathType"), path.get("path", "")
    if kind is None:
        faults.required(f"{field}.pathType", "pathType must be specified")
        return
    if kind not in _PATH_TYPES:
        faults.unsupported(f"{field}.pathType", kind, _PATH_TYPES)
    elif (text or kind != "ImplementationSpecific") and not text.startswith("/"):
        faults.invalid(f"{field}.path", text, "must be an absolute path")
    if kind in ("Exact", "Prefix"):
        for part in _FORBIDDEN_PARTS:
            if part in text:
                faults.invalid(f"{field}.path", text, f"must not contain '{part}'")
        for end in _FORBIDDEN_ENDS:
            if text.endswith(end):
                faults.invalid(f"{field}.path", text, f"cannot end with '{end}'")
    _check_backend(faults, f"{field}.backend", path["backend"])


def _check_backend(faults: Faults, field: str, backend: Json) -> None:
    service, resource = backend.get("service"), backend.get("resource")
    if service is not None and resource is not None:
        faults.invalid(field, "", "cannot set both resource and service backends")
    elif resource is not None:
        _check_reference(faults, f"{field}.resource", resource)
    elif service is not None:
        _check_service(faults, field, service)
    else:
        faults.invalid(field, "", "resource or service backend is required")


def _check_service(faults: Faults, field: str, service: Json) -> None:
    if name := service["name"]:
        faults.all_invalid(f"{field}.service.name", name, dns_label(name))
    else:
        faults.required(f"{field}.service.name")
    port_called, number = service["port"].get("name"), service["port"].get("number")
    if port_called and number:
        faults.invalid(field, "", "cannot set both port name & port number")
    elif port_called:
        faults.all_invalid(f"{field}.service.port.name", port_called, port_name(port_called))
    elif number:
        faults.all_invalid(f"{field}.service.port.number", number, port_number(number))
    else:
        faults.required(field, "port name or number is required")


def _check_reference(faults: Faults, field: str, reference: Json) -> None:
    group = reference.get("apiGroup")
    if group is not None:
        faults.all_invalid(f"{field}.apiGroup", group, dns_subdomain(group))
    for name in ("kind", "name"):
        if value := reference[name]:
            faults.all_invalid(f"{field}.{name}", value, path_segment(value))
        else:
            faults.required(f"{field}.{name}")


def _check_parameters(faults: Faults, parameters: Json) -> None:
    field, scope = "spec.parameters", parameters["scope"]
    namespace: Any = parameters.get("namespace")
    if scope not in _SCOPES:
        faults.unsupported(f"{field}.scope", scope, _SCOPES)
    elif scope == "Namespace" and namespace is None:
        faults.required(f"{field}.namespace", "`parameters.scope` is set to 'Namespace'")
    elif scope == "Namespace":
        faults.all_invalid(f"{field}.namespace", namespace, dns_label(namespace))
    elif namespace is not None:
        faults.forbidden(f"{field}.namespace", "`parameters.scope` is set to 'Cluster'")
    _check_reference(faults, field, parameters)
