"""The requests of route tests, each sent to two addresses: what differs between the answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.core.answer import Answer, Plan, Unreachable
from kubectl_ingress.core.authority import parse_authority
from kubectl_ingress.core.commands import command
from kubectl_ingress.core.exchange import Exchange
from kubectl_ingress.core.hosts import is_ip
from kubectl_ingress.core.objects import Service, Snapshot
from kubectl_ingress.core.request import Request, usual_port
from kubectl_ingress.core.route_judging import Judged, Status, Unchecked, not_judged
from kubectl_ingress.core.route_test import RouteTest
from kubectl_ingress.core.sending import Sending
from kubectl_ingress.core.table import RouteTable
from kubectl_ingress.core.unlike_answers import BY_BACKEND, differences, facets, unsteady
from kubectl_ingress.core.who_answered import Pods
from kubectl_ingress.errors import UsageError
from kubectl_ingress.testing.live_specs import CONCURRENCY
from kubectl_ingress.testing.specs import Spec

if TYPE_CHECKING:
    from kubectl_ingress.ports.probe import Prober

_EXAMPLE = "examples: lb.example.com, 203.0.113.7:8080, ingress-nginx/ingress-nginx-controller"


class Side(Struct, frozen=True):
    """One of the two: `name` as it was typed. `port` is None for the scheme's own.

    `service` is the Service that was named, whose own ports count then.
    """

    name: str
    address: str
    port: int | None = None
    service: Service | None = None

    def plan(self, request: Request, sending: Sending) -> Plan:
        """A request to it; one without a host asks it under its own name."""
        request = replace(request, host=request.host or self.address)
        port = self.port or request.port or self._usual(request.scheme)
        plan = sending.plan(request, self.address, port)
        # A cluster's own file of addresses has names alone.
        return replace(plan, direct=is_ip(self.address))

    def _usual(self, scheme: str) -> int:
        usual = usual_port(scheme)
        ports = self.service.ports if self.service else ()
        named = [port.number for port in ports if port.name == scheme]
        return usual if not named or usual in {port.number for port in ports} else named[0]


def parse_side(typed: str, snapshot: Snapshot) -> Side:
    """``ADDRESS``, ``HOST:PORT``, or ``NAMESPACE/NAME`` of a Service with a load balancer.

    Raises UsageError.
    """
    _, scheme, rest = typed.partition("://")
    if scheme:
        address = rest.partition("/")[0]
        raise UsageError(f"{typed!r} is a URL, and --diff takes two addresses", f"write {address}")
    namespace, slash, name = typed.partition("/")
    if slash:
        service = snapshot.service_by_key.get((namespace, name))
        if service is None:
            step = command("get", "services", "-n", namespace)
            raise UsageError(f"there is no Service {typed}", step)
        if not service.addresses:
            step = command("describe", "service", "-n", namespace, name)
            raise UsageError(f"Service {typed} has no address", step)
        return Side(typed, service.addresses[0], service=service)
    try:
        host, port = (typed, None) if is_ip(typed) else parse_authority(typed)
    except ValueError:
        host, port = "", None
    if not host or any(c.isspace() for c in host):
        raise UsageError(f"{typed!r} is no address", _EXAMPLE)
    return Side(typed, host, port)


class Comparison(Struct, frozen=True):
    """Sends to both sides. `mapped` is whether a file of the cluster's own tells addresses.

    `tables` are those of the cluster's controllers: where one of them splits a
    request between backends, who answers is chance.
    """

    old: Side
    new: Side
    pods: Pods
    tables: tuple[RouteTable, ...]
    prober: Prober
    sending: Sending
    mapped: bool

    def judge(self, specs: Sequence[Spec]) -> Iterator[Judged]:
        """Each test's request at both sides, in the order of the tests.

        The old one is asked twice: what differs between its own answers is not compared.
        """
        tests = [test for spec in specs for test in spec.tests.tests]
        asked = (self.old, self.new, self.old)
        plans = [side.plan(test.request, self.sending) for test in tests for side in asked]
        coming = self.prober.send_all(plans, concurrency=CONCURRENCY)
        answers: dict[int, Answer | Unreachable] = {}
        for number, test in enumerate(tests):
            numbers = range(3 * number, 3 * number + 3)
            while not all(one in answers for one in numbers):
                sent = next(coming)
                answers[sent.index] = sent.result
            first, other, again = (answers.pop(one) for one in numbers)
            plan = plans[3 * number + 1]
            pod = self.pods.who(other, ()) if isinstance(other, Answer) else ""
            mapped = self.mapped and not plan.direct
            exchange = Exchange(plan, (other,), (pod,), mapped)
            yield replace(self._judged(test, first, other, again), exchange=exchange)

    def _judged(
        self,
        test: RouteTest,
        first: Answer | Unreachable,
        other: Answer | Unreachable,
        again: Answer | Unreachable,
    ) -> Judged:
        old, new, once_more = (facets(one, self.pods) for one in (first, other, again))
        if "answer" in old and "answer" in new:
            why = f"{self.old.name}: {old['answer']}; {self.new.name}: {new['answer']}"
            return not_judged(test, f"neither answered: {why}")
        apart = dict.fromkeys(unsteady(old, once_more), f"{self.old.name} itself varies")
        if self._is_split(test.request):
            apart |= dict.fromkeys(BY_BACKEND, "several backends share the requests")
        found = differences(old, new, apart)
        unchecked = tuple(
            Unchecked(name, why) for name, why in apart.items() if name in old or name in new
        )
        status = Status.FAILED if found else Status.PASSED
        reason = "; ".join(
            f"{one.field}: {_said(one.expected)} → {_said(one.actual)}" for one in found
        )
        return Judged(test, status, reason, differences=found, unchecked=unchecked)

    def _is_split(self, request: Request) -> bool:
        outcomes = (table.decide(request).outcome for table in self.tables)
        return any(sum(bool(one.weight) for one in each.backends) > 1 for each in outcomes)


def _said(value: object) -> str:
    return "none" if value is None else str(value)
