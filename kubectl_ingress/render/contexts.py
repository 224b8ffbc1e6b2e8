"""Route tests in many clusters: a row for each test, a column for each context."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TextIO

from kubectl_ingress.core.route_judging import Judged, JudgedSpec, Status
from kubectl_ingress.core.text import printable
from kubectl_ingress.render.page import Page
from kubectl_ingress.render.route_tests import MARKS, lines_of, summary_of, write_folded
from kubectl_ingress.render.table import show_table
from kubectl_ingress.render.text import shorten

_NAME_WIDTH = 50


def render_contexts(specs: Sequence[JudgedSpec], stream: TextIO) -> None:
    """The table, what did not pass below it, each thing once, and how each cluster ended."""
    contexts = [*dict.fromkeys(spec.context for spec in specs)]
    cells: dict[tuple[str, str], dict[str, str]] = {}
    for spec in specs:
        for judged in spec.tests:
            cells.setdefault((spec.source, judged.test.name), {})[spec.context] = _cell(judged)
    rows = [
        (shorten(name, _NAME_WIDTH), *(found.get(context, "") for context in contexts))
        for (_, name), found in cells.items()
    ]
    show_table(stream, ("TEST", *contexts), rows)
    for context in contexts:
        _show_problems(context, [s for s in specs if s.context == context], stream)
    print(file=stream)
    for context in contexts:
        summary = summary_of([spec for spec in specs if spec.context == context])
        print(f"{printable(context)}: {summary}", file=stream)


def _cell(judged: Judged) -> str:
    word = " ".join(judged.exchange.statuses) if judged.exchange else str(judged.status)
    return f"{MARKS[judged.status]} {word}"


def _show_problems(context: str, specs: Iterable[JudgedSpec], stream: TextIO) -> None:
    page = Page.of(stream, colour=False)
    by_reason: dict[tuple[str, ...], list[str]] = {}
    for spec in specs:
        for judged in spec.tests:
            lines = tuple(lines_of(judged))
            if lines and judged.status is not Status.PASSED:
                by_reason.setdefault(lines, []).append(judged.test.name)
    for lines, names in by_reason.items():
        # A cluster that could not be read has one reason for all of its tests.
        what = names[0] if len(names) == 1 else f"{len(names)} tests"
        print(f"\n{page.event(f'{printable(context)}: ', what)}", file=stream)
        write_folded(lines, stream)
