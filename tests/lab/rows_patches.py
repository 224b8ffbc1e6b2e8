"""The three other kinds of patch, with what they refuse."""

from __future__ import annotations

from typing import Any

from tests.lab.apply_cases import Json, Step, case, create, json_patch, merge, strategic
from tests.lab.rows_apply import containers, deployment

GROUP = "patches"


def strategic_case(name: str, first: Json, *patches: Any, kind: str = "Deployment") -> None:
    case(GROUP, name, kind, create("up", first), *[strategic("p", patch) for patch in patches])


def spec(**fields: Any) -> Json:
    return {"spec": {"template": {"spec": fields}}}


def env(*names: str, **more: Any) -> Json:
    return {"name": "x", "env": [{"name": n, "value": "1"} for n in names]} | more


_TWO = deployment()
_TWO["spec"]["template"]["spec"]["containers"].append({"name": "y", "image": "y:1"})

strategic_case(
    "containers",
    _TWO,
    containers({"name": "y", "image": "y:2"}),
    containers({"name": "z", "image": "z:1"}, {"name": "x", "tty": True}),
    containers({"name": "x", "$patch": "delete"}),
    containers({"name": "none", "$patch": "delete"}),
    containers({"$patch": "replace"}, {"name": "w", "image": "w:1"}),
    containers({"name": "v", "image": "v:1"}, {"$patch": "replace"}),
    containers({"name": "v", "image": None, "$patch": "replace"}),
    containers({"image": "none"}),
    containers({"$patch": "delete"}),
    containers({"$patch": "merge", "name": "v"}),
    containers({"$patch": "odd", "name": "v"}),
    spec(containers=None),
    spec(containers=[]),
    spec(containers=["x"]),
    spec(containers=["x", {"name": "y"}]),
    spec(containers=[[]]),
    spec(containers={"name": "v"}),
    spec(containers="x"),
)
strategic_case(
    "order",
    deployment(env=[{"name": n, "value": "1"} for n in "abcd"]),
    containers(env("x", "b")),
    containers(env("d", "a")),
    containers(env("n", **{"$setElementOrder/env": [{"name": n} for n in "nxabcd"]})),
    containers({"name": "x", "$setElementOrder/env": [{"name": n} for n in "dcb"]}),
    containers(
        {
            "name": "x",
            "$setElementOrder/env": [{"name": n} for n in "qcb"],
            "env": [{"name": "q", "value": "9"}, {"name": "a", "$patch": "delete"}],
        }
    ),
    containers(env("c", "b", **{"$setElementOrder/env": [{"name": n} for n in "bc"]})),
    containers(env("u", **{"$setElementOrder/env": [{"name": n} for n in "bc"]})),
    containers({"name": "x", "$setElementOrder/env": "bc"}),
    containers({"name": "x", "$setElementOrder/env": ["b"]}),
    containers({"name": "x", "$setElementOrder/odd": [{"name": "b"}]}),
    containers({"name": "x", "$setElementOrder": [{"name": "b"}]}),
    containers({"name": "x", "$setElementOrder/ports": [{"containerPort": 1}]}),
    containers({"name": "x", "env": None}),
    containers(env("z", "y", **{"$setElementOrder/env": [{"name": n} for n in "yz"]})),
)
strategic_case(
    "order-of-many",
    deployment(env=[{"name": n, "value": "1"} for n in "abcdefgh"]),
    containers(env("h", "m", "a", "l")),
    containers(env("c", "k", **{"$setElementOrder/env": [{"name": n} for n in "gkca"]})),
    {
        "spec": {
            "template": {
                "spec": {
                    "$setElementOrder/containers": [{"name": "s"}, {"name": "x"}],
                    "containers": [{"name": "s", "image": "s:1"}],
                }
            }
        }
    },
)
_DELETED = [{"name": "b", "$patch": "delete"}, {"name": "d", "$patch": "delete"}]
strategic_case(
    "order-after-deleting",
    deployment(env=[{"name": n, "value": "1"} for n in "abcdefgh"]),
    containers(
        {
            "name": "x",
            "$setElementOrder/env": [{"name": n} for n in "mcnok"],
            "env": [*[{"name": n, "value": "2"} for n in "mno"], *_DELETED],
        }
    ),
    containers(
        {
            "name": "x",
            "env": [{"name": "m", "$patch": "delete"}, *[{"name": n, "value": "2"} for n in "rs"]],
        }
    ),
    containers(
        {
            "name": "x",
            "$setElementOrder/env": [{"name": n} for n in "sryz"],
            "env": [
                {"name": "z", "value": "1"},
                {"name": "a", "$patch": "delete"},
                {"name": "h", "$patch": "delete"},
            ],
        }
    ),
)
strategic_case(
    "maps",
    deployment() | {"metadata": {"labels": {"a": "1", "b": "1"}, "annotations": {"n": "1"}}},
    {"metadata": {"labels": {"a": None, "c": "2", "d": None}}},
    {"metadata": {"labels": {"$patch": "replace", "e": "3"}}},
    {"metadata": {"labels": {"$patch": "delete"}}},
    {"metadata": {"annotations": None, "labels": {"x": "1"}}},
    {"metadata": {"labels": {"$patch": "odd"}}},
    {"metadata": {"labels": {"$patch": "merge", "y": "1"}}},
    {"metadata": {"labels": "x"}},
    {"metadata": {"labels": {"x": 5}}},
    {"spec": {"template": {"metadata": {"$patch": "replace", "labels": {"app": "x"}}}}},
    {"spec": {"template": {"spec": {"nodeSelector": {"a": "1"}}}}},
    {"spec": {"template": {"spec": {"nodeSelector": {"b": "1"}}}}},
    {"spec": {"replicas": "x"}},
    {"spec": {"odd": 1, "replicas": 7}},
    {"spec": {"odd": {"a": 1}, "replicas": 7}},
    {},
    [],
    "x",
    {"$patch": "replace"},
    {"$patch": "delete"},
)
strategic_case(
    "scalars",
    {"metadata": {"finalizers": ["e.x/a", "e.x/b", "e.x/c"]}},
    {"metadata": {"finalizers": ["e.x/d", "e.x/b"]}},
    {"metadata": {"$deleteFromPrimitiveList/finalizers": ["e.x/b", "e.x/z"]}},
    {
        "metadata": {
            "$setElementOrder/finalizers": ["e.x/c", "e.x/e", "e.x/a"],
            "finalizers": ["e.x/e"],
        }
    },
    {"metadata": {"$setElementOrder/finalizers": ["e.x/a", "e.x/c"]}},
    {"metadata": {"$deleteFromPrimitiveList/finalizers": "e.x/a"}},
    {"metadata": {"$deleteFromPrimitiveList": ["e.x/a"]}},
    {"metadata": {"$deleteFromPrimitiveList/odd": ["e.x/a"]}},
    {"metadata": {"finalizers": [{"$patch": "replace"}]}},
    {"metadata": {"$deleteFromPrimitiveList/finalizers": None}},
    {"metadata": {"finalizers": None}},
    kind="ConfigMap",
)
strategic_case(
    "retain-keys",
    {
        "spec": deployment()["spec"]
        | {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 2}}}
    },
    {"spec": {"strategy": {"type": "Recreate"}}},
    {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}},
    {"spec": {"strategy": {"$retainKeys": ["type"], "rollingUpdate": {}}}},
    {"spec": {"strategy": {"$retainKeys": "type"}}},
    {"spec": {"strategy": {"$retainKeys": ["type", "rollingUpdate"], "type": "RollingUpdate"}}},
    spec(volumes=[{"name": "v", "emptyDir": {}}]),
    spec(volumes=[{"name": "v", "secret": {"secretName": "s"}}]),
    spec(
        volumes=[
            {"name": "v", "$retainKeys": ["name", "secret"], "secret": {"secretName": "s"}},
            {"name": "w", "$retainKeys": ["name", "emptyDir"], "emptyDir": {}},
        ]
    ),
)
strategic_case(
    "lists",
    deployment(args=["a", "b"], ports=[{"containerPort": 80}, {"containerPort": 81}]),
    containers({"name": "x", "args": ["c"]}),
    containers({"name": "x", "ports": [{"containerPort": 81, "name": "n"}, {"containerPort": 82}]}),
    containers({"name": "x", "ports": [{"containerPort": 80, "$patch": "delete"}]}),
    containers({"name": "x", "ports": [{"containerPort": 82, "protocol": "UDP"}]}),
    spec(tolerations=[{"key": "k", "operator": "Exists"}]),
    spec(tolerations=[{"key": "l", "operator": "Exists"}]),
    spec(imagePullSecrets=[{"name": "s"}]),
    spec(imagePullSecrets=[{"name": "t"}]),
    spec(hostAliases=[{"ip": "1.1.1.1", "hostnames": ["h"]}]),
    spec(hostAliases=[{"ip": "1.1.1.1", "hostnames": ["i"]}]),
    containers({"name": "x", "volumeMounts": [{"name": "v", "mountPath": "/v"}]}),
    containers({"name": "x", "resources": {"limits": {"cpu": "1"}}}),
    containers({"name": "x", "resources": {"limits": {"memory": "1Gi"}}}),
)
strategic_case(
    "service-patches",
    {"spec": {"ports": [{"port": 80, "name": "a"}, {"port": 81, "name": "b"}]}},
    {"spec": {"ports": [{"port": 81, "targetPort": 8081}]}},
    {"spec": {"ports": [{"port": 80, "$patch": "delete"}], "selector": {"x": "1"}}},
    {"spec": {"ports": [{"name": "b", "targetPort": 1}]}},
    {
        "spec": {
            "$setElementOrder/ports": [{"port": 90}, {"port": 81}],
            "ports": [{"port": 90, "name": "c"}],
        }
    },
    {"spec": {"externalIPs": ["1.1.1.1"]}},
    {"spec": {"externalIPs": ["2.2.2.2"]}},
    kind="Service",
)
strategic_case(
    "webhook-patches",
    {
        "webhooks": [
            {
                "name": "w.example.com",
                "admissionReviewVersions": ["v1"],
                "clientConfig": {"url": "https://example.com/"},
                "failurePolicy": "Ignore",
                "sideEffects": "None",
                "rules": [
                    {
                        "apiGroups": ["none"],
                        "apiVersions": ["v1"],
                        "operations": ["CREATE"],
                        "resources": ["x"],
                    }
                ],
            }
        ]
    },
    {"webhooks": [{"name": "w.example.com", "clientConfig": {"caBundle": "Cg=="}}]},
    {"webhooks": [{"name": "w.example.com", "rules": []}]},
    {"webhooks": [{"name": "w.example.com", "$patch": "delete"}]},
    kind="ValidatingWebhookConfiguration",
)


def op(kind: str, path: str, *value: Any, **more: Any) -> Json:
    found: Json = {"op": kind, "path": path} | more
    return found | {"value": value[0]} if value else found


def json_case(name: str, first: Json, *steps: Step, kind: str = "Deployment") -> None:
    case(GROUP, name, kind, create("up", first), *steps)


_SPEC = "/spec/template/spec"
json_case(
    "operations",
    deployment(args=["a", "b", "c"])
    | {"metadata": {"annotations": {"a/b": "1", "c.d": "2", "e.f": "3"}}},
    json_patch("p", op("replace", "/spec/replicas", 4), op("add", "/metadata/labels", {"x": "1"})),
    json_patch("p", op("remove", "/metadata/annotations/a~1b")),
    json_patch("p", op("replace", "/metadata/annotations/c.d", "9")),
    json_patch("p", op("add", _SPEC + "/containers/0/args/-", "d")),
    json_patch("p", op("add", _SPEC + "/containers/0/args/1", "n")),
    json_patch("p", op("remove", _SPEC + "/containers/0/args/-1")),
    json_patch("p", op("add", _SPEC + "/containers/0/args/-1", "m")),
    json_patch("p", op("replace", _SPEC + "/containers/0/args/0", "z")),
    json_patch(
        "p",
        op("copy", "/metadata/labels/copied", **{"from": "/metadata/labels/x"}),
        op("move", "/metadata/labels/moved", **{"from": "/metadata/labels/x"}),
    ),
    json_patch("p", op("test", "/spec/replicas", 4), op("test", "/metadata/labels/none")),
    json_patch("p", op("test", "/metadata/labels", {"moved": "1", "copied": "1"})),
    json_patch("p", op("test", "/metadata/labels/none", None)),
    json_patch("p", op("replace", "/metadata/labels/new", "1")),
    json_patch("p", op("add", "/metadata/annotations", None)),
    json_patch(
        "p",
        op("copy", _SPEC + "/containers/-", **{"from": _SPEC + "/containers/0"}),
        op("replace", _SPEC + "/containers/1/name", "y"),
    ),
    json_patch("p"),
    merge("p", {"spec": {"replicas": None}}),
)
json_case(
    "refused-operations",
    deployment(args=["a"]),
    json_patch("p", op("remove", "/metadata/labels/x")),
    json_patch("p", op("remove", "/metadata/none")),
    json_patch("p", op("remove", "/none/none")),
    json_patch("p", op("add", "/none/none/x", 1)),
    json_patch("p", op("replace", "/none/x", 1)),
    json_patch("p", op("replace", "/metadata/none", 1)),
    json_patch("p", op("test", "/spec/replicas", 9)),
    json_patch("p", op("test", "/spec/replicas", "2")),
    json_patch("p", op("test", "/none/x", 9)),
    json_patch("p", op("test", "/metadata/labels", {"x": "1"})),
    json_patch("p", op("test", "/metadata/name")),
    json_patch("p", op("test", _SPEC + "/containers/7", 9)),
    json_patch("p", op("move", "/spec/x", **{"from": "/none/x"})),
    json_patch("p", op("move", "/none/x", **{"from": "/spec/replicas"})),
    json_patch("p", op("move", "/spec/replicas", **{"from": "/spec/none"})),
    json_patch("p", op("move", "/spec/replicas")),
    json_patch("p", op("copy", "/spec/x", **{"from": "/none/x"})),
    json_patch("p", op("copy", "/none/x", **{"from": "/spec/replicas"})),
    json_patch("p", op("copy", "/spec/x")),
    json_patch("p", op("add", _SPEC + "/containers/9", {})),
    json_patch("p", op("add", _SPEC + "/containers/-9", {})),
    json_patch("p", op("add", _SPEC + "/containers/x", {})),
    json_patch("p", op("add", _SPEC + "/containers/x/y", {})),
    json_patch("p", op("remove", _SPEC + "/containers/9")),
    json_patch("p", op("remove", _SPEC + "/containers/-9")),
    json_patch("p", op("remove", _SPEC + "/containers/x")),
    json_patch("p", op("replace", _SPEC + "/containers/9", {})),
    json_patch("p", op("replace", _SPEC + "/containers/x", {})),
    json_patch("p", op("replace", _SPEC + "/containers/-", {})),
    json_patch("p", op("move", _SPEC + "/containers/9", **{"from": "/spec/replicas"})),
    json_patch("p", op("move", "/spec/x", **{"from": _SPEC + "/containers/9"})),
    json_patch("p", op("add", "/spec/replicas/x", 1)),
    json_patch("p", op("odd", "/spec/replicas", 1)),
    json_patch("p", {"path": "/spec/replicas", "value": 1}),
    json_patch("p", {"op": "add", "value": 1}),
    json_patch("p", {"op": "replace", "value": 1}),
    json_patch("p", {"op": "remove"}),
    json_patch("p", {"op": "test", "value": 1}),
    json_patch("p", op("add", "spec", 1)),
    json_patch("p", op("add", "", {})),
    json_patch("p", op("remove", "")),
    json_patch("p", op("replace", "", 1)),
    json_patch("p", op("replace", "", [])),
    json_patch("p", op("test", "", {})),
    json_patch("p", op("replace", "/spec/replicas", "x")),
    json_patch("p", op("add", "/spec/odd", "x")),
    json_patch("p", "x"),
    json_patch("p", {"op": 1, "path": "/spec"}),
    json_patch("p", {"op": "add", "path": 1}),
    Step("application/json-patch+json", {"op": "add"}, "p"),
    Step("application/json-patch+json", "x", "p"),
    Step("application/json-patch+json", None, "p"),
)
json_case(
    "merge-patches",
    deployment(args=["a"]) | {"metadata": {"labels": {"a": "1"}}},
    merge("p", {"metadata": {"labels": {"b": "2", "a": None}}}),
    merge("p", {"metadata": {"labels": {"c": None}, "annotations": {"x": None, "y": "1"}}}),
    merge("p", containers({"name": "z", "image": "z:1"})),
    merge("p", {"metadata": {"annotations": None, "labels": None}}),
    merge("p", {"spec": {"odd": 1}}),
    merge("p", {"spec": {"replicas": "x"}}),
    merge("p", {"spec": None}),
    merge("p", {"metadata": "x"}),
    merge("p", {}),
    merge("p", []),
    merge("p", "x"),
    merge("p", None),
    merge("p", [1]),
)
