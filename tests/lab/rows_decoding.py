"""What clients send, and what the real API server said to it (Kubernetes 1.37).

tests/lab holds our decoder to these rows, tests/live the real server.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.resources import BY_KIND, Resource


@dataclass(frozen=True)
class Sent:
    """An object, and why it is refused, or the fields that nobody knows."""

    kind: str
    body: Json
    fault: str = ""
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kept:
    """An object, some of its fields as they are read back, and some that are not."""

    kind: str
    body: Json
    has: Json
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Patched:
    """A strategic merge patch, and why it is refused, or the fields that nobody knows."""

    kind: str
    body: Json
    fault: str = ""
    unknown: tuple[str, ...] = ()


GROUPS = {"Deployment": "apps", "Job": "batch", "Ingress": "networking.k8s.io"}
GROUPS |= dict.fromkeys(("Role", "ClusterRole"), "rbac.authorization.k8s.io")
GROUPS["EndpointSlice"] = "discovery.k8s.io"


def resource_of(kind: str) -> Resource:
    """The resource of a row."""
    return BY_KIND[GROUPS.get(kind, ""), kind]


def whole(kind: str, body: Json) -> Json:
    """With apiVersion, kind and a name."""
    resource = resource_of(kind)
    head = {"apiVersion": resource.api_version, "kind": kind, "metadata": {"name": "row"}}
    return head | body


def container(**fields: Any) -> Json:
    """The body of a Pod."""
    return {"spec": {"containers": [{"name": "c", "image": "i"} | fields]}}


def template(**fields: Any) -> Json:
    """The body of a Deployment with such a container."""
    labels = {"a": "b"}
    pod = {"metadata": {"labels": labels}, **container(**fields)}
    return {"spec": {"selector": {"matchLabels": labels}, "template": pod}}


def limits(cpu: Any) -> Json:
    """The body of a Pod with such a limit."""
    return container(resources={"limits": {"cpu": cpu}})


def cannot(what: str, where: str, go: str) -> str:
    """What Go's JSON decoder says."""
    return f"json: cannot unmarshal {what} into Go struct field {where} of type {go}"


NO_QUANTITY = (
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
)
REPLICAS = "DeploymentSpec.spec.replicas"
PORT = "HTTPGetAction.spec.containers.livenessProbe.ProbeHandler.httpGet.port"
PATHS = "HTTPIngressPath.spec.rules.IngressRuleValue.http.paths"

SENT = (
    Sent("Deployment", {"spec": {"replicas": "three"}}, cannot("string", REPLICAS, "int32")),
    Sent("Deployment", {"spec": {"replicas": 1.5}}, cannot("number 1.5", REPLICAS, "int32")),
    Sent("Deployment", {"spec": {"replicas": 2**33}}, cannot(f"number {2**33}", REPLICAS, "int32")),
    Sent("Deployment", {"spec": {"replicas": True}}, cannot("bool", REPLICAS, "int32")),
    Sent("Deployment", {"spec": {"replicas": [1]}}, cannot("array", REPLICAS, "int32")),
    Sent("Deployment", {"spec": {"replicas": {}}}, cannot("object", REPLICAS, "int32")),
    Sent(
        "Deployment",
        {"spec": {"paused": 1}},
        cannot("number", "DeploymentSpec.spec.paused", "bool"),
    ),
    Sent("Pod", container(image=5), cannot("number", "Container.spec.containers.image", "string")),
    Sent(
        "Pod",
        container(imagePullPolicy=5),
        cannot("number", "Container.spec.containers.imagePullPolicy", "v1.PullPolicy"),
    ),
    Sent(
        "Pod",
        container(args=["a", 5]),
        cannot("number", "Container.spec.containers.args", "string"),
    ),
    Sent(
        "Pod", container(args="a"), cannot("string", "Container.spec.containers.args", "[]string")
    ),
    Sent(
        "Pod",
        container(env=[{"name": "A", "value": True}]),
        cannot("bool", "EnvVar.spec.containers.env.value", "string"),
    ),
    Sent(
        "Pod",
        {"spec": {"containers": {}}},
        cannot("object", "PodSpec.spec.containers", "[]v1.Container"),
    ),
    Sent(
        "Pod",
        {"spec": {"containers": ["c"]}},
        cannot("string", "PodSpec.spec.containers", "v1.Container"),
    ),
    Sent("Pod", {"spec": []}, cannot("array", "Pod.spec", "v1.PodSpec")),
    Sent("Pod", {"metadata": "x"}, cannot("string", "Pod.metadata", "v1.ObjectMeta")),
    Sent("ConfigMap", {"data": {"a": 5}}, cannot("number", "ConfigMap.data", "string")),
    Sent("ConfigMap", {"data": ["a"]}, cannot("array", "ConfigMap.data", "map[string]string")),
    Sent(
        "ConfigMap", {"binaryData": {"a": 5}}, cannot("number", "ConfigMap.binaryData", "[]uint8")
    ),
    Sent("ConfigMap", {"binaryData": {"a": "***"}}, "illegal base64 data at input byte 0"),
    Sent("Secret", {"data": {"a": "not base64!"}}, "illegal base64 data at input byte 3"),
    Sent(
        "ConfigMap",
        {"metadata": {"labels": "a"}},
        cannot("string", "ObjectMeta.metadata.labels", "map[string]string"),
    ),
    Sent(
        "ConfigMap",
        {"metadata": {"ownerReferences": [{"uid": 5}]}},
        cannot("number", "OwnerReference.metadata.ownerReferences.uid", "types.UID"),
    ),
    Sent(
        "ConfigMap",
        {"metadata": {"creationTimestamp": 5}},
        cannot("number", "ObjectMeta.metadata.creationTimestamp", "string"),
    ),
    Sent(
        "ConfigMap",
        {"metadata": {"creationTimestamp": "2020-01-01"}},
        'parsing time "2020-01-01" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T"',
    ),
    Sent("Pod", limits("lots"), NO_QUANTITY),
    Sent("Pod", limits(True), NO_QUANTITY),
    Sent(
        "Pod",
        container(resources={"limits": "x"}),
        cannot(
            "string", "ResourceRequirements.spec.containers.resources.limits", "v1.ResourceList"
        ),
    ),
    Sent(
        "Pod",
        container(livenessProbe={"httpGet": {"port": 1.5}}),
        cannot("number 1.5", PORT, "int32"),
    ),
    Sent(
        "Pod", container(livenessProbe={"httpGet": {"port": {}}}), cannot("object", PORT, "int32")
    ),
    Sent(
        "Service",
        {"spec": {"type": 5}},
        cannot("number", "ServiceSpec.spec.type", "v1.ServiceType"),
    ),
    Sent(
        "Service",
        {"spec": {"ipFamilies": [5]}},
        cannot("number", "ServiceSpec.spec.ipFamilies", "v1.IPFamily"),
    ),
    Sent(
        "Ingress",
        {"spec": {"rules": "x"}},
        cannot("string", "IngressSpec.spec.rules", "[]v1.IngressRule"),
    ),
    Sent(
        "Ingress",
        {"spec": {"rules": [{"http": {"paths": [{"pathType": 5}]}}]}},
        cannot("number", f"{PATHS}.pathType", "v1.PathType"),
    ),
    Sent(
        "Ingress",
        {"spec": {"defaultBackend": {"service": {"name": "a", "port": {"number": "80"}}}}},
        cannot("string", "ServiceBackendPort.spec.defaultBackend.service.port.number", "int32"),
    ),
    # Of two faults the first is told, and a wrong type before an unknown field.
    Sent(
        "Pod",
        container(foo=1, image=5, args="a"),
        cannot("number", "Container.spec.containers.image", "string"),
    ),
    # But one in a quantity stops the reading.
    Sent("Pod", container(image=5, resources={"limits": {"cpu": "x"}}), NO_QUANTITY),
    Sent("Deployment", template(foo=1), unknown=("spec.template.spec.containers[0].foo",)),
    Sent(
        "ConfigMap",
        {"metadata": {"name": "row", "foo": 1}, "foo": {"bar": 1}, "Data": {}},
        unknown=("metadata.foo", "foo", "Data"),
    ),
    Sent(
        "Pod",
        {
            "spec": {
                "zap": 1,
                "containers": [{"name": "c", "image": "i", "Image": 1}],
                "volumes": [{"name": "v", "nope": {}}, {"name": "w", "emptyDir": {"huh": 1}}],
            }
        },
        unknown=(
            "spec.zap",
            "spec.containers[0].Image",
            "spec.volumes[0].nope",
            "spec.volumes[1].emptyDir.huh",
        ),
    ),
    Sent("ConfigMap", {'we"ird ü\n': 1}, unknown=('we"ird ü\n',)),
    Sent(
        "ConfigMap",
        {f"f{n:03}": 1 for n in range(120)},
        unknown=tuple(f"f{n:03}" for n in range(100)),
    ),
)

KEPT = (
    Kept(
        "Pod",
        {
            "metadata": {"name": "row", "labels": {}, "finalizers": [], "creationTimestamp": None},
            "spec": container(
                command=[],
                stdin=False,
                env=[{"name": "A", "value": ""}],
                ports=[{"containerPort": 80, "hostPort": 0, "name": ""}],
                securityContext={"privileged": False, "runAsUser": 0, "capabilities": {"add": []}},
                readinessProbe={"grpc": {"port": 5, "service": ""}, "initialDelaySeconds": 0},
            )["spec"]
            | {
                "hostNetwork": False,
                "automountServiceAccountToken": False,
                "terminationGracePeriodSeconds": 0,
                "nodeSelector": {},
                "affinity": {},
                "volumes": [{"name": "v", "emptyDir": {"medium": "", "sizeLimit": "0"}}],
            },
        },
        {
            "spec.containers.0.securityContext": {
                "capabilities": {},
                "privileged": False,
                "runAsUser": 0,
            },
            "spec.containers.0.env": [{"name": "A"}],
            "spec.containers.0.resources": {},
            "spec.containers.0.readinessProbe.grpc": {"port": 5, "service": ""},
            "spec.automountServiceAccountToken": False,
            "spec.terminationGracePeriodSeconds": 0,
            "spec.affinity": {},
            "spec.volumes.0": {"name": "v", "emptyDir": {"sizeLimit": "0"}},
        },
        (
            "metadata.labels",
            "metadata.finalizers",
            "spec.containers.0.command",
            "spec.containers.0.stdin",
            "spec.containers.0.ports.0.hostPort",
            "spec.containers.0.ports.0.name",
            "spec.containers.0.readinessProbe.initialDelaySeconds",
            "spec.hostNetwork",
            "spec.nodeSelector",
        ),
    ),
    Kept(
        "Deployment",
        {
            "spec": template()["spec"]
            | {"replicas": 0, "minReadySeconds": 0, "paused": False, "revisionHistoryLimit": 0}
        },
        {"spec.replicas": 0, "spec.revisionHistoryLimit": 0, "status": {}},
        ("spec.minReadySeconds", "spec.paused"),
    ),
    Kept(
        "Pod",
        container(resources={"limits": {"cpu": 0.5, "memory": "1024Mi"}}),
        {"spec.containers.0.resources.limits": {"cpu": "500m", "memory": "1Gi"}},
    ),
    Kept(
        "ConfigMap",
        {
            "data": {"a": None, "b": ""},
            "binaryData": {"c": "YW\nJj", "d": None},
            "immutable": False,
        },
        {"data": {"a": "", "b": ""}, "binaryData": {"c": "YWJj", "d": ""}, "immutable": False},
    ),
    Kept("Role", {"rules": []}, {"rules": None}),
    Kept("ClusterRole", {}, {"rules": None}),
    Kept("EndpointSlice", {"addressType": "IPv4"}, {"endpoints": None, "ports": None}),
    Kept(
        "Ingress",
        {"spec": {"rules": [{"host": "a.b"}], "tls": []}},
        {"spec": {"rules": [{"host": "a.b"}]}, "status": {"loadBalancer": {}}},
    ),
    Kept(
        "Event",
        {"involvedObject": {"namespace": "default"}, "count": 0, "type": ""},
        {"source": {}, "eventTime": None, "firstTimestamp": None, "reportingComponent": ""},
        ("count", "type"),
    ),
    Kept(
        "Node",
        {"spec": {"unschedulable": False}, "status": {"capacity": {"cpu": "2000m"}}},
        {
            "status.capacity": {"cpu": "2"},
            "status.daemonEndpoints": {"kubeletEndpoint": {"Port": 0}},
        },
        ("spec.unschedulable",),
    ),
)

PATCHED = (
    Patched("ConfigMap", {"data": {"a": 5}}, "cannot convert int64 to string"),
    Patched("ConfigMap", {"data": {"a": True}}, "unrecognized type: string"),
    Patched("ConfigMap", {"data": "x"}, "cannot restore map from string"),
    Patched("ConfigMap", {"metadata": "x"}, "cannot restore struct from: string"),
    Patched(
        "ConfigMap",
        {"binaryData": {"a": "***"}},
        "error decoding from json: illegal base64 data at input byte 0",
    ),
    Patched(
        "ConfigMap",
        {"metadata": {"creationTimestamp": 5}},
        "json: cannot unmarshal number into Go value of type string",
    ),
    Patched("Deployment", {"spec": {"replicas": "x"}}, "unrecognized type: int32"),
    Patched("Deployment", {"spec": {"replicas": 1.5}}, "cannot convert float64 to int32"),
    Patched("Deployment", {"spec": {"replicas": 2.0}}),
    Patched(
        "Deployment",
        {"spec": {"template": container(args="x")}},
        "cannot restore slice from string",
    ),
    Patched(
        "Deployment",
        {"spec": {"template": container(imagePullPolicy=5)}},
        "cannot convert int64 to v1.PullPolicy",
    ),
    Patched("Deployment", {"spec": {"template": limits("lots")}}, NO_QUANTITY),
    Patched("ConfigMap", {"zoo": 1, "abc": 2}, unknown=("abc", "zoo")),
)
