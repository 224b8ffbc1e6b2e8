"""managedFields: who is noted for what, subresources, resets, and what apply refuses."""

from __future__ import annotations

from tests.lab.apply_cases import (
    LAST_APPLIED,
    Json,
    apply,
    case,
    create,
    json_patch,
    merge,
    replace,
    strategic,
)
from tests.lab.rows_apply import containers, deployment

GROUP = "apply_managers"


def data(**entries: object) -> Json:
    return {"data": entries}


case(
    GROUP,
    "created",
    "Deployment",
    create(
        "up",
        deployment(
            ports=[{"containerPort": 80}],
            env=[{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "k"}}}],
            resources={"limits": {"cpu": "0.5"}},
            readinessProbe={"tcpSocket": {"port": 80}},
        )
        | {"metadata": {"labels": {"l": "1"}, "annotations": {"a": "1"}}},
    ),
    create("up", deployment()),
)
case(
    GROUP,
    "updates",
    "Deployment",
    create("up", deployment()),
    merge("up", {"spec": {"replicas": 3}}),
    merge("other", {"spec": {"replicas": 4}, "metadata": {"labels": {"x": "1"}}}),
    merge("other", {"spec": {"replicas": 4}}),
    merge("third", {"spec": {"replicas": 4}}),
    replace("up", deployment(replicas=4)),
    replace("up", deployment(replicas=4)),
    merge("up", {"spec": {"replicas": None}}),
)
case(
    GROUP,
    "update-and-apply-by-one",
    "ConfigMap",
    apply("a", data(x="1", y="1")),
    merge("a", data(x="2")),
    apply("a", data(x="1", y="1")),
    apply("a", data(x="1", y="1"), force=True),
    merge("a", data(z="3")),
    merge("a", data(z=None, y=None)),
    apply("a", data(x="1")),
)
case(
    GROUP,
    "empty-apply",
    "ConfigMap",
    apply("a", {}),
    apply("a", {}),
    merge("b", {"metadata": {"labels": {"x": "1"}}}),
    apply("a", {}),
    apply("c", {"metadata": {"labels": {"x": "1"}}}),
    apply("c", {"metadata": {"labels": {"x": "1"}}}),
    apply("c", {"metadata": {}}),
)
case(
    GROUP,
    "default-manager",
    "ConfigMap",
    create("", data(x="1")),
    merge("", data(x="2")),
    apply("", data(x="2")),
)
case(
    GROUP,
    "reset",
    "ConfigMap",
    create("up", data(x="1", y="1")),
    merge("up", {"metadata": {"managedFields": None}}),
    merge("up", {"metadata": {"managedFields": []}}),
    merge("up", data(x="2")),
    apply("a", data(x="2", z="1")),
    apply("a", data(x="3"), force=True),
    json_patch(
        "b",
        {"op": "replace", "path": "/metadata/managedFields", "value": [{}]},
        {"op": "replace", "path": "/data/y", "value": "2"},
    ),
    apply("b", data(y="2")),
)
case(
    GROUP,
    "reset-in-put",
    "ConfigMap",
    create("up", data(x="1", y="1") | {"metadata": {"managedFields": []}}),
    replace("up", data(x="1") | {"metadata": {"managedFields": []}}),
    replace("up", data(x="2")),
    apply("a", data(x="2")),
    replace("up", data(x="2") | {"metadata": {"managedFields": [{}]}}),
)


def entry(manager: str, fields: object, **more: object) -> Json:
    return {
        "manager": manager,
        "operation": "Update",
        "apiVersion": "v1",
        "fieldsType": "FieldsV1",
        "time": "2020-01-01T00:00:00Z",
        "fieldsV1": fields,
    } | more


def entries(*given: Json) -> Json:
    return {"metadata": {"managedFields": list(given)}}


_X = {"f:data": {"f:x": {}}}
case(
    GROUP,
    "written-by-a-client",
    "ConfigMap",
    create("up", data(x="1", y="1", z="1")),
    merge("up", entries(entry("w", _X, operation="Apply"), entry("v", _X))),
    apply("w", data(y="1")),
    merge("up", entries(entry("w", {"f:data": {".": {}, "f:y": {}, "f:gone": {}}}))),
    merge("up", entries(entry("w", {"f:data": {"f:y": {}}})) | data(y="2")),
    merge("up", entries(entry("w", _X, operation="Odd"))),
    merge("up", entries(entry("w", {"odd": {}}))),
    merge("up", entries(entry("w", {"x:odd": {}, "f:data": {"f:x": {}}}))),
    merge("up", entries(entry("w", _X, apiVersion="v0"))),
    merge("up", entries(entry("w", _X, fieldsType="V2"))),
    merge("up", entries(entry("w", {}))),
    merge("up", entries(entry("w", _X, time=None), entry("w", _X, subresource="status"))),
    apply("b", data(x="2")),
)
case(
    GROUP,
    "keys-written-by-a-client",
    "Deployment",
    create("up", deployment(ports=[{"containerPort": 80}])),
    merge(
        "up",
        entries(
            entry(
                "w",
                {
                    "f:spec": {
                        "f:template": {
                            "f:spec": {
                                "f:containers": {
                                    'k: { "name" : "x" }': {
                                        ".": {},
                                        "f:name": {},
                                        "f:ports": {
                                            'k:{"protocol": "TCP", "containerPort": 80}': {
                                                "f:containerPort": {}
                                            }
                                        },
                                    }
                                }
                            }
                        }
                    },
                    "f:metadata": {
                        "f:finalizers": {'v: "b"': {}, 'v:"a"': {}},
                        "f:name": {},
                    },
                    "f:odd": {"i:12": {}, "i:3": {}, "v:true": {}, "v:2": {}, "v:1.50": {}},
                },
                apiVersion="apps/v1",
            )
        ),
    ),
    apply("b", {"metadata": {"labels": {"x": "1"}}}),
)
# What kubectl 1.37 sends for `apply --server-side` of an object that it applied client-side
# before: it applies, becomes the owner of the annotation, then of all it owned, and applies again.
_ANNOTATION = {LAST_APPLIED: '{"apiVersion":"v1","data":{"x":"1","y":"1"},"kind":"ConfigMap"}\n'}
_F_ANNOTATION = "f:" + LAST_APPLIED
case(
    GROUP,
    "client-side-migration",
    "ConfigMap",
    create(
        "kubectl-client-side-apply",
        data(x="1", y="1") | {"metadata": {"annotations": _ANNOTATION}},
    ),
    apply("kubectl", data(y="1")),
    apply("kubectl-last-applied", {"metadata": {"annotations": _ANNOTATION}}),
    apply("kubectl-last-applied", {"metadata": {"annotations": _ANNOTATION}}, force=True),
    json_patch(
        "kubectl",
        {
            "op": "replace",
            "path": "/metadata/managedFields",
            "value": [
                entry(
                    "kubectl",
                    {
                        "f:data": {".": {}, "f:x": {}, "f:y": {}},
                        "f:metadata": {"f:annotations": {".": {}, _F_ANNOTATION: {}}},
                    },
                    operation="Apply",
                    time=None,
                ),
                entry(
                    "kubectl-last-applied",
                    {"f:metadata": {"f:annotations": {_F_ANNOTATION: {}}}},
                    operation="Apply",
                    time=None,
                ),
            ],
        },
    ),
    apply("kubectl", data(y="1")),
)
case(
    GROUP,
    "eleven-managers",
    "ConfigMap",
    create("m00", data(x="1")),
    *[merge(f"m{n:02}", data(**{f"k{n}": "1"})) for n in range(1, 10)],
    apply("a", data(x="1")),
    merge("m10", data(k10="1")),
    merge("m11", data(k11="1")),
    merge("m03", data(k11="2")),
    merge("m12", {"metadata": {"labels": {"x": "1"}}}),
)
case(
    GROUP,
    "status",
    "Deployment",
    create("up", deployment() | {"status": {"replicas": 9}}),
    merge("ctl", {"status": {"observedGeneration": 1, "replicas": 2}}, subresource="status"),
    merge("up", {"status": {"replicas": 7}}),
    apply("a", {"status": {"replicas": 2}}, subresource="status"),
    apply("a", {"status": {"replicas": 3}, "spec": {"replicas": 2}}, subresource="status"),
    apply("a", {"status": {"replicas": 3}, "spec": {"replicas": 9}}, force=True),
    apply(
        "a",
        {
            "status": {"replicas": 3},
            "spec": {"replicas": 2},
            "metadata": {"labels": {"l": "1"}, "annotations": {"l": "1"}},
        },
        force=True,
        subresource="status",
    ),
    strategic(
        "ctl",
        {
            "status": {"conditions": [{"type": "Available", "status": "True"}]},
            "metadata": {"labels": {"l": "2"}, "annotations": {"l": "2"}},
        },
        subresource="status",
    ),
    merge("ctl", entries(entry("w", _X)) | {"status": {"replicas": 4}}, subresource="status"),
)
case(
    GROUP,
    "scale",
    "Deployment",
    apply("a", deployment()),
    merge("kubectl", {"spec": {"replicas": 3}}, subresource="scale"),
    apply("a", deployment()),
    merge("kubectl", {"spec": {"replicas": 3}}, subresource="scale"),
    merge("hpa", {"spec": {"replicas": 3}}, subresource="scale"),
    merge("hpa", {"spec": {"replicas": 4}}, subresource="scale"),
    merge("kubectl", {"spec": {"replicas": 5}}),
    merge("hpa", {"spec": {"replicas": 6}}, subresource="scale"),
    apply("a", deployment(), force=True),
    apply("a", deployment(replicas=None)),
)
case(
    GROUP,
    "scale-of-created",
    "Deployment",
    create("up", deployment(replicas=1)),
    merge("kubectl", {"spec": {"replicas": 3}}, subresource="scale"),
    merge("up", {"spec": {"replicas": 4}}),
    replace(
        "up",
        {"spec": {"replicas": 6}, "kind": "Scale", "apiVersion": "autoscaling/v1"},
        subresource="scale",
    ),
)
_TWICE = [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]
case(
    GROUP,
    "refused-apply",
    "Deployment",
    apply("a", deployment()),
    apply("a", containers({"name": "x", "env": _TWICE})),
    apply("a", containers({"name": "x", "ports": [{"containerPort": 1}, {"containerPort": 1}]})),
    apply("a", containers({"image": "x"})),
    apply("a", containers({"name": "x", "odd": 1})),
    apply("a", {"spec": {"replicas": "1", "paused": "yes", "minReadySeconds": True}}),
    apply("a", {"spec": {"template": [], "selector": "x"}}),
    apply("a", {"metadata": {"labels": ["x"]}}),
    apply("a", {"metadata": {"labels": {"x": 1, "y": 1.5, "z": True, "w": {}}}}),
    apply("a", {"metadata": {"finalizers": ["a/b", "a/b", 1, None, {}, []]}}),
    apply("a", {"metadata": {"managedFields": [entry("x", _X)]}}),
    apply("a", {"metadata": {"managedFields": []}}),
    apply("a", {"metadata": {"managedFields": None}}),
    apply("a", {"spec": {"template": {"spec": {"containers": [None, "x", 1]}}}}),
    apply("a", {"spec": {"template": {"spec": {"containers": {"name": "x"}}}}}),
    apply("a", {"spec": {"strategy": {"rollingUpdate": {"maxSurge": {}}}}}),
    apply("a", containers({"name": "x", "resources": {"limits": {"cpu": {}}}})),
    apply("a", {"apiVersion": "apps/v0"}),
    apply("a", {"apiVersion": "v1"}),
    apply("a", {"kind": "DaemonSet"}),
    apply("a", {"apiVersion": None, "kind": None}),
    apply("a", {"metadata": None}),
    apply("a", {"metadata": {"name": None}}),
    apply("a", {"metadata": {"name": "other"}}),
    apply("a", {"metadata": {"uid": "other"}}),
    apply("a", {"metadata": {"resourceVersion": "1"}}),
    apply("a", {"metadata": {"namespace": "other"}}),
)
case(GROUP, "refused-create", "Deployment", apply("a", {"spec": {}}), apply("a", {}))
