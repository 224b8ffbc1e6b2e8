"""What a pod and a pod template may not be, and what of a pod may change.

Kubernetes' own: pkg/apis/core/validation/validation.go. Left out is what hardly anybody
writes: affinity's details, dynamic resources, Windows, scheduling gates.
"""

from __future__ import annotations

import copy

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.validation_containers import check_containers, check_users
from kubectl_ingress.lab.apiserver.validation_fields import Faults
from kubectl_ingress.lab.apiserver.validation_internal import difference
from kubectl_ingress.lab.apiserver.validation_metadata import check_annotations, check_labels
from kubectl_ingress.lab.apiserver.validation_names import (
    between,
    dns_label,
    dns_subdomain,
    ip_address,
    label_key,
    label_value,
)
from kubectl_ingress.lab.apiserver.validation_volumes import check_volumes

RESTART_POLICIES = ("Always", "OnFailure", "Never")
_DNS_POLICIES = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")
EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_LONGEST_DEADLINE = 2**31 - 1
_CHANGEABLE = (
    "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
    "`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)


def check_pod(faults: Faults, pod: Json) -> None:
    """A Pod, new or changed."""
    spec = pod["spec"]
    check_pod_spec(faults, "spec", spec, is_pod=True)
    faults.not_negative("spec.terminationGracePeriodSeconds", spec["terminationGracePeriodSeconds"])
    for name in ("containers", "initContainers"):
        for index, container in enumerate(spec.get(name) or []):
            image = container.get("image", "")
            if image != image.strip():
                why = "must not have leading or trailing whitespace"
                faults.invalid(f"spec.{name}[{index}].image", image, why)


def check_template(faults: Faults, place: str, template: Json) -> None:
    """The pod template of a workload."""
    meta = template["metadata"]
    check_labels(faults, f"{place}.labels", meta.get("labels"))
    check_annotations(faults, f"{place}.annotations", meta.get("annotations"))
    check_pod_spec(faults, f"{place}.spec", template["spec"])


def check_pod_spec(faults: Faults, place: str, spec: Json, *, is_pod: bool = False) -> None:
    """The spec of a Pod or of a template."""
    volumes = check_volumes(faults, f"{place}.volumes", spec.get("volumes", []))
    check_containers(faults, place, spec, volumes)
    if spec.get("hostNetwork"):
        _check_host_network(faults, place, spec, is_pod=is_pod)
    policy = spec["restartPolicy"]
    if policy not in RESTART_POLICIES:
        faults.unsupported(f"{place}.restartPolicy", policy, RESTART_POLICIES)
    if spec["dnsPolicy"] not in _DNS_POLICIES:
        faults.unsupported(f"{place}.dnsPolicy", spec["dnsPolicy"], _DNS_POLICIES)
    check_labels(faults, f"{place}.nodeSelector", spec.get("nodeSelector"))
    check_users(faults, f"{place}.securityContext", spec["securityContext"])
    _check_dns(faults, f"{place}.dnsConfig", spec)
    for name in ("serviceAccountName", "nodeName"):
        if spec.get(name):
            faults.all_invalid(f"{place}.{name}", spec[name], dns_subdomain(spec[name]))
    deadline = spec.get("activeDeadlineSeconds", 1)
    if not 1 <= deadline <= _LONGEST_DEADLINE:
        why = between(1, _LONGEST_DEADLINE)
        faults.invalid(f"{place}.activeDeadlineSeconds", deadline, why)
    for name in ("hostname", "subdomain"):
        if spec.get(name):
            faults.all_invalid(f"{place}.{name}", spec[name], dns_label(spec[name]))
    _check_tolerations(faults, f"{place}.tolerations", spec.get("tolerations", []))


def check_pod_update(faults: Faults, old: Json, new: Json) -> None:
    """That of a Pod's spec only its images, deadline and tolerations change."""
    before, spec = old["spec"], new["spec"]
    for name in ("containers", "initContainers"):
        if len(before.get(name) or []) != len(spec.get(name) or []):
            faults.forbidden(f"spec.{name}", "pod updates may not add or remove containers")
            return
    deadline, last = spec.get("activeDeadlineSeconds"), before.get("activeDeadlineSeconds")
    field = "spec.activeDeadlineSeconds"
    if deadline is not None and last is not None and deadline > last:
        faults.invalid(field, deadline, "must be less than or equal to previous value")
        return
    if deadline is None and last is not None:
        faults.invalid(field, None, "must not update from a positive integer to nil value")
    kept = [_timeless(each) for each in spec.get("tolerations", [])]
    if any(_timeless(each) not in kept for each in before.get("tolerations", [])):
        why = "existing toleration can not be modified except its tolerationSeconds"
        faults.forbidden("spec.tolerations", why)
    compared = _with_changeable_of(before, spec)
    if compared != before:
        why = f"pod updates may not change fields other than {_CHANGEABLE}\n"
        faults.forbidden("spec", why + difference("PodSpec", before, compared))


def _with_changeable_of(before: Json, spec: Json) -> Json:
    """The new spec, with the old one's values in the fields that may change."""
    compared = copy.deepcopy(spec)
    for name in ("containers", "initContainers"):
        for old, container in zip(before.get(name) or [], compared.get(name) or [], strict=True):
            container["image"] = old.get("image", "")
    for name in ("activeDeadlineSeconds", "tolerations"):
        compared.pop(name, None)
        if name in before:
            compared[name] = before[name]
    return compared


def _timeless(toleration: Json) -> Json:
    return {key: value for key, value in toleration.items() if key != "tolerationSeconds"}


def _check_host_network(faults: Faults, place: str, spec: Json, *, is_pod: bool) -> None:
    for number, container in enumerate(spec["containers"] or []):
        for index, each in enumerate(container.get("ports", [])):
            host = each.get("hostPort", 0)
            if (is_pod or host) and host != each["containerPort"]:
                field = f"{place}.containers[{number}].ports[{index}].hostPort"
                why = "must match `containerPort` when `hostNetwork` is true"
                faults.invalid(field, host, why)


def _check_dns(faults: Faults, field: str, spec: Json) -> None:
    config = spec.get("dnsConfig")
    servers = (config or {}).get("nameservers", [])
    if spec["dnsPolicy"] == "None" and config is None:
        faults.required(field, "must provide `dnsConfig` when `dnsPolicy` is None")
    elif spec["dnsPolicy"] == "None" and not servers:
        why = "must provide at least one DNS nameserver when `dnsPolicy` is None"
        faults.required(f"{field}.nameservers", why)
    for index, server in enumerate(servers):
        faults.all_invalid(f"{field}.nameservers[{index}]", server, ip_address(server))


def _check_tolerations(faults: Faults, place: str, tolerations: list[Json]) -> None:
    for index, each in enumerate(tolerations):
        field, key, value = f"{place}[{index}]", each.get("key", ""), each.get("value", "")
        operator, effect = each.get("operator", ""), each.get("effect", "")
        if key:
            faults.all_invalid(f"{field}.key", key, label_key(key))
        elif operator != "Exists":
            why = 'operator must be Exists when `key` is empty, which means "match all values and '
            faults.invalid(f"{field}.operator", operator, why + 'all keys"')
        if "tolerationSeconds" in each and effect != "NoExecute":
            why = "effect must be 'NoExecute' when `tolerationSeconds` is set"
            faults.invalid(f"{field}.effect", effect, why)
        if operator in ("Equal", ""):
            if reasons := list(label_value(value)):
                faults.invalid(f"{field}.operator", value, ";".join(reasons))
        elif operator == "Exists" and value:
            why = "value must be empty when `operator` is 'Exists'"
            faults.invalid(f"{field}.operator", value, why)
        elif operator != "Exists":
            faults.unsupported(f"{field}.operator", operator, ("Equal", "Exists"))
        if effect and effect not in EFFECTS:
            faults.unsupported(f"{field}.effect", effect, EFFECTS)
