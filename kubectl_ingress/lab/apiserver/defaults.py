"""What the API server adds to an object that it has read: the fields that nobody gave.

Kubernetes' own: pkg/apis/*/v1/defaults.go and zz_generated.defaults.go.
"""

from __future__ import annotations

import base64
from collections.abc import Callable

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.decoding import complete
from kubectl_ingress.lab.apiserver.defaults_amounts import round_amounts
from kubectl_ingress.lab.apiserver.defaults_pods import default_pod, default_pod_spec, fill
from kubectl_ingress.lab.apiserver.rbac import GROUP as RBAC
from kubectl_ingress.lab.apiserver.resources import Resource
from kubectl_ingress.lab.apiserver.schema import type_of
from kubectl_ingress.lab.apiserver.strategy_services import is_external

# What a kind gets in every case.
_FIXED: dict[str, Json] = {
    "DaemonSet": {
        "spec": {"revisionHistoryLimit": 10, "updateStrategy": {"type": "RollingUpdate"}}
    },
    "Deployment": {
        "spec": {
            "progressDeadlineSeconds": 600,
            "replicas": 1,
            "revisionHistoryLimit": 10,
            "strategy": {"type": "RollingUpdate"},
        }
    },
    "Job": {
        "spec": {"completionMode": "NonIndexed", "manualSelector": False, "suspend": False},
    },
    "Namespace": {"status": {"phase": "Active"}},
    "ReplicaSet": {"spec": {"replicas": 1}},
    "Secret": {"type": "Opaque"},
    "Service": {"spec": {"sessionAffinity": "None", "type": "ClusterIP"}},
}
_WEBHOOK: Json = {
    "failurePolicy": "Fail",
    "matchPolicy": "Equivalent",
    "namespaceSelector": {},
    "objectSelector": {},
    "timeoutSeconds": 10,
}
_STICKY_SECONDS = 10800
_NO_RETRIES_LIMIT = 2**31 - 1


def set_defaults(resource: Resource, obj: Json) -> None:
    """Make a decoded object, in place, what the server would read back."""
    known = type_of(resource)
    complete(known, obj)
    round_amounts(known, obj)
    fill(obj, _FIXED.get(resource.kind, {}))
    if special := _SPECIAL.get(resource.kind):
        special(obj)


def _deployment(obj: Json) -> None:
    strategy = obj["spec"]["strategy"]
    if strategy["type"] == "RollingUpdate":
        fill(strategy, {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}})
    _template(obj)


def _daemon_set(obj: Json) -> None:
    strategy = obj["spec"]["updateStrategy"]
    if strategy["type"] == "RollingUpdate":
        fill(strategy, {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}})
    _template(obj)


def _template(obj: Json) -> None:
    default_pod_spec(obj["spec"]["template"]["spec"])


def _job(obj: Json) -> None:
    spec = obj["spec"]
    if "parallelism" not in spec:
        spec.setdefault("completions", 1)
    by_index, by_rules = "backoffLimitPerIndex" in spec, "podFailurePolicy" in spec
    defaults = {
        "backoffLimit": _NO_RETRIES_LIMIT if by_index else 6,
        "parallelism": 1,
        "podReplacementPolicy": "Failed" if by_rules else "TerminatingOrFailed",
    }
    fill(spec, defaults)
    for rule in spec.get("podFailurePolicy", {}).get("rules") or []:
        for pattern in rule.get("onPodConditions", []):
            pattern["status"] = pattern["status"] or "True"
    labels = spec["template"]["metadata"].get("labels")
    if labels and "labels" not in obj["metadata"]:
        # One and the same map, as in the server: labels that strategy.py adds are in both.
        obj["metadata"]["labels"] = labels
    _template(obj)


def _service(obj: Json) -> None:
    spec = obj["spec"]
    kind, sticky = spec["type"], spec["sessionAffinity"]
    if sticky == "None":
        spec.pop("sessionAffinityConfig", None)
    elif sticky == "ClientIP":
        fill(spec, {"sessionAffinityConfig": {"clientIP": {"timeoutSeconds": _STICKY_SECONDS}}})
    for port in spec.get("ports", []):
        port.setdefault("protocol", "TCP")
        port["targetPort"] = port["targetPort"] or port["port"]
    if is_external(spec):
        spec.setdefault("externalTrafficPolicy", "Cluster")
    if kind in ("ClusterIP", "NodePort", "LoadBalancer"):
        spec.setdefault("internalTrafficPolicy", "Cluster")
    if kind == "LoadBalancer":
        spec.setdefault("allocateLoadBalancerNodePorts", True)
        for address in obj["status"]["loadBalancer"].get("ingress", []):
            if "ip" in address:
                address.setdefault("ipMode", "VIP")


def _ingress_class(obj: Json) -> None:
    if "parameters" in obj["spec"]:
        fill(obj["spec"]["parameters"], {"scope": "Cluster"})


def _endpoints(obj: Json) -> None:
    for subset in obj.get("subsets", []):
        for port in subset.get("ports", []):
            port.setdefault("protocol", "TCP")


def _endpoint_slice(obj: Json) -> None:
    for port in obj["ports"] or []:
        fill(port, {"name": "", "protocol": "TCP"})


def _secret(obj: Json) -> None:
    for key, text in obj.pop("stringData", {}).items():
        obj.setdefault("data", {})[key] = base64.b64encode(text.encode()).decode()


def _namespace(obj: Json) -> None:
    if name := obj["metadata"].get("name"):
        obj["metadata"].setdefault("labels", {})["kubernetes.io/metadata.name"] = name


def _node(obj: Json) -> None:
    spec, status = obj["spec"], obj["status"]
    if "podCIDR" in spec:
        spec.setdefault("podCIDRs", [spec["podCIDR"]])
    if "capacity" in status:
        status.setdefault("allocatable", dict(status["capacity"]))


def _role_binding(obj: Json) -> None:
    obj["roleRef"]["apiGroup"] = obj["roleRef"]["apiGroup"] or RBAC
    for subject in obj.get("subjects", []):
        if subject["kind"] in ("User", "Group"):
            subject.setdefault("apiGroup", RBAC)


def _webhooks(obj: Json) -> None:
    for webhook in obj.get("webhooks", []):
        fill(webhook, _WEBHOOK)
        if "service" in webhook["clientConfig"]:
            fill(webhook["clientConfig"]["service"], {"port": 443})
        for rule in webhook.get("rules", []):
            rule.setdefault("scope", "*")


def _mutating_webhooks(obj: Json) -> None:
    _webhooks(obj)
    for webhook in obj.get("webhooks", []):
        webhook.setdefault("reinvocationPolicy", "Never")


_SPECIAL: dict[str, Callable[[Json], None]] = {
    "ClusterRoleBinding": _role_binding,
    "DaemonSet": _daemon_set,
    "Deployment": _deployment,
    "Endpoints": _endpoints,
    "EndpointSlice": _endpoint_slice,
    "IngressClass": _ingress_class,
    "Job": _job,
    "MutatingWebhookConfiguration": _mutating_webhooks,
    "Namespace": _namespace,
    "Node": _node,
    "Pod": default_pod,
    "ReplicaSet": _template,
    "RoleBinding": _role_binding,
    "Secret": _secret,
    "Service": _service,
    "ValidatingWebhookConfiguration": _webhooks,
}
