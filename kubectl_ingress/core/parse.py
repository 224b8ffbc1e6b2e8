"""From plain data (JSON, YAML) to objects.

Whatever a cluster or a file holds, this never raises: a value of the wrong
type becomes an absent one and a Finding KI901 that names the field. An object
that cannot be used at all (no kind, no name) is left out, with a Finding.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from kubectl_ingress.core.objects import (
    ConfigMap,
    Custom,
    Endpoint,
    EndpointSlice,
    Finding,
    HostRule,
    Ingress,
    IngressClass,
    Meta,
    Namespace,
    Origin,
    PathRule,
    Pod,
    PortRef,
    Secret,
    Service,
    ServiceBackend,
    ServicePort,
    Snapshot,
    TLSEntry,
    Workload,
)

DEFAULT_CLASS = "ingressclass.kubernetes.io/is-default-class"
SERVICE_OF_SLICE = "kubernetes.io/service-name"

_T = TypeVar("_T")


class Reader:
    """Reads fields of one untrusted object, noting each that has the wrong type."""

    def __init__(self, data: object, name: str, origin: Origin) -> None:
        self.data: Mapping[str, object] = data if isinstance(data, dict) else {}
        self.name = name
        self.origin = origin
        self.findings: list[Finding] = []
        if data is not None and not isinstance(data, dict):
            self._note("", "a mapping")

    def _note(self, field: str, wanted: str) -> None:
        where = f"{field} " if field else ""
        message = f"{self.name}: {where}is not {wanted}"
        self.findings.append(Finding("KI901", "error", message, self.name, self.origin))

    def _get(self, field: str, types: type[_T] | tuple[type[_T], ...], wanted: str) -> _T | None:
        value = self.data.get(field)
        if value is None:
            return None
        # A bool is an int to Python, and never one to Kubernetes.
        if isinstance(value, types) and not (isinstance(value, bool) and types is not bool):
            return value
        self._note(field, wanted)
        return None

    def text(self, field: str) -> str:
        """A string, "" where absent."""
        return self._get(field, str, "a string") or ""

    def optional_text(self, field: str) -> str | None:
        """A string, None where absent."""
        return self._get(field, str, "a string")

    def number(self, field: str) -> int | None:
        """An integer, None where absent."""
        return self._get(field, int, "a number")

    def flag(self, field: str) -> bool | None:
        """A boolean, None where absent."""
        return self._get(field, bool, "true or false")

    def strings(self, field: str) -> tuple[str, ...]:
        """A list of strings; others are left out and noted."""
        values = self._get(field, list, "a list") or []
        if not all(isinstance(value, str) for value in values):
            self._note(field, "a list of strings")
        return tuple(value for value in values if isinstance(value, str))

    def string_map(self, field: str) -> dict[str, str]:
        """A map of strings; others are left out and noted."""
        values = self._get(field, dict, "a mapping") or {}
        if not all(isinstance(key, str) and isinstance(v, str) for key, v in values.items()):
            self._note(field, "a mapping of strings (quote numbers and booleans)")
        return {k: v for k, v in values.items() if isinstance(k, str) and isinstance(v, str)}

    def child(self, field: str) -> Reader:
        """The mapping in a field; empty where absent. Its findings are ours."""
        return self._inner(self._get(field, dict, "a mapping"), field)

    def children(self, field: str) -> list[Reader]:
        """The mappings of a list."""
        values = self._get(field, list, "a list") or []
        return [
            self._inner(v if v is not None else {}, f"{field}[{i}]") for i, v in enumerate(values)
        ]

    def _inner(self, data: object, field: str) -> Reader:
        inner = Reader(None, f"{self.name} {field}", self.origin)
        inner.findings = self.findings
        if isinstance(data, dict):
            inner.data = data
        elif data is not None:
            inner._note("", "a mapping")
        return inner

    def meta(self) -> Meta:
        """``metadata``."""
        meta = self.child("metadata")
        return Meta(
            namespace=meta.text("namespace"),
            name=meta.text("name"),
            labels=meta.string_map("labels"),
            annotations=meta.string_map("annotations"),
            created=meta.text("creationTimestamp"),
            uid=meta.text("uid"),
            origin=self.origin,
        )


def parse_backend(reader: Reader) -> ServiceBackend | None:
    """``backend`` or ``defaultBackend``; None for a resource backend or nothing."""
    service = reader.child("service")
    name = service.text("name")
    if not name:
        return None
    port = service.child("port")
    return ServiceBackend(name, PortRef(port.number("number"), port.text("name")))


def parse_addresses(status: Reader) -> tuple[str, ...]:
    """``status.loadBalancer.ingress``: the name of each entry, else its IP."""
    entries = status.child("loadBalancer").children("ingress")
    found = (entry.text("hostname") or entry.text("ip") for entry in entries)
    return tuple(address for address in found if address)


def parse_ingress(reader: Reader) -> Ingress:
    """networking.k8s.io/v1 Ingress."""
    spec = reader.child("spec")
    rules = tuple(
        HostRule(
            host=rule.text("host").lower(),
            paths=tuple(
                PathRule(p.text("path"), p.text("pathType"), parse_backend(p.child("backend")))
                for p in rule.child("http").children("paths")
            ),
        )
        for rule in spec.children("rules")
    )
    return Ingress(
        meta=reader.meta(),
        class_name=spec.optional_text("ingressClassName"),
        rules=rules,
        default_backend=parse_backend(spec.child("defaultBackend")),
        tls=tuple(
            TLSEntry(tuple(h.lower() for h in entry.strings("hosts")), entry.text("secretName"))
            for entry in spec.children("tls")
        ),
        addresses=parse_addresses(reader.child("status")),
    )


def parse_ingress_class(reader: Reader) -> IngressClass:
    """networking.k8s.io/v1 IngressClass."""
    meta = reader.meta()
    return IngressClass(
        meta, reader.child("spec").text("controller"), meta.annotations.get(DEFAULT_CLASS) == "true"
    )


def parse_service(reader: Reader) -> Service:
    """v1 Service."""
    spec = reader.child("spec")
    ports = []
    for port in spec.children("ports"):
        target = port.data.get("targetPort")
        ports.append(
            ServicePort(
                name=port.text("name"),
                number=port.number("port") or 0,
                target=target if isinstance(target, (int, str)) else None,
                protocol=port.text("protocol") or "TCP",
                node_port=port.number("nodePort"),
            )
        )
    return Service(
        meta=reader.meta(),
        type=spec.text("type") or "ClusterIP",
        ports=tuple(ports),
        selector=spec.string_map("selector"),
        external_name=spec.text("externalName"),
        cluster_ip=spec.text("clusterIP"),
        addresses=parse_addresses(reader.child("status")),
    )


def parse_endpoint_slice(reader: Reader) -> EndpointSlice:
    """discovery.k8s.io/v1 EndpointSlice. An absent `ready` means ready."""
    meta = reader.meta()
    endpoints = []
    for entry in reader.children("endpoints"):
        target = entry.child("targetRef")
        pod = target.text("name") if target.text("kind") in ("Pod", "") else ""
        ready = entry.child("conditions").flag("ready")
        for address in entry.strings("addresses")[:1]:
            endpoints.append(Endpoint(address, ready is not False, pod))
    ports = {port.text("name"): port.number("port") for port in reader.children("ports")}
    return EndpointSlice(meta, meta.labels.get(SERVICE_OF_SLICE, ""), ports, tuple(endpoints))


def parse_workload(reader: Reader) -> Workload:
    """A Deployment or a DaemonSet."""
    spec, status = reader.child("spec"), reader.child("status")
    template = spec.child("template")
    containers = template.child("spec").children("containers")
    kind = reader.text("kind")
    if kind == "DaemonSet":
        desired = status.number("desiredNumberScheduled") or 0
        ready = status.number("numberReady") or 0
    else:
        replicas = spec.number("replicas")
        desired = 1 if replicas is None else replicas
        ready = status.number("readyReplicas") or 0
    return Workload(
        meta=reader.meta(),
        kind=kind,
        images=tuple(container.text("image") for container in containers),
        args=tuple(a for c in containers for a in (*c.strings("command"), *c.strings("args"))),
        pod_labels=template.child("metadata").string_map("labels"),
        desired=desired,
        ready=ready,
        env={v.text("name"): v.text("value") for c in containers for v in c.children("env")},
    )


def parse_secret(reader: Reader) -> Secret:
    """v1 Secret. Private values are left where they are."""
    values = {**reader.string_map("data"), **reader.string_map("stringData")}
    return Secret(reader.meta(), reader.text("type"), frozenset(values), _certificate(reader))


def _certificate(reader: Reader) -> str:
    plain = reader.child("stringData").text("tls.crt")
    if plain:
        return plain
    try:
        encoded = reader.child("data").text("tls.crt")
        return base64.b64decode(encoded, validate=False).decode("ascii", "replace")
    except ValueError:
        return ""


def parse_config_map(reader: Reader) -> ConfigMap:
    """v1 ConfigMap."""
    return ConfigMap(reader.meta(), reader.string_map("data"))


def parse_pod(reader: Reader) -> Pod:
    """v1 Pod."""
    return Pod(reader.meta(), reader.child("status").text("podIP"))


def parse_namespace(reader: Reader) -> Namespace:
    """v1 Namespace."""
    return Namespace(reader.meta())


def parse_custom(reader: Reader) -> Custom:
    """An object of a custom resource; what its spec means is its controller's affair."""
    spec = reader.child("spec").data
    return Custom(
        reader.text("kind"), reader.text("apiVersion").rpartition("/")[0], reader.meta(), spec
    )


_FIELD_AND_PARSER: dict[str, tuple[str, Callable[[Reader], object]]] = {
    "Ingress": ("ingresses", parse_ingress),
    "IngressClass": ("classes", parse_ingress_class),
    "Service": ("services", parse_service),
    "EndpointSlice": ("slices", parse_endpoint_slice),
    "Deployment": ("workloads", parse_workload),
    "DaemonSet": ("workloads", parse_workload),
    "Secret": ("secrets", parse_secret),
    "ConfigMap": ("config_maps", parse_config_map),
    "Pod": ("pods", parse_pod),
    "Namespace": ("namespaces", parse_namespace),
}
# Custom resources that a model looks at; a kind of the same name elsewhere is not ours.
_CUSTOM = frozenset(
    {
        ("k8s.nginx.org", "VirtualServer"),
        ("k8s.nginx.org", "Policy"),
        ("configuration.konghq.com", "KongPlugin"),
        ("configuration.konghq.com", "KongIngress"),
        ("traefik.io", "Middleware"),
    }
)

_CLUSTER_WIDE = frozenset({"IngressClass", "Namespace"})


def parse_snapshot(
    items: Iterable[tuple[object, Origin]],
    namespace: str = "default",
    read: Iterable[str] = (),
    *,
    offline: bool = False,
) -> Snapshot:
    """Plain objects with their origins -> Snapshot; kinds we have no use for are passed over.

    A namespaced object without a namespace (in a file) gets `namespace`.
    """
    collected: dict[str, list[tuple[tuple[str, str], object]]] = {}
    findings: list[Finding] = []
    for data, origin in items:
        kind = data.get("kind") if isinstance(data, dict) else None
        if not isinstance(data, dict) or not isinstance(kind, str):
            findings.append(Finding("KI901", "error", "not a Kubernetes object", "", origin))
            continue
        found = _field_and_parser(kind, data.get("apiVersion"))
        if found is None:
            continue
        field, parser = found
        reader = Reader(_with_namespace(data, kind, namespace), kind, origin)
        meta = reader.meta()
        reader = Reader(reader.data, f"{kind} {meta.key}", origin)
        if not meta.name:
            findings.append(Finding("KI901", "error", f"{kind} without a name", kind, origin))
            continue
        parsed = parser(reader)
        findings += reader.findings
        collected.setdefault(field, []).append(((meta.namespace, meta.name), parsed))
    fields = {
        f: tuple(o for _, o in sorted(pairs, key=lambda p: p[0])) for f, pairs in collected.items()
    }
    return Snapshot(
        **fields,  # type: ignore[arg-type]  # each field gets what its own parser returns
        findings=tuple(findings),
        namespace=namespace,
        read=frozenset(read) or frozenset(_FIELD_AND_PARSER),
        offline=offline,
    )


def _field_and_parser(
    kind: str, api_version: object
) -> tuple[str, Callable[[Reader], object]] | None:
    group = str(api_version or "").rpartition("/")[0]
    if (group, kind) in _CUSTOM:
        return "customs", parse_custom
    return _FIELD_AND_PARSER.get(kind)


def _with_namespace(data: dict[str, object], kind: str, namespace: str) -> dict[str, object]:
    meta = data.get("metadata")
    if kind in _CLUSTER_WIDE or not isinstance(meta, dict) or meta.get("namespace"):
        return data
    return {**data, "metadata": {**meta, "namespace": namespace}}
