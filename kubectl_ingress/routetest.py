"""One route, tested live: read the cluster, predict, send, judge, and again while waiting."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kubectl_ingress.controllers import _discovery
from kubectl_ingress.controllers._discovery import Running
from kubectl_ingress.core.answer import Answer, Plan, Unreachable
from kubectl_ingress.core.classes import class_of
from kubectl_ingress.core.hosts import wildcard_of
from kubectl_ingress.core.objects import Snapshot
from kubectl_ingress.core.request import Decision, Request
from kubectl_ingress.core.result import RouteResult
from kubectl_ingress.core.target import parse_target
from kubectl_ingress.core.text import printable
from kubectl_ingress.core.verdict import (
    Controller,
    Expectation,
    Question,
    Verdict,
    judge,
    no_address,
    no_controller,
)
from kubectl_ingress.entrypoint import choose
from kubectl_ingress.ports import api

if TYPE_CHECKING:
    from kubectl_ingress.env import Environment
    from kubectl_ingress.ports.cluster import Cluster

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
    insecure: bool
    max_time: float
    count: int
    wait: float
    ingress_class: str
    expectation: Expectation
    again: str


def until_it_passes(environment: Environment, cluster: Cluster, asked: Asked) -> RouteResult:
    """Look, again and again while there is time to wait, and give the last result.

    What is missing is told on stderr, each thing once.
    """
    deadline = environment.monotonic() + asked.wait
    told = ""
    while True:
        # One request is enough to see whether the time has come for all of them.
        waiting = asked.wait > 0 and environment.monotonic() < deadline
        result = look(environment, cluster, replace(asked, count=1) if waiting else asked)
        if result.verdict.passed and waiting and asked.count > 1:
            return look(environment, cluster, asked)
        if result.verdict.passed or not waiting:
            return result
        news = f"{result.verdict.code}  {result.verdict.sentence}"
        if news != told:
            print(printable(f"waiting: {news}"), file=environment.stderr, flush=True)
            told = news
        left = deadline - environment.monotonic()
        environment.sleep(max(0.0, min(POLL_SECONDS, left)))


def look(environment: Environment, cluster: Cluster, asked: Asked) -> RouteResult:
    """Read the cluster, predict, send, judge: once."""
    snapshot = api.read_snapshot(cluster, READ)
    likely = _likely_class(snapshot, _request(asked, NO_ADDRESS).host)
    running = choose(_discovery.find_running(snapshot), asked.ingress_class, likely)
    if running is None:
        known = [controller.PROFILE for controller in _discovery.known_controllers()]
        verdict = no_controller(
            snapshot.classes, [p.controller for p in known], " or ".join(p.title for p in known)
        )
        return RouteResult(_request(asked, NO_ADDRESS), verdict)
    if not running.addresses:
        verdict = no_address(running.no_address())
        return RouteResult(_request(asked, NO_ADDRESS), verdict)
    return _sent(environment, snapshot, running, asked, cluster.connect_to)


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
    environment: Environment, snapshot: Snapshot, running: Running, asked: Asked, connect_to: str
) -> RouteResult:
    address = running.addresses[0]
    request = _request(asked, address)
    plan = Plan(
        request,
        address,
        request.port or running.port(request.scheme),
        asked.body,
        asked.max_time,
        not asked.insecure,
    )
    controller = Controller(
        running.title,
        running.profile.not_found_body,
        running.service.meta.key if running.service else running.workload.meta.key,
        running.workload.ready,
        running.workload.desired,
        running.profile.fake_certificate,
    )
    decision = running.compile(snapshot).decide(request)
    prober = environment.prober(connect_to)
    answers = tuple(prober.send(plan) for _ in range(asked.count))
    pods = frozenset(e.pod for piece in snapshot.slices for e in piece.endpoints if e.pod)
    question = Question(plan, asked.expectation, asked.again, pods)
    verdict = _worst(decision, answers, controller, question)
    mapped = bool(connect_to)
    return RouteResult(request, verdict, plan, controller, decision, answers, mapped)


def _worst(
    decision: Decision,
    answers: tuple[Answer | Unreachable, ...],
    controller: Controller,
    question: Question,
) -> Verdict:
    """The verdict of all answers: the first that failed, with how many did."""
    verdicts = [judge(decision, answer, controller, question) for answer in answers]
    failed = [verdict for verdict in verdicts if not verdict.passed]
    if failed:
        first = failed[0]
        if len(answers) == 1:
            return first
        counted = f"{len(failed)} of {len(answers)} requests failed; the first: {first.sentence}"
        return replace(first, sentence=counted)
    return next((verdict for verdict in verdicts if verdict.code), verdicts[0])
