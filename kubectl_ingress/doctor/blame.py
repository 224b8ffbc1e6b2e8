"""Which hop a failed request fails at first, and what that means. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from msgspec import Struct

from kubectl_ingress.core.answer import Answer, Failure, Unreachable
from kubectl_ingress.core.checkup import State
from kubectl_ingress.core.commands import command
from kubectl_ingress.core.fingerprints import PLAIN_TO_TLS
from kubectl_ingress.core.objects import ServicePort
from kubectl_ingress.core.patches import target_port
from kubectl_ingress.core.request import Backend, Request
from kubectl_ingress.core.vantage import Place, Via, service_port
from kubectl_ingress.core.verdict import Verdict
from kubectl_ingress.doctor.case import Case
from kubectl_ingress.doctor.requests import Planned
from kubectl_ingress.install.live import reader_of
from kubectl_ingress.lint.remedies import annotated, without_annotation

# nginx keeps the head of an answer in one buffer of this size, a memory page.
_USUAL_BUFFER = 4096
# What ports for plain HTTP are called in the manifests of controllers.
_PLAIN_NAMES = ("http", "web")


class Hop(Struct, frozen=True):
    """One place that was asked, with what was sent there and what came.

    `away` is whether it cannot be reached from here, so that nothing was learnt.
    """

    place: Place
    request: Request
    result: Answer | Unreachable
    verdict: Verdict
    away: bool = False

    @property
    def failed(self) -> bool:
        """Whether it was reached, and did not do what it should."""
        return not self.away and self.verdict.level == "error"

    @property
    def state(self) -> State:
        """For its line."""
        if self.away:
            return State.SKIPPED
        return State.ERROR if self.failed else State.FINE


class Blamed(TypedDict):
    """The fields of a Finding that depend on the hop."""

    code: str
    message: str
    fix: str


def blame(one: Planned, hops: Sequence[Hop], first: Hop, case: Case) -> Blamed:
    """What is wrong at the first hop that fails; `hops` are all of them, the pod first."""
    subject = f"{one.request.method} {one.request.url}"
    pod = next((hop for hop in hops if hop.place.via is Via.POD and not hop.away), None)
    found = None
    if first.place.via is Via.POD:
        found = _at_pod(one, first, case)
    elif pod is not None and first.place.via is Via.CONTROLLER:
        found = _at_controller(one, pod, first)
    elif first.place.via in (Via.LB, Via.NODEPORT):
        found = _at_balancer(hops, first)
    if found is None:
        found = _as_judged(first)
    # Where nothing behind it was reached, nobody knows whether it is the first.
    reached = any(hop is not first and not hop.away for hop in hops)
    where = f"{'fails first' if reached else 'fails'} at the {first.place.title}"
    sentence = f"{subject} {where}: {found['message']}"
    return Blamed(code=found["code"], message=sentence, fix=found["fix"])


def _as_judged(hop: Hop) -> Blamed:
    return Blamed(code=hop.verdict.code, message=hop.verdict.sentence, fix=hop.verdict.fix)


def _at_pod(one: Planned, hop: Hop, case: Case) -> Blamed | None:
    result, backend = hop.result, _backend_of(one, hop)
    namespace, _, pod = hop.place.pod.rpartition("/")
    logs = command("logs", "-n", namespace or one.ingress.meta.namespace, pod or "POD")
    if isinstance(result, Answer):
        if PLAIN_TO_TLS in result.text:
            return _speaks(one, hop, "TLS") if one.protocol_names else None
        if hop.verdict.code == "KI611":
            return None
        sentence = (
            f"the application itself answers {result.status} to {hop.request.target}, so the route "
            "works"
        )
        return Blamed(code="KI106", message=sentence, fix=logs)
    # What the API server forwards breaks where a direct connection would be refused.
    if result.why in (Failure.REFUSED, Failure.BROKEN) and backend is not None:
        listens = "nothing listens" if result.why is Failure.REFUSED else "nobody answers"
        message = (
            f"{listens} on port {hop.place.port}, to which Service {backend.namespace}/"
            f"{backend.service} leads"
        )
        return Blamed(code="KI109", message=message, fix=_target_port(backend, hop, case))
    message = f"{result.why} ({result.detail})"
    return Blamed(code="KI109", message=message, fix=logs)


def _backend_of(one: Planned, hop: Hop) -> Backend | None:
    for backend in one.decision.outcome.backends:
        if any(end.address == hop.place.address for end in backend.endpoints):
            return backend
    return None


def _target_port(backend: Backend, hop: Hop, case: Case) -> str:
    """The command that leads the Service to the port that the container declares."""
    namespace, _, name = hop.place.pod.partition("/")
    look = command("get", "pods", "-n", namespace or backend.namespace, "-o", "wide")
    service = case.snapshot.service_by_key.get((backend.namespace, backend.service))
    declared = _declared(case, namespace, name)
    if service is None or len(declared) != 1:
        return f"{look}\nset targetPort of the Service to the port that the container listens on"
    at = next((n for n, port in enumerate(service.ports) if _is_of(port, backend.port)), 0)
    return target_port(service.meta, at, declared[0])


def _is_of(port: ServicePort, named: str) -> bool:
    return named in (str(port.number), port.name)


def _declared(case: Case, namespace: str, name: str) -> list[int]:
    for pod in map(reader_of, case.causes_in(namespace).pods):
        if pod.meta().name == name:
            containers = pod.child("spec").children("containers")
            ports = [
                port.number("containerPort") for c in containers for port in c.children("ports")
            ]
            return [number for number in ports if number]
    return []


def _at_controller(one: Planned, pod: Hop, hop: Hop) -> Blamed | None:
    """The pod answers when it is asked directly, and not the controller."""
    result, answer = hop.result, pod.result
    if not isinstance(answer, Answer) or not isinstance(result, Answer):
        return None
    plain_to_tls = PLAIN_TO_TLS in result.text
    speaks = "TLS" if pod.request.scheme == "https" else "plain HTTP"
    knows = bool(one.protocol_names)
    if knows and speaks not in _asked_in(one) and (plain_to_tls or result.status >= 500):
        return _speaks(one, pod, speaks)
    if plain_to_tls:
        # The page of a pod that speaks TLS is passed on by whoever asks it without.
        return _wrong_entry(one) if knows or speaks != "TLS" else None
    size = sum(len(name) + len(value) + 4 for name, value in answer.headers)
    buffers = one.live.table.controller == "ingress-nginx"
    if buffers and result.status == 502 and size > _USUAL_BUFFER:
        return _big_head(one, size)
    if result.status != 504:
        return None
    message = (
        f"it waited and sent 504, while {pod.place.title} answers from here in "
        f"{answer.timings.total * 1000:.0f} ms: a NetworkPolicy may shut the controller out, or its"
        " read timeout is too short for this path"
    )
    return Blamed(code="KI109", message=message, fix="kubectl get networkpolicies -A")


def _wrong_entry(one: Planned) -> Blamed | None:
    """The Service of the controller leads a port where plain HTTP arrives to its TLS port."""
    running = one.live.running
    port = service_port(running.service, one.request) if running is not None else None
    if running is None or running.service is None or port is None:
        return None
    service = running.service
    plain = next((p.name for p in running.workload.spec.ports if p.name in _PLAIN_NAMES), "")
    if not plain or port.target == plain:
        return None
    message = (
        f"port {port.number} of Service {service.meta.key} leads to the controller's TLS port "
        f"({port.target}), and plain HTTP arrives there"
    )
    fix = target_port(service.meta, service.ports.index(port), plain)
    return Blamed(code="KI620", message=message, fix=fix)


def _asked_in(one: Planned) -> str:
    return "plain HTTP" if one.protocol is None else one.protocol.text


def _speaks(one: Planned, pod: Hop, speaks: str) -> Blamed:
    """`speaks` is another protocol than the one that the Ingress has the controller speak."""
    meta = one.ingress.meta
    asked = _asked_in(one)
    message = f"{pod.place.title} speaks {speaks}, and the controller asks it in {asked}"
    if speaks != "TLS" and one.protocol is not None:
        fix = without_annotation("Ingress", meta, str(one.protocol.field[-1]))
    else:
        value = "h1-ssl" if one.live.table.controller == "haproxy-ingress" else "HTTPS"
        fix = annotated("Ingress", meta, one.protocol_names[0], value)
    return Blamed(code="KI114", message=message, fix=fix)


def _big_head(one: Planned, size: int) -> Blamed:
    meta = one.ingress.meta
    message = (
        f"the application's answer has {size} bytes of headers, more than the {_USUAL_BUFFER} of "
        "the controller's proxy-buffer-size"
    )
    kilobytes = 8 if size < 2 * _USUAL_BUFFER else 16 if size < 4 * _USUAL_BUFFER else 64
    prefix = one.protocol_names[0].rpartition("/")[0]
    fix = annotated("Ingress", meta, f"{prefix}/proxy-buffer-size", f"{kilobytes}k")
    return Blamed(code="KI109", message=message, fix=fix)


def _at_balancer(hops: Sequence[Hop], hop: Hop) -> Blamed | None:
    """The controller's own pod answers, so it is something before it."""
    inner = [one for one in hops if one.place.via is not Via.LB and not one.away]
    controller = next((one for one in inner if one.place.via is Via.CONTROLLER), None)
    if controller is None or controller.failed:
        return None
    why = hop.verdict.sentence
    more = f"the {controller.place.title} answers {_came(controller)} when it is asked directly"
    message = f"{why}; {more}, so it is what stands before it"
    result, fix = hop.result, hop.verdict.fix
    if isinstance(result, Unreachable) and result.why in (Failure.TIMEOUT, Failure.REFUSED):
        fix += (
            "\nopen the load balancer's ports in its firewall or security group, and let it reach "
            "the nodes"
        )
    return Blamed(code=hop.verdict.code, message=message, fix=fix.strip())


def _came(hop: Hop) -> str:
    return str(hop.result.status) if isinstance(hop.result, Answer) else str(hop.result.why)
