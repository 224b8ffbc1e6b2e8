"""The kinds that the lab serves: as many as the road needs, and no more."""

from __future__ import annotations

from msgspec import Struct

from kubectl_ingress.lab.api import Json

ALL_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")


class Resource(Struct, frozen=True):
    """One kind and where it is served.

    `subresources` are those below each object; `verbs` what can be done with
    the collection and its objects. `storage` is the (group, plural) under which
    objects are kept: two kinds of Event are one.
    """

    kind: str
    group: str
    version: str
    plural: str
    namespaced: bool = True
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ALL_VERBS
    stored_as: tuple[str, str] | None = None

    @property
    def api_version(self) -> str:
        """``apps/v1``, ``v1``."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def singular(self) -> str:
        """``deployment``."""
        return self.kind.lower()

    @property
    def storage(self) -> tuple[str, str]:
        """Group and plural under which its objects are kept."""
        return self.stored_as or (self.group, self.plural)

    def path(self, namespace: str = "", name: str = "") -> str:
        """The URL path of the collection, or of one object."""
        parts = ["/apis/" + self.api_version if self.group else "/api/" + self.api_version]
        if self.namespaced and namespace:
            parts += ["namespaces", namespace]
        return "/".join([*parts, self.plural, *([name] if name else [])])


_APPS, _NETWORKING = "apps", "networking.k8s.io"
_RBAC, _ADMISSION = "rbac.authorization.k8s.io", "admissionregistration.k8s.io"
_ALL = ("all",)
_SCALED = ("scale", "status")

RESOURCES: tuple[Resource, ...] = (
    Resource(
        "Namespace",
        "",
        "v1",
        "namespaces",
        False,
        ("ns",),
        (),
        ("finalize", "status"),
        verbs=tuple(verb for verb in ALL_VERBS if verb != "deletecollection"),
    ),
    Resource("Node", "", "v1", "nodes", False, ("no",), (), ("status",)),
    Resource(
        "Pod", "", "v1", "pods", True, ("po",), _ALL, ("binding", "log", "portforward", "status")
    ),
    Resource("Service", "", "v1", "services", True, ("svc",), _ALL, ("status",)),
    Resource("Endpoints", "", "v1", "endpoints", True, ("ep",)),
    Resource("ServiceAccount", "", "v1", "serviceaccounts", True, ("sa",), (), ("token",)),
    Resource("ConfigMap", "", "v1", "configmaps", True, ("cm",)),
    Resource("Secret", "", "v1", "secrets"),
    Resource("Event", "", "v1", "events", True, ("ev",)),
    Resource("Deployment", _APPS, "v1", "deployments", True, ("deploy",), _ALL, _SCALED),
    Resource("ReplicaSet", _APPS, "v1", "replicasets", True, ("rs",), _ALL, _SCALED),
    Resource("DaemonSet", _APPS, "v1", "daemonsets", True, ("ds",), _ALL, ("status",)),
    Resource("Job", "batch", "v1", "jobs", True, (), _ALL, ("status",)),
    Resource("Ingress", _NETWORKING, "v1", "ingresses", True, ("ing",), (), ("status",)),
    Resource("IngressClass", _NETWORKING, "v1", "ingressclasses", False),
    Resource("EndpointSlice", "discovery.k8s.io", "v1", "endpointslices"),
    Resource(
        "Event",
        "events.k8s.io",
        "v1",
        "events",
        True,
        ("ev",),
        verbs=("create", "delete", "get", "list", "watch"),
        stored_as=("", "events"),
    ),
    Resource("Role", _RBAC, "v1", "roles"),
    Resource("RoleBinding", _RBAC, "v1", "rolebindings"),
    Resource("ClusterRole", _RBAC, "v1", "clusterroles", False),
    Resource("ClusterRoleBinding", _RBAC, "v1", "clusterrolebindings", False),
    Resource(
        "ValidatingWebhookConfiguration", _ADMISSION, "v1", "validatingwebhookconfigurations", False
    ),
    Resource(
        "MutatingWebhookConfiguration", _ADMISSION, "v1", "mutatingwebhookconfigurations", False
    ),
    Resource(
        "SelfSubjectAccessReview",
        "authorization.k8s.io",
        "v1",
        "selfsubjectaccessreviews",
        False,
        verbs=("create",),
    ),
    Resource(
        "SelfSubjectRulesReview",
        "authorization.k8s.io",
        "v1",
        "selfsubjectrulesreviews",
        False,
        verbs=("create",),
    ),
)

BY_PLURAL = {(each.group, each.version, each.plural): each for each in RESOURCES}
BY_KIND = {(each.group, each.kind): each for each in RESOURCES}


def resource_of(reference: Json) -> Resource:
    """The kind of an object or owner reference; KeyError for one that the lab does not serve."""
    return BY_KIND[reference["apiVersion"].rpartition("/")[0], reference["kind"]]
