"""Server-side apply to objects of every kind: their lists, defaults and subresources."""

from __future__ import annotations

from typing import Any

from tests.lab.apply_cases import Json, apply, case, create, merge, strategic
from tests.lab.rows_apply import GROUP


def pod(*items: Json, **spec: Any) -> Json:
    return {"spec": {"containers": list(items or [{"name": "x", "image": "x:1"}])} | spec}


_ADDRESS = {"status": {"loadBalancer": {"ingress": [{"ip": "1.1.1.1"}]}}}
case(
    GROUP,
    "service",
    "Service",
    apply("a", {"spec": {"selector": {"a": "b"}, "ports": [{"port": 80, "targetPort": "h"}]}}),
    apply("b", {"spec": {"ports": [{"port": 80, "targetPort": 90}]}}),
    apply("b", {"spec": {"ports": [{"port": 80, "name": "http"}, {"port": 443, "name": "s"}]}}),
    apply("a", {"spec": {"selector": {"a": "c"}, "ports": [{"port": 80, "targetPort": "h"}]}}),
    merge("c", {"spec": {"type": "LoadBalancer", "externalTrafficPolicy": "Local"}}),
    apply("b", {"spec": {"ports": [{"port": 443, "name": "s"}]}}),
    merge(
        "cloud",
        {"status": {"loadBalancer": {"ingress": [{"ip": "1.1.1.1"}]}}},
        subresource="status",
    ),
    apply(
        "d", {"status": {"loadBalancer": {"ingress": [{"ip": "1.1.1.1"}]}}}, subresource="status"
    ),
)
case(
    GROUP,
    "created-service",
    "Service",
    create("up", {"spec": {"selector": {"a": "b"}, "ports": [{"port": 80}]}}),
    apply("a", {"spec": {"selector": {"a": "b"}, "ports": [{"port": 80}]}}),
    apply("a", {"spec": {"ports": [{"port": 80}]}}),
    merge("up", {"spec": {"ports": [{"port": 81}], "selector": None}}),
)
_PATHS = [
    {
        "path": "/",
        "pathType": "Prefix",
        "backend": {"service": {"name": "s", "port": {"number": 80}}},
    }
]
_RULES = [{"host": "h.example", "http": {"paths": _PATHS}}]
case(
    GROUP,
    "ingress",
    "Ingress",
    apply("a", {"spec": {"ingressClassName": "nginx", "rules": _RULES}}),
    apply("b", {"spec": {"rules": _RULES}}),
    apply("b", {"spec": {"rules": [{"host": "i.example"}]}}),
    apply("b", {"spec": {"tls": [{"hosts": ["h.example"], "secretName": "t"}]}}),
    strategic("c", {"spec": {"rules": [{"host": "i.example", "http": {"paths": _PATHS}}]}}),
    merge(
        "ctl", {"status": {"loadBalancer": {"ingress": [{"ip": "1.1.1.1"}]}}}, subresource="status"
    ),
    apply("a", {"spec": {"ingressClassName": "nginx", "rules": _RULES}}),
    apply("a", {"spec": {"ingressClassName": "nginx", "rules": _RULES}}, force=True),
)
case(
    GROUP,
    "secret",
    "Secret",
    apply("a", {"stringData": {"k": "v"}, "type": "Opaque"}),
    apply("a", {"stringData": {"k": "w"}}),
    apply("b", {"stringData": {"k": "w"}}),
    apply("b", {"data": {"k": "dw=="}}),
    create("c", {"data": {"k": "dw=="}}),
    merge("c", {"data": {"l": "dg=="}}),
    apply("b", {"data": {"k": "dmY="}}),
    apply("a", {}),
)
case(
    GROUP,
    "created-secret",
    "Secret",
    create("up", {"stringData": {"k": "v"}, "data": {"l": "dg=="}}),
    merge("up", {"stringData": {"m": "v"}}),
)
case(
    GROUP,
    "namespace",
    "Namespace",
    apply("a", {"metadata": {"labels": {"x": "1"}}}),
    apply("b", {"metadata": {"labels": {"kubernetes.io/metadata.name": "namespace"}}}),
    apply("a", {"metadata": {"labels": {"x": "1"}}}),
    apply("a", {"metadata": {"labels": {"x": "2"}}, "spec": {}}),
)
case(
    GROUP,
    "service-account",
    "ServiceAccount",
    apply("a", {"automountServiceAccountToken": False, "imagePullSecrets": [{"name": "x"}]}),
    apply("b", {"automountServiceAccountToken": False, "secrets": [{"name": "s"}]}),
    apply("b", {"automountServiceAccountToken": True}),
    apply("a", {}),
)
case(
    GROUP,
    "cluster-role",
    "ClusterRole",
    create("up", {"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]}),
    apply("a", {"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]}),
    apply("a", {"rules": []}),
    apply("a", {"rules": []}, force=True),
    apply("a", {}),
)
case(
    GROUP,
    "role-binding",
    "RoleBinding",
    create(
        "up",
        {
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r"},
            "subjects": [{"kind": "ServiceAccount", "name": "s", "namespace": "default"}],
        },
    ),
    apply(
        "a",
        {
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r"},
            "subjects": [{"kind": "ServiceAccount", "name": "s", "namespace": "default"}],
        },
    ),
    apply(
        "b", {"roleRef": {"kind": "Role", "name": "r"}, "subjects": [{"kind": "User", "name": "u"}]}
    ),
)
case(
    GROUP,
    "ingress-class",
    "IngressClass",
    apply("a", {"spec": {"controller": "ex.com/c"}}),
    apply("b", {"spec": {"controller": "ex.com/c", "parameters": {"kind": "K", "name": "n"}}}),
    merge(
        "c", {"metadata": {"annotations": {"ingressclass.kubernetes.io/is-default-class": "no"}}}
    ),
)
case(
    GROUP,
    "endpoint-slice",
    "EndpointSlice",
    create(
        "up",
        {
            "metadata": {"labels": {"kubernetes.io/service-name": "s"}},
            "addressType": "IPv4",
            "endpoints": [{"addresses": ["10.244.0.9"], "conditions": {"ready": True}}],
            "ports": [{"port": 80}],
        },
    ),
    apply("a", {"addressType": "IPv4", "ports": [{"port": 80}]}),
    merge("up", {"endpoints": [{"addresses": ["10.244.0.8"]}]}),
)
case(
    GROUP,
    "event",
    "Event",
    create(
        "kubelet",
        {
            "involvedObject": {"kind": "Pod", "name": "p", "namespace": "default"},
            "reason": "R",
            "message": "m",
            "type": "Normal",
            "source": {"component": "c"},
            "firstTimestamp": "2026-01-01T00:00:00Z",
            "lastTimestamp": "2026-01-01T00:00:00Z",
            "count": 1,
        },
    ),
    strategic("kubelet", {"count": 2, "lastTimestamp": "2026-01-01T00:00:09Z"}),
    apply("a", {"count": 2}),
)
case(
    GROUP,
    "node",
    "Node",
    create("kubelet", {"metadata": {"labels": {"a": "b"}}, "spec": {"podCIDR": "10.9.0.0/24"}}),
    strategic(
        "kubelet",
        {
            "status": {
                "conditions": [{"type": "Ready", "status": "True"}],
                "addresses": [{"type": "InternalIP", "address": "10.244.0.1"}],
                "capacity": {"cpu": "2"},
            }
        },
        subresource="status",
    ),
    strategic(
        "other",
        {"status": {"conditions": [{"type": "Odd", "status": "True"}]}},
        subresource="status",
    ),
    merge(
        "other", {"spec": {"unschedulable": True, "taints": [{"key": "k", "effect": "NoSchedule"}]}}
    ),
    apply("a", {"spec": {"unschedulable": False}}, force=True),
)
case(
    GROUP,
    "job",
    "Job",
    apply("a", {"spec": {"template": pod(restartPolicy="Never")}}),
    apply("a", {"spec": {"template": pod(restartPolicy="Never")}}),
    apply("b", {"spec": {"parallelism": 1, "backoffLimit": 6}}),
    strategic(
        "ctl",
        {"status": {"active": 1, "conditions": [{"type": "Suspended", "status": "False"}]}},
        subresource="status",
    ),
)
case(
    GROUP,
    "pod",
    "Pod",
    create("up", pod()),
    strategic(
        "kubelet",
        {
            "status": {
                "phase": "Running",
                "podIP": "10.244.0.9",
                "podIPs": [{"ip": "10.244.0.9"}],
                "conditions": [{"type": "Ready", "status": "True"}],
            }
        },
        subresource="status",
    ),
    apply("a", pod({"name": "x", "image": "x:1"}) | {"metadata": {"labels": {"l": "1"}}}),
    apply("a", pod({"name": "x", "image": "x:2"}), force=True),
)
