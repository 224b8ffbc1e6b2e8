"""Objects with more in them than the tables show: (path, object)."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

_HTTP = {"path": "/", "port": "http", "httpHeaders": [{"name": "A", "value": "b"}]}
_PROBES = {
    "livenessProbe": {"httpGet": _HTTP, "initialDelaySeconds": 3},
    "readinessProbe": {"tcpSocket": {"port": 80}, "successThreshold": 2},
    "startupProbe": {"grpc": {"port": 80, "service": ""}, "terminationGracePeriodSeconds": 5},
    "lifecycle": {"preStop": {"exec": {"command": ["true", ""]}}, "postStart": {"httpGet": _HTTP}},
}
_ENV = [
    {"name": "PLAIN", "value": ""},
    {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
    {"name": "CPU", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}},
    {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k", "optional": False}}},
]
_CONTAINER: Json = {
    "name": "main",
    "image": "registry.test/a:1",
    "command": ["run", ""],
    "ports": [{"name": "http", "containerPort": 80, "hostPort": 0}],
    "env": _ENV,
    "envFrom": [{"prefix": "A_", "configMapRef": {"name": "c"}}, {"secretRef": {"name": "s"}}],
    "resources": {"limits": {"cpu": "1500m", "memory": "1Gi"}, "requests": {"cpu": "0.1"}},
    "volumeMounts": [{"name": "config", "mountPath": "/c", "subPath": "x", "readOnly": True}],
    "securityContext": {"runAsUser": 0, "privileged": False, "capabilities": {"drop": ["ALL"]}},
    **_PROBES,
}
_VOLUMES: list[Json] = [
    {"name": "empty", "emptyDir": {}},
    {"name": "memory", "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}},
    {"name": "config", "configMap": {"name": "c", "defaultMode": 0, "optional": True}},
    {"name": "secret", "secret": {"secretName": "s", "items": [{"key": "a", "path": "b"}]}},
    {"name": "host", "hostPath": {"path": "/", "type": ""}},
    {"name": "claim", "persistentVolumeClaim": {"claimName": "p"}},
    {
        "name": "all",
        "projected": {
            "sources": [
                {
                    "downwardAPI": {
                        "items": [{"path": "n", "fieldRef": {"fieldPath": "metadata.name"}}]
                    }
                },
                {"serviceAccountToken": {"path": "t", "expirationSeconds": 3600}},
            ]
        },
    },
]
_TERM = {"labelSelector": {"matchLabels": {"a": "b"}}, "topologyKey": "zone"}
_NODE_TERM = {"matchExpressions": [{"key": "a", "operator": "Gt", "values": ["1"]}]}
_SPEC: Json = {
    "nodeName": "no-such-machine",
    "containers": [_CONTAINER],
    "initContainers": [{"name": "first", "image": "i", "restartPolicy": "Always"}],
    "volumes": _VOLUMES,
    "terminationGracePeriodSeconds": 0,
    "securityContext": {"fsGroup": 0, "supplementalGroups": [5, 1 << 30], "runAsNonRoot": False},
    "affinity": {
        "podAntiAffinity": {
            "preferredDuringSchedulingIgnoredDuringExecution": [
                {"weight": 5, "podAffinityTerm": _TERM}
            ]
        },
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [_NODE_TERM]}
        },
    },
    "tolerations": [{"operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 0}],
    "topologySpreadConstraints": [
        {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}
    ],
    "hostAliases": [{"ip": "10.0.0.1", "hostnames": ["a", "b"]}],
    "dnsConfig": {"nameservers": ["10.0.0.1"], "options": [{"name": "ndots", "value": "2"}]},
    "readinessGates": [{"conditionType": "x.test/y"}],
    "automountServiceAccountToken": False,
}
_META: Json = {
    "name": "full",
    "labels": {"a": "", "b": "c"},
    "annotations": {"x.test/text": 'é "\n', "empty": ""},
    "finalizers": ["x.test/y"],
    "ownerReferences": [
        {"apiVersion": "v1", "kind": "Node", "name": "n", "uid": "u", "controller": False}
    ],
}
_BYTES = {"all": "AAECA/z9/v8=", "none": ""}
_DEFAULT = "/namespaces/default/"

OBJECTS: tuple[tuple[str, Json], ...] = (
    (f"/api/v1{_DEFAULT}pods", {"metadata": _META, "spec": _SPEC}),
    (f"/api/v1{_DEFAULT}secrets", {"metadata": _META, "data": _BYTES, "immutable": False}),
    (
        f"/api/v1{_DEFAULT}configmaps",
        {"metadata": _META, "data": {"text": "\U0001f600"}, "binaryData": {"b": _BYTES["all"]}},
    ),
    (
        f"/apis/apps/v1{_DEFAULT}deployments",
        {
            "metadata": _META,
            "spec": {
                "replicas": 0,
                "selector": {"matchExpressions": [{"key": "a", "operator": "Exists"}]},
                "strategy": {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0}},
                "template": {
                    "metadata": {"labels": {"a": "b"}},
                    "spec": {key: each for key, each in _SPEC.items() if key != "nodeName"},
                },
            },
        },
    ),
)
