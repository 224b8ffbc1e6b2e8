"""Asking the model of ingress-nginx, with answers short enough for a table of tests."""

from __future__ import annotations

from typing import Any

from kubectl_ingress.controllers import ingress_nginx
from kubectl_ingress.controllers._profile import Told
from kubectl_ingress.core.objects import Origin, Snapshot
from kubectl_ingress.core.parse import parse_snapshot
from kubectl_ingress.core.request import Decision, OutcomeKind, Request, parse_url
from kubectl_ingress.core.table import RouteTable
from tests.manifests import ingress, ingress_class, service, slice_of

REGEX = "ImplementationSpecific"


def objects_for(*ingresses: Any) -> list[Any]:
    """Ingresses with a Service, and ready pods, for every backend that they name."""
    named = {
        (one["metadata"]["namespace"], backend["service"]["name"])
        for one in ingresses
        for backend in _backends(one)
        if "service" in backend
    }
    own = [part for ns, name in sorted(named) for part in (service_of(name, ns), pods(name, ns))]
    return [ingress_class(), *own, *ingresses]


def _backends(one: Any) -> list[Any]:
    default = one["spec"].get("defaultBackend")
    rules = one["spec"].get("rules") or []
    paths = [p for rule in rules for p in (rule.get("http") or {}).get("paths", [])]
    return [*([default] if default else []), *(p["backend"] for p in paths)]


def service_of(name: str, namespace: str = "default") -> Any:
    return service(name, namespace=namespace)


def pods(name: str, namespace: str = "default", *, ready: bool = True) -> Any:
    return slice_of(name, namespace=namespace, ready=ready)


def aged(one: Any, second: int) -> Any:
    """An object with a time of creation; a smaller number is older."""
    one["metadata"]["creationTimestamp"] = f"2026-01-01T00:00:{second:02}Z"
    return one


def default_only(name: str, service_name: str, **annotations: str) -> Any:
    """An Ingress with a default backend and no rule."""
    made = ingress(name, annotations=annotations)
    del made["spec"]["rules"]
    made["spec"]["defaultBackend"] = backend(service_name)
    return made


def backend(name: str, port: int = 80) -> Any:
    return {"service": {"name": name, "port": {"number": port}}}


def config_map(
    name: str = "ingress-nginx-controller", ns: str = "ingress-nginx", **data: str
) -> Any:
    keys = {key.replace("_", "-"): value for key, value in data.items()}
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": ns},
        "data": keys,
    }


def offline(*objects: Any) -> Snapshot:
    return parse_snapshot([(one, Origin("a.yaml", 1)) for one in objects], offline=True)


def compiled(*objects: Any, flags: tuple[str, ...] = ()) -> RouteTable:
    """The table of files that hold these objects."""
    snapshot = offline(*objects)
    told = Told(flags)
    return ingress_nginx.compile(snapshot, ingress_nginx.settings_of(told, snapshot))


def table(*ingresses: Any, more: tuple[Any, ...] = (), flags: tuple[str, ...] = ()) -> RouteTable:
    """The table of Ingresses whose Services all have ready pods, beside `more`."""
    return compiled(*objects_for(*ingresses), *more, flags=flags)


def decide(routes: RouteTable, url: str, method: str = "GET", **more: Any) -> Decision:
    """`more` are fields of a Request; `headers` a mapping."""
    scheme, host, port, target = parse_url(url)
    headers = tuple((more.pop("headers", None) or {}).items())
    request = Request(
        more.pop("host", host),
        more.pop("target", target),
        scheme,
        method,
        headers,
        port,
        more.pop("client", "192.0.2.1"),
        **more,
    )
    return routes.decide(request)


def said(routes: RouteTable, url: str, method: str = "GET", **more: Any) -> str:
    """``web:80 /x``, ``308 https://a.example/x``, ``404``, ``refused``.

    With weights where there are two backends: ``a:80*90 b:80*10 /``.
    """
    outcome = decide(routes, url, method, **more).outcome
    match outcome.kind:
        case OutcomeKind.FORWARD:
            many = len(outcome.backends) > 1
            names = [
                f"{b.service}:{b.port}" + (f"*{b.weight}" if many else "") for b in outcome.backends
            ]
            return " ".join([*names, outcome.upstream_path or "(nothing)"])
        case OutcomeKind.REDIRECT:
            return f"{outcome.status} {outcome.location}"
        case OutcomeKind.REPLY:
            return str(outcome.status)
    return str(outcome.kind)


def codes(decision: Decision) -> list[str]:
    return [finding.code for finding in decision.findings]
