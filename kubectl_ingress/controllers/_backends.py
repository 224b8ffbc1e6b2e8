"""From an Ingress backend to addresses.

Straight to the endpoints, past the Service: its ClusterIP carries no request
(controller.go serviceEndpoints, endpointslices.go).
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.core.actions import Action, Forward, PathChange, Reply
from kubectl_ingress.core.commands import command, namespace_flag
from kubectl_ingress.core.objects import (
    Finding,
    Ingress,
    Pod,
    PortRef,
    Service,
    ServiceBackend,
    ServicePort,
    Snapshot,
    Workload,
)
from kubectl_ingress.core.patches import backend_port, selector, target_port
from kubectl_ingress.core.pods import ContainerPort
from kubectl_ingress.core.request import Backend, Target
from kubectl_ingress.core.spelling import certain_name, chosen_name
from kubectl_ingress.core.text import listed


class Why(Enum):
    """What is wrong with a backend; the code of its Finding may say more."""

    NO_SERVICE = "KI103"
    NO_PORT = "KI104"
    NO_ENDPOINTS = "KI105"


class Broken(Struct, frozen=True):
    """A backend that no request can be sent to; each controller answers that in its own way."""

    why: Why
    finding: Finding


FindPort = Callable[[Service, PortRef], ServicePort | None]


def find_port(service: Service, wanted: PortRef) -> ServicePort | None:
    """The first port whose number, name or targetPort is the wanted one."""
    text = str(wanted)
    for port in service.ports:
        if text in (str(port.number), port.name, str(port.target)):
            return port
    return None


def declared_port(service: Service, wanted: PortRef) -> ServicePort | None:
    """The port whose number or name is the wanted one, as the API means it."""
    for port in service.ports:
        if port.name == wanted.name if wanted.name else port.number == wanted.number:
            return port
    return None


def resolve(
    snapshot: Snapshot, namespace: str, backend: ServiceBackend, port_of: FindPort = find_port
) -> Backend | Broken:
    """From a backend to the addresses of its pods, or what is wrong with it.

    In files of an application that hold no Service it is taken to be there, as
    it is named; one that is there without any EndpointSlice counts as ready. An ExternalName
    has its name as its only address.
    """
    key = f"{namespace}/{backend.service}"
    flag = namespace_flag(namespace, snapshot.namespace)
    service = snapshot.service_by_key.get((namespace, backend.service))
    if service is None:
        if snapshot.may_lack(snapshot.services):
            return Backend(namespace, backend.service, str(backend.port))
        message = f"Service {key} does not exist"
        return _broken(Why.NO_SERVICE, key, message, command("get", "services", *flag))
    port = port_of(service, backend.port)
    if port is None and service.type == "ExternalName" and backend.port.number:
        port = ServicePort("", backend.port.number, None, "TCP", None)
    if port is None:
        ports = ", ".join(_described(p) for p in service.ports) or "none"
        message = f"Service {key} has no port {backend.port}; ports: {ports}"
        fix = _port_fix(snapshot, service, backend, flag)
        return _broken(Why.NO_PORT, key, message, fix)
    name = Backend(namespace, backend.service, str(port.number))
    if service.type == "ExternalName":
        number = port.target if isinstance(port.target, int) else port.number
        return replace(name, endpoints=(Target(service.external_name, number, ""),))
    if snapshot.offline and not snapshot.slices_by_service.get((namespace, backend.service)):
        return name
    endpoints = endpoints_of(snapshot, service, port)
    if any(endpoint.ready for endpoint in endpoints):
        return replace(name, endpoints=endpoints)
    if not endpoints:
        number = service.ports.index(port)
        if finding := _no_such_target(service, number, snapshot, flag):
            return Broken(Why.NO_ENDPOINTS, finding)
        why = _scaled_down(service, snapshot, flag) or _misspelt(service, snapshot)
        if why := why or _unmade(service, snapshot, flag):
            return _broken(Why.NO_ENDPOINTS, key, *why)
    why = _no_endpoint(service, endpoints, flag)
    if endpoints and not snapshot.offline:
        # What keeps them from it stands in events, which it reads.
        why = why[0], f"{command('ingress', 'doctor', *flag)}\n{why[1]}"
    return _broken(Why.NO_ENDPOINTS, key, *why)


def sent_to(found: Backend | Broken, status: int, rewrite: PathChange | None = None) -> Action:
    """Forward to the ready endpoints, or the status that stands in for a broken backend."""
    if isinstance(found, Broken):
        return Reply(status, found.finding)
    return Forward((found,), rewrite)


def endpoints_of(snapshot: Snapshot, service: Service, port: ServicePort) -> tuple[Target, ...]:
    """The addresses of a port, sorted, each once; a ready one wins over its unready twin."""
    found: dict[tuple[str, int], Target] = {}
    for piece in snapshot.slices_by_service.get((service.meta.namespace, service.meta.name), ()):
        number = piece.ports.get(port.name)
        if number is None and len(piece.ports) == 1 and not port.name:
            number = next(iter(piece.ports.values()))
        if number is None and isinstance(port.target, int):
            number = port.target
        if number is None:
            continue
        for endpoint in piece.endpoints:
            target = Target(endpoint.address, number, endpoint.pod, endpoint.ready)
            known = found.get((target.address, number))
            if known is None or (target.ready and not known.ready):
                found[target.address, number] = target
    return tuple(found[key] for key in sorted(found))


def _broken(why: Why, key: str, message: str, fix: str) -> Broken:
    return Broken(why, Finding(why.value, "error", message, f"Service {key}", fix=fix))


def _described(port: ServicePort) -> str:
    return f"{port.number} ({port.name})" if port.name else str(port.number)


def _port_fix(
    snapshot: Snapshot, service: Service, backend: ServiceBackend, flag: tuple[str, ...]
) -> str:
    """What leads to a port that the Service has: an edit of the only Ingress that means another.

    Where several name the same one, the Service has more likely lost it.
    """
    meta = service.meta
    naming = [
        (ingress, places)
        for ingress in snapshot.ingresses
        if ingress.meta.namespace == meta.namespace and (places := _places(ingress, backend))
    ]
    if len(naming) != 1:
        return command("edit", "service", meta.name, *flag)
    ingress, places = naming[0]
    port = service.ports[0] if len(service.ports) == 1 else None
    if port is None and backend.port.name:
        meant = certain_name(backend.port.name, tuple(one.name for one in service.ports))
        port = next((one for one in service.ports if meant and one.name == meant), None)
    if port is None:
        return command("edit", "ingress", ingress.meta.name, *flag)
    by_name = port.name and backend.port.name
    wanted = PortRef(name=port.name) if by_name else PortRef(port.number)
    return backend_port(ingress.meta, places, wanted, flag)


def _places(ingress: Ingress, backend: ServiceBackend) -> list[str]:
    """Where an Ingress names a backend, as JSON pointers."""
    found = ["/spec/defaultBackend"] if ingress.default_backend == backend else []
    return found + [
        f"/spec/rules/{number}/http/paths/{at}/backend"
        for number, rule in enumerate(ingress.rules)
        for at, path in enumerate(rule.paths)
        if path.backend == backend
    ]


def pods_of(service: Service, snapshot: Snapshot) -> tuple[Workload | Pod, ...]:
    """What makes the pods that a Service selects."""
    wanted = service.selector.items()
    by_label, namespace = snapshot.pods_by_label, service.meta.namespace
    # The rarest label first: what one label selects may be most of a namespace.
    found = [by_label.get((namespace, *one), ()) for one in wanted]
    likely = min(found, key=len, default=())
    return tuple(one for one in likely if wanted <= one.pod_labels.items())


def wrong_target(service: Service, number: int, snapshot: Snapshot) -> Finding | None:
    """That a port of a Service, by its place, leads to none that containers say they have.

    KI115: an error for a name, which no endpoint has then, a warning for a number. None where the
    containers name no port at all.
    """
    port = service.ports[number]
    wanted = port.number if port.target is None else port.target
    for pods in pods_of(service, snapshot):
        ports = [one for one in pods.spec.ports if one.protocol == port.protocol]
        if not ports or wanted in {value for one in ports for value in (one.number, one.name)}:
            continue
        shown = [f"{one.number}{f' ({one.name})' * bool(one.name)}" for one in ports]
        message = (
            f"port {port.number} of Service {service.meta.key} leads to port {wanted} of the pods,"
            f" and {pods.kind} {pods.meta.name} says {listed(shown)}"
        )
        meant = _meant(port, ports)
        fix = "the port that the containers listen on"
        return _wrong_target(
            service,
            number,
            message,
            target_port(service.meta, number, meant) if meant else fix,
        )
    return None


def _meant(port: ServicePort, ports: list[ContainerPort]) -> int | str:
    """The only port that there is, or the name that a targetPort is a slip for; "" for none."""
    if isinstance(port.target, str):
        names = tuple(one.name for one in ports if one.name)
        if name := certain_name(port.target, names):
            return name
    return ports[0].number if len(ports) == 1 else ""


def _wrong_target(service: Service, number: int, message: str, fix: str) -> Finding:
    meta, port = service.meta, service.ports[number]
    level = "error" if isinstance(port.target, str) else "warning"
    field = ("spec", "ports", number, "port" if port.target is None else "targetPort")
    return Finding("KI115", level, message, f"Service {meta.key}", meta.origin, fix, field)


def _no_such_target(
    service: Service, number: int, snapshot: Snapshot, flag: tuple[str, ...]
) -> Finding | None:
    """That pods are there, and none has the port of the name that a port of the Service leads to.

    None where that is not why it has no endpoint.
    """
    key, port = (service.meta.namespace, service.meta.name), service.ports[number]
    slices = snapshot.slices_by_service.get(key, ())
    if not any(piece.endpoints for piece in slices) or not isinstance(port.target, str):
        return None
    message = (
        f"port {port.number} of Service {service.meta.key} leads to port {port.target} of the pods,"
        " and none of them has one of that name"
    )
    fix = command("edit", "service", service.meta.name, *flag)
    known = wrong_target(service, number, snapshot)
    return known or _wrong_target(service, number, message, fix)


def _scaled_down(
    service: Service, snapshot: Snapshot, flag: tuple[str, ...]
) -> tuple[str, str] | None:
    """That a Deployment has these pods, and makes none of them now."""
    for one in pods_of(service, snapshot):
        if isinstance(one, Workload) and one.kind == "Deployment" and not one.desired:
            name = one.meta.name
            message = (
                f"Service {service.meta.key} selects no pod (selector {_selector(service)}):"
                f" Deployment {name} is scaled to 0"
            )
            return message, command("scale", "deployment", name, *flag, "--replicas=1")
    return None


def _unmade(service: Service, snapshot: Snapshot, flag: tuple[str, ...]) -> tuple[str, str] | None:
    """That none of those in the cluster that make pods for good makes these."""
    looked = not snapshot.offline and snapshot.read >= {"Deployment", "DaemonSet"}
    if not looked or not service.selector or pods_of(service, snapshot):
        return None
    message = (
        f"Service {service.meta.key} selects no pod (selector {_selector(service)}), and no"
        " Deployment or DaemonSet makes one"
    )
    # Wide, each is listed with its selector.
    return message, command("get", "deployments,daemonsets", "-o", "wide", *flag)


def nearly_selected(service: Service, snapshot: Snapshot) -> tuple[Workload, str] | None:
    """The only pods that one label, whose value is a slip, keeps a Service from; and that label."""
    found: list[tuple[Workload, str]] = []
    for workload in snapshot.workloads:
        wanted, labels = service.selector, workload.pod_labels
        differing = [key for key, value in wanted.items() if labels.get(key) != value]
        if workload.meta.namespace != service.meta.namespace or len(differing) != 1:
            continue
        value, there = wanted[differing[0]], labels.get(differing[0], "")
        if chosen_name(value, [there]) or value.replace("-", "") == there.replace("-", ""):
            found.append((workload, differing[0]))
    return found[0] if len(found) == 1 else None


def _misspelt(service: Service, snapshot: Snapshot) -> tuple[str, str] | None:
    near = nearly_selected(service, snapshot)
    if near is None or pods_of(service, snapshot):
        return None
    workload, key = near
    has, meta = workload.pod_labels[key], service.meta
    message = (
        f"Service {meta.key} selects no pod (selector {_selector(service)}): those of"
        f" {workload.kind} {workload.meta.name} have {key}={has}"
    )
    return message, selector(meta, key, has)


def _selector(service: Service) -> str:
    return ",".join(f"{k}={v}" for k, v in sorted(service.selector.items()))


def _no_endpoint(
    service: Service, endpoints: tuple[Target, ...], flag: tuple[str, ...]
) -> tuple[str, str]:
    key, labels = service.meta.key, _selector(service)
    see = ("pods", "-l", labels) if labels else ("endpointslices",)
    look = command("get", *see, *flag)
    if endpoints:
        pods = ", ".join(e.pod or e.address for e in endpoints[:5])
        return f"none of the {len(endpoints)} pods of Service {key} is ready: {pods}", look
    if labels:
        return f"Service {key} selects no pod (selector {labels})", look
    return f"Service {key} has no selector and no endpoints", look
