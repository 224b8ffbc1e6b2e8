"""A lint report for pipelines, with everything in it that could break their formats."""

from __future__ import annotations

import io
import json
from urllib.parse import unquote
from xml.etree import ElementTree

from kubectl_ingress.core.objects import Finding, Origin
from kubectl_ingress.core.report import Found, Page, Report
from kubectl_ingress.core.text import printable
from kubectl_ingress.render.lint import render_github, render_json, render_junit, render_text
from kubectl_ingress.render.sarif import render_sarif
from tests.commands.sarif import problems_of
from tests.terminals import Terminal

NAME = "a b,c:d%e\u202e&<>\"'.yaml"
MESSAGE = "50%\r\n::error file=x::y \x1b[31m <&>\"' \u202e \ufffe, ü"
FIX = "kubectl get 'x'\nedit: %0A, done"
HOSTILE = Found(
    Finding("KI402", "error", MESSAGE, "Ingress a/b", Origin(NAME, 3), FIX),
    "annotation-value",
    (4, 7),
)
OF_CLUSTER = Found(Finding("KI403", "warning", MESSAGE, "Ingress a/b"), "unknown-annotation")
INFO = Found(Finding("KI509", "info", MESSAGE, "Ingress a/b", Origin(NAME)), "slash-redirect")
REPORT = Report((HOSTILE, OF_CLUSTER, INFO), 1, 2)


def has_control(text: str) -> bool:
    return any((ord(sign) < 32 and sign != "\n") or sign in "\u202e\ufffe\x7f" for sign in text)


def decoded(text: str) -> str:
    for written, sign in (("%2C", ","), ("%3A", ":"), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        text = text.replace(written, sign)
    return text


def test_github_has_a_line_for_each_that_reads_back() -> None:
    """As the runner reads it: ::command key=value,key=value::data, in one line."""
    stream = io.StringIO()
    render_github(REPORT, stream)
    lines = stream.getvalue().splitlines()
    assert len(lines) == 3
    assert not has_control(stream.getvalue())
    _, head, data = lines[0].split("::", 2)
    command, _, listed = head.partition(" ")
    properties = dict(pair.split("=", 1) for pair in listed.split(","))
    assert command == "error"
    assert sorted(properties) == ["col", "file", "line", "title"]
    assert decoded(properties["file"]) == printable(NAME)
    assert (properties["line"], properties["col"]) == ("4", "7")
    assert decoded(data).startswith("50%\\r\\n::error file=x::y \\x1b[31m")
    assert decoded(data).endswith("fix: kubectl get 'x'\nfix: edit: %0A, done")
    assert [line.split(" ")[0] for line in lines] == ["::error", "::warning", "::notice"]


def test_junit_is_xml_whatever_is_in_it() -> None:
    stream = io.StringIO()
    render_junit(REPORT, stream)
    root = ElementTree.fromstring(stream.getvalue().encode())
    suites = list(root)
    assert [one.tag for one in suites] == ["testsuite"]
    cases = list(suites[0])
    assert {one.tag for one in cases} == {"testcase"}
    for element in (root, suites[0]):
        assert (element.attrib["tests"], element.attrib["failures"]) == ("3", "2")
        assert element.attrib["errors"] == "0"
    for case in cases:
        assert {"classname", "name", "time"} <= set(case.attrib)
        assert [one.tag for one in case] in (["failure"], ["system-out"])
    failure = cases[0][0]
    assert set(failure.attrib) == {"message", "type"}
    assert not has_control("".join(root.itertext()).replace("\t", ""))


def test_sarif_and_json_hold_the_words_as_they_are() -> None:
    stream = io.StringIO()
    pages = [Page(one.finding.code, one.rule, "error", "Title.\n\nText.") for one in REPORT.found]
    render_sarif(REPORT, pages, "1.2.3", stream)
    log = json.loads(stream.getvalue())
    assert problems_of(log) == []
    results = log["runs"][0]["results"]
    assert results[0]["message"]["text"] == f"{MESSAGE}\nfix: {FIX}"
    place = results[0]["locations"][0]["physicalLocation"]
    assert unquote(place["artifactLocation"]["uri"]) == NAME
    assert stream.getvalue().isascii()
    stream = io.StringIO()
    render_json(REPORT, stream)
    found = json.loads(stream.getvalue())["findings"]
    assert [one["message"] for one in found] == [MESSAGE] * 3
    assert [one["where"] and one["where"]["line"] for one in found] == [4, None, None]
    assert stream.getvalue().isascii()


def test_text_holds_no_control_character() -> None:
    stream = io.StringIO()
    render_text(REPORT, stream)
    assert not has_control(stream.getvalue())


LONG = Found(
    Finding(
        "KI403",
        "warning",
        "nginx.ingress.kubernetes.io/proxy-bdy-size of Ingress shop/web is no annotation of"
        " ingress-nginx (proxy-body-size is): it counts as absent",
        "Deployment ingress-nginx/ingress-nginx-controller",
        fix="move to a living controller, or to another one: kubectl ingress install --list\n"
        "delete one of the two annotations of the Ingress that say the same of its path",
    ),
    "unknown-annotation",
)


def test_a_terminal_of_80_columns_breaks_no_word() -> None:
    stream = Terminal(80)
    render_text(Report((LONG,), 1), stream)
    assert stream.getvalue() == (
        """\
Deployment ingress-nginx/ingress-nginx-controller
  warning  KI403  nginx.ingress.kubernetes.io/proxy-bdy-size of Ingress shop/web
                  is no annotation of ingress-nginx (proxy-body-size is): it
                  counts as absent
  fix      move to a living controller, or to another one:
           kubectl ingress install --list
  fix      delete one of the two annotations of the Ingress that say the same of
           its path
1 finding in 1 Ingress: 1 warning   (kubectl ingress explain KI403)
"""
    )


def test_without_a_terminal_a_fix_is_one_line() -> None:
    stream = io.StringIO()
    render_text(Report((LONG,), 1), stream)
    fixes = [line for line in stream.getvalue().splitlines() if "  fix " in line]
    assert [line.strip().removeprefix("fix      ") for line in fixes] == (
        LONG.finding.fix.splitlines()
    )
