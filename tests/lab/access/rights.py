"""Who asks for what: the same rows to a real API server and to the lab's rbac.

What the real one answered is in data/access/rbac.json; tests/live/test_lab_rbac.py records and
compares it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

RBAC = "rbac.authorization.k8s.io"
NETWORKING = "networking.k8s.io"


def _role(name: str, *rules: Json, namespace: str = "") -> Json:
    meta = {"name": name} | ({"namespace": namespace} if namespace else {})
    kind = "Role" if namespace else "ClusterRole"
    return {"apiVersion": f"{RBAC}/v1", "kind": kind, "metadata": meta, "rules": list(rules)}


def _binding(name: str, role: str, *subjects: Json, namespace: str = "") -> Json:
    meta = {"name": name} | ({"namespace": namespace} if namespace else {})
    kind, _, named = role.partition("/")
    return {
        "apiVersion": f"{RBAC}/v1",
        "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
        "metadata": meta,
        "roleRef": {"apiGroup": RBAC, "kind": kind, "name": named},
        "subjects": list(subjects),
    }


def _rule(verbs: str, groups: str = "", resources: str = "", names: str = "") -> Json:
    rule: Json = {
        "verbs": verbs.split(),
        "apiGroups": ["" if group == "core" else group for group in groups.split()],
        "resources": resources.split(),
    }
    return rule | ({"resourceNames": names.split()} if names else {})


def _urls(verbs: str, *urls: str) -> Json:
    return {"verbs": verbs.split(), "nonResourceURLs": list(urls)}


def _user(name: str) -> Json:
    return {"apiGroup": RBAC, "kind": "User", "name": name}


def _group(name: str) -> Json:
    return {"apiGroup": RBAC, "kind": "Group", "name": name}


def _account(name: str, namespace: str = "") -> Json:
    subject = {"kind": "ServiceAccount", "name": name}
    return subject | ({"namespace": namespace} if namespace else {})


OBJECTS: tuple[Json, ...] = (
    _role("reader", _rule("get list", NETWORKING, "ingresses")),
    _role("one-secret", _rule("get", "core", "secrets", "first second")),
    _role("scaler", _rule("get", "apps", "*/scale"), _rule("get", "core", "pods/log")),
    _role("all-apps", _rule("*", "apps", "*"), _rule("list", "*", "configmaps")),
    _role("urls", _urls("get", "/metrics", "/logs/*"), _urls("*", "/exact")),
    _role("maker", _rule("create", "core", "configmaps"), namespace="a"),
    _binding("reader", "ClusterRole/reader", _user("ing"), _group("watchers")),
    _binding("one-secret", "ClusterRole/one-secret", _user("secretive")),
    _binding("scaler", "ClusterRole/scaler", _user("scaler")),
    _binding("all-apps", "ClusterRole/all-apps", _user("apps")),
    _binding("urls", "ClusterRole/urls", _user("urls")),
    _binding("dangling", "ClusterRole/gone", _user("dangling"), _user("both")),
    _binding("maker", "Role/maker", _user("maker"), _account("robot"), namespace="a"),
    _binding("gone", "Role/gone", _user("both"), namespace="a"),
    _binding("far", "ClusterRole/reader", _account("robot", "b"), namespace="a"),
    _binding("cluster", "ClusterRole/reader", _account("robot", "b")),
    # For impersonation.
    _role(
        "legacy",
        _rule("impersonate", "core", "users", "alice"),
        _rule("impersonate", "core", "groups", "g1"),
        _rule("impersonate", "core", "serviceaccounts"),
    ),
    _binding("legacy", "ClusterRole/legacy", _user("dev")),
    _role(
        "constrained",
        _rule("impersonate:user-info", "authentication.k8s.io", "users", "alice"),
        _rule("impersonate:serviceaccount", "authentication.k8s.io", "serviceaccounts"),
        _rule("impersonate-on:user-info:create", "authentication.k8s.io", "selfsubjectreviews"),
        _rule("impersonate-on:user-info:list", "core", "configmaps"),
        _rule("impersonate-on:serviceaccount:list", "core", "configmaps"),
    ),
    _binding("constrained", "ClusterRole/constrained", _user("viewer")),
)


@dataclass(frozen=True)
class Ask:
    """One request, by its attributes; ``groups`` are those beside system:authenticated."""

    user: str
    verb: str
    group: str = ""
    resource: str = ""
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    path: str = ""
    groups: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        what = self.path or "/".join(
            (self.group, self.resource, self.namespace, self.name, self.subresource)
        )
        return f"{self.user}{list(self.groups) or ''} {self.verb} {what}"


_SA = "system:serviceaccount:"
ASKS: tuple[Ask, ...] = (
    Ask("dev", "list", NETWORKING, "ingresses"),
    Ask("dev", "list", NETWORKING, "ingresses", "x"),
    Ask("dev", "watch", NETWORKING, "ingresses", "x"),
    Ask("dev", "get", NETWORKING, "ingresses", "x", "web"),
    Ask("dev", "patch", NETWORKING, "ingresses", "x", "web", "status"),
    Ask("dev", "create", "", "configmaps", "x"),
    Ask("dev", "update", "", "configmaps", "x", "c"),
    Ask("dev", "delete", "", "configmaps", "x", "c"),
    Ask("dev", "deletecollection", "", "configmaps", "x"),
    Ask("dev", "get", "", "namespaces", "x", "x"),
    Ask("dev", "list", "", "namespaces"),
    Ask("dev", "get", "", "nodes", "", "n"),
    Ask("dev", "get", "", "pods", "x", "p", "log"),
    Ask("dev", "create", "", "serviceaccounts", "x", "default", "token"),
    Ask("dev", "get", path="/metrics"),
    Ask("dev", "get", path="/version"),
    Ask("dev", "get", path="/healthz"),
    Ask("dev", "get", path="/openapi/v3"),
    Ask("dev", "get", path="/api"),
    Ask("dev", "get", path="/apis/apps/v1"),
    Ask("dev", "post", path="/version"),
    Ask('<d&e"v\\>', "list", "", "pods"),
    Ask("ünï", "list", "", "pods"),
    Ask("root", "delete", "", "nodes", "", "nowhere", groups=("system:masters",)),
    Ask("root", "get", path="/metrics", groups=("system:masters",)),
    Ask("ing", "list", NETWORKING, "ingresses"),
    Ask("ing", "list", NETWORKING, "ingresses", "x"),
    Ask("ing", "watch", NETWORKING, "ingresses"),
    Ask("ing", "get", NETWORKING, "ingresses", "x", "web"),
    Ask("ing", "get", NETWORKING, "ingresses", "x", "web", "status"),
    Ask("ing", "get", NETWORKING, "ingressclasses", "", "nginx"),
    Ask("someone", "list", NETWORKING, "ingresses", groups=("watchers",)),
    Ask("someone", "list", NETWORKING, "ingresses", groups=("watcher",)),
    Ask("secretive", "get", "", "secrets", "x", "second"),
    Ask("secretive", "get", "", "secrets", "x", "third"),
    Ask("secretive", "list", "", "secrets", "x"),
    Ask("scaler", "get", "apps", "deployments", "x", "d", "scale"),
    Ask("scaler", "get", "apps", "deployments", "x", "d", "status"),
    Ask("scaler", "get", "apps", "deployments", "x", "d"),
    Ask("scaler", "get", "", "pods", "x", "p", "log"),
    Ask("scaler", "get", "", "pods", "x", "p"),
    Ask("apps", "delete", "apps", "replicasets", "x", "nowhere"),
    Ask("apps", "get", "apps", "replicasets", "x", "nowhere", "scale"),
    Ask("apps", "list", "", "configmaps", "x"),
    Ask("apps", "list", "", "secrets", "x"),
    Ask("urls", "get", path="/metrics"),
    Ask("urls", "get", path="/metrics/slis"),
    Ask("urls", "get", path="/logs/x"),
    Ask("urls", "get", path="/logs"),
    Ask("urls", "put", path="/exact"),
    Ask("dangling", "list", "", "pods", "x"),
    Ask("dangling", "get", path="/metrics"),
    Ask("both", "list", "", "pods", "a"),
    Ask("both", "list", "", "pods", "b"),
    Ask("maker", "create", "", "configmaps", "a"),
    Ask("maker", "create", "", "configmaps", "b"),
    Ask("maker", "list", "", "configmaps"),
    Ask(_SA + "a:robot", "create", "", "configmaps", "a"),
    Ask(_SA + "b:robot", "create", "", "configmaps", "a"),
    Ask(_SA + "b:robot", "list", NETWORKING, "ingresses"),
    Ask(_SA + "a:robot", "list", NETWORKING, "ingresses"),
    Ask("system:anonymous", "get", path="/version"),
    Ask("system:anonymous", "get", path="/api"),
    Ask("system:anonymous", "list", "", "pods"),
    Ask("dev", "create", "authorization.k8s.io", "selfsubjectaccessreviews"),
    Ask("dev", "create", "authorization.k8s.io", "selfsubjectrulesreviews"),
    Ask("dev", "create", "authorization.k8s.io", "subjectaccessreviews"),
)


@dataclass(frozen=True)
class Disguise:
    """Someone (a user with a token) asks as someone else: who am I, or a list of ConfigMaps."""

    user: str
    headers: tuple[tuple[str, str], ...]
    lists: bool = False

    @property
    def id(self) -> str:
        worn = "+".join(f"{name.removeprefix('Impersonate-')}={v}" for name, v in self.headers)
        return f"{self.user} as {worn} {'lists' if self.lists else 'is'}"


def _worn(user: str = "", *groups: str, uid: str = "") -> tuple[tuple[str, str], ...]:
    named = (("Impersonate-User", user),) if user else ()
    numbered = (("Impersonate-Uid", uid),) if uid else ()
    return (*named, *(("Impersonate-Group", group) for group in groups), *numbered)


# Comes before the others: an administrator's old way of acting is then tried first.
FIRST = Disguise("admin", _worn("alice", "system:masters"))
DISGUISES: tuple[Disguise, ...] = tuple(
    Disguise(user, headers, lists)
    for user in ("admin", "dev", "viewer")
    for headers in (
        # Before anything is granted: which mode that was decides what is told later.
        _worn("bob"),
        _worn("alice"),
        _worn("alice", "g1"),
        _worn("alice", "g1", "g2"),
        _worn("alice", "system:masters"),
        _worn("alice", uid="7"),
        _worn("", "g1"),
        _worn("", uid="7"),
        _worn(_SA + "a:robot"),
        _worn(_SA + "a:robot", "g1"),
        _worn("system:node:n1"),
        _worn("system:anonymous"),
        _worn("alice", "system:unauthenticated"),
    )
    for lists in (False, True)
)


@dataclass(frozen=True)
class Review:
    """``kubectl auth can-i``: a review's spec, and who asks."""

    user: str
    kind: str
    spec: Json = field(hash=False)
    groups: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return f"{self.user} {self.kind} {self.spec}"


def _may(user: str, groups: tuple[str, ...] = (), /, **attributes: str) -> Review:
    spec = {"resourceAttributes": attributes}
    return Review(user, "SelfSubjectAccessReview", spec, groups)


def _all(user: str, namespace: str, *groups: str) -> Review:
    return Review(user, "SelfSubjectRulesReview", {"namespace": namespace}, groups)


REVIEWS: tuple[Review, ...] = (
    _may("dev", verb="list", resource="pods", namespace="x"),
    _may("ing", verb="list", group=NETWORKING, resource="ingresses"),
    _may("ing", verb="list", group=NETWORKING, resource="ingresses", version="v1", namespace="x"),
    _may("someone", ("watchers",), verb="get", group=NETWORKING, resource="ingresses", name="n"),
    _may("maker", verb="create", resource="configmaps", namespace="a"),
    _may("root", ("system:masters",), verb="*", group="*", resource="*"),
    _may("scaler", verb="get", group="apps", resource="deployments", subresource="scale"),
    _may("both", verb="list", resource="pods", namespace="a"),
    _may(_SA + "a:robot", verb="create", resource="configmaps", namespace="a"),
    _may(_SA + "b:robot", verb="list", group=NETWORKING, resource="ingresses", namespace="a"),
    _may("apps", verb="*", group="apps", resource="*"),
    _may("dev", verb="*", group="*", resource="*"),
    Review(
        "urls",
        "SelfSubjectAccessReview",
        {"nonResourceAttributes": {"verb": "get", "path": "/logs/x"}},
    ),
    Review(
        "dev",
        "SelfSubjectAccessReview",
        {"nonResourceAttributes": {"verb": "get", "path": "/logs/x"}},
    ),
    Review("dev", "SelfSubjectAccessReview", {}),
    Review(
        "dev",
        "SelfSubjectAccessReview",
        {
            "nonResourceAttributes": {"path": "/", "verb": "get"},
            "resourceAttributes": {"verb": "get", "resource": "pods"},
        },
    ),
    _all("dev", "x"),
    _all("maker", "a"),
    _all("maker", "b"),
    _all("both", "a"),
    _all("secretive", "x"),
    _all("urls", "x"),
    _all("root", "x", "system:masters"),
    _all("dev", ""),
    Review("dev", "SelfSubjectRulesReview", {}),
)
