"""Route tests as a table in Markdown, for the summary of a pipeline or a comment."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TextIO

from kubectl_ingress.core.route_judging import Judged, JudgedSpec, Status, shown
from kubectl_ingress.core.text import printable
from kubectl_ingress.render.route_tests import portion_of, summary_of, unchecked_of

_WORDS = {Status.UNCHECKED: "not checked"}
_BAD = (Status.FAILED, Status.ERROR)

# All that begins something inside a cell of GitHub's Markdown, or HTML, which it lets through.
_SPECIAL = re.compile(r"([\\`*_\[\]<>|~&$@])")


def render_markdown(specs: Sequence[JudgedSpec], stream: TextIO) -> None:
    """A heading with the summary, and a row for each test."""
    print(f"### Route tests\n\n{summary_of(specs)}\n", file=stream)
    print("| result | test | why |\n|---|---|---|", file=stream)
    for spec in specs:
        for judged in spec.tests:
            word = _WORDS.get(judged.status, str(judged.status))
            result = f"**{word}**" if judged.status in _BAD else word
            name = f"{spec.context}: {judged.test.name}" if spec.context else judged.test.name
            told = "<br>".join(_escaped(line) for line in _lines(judged))
            print(f"| {result} | {_escaped(name)} | {told} |", file=stream)


def _lines(judged: Judged) -> Iterator[str]:
    if judged.reason:
        yield judged.reason
        if judged.exchange and judged.outcome:
            yield f"predicted: {shown(judged.outcome)}"
        if judged.test.where:
            yield f"at {judged.test.where}"
    yield from map(portion_of, judged.shares)
    yield from unchecked_of(judged)
    yield from judged.notes


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", printable(text))
