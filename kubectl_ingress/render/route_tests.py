"""How route tests look for people."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import TextIO

from kubectl_ingress.core.exchange import Exchange
from kubectl_ingress.core.route_judging import (
    Judged,
    JudgedSpec,
    Portion,
    Status,
    count,
    shown,
)
from kubectl_ingress.core.text import printable
from kubectl_ingress.render.marks import BROKEN, DONE, NOT_REACHED, PROBLEM, painted
from kubectl_ingress.render.progress import width_of
from kubectl_ingress.render.terminal import columns_of
from kubectl_ingress.render.text import seconds, shorten

MARKS = {
    Status.PASSED: DONE,
    Status.FAILED: BROKEN,
    Status.ERROR: NOT_REACHED,
    Status.UNCHECKED: NOT_REACHED,
}
_INDENT = " " * 6
_WORDS = (
    (Status.FAILED, "failed"),
    (Status.ERROR, "not judged"),
    (Status.UNCHECKED, "not checked"),
)
_POD_WIDTH = 40
_LEAST_NAME = 20


def render_text(
    specs: Sequence[JudgedSpec], stream: TextIO, *, colour: bool = False, curl: bool = False
) -> None:
    """Each test in a line, what is wrong below it, and a summary; with `curl` each command too."""
    for spec in specs:
        print(printable(title_of(spec)), file=stream)
        for judged in spec.tests:
            _show(judged, stream, colour, curl)
    print(f"\n{summary_of(specs)}", file=stream)


def title_of(spec: JudgedSpec) -> str:
    """The file, and the context of the cluster where there are several."""
    return f"{spec.context}: {spec.source}" if spec.context else spec.source


def _show(judged: Judged, stream: TextIO, colour: bool, curl: bool) -> None:
    mark = painted(MARKS[judged.status], colour)
    exchange = judged.exchange
    came = f"   {_came(judged, exchange)}" if exchange else ""
    name, columns = printable(judged.test.name), columns_of(stream)
    if columns is not None:
        name = shorten(name, max(columns - 1 - len("  √ ") - len(came), _LEAST_NAME))
    print(f"  {mark} {name}{came}", file=stream)
    write_folded(lines_of(judged), stream)
    if exchange and exchange.curl and (judged.reason or curl):
        # On one line, however long: to be copied.
        print(f"{_INDENT}{printable(exchange.curl)}", file=stream)
    if judged.reason and judged.test.where:
        print(f"{_INDENT}at {printable(judged.test.where)}", file=stream)


def lines_of(judged: Judged) -> Iterator[str]:
    """What there is to say of one test, a line each."""
    if judged.reason:
        yield judged.reason
        if judged.exchange and judged.outcome:
            yield f"predicted: {shown(judged.outcome)}"
    yield from (portion_of(one) for one in judged.shares)
    yield from unchecked_of(judged)
    yield from (f"{PROBLEM} {note}" for note in judged.notes)


def _came(judged: Judged, exchange: Exchange) -> str:
    """``200   POD``; of many the counts, and where it is about time, the percentiles."""
    if len(exchange.answers) == 1:
        pods = [shorten(pod, _POD_WIDTH) for pod in exchange.pods if pod]
        return printable("   ".join([*exchange.statuses, *pods]))
    parts = [f"{status} × {number}" for status, number in exchange.statuses.items()]
    times = exchange.durations()
    if judged.test.expected.answer.latency and times.count:
        shares = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
        parts += [f"{name} {seconds(times.quantile(share))}" for name, share in shares]
    return printable("   ".join(parts))


def portion_of(portion: Portion) -> str:
    """``shop/canary:http answered 31 % (62 of 200; 20.9 to 42.6 %)``."""
    percent = 100 * portion.count / portion.total
    low, high = 100 * portion.low, 100 * portion.high
    counted = f"{portion.count} of {portion.total}"
    return f"{portion.backend} answered {percent:.3g} % ({counted}; {low:.1f} to {high:.1f} %)"


def unchecked_of(judged: Judged) -> Iterator[str]:
    """``not checked: body, tls (only an answer tells)``."""
    by_reason: dict[str, list[str]] = {}
    for one in judged.unchecked:
        by_reason.setdefault(one.why, []).append(one.field)
    for why, fields in by_reason.items():
        yield f"not checked: {', '.join(fields)} ({why})"


def write_folded(lines: Iterable[str], stream: TextIO) -> None:
    """Below a name, as wide as the terminal."""
    width = max(width_of(stream) - (columns_of(stream) is not None), 40)
    for line in lines:
        print("\n".join(_folded(line, width)), file=stream)


def _folded(text: str, width: int) -> list[str]:
    # Not at hyphens: a name that is broken there cannot be copied.
    return textwrap.wrap(
        printable(text),
        width,
        initial_indent=_INDENT,
        subsequent_indent=_INDENT,
        break_on_hyphens=False,
        break_long_words=False,
    )


def summary_of(specs: Sequence[JudgedSpec]) -> str:
    """``3 tests: 2 passed, 1 failed``."""
    total = sum(len(spec.tests) for spec in specs)
    parts = [f"{count(specs, Status.PASSED)} passed"]
    for status, word in _WORDS:
        if number := count(specs, status):
            parts.append(f"{number} {word}")
    return f"{total} test{'' if total == 1 else 's'}: {', '.join(parts)}"
