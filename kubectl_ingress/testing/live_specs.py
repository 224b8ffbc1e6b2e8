"""Route tests sent to the cluster's own load balancers, with the prediction beside each answer."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from kubectl_ingress.controllers._discovery import Running
from kubectl_ingress.core.answer import Answer, Plan, Unreachable
from kubectl_ingress.core.exchange import Exchange
from kubectl_ingress.core.live_judging import Side, judge_exchange
from kubectl_ingress.core.objects import Finding, Snapshot
from kubectl_ingress.core.request import Decision, Request, Route
from kubectl_ingress.core.route_judging import Judged, Status, Unchecked, not_judged
from kubectl_ingress.core.route_test import RouteTest
from kubectl_ingress.core.sending import Sending
from kubectl_ingress.core.table import RouteTable
from kubectl_ingress.core.vantage import Place, node_entry
from kubectl_ingress.core.who_answered import Pods
from kubectl_ingress.errors import IngressError, UsageError
from kubectl_ingress.livechoice import live_tables, the_one
from kubectl_ingress.testing.specs import Spec

if TYPE_CHECKING:
    from kubectl_ingress.ports.probe import Prober

CONCURRENCY = 20
"""Requests that are on their way at the same time."""


class _Way(Struct, frozen=True):
    """What decides about a request, and where it is sent; `side` judges what comes back.

    `running` is None for a controller that runs outside the cluster, or not at all.
    """

    table: RouteTable
    running: Running | None
    side: Side


class _Underway(Struct):
    """A test that is sent, with the answers that are there, by their number."""

    test: RouteTest
    decision: Decision
    plan: Plan
    side: Side
    answers: dict[int, Answer | Unreachable] = field(default_factory=dict)

    @property
    def is_measured(self) -> bool:
        """Whether it is about time, so that nothing else may be on its way."""
        return bool(self.test.expected.answer.latency)


class LiveTests:
    """Sends route tests to one cluster. `mapped` is whether its own file tells the addresses.

    `ingress_class` and `controller` are what was typed, "" for nothing; `now` is aware.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        prober: Prober,
        sending: Sending,
        ingress_class: str,
        now: datetime,
        mapped: bool,
        controller: str = "",
    ) -> None:
        self.snapshot = snapshot
        self._prober = prober
        self._sending = sending
        self._class = ingress_class
        self._controller = controller
        self._now = now
        self._mapped = mapped
        self._pods = Pods(snapshot)
        self._ways: dict[tuple[str, str], _Way | str] = {}
        self._tables: dict[tuple[str, str], _Way] = {}

    def judge(self, specs: Sequence[Spec]) -> Iterator[Judged]:
        """All tests in their order, each as soon as it and those before it are done.

        Many are on their way at the same time, but for those that measure latencies:
        these are sent when the others are done, one request after the other.
        """
        cases = [self._case(spec, test) for spec in specs for test in spec.tests.tests]
        sent = [one for one in cases if isinstance(one, _Underway)]
        coming = self._send([one for one in sent if not one.is_measured], CONCURRENCY)
        for case in cases:
            if isinstance(case, Judged):
                yield case
                continue
            if case.is_measured:
                deque(coming, maxlen=0)
                coming = self._send([case], 1)
            while len(case.answers) < case.test.count:
                next(coming)
            yield self._judged(case)
            # What was sent stays with what was judged alone.
            case.answers.clear()

    def _send(self, cases: Sequence[_Underway], concurrency: int) -> Iterator[None]:
        """Each step of it is one answer more, kept with its test."""
        plans = [(case, number) for case in cases for number in range(case.test.count)]
        for one in self._prober.send_all((case.plan for case, _ in plans), concurrency=concurrency):
            case, number = plans[one.index]
            case.answers[number] = one.result
            yield

    def _judged(self, case: _Underway) -> Judged:
        answers = tuple(answer for _, answer in sorted(case.answers.items()))
        likely = case.decision.outcome.pods
        pods = tuple(
            self._pods.who(one, likely) if isinstance(one, Answer) else "" for one in answers
        )
        mapped = self._mapped and not case.plan.direct
        exchange = Exchange(case.plan, answers, pods, mapped)
        return judge_exchange(case.test, case.decision, exchange, case.side)

    def _case(self, spec: Spec, test: RouteTest) -> _Underway | Judged:
        if test.request.client:
            why = "the sender cannot choose the address that the controller sees"
            unchecked = (Unchecked("request.clientIP", why),)
            return Judged(test, Status.UNCHECKED, unchecked=unchecked)
        try:
            way = self._way(self._controller or spec.tests.controller, test.request.host)
        except IngressError as error:
            return not_judged(test, " · ".join([error.sentence, *error.next_step.splitlines()]))
        if isinstance(way, str):
            return Judged(test, Status.FAILED, way)
        if way.running is not None and way.running.is_at_nodes:
            return self._at_nodes(test, way, way.running)
        address = way.running.addresses[0] if way.running and way.running.addresses else ""
        # A path is asked of the load balancer under its own name.
        decision = way.table.decide(replace(test.request, host=test.request.host or address))
        address = address or self._own_address(decision.route)
        if address:
            plan = self._plan(decision.request, address, way.running)
            return _Underway(test, decision, plan, way.side)
        if way.running is not None:
            finding = way.running.no_address()
            reason = f"{finding.code}: {finding.message}"
            return Judged(test, Status.FAILED, reason, decision.outcome)
        title = way.side.controller.title
        sentence = (
            f"{title} does not run in this cluster, and no Ingress of the route has an address"
        )
        return not_judged(test, f"{sentence} · kubectl ingress status")

    def _at_nodes(self, test: RouteTest, way: _Way, running: Running) -> _Underway | Judged:
        """A test whose requests come in at the port of a node."""
        request = test.request
        place: Place | Finding = running.no_address()
        if self.snapshot.nodes:
            place = node_entry(running.entrance(self.snapshot), request)
        if isinstance(place, Finding):
            decision = way.table.decide(request)
            return Judged(test, Status.FAILED, f"{place.code}: {place.message}", decision.outcome)
        if not request.host:
            request = replace(request, host=place.address, port=place.port)
        decision = way.table.decide(request)
        plan = self._sending.plan(request, place.address, place.port)
        plan = self._sending.directed(replace(plan, direct=True))
        return _Underway(test, decision, plan, way.side)

    def _own_address(self, route: Route | None) -> str:
        """That of the Ingress: some controllers have a load balancer for each, "" for none."""
        ingress = self.snapshot.ingress_named(route.ingress) if route else None
        return ingress.addresses[0] if ingress and ingress.addresses else ""

    def _plan(self, request: Request, address: str, running: Running | None) -> Plan:
        usual = running.port(request.scheme) if running else request.listener_port
        port = request.port or usual
        return self._sending.directed(self._sending.plan(request, address, port))

    def _way(self, controller: str, host: str) -> _Way | str:
        """By the class alone where that is enough, else by the Ingresses that have the host.

        A text says why there is none.
        """
        for asked in ((controller, ""), (controller, host)):
            if asked not in self._ways:
                try:
                    self._ways[asked] = self._chosen(*asked)
                except UsageError:
                    if asked[1]:
                        raise
                    continue
            return self._ways[asked]
        raise AssertionError("with a host it is found, or an error")

    def _chosen(self, controller: str, host: str) -> _Way | str:
        found = live_tables(self.snapshot, controller, self._class, host=host)
        live = the_one(found)
        if live is None:
            return "KI203: no ingress controller runs in this cluster"
        running, name = live.running, live.table.controller
        key = (running.workload.meta.key if running else "", name)
        if key not in self._tables:
            side = Side(self.snapshot, live.judged(), self._pods, self._now)
            self._tables[key] = _Way(live.table, running, side)
        return self._tables[key]
