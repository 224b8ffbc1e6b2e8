"""custom-http-errors: statuses that another backend answers.

``error_page <codes> = @custom_…`` of nginx.tmpl, where the path is ``/`` and
that backend's own status is the answer.
"""

from __future__ import annotations

from msgspec import Struct

from kubectl_ingress.controllers._ingress_nginx.rewriting import EmptyPath
from kubectl_ingress.controllers._nginx import arguments
from kubectl_ingress.core.actions import Action, first_answer
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.request import Backend, Outcome, OutcomeKind, Request, Step
from kubectl_ingress.core.values import Value


class ErrorPages(Action, Struct, frozen=True):
    """What `inner` answers, but for statuses among `codes`: those `backend` answers.

    That one is asked for the root, with the query that came. Without a `backend`
    it is the controller's built-in 404. What a pod answers nobody can know, so a
    request that is sent on stays one.
    """

    inner: tuple[Action, ...]
    codes: frozenset[int]
    backend: Backend | None
    because: Value
    backends: tuple[Backend, ...] = ()

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """Always answers."""
        action, outcome = first_answer(self.inner, request, path)
        if not self._replaces(action, outcome):
            return outcome
        if self.backend is None:
            return Outcome(OutcomeKind.REPLY, 404)
        target = f"/{arguments(request)}"
        return Outcome(OutcomeKind.FORWARD, upstream_path=target, backends=(self.backend,))

    def _replaces(self, action: Action, outcome: Outcome) -> bool:
        if isinstance(action, EmptyPath):
            # ngx_http_named_location: no page is found for a path that is not there.
            return False
        return outcome.kind is OutcomeKind.REPLY and outcome.status in self.codes

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """What the location does, and who answers its errors."""
        action, outcome = first_answer(self.inner, request, path)
        steps = action.steps(request, path)
        who = f"{self.backend}, asked for /" if self.backend else "the controller itself, with 404"
        if self._replaces(action, outcome):
            text = f"{outcome.status} is answered by {who}"
        elif outcome.kind is OutcomeKind.FORWARD:
            listed = ", ".join(map(str, sorted(self.codes)))
            text = f"if the backend answers {listed}, the answer comes from {who}"
        else:
            return steps
        return (*steps, *self.because.step("errors", text))

    def findings(self, request: Request, path: str) -> tuple[Finding, ...]:
        """Those of what the location does."""
        action, _ = first_answer(self.inner, request, path)
        return action.findings(request, path)
