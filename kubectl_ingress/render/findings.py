"""Findings: for people a mark, the code, one sentence, and what mends it; and as JSON."""

from __future__ import annotations

import textwrap
from typing import TextIO

from kubectl_ingress.core.objects import Finding, Origin
from kubectl_ingress.core.text import printable
from kubectl_ingress.render.marks import BROKEN, NOT_REACHED, PROBLEM, painted
from kubectl_ingress.render.progress import width_of

_MARKS = {"error": BROKEN, "warning": PROBLEM, "info": NOT_REACHED}


def show_finding(stream: TextIO, finding: Finding, *, colour: bool = False) -> None:
    """``× KI204  0 of 1 pods are ready``, folded under itself, then its commands, not folded."""
    head = f"{finding.code}  "
    width = max(width_of(stream) - 3 - len(head), 40)
    # Between words alone: a name or a URL that is broken cannot be copied.
    lines = textwrap.wrap(
        printable(finding.message), width, break_long_words=False, break_on_hyphens=False
    ) or [""]
    print(f"{painted(_MARKS[finding.level], colour)} {head}{lines[0]}", file=stream)
    for line in lines[1:]:
        print(f"{'':<{2 + len(head)}}{line}", file=stream)
    for number, command in enumerate(finding.fix.splitlines()):
        word = "Or" if number else "Fix"
        print(f"  {word:<{len(head)}}{printable(command)}", file=stream)


def finding_as_json(finding: Finding) -> dict[str, object]:
    """A finding as every command prints it."""
    kind, _, key = finding.object.partition(" ")
    namespace, _, name = key.rpartition("/")
    return {
        "code": finding.code,
        "level": finding.level,
        "message": finding.message,
        "object": {"kind": kind, "namespace": namespace or None, "name": name} if name else None,
        "where": place_as_json(finding.origin),
        "fix": finding.fix or None,
    }


def place_as_json(place: Origin | None) -> dict[str, object] | None:
    """A file and its line; None for the cluster."""
    if place is None or place == Origin():
        return None
    return {"file": place.source, "line": place.line}
