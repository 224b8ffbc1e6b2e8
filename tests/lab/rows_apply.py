"""Server-side apply: what is owned, what goes away, what conflicts."""

from __future__ import annotations

from typing import Any

from tests.lab.apply_cases import LAST_APPLIED, Json, apply, case, create, merge, replace, strategic

GROUP = "apply_objects"


def deployment(replicas: int | None = 2, image: str = "x:1", **container: Any) -> Json:
    spec: Json = {} if replicas is None else {"replicas": replicas}
    return {
        "spec": spec
        | {
            "selector": {"matchLabels": {"app": "x"}},
            "template": {
                "metadata": {"labels": {"app": "x"}},
                "spec": {"containers": [{"name": "x", "image": image} | container]},
            },
        }
    }


def containers(*items: Json, **spec: Any) -> Json:
    return {"spec": {"template": {"spec": {"containers": list(items)} | spec}}}


case(
    GROUP,
    "apply-again",
    "Deployment",
    apply("a", deployment()),
    apply("a", deployment()),
    apply("a", deployment(image="x:2")),
    apply("a", deployment(replicas=None, image="x:2")),
    apply("a", deployment(replicas=None, image="x:2")),
)
case(
    GROUP,
    "conflict-with-update",
    "Deployment",
    create("kubectl-create", deployment()),
    apply("b", deployment(replicas=5)),
    apply("b", deployment()),
    apply("b", deployment(replicas=5, image="x:9"), force=True),
    apply("b", deployment(replicas=None, image="x:9")),
)
case(
    GROUP,
    "several-managers",
    "Deployment",
    apply("zoe", deployment()),
    apply("an a", {"spec": {"replicas": 2}}),
    apply("an", {"spec": {"replicas": 2}}),
    merge("up", {"spec": {"template": {"spec": {"dnsPolicy": "Default"}}}}),
    apply(
        "me",
        {
            "spec": {
                "replicas": 3,
                "template": {
                    "spec": {
                        "dnsPolicy": "None",
                        "containers": [{"name": "x", "image": "x:2", "tty": True}],
                    }
                },
            }
        },
    ),
    apply("me", {"spec": {"replicas": 3}}, force=True),
    apply("an", {"spec": {"replicas": 3}}),
)
case(
    GROUP,
    "template-is-kept",
    "Deployment",
    apply("a", deployment(env=[{"name": "A", "value": "1"}, {"name": "B", "value": "2"}])),
    apply("b", containers({"name": "x", "env": [{"name": "C", "value": "3"}]})),
    apply("a", deployment(env=[{"name": "B", "value": "2"}])),
    apply("a", deployment()),
    apply("b", containers({"name": "x"})),
    apply("b", {"spec": {}}),
)
case(
    GROUP,
    "ports-by-protocol",
    "Deployment",
    apply("a", deployment(ports=[{"containerPort": 80}])),
    apply("b", containers({"name": "x", "ports": [{"containerPort": 80, "protocol": "UDP"}]})),
    apply("c", containers({"name": "x", "ports": [{"containerPort": 80, "name": "http"}]})),
    apply("a", deployment(ports=[{"containerPort": 8080}])),
    apply("a", deployment(ports=[{"containerPort": 8080, "protocol": "TCP"}])),
)
case(
    GROUP,
    "equal-zero-values",
    "Deployment",
    apply("a", deployment() | {"spec": deployment()["spec"] | {"minReadySeconds": 0}}),
    apply("b", deployment() | {"spec": deployment()["spec"] | {"minReadySeconds": 0}}),
    apply("b", {"spec": {"minReadySeconds": 0, "paused": False, "revisionHistoryLimit": 10}}),
    apply("c", {"spec": {"paused": False, "revisionHistoryLimit": 10}}),
)
case(
    GROUP,
    "equal-null-data",
    "ConfigMap",
    apply("a", {"data": None}),
    apply("b", {"data": None}),
    apply("a", {"data": None}),
    apply("a", {"data": {}}),
    apply("a", {"data": {"x": "y"}}),
    apply("b", {"data": {"x": "y"}}),
    apply("a", {}),
    apply("b", {}),
)
case(
    GROUP,
    "equal-null-after-create",
    "ConfigMap",
    create("a", {"data": None}),
    apply("b", {"data": None}),
    apply("c", {"data": None, "binaryData": None, "immutable": None}),
    apply("c", {"data": None, "binaryData": None, "immutable": None}),
)
_FIELD_REF = {"name": "N", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}
case(
    GROUP,
    "equal-field-ref",
    "Deployment",
    create("a", deployment(env=[_FIELD_REF])),
    apply("b", deployment(env=[_FIELD_REF])),
    apply("b", deployment(env=[_FIELD_REF]), force=True),
    apply("b", deployment(env=[_FIELD_REF])),
)
_WEBHOOK = {
    "name": "w.example.com",
    "admissionReviewVersions": ["v1"],
    "clientConfig": {"service": {"name": "s", "namespace": "default", "path": "/p"}},
    "failurePolicy": "Ignore",
    "sideEffects": "None",
    "matchPolicy": "Equivalent",
    "rules": [
        {"apiGroups": ["none"], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["x"]}
    ],
}
case(
    GROUP,
    "equal-webhook-rules",
    "ValidatingWebhookConfiguration",
    create("a", {"webhooks": [_WEBHOOK]}),
    apply("b", {"webhooks": [_WEBHOOK]}),
    apply("b", {"webhooks": [_WEBHOOK]}, force=True),
    merge("patch", {"webhooks": [_WEBHOOK | {"timeoutSeconds": 5}]}),
    apply("b", {"webhooks": [_WEBHOOK]}),
    apply("b", {"webhooks": []}),
)
case(
    GROUP,
    "webhook-ca",
    "ValidatingWebhookConfiguration",
    apply("install", {"webhooks": [_WEBHOOK]}),
    replace(
        "certgen",
        {
            "webhooks": [
                _WEBHOOK | {"clientConfig": _WEBHOOK["clientConfig"] | {"caBundle": "Cg=="}}
            ]
        },
    ),
    apply("install", {"webhooks": [_WEBHOOK]}),
    apply("install", {"webhooks": [_WEBHOOK | {"timeoutSeconds": 29}]}),
)
case(
    GROUP,
    "null-entries",
    "ConfigMap",
    apply("a", {"data": {"x": None, "y": "1"}, "metadata": {"labels": {"z": None}}}),
    apply("b", {"data": {"x": ""}}),
    apply("b", {"data": {"y": None}}),
    merge("c", {"data": {"x": None}}),
)
case(
    GROUP,
    "quantities",
    "Deployment",
    apply("a", deployment(resources={"requests": {"cpu": "0.5", "memory": "1024Mi"}})),
    apply("b", deployment(resources={"requests": {"cpu": "0.5"}})),
    apply("b", deployment(resources={"requests": {"cpu": "500m", "memory": "1Gi"}})),
    apply("a", deployment(resources={"requests": {"cpu": "0.5", "memory": "1024Mi"}})),
    apply("c", deployment(resources={"limits": {"cpu": 1}})),
)
_ROLLING = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 1}}
case(
    GROUP,
    "strategy",
    "Deployment",
    apply("a", {"spec": deployment()["spec"] | {"strategy": _ROLLING}}),
    apply("a", {"spec": deployment()["spec"] | {"strategy": {"type": "Recreate"}}}),
    apply("a", deployment()),
    apply("b", {"spec": {"strategy": {"rollingUpdate": {"maxSurge": 2}}}}),
)
case(
    GROUP,
    "atomic-selector",
    "Deployment",
    apply("a", deployment()),
    apply("b", {"spec": {"selector": {"matchLabels": {"app": "x"}}}}),
    apply("b", {"spec": {"selector": {"matchLabels": {"app": "y"}}}}),
    apply("b", {"spec": {"template": {"spec": {"nodeSelector": {"a": "1"}}}}}),
    apply("c", {"spec": {"template": {"spec": {"nodeSelector": {"b": "1"}}}}}),
    apply("c", {"spec": {"template": {"spec": {"nodeSelector": {"b": "1"}}}}}, force=True),
    apply("c", {"spec": {}}),
)
case(
    GROUP,
    "metadata",
    "ConfigMap",
    apply("a", {"metadata": {"labels": {"x": "1", "y": "1"}, "annotations": {"n": "1"}}}),
    apply("b", {"metadata": {"labels": {"x": "1"}}}),
    apply("a", {"metadata": {"labels": {"y": "1"}}}),
    apply("b", {"metadata": {"labels": {"x": "2"}, "creationTimestamp": None}}),
    apply("b", {"metadata": {"labels": {}}}),
    apply("a", {"metadata": {"labels": None, "annotations": None}}),
    apply("a", {"metadata": {}}),
)
_OWNER = {"apiVersion": "v1", "kind": "ConfigMap", "name": "o", "uid": "u-1"}
case(
    GROUP,
    "finalizers-and-owners",
    "ConfigMap",
    apply("a", {"metadata": {"finalizers": ["ex.com/a"], "ownerReferences": [_OWNER]}}),
    apply("b", {"metadata": {"finalizers": ["ex.com/b", "ex.com/a"]}}),
    merge("c", {"metadata": {"finalizers": ["ex.com/c", "ex.com/b", "ex.com/a"]}}),
    apply("a", {"metadata": {"ownerReferences": [_OWNER | {"uid": "u-2"}]}}),
    apply("b", {"metadata": {}}),
    merge("c", {"metadata": {"finalizers": [], "ownerReferences": None}}),
)
case(
    GROUP,
    "order-of-items",
    "Deployment",
    apply("a", deployment(env=[{"name": n, "value": "1"} for n in "abcd"])),
    apply("b", containers({"name": "x", "env": [{"name": n, "value": "1"} for n in "dxb"]})),
    apply("a", deployment(env=[{"name": n, "value": "1"} for n in "dcba"])),
    apply("c", containers({"name": "x", "env": [{"name": n, "value": "1"} for n in "zaqb"]})),
    apply("a", deployment(env=[{"name": n, "value": "1"} for n in "ca"])),
    apply(
        "d", containers({"name": "n", "image": "n:1"}, {"name": "x"}, {"name": "m", "image": "m:1"})
    ),
)
case(
    GROUP,
    "duplicate-items",
    "Deployment",
    create("up", deployment(env=[{"name": "A", "value": v} for v in "12"])),
    apply("a", {"metadata": {"labels": {"x": "1"}}}),
    apply("a", containers({"name": "x", "env": [{"name": "A", "value": "3"}]})),
    apply("a", containers({"name": "x", "env": [{"name": "A", "value": "3"}]}), force=True),
    merge("up", deployment(env=[{"name": "B", "value": v} for v in "11"])),
    merge("up", deployment(env=[{"name": "B", "value": v} for v in "12"])),
    apply("a", containers({"name": "x", "env": [{"name": "B", "value": "1"}]}), force=True),
    apply("a", {"spec": {}}),
)
case(
    GROUP,
    "nulls",
    "Deployment",
    create("up", deployment(command=["x"], args=["y"])),
    apply("a", {"spec": {"replicas": None}}),
    apply("a", {"spec": {"replicas": None}}, force=True),
    apply("a", containers({"name": "x", "command": None, "args": []})),
    apply("a", containers({"name": "x", "command": None, "args": []}), force=True),
    apply("a", containers({"name": "x", "env": None, "ports": [], "resources": None})),
    apply("a", {"spec": {"template": {"spec": {"containers": None, "volumes": []}}}}),
    apply("b", {"spec": {"template": {"spec": {"containers": None}}}}),
    apply("b", {"spec": {"template": None}, "status": None}),
    apply("b", {"spec": None}),
)
_SPREAD = {"maxSkew": 1, "topologyKey": "t", "whenUnsatisfiable": "DoNotSchedule"}
_FULL = deployment(
    volumeMounts=[{"name": "v", "mountPath": "/v"}, {"name": "v", "mountPath": "/w"}],
    securityContext={"capabilities": {"add": ["A"]}, "runAsUser": 1},
    livenessProbe={"httpGet": {"path": "/", "port": "http"}, "periodSeconds": 10},
)
_FULL["spec"]["template"]["spec"] |= {
    "volumes": [{"name": "v", "secret": {"secretName": "s"}}],
    "tolerations": [{"key": "k", "operator": "Exists"}],
    "hostAliases": [{"ip": "1.2.3.4", "hostnames": ["h"]}],
    "imagePullSecrets": [{"name": "p"}],
    "topologySpreadConstraints": [_SPREAD],
}
case(
    GROUP,
    "pod-template",
    "Deployment",
    apply("a", _FULL),
    apply("b", containers({"name": "x"}, volumes=[{"name": "v", "emptyDir": {}}])),
    apply("b", containers({"name": "x"}, volumes=[{"name": "u", "emptyDir": {}}])),
    strategic("c", containers({"name": "x", "volumeMounts": [{"name": "u", "mountPath": "/u"}]})),
    apply("a", deployment(volumeMounts=[{"name": "v", "mountPath": "/w"}])),
    apply("a", _FULL),
)
case(
    GROUP,
    "created-pod-template",
    "Deployment",
    create("up", _FULL),
    apply("a", _FULL),
    replace("up", deployment()),
)
_LAST = (
    '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"%s"},"spec":{"replicas":2}}'
)
case(
    GROUP,
    "last-applied",
    "Deployment",
    create(
        "kubectl-client-side-apply",
        deployment() | {"metadata": {"annotations": {LAST_APPLIED: _LAST}}},
    ),
    merge("hpa", {"spec": {"template": {"spec": {"dnsPolicy": "Default"}}}}),
    apply(
        "kubectl",
        deployment(replicas=4)
        | {
            "metadata": {
                "annotations": {LAST_APPLIED: "will be dropped", "other": "<&>"},
                "labels": {"b": "1", "a": "2"},
            }
        },
    ),
    apply("kubectl", deployment(replicas=4) | {"metadata": {"annotations": {"o": "<&>é\u2028"}}}),
    apply("kubectl", deployment(replicas=4) | {"metadata": {"annotations": {LAST_APPLIED: "x"}}}),
    apply(
        "kubectl",
        deployment(replicas=4) | {"metadata": {"annotations": {LAST_APPLIED: "x"}}},
        force=True,
    ),
    apply("kubectl", deployment(replicas=5, image="x:7")),
    apply("kubectl", deployment(replicas=5, image="x:7"), force=True),
    apply("kubectl", deployment(replicas=5, image="x:7")),
)
