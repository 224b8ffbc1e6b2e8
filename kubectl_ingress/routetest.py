"""One route, tested live: read the cluster, predict, send, judge, and again while waiting."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

from kubectl_ingress.controllers import _discovery
from kubectl_ingress.controllers._discovery import Running
from kubectl_ingress.core.answer import Answer, Plan, Sent, Unreachable
from kubectl_ingress.core.classes import class_of
from kubectl_ingress.core.hosts import wildcard_of
from kubectl_ingress.core.judging_all import judge_all
from kubectl_ingress.core.objects import Finding, Snapshot
from kubectl_ingress.core.records import dataclass
from kubectl_ingress.core.redirects import location_of
from kubectl_ingress.core.repetition import ONCE, Mode, Repetition, Run
from kubectl_ingress.core.request import Decision, Request
from kubectl_ingress.core.result import RouteResult
from kubectl_ingress.core.sending import Sending
from kubectl_ingress.core.tally import Tally
from kubectl_ingress.core.target import parse_target
from kubectl_ingress.core.vantage import Via, judge_at
from kubectl_ingress.core.verdict import (
    Expectation,
    Question,
    Verdict,
    no_address,
    no_controller,
)
from kubectl_ingress.entrypoint import choose
from kubectl_ingress.following import follow_redirects
from kubectl_ingress.placing import Vantage, entrance_of, placed, prober_at
from kubectl_ingress.ports import api
from kubectl_ingress.ports.waiting import look_on
from kubectl_ingress.repeating import send_repeatedly
from kubectl_ingress.slow_names import SlowNames

if TYPE_CHECKING:
    from kubectl_ingress.env import Environment
    from kubectl_ingress.ports.cluster import Cluster
    from kubectl_ingress.ports.probe import Prober

READ = ("Ingress", "IngressClass", "Service", "EndpointSlice", "Deployment", "DaemonSet")
POLL_SECONDS = 2.0
NO_ADDRESS = ""
"""Stands in for the load balancer's name while nobody knows it."""


@dataclass(frozen=True)
class Asked:
    """What is to be sent where, and what is expected; times in seconds.

    `target` is a path or a URL, `again` the command that asks the same again.
    """

    target: str
    method: str
    headers: tuple[tuple[str, str], ...]
    body: bytes | None
    sending: Sending
    repetition: Repetition
    wait: float
    ingress_class: str
    expectation: Expectation
    again: str
    vantage: Vantage = Vantage()


class Onlooker(Protocol):
    """Is told what happens meanwhile."""

    def missing(self, verdict: Verdict) -> None:
        """It did not pass yet, and is waited for."""

    def note(self, text: str) -> None:
        """Something that whoever waits should know."""

    def sent(self, tally: Tally, sent: Sent, verdict: Verdict) -> None:
        """One of many was sent, and is in the tally."""


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
    nodes = ("Node",) if asked.vantage.via is Via.NODEPORT else ()
    snapshot = api.read_snapshot(cluster, (*READ, *nodes))
    likely = _likely_class(snapshot, _request(asked, NO_ADDRESS).host)
    running = choose(_discovery.find_running(snapshot), asked.ingress_class, likely)
    if running is None:
        known = [controller.PROFILE for controller in _discovery.known_controllers()]
        verdict = no_controller(
            snapshot.classes, [p.controller for p in known], " or ".join(p.title for p in known)
        )
        return RouteResult(_request(asked, NO_ADDRESS), verdict)
    if not running.addresses and asked.vantage.via is Via.LB:
        verdict = no_address(running.no_address())
        return RouteResult(_request(asked, NO_ADDRESS), verdict)
    table = running.compile(snapshot)

    def sent(request: Request, with_body: bool) -> RouteResult:
        this = asked if with_body else replace(asked, body=None)
        decision = table.decide(request)
        return _sent(environment, snapshot, running, this, cluster, onlooker, names, decision)

    # A path is asked under the load balancer's own name, wherever it is sent to.
    request = _request(asked, running.addresses[0] if running.addresses else "localhost")
    if asked.sending.follow is None:
        return sent(request, True)
    return follow_redirects(
        request, sent, lambda one: table.decide(one).route is not None, asked.sending.follow
    )


def _likely_class(snapshot: Snapshot, host: str) -> str:
    """The class of the Ingresses that have a host, "" where there are none, or several."""
    names = {
        class_of(ingress)
        for ingress in snapshot.ingresses
        if host and any(rule.host in (host, wildcard_of(host)) for rule in ingress.rules)
    }
    return names.pop() if len(names) == 1 else ""


def _request(asked: Asked, address: str) -> Request:
    return parse_target(asked.target, address, asked.method, asked.headers)


def _sent(
    environment: Environment,
    snapshot: Snapshot,
    running: Running,
    asked: Asked,
    cluster: Cluster,
    onlooker: Onlooker,
    names: SlowNames | None,
    decision: Decision,
) -> RouteResult:
    connect_to, request = cluster.connect_to, decision.request
    address = running.addresses[0] if running.addresses else "localhost"
    port = request.port or running.port(request.scheme)
    plan = asked.sending.plan(request, address, port, asked.body)
    controller = running.judged()
    entrance = entrance_of(running, snapshot)
    led = placed(plan, asked.vantage, entrance, decision, snapshot, bool(connect_to))
    if isinstance(led, Finding):
        verdict = Verdict("error", led.message, led.code, led.fix)
        return RouteResult(request, verdict, None, controller, decision)
    pods = frozenset(e.pod for piece in snapshot.slices for e in piece.endpoints if e.pod)
    tally = Tally(decision.outcome)
    plan, place = asked.sending.directed(led[0]), led[1]
    slow = names if place.via is Via.LB and not (asked.vantage.inside or connect_to) else None
    ahead = slow.led(plan) if slow else plan
    if isinstance(ahead, Plan):
        plan = ahead
    with prober_at(environment, cluster, asked.vantage, plan, place) as (prober, plan, place):
        question = Question(plan, asked.expectation, asked.again, pods)

        def judged(result: Answer | Unreachable) -> Verdict:
            # What is expected is expected of the last answer.
            followed = asked.sending.follow is not None and location_of(result)
            meant = replace(question, expectation=Expectation()) if followed else question
            return judge_at(place, decision, result, controller, meant)

        if isinstance(ahead, Unreachable):
            run = Run(ONCE, 0.0)
            tally.add(Sent(0, 0.0, ahead), judged(ahead))
        else:
            run = _send(environment, prober, plan, asked.repetition, tally, judged, onlooker)
    trace = f"kubectl ingress trace {shlex.quote(asked.target)}"
    verdict = judge_all(tally, decision, run, trace)
    verdict = slow.remark(verdict) if slow else verdict
    mapped = bool(connect_to) and not plan.direct
    return RouteResult(
        request,
        verdict,
        plan,
        controller,
        decision,
        tally,
        mapped,
        run,
        place,
        asked.vantage.inside,
    )


def _send(
    environment: Environment,
    prober: Prober,
    plan: Plan,
    repetition: Repetition,
    tally: Tally,
    judged: Callable[[Answer | Unreachable], Verdict],
    onlooker: Onlooker,
) -> Run:
    def goes_on(sent: Sent) -> bool:
        verdict = judged(sent.result)
        tally.add(sent, verdict)
        if not repetition.once:
            onlooker.sent(tally, sent, verdict)
        return verdict.passed or repetition.mode is not Mode.UNTIL_FAIL

    run = send_repeatedly(environment, prober, plan, repetition, goes_on)
    tally.finish()
    if not tally.requests:
        raise KeyboardInterrupt
    return run
