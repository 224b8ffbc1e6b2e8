"""What must hold of lint and lint --fix for whatever bytes stand in a file."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

from kubectl_ingress.controllers._profile import Meant
from kubectl_ingress.core.report import Report
from kubectl_ingress.errors import InputError, UsageError
from kubectl_ingress.fixing.mending import mend
from kubectl_ingress.lint.engine import all_rules
from kubectl_ingress.lint.manual import page_of_rule
from kubectl_ingress.linting import Files, Wanted
from kubectl_ingress.ports.files import documents
from kubectl_ingress.ports.manifests import parts_of
from kubectl_ingress.ports.sources import Source
from kubectl_ingress.render.fixes import render_diff, show_mended
from kubectl_ingress.render.lint import render_github, render_json, render_junit, render_text
from kubectl_ingress.render.sarif import render_sarif

TESTS = Path(__file__).parents[1]
RULES = all_rules()
PAGES = tuple(map(page_of_rule, RULES))


def corpus() -> Iterator[bytes]:
    """The files of all rules, and those of other tests that are read as manifests."""
    for pattern in ("lint/*/*.yaml", "golden/convert/*.yaml", "golden/lint/*.yaml"):
        for file in sorted(TESTS.glob(pattern)):
            yield file.read_bytes()


def one_input(data: bytes) -> int:
    """Lints, mends and prints; gives how many findings were mended.

    InputError and UsageError are answers; whatever else is raised is a bug.
    """
    try:
        files = _files(data)
        mended = mend(files)
    except (InputError, UsageError):
        return 0
    _print(mended.report)
    show_mended(io.StringIO(), mended, written=True)
    for one in mended.changed:
        render_diff(one, io.StringIO(), colour=False, escaped=True)
        _check_again(one.before, one.after)
    return len(mended.done)


def _files(data: bytes) -> Files:
    stdin = lambda: io.TextIOWrapper(io.BytesIO(data), encoding="utf-8")  # noqa: E731
    return Files(["-"], stdin, "default", False, Meant(), RULES, Wanted())


def _check_again(before: str, after: str) -> None:
    """A second run changes nothing, and there are as many documents as before."""
    again = mend(_files(after.encode("utf-8")))
    assert again.done == (), [one.what for one in again.done]
    counted = partial(_count, name="stdin")
    assert counted(before) == counted(after)


def _count(text: str, name: str) -> int:
    found = 0
    for part in parts_of(Source(name, text)):
        try:
            found += len(documents(part))
        except InputError:
            found += 1
    return found


def _print(report: Report) -> None:
    render_text(report, io.StringIO())
    render_github(report, io.StringIO())
    junit, sarif, as_json = io.StringIO(), io.StringIO(), io.StringIO()
    render_junit(report, junit)
    ElementTree.fromstring(junit.getvalue().encode("utf-8"))
    render_sarif(report, PAGES, "0", sarif)
    render_json(report, as_json)
    assert len(json.loads(as_json.getvalue())["findings"]) == len(report.found)
    assert len(json.loads(sarif.getvalue())["runs"][0]["results"]) == len(report.found)
