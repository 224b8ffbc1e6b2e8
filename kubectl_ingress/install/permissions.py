"""The accounts of an installation and what they may do."""

from __future__ import annotations

from collections.abc import Sequence

from kubectl_ingress.install.metadata import Component, Manifest, manifest
from kubectl_ingress.install.settings import ADMISSION_NAME, NAME, Settings

_RBAC = "rbac.authorization.k8s.io"
_CORE = ""
_NETWORKING = "networking.k8s.io"
_LEASES = "coordination.k8s.io"
_SLICES = "discovery.k8s.io"

_READ = ("get", "list", "watch")
_FOLLOW = ("list", "watch")
LEADER = f"{NAME}-leader"
"""The Lease by which one replica is chosen to write addresses; --election-id."""


def _rule(
    group: str, resources: Sequence[str], verbs: Sequence[str], names: Sequence[str] = ()
) -> Manifest:
    rule: Manifest = {"apiGroups": [group], "resources": list(resources), "verbs": list(verbs)}
    return {**rule, "resourceNames": list(names)} if names else rule


_EVENTS = _rule(_CORE, ["events"], ["create", "patch"])
_SERVICES = _rule(_CORE, ["services"], _READ)
_INGRESSES = _rule(_NETWORKING, ["ingresses"], _READ)
_INGRESS_STATUS = _rule(_NETWORKING, ["ingresses/status"], ["update"])
_CLASSES = _rule(_NETWORKING, ["ingressclasses"], _READ)
_ENDPOINT_SLICES = _rule(_SLICES, ["endpointslices"], [*_FOLLOW, "get"])

_IN_NAMESPACE = (
    _rule(_CORE, ["namespaces"], ["get"]),
    _rule(_CORE, ["configmaps", "pods", "secrets", "endpoints"], _READ),
    _SERVICES,
    _INGRESSES,
    _INGRESS_STATUS,
    _CLASSES,
    _rule(_LEASES, ["leases"], ["get", "update"], [LEADER]),
    _rule(_LEASES, ["leases"], ["create"]),
    _EVENTS,
    _ENDPOINT_SLICES,
)
_IN_CLUSTER = (
    _rule(_CORE, ["configmaps", "endpoints", "nodes", "pods", "secrets", "namespaces"], _FOLLOW),
    _rule(_LEASES, ["leases"], _FOLLOW),
    _rule(_CORE, ["nodes"], ["get"]),
    _SERVICES,
    _INGRESSES,
    _EVENTS,
    _INGRESS_STATUS,
    _CLASSES,
    _ENDPOINT_SLICES,
)
_ADMISSION_IN_NAMESPACE = (_rule(_CORE, ["secrets"], ["get", "create"]),)
_ADMISSION_IN_CLUSTER = (
    _rule("admissionregistration.k8s.io", ["validatingwebhookconfigurations"], ["get", "update"]),
)


def _account(settings: Settings, name: str, component: Component) -> Manifest:
    return manifest(settings, "ServiceAccount", name, component, automountServiceAccountToken=True)


def _role(
    settings: Settings, kind: str, name: str, component: Component, rules: Sequence[Manifest]
) -> Manifest:
    return manifest(settings, kind, name, component, rules=list(rules))


def _binding(
    settings: Settings, kind: str, name: str, component: Component, account: str
) -> Manifest:
    """Gives the role of the same name to an account of the installation."""
    return manifest(
        settings,
        f"{kind}Binding",
        name,
        component,
        roleRef={"apiGroup": _RBAC, "kind": kind, "name": name},
        subjects=[{"kind": "ServiceAccount", "name": account, "namespace": settings.namespace}],
    )


def permissions(settings: Settings) -> tuple[Manifest, ...]:
    """Accounts, roles and bindings, of the controller and of its admission Jobs, in order."""
    hook: Component = "admission-webhook"
    cluster, cluster_hook = settings.cluster_wide(NAME), settings.cluster_wide(ADMISSION_NAME)
    return (
        _account(settings, NAME, "controller"),
        _account(settings, ADMISSION_NAME, hook),
        _role(settings, "Role", NAME, "controller", _IN_NAMESPACE),
        _role(settings, "Role", ADMISSION_NAME, hook, _ADMISSION_IN_NAMESPACE),
        _role(settings, "ClusterRole", cluster, "", _IN_CLUSTER),
        _role(settings, "ClusterRole", cluster_hook, hook, _ADMISSION_IN_CLUSTER),
        _binding(settings, "Role", NAME, "controller", NAME),
        _binding(settings, "Role", ADMISSION_NAME, hook, ADMISSION_NAME),
        _binding(settings, "ClusterRole", cluster, "", NAME),
        _binding(settings, "ClusterRole", cluster_hook, hook, ADMISSION_NAME),
    )
