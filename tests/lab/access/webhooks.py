"""Webhooks that deny or fail, and rules that match: rows for a real API server and the lab's.

What the real one answered is in data/access/admission.json.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Any

from tests.lab.access.webhook_server import ANSWERS, NAMESPACE, WebhookServer

Json = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """One webhook, called for one ConfigMap; ``url`` names a listener instead of a Service."""

    path: str = "/allow"
    service: str = "hook"
    url: str = ""
    port: int = 443
    ca: str = "ca"
    policy: str = "Fail"
    timeout: int = 10

    @property
    def id(self) -> str:
        parts = (self.url and f"url-{self.url}", self.service if not self.url else "", self.path)
        more = (
            f"port{self.port}" if self.port != 443 else "",
            self.ca if self.ca != "ca" else "",
            self.policy if self.policy != "Fail" else "",
        )
        return re.sub(r"[^a-z0-9]+", "-", ".".join(filter(None, (*parts, *more))).lower())

    @property
    def name(self) -> str:
        """Of the webhook: three segments at least."""
        return f"{self.id}.hooks.example.com"

    def configuration(self, server: WebhookServer) -> Json:
        """The ValidatingWebhookConfiguration, for ConfigMaps with the label case=ID."""
        client: Json = {
            "service": {
                "namespace": NAMESPACE,
                "name": self.service,
                "path": self.path,
                "port": self.port,
            }
        }
        if self.url:
            client = {"url": f"https://{server.ip}:{server.ports[self.url]}{self.path}"}
        bundle = {"ca": server.ca, "other_ca": server.other_ca, "none": ""}[self.ca]
        if bundle:
            client["caBundle"] = base64.b64encode(bundle.encode()).decode()
        rule = {
            "operations": ["CREATE"],
            "apiGroups": [""],
            "apiVersions": ["v1"],
            "resources": ["configmaps"],
            "scope": "*",
        }
        return _configuration(
            self.id,
            {
                "name": self.name,
                "clientConfig": client,
                "rules": [rule],
                "failurePolicy": self.policy,
                "timeoutSeconds": self.timeout,
                "objectSelector": {"matchLabels": {"case": self.id}},
            },
        )


def _configuration(name: str, webhook: Json) -> Json:
    common = {"admissionReviewVersions": ["v1"], "sideEffects": "None"}
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": name},
        "webhooks": [common | webhook],
    }


CALLS: tuple[Call, ...] = (
    *(Call(path) for path in ANSWERS),
    Call("/cut"),
    Call("/cut-head"),
    Call("/no-http"),
    Call("/chunked"),
    Call("/until-close"),
    Call("/close"),
    Call("/hang", timeout=1),
    Call("/hang-body", timeout=1),
    Call("/deny", policy="Ignore"),
    Call("/500", policy="Ignore"),
    Call("/hang", policy="Ignore", timeout=1),
    Call("/wrong-uid", policy="Ignore"),
    *(
        Call(service=service)
        for service in (
            "refused",
            "none",
            "no-slices",
            "not-ready",
            "unknown-ready",
            "missing",
            "external",
            "untrusted",
            "same-name",
            "misnamed",
            "ip-named",
            "unnamed",
            "expired",
            "early",
            "starred",
            "plain",
            "garbage",
            "slam",
            "two-ports",
        )
    ),
    Call(service="mute", timeout=1),
    Call(service="two-ports", port=8443),
    Call(port=444),
    Call(service="refused", policy="Ignore"),
    Call(service="missing", policy="Ignore"),
    Call(ca="other_ca"),
    Call(ca="none"),
    Call(service="same-name", ca="other_ca"),
    Call(url="hook"),
    Call("", url="hook"),
    Call(url="refused"),
    Call(url="misnamed"),
)


def backends(server: WebhookServer) -> list[tuple[str, Json]]:
    """The Services and EndpointSlices, as (path of the collection, object)."""
    found: list[tuple[str, Json]] = []

    def service(name: str, **spec: object) -> None:
        body = {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": name, "namespace": NAMESPACE},
        }
        ports = {"ports": [{"port": 443}]}
        found.append(
            (
                f"/api/v1/namespaces/{NAMESPACE}/services",
                body | {"spec": {"type": "ClusterIP", **ports, **spec}},
            )
        )

    def endpoints(name: str, *endpoints: Json, **ports: int) -> None:
        body = {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {
                "name": f"{name}-1",
                "namespace": NAMESPACE,
                "labels": {"kubernetes.io/service-name": name},
            },
            "addressType": "IPv4",
            "ports": [
                {"name": "" if port == "_" else port, "port": number, "protocol": "TCP"}
                for port, number in ports.items()
            ],
            "endpoints": list(endpoints),
        }
        path = f"/apis/discovery.k8s.io/v1/namespaces/{NAMESPACE}/endpointslices"
        found.append((path, body))

    def at(ready: bool | None) -> Json:
        return {"addresses": [server.ip], "conditions": {} if ready is None else {"ready": ready}}

    for name, port in server.ports.items():
        service(name)
        endpoints(name, at(True), _=port)
    service("none")
    endpoints("none", _=443)
    service("no-slices")
    service("not-ready")
    endpoints("not-ready", at(False), _=server.ports["hook"])
    service("unknown-ready")
    endpoints("unknown-ready", at(None), _=server.ports["starred"])
    service("external", type="ExternalName", externalName="a.example")
    named = [{"name": "a", "port": 443}, {"name": "b", "port": 8443}]
    service("two-ports", ports=named)
    endpoints("two-ports", at(True), a=server.ports["hook"], b=server.ports["refused"])
    return found


UID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
GENERATED = re.compile(r"\A(g|kube-api-access)-[a-z0-9]{5}\Z")
# The client's own port of a connection.
FROM = re.compile(r"(read|write) tcp [\d.]+:\d+->")


def neutral(text: str, server: WebhookServer) -> str:
    """A message without what differs from run to run."""
    for name, port in server.ports.items():
        text = text.replace(f"{server.ip}:{port}", f"IP:PORT-{name}")
    text = FROM.sub(r"\1 tcp IP:PORT->", text.replace(server.ip, "IP"))
    return TIME.sub("TIME", UID.sub("UID", text))


# Rules by name; what a request must be so that they match it.
_ALL_OF = {"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*/*"]}
RULES: dict[str, Json] = {
    "everything": {"rules": [_ALL_OF]},
    "nothing": {"rules": []},
    "no-subresources": {"rules": [_ALL_OF | {"resources": ["*"]}]},
    "any-status": {"rules": [_ALL_OF | {"resources": ["*/status"]}]},
    "ingresses-any": {"rules": [_ALL_OF | {"resources": ["ingresses/*"]}]},
    "ingresses": {"rules": [_ALL_OF | {"resources": ["ingresses"]}]},
    "core-group": {"rules": [_ALL_OF | {"apiGroups": [""]}]},
    "creates": {"rules": [_ALL_OF | {"operations": ["CREATE"]}]},
    "updates-deletes": {"rules": [_ALL_OF | {"operations": ["UPDATE", "DELETE"]}]},
    "other-version": {"rules": [_ALL_OF | {"apiVersions": ["v2"]}]},
    "namespaced": {"rules": [_ALL_OF | {"scope": "Namespaced"}]},
    "cluster": {"rules": [_ALL_OF | {"scope": "Cluster"}]},
    "two-rules": {
        "rules": [_ALL_OF | {"resources": ["nodes"]}, _ALL_OF | {"resources": ["ingresses"]}]
    },
    "in-red": {"rules": [_ALL_OF], "namespaceSelector": {"matchLabels": {"colour": "red"}}},
    "not-in-red": {
        "rules": [_ALL_OF],
        "namespaceSelector": {
            "matchExpressions": [{"key": "colour", "operator": "NotIn", "values": ["red"]}]
        },
    },
    "labelled": {"rules": [_ALL_OF], "objectSelector": {"matchLabels": {"x": "new"}}},
    "labelled-before": {"rules": [_ALL_OF], "objectSelector": {"matchLabels": {"x": "old"}}},
    "unlabelled": {
        "rules": [_ALL_OF],
        "objectSelector": {"matchExpressions": [{"key": "x", "operator": "DoesNotExist"}]},
    },
    "events-old": {"rules": [_ALL_OF | {"apiGroups": [""], "resources": ["events"]}]},
    "events-new": {"rules": [_ALL_OF | {"apiGroups": ["events.k8s.io"], "resources": ["events"]}]},
}


def matching(rule: str, server: WebhookServer) -> Json:
    """A webhook that only notes what it was asked."""
    bundle = base64.b64encode(server.ca.encode()).decode()
    client = {
        "service": {"namespace": NAMESPACE, "name": "hook", "path": f"/note/{rule}", "port": 443},
        "caBundle": bundle,
    }
    return _configuration(
        f"match-{rule}",
        {
            "name": f"{rule}.rules.example.com",
            "clientConfig": client,
            "namespaceSelector": {},
            "objectSelector": {},
            "failurePolicy": "Fail",
            "timeoutSeconds": 10,
            "matchPolicy": "Exact" if rule != "events-new" else "Equivalent",
            **RULES[rule],
        },
    )


@dataclass(frozen=True)
class Act:
    """A request that changes something; run in this order."""

    id: str
    method: str
    path: str
    body: Json | None = None
    query: str = ""
    content_type: str = "application/json"


def _ingress(name: str, **labels: str) -> Json:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": name, "labels": labels},
        "spec": {"defaultBackend": {"service": {"name": "a", "port": {"number": 80}}}},
    }


_MERGE = "application/merge-patch+json"
_RED = "/apis/networking.k8s.io/v1/namespaces/red/ingresses"
_BLUE = "/api/v1/namespaces/blue"
ACTS: tuple[Act, ...] = (
    Act(
        "create namespace",
        "POST",
        "/api/v1/namespaces",
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": "red", "labels": {"colour": "red"}},
        },
    ),
    Act(
        "create namespace blue",
        "POST",
        "/api/v1/namespaces",
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "blue"}},
    ),
    Act("create", "POST", _RED, _ingress("web", x="old"), "fieldManager=me&fieldValidation=Strict"),
    Act("create dry", "POST", _RED, _ingress("dry", x="new"), "dryRun=All"),
    Act(
        "create generated",
        "POST",
        _RED,
        {**_ingress(""), "metadata": {"generateName": "g-"}},
        "dryRun=All",
    ),
    Act(
        "patch",
        "PATCH",
        f"{_RED}/web",
        {"metadata": {"labels": {"x": "new"}}},
        "fieldManager=p",
        _MERGE,
    ),
    Act("update", "PUT", f"{_RED}/web", _ingress("web")),
    Act(
        "patch status",
        "PATCH",
        f"{_RED}/web/status",
        {"status": {"loadBalancer": {"ingress": [{"ip": "10.0.0.1"}]}}},
        "",
        _MERGE,
    ),
    Act(
        "apply",
        "PATCH",
        f"{_RED}/applied",
        _ingress("applied"),
        "fieldManager=a&force=true",
        "application/apply-patch+yaml",
    ),
    Act("delete", "DELETE", f"{_RED}/applied"),
    Act(
        "delete options",
        "DELETE",
        f"{_RED}/web",
        {
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "gracePeriodSeconds": 0,
            "propagationPolicy": "Background",
            "dryRun": ["All"],
        },
    ),
    Act("delete collection", "DELETE", _RED),
    Act(
        "create deployment",
        "POST",
        "/apis/apps/v1/namespaces/blue/deployments",
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "d"},
            "spec": {
                "replicas": 0,
                "selector": {"matchLabels": {"a": "b"}},
                "template": {
                    "metadata": {"labels": {"a": "b"}},
                    "spec": {"containers": [{"name": "a", "image": "a"}]},
                },
            },
        },
    ),
    Act(
        "scale",
        "PATCH",
        "/apis/apps/v1/namespaces/blue/deployments/d/scale",
        {"spec": {"replicas": 0}},
        "dryRun=All",
        _MERGE,
    ),
    Act(
        "create account",
        "POST",
        f"{_BLUE}/serviceaccounts",
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "robot"}},
    ),
    Act(
        "token",
        "POST",
        f"{_BLUE}/serviceaccounts/robot/token",
        {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}},
    ),
    Act(
        "create pod",
        "POST",
        f"{_BLUE}/pods",
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "p"},
            "spec": {"serviceAccountName": "robot", "containers": [{"name": "a", "image": "a"}]},
        },
    ),
    Act(
        "bind",
        "POST",
        f"{_BLUE}/pods/p/binding",
        {
            "apiVersion": "v1",
            "kind": "Binding",
            "metadata": {"name": "p"},
            "target": {"kind": "Node", "name": "n"},
        },
        "dryRun=All",
    ),
    Act(
        "evict",
        "POST",
        f"{_BLUE}/pods/p/eviction",
        {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "p"}},
        "dryRun=All",
    ),
    Act("delete pod", "DELETE", f"{_BLUE}/pods/p"),
    Act(
        "create event",
        "POST",
        f"{_BLUE}/events",
        {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": "e"},
            "involvedObject": {"kind": "Pod", "name": "p", "namespace": "blue"},
            "type": "Normal",
            "reason": "R",
            "message": "m",
        },
    ),
    Act(
        "create role",
        "POST",
        "/apis/rbac.authorization.k8s.io/v1/clusterroles",
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": {"name": "hooked"},
            "rules": [],
        },
    ),
    Act(
        "can-i",
        "POST",
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"nonResourceAttributes": {"verb": "get", "path": "/"}},
        },
    ),
    Act(
        "create webhook",
        "POST",
        "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
        {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingWebhookConfiguration",
            "metadata": {"name": "later"},
        },
    ),
    Act(
        "patch namespace",
        "PATCH",
        "/api/v1/namespaces/red",
        {"metadata": {"labels": {"colour": "green"}}},
        "",
        _MERGE,
    ),
    Act("delete namespace", "DELETE", "/api/v1/namespaces/blue", None, "dryRun=All"),
)


def faceless(request: Json) -> Json:
    """A review's request without uids, times, and the objects' versions and managers."""

    def clean(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            drop = ("managedFields", "resourceVersion")
            return {name: clean(each, name) for name, each in value.items() if name not in drop}
        if isinstance(value, list):
            return [clean(each) for each in value]
        if isinstance(value, str):
            return TIME.sub("TIME", UID.sub("UID", GENERATED.sub(r"\1-NAME", value)))
        return value

    return clean(request)
