"""Route tests as a table in Markdown, for the summary of a pipeline or a comment."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TextIO

from kubectl_ingress.core.route_judging import JudgedSpec, Status
from kubectl_ingress.core.text import printable
from kubectl_ingress.render.route_tests import summary_of

# All that begins something inside a cell of GitHub's Markdown, or HTML, which it lets through.
_SPECIAL = re.compile(r"([\\`*_\[\]<>|~&$@])")


def render_markdown(specs: Sequence[JudgedSpec], stream: TextIO) -> None:
    """A heading with the summary, and a row for each test."""
    print(f"### Route tests\n\n{summary_of(specs)}\n", file=stream)
    print("| result | test | why |\n|---|---|---|", file=stream)
    for spec in specs:
        for judged in spec.tests:
            word = str(judged.status)
            result = word if judged.status is Status.PASSED else f"**{word}**"
            why = [judged.reason, f"at {judged.test.where}"] if judged.reason else []
            why += [f"uncertain: {note}" for note in dict.fromkeys(judged.notes)]
            told = "<br>".join(_escaped(line) for line in why)
            print(f"| {result} | {_escaped(judged.test.name)} | {told} |", file=stream)


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", printable(text))
