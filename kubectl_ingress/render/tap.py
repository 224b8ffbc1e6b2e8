"""Route tests as TAP, version 14, each failure with its diagnosis in YAML (testanything.org)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TextIO

from kubectl_ingress.core.route_judging import Judged, JudgedSpec, Status, shown
from kubectl_ingress.core.text import printable
from kubectl_ingress.render.route_tests import portion_of, unchecked_of


def render_tap(specs: Sequence[JudgedSpec], stream: TextIO) -> None:
    """The plan, then a line for each test."""
    tests = [(spec.context, judged) for spec in specs for judged in spec.tests]
    print(f"TAP version 14\n1..{len(tests)}", file=stream)
    for number, (context, judged) in enumerate(tests, 1):
        head = "ok" if judged.status in (Status.PASSED, Status.UNCHECKED) else "not ok"
        name = f"{context}: {judged.test.name}" if context else judged.test.name
        skip = ""
        if judged.status is Status.UNCHECKED:
            skip = f" # SKIP {printable('; '.join(unchecked_of(judged)))}"
        print(f"{head} {number} - {_description(name)}{skip}", file=stream)
        for line in _diagnosis(judged):
            print(f"  {line}", file=stream)


def _description(name: str) -> str:
    """A # would begin a directive."""
    return printable(name).replace("\\", "\\\\").replace("#", "\\#")


def _diagnosis(judged: Judged) -> Iterator[str]:
    remarks = [*map(portion_of, judged.shares), *judged.notes]
    if judged.status is not Status.UNCHECKED:
        remarks += unchecked_of(judged)
    if judged.status in (Status.PASSED, Status.UNCHECKED):
        yield from (f"# {printable(remark)}" for remark in remarks)
        return
    yield "---"
    yield f"message: {_scalar(judged.reason)}"
    yield f"severity: {'fail' if judged.status is Status.FAILED else 'error'}"
    if judged.test.where:
        yield f"at: {_scalar(judged.test.where)}"
    if judged.exchange and judged.outcome:
        yield f"predicted: {_scalar(shown(judged.outcome))}"
        yield f"curl: {_scalar(judged.exchange.curl)}"
    if remarks:
        yield f"remarks: {json.dumps([printable(one) for one in remarks], ensure_ascii=False)}"
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
