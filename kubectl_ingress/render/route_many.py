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
from kubectl_ingress.render.marks import BROKEN, DONE, PROBLEM
from kubectl_ingress.render.page import Page, together
from kubectl_ingress.render.text import seconds, shorten

_BAR = 20
_LEAST_BAR = 8
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


def many_lines(result: RouteResult, page: Page) -> Iterator[str]:
    """All of it."""
    tally, decision, run = result.tally, result.decision, result.run
    if tally is None or decision is None or run is None:
        return
    yield from _statuses(tally, page)
    yield from _medians(tally, page)
    yield from _pace(tally, run, page)
    yield from _failures(tally, run, page)
    if run.command is not None:
        end = run.command
        text = f"{shlex.join(end.words)}   ended with status {end.status}"
        mark = BROKEN if end.status else DONE
        yield from page.stage(mark, "command", text, end.seconds)
    yield from _route(result, decision, page)
    # Pods come and go while one watches: those that are known are not all that answered.
    if run.repetition.mode in (Mode.COUNTED, Mode.UNTIL_FAIL):
        yield from _pods(tally, decision, page)
    if tally.requests > 1:
        yield from _split(tally.split, page)
        if len(decision.outcome.backends) > 1 and tally.strangers:
            text = f"not measured: {tally.strangers} answers name no pod that is known"
            yield from page.stage(PROBLEM, "split", text)


def _statuses(tally: Tally, page: Page) -> Iterator[str]:
    times = [*_percentiles(tally.times)] if tally.times.count else []
    told = False
    for status, count in tally.statuses.items():
        good = status.isdigit() and int(status) < 400
        # They are of all answers, so they stand with one line alone.
        shown = times if good and not told else []
        counted = f"{status} × {count}"
        beside = "   ".join(shown)
        if 4 + len(counted) + 5 + len(beside) > page.width:
            beside = ""
        line = f"  {page.mark(DONE if good else BROKEN)} {counted}     {beside}"
        yield line.rstrip()
        if shown and not beside:
            yield from page.stage(" ", "times", "   ".join(map(together, shown)))
        told = told or good


def _percentiles(durations: Durations) -> Iterator[str]:
    for name, value in durations.percentiles().items():
        yield f"{name} {seconds(value)}"


def _medians(tally: Tally, page: Page) -> Iterator[str]:
    parts = [
        together(f"{word} {seconds(tally.phases[phase].quantile(0.5))}")
        for phase, word in _PHASES.items()
        if tally.phases[phase].count
    ]
    if parts:
        yield from page.stage(" ", "medians", "   ".join(parts))


def _pace(tally: Tally, run: Run, page: Page) -> Iterator[str]:
    repetition = run.repetition
    paced = repetition.rate or repetition.duration or repetition.concurrency > 1
    if not paced or tally.requests < 2 or tally.last_at <= 0:
        return
    # The first is sent at once.
    rate = (tally.requests - 1) / tally.last_at
    text = f"{pace(rate)} a second for {seconds(run.elapsed)}"
    slow = repetition.rate is not None and rate < 0.9 * repetition.rate
    if slow:
        text += f"; {repetition.rate:g} were asked for, but answers came too slowly"
    yield from page.stage(PROBLEM if slow else " ", "pace", text)


def pace(rate: float) -> str:
    """Requests per second: three digits where they are enough, never a power of ten."""
    return f"{rate:,.0f}" if rate >= 999.5 else f"{rate:.3g}"


def _failures(tally: Tally, run: Run, page: Page) -> Iterator[str]:
    """When requests failed, where time matters."""
    if run.repetition.mode not in (Mode.WATCH, Mode.DURING):
        return
    if not tally.failed:
        yield from page.stage(DONE, "lost", f"0 of {tally.requests}")
        return
    gap = seconds(tally.longest_gap(run.elapsed))
    text = f"{tally.failed} of {tally.requests}; longest gap {gap}"
    yield from page.stage(BROKEN, "lost", text)
    shown = tally.stretches[:_STRETCHES_SHOWN]
    for one in shown:
        until = "the end" if one.end is None else f"{one.end:.1f} s"
        yield from page.stage(" ", "", f"from {one.start:.1f} s to {until}: {one.failed}")
    more = tally.stretch_count - len(shown)
    if more > 0:
        yield from page.stage(" ", "", f"and {more} times more")


def _route(result: RouteResult, decision: Decision, page: Page) -> Iterator[str]:
    if decision.route is not None:
        route, backends = decision.route, decision.outcome.backends
        to = together(f"→ {backends[0].service}:{backends[0].port}") if backends else ""
        text = f"{route.ingress}  {route.path} ({route.path_type}) {to}"
        yield from page.stage(DONE, "route", text)
    upstream = decision.outcome.upstream_path
    if upstream is not None and upstream != result.request.target:
        yield from page.stage(DONE, "upstream", upstream)


def _pods(tally: Tally, decision: Decision, page: Page) -> Iterator[str]:
    spread = tally.spread
    named = sum(spread.values())
    if not spread:
        return
    if not named:
        yield from page.stage(PROBLEM, "pods", "the answers do not name the pod that sent them")
        return
    most = max(spread.values())
    digits = len(str(most))
    longest = min(max(map(len, spread)), _NAME_WIDTH)
    left = page.room - digits - 4
    most_bar = min(_BAR, max(left - longest, _LEAST_BAR))
    width = min(longest, left - most_bar)
    mark = DONE if all(spread.values()) else PROBLEM
    for number, (pod, count) in enumerate(spread.items()):
        bar = "█" * round(count / most * most_bar)
        text = f"{shorten(printable(pod), width):<{width}}  {count:>{digits}}  {bar}"
        yield from page.stage(mark if number == 0 else " ", "pods" if number == 0 else "", text)
    answered = sum(1 for count in spread.values() if count)
    # Pods behind one backend are to get the same; what each backend gets, its weight says.
    groups = [[spread[pod] for pod in pods_of(b)] for b in decision.outcome.backends]
    word = _evenness(groups)
    yield from page.stage(" ", "", f"{answered} of {len(spread)} pods answered{word}")


def _evenness(groups: list[list[int]]) -> str:
    """Whether the pods of each backend got the same, "" where none has several to compare."""
    if not any(len(counts) > 1 and sum(counts) for counts in groups):
        return ""
    chance = evenness(*groups)
    even = "an even spread" if chance >= 0.05 else "not an even spread"
    within = " within each Service" if len(groups) > 1 else ""
    return "; " + together(f"{even}{within} (p = {chance:.2f})")


def _split(shares: tuple[Share, ...], page: Page) -> Iterator[str]:
    if not shares:
        return
    names = [f"{share.backend.service}:{share.backend.port}" for share in shares]
    width = min(max(map(len, names)), _BACKEND_WIDTH)
    mark = DONE if all(share.fits for share in shares) else BROKEN
    for number, (name, share) in enumerate(zip(names, shares, strict=True)):
        low, high = share.interval
        lies = "within" if share.fits else "outside"
        predicted = together(f"predicted {share.predicted:.1%},")
        interval = together(f"{lies} {low:.1%} to {high:.1%}")
        name = shorten(printable(name), width)
        text = f"{name:<{width}}  {share.measured:>6.1%}  {predicted} {interval}"
        first = number == 0
        yield from page.stage(mark if first else " ", "split" if first else "", text)
    yield from page.stage(" ", "", f"of {shares[0].total} answers; {CONFIDENCE:.1%} intervals")
