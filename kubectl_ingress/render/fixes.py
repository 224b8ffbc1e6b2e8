"""What `lint --fix` has done, what it has not and why, and the difference it made."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from typing import Literal, TextIO

from kubectl_ingress.core.fixes import Changed, Mended, Wish
from kubectl_ingress.core.text import printable
from kubectl_ingress.render.lint import counted, where_of
from kubectl_ingress.render.marks import DONE, NOT_REACHED, PROBLEM
from kubectl_ingress.render.page import Page

_Kind = Literal["replace", "delete", "insert", "equal"]
_Opcode = tuple[_Kind, int, int, int, int]
_CONTEXT = 3
_DOCUMENT = re.compile(r"^(?=---\s)", re.MULTILINE)
_COLOURS = {"+": "32", "-": "31", "@": "36"}


def show_mended(stream: TextIO, mended: Mended, *, written: bool, colour: bool = False) -> None:
    """A line for each finding, and the sum."""
    page = Page.of(stream, colour=colour)
    for done in mended.done:
        print(page.event("", f"{_head(done.wish)}  {done.what}", DONE), file=stream)
        for warning in done.warnings:
            print(page.event("", warning, PROBLEM), file=stream)
    for held in mended.held:
        text = f"{_head(held.wish)}  stays: {held.why}"
        print(page.event("", text, NOT_REACHED), file=stream)
    print(_sum(mended, written), file=stream)


def _head(wish: Wish) -> str:
    return f"{where_of(wish.found)}  {wish.found.finding.code}"


def _sum(mended: Mended, written: bool) -> str:
    if not mended.done:
        return "nothing to mend"
    files = counted(len(mended.changed), "file")
    verb = "mended" if written else "would mend"
    return f"{verb} {counted(len(mended.done), 'finding')} in {files}"


def render_diff(changed: Changed, stream: TextIO, *, colour: bool, escaped: bool) -> None:
    """A unified diff, as patch and git apply take it; `escaped` for the eyes of a person."""
    for line in _diff(changed):
        text = printable(line.rstrip("\r\n")) + "\n" if escaped else line
        code = _COLOURS.get(text[0]) if colour else None
        body = text.removesuffix("\n")
        stream.write(f"\x1b[{code}m{body}\x1b[0m\n" if code else text)


def _diff(changed: Changed) -> Iterator[str]:
    before, after = _lines(changed.before), _lines(changed.after)
    yield f"--- {changed.name}\n"
    yield f"+++ {changed.name}\n"
    for group in _Known(list(_joined(_opcodes(changed)))).get_grouped_opcodes(_CONTEXT):
        _, start, _, new_start, _ = group[0]
        _, _, end, _, new_end = group[-1]
        yield f"@@ -{_range(start, end)} +{_range(new_start, new_end)} @@\n"
        for kind, a, b, c, d in group:
            old = before[a:b]
            yield from _marked(" " if kind == "equal" else "-", old)
            yield from _marked("+", after[c:d] if kind != "equal" else ())


class _Known(difflib.SequenceMatcher[str]):
    """Groups differences that are known already."""

    def __init__(self, opcodes: list[_Opcode]) -> None:
        super().__init__(None, "", "")
        self._opcodes = opcodes

    def get_opcodes(self) -> list[_Opcode]:
        return self._opcodes


def _joined(opcodes: Iterable[_Opcode]) -> Iterator[_Opcode]:
    """What is equal without a gap as one piece."""
    last: _Opcode | None = None
    for opcode in opcodes:
        if last is not None and last[0] == opcode[0] == "equal":
            last = ("equal", last[1], opcode[2], last[3], opcode[4])
            continue
        if last is not None:
            yield last
        last = opcode
    if last is not None:
        yield last


def _opcodes(changed: Changed) -> Iterator[_Opcode]:
    """Document by document: difflib takes the square of the length for a long text."""
    parts = [_DOCUMENT.split(text) for text in (changed.before, changed.after)]
    if len(parts[0]) != len(parts[1]):
        parts = [[changed.before], [changed.after]]
    at = new_at = 0
    for old, new in zip(*parts, strict=True):
        one, other = _lines(old), _lines(new)
        if old == new:
            yield "equal", at, at + len(one), new_at, new_at + len(other)
        else:
            for kind, a, b, c, d in difflib.SequenceMatcher(None, one, other).get_opcodes():
                yield kind, at + a, at + b, new_at + c, new_at + d
        at, new_at = at + len(one), new_at + len(other)


def _range(start: int, end: int) -> str:
    """As diff -u has it: the first line, from 1, and how many; of none, the line before."""
    length = end - start
    return f"{start + 1 if length else start},{length}" if length != 1 else str(start + 1)


def _marked(mark: str, lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        end = "" if line.endswith("\n") else "\n\\ No newline at end of file\n"
        yield f"{mark}{line}{end}"


def _lines(text: str) -> list[str]:
    """With their ends: at line feeds alone, as patch sees them."""
    *whole, last = text.split("\n")
    return [f"{line}\n" for line in whole] + [last for last in (last,) if last]
