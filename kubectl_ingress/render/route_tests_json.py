"""Route tests as JSON: one document, or a line for each test while they run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TextIO

from kubectl_ingress.core.answer import Answer
from kubectl_ingress.core.exchange import Exchange
from kubectl_ingress.core.intervals import CONFIDENCE
from kubectl_ingress.core.route_judging import Judged, JudgedSpec, Status, count
from kubectl_ingress.core.statistics import Durations
from kubectl_ingress.render.answer_json import answer_as_json, failure_as_json
from kubectl_ingress.render.outcome_json import outcome_as_json


def render_json(specs: Sequence[JudgedSpec], stream: TextIO) -> None:
    """One object, documented in docs/json.md."""
    json.dump(as_json(specs), stream, indent=2)
    print(file=stream)


def render_line(judged: Judged, context: str, stream: TextIO) -> None:
    """One test as one line, as soon as it is judged."""
    # In one piece: several clusters may be at it.
    stream.write(f"{json.dumps(_as_json(judged, context))}\n")
    stream.flush()


def render_lines(specs: Sequence[JudgedSpec], stream: TextIO, *, tests: bool) -> None:
    """The summary as the last line; the `tests` before it where they are not there yet."""
    for spec in specs if tests else ():
        for judged in spec.tests:
            render_line(judged, spec.context, stream)
    print(json.dumps({"summary": summary_as_json(specs)}), file=stream)


def as_json(specs: Sequence[JudgedSpec]) -> dict[str, object]:
    """The stable form; see docs/json.md."""
    return {
        "tests": [_as_json(one, spec.context) for spec in specs for one in spec.tests],
        "summary": summary_as_json(specs),
    }


def summary_as_json(specs: Sequence[JudgedSpec]) -> dict[str, int]:
    """How many ended how."""
    return {
        "passed": count(specs, Status.PASSED),
        "failed": count(specs, Status.FAILED),
        "errors": count(specs, Status.ERROR),
        "unchecked": count(specs, Status.UNCHECKED),
    }


def _as_json(judged: Judged, context: str) -> dict[str, object]:
    found: dict[str, object] = {
        "name": judged.test.name,
        "status": str(judged.status),
        "reason": judged.reason or None,
        "outcome": outcome_as_json(judged.outcome) if judged.outcome else None,
        "differences": [
            {"field": one.field, "expected": one.expected, "actual": one.actual}
            for one in judged.differences
        ],
        "notChecked": [{"field": one.field, "why": one.why} for one in judged.unchecked],
        "notes": list(judged.notes),
        "sent": _sent_as_json(judged, judged.exchange) if judged.exchange else None,
    }
    return {"context": context, **found} if context else found


def _sent_as_json(judged: Judged, exchange: Exchange) -> dict[str, object]:
    last, pod = exchange.answers[-1], exchange.pods[-1]
    times = exchange.durations() if judged.test.expected.answer.latency else Durations()
    return {
        "requests": len(exchange.answers),
        "statuses": dict(exchange.statuses),
        "spread": dict(exchange.spread),
        "latency": times.percentiles() if times.count else None,
        "shares": [
            {
                "backend": one.backend,
                "answers": one.count,
                "of": one.total,
                "measured": one.count / one.total,
                "interval": [one.low, one.high],
                "confidence": CONFIDENCE,
            }
            for one in judged.shares
        ],
        "answer": answer_as_json(last, pod) if isinstance(last, Answer) else None,
        "failure": None if isinstance(last, Answer) else failure_as_json(last),
        "curl": exchange.curl or None,
    }
