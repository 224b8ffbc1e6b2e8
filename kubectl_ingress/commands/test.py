"""``kubectl ingress test``: send a request, compare it with what should happen, say why not."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import typer

from kubectl_ingress.connection import ClusterOptions, addressed
from kubectl_ingress.core.duration import parse_duration
from kubectl_ingress.env import Environment
from kubectl_ingress.errors import ExitStatus, UsageError
from kubectl_ingress.options import with_cluster_flags

if TYPE_CHECKING:
    from kubectl_ingress.controllers._discovery import Running
    from kubectl_ingress.core.answer import Answer, Unreachable
    from kubectl_ingress.core.objects import Snapshot
    from kubectl_ingress.core.request import Decision, Request
    from kubectl_ingress.core.result import RouteResult
    from kubectl_ingress.core.verdict import Controller, Expectation, Question, Verdict
    from kubectl_ingress.ports.cluster import Cluster

READ = ("Ingress", "IngressClass", "Service", "EndpointSlice", "Deployment", "DaemonSet")
POLL_SECONDS = 2.0
NO_ADDRESS = ""
"""Stands in for the load balancer's name while nobody knows it."""


@dataclass(frozen=True)
class Asked:
    """The command line, checked."""

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


@with_cluster_flags
def run(
    context: typer.Context,
    connection: ClusterOptions,
    target: Annotated[str, typer.Argument(metavar="PATH|URL", help="/path, or http://host/path.")],
    request: Annotated[
        str | None, typer.Option("-X", "--request", metavar="METHOD", help="As curl's.")
    ] = None,
    header: Annotated[
        list[str], typer.Option("-H", "--header", metavar="'NAME: VALUE'", help="Repeatable.")
    ] = [],  # noqa: B006  # typer copies it
    data: Annotated[
        str | None, typer.Option("-d", "--data", help="Body; @FILE or @- reads it. Implies POST.")
    ] = None,
    insecure: Annotated[
        bool, typer.Option("-k", "--insecure", help="Accept any certificate of the route.")
    ] = False,
    max_time: Annotated[
        str, typer.Option("--max-time", metavar="SECONDS", help="For one whole request.")
    ] = "30",
    count: Annotated[
        int, typer.Option("--count", min=1, help="Send it N times and show which pods answer.")
    ] = 1,
    wait: Annotated[
        str, typer.Option("--wait", metavar="TIME", help="Repeat until it passes: 30s, 5m.")
    ] = "0",
    ingress_class: Annotated[
        str, typer.Option("--class", metavar="NAME", help="Class whose controller is asked.")
    ] = "",
    expect_status: Annotated[
        list[str], typer.Option("--expect-status", metavar="200|2xx", help="Repeatable.")
    ] = [],  # noqa: B006
    expect_body: Annotated[
        str, typer.Option("--expect-body", metavar="TEXT", help="Text the body must hold.")
    ] = "",
    output: Annotated[str, typer.Option("-o", "--output", metavar="text|json")] = "text",
) -> ExitStatus:
    """Test a route: send a request and say why it fails.

    A path is asked of the load balancer under its own name, as curl would; a
    URL goes to the same load balancer under the URL's host. It passes when the
    request was predicted to reach a backend, did, and the status is below 400.

    \b
    Examples:
      kubectl ingress test /echo-hostname
      kubectl ingress test http://jko.example.com/echo-hostname
      kubectl ingress test /echo-hostname --count 30
      kubectl ingress test /old --expect-status 404 -o json
    """
    from kubectl_ingress.core.target import parse_target
    from kubectl_ingress.core.verdict import Expectation, is_status
    from kubectl_ingress.render import route_test

    environment: Environment = context.obj
    if output not in ("text", "json"):
        raise UsageError(f"-o {output!r} is not known", "one of: text, json")
    statuses = tuple(part for word in expect_status for part in word.split(","))
    for status in statuses:
        if not is_status(status):
            raise UsageError(f"--expect-status {status!r} is no status", "examples: 200, 2xx")
    asked = Asked(
        target=target,
        method=request or ("GET" if data is None else "POST"),
        headers=_headers(header, data is not None),
        body=None if data is None else _body(data, environment),
        insecure=insecure,
        max_time=_positive(max_time, "--max-time"),
        count=count,
        wait=parse_duration(wait, "--wait"),
        ingress_class=ingress_class,
        expectation=Expectation(statuses, expect_body),
        again=shlex.join(["kubectl", "ingress", "test", target]),
    )
    # A wrong word shall not cost a round trip to the cluster.
    parse_target(asked.target, "checked-later.invalid", asked.method, asked.headers)
    result = _until_it_passes(environment, environment.cluster(connection), asked)
    result = _addressed(result, connection)
    if output == "json":
        route_test.render_json(result, environment.stdout)
    else:
        route_test.render_text(
            result,
            environment.stdout,
            colour=environment.has_colour(environment.stdout),
            verbose=bool(environment.verbosity),
        )
    return ExitStatus.OK if result.verdict.passed else ExitStatus.FAILED


def _addressed(result: RouteResult, connection: ClusterOptions) -> RouteResult:
    """The result with suggested commands that lead to the cluster that was asked."""
    fix = addressed(result.verdict.fix, connection)
    result = replace(result, verdict=replace(result.verdict, fix=fix))
    decision = result.decision
    if decision is None:
        return result
    findings = tuple(replace(f, fix=addressed(f.fix, connection)) for f in decision.findings)
    return replace(result, decision=replace(decision, findings=findings))


def _headers(typed: list[str], has_body: bool) -> tuple[tuple[str, str], ...]:
    from kubectl_ingress.core.target import parse_header

    headers = [parse_header(word) for word in typed]
    if has_body and not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/x-www-form-urlencoded"))
    return tuple(headers)


def _body(typed: str, environment: Environment) -> bytes:
    from kubectl_ingress.ports.body import read_body

    return read_body(typed, environment.stdin)


def _positive(typed: str, flag: str) -> float:
    value = parse_duration(typed, flag)
    if value <= 0:
        raise UsageError(f"{flag} must be more than 0", "example: --max-time 5")
    return value


def _until_it_passes(environment: Environment, cluster: Cluster, asked: Asked) -> RouteResult:
    from kubectl_ingress.core.text import printable

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
    from kubectl_ingress.controllers import _discovery
    from kubectl_ingress.core.result import RouteResult
    from kubectl_ingress.core.verdict import no_address, no_controller
    from kubectl_ingress.entrypoint import choose
    from kubectl_ingress.ports import api

    snapshot = api.read_snapshot(cluster, READ)
    running = choose(_discovery.find_running(snapshot), asked.ingress_class)
    if running is None:
        known = [controller.PROFILE for controller in _discovery.known_controllers()]
        verdict = no_controller(
            snapshot.classes, [p.controller for p in known], " or ".join(p.title for p in known)
        )
        return RouteResult(_request(asked, NO_ADDRESS), verdict)
    if not running.addresses:
        verdict = no_address(running.no_address())
        return RouteResult(_request(asked, NO_ADDRESS), verdict)
    return _sent(environment, snapshot, running, asked)


def _request(asked: Asked, address: str) -> Request:
    from kubectl_ingress.core.target import parse_target

    return parse_target(asked.target, address, asked.method, asked.headers)


def _sent(
    environment: Environment, snapshot: Snapshot, running: Running, asked: Asked
) -> RouteResult:
    from kubectl_ingress.core.answer import Plan
    from kubectl_ingress.core.result import RouteResult
    from kubectl_ingress.core.verdict import Controller, Question

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
    prober = environment.prober()
    answers = tuple(prober.send(plan) for _ in range(asked.count))
    pods = frozenset(e.pod for piece in snapshot.slices for e in piece.endpoints if e.pod)
    question = Question(plan, asked.expectation, asked.again, pods)
    verdict = _worst(decision, answers, controller, question)
    return RouteResult(request, verdict, plan, controller, decision, answers)


def _worst(
    decision: Decision,
    answers: tuple[Answer | Unreachable, ...],
    controller: Controller,
    question: Question,
) -> Verdict:
    """The verdict of all answers: the first that failed, with how many did."""
    from kubectl_ingress.core.verdict import judge

    verdicts = [judge(decision, answer, controller, question) for answer in answers]
    failed = [verdict for verdict in verdicts if not verdict.passed]
    if failed:
        first = failed[0]
        if len(answers) == 1:
            return first
        counted = f"{len(failed)} of {len(answers)} requests failed; the first: {first.sentence}"
        return replace(first, sentence=counted)
    return next((verdict for verdict in verdicts if verdict.code), verdicts[0])
