"""custom-http-errors: statuses that another backend answers.

``error_page <codes> = @custom_…`` of nginx.tmpl, where the path is ``/`` and
that backend's own status is the answer.
"""

from __future__ import annotations

from dataclasses import dataclass

from kubectl_ingress.controllers._ingress_nginx.answers import Cause
from kubectl_ingress.core.actions import Action
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.request import Backend, Outcome, OutcomeKind, Request, Step


@dataclass(frozen=True, slots=True)
class ErrorPages(Action):
    """What `inner` answers, but for statuses among `codes`: those `backend` answers.

    Without a `backend` that is the controller's built-in 404. What a pod
    answers nobody can know, so a request that is sent on stays one.
    """

    inner: tuple[Action, ...]
    codes: frozenset[int]
    backend: Backend | None
    cause: Cause
    backends: tuple[Backend, ...] = ()

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """Always answers."""
        _, outcome = self._first_answer(request, path)
        if outcome.kind is not OutcomeKind.REPLY or outcome.status not in self.codes:
            return outcome
        if self.backend is None:
            return Outcome(OutcomeKind.REPLY, 404)
        return Outcome(OutcomeKind.FORWARD, upstream_path="/", backends=(self.backend,))

    def _first_answer(self, request: Request, path: str) -> tuple[Action, Outcome]:
        for action in self.inner:
            outcome = action.outcome(request, path)
            if outcome is not None:
                return action, outcome
        raise AssertionError("the last action of a location always answers")

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """What the location does, and who answers its errors."""
        action, outcome = self._first_answer(request, path)
        steps = action.steps(request, path)
        who = f"{self.backend}, asked for /" if self.backend else "the controller itself, with 404"
        if outcome.kind is OutcomeKind.REPLY and outcome.status in self.codes:
            text = f"{outcome.status} is answered by {who}"
        elif outcome.kind is OutcomeKind.FORWARD:
            listed = ", ".join(map(str, sorted(self.codes)))
            text = f"if the backend answers {listed}, the answer comes from {who}"
        else:
            return steps
        return (*steps, Step("errors", text, self.cause.source, field=self.cause.field))

    def findings(self, request: Request, path: str) -> tuple[Finding, ...]:
        """Those of what the location does."""
        action, _ = self._first_answer(request, path)
        return action.findings(request, path)
