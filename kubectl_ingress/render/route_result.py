"""How a `test` looks to people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

from kubectl_ingress.core.answer import Answer, Failure, Http, Plan, Unreachable
from kubectl_ingress.core.request import Decision
from kubectl_ingress.core.result import RouteResult
from kubectl_ingress.core.text import printable
from kubectl_ingress.core.vantage import Via
from kubectl_ingress.render.marks import BROKEN, DONE, NOT_REACHED, PROBLEM
from kubectl_ingress.render.page import Page, together
from kubectl_ingress.render.route_many import many_lines
from kubectl_ingress.render.text import seconds, shorten

_REDIRECTS = 5
# Beside it stand an address, a port and who forwards.
_NAME = 22
# What stays of a host at least.
_HOST = 16
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
    for line in _lines(result, Page.of(stream, colour=colour), verbose, curl or verbose):
        print(line, file=stream)


def _lines(result: RouteResult, page: Page, verbose: bool, curl: bool) -> Iterator[str]:
    many = result.run is not None and not result.run.repetition.once
    yield from _redirects(result, curl)
    yield _asked(result, page, f"   {_counted(result)}" if many else "")
    if curl and result.curl:
        yield printable(result.curl)
    if result.requests:
        yield ""
    if many:
        place = result.place
        if place is not None and (result.inside or place.via is not Via.LB):
            where = f"{place.address} port {place.port}"
            yield from page.stage(DONE, *_hop(result, where))
        yield from many_lines(result, page)
    else:
        yield from _one(result, page)
    if verbose and result.requests:
        yield from _exchange(result)
    yield from _verdict(result, page)


def _counted(result: RouteResult) -> str:
    """``30 requests``; ``12 of 30 requests`` where that was not the end."""
    count = result.run.repetition.count if result.run else None
    if count is not None and result.requests < count:
        return f"{result.requests} of {count} requests"
    return f"{result.requests} request{'s' * (result.requests != 1)}"


def _asked(result: RouteResult, page: Page, after: str) -> str:
    """Method and URL; on a terminal a load balancer's own name is cut where it is too long."""
    request = result.request
    # Without a load balancer there is no URL yet, just what was typed.
    line = printable(f"{request.method} {request.url if request.host else request.target}{after}")
    over = len(line) - (page.columns - 1) if page.columns else 0
    # One that was typed is compared with those that there are.
    is_own = result.plan is not None and request.host == result.plan.address
    if over <= 0 or not is_own:
        return line
    host = printable(request.host)
    return line.replace(host, shorten(host, max(len(host) - over, _HOST)), 1)


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


def _one(result: RouteResult, page: Page) -> Iterator[str]:
    answer = result.last
    if answer is None or result.plan is None:
        return
    yield from _way(result, result.plan, answer, page)
    if isinstance(answer, Answer):
        yield ""
        yield from _headline(result, answer, page)


def _way(
    result: RouteResult, plan: Plan, answer: Answer | Unreachable, page: Page
) -> Iterator[str]:
    """The stages up to the controller, then the controller's own."""
    timings = answer.timings
    failed = answer.phase if isinstance(answer, Unreachable) else ""
    if failed == "dns" and result.verdict.code == "KI640":
        text = f"no port {plan.port} leads there"
        yield from page.stage(BROKEN, "load balancer", text, timings.total)
        yield from _rest("controller", *_STAGES, page=page)
        return
    if failed == "dns":
        yield from page.stage(BROKEN, "name", f"{plan.address} does not resolve", timings.total)
        yield from _rest("load balancer", "controller", *_STAGES, page=page)
        return
    port = answer.port or plan.port
    if answer.peer and answer.peer != plan.address:
        to = f" → {answer.peer}"
        text = shorten(plan.address + to, page.timed_room)
        if to not in text:
            text = shorten(plan.address, page.timed_room - len(to)) + to
        yield from page.stage(DONE, "name", together(text), timings.dns)
    hop, where = _hop(result, f"port {port}")
    if failed == "connect":
        yield from page.stage(BROKEN, hop, f"{_word(answer)}, {where}", timings.total)
        yield from _rest("controller", *_STAGES, page=page)
        return
    _, where = _hop(result, f"connected to {answer.peer}, port {port}")
    # The connection to whoever forwards tells nothing.
    is_through = result.place is not None and bool(result.place.through)
    yield from page.stage(DONE, hop, where, None if is_through else timings.connect)
    if failed == "tls":
        yield from page.stage(BROKEN, "TLS", _word(answer), timings.total)
        yield from _rest("controller", *_STAGES, page=page)
        return
    if isinstance(answer, Answer) and answer.certificate is not None:
        certificate = answer.certificate
        text = f"{certificate.subject}, until {certificate.not_after[:10]}"
        text += f", {answer.tls}" if answer.tls else ""
        text += "" if plan.verify else " (not verified)"
        yield from page.stage(DONE if plan.verify else PROBLEM, "TLS", text, timings.tls)
    if failed:
        yield from page.stage(BROKEN, "answer", _word(answer), timings.total)
    yield from _controller_and_route(result, page)


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


def _controller_and_route(result: RouteResult, page: Page) -> Iterator[str]:
    controller, decision = result.controller, result.decision
    if controller is None or decision is None:
        return
    ready = f"{controller.title}, {controller.ready}/{controller.desired} ready"
    if result.place is None or result.place.via is not Via.POD:
        yield from page.stage(DONE if controller.ready else BROKEN, "controller", ready)
    reached = set()
    for step in decision.steps:
        reached.add(step.stage)
        yield from page.stage(DONE if step.passed else BROKEN, step.stage, step.text)
        if not step.passed:
            missing = [stage for stage in _STAGES if stage not in reached]
            if missing:
                yield from _rest(*missing, page=page)
            return


def _rest(*labels: str, page: Page) -> Iterator[str]:
    marked = "  ".join(together(f"{NOT_REACHED} {label}") for label in labels)
    for line in page.folded(marked, page.width - 2):
        yield f"  {line.replace(NOT_REACHED, page.mark(NOT_REACHED))}"


def _headline(result: RouteResult, answer: Answer, page: Page) -> Iterator[str]:
    """Status, who sent it, and whether that was predicted."""
    pod = result.pod_of(answer)
    decision, controller = result.decision, result.controller
    if pod:
        who = f", sent by pod {pod}"
    elif controller and controller.wrote(answer):
        who = f", sent by {controller.title} itself"
    else:
        who = ""
    asked = result.plan is not None and result.plan.wire.http is not Http.ONE
    spoken = f" over HTTP/{answer.http}" if asked else ""
    text = f"{answer.status} {_reason(answer.status)}".strip() + spoken + who
    time = f"   {seconds(answer.timings.total)}"
    if decision and _as_predicted(decision, answer):
        text, time = f"{text}, ", f"as predicted{time}"
    over = len(text) + len(time) - page.width
    if pod and over > 0:
        text = text.replace(pod, shorten(pod, max(len(pod) - over, _NAME)))
    yield from page.folded(text + together(time), page.width)
    if answer.truncated:
        yield f"  its body has more than the {len(answer.body):,} bytes that were read"
    if not pod and not (controller and controller.wrote(answer)) and answer.body:
        first = answer.text.strip().splitlines()
        if first:
            yield "  " + shorten(printable(first[0]), page.width - 4)


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
    for name, value in request.shown_headers:
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


def _verdict(result: RouteResult, page: Page) -> Iterator[str]:
    verdict = result.verdict
    if verdict.level == "ok":
        yield ""
        yield from page.note(DONE, "", f"passed: {verdict.sentence}")
        return
    mark = PROBLEM if verdict.passed else BROKEN
    yield ""
    yield from _problem(mark, verdict.code, verdict.sentence, verdict.fix, page)
    answer = result.last
    later = result.decision.findings if result.decision else ()
    if isinstance(answer, Unreachable) and answer.why is not Failure.TLS:
        # It did not get this far yet; what waits behind is worth knowing now.
        for finding in later[:1]:
            yield from _problem(
                PROBLEM, finding.code, f"then: {finding.message}", finding.fix, page
            )


def _problem(mark: str, code: str, sentence: str, fix: str, page: Page) -> Iterator[str]:
    head = f"{code}  " if code else ""
    yield from page.note(mark, head, sentence)
    for number, command in enumerate(fix.splitlines()):
        # Never folded: it is copied.
        yield f"  {'Fix' if number == 0 else 'Or':<{len(head) or 5}}{printable(command)}"
