"""From plain data (JSON, YAML) to objects.

Whatever a cluster or a file holds, this never raises: a value of the wrong
type becomes an absent one and a Finding KI901 that names the field. An object
that cannot be used at all (no kind, no name) is left out, with a Finding.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Protocol

from kubectl_ingress.core.legacy import V1, as_served, is_group_of
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
from kubectl_ingress.core.reader import Reader as Reader

DEFAULT_CLASS = "ingressclass.kubernetes.io/is-default-class"
SERVICE_OF_SLICE = "kubernetes.io/service-name"


def parse_backend(reader: Reader) -> ServiceBackend | None:
    """``backend`` or ``defaultBackend``; None for a resource backend or nothing."""
    service = reader.child("service")
    name = service.text("name")
    if not name:
        if "serviceName" in reader.data:
            reader.note("serviceName", f"a field of {V1} but of the beta API")
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
                app_protocol=port.text("appProtocol"),
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
    """discovery.k8s.io/v1 EndpointSlice. An absent `ready` means ready; `serving` follows it."""
    meta = reader.meta()
    endpoints = []
    for entry in reader.children("endpoints"):
        target = entry.child("targetRef")
        pod = target.text("name") if target.text("kind") in ("Pod", "") else ""
        conditions = entry.child("conditions")
        ready = conditions.flag("ready") is not False
        told = conditions.flag("serving")
        serving = ready if told is None else told
        ending = conditions.flag("terminating") is True
        for address in entry.strings("addresses")[:1]:
            endpoints.append(Endpoint(address, ready, pod, serving, ending))
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
        ("networking.gke.io", "FrontendConfig"),
    }
)

# Kinds of gateway.networking.k8s.io, in whatever version.
_GATEWAY_API = frozenset(
    {"GatewayClass", "Gateway", "ListenerSet", "HTTPRoute", "GRPCRoute", "ReferenceGrant"}
)

_CLUSTER_WIDE = frozenset({"IngressClass", "Namespace", "GatewayClass"})


_Key = tuple[str, str, str]
"""Namespace, name, kind."""


class HasMeta(Protocol):
    """An object of the model."""

    @property
    def meta(self) -> Meta:
        """Its ``metadata``."""


def parse_snapshot(
    items: Iterable[tuple[object, Origin]],
    namespace: str = "default",
    read: Iterable[str] = (),
    *,
    offline: bool = False,
    parsed: Mapping[str, Iterable[HasMeta]] = MappingProxyType({}),
) -> Snapshot:
    """Plain objects with their origins -> Snapshot; kinds we have no use for are passed over.

    A namespaced object without a namespace (in a file) gets `namespace`. `parsed` are
    objects that are as they should be already, by kind.
    """
    collected: dict[str, dict[_Key, object]] = {}
    for kind, objects in parsed.items():
        known = collected.setdefault(_FIELD_AND_PARSER[kind][0], {})
        for one in objects:
            known[one.meta.namespace, one.meta.name, kind] = one
    origins: dict[_Key, Origin] = {}
    findings: list[Finding] = []
    for data, origin in items:
        found = _read(data, origin, namespace, findings)
        if found is None:
            continue
        field, key, made = found
        if key in collected.setdefault(field, {}):
            findings.append(_twice(key, origin, origins.get(key, origin)))
        # As kubectl apply has it: the last one stays.
        collected[field][key] = made
        origins[key] = origin
    fields = {f: tuple([pairs[key] for key in sorted(pairs)]) for f, pairs in collected.items()}
    return Snapshot(
        **fields,  # type: ignore[arg-type]  # each field gets what its own parser returns
        findings=tuple(findings),
        namespace=namespace,
        read=frozenset(read) or frozenset(_FIELD_AND_PARSER) | _GATEWAY_API,
        offline=offline,
    )


def _read(
    data: object, origin: Origin, namespace: str, findings: list[Finding]
) -> tuple[str, _Key, object] | None:
    """One object and the Snapshot's field that it goes to; None where it goes to none."""
    kind = data.get("kind") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(kind, str):
        findings.append(Finding("KI901", "error", "not a Kubernetes object", "", origin))
        return None
    found = _field_and_parser(kind, data.get("apiVersion"))
    if found is None:
        return None
    field, parser = found
    reader = Reader(_with_namespace(data, kind, namespace), kind, origin)
    meta = reader.meta()
    if not meta.name:
        findings.append(Finding("KI901", "error", f"{kind} without a name", kind, origin))
        return None
    name = f"{kind} {meta.key}"
    served: Mapping[str, object] | None = reader.data
    if kind in _FIELD_AND_PARSER:
        served, problem = as_served(reader.data, kind, name, origin)
        findings += problem
    if served is None:
        return None
    reader = reader.renamed(served, name)
    parsed = parser(reader)
    findings += reader.findings
    return field, (meta.namespace, meta.name, kind), parsed


def _twice(key: _Key, origin: Origin, earlier: Origin) -> Finding:
    namespace, name, kind = key
    about = f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"
    message = f"{about} is defined twice: this one replaces that of {earlier}"
    fix = "delete one of them, or give it another name or namespace"
    return Finding("KI903", "warning", message, about, origin, fix)


def _field_and_parser(
    kind: str, api_version: object
) -> tuple[str, Callable[[Reader], object]] | None:
    group = str(api_version or "").rpartition("/")[0]
    if (group, kind) in _CUSTOM:
        return "customs", parse_custom
    if kind in _GATEWAY_API:
        return _gateway_api(kind) if group == "gateway.networking.k8s.io" else None
    return _FIELD_AND_PARSER.get(kind) if is_group_of(kind, api_version) else None


def _gateway_api(kind: str) -> tuple[str, Callable[[Reader], object]]:
    # Its many classes would cost every command's start more than all others together.
    from kubectl_ingress.core.parse_gateway import FIELD_AND_PARSER

    return FIELD_AND_PARSER[kind]


def _with_namespace(data: dict[str, object], kind: str, namespace: str) -> dict[str, object]:
    meta = data.get("metadata")
    if kind in _CLUSTER_WIDE or not isinstance(meta, dict) or meta.get("namespace"):
        return data
    return {**data, "metadata": {**meta, "namespace": namespace}}
