"""Small objects of the Gateway API, as the API would give them, and how a table is asked."""

from __future__ import annotations

from typing import Any

from kubectl_ingress.controllers import gateway_api
from kubectl_ingress.controllers._profile import Told
from kubectl_ingress.core.objects import Origin
from kubectl_ingress.core.parse import parse_snapshot
from kubectl_ingress.core.request import Decision, OutcomeKind, Request
from kubectl_ingress.core.table import RouteTable
from tests.manifests import service, slice_of

Json = dict[str, Any]
GROUP = "gateway.networking.k8s.io"


def obj(kind: str, name: str, spec: Json, namespace: str = "default", created: str = "") -> Json:
    meta = {"name": name, "namespace": namespace, "creationTimestamp": created}
    return {"apiVersion": f"{GROUP}/v1", "kind": kind, "metadata": meta, "spec": spec}


def gateway_class(controller: str, name: str = "c") -> Json:
    spec = {"controllerName": controller}
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": "GatewayClass",
        "metadata": {"name": name},
        "spec": spec,
    }


def listener(name: str = "web", port: int = 80, protocol: str = "HTTP", **fields: Any) -> Json:
    return {"name": name, "port": port, "protocol": protocol, **fields}


def everybody(**fields: Any) -> Json:
    return {"allowedRoutes": {"namespaces": {"from": "All"}, **fields}}


def gateway(*listeners: Json, name: str = "gw", namespace: str = "default", **spec: Any) -> Json:
    written = {"gatewayClassName": "c", "listeners": list(listeners) or [listener()], **spec}
    return obj("Gateway", name, written, namespace)


def match(path: str = "/", kind: str = "PathPrefix", **fields: Any) -> Json:
    return {"path": {"type": kind, "value": path}, **fields}


def rule(*matches: Json, to: str | None = "web", **fields: Any) -> Json:
    made: Json = {**({"matches": list(matches)} if matches else {}), **fields}
    if to is not None:
        made.setdefault("backendRefs", [{"name": to, "port": 80}])
    return made


def route(
    name: str,
    *rules: Json,
    hosts: tuple[str, ...] = (),
    parents: tuple[Json, ...] = ({"name": "gw"},),
    namespace: str = "default",
    created: str = "",
    kind: str = "HTTPRoute",
) -> Json:
    spec = {"parentRefs": list(parents), "hostnames": list(hosts), "rules": list(rules) or [rule()]}
    return obj(kind, name, spec, namespace, created)


def backend(name: str = "web", namespace: str = "default") -> list[Json]:
    return [service(name, namespace=namespace), slice_of(name, namespace=namespace)]


def redirect(**fields: Any) -> Json:
    return {"type": "RequestRedirect", "requestRedirect": fields}


def rewrite(kind: str, value: str) -> Json:
    field = "replaceFullPath" if kind == "ReplaceFullPath" else "replacePrefixMatch"
    return {"type": "URLRewrite", "urlRewrite": {"path": {"type": kind, field: value}}}


def header(name: str, value: str, kind: str = "Exact") -> Json:
    return {"name": name, "value": value, "type": kind}


def table(*objects: Any, offline: bool = False, ingress_class: str = "") -> RouteTable:
    """The table that the specification gives."""
    flat = [one for part in objects for one in (part if isinstance(part, list) else [part])]
    snapshot = parse_snapshot([(one, Origin("f.yaml", 1)) for one in flat], offline=offline)
    told = Told(ingress_class=ingress_class)
    return gateway_api.compile(snapshot, gateway_api.settings_of(told, snapshot))


def ask(compiled: RouteTable, url: str = "a.test/", **fields: Any) -> Decision:
    scheme, _, rest = url.rpartition("://")
    authority, slash, target = rest.partition("/")
    host, _, port = authority.partition(":")
    return compiled.decide(
        Request(host, slash + target, scheme or "http", port=int(port) if port else None, **fields)
    )


def to(decision: Decision) -> str:
    """Where it goes, in a word."""
    outcome = decision.outcome
    if outcome.kind is OutcomeKind.FORWARD:
        return ",".join(
            f"{one.service}*{one.weight}" + (f"={one.status}" if one.status else "")
            for one in outcome.backends
        )
    return outcome.location or str(outcome.status)


def codes(decision: Decision) -> list[str]:
    return [finding.code for finding in decision.findings]


def messages(decision: Decision) -> str:
    return "\n".join(finding.message for finding in decision.findings)


def https(name: str = "tls", secret: str = "cert", **fields: Any) -> Json:
    tls = {"mode": "Terminate", "certificateRefs": [{"name": secret, **fields.pop("ref", {})}]}
    return listener(name, 443, "HTTPS", tls=tls, **fields)


def secret(name: str = "cert", namespace: str = "default", **data: str) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace},
        "data": data or {"tls.crt": "", "tls.key": ""},
    }


def grant(namespace: str, of: str, at: str, kind: str, name: str = "") -> Json:
    target = {"group": "", "kind": kind, **({"name": name} if name else {})}
    source = {"group": GROUP, "kind": of, "namespace": at}
    return obj("ReferenceGrant", "g", {"from": [source], "to": [target]}, namespace)
