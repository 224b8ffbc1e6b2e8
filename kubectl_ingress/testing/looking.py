"""One route, tested live: read the cluster, predict, send, judge, and again while waiting."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache, partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from kubectl_ingress.controllers import _discovery
from kubectl_ingress.controllers._discovery import Running
from kubectl_ingress.core.classes import class_of
from kubectl_ingress.core.hosts import wildcard_of
from kubectl_ingress.core.objects import Finding, Snapshot
from kubectl_ingress.core.reasons import edit_command
from kubectl_ingress.core.repetition import ONCE, Mode
from kubectl_ingress.core.request import Request
from kubectl_ingress.core.result import RouteResult
from kubectl_ingress.core.target import parse_target
from kubectl_ingress.core.tls import Looking, certificate_problem
from kubectl_ingress.core.vantage import Via, node_entry
from kubectl_ingress.core.verdict import Verdict, no_address, no_controller
from kubectl_ingress.entrypoint import choose
from kubectl_ingress.errors import ApiForbidden
from kubectl_ingress.livetable import with_secrets
from kubectl_ingress.ports import api
from kubectl_ingress.ports.waiting import look_on
from kubectl_ingress.testing.attempt import Asked, Attempt, Onlooker
from kubectl_ingress.testing.following import follow_redirects
from kubectl_ingress.testing.placing import with_nodes
from kubectl_ingress.testing.slow_names import SlowNames

if TYPE_CHECKING:
    from kubectl_ingress.env import Environment
    from kubectl_ingress.ports.cluster import Cluster

READ = ("Ingress", "IngressClass", "Service", "EndpointSlice", "Deployment", "DaemonSet")
POLL_SECONDS = 2.0
# What is only as certain as the prediction is.
_BY_ROUTES = ("KI101", "KI106", "KI107", "KI109")
NO_ADDRESS = ""
"""Stands in for the load balancer's name while nobody knows it."""


def until_it_passes(
    environment: Environment, cluster: Cluster, asked: Asked, onlooker: Onlooker
) -> RouteResult:
    """Look, again and again while there is time to wait, and give the last result.

    An API server that was there is waited for. A command runs as soon as a request passes.
    """
    deadline = environment.monotonic() + asked.wait
    # One request is enough to see whether the time has come for all of them.
    first = replace(asked, repetition=ONCE)
    command = asked.repetition.mode is Mode.DURING
    names = SlowNames(environment.names()) if asked.wait > 0 else None
    told = False

    def looked(once: Asked, names: SlowNames | None) -> RouteResult:
        this = partial(look, environment, cluster, once, onlooker, names)
        return look_on(this, environment, deadline) if told else this()

    while True:
        waiting = asked.wait > 0 and environment.monotonic() < deadline
        # The last look is at what this machine sees, whatever others do.
        result = looked(first if waiting or command else asked, names if waiting else None)
        if result.verdict.passed and (waiting or command) and not asked.repetition.once:
            return looked(asked, names)
        if result.verdict.passed or not waiting:
            return result
        if names and names.unasked and result.verdict.code == "KI602":
            onlooker.note(f"the zone of that name was not asked itself: {names.unasked}")
        onlooker.missing(result.verdict)
        told = True
        left = deadline - environment.monotonic()
        environment.sleep(max(0.0, min(POLL_SECONDS, left)))


def look(
    environment: Environment,
    cluster: Cluster,
    asked: Asked,
    onlooker: Onlooker,
    names: SlowNames | None = None,
) -> RouteResult:
    """Read the cluster, predict, send, judge: once."""
    snapshot = api.read_snapshot(cluster, READ)
    likely = _likely_class(snapshot, _request(asked, NO_ADDRESS).host)
    found = _discovery.find_running(snapshot)
    running = choose(found, snapshot, asked.ingress_class, likely, asked.controller)
    if running is None:
        known = [controller.PROFILE for controller in _discovery.known_controllers()]
        verdict = no_controller(
            snapshot.classes, [p.controller for p in known], " or ".join(p.title for p in known)
        )
        return RouteResult(_request(asked, NO_ADDRESS), verdict)
    by_design = asked.vantage.via is Via.LB and running.is_at_nodes
    if by_design:
        asked = replace(asked, vantage=replace(asked.vantage, via=Via.NODEPORT))
    if asked.vantage.via is Via.NODEPORT:
        try:
            snapshot = with_nodes(cluster, snapshot)
        except ApiForbidden:
            if not by_design:
                raise
            return RouteResult(_request(asked, NO_ADDRESS), no_address(running.no_address()))
    request = _entering(asked, running, snapshot)
    if isinstance(request, Finding):
        return RouteResult(_request(asked, NO_ADDRESS), no_address(request))
    table = running.compile(snapshot)
    # Secrets are not read unless one of them is to blame.
    problem = cache(partial(_certificate_problem, cluster, snapshot, running))
    attempt = Attempt(environment, cluster, asked, onlooker, snapshot, running, names, problem)

    def sent(request: Request, with_body: bool) -> RouteResult:
        size = len(asked.body or b"") if with_body else 0
        decision = table.decide(replace(request, body_size=size))
        result = attempt.send(decision, asked.body if with_body else None)
        if running.caveat is not None and not asked.expectation.given:
            return _by_specification(result, running)
        return _with_word(result, table.lost_to(decision), snapshot.namespace)

    if asked.sending.follow is None:
        return sent(request, True)
    return follow_redirects(
        request, sent, lambda one: table.decide(one).route is not None, asked.sending.follow
    )


def _by_specification(result: RouteResult, running: Running) -> RouteResult:
    """With what is to be known of a prediction for routes that are not modelled."""
    verdict = result.verdict
    if not (verdict.passed or verdict.code in _BY_ROUTES):
        return result
    sentence = (
        f"{verdict.sentence}; the routes of {running.profile.title} are not modelled, so what was"
        " predicted is what the Ingress specification says"
    )
    level = "warning" if verdict.passed else verdict.level
    code = verdict.code or "KI207"
    return replace(result, verdict=replace(verdict, level=level, sentence=sentence, code=code))


def _with_word(result: RouteResult, lost: Finding | None, namespace: str) -> RouteResult:
    """What passed, but by another's route: it is not what somebody meant who made one."""
    if lost is None or result.verdict.level != "ok":
        return result
    sentence = f"{result.verdict.sentence}; but {lost.message}"
    fix = lost.fix or edit_command(lost.object, namespace)
    return replace(result, verdict=Verdict("warning", sentence, lost.code, fix))


def _certificate_problem(
    cluster: Cluster, snapshot: Snapshot, running: Running, host: str
) -> Finding | None:
    from kubectl_ingress.certificates import describe_pem

    whole = with_secrets(cluster, snapshot, host)
    looking = Looking(running.compile(whole), whole, describe_pem, datetime.now(UTC))
    return certificate_problem(host, looking)


def _entering(asked: Asked, running: Running, snapshot: Snapshot) -> Request | Finding:
    """The request, a path asked under the address that clients have; why there is none."""
    via = asked.vantage.via
    if running.addresses:
        return _request(asked, running.addresses[0])
    if via is Via.LB:
        return running.no_address()
    if via is not Via.NODEPORT or not asked.target.startswith("/"):
        return _request(asked, "localhost")
    likely, entrance = _request(asked, NO_ADDRESS), running.entrance(snapshot)
    place = node_entry(entrance, likely, inside=asked.vantage.inside)
    if isinstance(place, Finding):
        return place
    request = _request(asked, place.address)
    # A Host header that was typed has no port.
    return replace(request, port=place.port) if request.host == place.address else request


def _likely_class(snapshot: Snapshot, host: str) -> str:
    """The class of the Ingresses that have a host, "" where there are none, or several."""
    names = {
        class_of(ingress)
        for ingress in snapshot.ingresses
        if host and any(rule.host in (host, wildcard_of(host)) for rule in ingress.rules)
    }
    return names.pop() if len(names) == 1 else ""


def _request(asked: Asked, address: str) -> Request:
    request = parse_target(asked.target, address, asked.method, asked.headers)
    return replace(request, user=asked.user)
