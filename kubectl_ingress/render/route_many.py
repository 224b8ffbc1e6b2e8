"""What many requests showed: how they ended, how long they took, and who answered them."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from kubectl_ingress.core.intervals import CONFIDENCE
from kubectl_ingress.core.repetition import Mode, Run
from kubectl_ingress.core.request import Decision
from kubectl_ingress.core.result import RouteResult
from kubectl_ingress.core.statistics import Durations, evenness
from kubectl_ingress.core.tally import Share, Tally, pods_of
from kubectl_ingress.core.text import printable
from kubectl_ingress.render.marks import BROKEN, DONE, PROBLEM, painted
from kubectl_ingress.render.route_line import LABEL, stage_line
from kubectl_ingress.render.text import seconds, shorten

_BAR = 20
_NAME_WIDTH = 48
_BACKEND_WIDTH = 26
_PHASES = {
    "dns": "DNS",
    "connect": "connect",
    "tls": "TLS",
    "firstByte": "first byte",
    "rest": "rest",
}
_STRETCHES_SHOWN = 5


def many_lines(result: RouteResult, colour: bool) -> Iterator[str]:
    """All of it."""
    tally, decision, run = result.tally, result.decision, result.run
    if tally is None or decision is None or run is None:
        return
    yield from _statuses(tally, colour)
    yield from _medians(tally, colour)
    yield from _pace(tally, run, colour)
    yield from _failures(tally, run, colour)
    if run.command is not None:
        end = run.command
        text = f"{shlex.join(end.words)}   ended with status {end.status}"
        mark = BROKEN if end.status else DONE
        yield stage_line(mark, "command", text, colour, end.seconds)
    yield from _route(result, decision, colour)
    # Pods come and go while one watches: those that are known are not all that answered.
    if run.repetition.mode in (Mode.COUNTED, Mode.UNTIL_FAIL):
        yield from _pods(tally, decision, colour)
    if tally.requests > 1:
        yield from _split(tally.split, colour)
        if len(decision.outcome.backends) > 1 and tally.strangers:
            text = f"not measured: {tally.strangers} answers name no pod that is known"
            yield stage_line(PROBLEM, "split", text, colour)


def _statuses(tally: Tally, colour: bool) -> Iterator[str]:
    times = "   ".join(_percentiles(tally.times)) if tally.times.count else ""
    told = False
    for status, count in tally.statuses.items():
        good = status.isdigit() and int(status) < 400
        line = f"  {painted(DONE if good else BROKEN, colour)} {status} × {count}"
        # They are of all answers, so they stand beside one line alone.
        yield f"{line}     {times}" if good and times and not told else line
        told = told or good


def _percentiles(durations: Durations) -> Iterator[str]:
    for name, value in durations.percentiles().items():
        yield f"{name} {seconds(value)}"


def _medians(tally: Tally, colour: bool) -> Iterator[str]:
    parts = [
        f"{word} {seconds(tally.phases[phase].quantile(0.5))}"
        for phase, word in _PHASES.items()
        if tally.phases[phase].count
    ]
    if parts:
        yield stage_line(" ", "medians", "   ".join(parts), colour)


def _pace(tally: Tally, run: Run, colour: bool) -> Iterator[str]:
    repetition = run.repetition
    paced = repetition.rate or repetition.duration or repetition.concurrency > 1
    if not paced or tally.requests < 2 or tally.last_at <= 0:
        return
    # The first is sent at once.
    rate = (tally.requests - 1) / tally.last_at
    text = f"{rate:.3g} a second for {seconds(run.elapsed)}"
    slow = repetition.rate is not None and rate < 0.9 * repetition.rate
    if slow:
        text += f"; {repetition.rate:g} were asked for, but answers came too slowly"
    yield stage_line(PROBLEM if slow else " ", "pace", text, colour)


def _failures(tally: Tally, run: Run, colour: bool) -> Iterator[str]:
    """When requests failed, where time matters."""
    if run.repetition.mode not in (Mode.WATCH, Mode.DURING):
        return
    if not tally.failed:
        yield stage_line(DONE, "lost", f"0 of {tally.requests}", colour)
        return
    gap = seconds(tally.longest_gap(run.elapsed))
    text = f"{tally.failed} of {tally.requests}; longest gap {gap}"
    yield stage_line(BROKEN, "lost", text, colour)
    shown = tally.stretches[:_STRETCHES_SHOWN]
    for one in shown:
        until = "the end" if one.end is None else f"{one.end:.1f} s"
        yield stage_line(" ", "", f"from {one.start:.1f} s to {until}: {one.failed}", colour)
    more = tally.stretch_count - len(shown)
    if more > 0:
        yield stage_line(" ", "", f"and {more} times more", colour)


def _route(result: RouteResult, decision: Decision, colour: bool) -> Iterator[str]:
    if decision.route is not None:
        route, backends = decision.route, decision.outcome.backends
        to = f" → {backends[0].service}:{backends[0].port}" if backends else ""
        text = f"{route.ingress}  {route.path} ({route.path_type}){to}"
        yield stage_line(DONE, "route", text, colour)
    upstream = decision.outcome.upstream_path
    if upstream is not None and upstream != result.request.target:
        yield stage_line(DONE, "upstream", upstream, colour)


def _pods(tally: Tally, decision: Decision, colour: bool) -> Iterator[str]:
    spread = tally.spread
    named = sum(spread.values())
    if not spread:
        return
    if not named:
        yield stage_line(PROBLEM, "pods", "the answers do not name the pod that sent them", colour)
        return
    most = max(spread.values())
    width = max(len(shorten(pod, _NAME_WIDTH)) for pod in spread)
    for number, (pod, count) in enumerate(spread.items()):
        bar = "█" * round(count / most * _BAR)
        text = f"{shorten(printable(pod), _NAME_WIDTH):<{width}}  {count:>{len(str(most))}}  {bar}"
        all_answered = all(spread.values())
        head = painted(DONE if all_answered else PROBLEM, colour) if number == 0 else " "
        yield f"  {head} {'pods' if number == 0 else '':<{LABEL}}{text}".rstrip()
    answered = sum(1 for count in spread.values() if count)
    # Pods behind one backend are to get the same; what each backend gets, its weight says.
    groups = [[spread[pod] for pod in pods_of(b)] for b in decision.outcome.backends]
    chance = evenness(*groups)
    even = "an even spread" if chance >= 0.05 else "not an even spread"
    word = f"; {even} (p = {chance:.2f})" if len(spread) > 1 else ""
    yield f"    {'':<{LABEL}}{answered} of {len(spread)} pods answered{word}"


def _split(shares: tuple[Share, ...], colour: bool) -> Iterator[str]:
    if not shares:
        return
    names = [f"{share.backend.service}:{share.backend.port}" for share in shares]
    width = min(max(map(len, names)), _BACKEND_WIDTH)
    mark = DONE if all(share.fits for share in shares) else BROKEN
    for number, (name, share) in enumerate(zip(names, shares, strict=True)):
        low, high = share.interval
        lies = "within" if share.fits else "outside"
        text = (
            f"{shorten(printable(name), width):<{width}}  {share.measured:>6.1%}  predicted"
            f" {share.predicted:.1%}, {lies} {low:.1%} to {high:.1%}"
        )
        first = number == 0
        yield stage_line(mark if first else " ", "split" if first else "", text, colour)
    yield stage_line(" ", "", f"of {shares[0].total} answers; {CONFIDENCE:.1%} intervals", colour)
