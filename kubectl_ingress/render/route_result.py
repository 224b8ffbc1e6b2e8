"""How a `test` looks: for people, and as JSON."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from typing import TextIO

from kubectl_ingress.core.answer import Answer, Failure, Plan, Timings, Unreachable
from kubectl_ingress.core.request import Decision
from kubectl_ingress.core.result import RouteResult, evenness, percentile
from kubectl_ingress.core.text import printable
from kubectl_ingress.render.marks import BROKEN, DONE, NOT_REACHED, PROBLEM, painted
from kubectl_ingress.render.outcome_json import outcome_as_json
from kubectl_ingress.render.text import seconds, shorten

WIDTH = 96
_LABEL = 15
_BAR = 20
_STAGES = ("host", "path", "service", "pods")


def render_text(
    result: RouteResult, stream: TextIO, *, colour: bool = False, verbose: bool = False
) -> None:
    """The whole report."""
    for line in _lines(result, colour, verbose):
        print(line, file=stream)


def _lines(result: RouteResult, colour: bool, verbose: bool) -> Iterator[str]:
    request = result.request
    many = len(result.answers) > 1
    counted = f"   {len(result.answers)} requests" if many else ""
    # Without a load balancer there is no URL yet, just what was typed.
    yield printable(f"{request.method} {request.url if request.host else request.target}{counted}")
    if verbose and result.curl:
        yield printable(result.curl)
    if result.answers:
        yield ""
    if many:
        yield from _many(result, colour)
    else:
        yield from _one(result, colour)
    if verbose and result.answers:
        yield from _exchange(result)
    yield from _verdict(result, colour)


def _line(mark: str, label: str, text: str, colour: bool, time: float | None = None) -> str:
    room = WIDTH - _LABEL - 4 - (0 if time is None else 10)
    body = shorten(printable(text), room)
    line = f"  {painted(mark, colour)} {printable(label):<{_LABEL}}{body}"
    if time is None:
        return line
    return f"{line}{seconds(time):>{max(2, WIDTH - 4 - _LABEL - len(body))}}"


def _one(result: RouteResult, colour: bool) -> Iterator[str]:
    answer = result.answers[0] if result.answers else None
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
        yield _line(BROKEN, "name", f"{plan.address} does not resolve", colour, timings.total)
        yield _rest("load balancer", "controller", *_STAGES, colour=colour)
        return
    port = answer.port or plan.port
    if answer.peer and answer.peer != plan.address:
        yield _line(DONE, "name", f"{plan.address} → {answer.peer}", colour, timings.dns)
    if failed == "connect":
        text = f"{_word(answer)}, port {port}"
        yield _line(BROKEN, "load balancer", text, colour, timings.total)
        yield _rest("controller", *_STAGES, colour=colour)
        return
    connected = f"connected to {answer.peer}, port {port}"
    yield _line(DONE, "load balancer", connected, colour, timings.connect)
    if failed == "tls":
        yield _line(BROKEN, "TLS", _word(answer), colour, timings.total)
        yield _rest("controller", *_STAGES, colour=colour)
        return
    if isinstance(answer, Answer) and answer.certificate is not None:
        certificate = answer.certificate
        text = f"{certificate.subject}, until {certificate.not_after[:10]}"
        text += "" if plan.verify else " (not verified)"
        yield _line(DONE if plan.verify else PROBLEM, "TLS", text, colour, timings.tls)
    if failed:
        yield _line(BROKEN, "answer", _word(answer), colour, timings.total)
    yield from _controller_and_route(result, colour)


def _word(answer: Answer | Unreachable) -> str:
    return str(answer.why) if isinstance(answer, Unreachable) else ""


def _controller_and_route(result: RouteResult, colour: bool) -> Iterator[str]:
    controller, decision = result.controller, result.decision
    if controller is None or decision is None:
        return
    ready = f"{controller.title}, {controller.ready}/{controller.desired} ready"
    yield _line(DONE if controller.ready else BROKEN, "controller", ready, colour)
    reached = set()
    for step in decision.steps:
        reached.add(step.stage)
        yield _line(DONE if step.passed else BROKEN, step.stage, step.text, colour)
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
    text = f"{answer.status} {_reason(answer.status)}".strip() + who + predicted
    yield printable(text) + f"   {seconds(answer.timings.total)}"
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


def _many(result: RouteResult, colour: bool) -> Iterator[str]:
    totals = [answer.timings.total for answer in result.answered]
    times = ""
    if totals:
        shares = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
        times = "   ".join(f"{name} {seconds(percentile(totals, s))}" for name, s in shares)
    for status, count in result.statuses.items():
        good = status.isdigit() and int(status) < 400
        mark = DONE if good else BROKEN
        yield f"  {painted(mark, colour)} {status} × {count}" + (f"     {times}" if good else "")
    decision = result.decision
    if decision is None:
        return
    if decision.route is not None:
        route, backends = decision.route, decision.outcome.backends
        to = f" → {backends[0].service}:{backends[0].port}" if backends else ""
        text = f"{route.ingress}  {route.path} ({route.path_type}){to}"
        yield _line(DONE, "route", text, colour)
    upstream = decision.outcome.upstream_path
    if upstream is not None and upstream != result.request.target:
        yield _line(DONE, "upstream", upstream, colour)
    yield from _pods(result, colour)


def _pods(result: RouteResult, colour: bool) -> Iterator[str]:
    spread = result.spread
    named = sum(spread.values())
    if not spread:
        return
    if not named:
        yield _line(PROBLEM, "pods", "the answers do not name the pod that sent them", colour)
        return
    most = max(spread.values())
    width = max(len(shorten(pod, 48)) for pod in spread)
    for number, (pod, count) in enumerate(spread.items()):
        bar = "█" * round(count / most * _BAR)
        text = f"{shorten(printable(pod), 48):<{width}}  {count:>{len(str(most))}}  {bar}"
        all_answered = all(spread.values())
        head = painted(DONE if all_answered else PROBLEM, colour) if number == 0 else " "
        yield f"  {head} {'pods' if number == 0 else '':<{_LABEL}}{text}".rstrip()
    answered = sum(1 for count in spread.values() if count)
    chance = evenness(list(spread.values()))
    even = "an even spread" if chance >= 0.05 else "not an even spread"
    word = f"; {even} (p = {chance:.2f})" if len(spread) > 1 else ""
    yield f"    {'':<{_LABEL}}{answered} of {len(spread)} pods answered{word}"


def _exchange(result: RouteResult) -> Iterator[str]:
    """What went over the wire, as curl -v shows it."""
    request, answer = result.request, result.answers[-1]
    yield printable(f"> {request.method} {request.target}")
    yield printable(f"> Host: {request.authority}")
    for name, value in request.headers:
        yield printable(f"> {name}: {value}")
    if isinstance(answer, Unreachable):
        yield printable(f"* {answer.why}: {answer.detail}")
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
    answer = result.answers[-1] if result.answers else None
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


def render_json(result: RouteResult, stream: TextIO) -> None:
    """One object, documented in docs/json.md."""
    json.dump(as_json(result), stream, indent=2)
    print(file=stream)


def as_json(result: RouteResult) -> dict[str, object]:
    """The stable form; see docs/json.md."""
    request, decision, verdict = result.request, result.decision, result.verdict
    last = result.answers[-1] if result.answers else None
    return {
        "request": {
            "method": request.method,
            "url": request.url if request.host else None,
            "host": request.host,
            "path": request.path,
            "headers": [list(pair) for pair in request.headers],
        },
        "predicted": outcome_as_json(decision.outcome) if decision else None,
        "answer": _answer_as_json(result, last) if isinstance(last, Answer) else None,
        "failure": {"why": str(last.why), "detail": last.detail, "phase": last.phase}
        if isinstance(last, Unreachable)
        else None,
        "requests": len(result.answers),
        "statuses": dict(result.statuses),
        "spread": dict(result.spread),
        "verdict": {
            "code": verdict.code or None,
            "level": verdict.level,
            "sentence": verdict.sentence,
            "fix": verdict.fix or None,
        },
        "curl": result.curl or None,
    }


def _answer_as_json(result: RouteResult, answer: Answer) -> dict[str, object]:
    certificate = answer.certificate
    return {
        "status": answer.status,
        "headers": [list(pair) for pair in answer.headers],
        "bodyBytes": len(answer.body),
        "pod": result.pod_of(answer) or None,
        "peer": answer.peer,
        "timings": _timings_as_json(answer.timings),
        "certificate": None
        if certificate is None
        else {
            "subject": certificate.subject,
            "issuer": certificate.issuer,
            "names": list(certificate.names),
            "notAfter": certificate.not_after,
        },
    }


def _timings_as_json(timings: Timings) -> dict[str, float | None]:
    return {
        "dns": timings.dns,
        "connect": timings.connect,
        "tls": timings.tls,
        "firstByte": timings.first_byte,
        "total": timings.total,
    }
