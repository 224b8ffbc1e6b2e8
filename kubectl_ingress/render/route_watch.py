"""What changes while a route is watched: a line each, for people or as JSON."""

from __future__ import annotations

import json
from datetime import datetime

from msgspec import Struct

from kubectl_ingress.core.answer import Answer, Sent
from kubectl_ingress.core.verdict import Verdict
from kubectl_ingress.render.marks import BROKEN, DONE, PROBLEM
from kubectl_ingress.render.page import Page
from kubectl_ingress.render.text import seconds


class State(Struct, frozen=True):
    """How requests end at the moment: alike ones are one state. `result` is a status or a name."""

    result: str
    verdict: Verdict

    @classmethod
    def of(cls, sent: Sent, verdict: Verdict) -> State:
        """That of one request."""
        result = sent.result
        name = str(result.status) if isinstance(result, Answer) else str(result.why)
        return cls(name, verdict)

    def is_like(self, other: State) -> bool:
        """Whether nothing changed that is worth a line; sentences may differ in their details."""
        mine = self.result, self.verdict.code, self.verdict.passed
        return mine == (other.result, other.verdict.code, other.verdict.passed)


class Change(Struct, frozen=True):
    """Another state from `sent` on; `before` it were so many requests of the state before."""

    state: State
    sent: Sent
    now: datetime
    before: int = 0
    since: float = 0.0


def change_line(change: Change, page: Page) -> str:
    """For people: the time of the day, what comes now, and what came before for how long.

    On a terminal it is folded under itself, elsewhere it is one line.
    """
    verdict = change.state.verdict
    mark = DONE if verdict.level == "ok" else PROBLEM if verdict.passed else BROKEN
    words = [change.state.result]
    if verdict.code:
        words += [verdict.code, verdict.sentence]
    if change.before:
        lasted = seconds(max(0.0, change.sent.at - change.since))
        words.append(f"(after {change.before} others in {lasted})")
    return page.event(f"{change.now:%H:%M:%S}  ", "  ".join(words), mark)


def change_json(change: Change) -> str:
    """One object on one line; see docs/json.md."""
    result, verdict = change.sent.result, change.state.verdict
    answered = isinstance(result, Answer)
    return json.dumps(
        {
            "time": change.now.isoformat(timespec="milliseconds"),
            "at": round(change.sent.at, 3),
            "status": result.status if isinstance(result, Answer) else None,
            "failure": None if answered else change.state.result,
            "passed": verdict.passed,
            "code": verdict.code or None,
            "sentence": verdict.sentence,
        }
    )
