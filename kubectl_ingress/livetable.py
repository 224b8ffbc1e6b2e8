"""What a cluster holds that routing looks at, and the table of the controller that is meant.

Most of it is read of all namespaces. What only some controllers look at is read
where one of them runs: its ConfigMap, its own kinds, the Gateway API, and of
Secrets those alone that something names. What may not be read of these is told
and left out; the rest has to be readable.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import replace

from kubectl_ingress.core.kinds import KINDS, Kind
from kubectl_ingress.core.objects import Finding, Ingress, Origin, Snapshot
from kubectl_ingress.core.parse import parse_snapshot
from kubectl_ingress.errors import ApiForbidden, ApiNotFound
from kubectl_ingress.ports import api

if TYPE_CHECKING:
    from kubectl_ingress.controllers._discovery import Running
    from kubectl_ingress.ports.cluster import Cluster

READ = ("Ingress", "IngressClass", "Service", "EndpointSlice", "Deployment", "DaemonSet")
# The first of them tells whether the cluster has any.
_GATEWAY_KINDS = (
    "GatewayClass",
    "Gateway",
    "HTTPRoute",
    "GRPCRoute",
    "ReferenceGrant",
    "ListenerSet",
    "Namespace",
)
_CUSTOM_KINDS = {
    "f5-nginx": (
        Kind("VirtualServer", "k8s.nginx.org/v1", "virtualservers"),
        Kind("Policy", "k8s.nginx.org/v1", "policies"),
    ),
    "kong": (
        Kind("KongPlugin", "configuration.konghq.com/v1", "kongplugins"),
        Kind("KongIngress", "configuration.konghq.com/v1", "kongingresses"),
    ),
    "traefik": (Kind("Middleware", "traefik.io/v1alpha1", "middlewares"),),
    "gke": (Kind("FrontendConfig", "networking.gke.io/v1beta1", "frontendconfigs"),),
}
_CONFIG_MAP_FLAGS = ("configmap", "nginx-configmaps")
_CERTIFICATE_FLAG = "default-ssl-certificate"
# By the end of an annotation's name, whichever controller's it is.
_SECRET_ANNOTATIONS = ("auth-secret", "auth-tls-secret", "basic-auth-secret")
_BLUE_GREEN = "blue-green"
# More than these are read as a list, of which what nobody names is thrown away.
_ONE_BY_ONE = 40

_NAME = re.compile(r"[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?")

Name = tuple[str, str]
"""Namespace, name."""


class _More(Struct):
    """What is read beside the objects that have to be readable."""

    cluster: Cluster
    items: list[tuple[dict[str, Any], Origin]] = field(default_factory=list)
    read: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)

    def list(self, kind: Kind) -> bool:
        """All objects of a kind; False where there is no such kind, or no right to list it."""
        try:
            found = api.list_all(self.cluster, kind)
        except ApiForbidden as error:
            self._forbidden(kind, error)
            return False
        except ApiNotFound:
            return False
        self._keep(found)
        self.read.add(kind.name)
        return True

    def get(self, kind: Kind, names: Iterable[Name]) -> None:
        """Single objects, those that exist; after a refusal no other of that namespace."""
        refused: set[str] = set()
        for namespace, name in sorted(names):
            if namespace in refused:
                continue
            try:
                found = api.find(self.cluster, kind, name, namespace)
            except ApiForbidden as error:
                refused.add(namespace)
                self._forbidden(kind, error)
                continue
            if found is not None:
                self._keep([found])
        if not refused:
            self.read.add(kind.name)

    def secrets(self, names: set[Name]) -> None:
        """The Secrets of these names; of many, those with a certificate as a list."""
        kind = KINDS["Secret"]
        if len(names) <= _ONE_BY_ONE:
            self.get(kind, names)
            return
        try:
            found = api.list_all(self.cluster, kind, fields="type=kubernetes.io/tls")
        except ApiForbidden as error:
            self._forbidden(kind, error)
            return
        by_name = {(one["metadata"]["namespace"], one["metadata"]["name"]): one for one in found}
        self._keep([by_name[name] for name in sorted(names & by_name.keys())])
        left = names - by_name.keys()
        if len(left) <= _ONE_BY_ONE:
            self.get(kind, left)

    def _keep(self, found: Iterable[dict[str, Any]]) -> None:
        self.items += [(one, Origin()) for one in found]

    def _forbidden(self, kind: Kind, error: ApiForbidden) -> None:
        message = f"{error.sentence}; what depends on it is not known"
        if all(one.message != message for one in self.findings):
            self.findings.append(Finding("KI905", "warning", message, fix=error.next_step))


def read_for_routing(
    cluster: Cluster, controller: str = "", host: str = "", also: Iterable[Kind] = ()
) -> Snapshot:
    """The objects that the controllers of a cluster look at.

    `controller` is the one that was asked for, whether it runs or not. With
    `host`, only Secrets are read that matter to it. `also` are kinds that somebody else
    looks at. Raises ApiForbidden where Ingresses, Services or controllers may not be read.
    """
    waiting = api.begin_snapshot(cluster, READ)
    # While the API server answers: what its answers are looked at with, and the
    # controller that most clusters have.
    from kubectl_ingress.controllers._discovery import find_running, known_controllers

    known_controllers()
    base = waiting()
    running = find_running(base)
    names = {one.profile.name for one in running} | ({controller} if controller else set())
    more = _More(cluster)
    more.get(KINDS["ConfigMap"], _config_maps(running))
    if any(name == "kong" or name.startswith("gateway-api") for name in names):
        for number, kind in enumerate(_GATEWAY_KINDS):
            if not more.list(KINDS[kind]) and number == 0:
                break
    for name in sorted(names):
        for custom in _CUSTOM_KINDS.get(name, ()):
            more.list(custom)
    if _is_blue_green(base):
        more.list(KINDS["Pod"])
    for one in also:
        if one.name not in more.read or one.name not in KINDS:
            more.list(one)
    whole = _joined(base, more)
    more.items.clear()
    more.secrets({*_named_secrets(whole, host), *_default_certificates(running)})
    whole = _joined(whole, more)
    return replace(whole, findings=(*whole.findings, *more.findings))


def with_secrets(cluster: Cluster, snapshot: Snapshot, host: str) -> Snapshot:
    """With the Secrets that matter to a host, as far as they may be read."""
    from kubectl_ingress.controllers._discovery import find_running

    more = _More(cluster)
    more.secrets({*_named_secrets(snapshot, host), *_default_certificates(find_running(snapshot))})
    return _joined(snapshot, more)


def _joined(base: Snapshot, more: _More) -> Snapshot:
    """A Snapshot with further kinds of objects in it."""
    extra = parse_snapshot(more.items, base.namespace)
    kinds = (
        "secrets", "config_maps", "pods", "makers", "nodes", "network_policies", "namespaces",
        "customs", "gateway_classes", "gateways", "listener_sets", "http_routes", "grpc_routes",
        "reference_grants",
    )  # fmt: skip
    found = {name: value for name in kinds if (value := getattr(extra, name))}
    return replace(
        base,
        **found,
        findings=(*base.findings, *extra.findings),
        read=base.read | more.read,
    )


def _config_maps(running: Iterable[Running]) -> Iterator[Name]:
    for one in running:
        for flag in _CONFIG_MAP_FLAGS:
            yield from _reference(one.told.flags.get(flag, ""), one.workload.meta.namespace)


def _default_certificates(running: Iterable[Running]) -> Iterator[Name]:
    for one in running:
        yield from _reference(
            one.told.flags.get(_CERTIFICATE_FLAG, ""), one.workload.meta.namespace
        )


def _reference(text: str, namespace: str) -> Iterator[Name]:
    """``namespace/name`` or ``name``; nothing where it cannot be the name of an object."""
    own, slash, name = text.replace("$(POD_NAMESPACE)", namespace).rpartition("/")
    own = own if slash else namespace
    if _NAME.fullmatch(name) and _NAME.fullmatch(own):
        yield (own, name)


def _is_blue_green(snapshot: Snapshot) -> bool:
    metas = [one.meta for one in snapshot.ingresses] + [one.meta for one in snapshot.services]
    return any(_BLUE_GREEN in key for meta in metas for key in meta.annotations)


def _named_secrets(snapshot: Snapshot, host: str) -> Iterator[Name]:
    for ingress in snapshot.ingresses:
        if host and not _is_about(ingress, host):
            continue
        namespace = ingress.meta.namespace
        for entry in ingress.tls:
            yield from _reference(entry.secret, namespace)
        for key, value in ingress.meta.annotations.items():
            if key.rpartition("/")[2] in _SECRET_ANNOTATIONS:
                yield from _reference(value, namespace)
    listeners = [(one.meta.namespace, one.listeners) for one in snapshot.gateways]
    listeners += [(one.meta.namespace, one.listeners) for one in snapshot.listener_sets]
    for namespace, found in listeners:
        for reference in (one for listener in found for one in listener.certificates):
            yield from _reference(reference.name, reference.namespace or namespace)


def _is_about(ingress: Ingress, host: str) -> bool:
    from kubectl_ingress.core.hosts import wildcard_of

    hosts = {rule.host for rule in ingress.rules}
    hosts |= {name for entry in ingress.tls for name in entry.hosts}
    # Aliases and the like are in annotations.
    return bool(hosts & {"", host, wildcard_of(host)}) or any(
        host in value for value in ingress.meta.annotations.values()
    )
