"""A lint report: as text, JSON, JUnit's XML, and the annotations of GitHub's actions."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO
from xml.etree import ElementTree

from kubectl_ingress.core.objects import Finding, Origin
from kubectl_ingress.core.report import LEVELS
from kubectl_ingress.core.text import printable
from kubectl_ingress.render.findings import finding_as_json
from kubectl_ingress.render.page import together
from kubectl_ingress.render.progress import width_of
from kubectl_ingress.render.terminal import columns_of
from kubectl_ingress.render.text import folded

if TYPE_CHECKING:
    from kubectl_ingress.core.report import Found, Page, Report

_COLOURS = {"error": "31", "warning": "33", "info": "2"}
_UNRULED = "KI207"
# Of a line: the level and the code, and how much is left for what is said.
_BESIDE = 16
_TEXT = 40
_COMMAND = re.compile(r"\(?kubectl .*")
_GITHUB = {"error": "error", "warning": "warning", "info": "notice"}


def where_of(found: Found) -> str:
    """``file:line:column``, or for an object of a cluster the object."""
    finding = found.finding
    if found.place is not None:
        return f"{finding.origin.source}:{found.place[0]}:{found.place[1]}"
    return finding.object or (finding.origin.source if finding.origin != Origin() else "cluster")


def render_text(report: Report, stream: TextIO, *, colour: bool = False) -> None:
    """A line for each finding, folded under itself, its fix, or what --fix does, and the sum."""
    places = [printable(where_of(one)) for one in report.found]
    longest = max(map(len, places), default=0)
    columns = width_of(stream)
    indent = min(longest, 40) + 2
    if indent + _BESIDE + _TEXT > columns:
        # Each place on a line of its own, and what is found there below it.
        indent = 2
    width = max(columns - indent - _BESIDE, _TEXT)
    for place, one in zip(places, report.found, strict=True):
        finding = one.finding
        lines = folded(printable(finding.message), width, whole=True)
        level = f"{finding.level:<7}"
        if colour:
            level = f"\x1b[{_COLOURS[finding.level]}m{level}\x1b[0m"
        if len(place) > indent - 2:
            print(place, file=stream)
            place = ""
        print(f"{place:<{indent}}{level}  {finding.code}  {lines[0]}", file=stream)
        for line in lines[1:]:
            print(f"{'':<{indent + _BESIDE}}{line}".rstrip(), file=stream)
        by = "--fix" if one.is_mendable else "fix"
        for fix in finding.fix.splitlines():
            _print(stream, f"{'':<{indent}}{by:<7}  ", fix)
    _print(stream, "", _sum(report))


def _print(stream: TextIO, head: str, text: str) -> None:
    """On a terminal folded between words, the command that may end it as one of them."""
    text = printable(text)
    if columns_of(stream) is not None:
        kept = _COMMAND.sub(lambda found: together(found[0]), text)
        lines = folded(kept, width_of(stream) - len(head), whole=True)
        text = f"\n{'':<{len(head)}}".join(lines).replace(together(" "), " ")
    print(f"{head}{text}", file=stream)


def _sum(report: Report) -> str:
    total = len(report.found)
    counts = [counted(report.count(level), level) for level in LEVELS if report.count(level)]
    text = counted(total, "finding") if total else "no findings"
    text += f" in {counted(report.ingresses, 'Ingress')}"
    text += f" of namespace {report.namespace}" if report.namespace else ""
    text += f": {', '.join(counts)}" if counts else ""
    if mendable := sum(one.is_mendable for one in report.found):
        text += f"; --fix mends {mendable}"
    if report.suppressed:
        text += f"; {report.suppressed} suppressed"
    if report.passed_over:
        text += f"; {counted(report.passed_over, 'document')} without an object passed over"
    codes = [one.finding.code for one in report.found]
    if report.unruled and _UNRULED not in codes:
        # Silence about a class would be taken for praise.
        word = "class" if len(report.unruled) == 1 else "classes"
        text += f"; {word} {', '.join(report.unruled)} by the Ingress specification alone"
        codes = codes or [_UNRULED]
    if codes:
        text += f"   (kubectl ingress explain {codes[0]})"
    return printable(text)


def counted(number: int, word: str) -> str:
    """``1 finding``, ``2 findings``; some words are the same for any number."""
    if word == "info":
        return f"{number} info"
    ending = "es" if word.endswith("s") else "s"
    return f"{number} {word if number == 1 else word + ending}"


def render_json(report: Report, stream: TextIO) -> None:
    """The stable form; see docs/json.md."""
    data = {
        "findings": [_as_json(one) for one in report.found],
        "summary": {
            "ingresses": report.ingresses,
            "errors": report.count("error"),
            "warnings": report.count("warning"),
            "infos": report.count("info"),
            "suppressed": report.suppressed,
        },
    }
    print(json.dumps(data, indent=2), file=stream)


def _as_json(found: Found) -> dict[str, object]:
    whole = finding_as_json(found.finding)
    where = None
    if found.place is not None:
        line, column = found.place
        where = {"file": found.finding.origin.source, "line": line, "column": column}
    elif found.finding.origin.line is None and found.finding.origin != Origin():
        where = {"file": found.finding.origin.source, "line": None, "column": None}
    return {
        "code": whole["code"],
        "rule": found.rule,
        **whole,
        "where": where,
        "mendable": found.is_mendable,
    }


def render_rules_json(pages: Sequence[Page], stream: TextIO) -> None:
    """The rules; see docs/json.md."""
    rules = [
        {"code": one.code, "rule": one.rule, "level": one.level, "what": one.title} for one in pages
    ]
    print(json.dumps({"rules": rules}, indent=2), file=stream)


def render_junit(report: Report, stream: TextIO) -> None:
    """A case for each finding, which fails unless it is info; one that passes where none is."""
    failing = sum(one.finding.level != "info" for one in report.found)
    counts = {"tests": str(len(report.found) or 1), "failures": str(failing), "errors": "0"}
    root = ElementTree.Element("testsuites", {"name": "kubectl ingress lint", **counts})
    attributes = {"name": "lint", **counts, "skipped": "0", "time": "0"}
    suite = ElementTree.SubElement(root, "testsuite", attributes)
    for one in report.found:
        _case(suite, one)
    if not report.found:
        name = {"classname": "lint", "name": f"{report.ingresses} Ingresses", "time": "0"}
        ElementTree.SubElement(suite, "testcase", name)
    ElementTree.indent(root)
    print('<?xml version="1.0" encoding="UTF-8"?>', file=stream)
    print(ElementTree.tostring(root, encoding="unicode"), file=stream)


def _case(suite: ElementTree.Element, found: Found) -> None:
    finding, place = found.finding, printable(where_of(found))
    name = f"{finding.code} {found.rule} {place}"
    attributes = {"classname": printable(finding.origin.source), "name": name, "time": "0"}
    case = ElementTree.SubElement(suite, "testcase", attributes)
    message, fix = printable(finding.message), printable(finding.fix)
    if finding.level == "info":
        ElementTree.SubElement(case, "system-out").text = message
        return
    kind = {"message": message, "type": finding.level}
    text = f"{place}: {message}" + (f"\nfix: {fix}" if fix else "")
    ElementTree.SubElement(case, "failure", kind).text = text


def render_github(report: Report, stream: TextIO) -> None:
    """``::error file=…,line=…``: workflow commands, which GitHub shows beside the lines."""
    for one in report.found:
        properties = {"title": f"{one.finding.code} {one.rule}"}
        if one.place is not None:
            line, column = one.place
            properties = {
                "file": printable(one.finding.origin.source),
                "line": str(line),
                "col": str(column),
                **properties,
            }
        listed = ",".join(f"{key}={_property(text)}" for key, text in properties.items())
        print(f"::{_GITHUB[one.finding.level]} {listed}::{_data(_whole(one.finding))}", file=stream)


def _whole(finding: Finding) -> str:
    about = f"{finding.object}: " if finding.origin == Origin() and finding.object else ""
    fixes = (f"\nfix: {printable(fix)}" for fix in finding.fix.splitlines())
    return printable(f"{about}{finding.message}") + "".join(fixes)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
