"""How route tests look: for people, and as JSON."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence
from typing import TextIO

from kubectl_ingress.core.route_judging import Judged, JudgedSpec, Status, count
from kubectl_ingress.core.text import printable
from kubectl_ingress.render.marks import BROKEN, DONE, NOT_REACHED, PROBLEM, painted
from kubectl_ingress.render.outcome_json import outcome_as_json
from kubectl_ingress.render.progress import width_of

_MARKS = {Status.PASSED: DONE, Status.FAILED: BROKEN, Status.ERROR: NOT_REACHED}
_INDENT = " " * 6


def render_text(specs: Sequence[JudgedSpec], stream: TextIO, *, colour: bool = False) -> None:
    """Each test in a line, what is wrong below it, and a summary."""
    for spec in specs:
        print(printable(spec.source), file=stream)
        for judged in spec.tests:
            _show(judged, stream, colour)
    print(f"\n{summary_of(specs)}", file=stream)


def _show(judged: Judged, stream: TextIO, colour: bool) -> None:
    mark = painted(_MARKS[judged.status], colour)
    print(f"  {mark} {printable(judged.test.name)}", file=stream)
    width = max(width_of(stream), 40)
    if judged.reason:
        for line in _folded(f"{judged.reason}", width):
            print(line, file=stream)
        print(f"{_INDENT}at {printable(judged.test.where)}", file=stream)
    for note in dict.fromkeys(judged.notes):
        for line in _folded(f"{PROBLEM} uncertain: {note}", width):
            print(line, file=stream)


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
    for status, word in ((Status.FAILED, "failed"), (Status.ERROR, "not judged")):
        if number := count(specs, status):
            parts.append(f"{number} {word}")
    return f"{total} test{'' if total == 1 else 's'}: {', '.join(parts)}"


def render_json(specs: Sequence[JudgedSpec], stream: TextIO) -> None:
    """One object, documented in docs/json.md."""
    json.dump(as_json(specs), stream, indent=2)
    print(file=stream)


def as_json(specs: Sequence[JudgedSpec]) -> dict[str, object]:
    """The stable form; see docs/json.md."""
    return {
        "tests": [_as_json(one) for spec in specs for one in spec.tests],
        "summary": {
            "passed": count(specs, Status.PASSED),
            "failed": count(specs, Status.FAILED),
            "errors": count(specs, Status.ERROR),
        },
    }


def _as_json(judged: Judged) -> dict[str, object]:
    return {
        "name": judged.test.name,
        "status": str(judged.status),
        "reason": judged.reason or None,
        "outcome": outcome_as_json(judged.outcome) if judged.outcome else None,
        "differences": [
            {"field": one.field, "expected": one.expected, "actual": one.actual}
            for one in judged.differences
        ],
    }
