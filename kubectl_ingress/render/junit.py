"""Route tests as JUnit's XML: a suite for each document, a case for each test.

There is no standard; this is the part that Jenkins, GitLab, GitHub's actions and
their like agree on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TextIO
from xml.etree import ElementTree

from kubectl_ingress.core.route_judging import Judged, JudgedSpec, Status, count, shown
from kubectl_ingress.core.text import printable
from kubectl_ingress.render.route_tests import portion_of, title_of, unchecked_of


def render_junit(specs: Sequence[JudgedSpec], stream: TextIO) -> None:
    """One document in UTF-8."""
    root = ElementTree.Element("testsuites", {"name": "kubectl ingress test", **_counts(specs)})
    for spec in specs:
        counts = {**_counts([spec]), "time": _seconds(map(_took, spec.tests))}
        name = printable(title_of(spec))
        suite = ElementTree.SubElement(root, "testsuite", {"name": name, **counts})
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
        "skipped": str(count(specs, Status.UNCHECKED)),
    }


def _case(suite: ElementTree.Element, spec: JudgedSpec, judged: Judged) -> None:
    attributes = {
        "classname": printable(title_of(spec)),
        "name": printable(judged.test.name),
        "time": _seconds([_took(judged)]),
    }
    case = ElementTree.SubElement(suite, "testcase", attributes)
    unchecked = [*unchecked_of(judged)]
    if judged.status is Status.UNCHECKED:
        ElementTree.SubElement(case, "skipped", {"message": printable("; ".join(unchecked))})
    elif judged.status is not Status.PASSED:
        _problem(case, judged)
    remarks = [*map(portion_of, judged.shares), *judged.notes]
    remarks += unchecked if judged.status is not Status.UNCHECKED else []
    if remarks:
        ElementTree.SubElement(case, "system-out").text = "\n".join(map(printable, remarks))


def _problem(case: ElementTree.Element, judged: Judged) -> None:
    name = "failure" if judged.status is Status.FAILED else "error"
    reason = printable(judged.reason)
    problem = ElementTree.SubElement(case, name, {"message": reason, "type": str(judged.status)})
    lines = [reason]
    if judged.exchange and judged.outcome:
        lines += [f"predicted: {shown(judged.outcome)}", judged.exchange.curl]
    lines += [f"at {judged.test.where}"] if judged.test.where else []
    problem.text = "\n".join(printable(line) for line in lines if line)


def _took(judged: Judged) -> float:
    """Seconds, all of its requests together; 0 where nothing was sent."""
    return sum(one.timings.total for one in judged.exchange.answers) if judged.exchange else 0.0


def _seconds(times: Iterable[float]) -> str:
    return f"{sum(times):.3f}".rstrip("0").rstrip(".")
