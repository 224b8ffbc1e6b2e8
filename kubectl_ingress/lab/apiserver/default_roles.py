"""The roles and bindings that a cluster begins with, as far as the lab has them.

Kubernetes' own: plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go. Left out: admin,
edit and view, and those of its own components.
"""

from __future__ import annotations

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.accounts import AUTHENTICATED, UNAUTHENTICATED
from kubectl_ingress.lab.apiserver.rbac import GROUP, MASTERS

_PUBLIC = ["/healthz", "/livez", "/readyz", "/version", "/version/"]
_DISCOVERY = ["/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi", "/openapi/*"]
_ANYTHING = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}
_REVIEWS = ["selfsubjectaccessreviews", "selfsubjectrulesreviews"]
# ClusterRole -> its rules, and the groups it is bound to.
_ROLES: dict[str, tuple[list[Json], list[str]]] = {
    "cluster-admin": ([_ANYTHING, {"nonResourceURLs": ["*"], "verbs": ["*"]}], [MASTERS]),
    "system:basic-user": (
        [
            {"apiGroups": ["authorization.k8s.io"], "resources": _REVIEWS, "verbs": ["create"]},
            {
                "apiGroups": ["authentication.k8s.io"],
                "resources": ["selfsubjectreviews"],
                "verbs": ["create"],
            },
        ],
        [AUTHENTICATED],
    ),
    "system:discovery": (
        [
            {
                "nonResourceURLs": [*_DISCOVERY, "/readyz", "/version", "/version/"],
                "verbs": ["get"],
            }
        ],
        [AUTHENTICATED],
    ),
    "system:public-info-viewer": (
        [{"nonResourceURLs": _PUBLIC, "verbs": ["get"]}],
        [AUTHENTICATED, UNAUTHENTICATED],
    ),
}


def default_roles() -> list[Json]:
    """ClusterRoles and ClusterRoleBindings to create, complete but for what the server adds."""
    found: list[Json] = []
    for name, (rules, groups) in _ROLES.items():
        common: Json = {
            "apiVersion": f"{GROUP}/v1",
            "metadata": {
                "name": name,
                "annotations": {"rbac.authorization.kubernetes.io/autoupdate": "true"},
                "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"},
            },
        }
        subjects = [{"apiGroup": GROUP, "kind": "Group", "name": group} for group in groups]
        role = {"apiGroup": GROUP, "kind": "ClusterRole", "name": name}
        found.append({"kind": "ClusterRole", **common, "rules": rules})
        bound = {"roleRef": role, "subjects": subjects}
        found.append({"kind": "ClusterRoleBinding", **common, **bound})
    return found
