"""Everything that `status` reads of a cluster, as far as it may be read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct, field

from kubectl_ingress.controllers._discovery import known_controllers
from kubectl_ingress.core.inventory import Unread
from kubectl_ingress.core.kinds import KINDS
from kubectl_ingress.core.objects import Origin, Service, Snapshot
from kubectl_ingress.core.parse import (
    SERVICE_OF_SLICE,
    Reader,
    parse_endpoint_slice,
    parse_service,
    parse_snapshot,
)
from kubectl_ingress.errors import ApiError, ApiForbidden, ApiNotFound
from kubectl_ingress.install.detection import NO_NODES, Nodes, read_nodes
from kubectl_ingress.install.live import Live, reader_of
from kubectl_ingress.install.surroundings import kubernetes_version
from kubectl_ingress.ports import api
from kubectl_ingress.ports.answers import all_missing

if TYPE_CHECKING:
    from kubectl_ingress.ports.cluster import Cluster

_WORKLOADS = ("Deployment", "DaemonSet")
_WEBHOOKS = "ValidatingWebhookConfiguration"
Key = tuple[str, str, str]
"""Kind, namespace, name."""


class Readings(Struct, frozen=True):
    """What was read. `live` are the workloads as the API gave them."""

    snapshot: Snapshot
    live: Mapping[Key, Reader] = field(default_factory=dict)
    webhooks: tuple[Reader, ...] = ()
    nodes: Nodes = NO_NODES
    kubernetes: tuple[int, int] | None = None

    @property
    def variables(self) -> Mapping[Key, Mapping[str, str]]:
        """The variables that a workload's containers are given literally."""
        return {key: _variables(workload) for key, workload in self.live.items()}


class Look:
    """One look at a cluster. What may not be read is noted in `unread`, once for each kind."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._unread: dict[str, ApiForbidden] = {}

    @property
    def unread(self) -> tuple[Unread, ...]:
        """What may not be read."""
        return tuple(Unread(name, error.sentence) for name, error in self._unread.items())

    def read(self, namespace: str) -> Readings:
        """Controllers of `namespace`, or of all where it is ""; Ingresses are everybody's.

        Raises ApiForbidden where nothing may be read that tells of a controller.
        """
        asked = [("Ingress", ""), *((kind, namespace) for kind in _WORKLOADS)]
        asked += [("IngressClass", ""), (_WEBHOOKS, "")]
        waiting = self._cluster.begin([partial(self._ask, kind, where) for kind, where in asked])
        # Imported while the API server answers.
        known_controllers()
        answers = dict(zip((kind for kind, _ in asked), waiting(), strict=True))
        workloads = [each for kind in _WORKLOADS for each in self._kept(kind, answers[kind])]
        classes = self._kept("IngressClass", answers["IngressClass"])
        if len(self._unread) == len(_WORKLOADS) + 1:
            raise all_missing(tuple(self._unread.values()))
        ingresses = self._kept("Ingress", answers["Ingress"])
        items = [*workloads, *classes, *ingresses, *self._gateway_classes()]
        return Readings(
            parse_snapshot(
                ((item, Origin()) for item in items if isinstance(item, dict)),
                self._cluster.namespace,
                parsed={"Ingress": [each for each in ingresses if not isinstance(each, dict)]},
            ),
            live={_key(each): reader_of(each) for each in workloads if isinstance(each, dict)},
            webhooks=tuple(
                reader_of(each)
                for each in self._kept(_WEBHOOKS, answers[_WEBHOOKS])
                if isinstance(each, dict)
            ),
            nodes=self._nodes(),
            kubernetes=kubernetes_version(self._cluster),
        )

    def services(self, namespaces: Iterable[str]) -> tuple[Service, ...]:
        """The Services of these namespaces."""
        found = [each for name in sorted(set(namespaces)) for each in self._list("Service", name)]
        return tuple(parse_service(reader_of(each)) for each in found)

    def service_exists(self, namespace: str, name: str) -> bool | None:
        """None where that may not be read."""
        try:
            return api.find(self._cluster, KINDS["Service"], name, namespace) is not None
        except ApiForbidden as error:
            self._note("Service", error)
            return None

    def ready_endpoints(self, namespace: str, service: str) -> int | None:
        """How many endpoints of a Service are ready, None where that may not be read."""
        labels = f"{SERVICE_OF_SLICE}={service}"
        try:
            found = api.list_all(self._cluster, KINDS["EndpointSlice"], namespace, labels=labels)
        except ApiForbidden as error:
            self._note("EndpointSlice", error)
            return None
        slices = [parse_endpoint_slice(reader_of(each)) for each in found]
        return sum(end.ready for piece in slices for end in piece.endpoints)

    def _ask(self, kind: str, namespace: str) -> list[api.Item] | ApiForbidden:
        try:
            return api.read_kind(self._cluster, KINDS[kind], namespace)
        except ApiForbidden as error:
            return error

    def _kept(self, kind: str, answer: list[api.Item] | ApiForbidden) -> list[api.Item]:
        if isinstance(answer, ApiForbidden):
            self._note(kind, answer)
            return []
        return answer

    def _list(self, kind: str, namespace: str = "") -> list[dict[str, object]]:
        try:
            return api.list_all(self._cluster, KINDS[kind], namespace)
        except ApiForbidden as error:
            self._note(kind, error)
            return []

    def _gateway_classes(self) -> list[dict[str, object]]:
        """None where the cluster has no Gateway API."""
        kind = KINDS["GatewayClass"]
        try:
            return api.list_all(self._cluster, kind)
        except ApiNotFound:
            return []
        except ApiForbidden as error:
            # Who may not list them is refused before anybody looks whether there are any.
            if kind.group in self._groups():
                self._note("GatewayClass", error)
            return []

    def _groups(self) -> set[str]:
        try:
            answer = self._cluster.request("GET", "/apis")
        except ApiError:
            return set()
        return {each.text("name") for each in reader_of(answer).children("groups")}

    def _nodes(self) -> Nodes:
        try:
            return read_nodes(self._cluster)
        except ApiForbidden as error:
            self._note("Node", error)
            return NO_NODES

    def _note(self, kind: str, error: ApiForbidden) -> None:
        self._unread.setdefault(KINDS[kind].resource, error)


def _key(live: Live) -> Key:
    reader = reader_of(live)
    meta = reader.meta()
    return (reader.text("kind"), meta.namespace, meta.name)


def _variables(workload: Reader) -> dict[str, str]:
    pod = workload.child("spec").child("template").child("spec")
    return {
        variable.text("name"): variable.text("value")
        for container in pod.children("containers")
        for variable in container.children("env")
        if variable.text("value")
    }
