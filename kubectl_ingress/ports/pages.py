"""Pages of lists, straight into the model, for the kinds of which there are thousands.

Only what the model has is decoded: half of a page is managedFields. A page with anything
else than what the API serves is left to core.parse, which says what is wrong with it.
What comes of a page is the same either way; a test holds that.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import cache
from typing import Generic, NamedTuple, TypeVar

import msgspec

from kubectl_ingress.core.objects import (
    Endpoint,
    EndpointSlice,
    HostRule,
    Ingress,
    Meta,
    PathRule,
    PortRef,
    Service,
    ServiceBackend,
    ServicePort,
    TLSEntry,
)
from kubectl_ingress.core.parse import SERVICE_OF_SLICE

T = TypeVar("T")
Object = Ingress | Service | EndpointSlice


class Page(NamedTuple):
    """The objects of a page, and the token of the one that follows, "" for none."""

    items: list[Object]
    following: str


class _Struct(msgspec.Struct, rename="camel", gc=False):
    pass


class _Meta(_Struct):
    name: str
    namespace: str | None = None
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    creation_timestamp: str | None = None
    uid: str | None = None

    def parsed(self) -> Meta:
        return Meta(
            self.namespace or "",
            self.name,
            self.labels or {},
            self.annotations or {},
            self.creation_timestamp or "",
            self.uid or "",
        )


class _Port(_Struct):
    number: int | None = None
    name: str | None = None


_NO_PORT = _Port()


class _BackendService(_Struct):
    name: str | None = None
    port: _Port | None = None


class _Backend(_Struct):
    service: _BackendService | None = None


def _backend(found: _Backend | None) -> ServiceBackend | None:
    service = found.service if found is not None else None
    if service is None or not service.name:
        return None
    port = service.port or _NO_PORT
    return ServiceBackend(service.name, PortRef(port.number, port.name or ""))


class _Path(_Struct):
    path: str | None = None
    path_type: str | None = None
    backend: _Backend | None = None


class _Paths(_Struct):
    paths: list[_Path] | None = None


_NO_PATHS = _Paths()


class _Rule(_Struct):
    host: str | None = None
    http: _Paths | None = None

    def parsed(self) -> HostRule:
        paths = (self.http or _NO_PATHS).paths or ()
        return HostRule(
            (self.host or "").lower(),
            tuple([PathRule(p.path or "", p.path_type or "", _backend(p.backend)) for p in paths]),
        )


class _TLS(_Struct):
    hosts: list[str] | None = None
    secret_name: str | None = None

    def parsed(self) -> TLSEntry:
        return TLSEntry(tuple([host.lower() for host in self.hosts or ()]), self.secret_name or "")


class _Address(_Struct):
    hostname: str | None = None
    ip: str | None = None
    ip_mode: str | None = None


class _Balancer(_Struct):
    ingress: list[_Address] | None = None


class _Status(_Struct):
    load_balancer: _Balancer | None = None


def _addresses(status: _Status | None) -> tuple[str, ...]:
    balancer = status.load_balancer if status is not None else None
    entries = balancer.ingress if balancer is not None else None
    found = [entry.hostname or entry.ip or "" for entry in entries or ()]
    return tuple([address for address in found if address])


def _shortcuts(status: _Status | None) -> tuple[str, ...]:
    balancer = status.load_balancer if status is not None else None
    entries = balancer.ingress if balancer is not None else None
    return tuple([one.ip for one in entries or () if one.ip and one.ip_mode != "Proxy"])


class _IngressSpec(_Struct):
    ingress_class_name: str | None = None
    rules: list[_Rule] | None = None
    default_backend: _Backend | None = None
    tls: list[_TLS] | None = None


_NO_INGRESS_SPEC = _IngressSpec()


class _Ingress(_Struct):
    metadata: _Meta
    spec: _IngressSpec | None = None
    status: _Status | None = None

    def parsed(self) -> Ingress:
        spec = self.spec or _NO_INGRESS_SPEC
        return Ingress(
            self.metadata.parsed(),
            spec.ingress_class_name,
            tuple([rule.parsed() for rule in spec.rules or ()]),
            _backend(spec.default_backend),
            tuple([entry.parsed() for entry in spec.tls or ()]),
            _addresses(self.status),
        )


class _ServicePort(_Struct):
    name: str | None = None
    port: int | None = None
    target_port: int | str | None = None
    protocol: str | None = None
    node_port: int | None = None
    app_protocol: str | None = None

    def parsed(self) -> ServicePort:
        return ServicePort(
            self.name or "",
            self.port or 0,
            self.target_port,
            self.protocol or "TCP",
            self.node_port,
            self.app_protocol or "",
        )


class _ServiceSpec(_Struct):
    type: str | None = None
    ports: list[_ServicePort] | None = None
    selector: dict[str, str] | None = None
    external_name: str | None = None
    cluster_ip: str | None = msgspec.field(default=None, name="clusterIP")
    external_traffic_policy: str | None = None
    ip_families: list[str] | None = None


_NO_SERVICE_SPEC = _ServiceSpec()


class _Service(_Struct):
    metadata: _Meta
    spec: _ServiceSpec | None = None
    status: _Status | None = None

    def parsed(self) -> Service:
        spec = self.spec or _NO_SERVICE_SPEC
        return Service(
            self.metadata.parsed(),
            spec.type or "ClusterIP",
            tuple([port.parsed() for port in spec.ports or ()]),
            spec.selector or {},
            spec.external_name or "",
            spec.cluster_ip or "",
            _addresses(self.status),
            _shortcuts(self.status),
            spec.external_traffic_policy or "",
            tuple(spec.ip_families or ()),
        )


class _Conditions(_Struct):
    ready: bool | None = None
    serving: bool | None = None
    terminating: bool | None = None


class _Target(_Struct):
    kind: str | None = None
    name: str | None = None


_NO_CONDITIONS = _Conditions()


class _Endpoint(_Struct):
    addresses: list[str] | None = None
    conditions: _Conditions | None = None
    target_ref: _Target | None = None
    node_name: str | None = None

    def parsed(self, address: str) -> Endpoint:
        conditions, target = self.conditions or _NO_CONDITIONS, self.target_ref
        ready = conditions.ready is not False
        is_pod = target is not None and target.kind in ("Pod", "", None)
        return Endpoint(
            address,
            ready,
            (target.name or "") if target is not None and is_pod else "",
            ready if conditions.serving is None else conditions.serving,
            conditions.terminating is True,
            self.node_name or "",
        )


class _EndpointPort(_Struct):
    name: str | None = None
    port: int | None = None


class _EndpointSlice(_Struct):
    metadata: _Meta
    endpoints: list[_Endpoint] | None = None
    ports: list[_EndpointPort] | None = None

    def parsed(self) -> EndpointSlice:
        meta = self.metadata.parsed()
        return EndpointSlice(
            meta,
            meta.labels.get(SERVICE_OF_SLICE, ""),
            {port.name or "": port.port for port in self.ports or ()},
            tuple([one.parsed(one.addresses[0]) for one in self.endpoints or () if one.addresses]),
        )


_Item = TypeVar("_Item", _Ingress, _Service, _EndpointSlice)


class _ListMeta(msgspec.Struct, rename={"following": "continue"}, gc=False):
    following: str | None = None


class _List(msgspec.Struct, Generic[_Item], gc=False):
    items: list[_Item] | None = None
    metadata: _ListMeta | None = None


_LISTS: Mapping[str, object] = {
    "Ingress": _List[_Ingress],
    "Service": _List[_Service],
    "EndpointSlice": _List[_EndpointSlice],
}


# Several clusters are read at once. Two threads that work out the same types at the same time
# crash msgspec (0.22).
_BUILDING = threading.Lock()


@cache
def page_reader(kind: str) -> Callable[[bytes], Page | None] | None:
    """What reads a page of this kind; None where core.parse has to.

    So it has to where the reader gives None.
    """
    if kind not in _LISTS:
        return None
    with _BUILDING:
        decoder = msgspec.json.Decoder(_LISTS[kind])

    def read(body: bytes) -> Page | None:
        try:
            found: _List[_Ingress] = decoder.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        items = found.items or []
        if not all(item.metadata.name for item in items):
            return None
        meta = found.metadata
        return Page([item.parsed() for item in items], meta.following or "" if meta else "")

    return read
