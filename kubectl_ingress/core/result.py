"""What one `test` found: everything that is printed, and nothing that is not known."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.core.answer import Answer, Plan, Unreachable, pod_in
from kubectl_ingress.core.curl import curl_command
from kubectl_ingress.core.question import Controller
from kubectl_ingress.core.redirects import Redirect
from kubectl_ingress.core.repetition import Run
from kubectl_ingress.core.request import Decision, Request
from kubectl_ingress.core.tally import Tally
from kubectl_ingress.core.vantage import Place
from kubectl_ingress.core.verdict import Verdict


class RouteResult(Struct, frozen=True):
    """One request, sent once or many times.

    `plan`, `controller`, `decision` and `tally` are None where there was nobody to
    send it to, and so is `run`. `mapped` is whether a file of the
    cluster's own says where its load balancers are, and not DNS. `place` is what
    it was sent to, `inside` whether a pod of the cluster sent it. `redirects` are
    those that were followed from what was asked for to `request`.
    """

    request: Request
    verdict: Verdict
    plan: Plan | None = None
    controller: Controller | None = None
    decision: Decision | None = None
    tally: Tally | None = None
    mapped: bool = False
    run: Run | None = None
    place: Place | None = None
    inside: bool = False
    redirects: tuple[Redirect, ...] = ()

    @property
    def requests(self) -> int:
        """How many were sent and have an end."""
        return self.tally.requests if self.tally else 0

    @property
    def last(self) -> Answer | Unreachable | None:
        """What came of the last one."""
        return self.tally.last if self.tally else None

    def pod_of(self, answer: Answer) -> str:
        """The pod that sent it, "" where the body names none."""
        return pod_in(answer, self.decision.outcome.pods) if self.decision else ""

    @property
    def curl(self) -> str:
        """The curl command that sends the same request, "" where it could not be sent."""
        if self.place is not None and self.place.through:
            # Nobody listens there any more.
            return ""
        if self.plan is None or not self.mapped:
            return curl_command(self.plan) if self.plan else ""
        # curl asks DNS, which does not know this address: name the one that was meant.
        if self.tally is None or self.tally.reached is None:
            return ""
        peer, port = self.tally.reached
        return curl_command(replace(self.plan, address=peer, port=port))
