"""Where a request can be sent to on its way: the load balancer, and the hops behind it.

A request comes in at the load balancer, goes on to the node port of a machine,
to the controller's pod, and from there straight to a pod of the application.
Sent to one hop after the other it shows which of them is broken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.core.answer import Answer, Failure, Unreachable
from kubectl_ingress.core.commands import command
from kubectl_ingress.core.objects import EndpointSlice, Finding, Node, Service, ServicePort
from kubectl_ingress.core.question import Controller, Question
from kubectl_ingress.core.request import Decision, Outcome, Request, Target, usual_port
from kubectl_ingress.core.values import Value
from kubectl_ingress.core.verdict import Verdict, judge

_PROTOCOLS = {
    "HTTPS": "TLS",
    "GRPC": "gRPC",
    "GRPCS": "gRPC over TLS",
    "FCGI": "FastCGI",
    # So HAProxy Ingress calls them.
    "H1-SSL": "TLS",
    "H2": "HTTP/2",
    "H2-SSL": "HTTP/2 over TLS",
}


class Via(StrEnum):
    """The hops that a request can be sent to."""

    LB = "lb"
    NODEPORT = "nodeport"
    CONTROLLER = "controller"
    SERVICE = "service"
    POD = "pod"


class Entrance(Struct, frozen=True):
    """What is known of the way in to one controller.

    `service` is what its traffic comes in by, `slices` are the EndpointSlices of
    that, `addresses` those of the load balancer, `title` is the controller's.
    """

    title: str
    service: Service | None
    addresses: tuple[str, ...]
    slices: tuple[EndpointSlice, ...] = ()
    nodes: tuple[Node, ...] = ()


class Place(Struct, frozen=True):
    """An address and port that a request can be sent to.

    `title` is for people; `pod` is ``namespace/name`` where one pod alone is
    meant, "" elsewhere: what only the API may reach is forwarded by that name.
    `through` is who forwards, "" where the address itself is connected to.
    """

    via: Via
    address: str
    port: int
    title: str
    pod: str = ""
    through: str = ""

    @property
    def hop(self) -> str:
        """What it is called on the way."""
        return {"service": "ClusterIP", "nodeport": "node port", "lb": "load balancer"}.get(
            self.via, "pod"
        )


def service_port(service: Service | None, request: Request) -> ServicePort | None:
    """The port of the controller's Service that a request comes in by, None where none fits.

    It is the one of the URL's port, which may be a node port, else the usual one of
    the scheme, else the one that has the scheme's name.
    """
    ports = service.ports if service else ()
    wanted = request.port or usual_port(request.scheme)
    found = [port for port in ports if port.number == wanted]
    if not found and request.port is None:
        found = [port for port in ports if port.name == request.scheme]
    if not found:
        found = [port for port in ports if port.node_port == request.port is not None]
    return found[0] if found else None


def node_entry(entrance: Entrance, request: Request, *, inside: bool = False) -> Place | Finding:
    """The node port that a request comes in by, or why there is none; `inside` as in `place_of`."""
    return _behind(Via.NODEPORT, entrance, request, inside)


def place_of(
    via: Via, entrance: Entrance, decision: Decision, *, inside: bool = False
) -> Place | Finding:
    """Where a request is to be sent by this way, or why it cannot be.

    `inside` is whether a pod of the cluster sends it: a machine's internal
    address is the one for that. The request is the decision's.
    """
    request = decision.request
    if via is Via.POD:
        return _application(decision)
    if via is Via.LB:
        return _load_balancer(entrance, request)
    return _behind(via, entrance, request, inside)


def ways(entrance: Entrance, decision: Decision) -> tuple[Place, ...]:
    """The places there are, from the pod that answers out to the load balancer."""
    order = (Via.POD, Via.CONTROLLER, Via.SERVICE, Via.NODEPORT, Via.LB)
    found = (place_of(via, entrance, decision) for via in order)
    return tuple(one for one in found if isinstance(one, Place))


def asked_in(names: Iterable[str], owner: str, annotations: Mapping[str, str]) -> Value | None:
    """What the controller speaks to pods, and the annotation of `owner` that says so.

    `names` are the annotations by which it is told; the first that is there counts. None for
    HTTP/1.1 without TLS.
    """
    name = next((one for one in names if one in annotations), "")
    protocol = _PROTOCOLS.get(annotations[name].strip().upper()) if name else None
    return Value(protocol, owner, ("metadata", "annotations", name)) if protocol else None


def sent_to_pod(decision: Decision, protocol: Value | None) -> Request:
    """The request as the controller would send it on: the path that the pod sees.

    `protocol` is what it speaks to pods, as `asked_in` gives it.
    """
    request, outcome = decision.request, decision.outcome
    scheme = "https" if protocol is not None and "TLS" in protocol.text else "http"
    return replace(request, scheme=scheme, target=outcome.upstream_path or request.target)


def judge_at(
    place: Place,
    decision: Decision,
    answer: Answer | Unreachable,
    controller: Controller,
    question: Question,
) -> Verdict:
    """As `judge`, where the request was sent to this place."""
    is_network = isinstance(answer, Unreachable) and answer.why is not Failure.TLS
    if place.via is Via.LB or (place.via is not Via.POD and not is_network):
        return judge(decision, answer, controller, question)
    if isinstance(answer, Unreachable):
        return _unreachable(place, answer, question)
    # Nobody stands between, so that whatever came is the application's.
    alone = replace(controller, title=place.title, page="", name="")
    return judge(decision, answer, alone, question)


def _unreachable(place: Place, answer: Unreachable, question: Question) -> Verdict:
    codes = {
        Failure.TIMEOUT: "KI604",
        Failure.BROKEN: "KI605",
        Failure.GARBAGE: "KI605",
        Failure.TLS: "KI301",
    }
    through = f", through the {place.through}" if place.through else ""
    where = f"{place.title} ({place.address} port {place.port}{through})"
    sentence = f"{where}: {answer.why} ({answer.detail})"
    namespace, _, pod = place.pod.partition("/")
    again = question.again
    fix = again if "--from cluster" in again else f"{again} --from cluster"
    if pod:
        fix = command("describe", "pod", "-n", namespace, pod)
    return Verdict("error", sentence, codes.get(answer.why, "KI603"), fix)


def _behind(via: Via, entrance: Entrance, request: Request, inside: bool) -> Place | Finding:
    """A hop behind the load balancer."""
    service = entrance.service
    if service is None:
        return _missing(f"no Service leads to {entrance.title}", "kubectl get services -A")
    port = service_port(service, request)
    if port is None:
        wanted = request.port or request.scheme
        look = command("describe", "service", "-n", service.meta.namespace, service.meta.name)
        return _missing(f"Service {service.meta.key} has no port {wanted}", look)
    if via is Via.SERVICE:
        return _cluster_ip(service, port)
    if via is Via.NODEPORT:
        return _node_port(entrance, service, port, inside)
    return _controller(entrance, service, port)


def _load_balancer(entrance: Entrance, request: Request) -> Place | Finding:
    if not entrance.addresses:
        return _missing(f"{entrance.title} has no load balancer", "kubectl ingress address")
    port = service_port(entrance.service, request)
    number = request.port or (port.number if port else usual_port(request.scheme))
    return Place(Via.LB, entrance.addresses[0], number, "load balancer")


def _cluster_ip(service: Service, port: ServicePort) -> Place | Finding:
    if service.cluster_ip in ("", "None"):
        text = f"Service {service.meta.key} has no ClusterIP"
        return _missing(text, "send to its pods: --via controller")
    return Place(Via.SERVICE, service.cluster_ip, port.number, f"Service {service.meta.key}")


def _node_port(
    entrance: Entrance, service: Service, port: ServicePort, inside: bool
) -> Place | Finding:
    if port.node_port is None:
        text = f"Service {service.meta.key} ({service.type}) has no node port for {port.number}"
        return _missing(text, "send to its pods: --via controller")
    hosting: set[str] = set()
    if service.traffic_policy == "Local":
        # No other machine answers. Else all do, and the first stays the same when pods move.
        hosting = {one.node for piece in entrance.slices for one in piece.endpoints if one.ready}
    nodes = sorted(entrance.nodes, key=lambda node: (node.meta.name not in hosting, node.meta.name))
    for node in nodes:
        address = node.internal if inside else node.external or node.internal
        if node.ready and address:
            return Place(Via.NODEPORT, address, port.node_port, f"node {node.meta.name}")
    return _missing("no node of the cluster is ready and has an address", "kubectl get nodes")


def _controller(entrance: Entrance, service: Service, port: ServicePort) -> Place | Finding:
    for piece in entrance.slices:
        number = piece.ports.get(port.name)
        for endpoint in piece.endpoints:
            if endpoint.ready and number is not None:
                pod = f"{service.meta.namespace}/{endpoint.pod}" if endpoint.pod else ""
                title = f"controller's pod {endpoint.pod or endpoint.address}"
                return Place(Via.CONTROLLER, endpoint.address, number, title, pod)
    text = f"no pod of {entrance.title} is ready behind Service {service.meta.key}"
    return _missing(text, command("get", "pods", "-n", service.meta.namespace))


def _application(decision: Decision) -> Place | Finding:
    for namespace, target in _targets(decision.outcome):
        pod = f"{namespace}/{target.pod}" if target.pod else ""
        title = f"application's pod {target.pod or target.address}"
        return Place(Via.POD, target.address, target.port, title, pod)
    if decision.findings:
        first = decision.findings[0]
        return replace(first, level="error")
    return _missing("the route leads to no pod", "kubectl ingress trace URL")


def _targets(outcome: Outcome) -> Iterable[tuple[str, Target]]:
    for backend in outcome.backends:
        if backend.weight and backend.status is None:
            yield from ((backend.namespace, one) for one in backend.endpoints if one.ready)


def _missing(message: str, fix: str) -> Finding:
    return Finding("KI640", "error", message, fix=fix)
