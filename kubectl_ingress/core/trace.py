"""The way of one request as hops to be shown: what a Decision says, with all that belongs to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.core.objects import (
    Finding,
    Ingress,
    Meta,
    Origin,
    Service,
    ServicePort,
    Snapshot,
)
from kubectl_ingress.core.request import (
    CONFIGURATION,
    HANDSHAKE,
    LISTENER,
    Backend,
    Decision,
    Outcome,
    OutcomeKind,
    Request,
    Route,
    Step,
)
from kubectl_ingress.core.table import RouteTable
from kubectl_ingress.core.written import field_of

if TYPE_CHECKING:
    from kubectl_ingress.core.why_not import WhyNot

UNKNOWN_HOST = "load-balancer.invalid"
"""Stands in for the load balancer's name where nothing tells it: no rule can have it."""

_SHOWN = 5
_PODS_SHOWN = 10
# They can hand a request to nodes, whose proxy then picks the pod.
_BY_NODES = ("gke", "alb")


Hosts = Mapping[str, Sequence[Meta]]
"""Host -> the Ingresses that have rules for it."""


class _Named(Protocol):
    @property
    def meta(self) -> Meta: ...


class Hop(Struct, frozen=True):
    """One hop. `origin` is where the object stands that decided it, None where none did.

    `notes` are lines below it: what lost here.
    """

    step: Step
    origin: Origin | None = None
    notes: tuple[str, ...] = ()


class Entrance(Struct, frozen=True):
    """How a request comes to the controller, as far as anybody knows.

    `address` is the load balancer's name or IP, "" in files; `title` names the
    controller, with its version; `desired` is None where nothing runs to count.
    """

    title: str
    address: str = ""
    service: Service | None = None
    port: int = 80
    ready: int = 0
    desired: int | None = None
    certificate_name: str = ""


class Traced(Struct, frozen=True):
    """What is shown of one request.

    `host_known` is False where the load balancer's name is meant and nothing
    tells it. `decision` is None where no controller runs. `places` are the file
    and line of what each hop rests on, None where it rests on no file.
    """

    request: Request
    host_known: bool
    decision: Decision | None
    controller: str
    hops: tuple[Hop, ...]
    places: tuple[Origin | None, ...]
    findings: tuple[Finding, ...]
    why_not: WhyNot | None = None


def hops(
    decision: Decision,
    table: RouteTable,
    snapshot: Snapshot,
    entrance: Entrance,
    hosts: Hosts,
) -> Iterator[Hop]:
    """All hops in their order, without that of TLS."""
    yield from _to_controller(decision.request, table, entrance)
    forwarded = decision.outcome.kind is OutcomeKind.FORWARD
    rewritten = False
    for step in decision.steps:
        rewritten = rewritten or step.stage == "rewrite"
        if forwarded and step.stage in ("service", "pods"):
            # Told below, with more than a step can hold.
            continue
        yield _hop(step, decision, table, snapshot, hosts)
    if not forwarded:
        return
    if not rewritten:
        yield Hop(Step("rewrite", f"none; the pod sees {decision.outcome.upstream_path}"))
    total = sum(backend.weight for backend in decision.outcome.backends)
    for backend in decision.outcome.backends:
        yield from _backend(backend, total, table, snapshot)


def _to_controller(request: Request, table: RouteTable, entrance: Entrance) -> Iterator[Hop]:
    address = entrance.address
    if address and request.host == address:
        yield Hop(Step("name", f"{address}, the load balancer's own name"))
    elif address:
        yield Hop(Step("name", f"{request.host} → {address}, where its name has to lead"))
    elif request.host == UNKNOWN_HOST:
        yield Hop(Step("name", "the load balancer's own name, which nothing here tells"))
    else:
        yield Hop(Step("name", request.host or "none"))
    if address and entrance.service is not None:
        text = f"{entrance.service.type}, port {entrance.port}"
        source = f"Service {entrance.service.meta.key}"
        yield Hop(Step("load balancer", f"{source}, {text}", source))
    named = f", class {table.ingress_class}" if table.ingress_class else ""
    if entrance.desired is None:
        yield Hop(Step("controller", f"{entrance.title}{named}"))
    else:
        ready = f"{entrance.ready}/{entrance.desired} ready"
        passed = entrance.ready > 0
        yield Hop(Step("controller", f"{entrance.title}, {ready}{named}", passed=passed))


def _hop(
    step: Step, decision: Decision, table: RouteTable, snapshot: Snapshot, hosts: Hosts
) -> Hop:
    origin = origin_of(step.source, snapshot)
    notes: tuple[str, ...] = ()
    if step.stage == "host":
        step = replace(step, text=step.text + _shared(decision, table, hosts))
    elif step.stage == "path" and decision.route is not None:
        ingress = _ingress(decision.route, snapshot)
        if ingress is not None and not step.field:
            step = replace(step, field=field_of(decision.route, ingress))
        if decision.route.ingress not in step.text:
            step = replace(step, text=f"{step.text}   {decision.route.ingress}")
        notes = _lost(decision)
    return Hop(step, origin, notes)


def hosts_of(table: RouteTable) -> Hosts:
    """Which Ingresses have rules for a host: what `hops` needs, made once for a table."""
    found: dict[str, list[Meta]] = {}
    for ingress in table.loaded:
        for host in {rule.host for rule in ingress.rules}:
            found.setdefault(host, []).append(ingress.meta)
    return found


def _shared(decision: Decision, table: RouteTable, hosts: Hosts) -> str:
    host = decision.route.host if decision.route else table.server_for(decision.request.host).host
    metas = hosts.get(host, ()) if host else ()
    if len(metas) < 2:
        return ""
    alone = len({meta.namespace for meta in metas}) == 1
    names = sorted(meta.name if alone else meta.key for meta in metas)
    more = f"  and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"; {len(names)} Ingresses share it:  {'  '.join(names[:_SHOWN])}{more}"


def _lost(decision: Decision) -> tuple[str, ...]:
    found = dict.fromkeys(
        f"lost: {route.path or 'the default backend'} ({route.ingress}), {why}"
        for route, why in decision.runners_up
        if route != decision.route
    )
    lines = list(found)
    more = [f"and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
    return (*lines[:_SHOWN], *more)


def _backend(backend: Backend, total: int, table: RouteTable, snapshot: Snapshot) -> Iterator[Hop]:
    source = f"Service {backend.namespace}/{backend.service}"
    origin = origin_of(source, snapshot)
    share = f"  {backend.weight} of {total} requests" if backend.weight != total else ""
    if backend.status is not None:
        text = f"{backend} answers {backend.status}{share}"
        yield Hop(Step("service", text, source, passed=False), origin)
        return
    service = snapshot.service_by_key.get((backend.namespace, backend.service))
    text = f"{backend}{_target(backend, service)}{share}"
    addresses = {endpoint.address for endpoint in backend.endpoints}
    through = service is not None and service.cluster_ip in addresses
    if not through and table.controller not in _BY_NODES:
        text += "   not passed: straight to endpoints"
    yield Hop(Step("service", text, source, field=("spec", "ports")), origin)
    yield Hop(Step("pods", _pods(backend), passed=_any_ready(backend)))


def _target(backend: Backend, service: Service | None) -> str:
    """Where the Service's port leads, where it says another one."""
    port: ServicePort | None = (
        next((one for one in service.ports if str(one.number) == backend.port), None)
        if service
        else None
    )
    if port is None or port.target is None or str(port.target) == backend.port:
        return ""
    numbers = sorted({endpoint.port for endpoint in backend.endpoints})
    behind = (
        f" ({', '.join(map(str, numbers))})" if isinstance(port.target, str) and numbers else ""
    )
    return f" → targetPort {port.target}{behind}"


def _pods(backend: Backend) -> str:
    if not backend.endpoints:
        return "taken to be ready: no EndpointSlice of the Service is in the files"
    shown = [
        f"{end.pod} {end.address}:{end.port} {'ready' if end.ready else 'not ready'}".strip()
        for end in backend.endpoints[:_PODS_SHOWN]
    ]
    more = len(backend.endpoints) - _PODS_SHOWN
    return " · ".join([*shown, f"and {more} more"] if more > 0 else shown)


def _any_ready(backend: Backend) -> bool:
    return not backend.endpoints or any(end.ready for end in backend.endpoints)


def _ingress(route: Route, snapshot: Snapshot) -> Ingress | None:
    if route.kind != "Ingress":
        return None
    return snapshot.ingress_named(route.ingress)


def origin_of(source: str, snapshot: Snapshot) -> Origin | None:
    """Where the object of a Step's source was read, None where there is none of it."""
    kind, _, key = source.partition(" ")
    namespace, _, name = key.rpartition("/")
    by_key: dict[str, Mapping[tuple[str, str], _Named]] = {
        "Ingress": snapshot.ingress_by_key,
        "Service": snapshot.service_by_key,
        "Secret": snapshot.secret_by_key,
        "ConfigMap": snapshot.config_map_by_key,
    }
    if kind in by_key:
        known = by_key[kind].get((namespace, name))
        return known.meta.origin if known is not None else None
    others: dict[str, Iterable[_Named]] = {
        "IngressClass": snapshot.classes,
        "HTTPRoute": snapshot.http_routes,
        "GRPCRoute": snapshot.grpc_routes,
        "Gateway": snapshot.gateways,
    }
    found = (one.meta.origin for one in others.get(kind, ()) if one.meta.key == key)
    return next(found, None)


_REFUSED = {
    CONFIGURATION: "nothing new: {} cannot load its configuration",
    HANDSHAKE: "no answer: {} refuses the TLS handshake",
    LISTENER: "no answer: {} does not listen for this",
}


def outcome_line(outcome: Outcome, controller: str, end: str = "") -> str:
    """What becomes of the request, in one line; `end` is the stage of its last step."""
    match outcome.kind:
        case OutcomeKind.FORWARD:
            total = sum(backend.weight for backend in outcome.backends)
            named = [
                f"{one} ({one.weight} of {total} requests)" if one.weight != total else str(one)
                for one in outcome.backends
            ]
            return f"forward to {', '.join(named)}"
        case OutcomeKind.REDIRECT:
            return f"{outcome.status} to {outcome.location}"
        case OutcomeKind.REPLY:
            return f"{outcome.status}, sent by {controller} itself"
        case OutcomeKind.REFUSED:
            return _REFUSED.get(end, "no answer").format(controller)
    each = [outcome_line(one, controller) for one in outcome.candidates]
    return f"left to chance: {', or '.join(dict.fromkeys(each))}"
