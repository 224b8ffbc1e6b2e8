"""Runs a whole command line against fakes: what a person types, and what they see."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kubectl_ingress.__main__ import main
from kubectl_ingress.core.answer import Answer, Plan, Sent, Timings, Unreachable
from kubectl_ingress.core.zones import Unasked, ZoneAnswer
from kubectl_ingress.env import Environment
from tests.fakes import FakeCluster
from tests.terminals import Terminal

if TYPE_CHECKING:
    from kubectl_ingress.ports.dns import Names
    from kubectl_ingress.ports.probe import Prober


@dataclass
class FakeProber:
    """Answers with what `reply` makes of each plan; keeps the plans."""

    reply: Callable[[Plan], Answer | Unreachable]
    monotonic: Callable[[], float] = lambda: 0.0
    plans: list[Plan] = field(default_factory=list)

    def send(self, plan: Plan) -> Answer | Unreachable:
        self.plans.append(plan)
        return self.reply(plan)

    def send_all(self, plans: Iterable[Plan], *, concurrency: int = 1) -> Iterator[Sent]:
        begun = self.monotonic()
        for number, plan in enumerate(plans):
            at = self.monotonic() - begun
            yield Sent(number, at, self.send(plan))


@dataclass
class FakeClock:
    """Time that passes only when somebody sleeps."""

    now: float = 0.0
    on_sleep: Callable[[float], None] = lambda now: None

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.on_sleep(self.now)


class NoNames:
    """A machine that reaches no name server, and finds all names in its hosts file."""

    def in_hosts(self, name: str) -> bool:
        return True

    def resolves(self, name: str) -> bool:
        raise AssertionError("a name from the hosts file is asked of nobody")

    def zone(self, name: str) -> ZoneAnswer | Unasked:
        raise AssertionError("a name from the hosts file is asked of nobody")


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    status: int
    stdout: str
    stderr: str


def answer(status: int = 200, body: str = "", **headers: str) -> Answer:
    given = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Answer(status, given, body.encode(), Timings(0.01, 0.001, 0.002), "203.0.113.10")


def run(
    words: Sequence[str],
    cluster: FakeCluster | None = None,
    reply: Callable[[Plan], Answer | Unreachable] | None = None,
    clock: FakeClock | None = None,
    stdin: str = "",
    prober: Callable[[str], Prober] | None = None,
    download: Callable[[str, str], bytes] | None = None,
    names: Names | None = None,
    variables: Mapping[str, str] | None = None,
    reaches: Callable[[str, int, float], bool] | None = None,
    columns: int | None = None,
) -> Ran:
    """The exit status and both streams of ``kubectl ingress WORDS``.

    `prober` is asked for one instead of `reply` where it matters how it is made.
    `download` gives a file for its address and digest. `variables` are the
    environment's, none where they do not matter. `reaches` is asked about pods. `columns` are
    those of the terminal that is written to, None for none.
    """
    stdout, stderr = io.StringIO(), io.StringIO()
    if columns is not None:
        stdout, stderr = Terminal(columns), Terminal(columns)
    clock = clock or FakeClock()

    def make_cluster(environment: Environment, options: object) -> FakeCluster:
        assert cluster is not None, "this command should not need a cluster"
        return cluster

    def make_prober(connect_to: str) -> FakeProber:
        assert reply is not None, "this command should not send anything"
        return FakeProber(reply, monotonic=clock.monotonic)

    environment = Environment(
        stdin=io.StringIO(stdin),
        stdout=stdout,
        stderr=stderr,
        variables=variables or {},
        monotonic=clock.monotonic,
        sleep=clock.sleep,
        make_cluster=make_cluster,  # type: ignore[arg-type]
        make_prober=prober or make_prober,
        names=lambda: names or NoNames(),
        **({"download": download} if download else {}),
        **({"reaches": reaches} if reaches else {}),
    )
    status = main(words, environment)
    return Ran(int(status), stdout.getvalue(), stderr.getvalue())
