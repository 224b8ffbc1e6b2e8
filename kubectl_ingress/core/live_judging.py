"""What came back for a route test against what it expects, with the prediction beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from msgspec import Struct, field
from msgspec.structs import replace

from kubectl_ingress.core.answer import Answer, Failure, Unreachable
from kubectl_ingress.core.commands import command
from kubectl_ingress.core.echo import upstream_target
from kubectl_ingress.core.exchange import Exchange
from kubectl_ingress.core.expectations_judging import unlike_answer, unlike_latency
from kubectl_ingress.core.intervals import share_interval
from kubectl_ingress.core.objects import Snapshot
from kubectl_ingress.core.question import Controller, Expectation, Question
from kubectl_ingress.core.request import Decision, Outcome, OutcomeKind
from kubectl_ingress.core.route_judging import (
    Difference,
    Judged,
    Portion,
    Status,
    Unchecked,
    doubts,
    has_status,
    is_backend,
    sentences,
    shown,
    unlike_predicted,
)
from kubectl_ingress.core.route_test import LEAST_FOR_WEIGHT, BackendName, Expected, RouteTest
from kubectl_ingress.core.verdict import Verdict, judge
from kubectl_ingress.core.who_answered import Pods

# Of the words that a single test would end in: those about what nobody expected.
_SURPRISES = ("KI106", "KI107", "KI109", "KI111")
_NO_POD = "the answers name no pod"
# No answer tells these, however it looks.
_PREDICTED = {"undefined", "refused"}


class Side(Struct, frozen=True):
    """What has to be known of the cluster that answered. `now` is aware."""

    snapshot: Snapshot
    controller: Controller
    pods: Pods
    now: datetime


class _Found(Struct):
    """What is not met: by field and number of the answer, and once for all of them (`whole`).

    `unchecked` is what could not be told, and why.
    """

    each: dict[str, dict[int, list[Difference]]] = field(default_factory=dict)
    whole: list[Difference] = field(default_factory=list)
    unchecked: dict[str, str] = field(default_factory=dict)
    shares: list[Portion] = field(default_factory=list)

    def add(self, number: int, found: Iterable[Difference]) -> None:
        for one in found:
            self.each.setdefault(one.field, {}).setdefault(number, []).append(one)

    def told(self, answers: int) -> tuple[Difference, ...]:
        """Those of the first answer that has them, with how many have."""
        found = list(self.whole)
        for by_number in self.each.values():
            first = next(iter(by_number.values()))
            partly = len(by_number) < answers
            of = f"{len(by_number)} of {answers}" if partly else ""
            found += [replace(one, of=of) for one in first]
        return tuple(found)


def judge_exchange(test: RouteTest, decision: Decision, exchange: Exchange, side: Side) -> Judged:
    """One test against what came of its requests.

    One that expects nothing passes as a single `kubectl ingress test` does.
    """
    expected, found = test.expected, _Found()
    if expected == Expected():
        return _as_a_single_one(test, decision, exchange, side)
    found.whole += _unlike_kind(decision, expected, found)
    for number, (answer, pod) in enumerate(zip(exchange.answers, exchange.pods, strict=True)):
        if isinstance(answer, Unreachable):
            found.add(number, _unanswered(answer, expected))
            continue
        found.add(number, _unlike_route(answer, expected))
        found.add(number, _unlike_origin(answer, pod, expected, side, found))
        found.add(number, unlike_answer(answer, pod, expected.answer, side.now))
        if expected.answer.pods and not pod:
            found.unchecked["pods"] = _NO_POD
    found.whole += _unlike_weights(exchange, expected, side, found)
    found.whole += unlike_latency(exchange, expected.answer)
    _ask_prediction(found, decision, expected, side.snapshot)
    return _ended(test, decision, exchange, found, side)


def _as_a_single_one(test: RouteTest, decision: Decision, exchange: Exchange, side: Side) -> Judged:
    word = _surprise(decision, exchange, side, test)
    failed = word is not None and not word.passed
    told = f"{word.code}: {word.sentence}" if word else ""
    return Judged(
        test,
        Status.FAILED if failed else Status.PASSED,
        told if failed else "",
        decision.outcome,
        notes=(told,) if told and not failed else (),
        exchange=exchange,
    )


def _ended(
    test: RouteTest, decision: Decision, exchange: Exchange, found: _Found, side: Side
) -> Judged:
    differences = found.told(len(exchange.answers))
    unlike = {one.field for one in differences}
    unchecked = tuple(
        Unchecked(name, why) for name, why in found.unchecked.items() if name not in unlike
    )
    word = _surprise(decision, exchange, side, test)
    status, reason, notes = Status.PASSED, "", doubts(decision)
    if differences:
        status, reason = Status.FAILED, _reason(differences, word)
    else:
        left = {one.field for one in unchecked}
        if left and left >= {*test.expected.named}:
            status = Status.UNCHECKED
            if left - _PREDICTED:
                # It was sent for that alone.
                status = Status.ERROR
                reason = "; ".join(f"{one.field} cannot be told: {one.why}" for one in unchecked)
        notes += (f"{word.code}: {word.sentence}",) if word and word.code in _SURPRISES else ()
    shares = tuple(found.shares)
    outcome = decision.outcome
    return Judged(test, status, reason, outcome, differences, notes, unchecked, exchange, shares)


def _reason(differences: tuple[Difference, ...], word: Verdict | None) -> str:
    if word is None:
        return sentences(differences)
    told = f"{word.code}: {word.sentence}"
    others = tuple(one for one in differences if one.field != "answer")
    if len(others) == len(differences):
        return f"{sentences(differences)} ({told})"
    # That nothing came needs no second sentence.
    counted = next(one.of for one in differences if one.field == "answer")
    told += f" (in {counted} requests)" if counted else ""
    return "; ".join(filter(None, (told, sentences(others))))


def _surprise(
    decision: Decision, exchange: Exchange, side: Side, test: RouteTest
) -> Verdict | None:
    """What a single test would say of the first answer that fails it, else of one with a word."""
    again = command("ingress", "test", test.request.url)
    question = Question(exchange.plan, Expectation(), again, side.pods.names)
    remark = None
    for answer in exchange.answers:
        verdict = judge(decision, answer, side.controller, question)
        if not verdict.passed:
            return verdict
        remark = remark or (verdict if verdict.code else None)
    return remark


def _unlike_kind(decision: Decision, expected: Expected, found: _Found) -> Iterator[Difference]:
    """What no answer shows by itself: that nothing is served, or that chance decides."""
    kind = decision.outcome.kind
    undefined, refused = kind is OutcomeKind.UNDEFINED, kind is OutcomeKind.REFUSED
    if undefined is not expected.undefined:
        yield Difference("undefined", expected.undefined, undefined)
    elif undefined:
        found.unchecked["undefined"] = "one answer does not show it; it is predicted"
    if expected.refused is None:
        return
    if refused is not expected.refused:
        yield Difference("refused", expected.refused, refused)
    elif refused:
        found.unchecked["refused"] = "an answer does not show it; it is predicted"


def _unanswered(answer: Unreachable, expected: Expected) -> Iterator[Difference]:
    if not (expected.refused and answer.why is Failure.REFUSED):
        yield Difference("answer", "one", f"{answer.why}: {answer.detail}")


def _unlike_route(answer: Answer, expected: Expected) -> Iterator[Difference]:
    if expected.statuses and not has_status(answer.status, expected.statuses):
        wanted = expected.statuses
        yield Difference("status", wanted[0] if len(wanted) == 1 else [*wanted], answer.status)
    location = answer.header("location")
    if expected.location is not None and expected.location != location:
        yield Difference("location", expected.location, location)


def _unlike_origin(
    answer: Answer, pod: str, expected: Expected, side: Side, found: _Found
) -> Iterator[Difference]:
    """Who answered, and what it was asked for."""
    by_controller = not pod and side.controller.wrote(answer)
    itself = f"nothing: {side.controller.title} answered {answer.status} itself"
    name = expected.backend
    if name is not None and not expected.weights:
        if by_controller:
            yield Difference("backend", str(name), itself)
        elif not pod:
            found.unchecked["backend"] = _NO_POD
        elif not _leads(name, pod, side):
            whose = " or ".join("/".join(key) for key in sorted(side.pods.services(pod)))
            yield Difference("backend", str(name), f"{whose} (pod {pod})")
    if expected.upstream_path is not None:
        target = upstream_target(answer)
        if by_controller:
            yield Difference("upstreamPath", expected.upstream_path, itself)
        elif target is None:
            found.unchecked["upstreamPath"] = "the answers do not tell what was asked for"
        elif target != expected.upstream_path:
            yield Difference("upstreamPath", expected.upstream_path, target)


def _leads(name: BackendName, pod: str, side: Side) -> bool:
    return (name.namespace, name.service) in side.pods.services(pod)


def _unlike_weights(
    exchange: Exchange, expected: Expected, side: Side, found: _Found
) -> Iterator[Difference]:
    if not expected.weights:
        return
    pods = [pod for pod in exchange.pods if pod]
    itself = [
        one
        for one, pod in zip(exchange.answers, exchange.pods, strict=True)
        if isinstance(one, Answer) and not pod and side.controller.wrote(one)
    ]
    total = len(pods) + len(itself)
    if total < LEAST_FOR_WEIGHT:
        found.unchecked["weight"] = f"only {total} of {len(exchange.answers)} answers name a pod"
        return
    for name, percent in expected.weights:
        count = sum(_leads(name, pod, side) for pod in pods)
        low, high = share_interval(count, total)
        found.shares.append(Portion(str(name), count, total, low, high))
        if not low <= percent / 100 <= high:
            actual = f"{100 * count / total:.3g} % ({count} of {total} answers of {name})"
            yield Difference("weight", f"{percent:g} %", actual)
    needed = expected.backend
    if needed is not None and not any(_leads(needed, pod, side) for pod in pods):
        yield Difference("backend", str(needed), None)


def _ask_prediction(
    found: _Found, decision: Decision, expected: Expected, snapshot: Snapshot
) -> None:
    """What answers do not tell must at least be predicted, and it is said that it only is."""
    name, outcome = expected.backend, decision.outcome
    only = Expected(
        backend=name if "backend" in found.unchecked or "weight" in found.unchecked else None,
        upstream_path=expected.upstream_path if "upstreamPath" in found.unchecked else None,
        weights=expected.weights if "weight" in found.unchecked else (),
        undefined=outcome.kind is OutcomeKind.UNDEFINED,
    )
    found.whole += unlike_predicted(outcome, only, snapshot)
    for field_name in ("backend", "upstreamPath", "weight"):
        if field_name in found.unchecked:
            found.unchecked[field_name] += f"; predicted: {shown(outcome)}"
    # A pod does not tell the port of the Service by which it was reached.
    if name is not None and "backend" not in {*found.each, *(one.field for one in found.whole)}:
        found.whole += _other_port(outcome, name, snapshot)


def _other_port(outcome: Outcome, name: BackendName, snapshot: Snapshot) -> Iterator[Difference]:
    same = [
        one
        for one in outcome.backends
        if (one.namespace, one.service) == (name.namespace, name.service)
    ]
    if same and not any(is_backend(one, name, snapshot) for one in same):
        yield Difference("backend", str(name), str(same[0]))
