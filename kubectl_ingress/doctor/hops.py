"""Sends the requests, and where one fails looks for the first hop that does.

Mostly one request is enough: what the load balancer answers as it should has
passed all hops before it. Only after a failure each of them is asked, from the
pod of the application outwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.certificates import describe_pem
from kubectl_ingress.controllers._discovery import Running
from kubectl_ingress.controllers._ingress_nginx.config_map import find_config_map
from kubectl_ingress.core.answer import Answer, Failure, Plan, Timings, Unreachable
from kubectl_ingress.core.checkup import Checked, Section, State
from kubectl_ingress.core.commands import command
from kubectl_ingress.core.fingerprints import PLAIN_TO_TLS
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.question import Expectation, Question
from kubectl_ingress.core.request import OutcomeKind, Request
from kubectl_ingress.core.tls import Looking, certificate_problem
from kubectl_ingress.core.vantage import (
    Place,
    Via,
    judge_at,
    place_of,
    sent_to_pod,
    ways,
)
from kubectl_ingress.core.verdict import Verdict
from kubectl_ingress.doctor.blame import Hop, blame
from kubectl_ingress.doctor.case import Case
from kubectl_ingress.doctor.requests import Planned, planned
from kubectl_ingress.errors import ApiError
from kubectl_ingress.testing.placing import Vantage, prober_at

if TYPE_CHECKING:
    from kubectl_ingress.env import Environment
    from kubectl_ingress.ports.cluster import Cluster

AREA = "Requests"
NAME = "hops"

# Whoever is not in the cluster's network waits for nothing at all.
_INSIDE_SECONDS = 2.0
_AWAY = (Failure.TIMEOUT, Failure.UNREACHABLE, Failure.NAME)


def ask(
    environment: Environment, cluster: Cluster, case: Case, max_time: float
) -> tuple[Section, ...]:
    """The lines of all requests; `max_time` is in seconds, for each."""
    wanted, more, unmet = planned(case)
    asking = _Asking(environment, cluster, case, max_time)
    lines = [line for one in wanted for line in asking.lines(one)]
    if more:
        text = f"{more} more are not sent: name an INGRESS"
        lines.append(Checked("requests", text, otherwise=State.SKIPPED))
    if unmet:
        others = f" and {len(unmet) - 1} more" if len(unmet) > 1 else ""
        text = f"none is sent for {unmet[0]}{others}: no example of such a path could be made up"
        lines.append(Checked("requests", text, otherwise=State.SKIPPED))
    return (Section(AREA, NAME, tuple(lines)),) if lines else ()


class _Asking(Struct, dict=True):
    """One examination's requests."""

    environment: Environment
    cluster: Cluster
    case: Case
    max_time: float

    @cached_property
    def _pods(self) -> frozenset[str]:
        slices = self.case.snapshot.slices
        return frozenset(end.pod for piece in slices for end in piece.endpoints if end.pod)

    @cached_property
    def _told(self) -> frozenset[str]:
        """What the checks have said already."""
        return frozenset(one.finding.message for one in self.case.report.found)

    def lines(self, one: Planned) -> Iterator[Checked]:
        """The request by the load balancer; where it fails, by each hop."""
        label = f"{one.request.method} {one.request.url}"
        entry = self._entry(one)
        if entry is None:
            yield Checked(label, "no address to send it to", otherwise=State.SKIPPED)
            return
        outer = self._sent(one, entry)
        finding = _finding(one, outer)
        if outer.away:
            yield Checked(label, _came(outer), otherwise=State.SKIPPED)
        elif not outer.failed:
            yield Checked(label, _came(outer), finding)
            yield from self._by_name(one)
        elif outer.verdict.code == "KI204":
            # Said of the controller itself; what is behind it has no part in this.
            yield Checked(label, f"{_came(outer)}: no pod is ready", otherwise=State.ERROR)
        elif _is_guarded(outer):
            text = f"{_came(outer)}: kept out by a guard of its own; what is behind was not asked"
            yield Checked(label, text, otherwise=State.SKIPPED)
        elif outer.verdict.sentence in self._told:
            text = f"{_came(outer)}: {outer.verdict.code}, as above"
            yield Checked(label, text, otherwise=State.ERROR)
        elif outer.verdict.code == "KI301" and self._is_told(self._certificate(one)):
            yield Checked(label, f"{_came(outer)}: KI302, as above", otherwise=State.ERROR)
        elif finding is None or not _may_be_hidden(one, outer):
            yield Checked(label, _came(outer), finding)
        else:
            hops = [*self._behind(one, entry), outer]
            first = next((hop for hop in hops if hop.failed), outer)
            blamed = blame(one, hops, first, self.case)
            yield Checked(label, _came(outer), replace(finding, **blamed))
            for hop in hops:
                text = f"{_came(hop)}   {hop.place.title}"
                yield Checked(f"  {hop.place.via}", text, otherwise=hop.state)

    def _certificate(self, one: Planned) -> Finding | None:
        case = self.case
        looking = Looking(one.live.table, case.snapshot, describe_pem, case.now)
        return certificate_problem(one.request.host, looking)

    def _is_told(self, problem: Finding | None) -> bool:
        """Whether a check has said already what is wrong with a certificate: it mends the same."""
        said = {one.finding.fix for one in self.case.report.found if one.finding.code == "KI302"}
        return problem is not None and problem.fix in said

    def _entry(self, one: Planned) -> Place | None:
        """Where requests come in: the load balancer, a node where there is none by design."""
        running, request = one.live.running, one.request
        if one.address:
            port = running.port(request.scheme) if running else request.listener_port
            return Place(Via.LB, one.address, port, f"load balancer {one.address}")
        if running is None or running.service is None or running.service.type != "NodePort":
            return None
        entrance = running.entrance(self.case.snapshot)
        place = place_of(Via.NODEPORT, entrance, one.decision)
        return place if isinstance(place, Place) else None

    def _behind(self, one: Planned, entry: Place) -> Iterator[Hop]:
        """The hops behind the one where requests come in, the pod first."""
        running = one.live.running
        if running is None:
            return
        for place in ways(running.entrance(self.case.snapshot), one.decision):
            # In a lab no ClusterIP leads anywhere.
            hidden = place.via is Via.SERVICE and self.cluster.connect_to
            if place.via in (Via.LB, entry.via) or hidden:
                continue
            if place.via is not Via.POD and self._expects_more(running):
                yield _away(place, one.request, "not asked: it expects the PROXY protocol")
            else:
                yield self._sent(one, place)

    def _expects_more(self, running: Running) -> bool:
        """Whether ingress-nginx wants the PROXY protocol, which is not spoken here."""
        config = find_config_map(running.told, self.case.snapshot)
        told = config.data.get("use-proxy-protocol", "false") if config is not None else "false"
        return told.lower() == "true"

    def _sent(self, one: Planned, place: Place) -> Hop:
        """The request sent to one place, and what to think of what came."""
        request = one.request
        if place.via is Via.POD:
            request = sent_to_pod(one.decision, one.protocol)
        result = self._send(request, place)
        if place.via is Via.POD and _may_speak_other(one, result):
            result, request = self._by_other_scheme(request, place, result)
        if place.via is not Via.LB and _is_away(result):
            return _away(place, request, "not reached from here")
        again = command("ingress", "test", one.request.url)
        question = Question(self._plan(request, place), Expectation(), again, self._pods)
        question = replace(question, protocol=one.protocol)
        if isinstance(result, Unreachable) and result.why is Failure.TLS:
            question = replace(question, certificate=self._certificate(one))
        controller = one.live.judged(one.ingress.meta.key)
        verdict = judge_at(place, one.decision, result, controller, question)
        return Hop(place, request, result, verdict)

    def _send(self, request: Request, place: Place) -> Answer | Unreachable:
        plan, vantage = self._plan(request, place), Vantage(place.via)
        through = prober_at(self.environment, self.cluster, vantage, plan, place)
        try:
            with through as (prober, led, _):
                return prober.send(led)
        except ApiError as error:
            # It may not be forwarded to.
            return Unreachable(Failure.UNREACHABLE, error.sentence, "connect", Timings(0.0))

    def _by_other_scheme(
        self, request: Request, place: Place, result: Answer | Unreachable
    ) -> tuple[Answer | Unreachable, Request]:
        """The answer by http where https failed, or the reverse; else what came first."""
        other = replace(request, scheme="http" if request.scheme == "https" else "https")
        again = self._send(other, place)
        return (again, other) if isinstance(again, Answer) else (result, request)

    def _plan(self, request: Request, place: Place) -> Plan:
        outside = place.via is Via.LB
        patience = self.max_time if outside else min(self.max_time, _INSIDE_SECONDS)
        # What a pod shows is for the controller alone, which does not verify it either.
        return Plan(
            request,
            place.address,
            place.port,
            max_time=patience,
            verify=place.via is not Via.POD,
            direct=not outside,
        )

    def _by_name(self, one: Planned) -> Iterator[Checked]:
        """By the host's own name, where that leads elsewhere than to the load balancer."""
        host = one.request.host
        answers = self.case.names.get(host, ())
        known = {ip for each in self.case.names.get(one.address, ()) for ip in each.addresses}
        found = answers[0].addresses if answers else ()
        if self.cluster.connect_to or not found or set(found) <= known | {one.address}:
            return
        hop = self._sent(one, Place(Via.LB, host, one.request.listener_port, f"name {host}"))
        yield Checked(f"  by its name, {found[0]}", _came(hop), _finding(one, hop))


def _finding(one: Planned, hop: Hop) -> Finding | None:
    verdict = hop.verdict
    if not verdict.code:
        return None
    message = f"{one.request.method} {one.request.url}: {verdict.sentence}"
    about = f"Ingress {one.ingress.meta.key}"
    return Finding(verdict.code, verdict.level, message, about, fix=verdict.fix)


def _may_speak_other(one: Planned, result: Answer | Unreachable) -> bool:
    """Whether a pod may speak TLS where it was asked without, or the reverse."""
    if isinstance(result, Unreachable):
        return result.why in (Failure.TLS, Failure.BROKEN, Failure.GARBAGE)
    # Where the Ingress does not say it, nobody here knows what the controller asks in.
    return PLAIN_TO_TLS in result.text and not one.protocol_names


def _is_guarded(hop: Hop) -> bool:
    """Whether a password or an address is asked for, as the Ingress says: all is well so far."""
    refused = isinstance(hop.result, Answer) and hop.result.status in (401, 403)
    return refused and hop.verdict.code == "KI401"


def _came(hop: Hop) -> str:
    """What came, in a few words."""
    if hop.away:
        return hop.verdict.sentence
    result = hop.result
    if isinstance(result, Answer):
        return f"{result.status}, {result.timings.total * 1000:.0f} ms"
    return str(result.why)


def _away(place: Place, request: Request, why: str) -> Hop:
    """A place of which nothing is learnt."""
    nothing = Unreachable(Failure.UNREACHABLE, why, "connect", Timings(0.0))
    return Hop(place, request, nothing, Verdict("ok", why), away=True)


def _is_away(result: Answer | Unreachable) -> bool:
    """Whether no connection was made, as where this machine is not in the cluster's network."""
    return isinstance(result, Unreachable) and result.why in _AWAY and result.phase != "answer"


def _may_be_hidden(one: Planned, outer: Hop) -> bool:
    """Whether the hops behind may tell more: where a backend should have answered, or nobody did.

    Where the answer is the predicted one, the objects are what is wrong; a
    certificate is the same at every hop.
    """
    if isinstance(outer.result, Unreachable):
        return outer.result.why is not Failure.TLS
    return one.decision.outcome.kind is OutcomeKind.FORWARD
