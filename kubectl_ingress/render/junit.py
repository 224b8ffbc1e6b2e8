"""Route tests as JUnit's XML: a suite for each document, a case for each test.

There is no standard; this is the part that Jenkins, GitLab, GitHub's actions and
their like agree on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO
from xml.etree import ElementTree

from kubectl_ingress.core.route_judging import Judged, JudgedSpec, Status, count
from kubectl_ingress.core.text import printable


def render_junit(specs: Sequence[JudgedSpec], stream: TextIO) -> None:
    """One document in UTF-8."""
    root = ElementTree.Element("testsuites", {"name": "kubectl ingress test", **_counts(specs)})
    for spec in specs:
        counts = {**_counts([spec]), "skipped": "0", "time": "0"}
        suite = ElementTree.SubElement(
            root, "testsuite", {"name": printable(spec.source), **counts}
        )
        for judged in spec.tests:
            _case(suite, spec, judged)
    ElementTree.indent(root)
    print('<?xml version="1.0" encoding="UTF-8"?>', file=stream)
    print(ElementTree.tostring(root, encoding="unicode"), file=stream)


def _counts(specs: Sequence[JudgedSpec]) -> dict[str, str]:
    return {
        "tests": str(sum(len(spec.tests) for spec in specs)),
        "failures": str(count(specs, Status.FAILED)),
        "errors": str(count(specs, Status.ERROR)),
    }


def _case(suite: ElementTree.Element, spec: JudgedSpec, judged: Judged) -> None:
    attributes = {
        "classname": printable(spec.source),
        "name": printable(judged.test.name),
        "time": "0",
    }
    case = ElementTree.SubElement(suite, "testcase", attributes)
    if judged.status is Status.PASSED:
        if judged.notes:
            notes = ElementTree.SubElement(case, "system-out")
            notes.text = "\n".join(printable(f"uncertain: {note}") for note in judged.notes)
        return
    name = "failure" if judged.status is Status.FAILED else "error"
    reason = printable(judged.reason)
    problem = ElementTree.SubElement(case, name, {"message": reason, "type": str(judged.status)})
    problem.text = f"{reason}\nat {printable(judged.test.where)}"
