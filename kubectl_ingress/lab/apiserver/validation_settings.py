"""What ConfigMaps, Secrets, rights, webhooks, Nodes and Events may not be.

Kubernetes' own: pkg/apis/{core,rbac,admissionregistration}/validation/validation.go.
"""

from __future__ import annotations

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.rbac import GROUP as RBAC
from kubectl_ingress.lab.apiserver.validation_fields import Faults
from kubectl_ingress.lab.apiserver.validation_metadata import check_selector
from kubectl_ingress.lab.apiserver.validation_names import (
    config_key,
    dns_1035_label,
    dns_subdomain,
    label_key,
    path_segment,
    port_number,
)
from kubectl_ingress.lab.apiserver.validation_pods import EFFECTS

_WHEN_SET = "field is immutable when `immutable` is set"
_LARGEST = 1024 * 1024
# A Secret's type -> the keys that must be there.
_KEYS = {
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
}
_ACCOUNT = "kubernetes.io/service-account.name"
_PASSWORD = ("username", "password")
_OPERATIONS = ("*", "CONNECT", "CREATE", "DELETE", "UPDATE")
_RULE_SCOPES = ("*", "Cluster", "Namespaced")
_TIMEOUTS = range(1, 31)


def check_config_map(faults: Faults, obj: Json) -> None:
    """A ConfigMap."""
    data, binary = obj.get("data", {}), obj.get("binaryData", {})
    for key in data:
        faults.all_invalid(f"data[{key}]", key, config_key(key))
        if key in binary:
            faults.invalid(f"data[{key}]", key, "duplicate of key present in binaryData")
    for key in binary:
        faults.all_invalid(f"binaryData[{key}]", key, config_key(key))
    size = sum(len(text.encode()) for text in data.values())
    if size + _decoded(binary) > _LARGEST:
        faults.too_long("", _LARGEST)


def check_secret(faults: Faults, obj: Json) -> None:
    """A Secret."""
    data, kind = obj.get("data", {}), obj["type"]
    for key in data:
        faults.all_invalid(f"data[{key}]", key, config_key(key))
    if _decoded(data) > _LARGEST:
        faults.too_long("data", _LARGEST)
    needed = _KEYS.get(kind, ())
    if kind == "kubernetes.io/basic-auth" and not set(_PASSWORD) & set(data):
        needed = _PASSWORD
    for key in needed:
        if key not in data:
            faults.required(f"data[{key}]")
    account = obj["metadata"].get("annotations", {}).get(_ACCOUNT)
    if kind == "kubernetes.io/service-account-token" and not account:
        faults.required(f"metadata.annotations[{_ACCOUNT}]")


def check_immutable(faults: Faults, old: Json, new: Json) -> None:
    """What of a ConfigMap or Secret never changes."""
    if "type" in old:
        faults.unchanged("type", new.get("type"), old["type"])
    if old.get("immutable"):
        if not new.get("immutable"):
            faults.forbidden("immutable", _WHEN_SET)
        for key in ("data", "binaryData"):
            if old.get(key, {}) != new.get(key, {}):
                faults.forbidden(key, _WHEN_SET)


def check_role(faults: Faults, obj: Json) -> None:
    """A Role or ClusterRole."""
    namespaced = obj["kind"] == "Role"
    for index, rule in enumerate(obj["rules"] or []):
        field, urls = f"rules[{index}]", rule.get("nonResourceURLs")
        if urls:
            if namespaced:
                why = "namespaced rules cannot apply to non-resource URLs"
                faults.invalid(f"{field}.nonResourceURLs", urls, why)
            if any(rule.get(key) for key in ("apiGroups", "resources", "resourceNames")):
                why = "rules cannot apply to both regular resources and non-resource URLs"
                faults.invalid(f"{field}.nonResourceURLs", urls, why)
            continue
        for key, what in (("apiGroups", "api group"), ("resources", "resource")):
            if not rule.get(key):
                why = f"resource rules must supply at least one {what}"
                faults.required(f"{field}.{key}", why)
    if "aggregationRule" in obj:
        _check_aggregation(faults, obj["aggregationRule"].get("clusterRoleSelectors", []))
    for index, rule in enumerate(obj["rules"] or []):
        if not rule["verbs"]:
            faults.required(f"rules[{index}].verbs")


def check_role_binding(faults: Faults, obj: Json) -> None:
    """A RoleBinding or ClusterRoleBinding."""
    namespaced, reference = obj["kind"] == "RoleBinding", obj["roleRef"]
    kinds = ("Role", "ClusterRole") if namespaced else ("ClusterRole",)
    if reference["apiGroup"] != RBAC:
        faults.unsupported("roleRef.apiGroup", reference["apiGroup"], (RBAC,))
    if reference["kind"] not in kinds:
        faults.unsupported("roleRef.kind", reference["kind"], kinds)
    if name := reference["name"]:
        faults.all_invalid("roleRef.name", name, path_segment(name))
    subjects = obj.get("subjects", [])
    for index, subject in enumerate(subjects):
        _check_subject(faults, f"subjects[{index}]", subject, namespaced=namespaced)
    for index, subject in enumerate(subjects):
        if not subject["name"]:
            faults.required(f"subjects[{index}].name")
    if not reference["name"]:
        faults.required("roleRef.name")


def check_role_unchanged(faults: Faults, old: Json, new: Json) -> None:
    """The role of a binding."""
    if old["roleRef"] != new["roleRef"]:
        reference = new["roleRef"]
        # The server shows Go's names.
        shown = {
            "APIGroup": reference["apiGroup"],
            "Kind": reference["kind"],
            "Name": reference["name"],
        }
        faults.invalid("roleRef", shown, "field is immutable")


def check_webhooks(faults: Faults, obj: Json) -> None:
    """The webhooks of a configuration, validating or mutating."""
    names: set[str] = set()
    for index, webhook in enumerate(obj.get("webhooks", [])):
        field = f"webhooks[{index}]"
        _check_webhook(faults, field, webhook)
        versions = webhook["admissionReviewVersions"] or []
        if not versions:
            faults.required(f"{field}.admissionReviewVersions", "must specify one of v1, v1beta1")
        for number, version in enumerate(versions):
            place = f"{field}.admissionReviewVersions[{number}]"
            faults.all_invalid(place, version, dns_1035_label(version))
        if versions and not {"v1", "v1beta1"} & set(versions):
            why = "must include at least one of v1, v1beta1"
            faults.invalid(f"{field}.admissionReviewVersions", versions, why)
        if webhook["name"] in names:
            faults.duplicate(f"{field}.name", webhook["name"])
        names.add(webhook["name"])


def check_node(faults: Faults, obj: Json) -> None:
    """A Node."""
    for index, taint in enumerate(obj["spec"].get("taints", [])):
        # The server names the place so.
        field, key = f"metadata.taints[{index}]", taint["key"]
        faults.all_invalid(f"{field}.key", key, label_key(key))
        faults.one_of(f"{field}.effect", taint["effect"], EFFECTS)


def check_node_update(faults: Faults, old: Json, new: Json) -> None:
    """What of a Node never changes once it is set."""
    before, spec = old["spec"], new["spec"]
    known, provider = before.get("providerID"), spec.get("providerID")
    if known and known != provider:
        how = "modified" if provider else "cleared"
        faults.invalid("spec.providerID", None, f"field cannot be {how} once set")
    if before.get("podCIDRs") and before["podCIDRs"] != spec.get("podCIDRs"):
        why = 'node updates may not change podCIDR except from "" to valid'
        faults.forbidden("spec.podCIDRs", why)


def check_event(faults: Faults, obj: Json) -> None:
    """An Event of either API."""
    about = obj.get("involvedObject") or obj.get("regarding") or {}
    namespace, own = about.get("namespace", ""), obj["metadata"].get("namespace", "")
    if namespace != own if namespace else own != "default":
        why = "does not match event.namespace"
        faults.invalid("involvedObject.namespace", namespace, why)


def _decoded(data: Json) -> int:
    """The size in bytes of values in base64."""
    return sum(len(text) // 4 * 3 - text[-2:].count("=") for text in data.values())


def _check_aggregation(faults: Faults, selectors: list[Json]) -> None:
    field = "aggregationRule.clusterRoleSelectors"
    if not selectors:
        why = "at least one clusterRoleSelector required if aggregationRule is non-nil"
        faults.required(field, why)
    for index, selector in enumerate(selectors):
        check_selector(faults, f"{field}[{index}]", selector)


def _check_subject(faults: Faults, field: str, subject: Json, *, namespaced: bool) -> None:
    kind, name, group = subject["kind"], subject["name"], subject.get("apiGroup", "")
    if kind == "ServiceAccount":
        if name:
            faults.all_invalid(f"{field}.name", name, dns_subdomain(name))
        if group:
            faults.unsupported(f"{field}.apiGroup", group, ("",))
        if not namespaced and not subject.get("namespace"):
            faults.required(f"{field}.namespace")
    elif kind not in ("User", "Group"):
        faults.unsupported(f"{field}.kind", kind, ("ServiceAccount", "User", "Group"))
    elif group != RBAC:
        faults.unsupported(f"{field}.apiGroup", group, (RBAC,))


def _check_webhook(faults: Faults, field: str, webhook: Json) -> None:
    name, effects = webhook["name"], webhook.get("sideEffects")
    if not name:
        faults.required(f"{field}.name")
    elif reasons := list(dns_subdomain(name)):
        faults.invalid(f"{field}.name", name, ",".join(reasons))
    elif name.count(".") < 2:
        why = "should be a domain with at least three segments separated by dots"
        faults.invalid(f"{field}.name", name, why)
    for index, rule in enumerate(webhook.get("rules", [])):
        _check_rule(faults, f"{field}.rules[{index}]", rule)
    for key, known in (
        ("failurePolicy", ("Fail", "Ignore")),
        ("matchPolicy", ("Equivalent", "Exact")),
    ):
        if webhook[key] not in known:
            faults.unsupported(f"{field}.{key}", webhook[key], known)
    if effects is None:
        faults.required(f"{field}.sideEffects", "must specify one of None, NoneOnDryRun")
    elif effects not in ("None", "NoneOnDryRun"):
        faults.unsupported(f"{field}.sideEffects", effects, ("None", "NoneOnDryRun"))
    if webhook["timeoutSeconds"] not in _TIMEOUTS:
        why = "the timeout value must be between 1 and 30 seconds"
        faults.invalid(f"{field}.timeoutSeconds", webhook["timeoutSeconds"], why)
    for key in ("namespaceSelector", "objectSelector"):
        check_selector(faults, f"{field}.{key}", webhook[key])
    _check_client(faults, f"{field}.clientConfig", webhook["clientConfig"])


def _check_rule(faults: Faults, field: str, rule: Json) -> None:
    operations = rule.get("operations", [])
    if not operations:
        faults.required(f"{field}.operations")
    for index, operation in enumerate(operations):
        if operation not in _OPERATIONS:
            faults.unsupported(f"{field}.operations[{index}]", operation, _OPERATIONS)
    for key in ("apiGroups", "apiVersions", "resources"):
        if not rule.get(key):
            faults.required(f"{field}.{key}")
    if rule["scope"] not in _RULE_SCOPES:
        faults.unsupported(f"{field}.scope", rule["scope"], _RULE_SCOPES)


def _check_client(faults: Faults, field: str, client: Json) -> None:
    url, service = client.get("url"), client.get("service")
    if (url is None) == (service is None):
        faults.required(field, "exactly one of url or service is required")
    elif url is not None and not url.startswith("https://"):
        why = "'https' is the only allowed URL scheme; desired format: https://host[/path]"
        faults.invalid(f"{field}.url", url.partition(":")[0], why)
    elif service is not None:
        # The server mixes these two up.
        for key, named in (("name", "namespace"), ("namespace", "name")):
            if not service[key]:
                faults.required(f"{field}.service.{named}")
        if reasons := list(port_number(service["port"])):
            why = f"port is not valid: {', '.join(reasons)}"
            faults.invalid(f"{field}.service.port", service["port"], why)
