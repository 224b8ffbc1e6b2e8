"""Names, labels, annotations and selectors: what all kinds have in common.

Kubernetes' own: staging/src/k8s.io/apimachinery/pkg/api/validation/objectmeta.go and
pkg/apis/meta/v1/validation/validation.go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.rbac import GROUP as RBAC
from kubectl_ingress.lab.apiserver.resources import Resource
from kubectl_ingress.lab.apiserver.validation_fields import Faults
from kubectl_ingress.lab.apiserver.validation_names import (
    dns_label,
    dns_subdomain,
    label_key,
    label_value,
    path_segment,
)

NameRule = Callable[[str], Iterator[str]]
_RULES: dict[str, NameRule] = {"Namespace": dns_label, "Service": dns_label}
_ANNOTATIONS_BYTES = 256 * 1024
_OWNER_KEYS = ("apiVersion", "kind", "name", "uid")


def check_metadata(faults: Faults, resource: Resource, obj: Json) -> None:
    """Of a new object: its name exists already, be it a generated one."""
    meta = obj["metadata"]
    rule = _rule_of(resource)
    if prefix := meta.get("generateName"):
        # A dash at its end will be followed by something.
        whole = prefix[:-1] + "a" if len(prefix) > 1 and prefix.endswith("-") else prefix
        faults.all_invalid("metadata.generateName", prefix, rule(whole))
    if name := meta.get("name"):
        faults.all_invalid("metadata.name", name, rule(name))
    else:
        faults.required("metadata.name", "name or generateName is required")
    if resource.namespaced:
        namespace = meta.get("namespace", "")
        if namespace:
            faults.all_invalid("metadata.namespace", namespace, dns_label(namespace))
        else:
            faults.required("metadata.namespace")
    _check_contents(faults, meta)


def check_metadata_update(faults: Faults, old: Json, new: Json) -> None:
    """Of an object that exists."""
    before, meta = old["metadata"], new["metadata"]
    if "deletionTimestamp" in before:
        known = before.get("finalizers", [])
        added = sorted(set(meta.get("finalizers", [])) - set(known))
        if added:
            listed = ", ".join(f'"{each}"' for each in added)
            rule = "no new finalizers can be added if the object is being deleted"
            why = f"{rule}, found new finalizers []string{{{listed}}}"
            faults.forbidden("metadata.finalizers", why)
    if meta.get("generation", 0) < before.get("generation", 0):
        faults.invalid("metadata.generation", meta.get("generation", 0), "must not be decremented")
    for key in ("name", "namespace", "uid"):
        faults.unchanged(f"metadata.{key}", meta.get(key, ""), before.get(key, ""))
    for key in ("deletionTimestamp", "deletionGracePeriodSeconds"):
        faults.unchanged(f"metadata.{key}", meta.get(key), before.get(key))
    _check_contents(faults, meta)


def check_labels(faults: Faults, field: str, labels: Json | None) -> None:
    """Labels, a Service's selector, a pod's nodeSelector."""
    for key, value in (labels or {}).items():
        faults.all_invalid(field, key, label_key(key))
        faults.all_invalid(field, value, label_value(value))


def check_annotations(faults: Faults, field: str, annotations: Json | None) -> None:
    """Annotations; their keys may have capitals."""
    for key in annotations or {}:
        faults.all_invalid(field, key, label_key(key.lower()))
    size = sum(len(k.encode()) + len(v.encode()) for k, v in (annotations or {}).items())
    if size > _ANNOTATIONS_BYTES:
        faults.too_long(field, _ANNOTATIONS_BYTES)


def check_selector(faults: Faults, field: str, selector: Json | None) -> None:
    """A label selector with its expressions."""
    if selector is None:
        return
    check_labels(faults, f"{field}.matchLabels", selector.get("matchLabels"))
    for index, expression in enumerate(selector.get("matchExpressions", [])):
        place = f"{field}.matchExpressions[{index}]"
        operator, values = expression["operator"], expression.get("values", [])
        if operator in ("In", "NotIn"):
            if not values:
                faults.required(
                    f"{place}.values", "must be specified when `operator` is 'In' or 'NotIn'"
                )
        elif operator in ("Exists", "DoesNotExist"):
            if values:
                why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
                faults.forbidden(f"{place}.values", why)
        else:
            faults.invalid(f"{place}.operator", operator, "not a valid selector operator")
        faults.all_invalid(f"{place}.key", expression["key"], label_key(expression["key"]))
        for number, value in enumerate(values):
            faults.all_invalid(f"{place}.values[{number}]", value, label_value(value))


def is_usable(selector: Json | None) -> bool:
    """Whether a selector can be evaluated at all."""
    faults = Faults()
    check_selector(faults, "", selector)
    return not faults


def selector_value(selector: Json) -> Json:
    """A selector as Go writes it into a message: in the order of its type."""
    expressions = [
        {key: each[key] for key in ("key", "operator", "values") if key in each}
        for each in selector.get("matchExpressions", [])
    ]
    labels = sorted_map(selector.get("matchLabels"))
    parts = {"matchLabels": labels, "matchExpressions": expressions}
    return {key: value for key, value in parts.items() if value}


def sorted_map(labels: Json | None) -> Json | None:
    """Labels as Go writes them into a message."""
    return dict(sorted(labels.items())) if labels else None


def _rule_of(resource: Resource) -> NameRule:
    if resource.group == RBAC or resource.kind == "Event":
        return path_segment
    return _RULES.get(resource.kind, dns_subdomain)


def _check_contents(faults: Faults, meta: Json) -> None:
    check_labels(faults, "metadata.labels", meta.get("labels"))
    check_annotations(faults, "metadata.annotations", meta.get("annotations"))
    owners = meta.get("ownerReferences", [])
    for index, owner in enumerate(owners):
        for key in _OWNER_KEYS:
            if not owner.get(key):
                faults.required(f"metadata.ownerReferences[{index}].{key}", "must not be empty")
    leading = [f"{each['kind']}/{each['name']}" for each in owners if each.get("controller")]
    if len(leading) > 1:
        why = "Only one reference can have Controller set to true. Found "
        why += f'"true" in references for {leading[0]} and {leading[1]}'
        faults.invalid("metadata.ownerReferences", owners, why)
    for finalizer in meta.get("finalizers", []):
        faults.all_invalid("metadata.finalizers", finalizer, label_key(finalizer))
