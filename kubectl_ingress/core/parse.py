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

from kubectl_ingress.core.commands import command
from kubectl_ingress.core.edits import Mend, Path, SetValue
from kubectl_ingress.core.legacy import V1, as_served, is_group_of
from kubectl_ingress.core.objects import (
    ConfigMap,
    Custom,
    Finding,
    HostRule,
    Ingress,
    IngressClass,
    Meta,
    Namespace,
    Node,
    Origin,
    Parameters,
    PathRule,
    PortRef,
    Repeated,
    Secret,
    ServiceBackend,
    Snapshot,
    TLSEntry,
)
from kubectl_ingress.core.parse_pods import parse_maker, parse_pod
from kubectl_ingress.core.parse_pods import parse_workload as parse_workload
from kubectl_ingress.core.parse_services import SERVICE_OF_SLICE as SERVICE_OF_SLICE
from kubectl_ingress.core.parse_services import parse_addresses
from kubectl_ingress.core.parse_services import parse_endpoint_slice as parse_endpoint_slice
from kubectl_ingress.core.parse_services import parse_service as parse_service
from kubectl_ingress.core.reader import Reader as Reader

DEFAULT_CLASS = "ingressclass.kubernetes.io/is-default-class"
_AS_V1 = Mend(converted=True)


def parse_backend(reader: Reader) -> ServiceBackend | None:
    """``backend`` or ``defaultBackend``; None for a resource backend or nothing."""
    service = reader.child("service")
    name = service.text("name")
    if not name:
        if "serviceName" in reader.data:
            _note_beta(reader, "serviceName")
        return None
    port = service.child("port")
    return ServiceBackend(name, PortRef(port.number("number"), port.text("name")))


def _note_beta(reader: Reader, field: str) -> None:
    """Once for each object: somebody changed its apiVersion alone."""
    if any(one.mend == _AS_V1 for one in reader.findings):
        return
    source = reader.origin.source
    file = "-" if source == "stdin" else source
    fix = command("ingress", "convert", "-f", file) if reader.origin.line is not None else ""
    reader.note(field, f"a field of {V1} but of the beta API", mend=_AS_V1, fix=fix)


def parse_ingress(reader: Reader) -> Ingress:
    """networking.k8s.io/v1 Ingress."""
    spec = reader.child("spec")
    if "backend" in spec.data:
        _note_beta(spec, "backend")
    rules = tuple(
        HostRule(
            host=_host(rule, number),
            paths=tuple(
                PathRule(p.text("path"), p.text("pathType"), parse_backend(p.child("backend")))
                for p in rule.child("http").children("paths")
            ),
        )
        for number, rule in enumerate(spec.children("rules"))
    )
    return Ingress(
        meta=reader.meta(),
        class_name=spec.optional_text("ingressClassName"),
        rules=rules,
        default_backend=parse_backend(spec.child("defaultBackend")),
        tls=tuple(
            TLSEntry(_tls_hosts(entry, number), entry.text("secretName"))
            for number, entry in enumerate(spec.children("tls"))
        ),
        addresses=parse_addresses(reader.child("status")),
    )


def _host(rule: Reader, number: int) -> str:
    return _lower("host", rule.text("host"), ("spec", "rules", number, "host"), rule)


def _tls_hosts(entry: Reader, number: int) -> tuple[str, ...]:
    hosts, written = entry.strings("hosts"), entry.data.get("hosts")
    if not isinstance(written, list) or all(host == host.lower() for host in hosts):
        return hosts
    field = ("spec", "tls", number, "hosts")
    # By their places in the list as it is written: what is no text is left out of ours.
    return tuple(
        _lower("tls host", host, (*field, at), entry)
        for at, host in enumerate(written)
        if isinstance(host, str)
    )


def _lower(what: str, host: str, field: Path, reader: Reader) -> str:
    """In lower case, as everything compares it; the API server refuses another one."""
    lower = host.lower()
    if host != lower:
        whole, _, _ = reader.name.rpartition(" spec ")
        message = f"{what} {host}: the API server takes lower case only"
        mend = Mend((SetValue(field, lower),), alike=True)
        fix = f"host: {lower}"
        found = Finding("KI906", "error", message, whole, reader.origin, fix, field, mend)
        reader.findings.append(found)
    return lower


def parse_ingress_class(reader: Reader) -> IngressClass:
    """networking.k8s.io/v1 IngressClass."""
    meta, spec = reader.meta(), reader.child("spec")
    default = meta.annotations.get(DEFAULT_CLASS) == "true"
    return IngressClass(meta, spec.text("controller"), default, _parameters(spec))


def _parameters(spec: Reader) -> Parameters | None:
    found = spec.child("parameters")
    if not found.text("name"):
        return None
    return Parameters(
        found.text("apiGroup"), found.text("kind"), found.text("name"), found.text("namespace")
    )


def parse_secret(reader: Reader) -> Secret:
    """v1 Secret. Private values are left where they are; of a key stays what is wrong with it."""
    plain, encoded = reader.string_map("stringData"), reader.string_map("data")
    keys = frozenset((*encoded, *plain))
    certificate = _decoded("tls.crt", plain, encoded)
    problem = ""
    if certificate and "tls.key" in keys:
        from kubectl_ingress.certificates import key_problem

        key, in_file = _decoded("tls.key", plain, encoded), reader.origin.line is not None
        problem = key_problem(certificate, key, in_file=in_file)
    return Secret(reader.meta(), reader.text("type"), keys, certificate, problem)


def _decoded(name: str, plain: Mapping[str, str], encoded: Mapping[str, str]) -> str:
    if name in plain:
        return plain[name]
    try:
        return base64.b64decode(encoded.get(name, ""), validate=False).decode("ascii", "replace")
    except ValueError:
        return ""


def parse_config_map(reader: Reader) -> ConfigMap:
    """v1 ConfigMap."""
    return ConfigMap(reader.meta(), reader.string_map("data"))


def parse_namespace(reader: Reader) -> Namespace:
    """v1 Namespace."""
    return Namespace(reader.meta())


def parse_node(reader: Reader) -> Node:
    """v1 Node."""
    status = reader.child("status")
    addresses = {one.text("type"): one.text("address") for one in status.children("addresses")}
    ready = any(
        one.text("type") == "Ready" and one.text("status") == "True"
        for one in status.children("conditions")
    )
    provider_id = reader.child("spec").text("providerID")
    internal, external = addresses.get("InternalIP", ""), addresses.get("ExternalIP", "")
    return Node(reader.meta(), provider_id, internal, external, ready)


def parse_network_policy(reader: Reader) -> object:
    """networking.k8s.io/v1 NetworkPolicy."""
    # Few clusters' commands meet one; all of them would wait for its classes.
    from kubectl_ingress.core.parse_network_policy import parse

    return parse(reader)


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
    "StatefulSet": ("makers", parse_maker),
    "ReplicaSet": ("makers", parse_maker),
    "Job": ("makers", parse_maker),
    "CronJob": ("makers", parse_maker),
    "NetworkPolicy": ("network_policies", parse_network_policy),
    "Node": ("nodes", parse_node),
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
        ("cert-manager.io", "Issuer"),
        ("cert-manager.io", "ClusterIssuer"),
        ("elbv2.k8s.aws", "IngressClassParams"),
        ("eks.amazonaws.com", "IngressClassParams"),
        ("configuration.konghq.com", "IngressClassParameters"),
    }
)

# Kinds of gateway.networking.k8s.io, in whatever version.
_GATEWAY_API = frozenset(
    {"GatewayClass", "Gateway", "ListenerSet", "HTTPRoute", "GRPCRoute", "ReferenceGrant"}
)

_CLUSTER_WIDE = frozenset(
    {"IngressClass", "Namespace", "Node", "GatewayClass", "ClusterIssuer", "IngressClassParams"}
)


# Where it is, it may be what is no text: an unquoted "on" is true.
_NAME = (("metadata",), ("metadata", "name"))

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
    repeated: Mapping[Origin, Iterable[Repeated]] = MappingProxyType({}),
) -> Snapshot:
    """Plain objects with their origins -> Snapshot; kinds we have no use for are passed over.

    A namespaced object without a namespace (in a file) gets `namespace`. `parsed` are
    objects that are as they should be already, by kind; `repeated` are keys that stand
    twice in those of `items`.
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
        findings += (_written_twice(key, origin, one) for one in repeated.get(origin, ()))
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
        fix = "an object is a mapping with apiVersion, kind and metadata"
        findings.append(Finding("KI901", "error", "not a Kubernetes object", "", origin, fix))
        return None
    found = _field_and_parser(kind, data.get("apiVersion"))
    if found is None:
        return None
    field, parser = found
    placed = _with_namespace(data, kind, namespace)
    reader = Reader(placed, kind, origin)
    meta = reader.meta()
    if not meta.name:
        wrong = [one for one in reader.findings if one.field in _NAME]
        findings += wrong or [Finding("KI901", "error", f"{kind} without a name", kind, origin)]
        return None
    name = f"{kind} {meta.key}"
    served: Mapping[str, object] | None = reader.data
    if kind in _FIELD_AND_PARSER:
        served, problem = as_served(reader.data, kind, name, origin)
        findings += problem
    if served is None:
        return None
    reader = reader.renamed(served, name)
    if placed is not data and data["metadata"].get("namespace") not in (None, ""):
        # An unquoted n is false, and kubectl refuses it.
        reader.child("metadata").note("namespace", "a string")
    parsed = parser(reader)
    findings += reader.findings
    return field, (meta.namespace, meta.name, kind), parsed


def _twice(key: _Key, origin: Origin, earlier: Origin) -> Finding:
    about = _called(key)
    message = f"{about} is defined twice: this one replaces that of {earlier}"
    fix = "delete one of them, or give it another name or namespace"
    return Finding("KI903", "warning", message, about, origin, fix)


def _written_twice(key: _Key, origin: Origin, twice: Repeated) -> Finding:
    about, earlier = _called(key), Origin(origin.source, twice.line)
    message = f"{twice.path[-1]} stands twice in {about}: this one replaces that of {earlier}"
    fix = "delete one of them"
    return Finding("KI903", "warning", message, about, origin, fix, twice.path)


def _called(key: _Key) -> str:
    namespace, name, kind = key
    return f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"


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
    if kind in _CLUSTER_WIDE or not isinstance(meta, dict):
        return data
    written = meta.get("namespace")
    if written and isinstance(written, str):
        return data
    return {**data, "metadata": {**meta, "namespace": namespace}}
