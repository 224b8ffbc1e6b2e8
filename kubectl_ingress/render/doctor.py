"""How `doctor` looks: lines by area with their marks, as JSON, and as JUnit's XML."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from typing import TextIO
from xml.etree import ElementTree

from kubectl_ingress.core.checkup import Checked, Checkup, Section, State
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.text import printable
from kubectl_ingress.render.findings import finding_as_json
from kubectl_ingress.render.marks import BROKEN, DONE, NOT_REACHED, PROBLEM, painted
from kubectl_ingress.render.progress import width_of
from kubectl_ingress.render.text import folded, shorten

_MARKS = {
    State.FINE: DONE,
    State.INFO: NOT_REACHED,
    State.WARNING: PROBLEM,
    State.ERROR: BROKEN,
    State.SKIPPED: NOT_REACHED,
}
# A longer one, as of a request, stands out of its column.
_WIDEST_LABEL = 30
# As wide as a code with its gap.
_HEAD = 7


def render_text(checkup: Checkup, stream: TextIO, *, colour: bool = False) -> None:
    """A heading for each area, a line for each look, under it what is wrong; then the sum."""
    width = width_of(stream) - 1
    labels = [line.label for section in checkup.sections for line in section.lines]
    room = min(max(map(len, labels), default=0), _WIDEST_LABEL)
    for area, sections in groupby(checkup.sections, key=lambda one: one.area):
        print(area, file=stream)
        for line in (line for section in sections for line in section.lines):
            first, *rest = _shown(line, room, width)
            print(f"  {painted(_MARKS[line.state], colour)} {first}".rstrip(), file=stream)
            for more in rest:
                print(f"    {more}", file=stream)
            if line.finding is not None:
                _show(line.finding, stream, width)
        print(file=stream)
    print(_sum(checkup), file=stream)


def _shown(line: Checked, room: int, width: int) -> Iterator[str]:
    """A label, which is never cut, and what it came to: below it where both are too long."""
    label, texts = printable(line.label), _text(line, width - room - 6)
    over = len(label) - room
    if over <= 0 or (len(texts) == 1 and len(label) + len(texts[0]) + 6 <= width):
        yield f"{label:<{room}}  {texts.pop(0)}"
    else:
        yield label
    for text in texts:
        yield f"{'':<{room}}  {text}"


def _text(line: Checked, width: int) -> list[str]:
    """Within the width: folded between words, of which a longer one is cut; a hop is one line."""
    room, text = max(width, 20), printable(line.text)
    if line.label.startswith(" "):
        return [shorten(text, room)]
    return folded(text, room)


def _show(finding: Finding, stream: TextIO, width: int) -> None:
    """The sentence, folded under its code, then what mends it, never folded: it is copied."""
    indent = " " * 4
    # Not at hyphens: a name that is broken there cannot be copied.
    lines = textwrap.wrap(
        f"{finding.code}  {printable(finding.message)}",
        max(width, 50),
        initial_indent=indent,
        subsequent_indent=indent + " " * _HEAD,
        break_on_hyphens=False,
        break_long_words=False,
    )
    for line in lines:
        print(line, file=stream)
    for number, fix in enumerate(finding.fix.splitlines()):
        word = "Or" if number else "Fix"
        print(f"{indent}{word:<{_HEAD}}{printable(fix)}", file=stream)


def _sum(checkup: Checkup) -> str:
    errors, warnings = checkup.problems
    if not errors and not warnings:
        return "healthy"
    counts = [(errors, "is broken", "are broken"), (warnings, "wants a look", "want a look")]
    parts = [f"{n} {one if n == 1 else many}" for n, one, many in counts if n]
    worst = next(
        one for level in ("error", "warning") for one in checkup.findings if one.level == level
    )
    return f"{', '.join(parts)}   (kubectl ingress explain {worst.code})"


def render_json(checkup: Checkup, stream: TextIO) -> None:
    """The stable form; see docs/json.md."""
    data = {
        "checks": [_as_json(section, line) for section, line in _lines(checkup)],
        "summary": {str(state): checkup.count(state) for state in State},
    }
    print(json.dumps(data, indent=2), file=stream)


def _lines(checkup: Checkup) -> Iterator[tuple[Section, Checked]]:
    for section in checkup.sections:
        for line in section.lines:
            yield section, line


def _as_json(section: Section, line: Checked) -> dict[str, object]:
    finding = finding_as_json(line.finding) if line.finding else {}
    return {
        "area": section.area,
        "check": section.check,
        "label": line.label,
        "state": str(line.state),
        "text": line.text,
        "code": finding.get("code"),
        "message": finding.get("message"),
        "object": finding.get("object"),
        "fix": finding.get("fix"),
    }


def render_junit(checkup: Checkup, stream: TextIO) -> None:
    """A suite for each area, a case for each look: a failure where it is broken."""
    counts = {"failures": str(checkup.count(State.ERROR)), "errors": "0"}
    total = sum(len(section.lines) for section in checkup.sections)
    root = ElementTree.Element(
        "testsuites", {"name": "kubectl ingress doctor", "tests": str(total), **counts}
    )
    for area, sections in groupby(checkup.sections, key=lambda one: one.area):
        held = list(sections)
        part = Checkup(tuple(held))
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            {
                "name": area,
                "tests": str(sum(len(one.lines) for one in held)),
                "failures": str(part.count(State.ERROR)),
                "errors": "0",
                "skipped": str(part.count(State.SKIPPED)),
                "time": "0",
            },
        )
        named: Counter[str] = Counter()
        for section, line in _lines(part):
            name = f"{section.check} {printable(line.label).strip()}"
            named[name] += 1
            # Whoever compares reports knows a case by its name.
            _case(suite, area, f"{name} ({named[name]})" if named[name] > 1 else name, line)
    ElementTree.indent(root)
    print('<?xml version="1.0" encoding="UTF-8"?>', file=stream)
    print(ElementTree.tostring(root, encoding="unicode"), file=stream)


def _case(suite: ElementTree.Element, area: str, name: str, line: Checked) -> None:
    attributes = {"classname": area, "name": name, "time": "0"}
    case = ElementTree.SubElement(suite, "testcase", attributes)
    text = printable(line.text)
    if line.state is State.SKIPPED:
        ElementTree.SubElement(case, "skipped", {"message": text})
        return
    finding = line.finding
    if finding is None:
        if line.state is State.ERROR:
            ElementTree.SubElement(case, "failure", {"message": text})
        else:
            ElementTree.SubElement(case, "system-out").text = text
        return
    message = f"{finding.code} {printable(finding.message)}"
    fix = f"\nfix: {printable(finding.fix)}" if finding.fix else ""
    if line.state is State.ERROR:
        ElementTree.SubElement(case, "failure", {"message": message}).text = message + fix
    else:
        ElementTree.SubElement(case, "system-out").text = message + fix
