"""One request at one moment: where it goes, what comes of it, and whether that is right."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.controllers._discovery import Running
from kubectl_ingress.controllers._to_pods import protocol_annotations
from kubectl_ingress.core.answer import Answer, Failure, Plan, Sent, Unreachable
from kubectl_ingress.core.commands import command
from kubectl_ingress.core.judging_all import judge_all
from kubectl_ingress.core.objects import Finding, Snapshot
from kubectl_ingress.core.question import Controller, Expectation, Question
from kubectl_ingress.core.redirects import location_of
from kubectl_ingress.core.repetition import ONCE, Mode, Repetition, Run
from kubectl_ingress.core.request import Decision
from kubectl_ingress.core.result import RouteResult
from kubectl_ingress.core.sending import Sending
from kubectl_ingress.core.tally import Tally
from kubectl_ingress.core.values import Value
from kubectl_ingress.core.vantage import Place, Via, asked_in, judge_at
from kubectl_ingress.core.verdict import Verdict
from kubectl_ingress.testing.placing import Vantage, placed, prober_at
from kubectl_ingress.testing.repeating import send_repeatedly
from kubectl_ingress.testing.slow_names import SlowNames

if TYPE_CHECKING:
    from kubectl_ingress.env import Environment
    from kubectl_ingress.ports.cluster import Cluster
    from kubectl_ingress.ports.probe import Prober

Judge = Callable[[Answer | Unreachable], Verdict]
"""Says whether what came back is right."""


class Asked(Struct, frozen=True):
    """What is to be sent where, and what is expected; times in seconds.

    `target` is a path or a URL, `again` the command that asks the same again, `user` whose
    password a header holds, None for nobody's.
    """

    target: str
    method: str
    headers: tuple[tuple[str, str], ...]
    body: bytes | None
    sending: Sending
    repetition: Repetition
    wait: float
    ingress_class: str
    expectation: Expectation
    again: str
    vantage: Vantage = Vantage()
    user: str | None = None
    controller: str = ""


class Onlooker(Protocol):
    """Is told what happens meanwhile."""

    def missing(self, verdict: Verdict) -> None:
        """It did not pass yet, and is waited for."""

    def note(self, text: str) -> None:
        """Something that whoever waits should know."""

    def sent(self, tally: Tally, sent: Sent, verdict: Verdict) -> bool:
        """One of many was sent, and is in the tally; False where nobody will see any more."""


class Attempt(Struct, frozen=True, eq=False):
    """What is asked of one controller of a cluster, as that is now.

    `names` are asked past the machine's resolver; None where nobody waits for a name.
    `certificate` says what is wrong with that of a host, None where nothing is known to be.
    """

    environment: Environment
    cluster: Cluster
    asked: Asked
    onlooker: Onlooker
    snapshot: Snapshot
    running: Running
    names: SlowNames | None = None
    certificate: Callable[[str], Finding | None] = lambda host: None

    def send(self, decision: Decision, body: bytes | None) -> RouteResult:
        """Send the request of a Decision, as often as it was asked for, and judge it."""
        request, controller = decision.request, self.running.judged()
        found = self._placed(decision, body)
        if isinstance(found, Finding):
            verdict = Verdict("error", found.message, found.code, found.fix)
            return RouteResult(request, verdict, None, controller, decision)
        plan, place = found
        slow = self._slow(place)
        ahead = slow.led(plan) if slow else plan
        plan = ahead if isinstance(ahead, Plan) else plan
        tally = Tally(decision.outcome)
        vantage = self.asked.vantage
        with prober_at(self.environment, self.cluster, vantage, plan, place) as (who, plan, place):
            judged = self._judge(decision, controller, plan, place)
            if isinstance(ahead, Unreachable):
                run = Run(ONCE, 0.0)
                tally.add(Sent(0, 0.0, ahead), judged(ahead))
            else:
                run = self._repeat(who, plan, tally, judged)
        trace = command("ingress", "trace", self.asked.target)
        verdict = judge_all(tally, decision, run, trace)
        verdict = slow.remark(verdict) if slow else verdict
        mapped = bool(self.cluster.connect_to) and not plan.direct
        inside = vantage.inside
        return RouteResult(
            request, verdict, plan, controller, decision, tally, mapped, run, place, inside
        )

    def _placed(self, decision: Decision, body: bytes | None) -> tuple[Plan, Place] | Finding:
        request, sending = decision.request, self.asked.sending
        port = request.port or self.running.port(request.scheme)
        address = next(iter(self.running.addresses), "")
        led = placed(
            sending.plan(request, address, port, body),
            self.asked.vantage,
            self.running.entrance(self.snapshot),
            decision,
            self._protocol(decision),
            bool(self.cluster.connect_to),
        )
        if isinstance(led, Finding):
            return led
        plan, place = led
        directed = sending.directed(plan)
        if directed != plan:
            # --connect-to and --resolve have the last word, as with curl.
            place = replace(place, address=directed.address, port=directed.port)
        return directed, place

    def _protocol(self, decision: Decision) -> Value | None:
        """What the controller speaks to pods, as the Ingress that took the request says."""
        taken = decision.route.ingress if decision.route else ""
        ingress = self.snapshot.ingress_named(taken) if taken else None
        if ingress is None:
            return None
        names = protocol_annotations(self.running.profile.name, self.running.settings)
        return asked_in(names, f"Ingress {taken}", ingress.meta.annotations)

    def _slow(self, place: Place) -> SlowNames | None:
        """Who asks for the name, where it is this machine that has to find it in DNS."""
        elsewhere = self.asked.vantage.inside or self.cluster.connect_to
        return self.names if place.via is Via.LB and not elsewhere else None

    def _judge(self, decision: Decision, controller: Controller, plan: Plan, place: Place) -> Judge:
        slices = self.snapshot.slices
        pods = frozenset(end.pod for piece in slices for end in piece.endpoints if end.pod)
        mapped = bool(self.cluster.connect_to) and not plan.direct
        question = Question(
            plan,
            self.asked.expectation,
            self.asked.again,
            pods,
            mapped,
            protocol=self._protocol(decision),
            waited=self.asked.wait > 0,
        )
        # What is expected is expected of the last answer.
        between = replace(question, expectation=Expectation())
        follows = self.asked.sending.follow is not None

        def judged(result: Answer | Unreachable) -> Verdict:
            meant = between if follows and location_of(result) else question
            if isinstance(result, Unreachable) and result.why is Failure.TLS:
                meant = replace(meant, certificate=self.certificate(plan.request.host))
            return judge_at(place, decision, result, controller, meant)

        return judged

    def _repeat(self, prober: Prober, plan: Plan, tally: Tally, judged: Judge) -> Run:
        repetition = self.asked.repetition

        def goes_on(sent: Sent) -> bool:
            verdict = judged(sent.result)
            tally.add(sent, verdict)
            if not repetition.once and not self.onlooker.sent(tally, sent, verdict):
                return False
            return verdict.passed or repetition.mode is not Mode.UNTIL_FAIL

        run = send_repeatedly(self.environment, prober, plan, repetition, goes_on)
        tally.finish()
        if not tally.requests:
            raise KeyboardInterrupt
        return run
