"""How a `test` looks to people."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TextIO

from kubectl_ingress.core.answer import Answer, Failure, Http, Plan, Unreachable
from kubectl_ingress.core.request import Decision
from kubectl_ingress.core.result import RouteResult
from kubectl_ingress.core.text import printable
from kubectl_ingress.core.vantage import Via
from kubectl_ingress.render.marks import BROKEN, DONE, NOT_REACHED, PROBLEM, painted
from kubectl_ingress.render.route_line import WIDTH, stage_line
from kubectl_ingress.render.route_many import many_lines
from kubectl_ingress.render.text import seconds, shorten

_REDIRECTS = 5
# Beside it stand an address, a port and who forwards.
_NAME = 22
_STAGES = ("host", "path", "service", "pods")


def render_text(
    result: RouteResult,
    stream: TextIO,
    *,
    colour: bool = False,
    verbose: bool = False,
    curl: bool = False,
) -> None:
    """The whole report; `curl` is whether the commands that send the same are in it."""
    for line in _lines(result, colour, verbose, curl or verbose):
        print(line, file=stream)


def _lines(result: RouteResult, colour: bool, verbose: bool, curl: bool) -> Iterator[str]:
    request = result.request
    many = result.run is not None and not result.run.repetition.once
    counted = f"   {result.requests} request{'s' * (result.requests != 1)}" if many else ""
    yield from _redirects(result, curl)
    # Without a load balancer there is no URL yet, just what was typed.
    yield printable(f"{request.method} {request.url if request.host else request.target}{counted}")
    if curl and result.curl:
        yield printable(result.curl)
    if result.requests:
        yield ""
    if many:
        place = result.place
        if place is not None and (result.inside or place.via is not Via.LB):
            where = f"{place.address} port {place.port}"
            yield stage_line(DONE, *_hop(result, where), colour)
        yield from many_lines(result, colour)
    else:
        yield from _one(result, colour)
    if verbose and result.requests:
        yield from _exchange(result)
    yield from _verdict(result, colour)


def _redirects(result: RouteResult, curl: bool) -> Iterator[str]:
    """Those that were followed, of many the first and the last."""
    left_out = len(result.redirects) - 2 * _REDIRECTS
    for number, one in enumerate(result.redirects):
        if left_out > 0 and _REDIRECTS <= number < _REDIRECTS + left_out:
            if number == _REDIRECTS:
                yield f"… {left_out} more redirects"
            continue
        yield printable(f"{one.method} {one.url}")
        if curl and one.curl:
            yield printable(one.curl)
        yield printable(f"  {one.status} → {one.location}") + f"   {seconds(one.total)}"


def _one(result: RouteResult, colour: bool) -> Iterator[str]:
    answer = result.last
    if answer is None or result.plan is None:
        return
    yield from _way(result, result.plan, answer, colour)
    if isinstance(answer, Answer):
        yield ""
        yield from _headline(result, answer)


def _way(
    result: RouteResult, plan: Plan, answer: Answer | Unreachable, colour: bool
) -> Iterator[str]:
    """The stages up to the controller, then the controller's own."""
    timings = answer.timings
    failed = answer.phase if isinstance(answer, Unreachable) else ""
    if failed == "dns":
        yield stage_line(BROKEN, "name", f"{plan.address} does not resolve", colour, timings.total)
        yield _rest("load balancer", "controller", *_STAGES, colour=colour)
        return
    port = answer.port or plan.port
    if answer.peer and answer.peer != plan.address:
        yield stage_line(DONE, "name", f"{plan.address} → {answer.peer}", colour, timings.dns)
    hop, where = _hop(result, f"port {port}")
    if failed == "connect":
        yield stage_line(BROKEN, hop, f"{_word(answer)}, {where}", colour, timings.total)
        yield _rest("controller", *_STAGES, colour=colour)
        return
    _, where = _hop(result, f"connected to {answer.peer}, port {port}")
    # The connection to whoever forwards tells nothing.
    is_through = result.place is not None and bool(result.place.through)
    yield stage_line(DONE, hop, where, colour, None if is_through else timings.connect)
    if failed == "tls":
        yield stage_line(BROKEN, "TLS", _word(answer), colour, timings.total)
        yield _rest("controller", *_STAGES, colour=colour)
        return
    if isinstance(answer, Answer) and answer.certificate is not None:
        certificate = answer.certificate
        text = f"{certificate.subject}, until {certificate.not_after[:10]}"
        text += f", {answer.tls}" if answer.tls else ""
        text += "" if plan.verify else " (not verified)"
        yield stage_line(DONE if plan.verify else PROBLEM, "TLS", text, colour, timings.tls)
    if failed:
        yield stage_line(BROKEN, "answer", _word(answer), colour, timings.total)
    yield from _controller_and_route(result, colour)


def _hop(result: RouteResult, connection: str) -> tuple[str, str]:
    """What the place that is connected to is called, and where it is."""
    place = result.place
    inside = ", from the cluster" if result.inside else ""
    if place is None or place.via is Via.LB:
        return "load balancer", connection + inside
    name = place.pod.rpartition("/")[2] or place.title
    how = f" through the {place.through}" if place.through else inside
    host = f"[{place.address}]" if ":" in place.address else place.address
    return place.hop, f"{shorten(name, _NAME)}, {host}:{place.port}{how}"


def _word(answer: Answer | Unreachable) -> str:
    return str(answer.why) if isinstance(answer, Unreachable) else ""


def _controller_and_route(result: RouteResult, colour: bool) -> Iterator[str]:
    controller, decision = result.controller, result.decision
    if controller is None or decision is None:
        return
    ready = f"{controller.title}, {controller.ready}/{controller.desired} ready"
    if result.place is None or result.place.via is not Via.POD:
        yield stage_line(DONE if controller.ready else BROKEN, "controller", ready, colour)
    reached = set()
    for step in decision.steps:
        reached.add(step.stage)
        yield stage_line(DONE if step.passed else BROKEN, step.stage, step.text, colour)
        if not step.passed:
            missing = [stage for stage in _STAGES if stage not in reached]
            if missing:
                yield _rest(*missing, colour=colour)
            return


def _rest(*labels: str, colour: bool) -> str:
    return "  " + "  ".join(f"{painted(NOT_REACHED, colour)} {label}" for label in labels)


def _headline(result: RouteResult, answer: Answer) -> Iterator[str]:
    """Status, who sent it, and whether that was predicted."""
    pod = result.pod_of(answer)
    decision, controller = result.decision, result.controller
    if pod:
        who = f", sent by pod {pod}"
    elif controller and controller.wrote(answer):
        who = f", sent by {controller.title} itself"
    else:
        who = ""
    predicted = ", as predicted" if decision and _as_predicted(decision, answer) else ""
    asked = result.plan is not None and result.plan.wire.http is not Http.ONE
    spoken = f" over HTTP/{answer.http}" if asked else ""
    text = f"{answer.status} {_reason(answer.status)}".strip() + spoken + who + predicted
    yield printable(text) + f"   {seconds(answer.timings.total)}"
    if answer.truncated:
        yield f"  its body has more than the {len(answer.body):,} bytes that were read"
    if not pod and not (controller and controller.wrote(answer)) and answer.body:
        first = answer.text.strip().splitlines()
        if first:
            yield "  " + shorten(printable(first[0]), WIDTH - 4)


def _as_predicted(decision: Decision, answer: Answer) -> bool:
    expected = decision.outcome.status
    return expected == answer.status if expected is not None else answer.status < 400


def _reason(status: int) -> str:
    from http import HTTPStatus

    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _exchange(result: RouteResult) -> Iterator[str]:
    """What went over the wire, as curl -v shows it."""
    request, answer = result.plan.request if result.plan else result.request, result.last
    yield printable(f"> {request.method} {request.target}")
    yield printable(f"> Host: {request.authority}")
    for name, value in request.headers:
        yield printable(f"> {name}: {value}")
    if isinstance(answer, Unreachable):
        yield printable(f"* {answer.why}: {answer.detail}")
        return
    if answer is None:
        return
    yield printable(f"< {answer.status}")
    for name, value in answer.headers:
        yield printable(f"< {name}: {value}")
    for line in answer.text.splitlines()[:20]:
        yield "  " + printable(line)


def _verdict(result: RouteResult, colour: bool) -> Iterator[str]:
    verdict = result.verdict
    if verdict.level == "ok":
        yield ""
        yield f"{painted(DONE, colour)} passed: {printable(verdict.sentence)}"
        return
    mark = PROBLEM if verdict.passed else BROKEN
    yield ""
    yield from _problem(mark, verdict.code, verdict.sentence, verdict.fix, colour)
    answer = result.last
    later = result.decision.findings if result.decision else ()
    if isinstance(answer, Unreachable) and answer.why is not Failure.TLS:
        # It did not get this far yet; what waits behind is worth knowing now.
        for finding in later[:1]:
            yield from _problem(
                PROBLEM, finding.code, f"then: {finding.message}", finding.fix, colour
            )


def _problem(mark: str, code: str, sentence: str, fix: str, colour: bool) -> Iterator[str]:
    head = f"{code}  "
    # Not at hyphens: a name that is broken there cannot be copied.
    width = WIDTH - 2 - len(head)
    lines = textwrap.wrap(printable(sentence), width, break_on_hyphens=False) or [""]
    yield f"{painted(mark, colour)} {head}{lines[0]}"
    for line in lines[1:]:
        yield " " * (2 + len(head)) + line
    for number, command in enumerate(fix.splitlines()):
        yield f"  {'Fix' if number == 0 else 'Or':<{len(head)}}{printable(command)}"
