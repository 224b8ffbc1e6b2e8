"""The kinds besides Pod, in many states: see tables_objects."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from tests.live.tables_objects import ELSEWHERE, LABEL, NAMESPACE, Json, ago

_MAIN = {"name": "main", "image": "registry.test/a:1"}
_SIDE = {"name": "side", "image": "registry.test/b"}
_EXPRESSIONS = [
    {"key": "tier", "operator": "In", "values": ["z", "a"]},
    {"key": "old", "operator": "DoesNotExist"},
    {"key": "app.test/x", "operator": "Exists"},
    {"key": "zone", "operator": "NotIn", "values": ["b"]},
]
_MATCHING = {"app": "web", "tier": "a", "app.test/x": ""}


def _template(labels: Json, *containers: Json, **spec: Any) -> Json:
    return {"metadata": {"labels": labels}, "spec": {"containers": list(containers), **spec}}


def workloads() -> Iterator[tuple[str, str, Json]]:
    """(kind, name, spec); the real controllers write the statuses."""
    for kind in ("Deployment", "ReplicaSet", "DaemonSet"):
        replicas: Json = {} if kind == "DaemonSet" else {"replicas": 2}
        labels = {"app": kind, "b": "c"}
        plain = {"selector": {"matchLabels": labels}, "template": _template(labels, _MAIN)}
        yield kind, "plain", replicas | plain
        selector = {"matchLabels": {"k": kind, "app": "web"}, "matchExpressions": _EXPRESSIONS}
        nowhere = {"z": "1", "a": "2"}
        two = _template(_MATCHING | {"k": kind}, _MAIN, _SIDE, nodeSelector=nowhere)
        yield kind, "selected", replicas | {"selector": selector, "template": two}
    for name, image in ("unpullable", "tables/unpullable"), ("crashing", "tables/exits-1"):
        template = _template({"app": name}, {"name": "main", "image": image})
        yield "Deployment", name, {"selector": {"matchLabels": {"app": name}}, "template": template}
    none = {"replicas": 0, "selector": {"matchLabels": {"app": "none"}}}
    yield "Deployment", "none", none | {"template": _template({"app": "none"}, _MAIN)}


def jobs() -> Iterator[tuple[str, Json, Json | None]]:
    """(name, spec, status); a Job with a status is managed by nobody, and so keeps it."""
    exits = {code: {"name": "main", "image": f"tables/exits-{code}"} for code in (0, 1)}
    never = {"restartPolicy": "Never"}
    yield "complete", {"template": _template({}, exits[0], **never)}, None
    yield "failed", {"template": _template({}, exits[1], **never), "backoffLimit": 0}, None
    yield "running", {"template": _template({}, _MAIN, _SIDE, **never), "completions": 3}, None
    yield "suspended", {"template": _template({}, _MAIN, **never), "suspend": True}, None
    yield "deleted", {"template": _template({}, _MAIN, **never)}, None
    queue = {"template": _template({}, _MAIN, **never), "parallelism": 3, "completions": None}
    yield "queue", queue, None
    for name, parallelism in ("none", 0), ("one", 1):
        yield f"queue-of-{name}", queue | {"parallelism": parallelism}, None
    managed = {"managedBy": "tables.test/nobody", "template": _template({}, _MAIN, **never)}
    started = {"startTime": ago(timedelta(hours=5, minutes=3))}
    yield "never-started", managed, {}
    yield "half", managed | {"completions": 5}, started | {"succeeded": 2, "active": 1}
    for kind in ("FailureTarget", "SuccessCriteriaMet", "Suspended"):
        yield f"is-{kind.lower()}", managed, started | {"conditions": [_condition(kind)]}
    met, done = _condition("SuccessCriteriaMet"), _condition("Complete")
    ended = {"completionTime": ago(timedelta(hours=1)), "conditions": [met, done]}
    yield "was-complete", managed | {"completions": 1}, started | ended | {"succeeded": 1}


def _condition(kind: str) -> Json:
    return {"type": kind, "status": "True", "lastTransitionTime": ago(timedelta())}


def services() -> Iterator[tuple[str, Json, Json | None]]:
    """(name, spec, status); the played cloud gives ``balanced`` an address, and no other."""
    tcp, dns = {"port": 80}, {"port": 53, "protocol": "UDP", "name": "dns"}
    both = {"ports": [tcp | {"name": "http"}, dns], "selector": {"b": "2", "a": "1"}}
    yield "cluster", both, None
    yield "external-ips", both | {"externalIPs": ["192.0.2.9", "192.0.2.1"]}, None
    yield "headless", {"clusterIP": "None", "selector": {"a": "1"}}, None
    yield "headless-port", {"clusterIP": "None", "ports": [tcp]}, None
    yield "node-port", both | {"type": "NodePort"}, None
    yield "named", {"type": "ExternalName", "externalName": "www.example.com"}, None
    yield "named-port", {"type": "ExternalName", "externalName": "a.test", "ports": [tcp]}, None
    balancer = {"type": "LoadBalancer", "ports": [tcp]}
    many = [{"ip": "192.0.2.7"}, {"hostname": "z.test"}, {"ip": "192.0.2.10"}, {"ip": "192.0.2.7"}]
    yield "balanced", balancer, None
    yield "balanced-no-ports", balancer | {"allocateLoadBalancerNodePorts": False}, {}
    yield "balanced-by-many", balancer, {"loadBalancer": {"ingress": many}}
    both_ways = balancer | {"externalIPs": ["192.0.2.200"]}
    yield "balanced-and-ips", both_ways, {"loadBalancer": {"ingress": many[:2]}}
    yield "balanced-only-ips", both_ways | {"externalIPs": ["192.0.2.201"]}, {}


def endpoints() -> Iterator[tuple[str, Json]]:
    """(name, fields beside metadata)."""

    def addresses(count: int, net: str = "192.0.2.") -> list[Json]:
        return [{"ip": f"{net}{number}"} for number in range(1, count + 1)]

    http, tls = {"port": 80, "name": "http"}, {"port": 443, "name": "tls"}
    yield "empty", {}
    yield "three", {"subsets": [{"addresses": addresses(3), "ports": [http]}]}
    yield "four", {"subsets": [{"addresses": addresses(2), "ports": [http, tls]}]}
    yield "five", {"subsets": [{"addresses": addresses(5), "ports": [{"port": 1}]}]}
    yield "unready", {"subsets": [{"notReadyAddresses": addresses(2), "ports": [http]}]}
    yield "no-ports", {"subsets": [{"addresses": addresses(4)}]}
    six = {"addresses": addresses(2, "2001:db8::"), "ports": [http]}
    yield "six", {"subsets": [six, {"addresses": addresses(2), "ports": [tls]}]}


def endpoint_slices() -> Iterator[tuple[str, Json]]:
    """(name, fields beside metadata)."""
    port = [{"port": number, "name": f"p{number}"} for number in range(1, 6)]
    ready = [{"addresses": [f"192.0.2.{number}"]} for number in range(1, 6)]
    four = {"addressType": "IPv4"}
    yield "slice-empty", four | {"endpoints": [], "ports": []}
    yield "slice-one", four | {"endpoints": ready[:1], "ports": port[:1]}
    yield "slice-three", four | {"endpoints": ready[:3], "ports": port[:3]}
    yield "slice-five", four | {"endpoints": ready, "ports": port}
    yield "slice-any-port", four | {"endpoints": ready[:1], "ports": [{"name": "all"}]}
    yield "slice-unnamed", four | {"endpoints": ready[:1], "ports": [{"protocol": "UDP"}]}
    six = [{"addresses": ["2001:db8::1"], "conditions": {"ready": False}}]
    yield "slice-six", {"addressType": "IPv6", "endpoints": six, "ports": port[:1]}


def ingresses() -> Iterator[tuple[str, Json, Json | None]]:
    """(name, spec, status)."""
    backend = {"service": {"name": "cluster", "port": {"number": 80}}}
    paths = {"http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}

    def rules(*hosts: str) -> Json:
        return {"rules": [paths | ({"host": host} if host else {}) for host in hosts]}

    tls = {"tls": [{"hosts": ["a.test"], "secretName": "a"}]}
    yield "default-backend", {"defaultBackend": backend}, None
    yield "no-host", {"ingressClassName": "tables-plain"} | rules(""), None
    yield "one", rules("a.test") | tls, {"ingress": [{"ip": "192.0.2.1"}]}
    yield "wildcard", rules("*.a.test") | {"tls": [{}]}, {"ingress": [{"hostname": "lb.test"}]}
    yield "three", rules("c.test", "a.test", "b.test"), None
    named = [{"hostname": "z.test"}, {"ip": "192.0.2.10"}, {"ip": "192.0.2.9"}, {"ip": "192.0.2.9"}]
    yield "four", rules("a.test", "b.test", "c.test", "d.test"), {"ingress": named}
    yield "seven", rules(*(f"h{number}.test" for number in range(7))), None
    yield "three-and-none", rules("a.test", "b.test", "c.test", ""), None
    yield "none-and-three", rules("", "a.test", "", "b.test", "c.test"), None
    yield "twice", rules("a.test", "a.test"), None


def ingress_classes() -> Iterator[tuple[Json, Json]]:
    """(metadata, spec)."""
    default = "ingressclass.kubernetes.io/is-default-class"
    yield {"name": "tables-plain"}, {"controller": "k8s.io/ingress-nginx"}
    yield {"name": "tables-default", "annotations": {default: "true"}}, {"controller": "a.test/b"}
    yield {"name": "tables-no", "annotations": {default: "True"}}, {"controller": "a.test/b"}
    cluster = {"kind": "Settings", "name": "x", "scope": "Cluster"}
    grouped = {"apiGroup": "a.test", "kind": "Settings", "name": "x", "scope": "Cluster"}
    yield {"name": "tables-core"}, {"controller": "a.test/b", "parameters": cluster}
    yield {"name": "tables-grouped"}, {"controller": "a.test/b", "parameters": grouped}


def nodes() -> Iterator[tuple[str, Json, Json, Json]]:
    """(name, labels, spec, status)."""

    def ready(status: str) -> Json:
        return {"conditions": [{"type": "DiskPressure", "status": "False"}, _node_ready(status)]}

    role = "node-role.kubernetes.io/"
    inside = {"type": "InternalIP", "address": "192.0.2.1"}
    outside = {"type": "ExternalIP", "address": "198.51.100.1"}
    info = {
        "kubeletVersion": "v1.37.2",
        "osImage": "Debian GNU/Linux 12 (bookworm)",
        "kernelVersion": "6.1.0",
        "containerRuntimeVersion": "containerd://2.1.0",
        "architecture": "arm64",
    }
    yield ELSEWHERE, {}, {}, ready("True")
    both = {role + "worker": "", role + "control-plane": "", "kubernetes.io/role": "old"}
    addresses = {"addresses": [outside, inside, inside | {"address": "192.0.2.2"}]}
    yield "tables-roles", both, {}, ready("True") | addresses | {"nodeInfo": info}
    yield "tables-cordoned", {}, {"unschedulable": True}, ready("True") | {"nodeInfo": info}
    yield "tables-lost", {"kubernetes.io/role": ""}, {"unschedulable": True}, ready("Unknown")
    yield "tables-unready", {}, {}, ready("False")
    yield "tables-new", {}, {}, {"nodeInfo": {"architecture": "amd64"}}


def _node_ready(status: str) -> Json:
    return {"type": "Ready", "status": status}


#: Where the form of a duration changes, in seconds, and a little beside.
TURNS = (
    *(0, 1, 59, 60, 119, 120, 121, 180, 599, 600, 3599, 3600, 10799, 10800, 10860, 28799, 28800),
    *(86399, 86400, 172799, 172800, 176400, 691199, 691200, 63071999, 63072000, 63158400),
    *(30600, 694800, 252374400, 252287999, 252288000, 300000000, -1, -10, -3600),
)


def events() -> Iterator[tuple[str, Json]]:
    """(name, fields beside metadata), in core/v1."""
    about = {"kind": "Pod", "namespace": NAMESPACE, "name": "x", "apiVersion": "v1"}
    for seconds in TURNS:
        when = ago(timedelta(seconds=seconds))
        yield f"at-{seconds % 10**9}", {"involvedObject": about, "lastTimestamp": when}
    told: Json = {"involvedObject": about, "type": "Warning", "reason": "BackOff"}
    first, last = ago(timedelta(hours=2)), ago(timedelta(minutes=5))
    source = {"component": "kubelet", "host": "machine"}
    both = {"firstTimestamp": first, "lastTimestamp": last, "count": 17}
    yield "kubelet", told | both | {"source": source, "message": "Back-off\n"}
    field = about | {"fieldPath": "spec.containers{main}"}
    yield "part", told | {"involvedObject": field, "message": " \n two\nlines \t"}
    yield "only-first", told | {"firstTimestamp": first, "source": {"component": "a"}}
    yield "host-only", told | {"source": {"host": "machine"}}
    nobody = {"kind": "Node", "namespace": NAMESPACE}
    yield "nobody", told | {"involvedObject": nobody}
    yield "nothing", {"involvedObject": {"namespace": NAMESPACE}}


def newer_events() -> Iterator[tuple[str, Json]]:
    """(name, fields beside metadata), in events.k8s.io/v1."""

    def micro(elapsed: timedelta) -> str:
        return ago(elapsed).replace("Z", ".000000Z")

    told: Json = {
        "eventTime": micro(timedelta(minutes=12)),
        "reportingController": "default-scheduler",
        "reportingInstance": "default-scheduler-a",
        "action": "Binding",
        "reason": "Scheduled",
        "regarding": {"kind": "Pod", "namespace": NAMESPACE, "name": "x"},
        "note": "told",
        "type": "Normal",
    }
    yield "newer", told
    series = {"count": 9, "lastObservedTime": micro(timedelta(seconds=30))}
    yield "newer-series", told | {"series": series}


def bindings() -> Iterator[tuple[str, Json]]:
    """(name, roleRef and subjects)."""
    group = "rbac.authorization.k8s.io"
    role = {"apiGroup": group, "kind": "ClusterRole", "name": "view"}
    users = [{"kind": "User", "name": name, "apiGroup": group} for name in ("zoe", "Al Smith")]
    groups = [{"kind": "Group", "name": "system:masters", "apiGroup": group}]
    accounts = [
        {"kind": "ServiceAccount", "name": name, "namespace": NAMESPACE} for name in ("b", "a")
    ]
    yield "nobody", {"roleRef": role}
    yield "users", {"roleRef": role, "subjects": users}
    yield "all", {"roleRef": role, "subjects": [accounts[0], *groups, *users, accounts[1]]}


def webhooks() -> Iterator[tuple[str, Json]]:
    """(name, webhooks); they are for objects that nobody makes."""

    def hook(name: str) -> Json:
        rule = {"apiGroups": ["tables.test"], "apiVersions": ["v1"], "resources": ["nothing"]}
        return {
            "name": name,
            "rules": [rule | {"operations": ["CREATE"]}],
            "clientConfig": {"url": "https://tables.test/"},
            "sideEffects": "None",
            "admissionReviewVersions": ["v1"],
            "failurePolicy": "Ignore",
        }

    yield "tables-none", {}
    yield "tables-two", {"webhooks": [hook("a.tables.test"), hook("b.tables.test")]}


def labelled(name: str, **more: Any) -> Json:
    """The metadata of an object without a namespace."""
    return {"name": name, "labels": dict(LABEL), **more}


def secrets() -> Iterator[tuple[str, Json]]:
    """(name, fields beside metadata)."""
    yield "opaque", {"stringData": {"a": "1", "b": "2"}}
    yield "empty", {}
    yield "own", {"type": "tables.test/own", "stringData": {"a": "1"}}


def config_maps() -> Iterator[tuple[str, Json]]:
    """(name, fields beside metadata)."""
    yield "empty", {}
    yield "both", {"data": {"a": "1", "b": "2"}, "binaryData": {"c": "AA=="}}
    yield "binary", {"binaryData": {"c": "AA=="}}
