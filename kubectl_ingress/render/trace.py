"""How a `trace` looks: for people, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, TextIO

from msgspec.structs import replace

from kubectl_ingress.core.objects import Finding, Origin
from kubectl_ingress.core.text import printable
from kubectl_ingress.core.trace import Hop, outcome_line
from kubectl_ingress.render.findings import finding_as_json, place_as_json, show_finding
from kubectl_ingress.render.marks import BROKEN, PROBLEM, painted
from kubectl_ingress.render.outcome_json import outcome_as_json
from kubectl_ingress.render.progress import width_of
from kubectl_ingress.render.text import folded, shorten

if TYPE_CHECKING:
    from kubectl_ingress.core.request import Request
    from kubectl_ingress.core.trace import Traced
    from kubectl_ingress.core.why_not import WhyNot

_LABEL = 11
_WHERE = 34
_DOT = " · "
_HARD_SPACE = "\xa0"
_INPUT_SHOWN = 10
# Stages whose hosts are compared, so that none is cut.
_HOSTS = ("name", "host")


def render_text(traced: Traced, stream: TextIO, *, colour: bool = False) -> None:
    """The whole report."""
    if traced.why_not is not None:
        for line in _why_not(traced.why_not, width_of(stream)):
            print(line, file=stream)
        print(file=stream)
    label = max([_LABEL - 1, *(len(hop.step.stage) for hop in traced.hops)]) + 1
    for hop, place in zip(traced.hops, traced.places, strict=True):
        for line in _hop(hop, place, label, width_of(stream), colour):
            print(line, file=stream)
    if traced.decision is not None:
        end = traced.hops[-1].step.stage
        text = outcome_line(traced.decision.outcome, traced.controller, end)
        print(f"→ {printable(text)}", file=stream)
    general = [one for one in traced.findings if one.code.startswith("KI9")]
    for finding in [one for one in traced.findings if one not in general]:
        print(file=stream)
        show_finding(stream, _with_place(finding), colour=colour)
    for finding in general[:_INPUT_SHOWN]:
        print(file=stream)
        show_finding(stream, _with_place(finding), colour=colour)
    if len(general) > _INPUT_SHOWN:
        print(f"\nand {len(general) - _INPUT_SHOWN} more of the input: -o json", file=stream)


def _why_not(why: WhyNot, width: int) -> Iterator[str]:
    yield from folded(printable(why.sentence), width, whole=True)
    for number, command in enumerate(why.fix.splitlines()):
        yield f"  {'Or' if number else 'Fix':<5}{printable(command)}"


def _hop(hop: Hop, place: Origin | None, label: int, width: int, colour: bool) -> Iterator[str]:
    step = hop.step
    mark = " " if step.passed else painted(PROBLEM if step.stage == "tls" else BROKEN, colour)
    where = _shown_place(place) if place is not None else ""
    room = width - label - 2
    lines = _wrapped(step.text, room, len(where) + 2 if where else 0, step.stage in _HOSTS)
    for number, line in enumerate(lines):
        last = number == len(lines) - 1
        told = f"{line:<{room - len(where)}}{where}" if last and where else line
        head = f"{mark} {printable(step.stage):<{label}}" if number == 0 else " " * (label + 2)
        yield f"{head}{told}".rstrip()
    for note in hop.notes:
        yield f"{'':<{label + 2}}{shorten(printable(note), room)}"


def _shown_place(place: Origin) -> str:
    """``file:line``; of a long path, the name of the file."""
    told = printable(str(place))
    if len(told) > _WHERE and "/" in told:
        told = f"…/{told.rpartition('/')[2]}"
    return shorten(told, _WHERE)


def _wrapped(text: str, room: int, kept_free: int, whole: bool) -> list[str]:
    """Folded between words, or between what dots part; long names are cut unless `whole`.

    The last line leaves room for the place.
    """
    text = printable(text)
    if _DOT in text:
        # A pod and its address belong together.
        text = _DOT.join(part.replace(" ", _HARD_SPACE) for part in text.split(_DOT))
    lines = folded(text, max(room, 20), whole=whole)
    if len(lines[-1]) + kept_free > room:
        lines = [*lines[:-1], *folded(lines[-1], max(room - kept_free, 20), whole=whole)]
    return [line.replace(_HARD_SPACE, " ") for line in lines]


def _with_place(finding: Finding) -> Finding:
    if finding.origin == Origin():
        return finding
    return replace(finding, message=f"{finding.origin}: {finding.message}")


def render_json(traced: Traced, stream: TextIO, *, indent: int | None = 2) -> None:
    """One object, documented in docs/json.md."""
    json.dump(as_json(traced), stream, indent=indent)
    print(file=stream)


def as_json(traced: Traced) -> dict[str, object]:
    """The stable form; see docs/json.md."""
    decision = traced.decision
    route = decision.route if decision is not None else None
    found: dict[str, object] = {
        "request": request_as_json(traced.request, traced.host_known),
        "outcome": outcome_as_json(decision.outcome) if decision is not None else None,
        "route": None
        if route is None
        else {
            "ingress": route.ingress,
            "host": route.host,
            "path": route.path,
            "pathType": route.path_type,
        },
        "steps": [
            {
                "stage": hop.step.stage,
                "text": hop.step.text,
                "source": hop.step.source,
                "passed": hop.step.passed,
                "where": place_as_json(place),
                "notes": list(hop.notes),
            }
            for hop, place in zip(traced.hops, traced.places, strict=True)
        ],
        "findings": [finding_as_json(finding) for finding in traced.findings],
    }
    if traced.why_not is not None:
        why = traced.why_not
        found["whyNot"] = {
            "ingress": why.ingress,
            "reason": why.reason,
            "sentence": why.sentence,
            "fix": why.fix or None,
        }
    return found


def request_as_json(request: Request, host_known: bool) -> dict[str, object]:
    """The request; without its host where nothing tells the load balancer's name."""
    return {
        "method": request.method,
        "url": request.url if host_known else None,
        "host": request.host if host_known else None,
        "path": request.path,
        "headers": [list(pair) for pair in request.shown_headers],
    }
