"""The objects routing is made of, as they are: the Snapshot.

Frozen, and nothing but data. `parse` makes them from what the API or a file
holds; everything after that works the same, wherever they came from.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct, field

from kubectl_ingress.core.edits import Mend
from kubectl_ingress.core.pods import Pod as Pod
from kubectl_ingress.core.pods import Workload as Workload

if TYPE_CHECKING:
    from kubectl_ingress.core.gateway import (
        Gateway,
        GatewayClass,
        GRPCRoute,
        HTTPRoute,
        ListenerSet,
        ReferenceGrant,
    )
    from kubectl_ingress.core.network_policy import NetworkPolicy


class Origin(Struct, frozen=True):
    """Where an object was read: a file and its 1-based line, or the cluster (no line)."""

    source: str = "cluster"
    line: int | None = None

    def __str__(self) -> str:
        """``file:line``, or ``cluster``."""
        return self.source if self.line is None else f"{self.source}:{self.line}"


class Repeated(Struct, frozen=True):
    """A key that stands twice in one mapping of an object, and the line that does not count."""

    path: tuple[str | int, ...]
    line: int


class Meta(Struct, frozen=True):
    """What every object has. `created` is RFC 3339 as the API gives it, "" in a file."""

    namespace: str
    name: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    created: str = ""
    uid: str = ""
    origin: Origin = Origin()

    @property
    def key(self) -> str:
        """``namespace/name``, or just the name where there is no namespace."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name

    @property
    def age(self) -> tuple[str, str]:
        """To order by: the oldest first, of equal age by ``namespace/name``."""
        return self.created, self.key


class PortRef(Struct, frozen=True):
    """A Service port as an Ingress names it: by number or by name, never both."""

    number: int | None = None
    name: str = ""

    def __str__(self) -> str:
        return self.name or str(self.number)


class ServiceBackend(Struct, frozen=True):
    """``backend.service`` of an Ingress; the Service is in the Ingress's namespace."""

    service: str
    port: PortRef

    def __str__(self) -> str:
        return f"{self.service}:{self.port}"


class PathRule(Struct, frozen=True):
    """One path of a rule. `backend` is None for a resource backend, or a broken one."""

    path: str
    path_type: str
    backend: ServiceBackend | None


class HostRule(Struct, frozen=True):
    """One entry of ``spec.rules``; host "" is every host."""

    host: str
    paths: tuple[PathRule, ...]


class TLSEntry(Struct, frozen=True):
    """One entry of ``spec.tls``."""

    hosts: tuple[str, ...]
    secret: str


class Ingress(Struct, frozen=True):
    """networking.k8s.io/v1 Ingress. `class_name` is None where the field is absent."""

    meta: Meta
    class_name: str | None
    rules: tuple[HostRule, ...]
    default_backend: ServiceBackend | None
    tls: tuple[TLSEntry, ...]
    addresses: tuple[str, ...]


class Parameters(Struct, frozen=True):
    """``spec.parameters`` of an IngressClass; `namespace` is "" where the scope is Cluster."""

    group: str
    kind: str
    name: str
    namespace: str = ""

    def __str__(self) -> str:
        name = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.kind}.{self.group} {name}" if self.group else f"{self.kind} {name}"


class IngressClass(Struct, frozen=True):
    """networking.k8s.io/v1 IngressClass; `parameters` is the object that it refers to."""

    meta: Meta
    controller: str
    is_default: bool
    parameters: Parameters | None = None


class ServicePort(Struct, frozen=True):
    """One port of a Service; `target` is a number, a name, or None where unset.

    `app_protocol` is a hint of what the pods speak, "" where absent.
    """

    name: str
    number: int
    target: int | str | None
    protocol: str
    node_port: int | None
    app_protocol: str = ""


class Service(Struct, frozen=True):
    """v1 Service. `addresses` are names or IPs from ``status.loadBalancer``.

    `shortcuts` are those of them that are IPs which nodes take for their own (ipMode
    is not Proxy): a pod that asks one never meets the load balancer. `traffic_policy` is
    externalTrafficPolicy, "" where unset, and `ip_families` IPv4 or IPv6 as far as they are told.
    """

    meta: Meta
    type: str
    ports: tuple[ServicePort, ...]
    selector: Mapping[str, str]
    external_name: str
    cluster_ip: str
    addresses: tuple[str, ...]
    shortcuts: tuple[str, ...] = ()
    traffic_policy: str = ""
    ip_families: tuple[str, ...] = ()


class Endpoint(Struct, frozen=True):
    """One address of an EndpointSlice with the name of the Pod behind it ("" if none).

    `serving` is whether it would be ready were it not being ended, `ending` whether it is;
    `node` is the name of the machine that it is on, "" where nobody says.
    """

    address: str
    ready: bool
    pod: str
    serving: bool = True
    ending: bool = False
    node: str = ""


class EndpointSlice(Struct, frozen=True):
    """discovery.k8s.io/v1 EndpointSlice; `ports` maps port name to number."""

    meta: Meta
    service: str
    ports: Mapping[str, int | None]
    endpoints: tuple[Endpoint, ...]


class Secret(Struct, frozen=True):
    """v1 Secret, without its values: `keys` are their names.

    `certificate` is the public part of a TLS Secret, PEM as in ``tls.crt``; ""
    where there is none. `key_problem` says why no server can use it with its
    ``tls.key``, "" where one can, or where there is none.
    """

    meta: Meta
    type: str
    keys: frozenset[str]
    certificate: str = ""
    key_problem: str = ""


class ConfigMap(Struct, frozen=True):
    """v1 ConfigMap, its text values."""

    meta: Meta
    data: Mapping[str, str]


class Namespace(Struct, frozen=True):
    """v1 Namespace: its labels, which selectors look at."""

    meta: Meta


class Node(Struct, frozen=True):
    """v1 Node; `provider_id` begins with the cloud's name: ``azure://``.

    `internal` and `external` are its addresses, "" where it has none.
    """

    meta: Meta
    provider_id: str = ""
    internal: str = ""
    external: str = ""
    ready: bool = False


class Custom(Struct, frozen=True):
    """An object of a custom resource that one controller understands; `spec` is raw data."""

    kind: str
    group: str
    meta: Meta
    spec: Mapping[str, object]


class Finding(Struct, frozen=True):
    """Something worth saying about an object. `code` is permanent (see core.codes).

    `level` is error, warning or info; `object` is "Kind namespace/name", `field`
    where in it, () where that is left open. `mend` is what `lint --fix` may do.
    `statuses` are those with which what it is about may answer a request instead of
    what is predicted, () for none or where that is left open.
    """

    code: str
    level: str
    message: str
    object: str = ""
    origin: Origin = Origin()
    fix: str = ""
    field: tuple[str | int, ...] = ()
    mend: Mend | None = None
    statuses: tuple[int, ...] = ()


class Snapshot(Struct, frozen=True, dict=True):
    """The objects that were read, in a fixed order: namespace, then name.

    `namespace` is the one the user works in: suggested commands leave its flag
    out. `read` names the kinds that were read at all, so that a missing object
    and a kind nobody looked at are not the same. `offline` is whether files were
    read and no cluster: what they hold nothing of may be there all the same.
    `passed_over` is what was met in directories and is no object of Kubernetes.
    `workloads` are Deployments and DaemonSets, `makers` all other kinds that make pods.
    """

    ingresses: tuple[Ingress, ...] = ()
    classes: tuple[IngressClass, ...] = ()
    services: tuple[Service, ...] = ()
    slices: tuple[EndpointSlice, ...] = ()
    workloads: tuple[Workload, ...] = ()
    secrets: tuple[Secret, ...] = ()
    config_maps: tuple[ConfigMap, ...] = ()
    pods: tuple[Pod, ...] = ()
    makers: tuple[Workload, ...] = ()
    nodes: tuple[Node, ...] = ()
    network_policies: tuple[NetworkPolicy, ...] = ()
    namespaces: tuple[Namespace, ...] = ()
    customs: tuple[Custom, ...] = ()
    gateway_classes: tuple[GatewayClass, ...] = ()
    gateways: tuple[Gateway, ...] = ()
    listener_sets: tuple[ListenerSet, ...] = ()
    http_routes: tuple[HTTPRoute, ...] = ()
    grpc_routes: tuple[GRPCRoute, ...] = ()
    reference_grants: tuple[ReferenceGrant, ...] = ()
    findings: tuple[Finding, ...] = ()
    namespace: str = "default"
    read: frozenset[str] = field(default_factory=frozenset)
    offline: bool = False
    passed_over: tuple[Origin, ...] = ()

    def may_lack(self, held: tuple[object, ...]) -> bool:
        """Whether what is not here may be there: files of an application that hold none of a kind.

        `held` are the objects of the kind. Files that hold a class were taken
        from a cluster, or make up a whole one.
        """
        return self.offline and not held and not (self.classes or self.gateway_classes)

    @property
    def secrets_unread(self) -> bool:
        """Whether nobody has looked for Secrets: one that is not here may be there."""
        return "Secret" not in self.read or self.may_lack(self.secrets)

    @cached_property
    def ingress_by_key(self) -> Mapping[tuple[str, str], Ingress]:
        """(namespace, name) -> Ingress."""
        return {(i.meta.namespace, i.meta.name): i for i in self.ingresses}

    def ingress_named(self, key: str) -> Ingress | None:
        """The one called ``namespace/name``, None where there is none."""
        namespace, _, name = key.partition("/")
        return self.ingress_by_key.get((namespace, name))

    @cached_property
    def service_by_key(self) -> Mapping[tuple[str, str], Service]:
        """(namespace, name) -> Service."""
        return {(s.meta.namespace, s.meta.name): s for s in self.services}

    @cached_property
    def secret_by_key(self) -> Mapping[tuple[str, str], Secret]:
        """(namespace, name) -> Secret."""
        return {(s.meta.namespace, s.meta.name): s for s in self.secrets}

    @cached_property
    def config_map_by_key(self) -> Mapping[tuple[str, str], ConfigMap]:
        """(namespace, name) -> ConfigMap."""
        return {(c.meta.namespace, c.meta.name): c for c in self.config_maps}

    @cached_property
    def pods_by_label(self) -> Mapping[tuple[str, str, str], tuple[Workload | Pod, ...]]:
        """(namespace, label, its value) -> what makes such pods, and pods that are written out."""
        found: dict[tuple[str, str, str], list[Workload | Pod]] = {}
        made: tuple[Workload | Pod, ...] = (*self.workloads, *self.makers, *self.pods)
        for one in made:
            for label, value in one.pod_labels.items():
                found.setdefault((one.meta.namespace, label, value), []).append(one)
        return {key: tuple(each) for key, each in found.items()}

    @cached_property
    def namespace_by_name(self) -> Mapping[str, Namespace]:
        """name -> Namespace."""
        return {n.meta.name: n for n in self.namespaces}

    @cached_property
    def class_by_name(self) -> Mapping[str, IngressClass]:
        """name -> IngressClass."""
        return {c.meta.name: c for c in self.classes}

    @cached_property
    def slices_by_service(self) -> Mapping[tuple[str, str], tuple[EndpointSlice, ...]]:
        """(namespace, Service name) -> its EndpointSlices."""
        found: dict[tuple[str, str], list[EndpointSlice]] = {}
        for piece in self.slices:
            found.setdefault((piece.meta.namespace, piece.service), []).append(piece)
        return {key: tuple(pieces) for key, pieces in found.items()}
