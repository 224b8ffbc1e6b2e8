"""Route tests as TAP, version 14, each failure with its diagnosis in YAML (testanything.org)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TextIO

from kubectl_ingress.core.route_judging import Judged, JudgedSpec, Status
from kubectl_ingress.core.text import printable


def render_tap(specs: Sequence[JudgedSpec], stream: TextIO) -> None:
    """The plan, then a line for each test."""
    tests = [judged for spec in specs for judged in spec.tests]
    print(f"TAP version 14\n1..{len(tests)}", file=stream)
    for number, judged in enumerate(tests, 1):
        head = "ok" if judged.status is Status.PASSED else "not ok"
        print(f"{head} {number} - {_description(judged.test.name)}", file=stream)
        for line in _diagnosis(judged):
            print(f"  {line}", file=stream)


def _description(name: str) -> str:
    """A # would begin a directive."""
    return printable(name).replace("\\", "\\\\").replace("#", "\\#")


def _diagnosis(judged: Judged) -> Iterator[str]:
    if judged.status is Status.PASSED:
        yield from (f"# uncertain: {printable(note)}" for note in dict.fromkeys(judged.notes))
        return
    yield "---"
    yield f"message: {_scalar(judged.reason)}"
    yield f"severity: {'fail' if judged.status is Status.FAILED else 'error'}"
    yield f"at: {_scalar(judged.test.where)}"
    if judged.differences:
        yield "differences:"
    for one in judged.differences:
        yield f"  - field: {one.field}"
        yield f"    expected: {_scalar(one.expected)}"
        yield f"    actual: {_scalar(one.actual)}"
    yield "..."


def _scalar(value: object) -> str:
    """As JSON, which YAML contains."""
    if isinstance(value, str):
        value = printable(value)
    return json.dumps(value, ensure_ascii=False)
