"""Waiting for the name of a load balancer, past resolvers that remember what they should not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kubectl_ingress.core.answer import Answer, Failure, Plan, Timings, Unreachable
from kubectl_ingress.core.zones import Unasked, ZoneAnswer
from kubectl_ingress.ports import dns
from kubectl_ingress.ports.dns import NameServers, NameService, ask_zone
from tests.commands.test_test import PODS, road
from tests.manifests import LB
from tests.ports.name_servers import RESOLVER, Resolver, Zone, serving
from tests.running import FakeClock, Ran, answer, run

URL = f"http://{LB}/echo-hostname"
IP = "203.0.113.10"


@dataclass
class FakeNames:
    """A zone that gets the name at some time, and a resolver that remembers that it was not there.

    `born` is when, in seconds; the resolver remembers for `memory` seconds.
    """

    clock: FakeClock
    born: float = 0.0
    memory: float = 60.0
    unasked: str = ""
    hosts: tuple[str, ...] = ()
    zones_asked: int = 0
    denied_at: float | None = field(default=None)

    def in_hosts(self, name: str) -> bool:
        return name in self.hosts

    def resolves(self, name: str) -> bool:
        now = self.clock.now
        if self.denied_at is not None and now < self.denied_at + self.memory:
            return False
        if now < self.born:
            self.denied_at = now
            return False
        return True

    def zone(self, name: str) -> ZoneAnswer | Unasked:
        self.zones_asked += 1
        if self.unasked:
            return Unasked(self.unasked)
        there = self.clock.now >= self.born
        addresses = (IP,) if there else ()
        return ZoneAnswer(name, "amazonaws.com", "ns1.example", there, addresses, (), None, 60)

    def reply(self, plan: Plan) -> Answer | Unreachable:
        """What a prober meets that resolves as this machine does."""
        if plan.address == IP or self.resolves(plan.address):
            return answer(200, PODS[0])
        return Unreachable(Failure.NAME, "Name or service not known", "dns", Timings(0.01))


def waited(names: FakeNames, *words: str) -> Ran:
    return run(
        ["test", URL, "--wait", "5m", *words], road(LB), names.reply, names.clock, names=names
    )


def test_no_resolver_is_asked_before_the_zone_has_the_name() -> None:
    names = FakeNames(FakeClock(), born=31.0)
    ran = waited(names)
    assert ran.status == 0, ran.stdout
    assert names.clock.now == 32.0
    # So nothing had to be forgotten, and what follows finds the name as well.
    assert names.denied_at is None
    assert "KI650" not in ran.stdout
    assert ran.stderr.count("waiting: ") == 1
    assert "KI602" in ran.stderr
    assert "the name servers of amazonaws.com do not have it yet" in ran.stderr


def test_a_resolver_that_was_asked_too_early_is_passed_by() -> None:
    names = FakeNames(FakeClock(), born=10.0, memory=900.0)
    # Somebody was impatient.
    assert not names.resolves(LB)
    ran = waited(names, "-v")
    assert ran.status == 0, ran.stdout
    assert names.clock.now == 10.0
    text = " ".join(ran.stdout.split())
    assert f"! KI650 answered by the application, as predicted; but it was sent to {IP}" in text
    assert "for up to 60 s" in text
    # The command that is shown does the same.
    assert f"--connect-to {LB}:80:{IP}:80" in ran.stdout


def test_all_of_many_requests_pass_it_by() -> None:
    names = FakeNames(FakeClock(), born=10.0, memory=900.0)
    names.resolves(LB)
    ran = waited(names, "--count", "30")
    assert ran.status == 0, ran.stdout
    assert "200 × 30" in ran.stdout
    assert "KI650" in ran.stdout


def test_a_zone_that_cannot_be_asked_is_told_once_and_the_resolver_decides() -> None:
    names = FakeNames(FakeClock(), born=7.0, memory=20.0, unasked="nobody answered in time")
    ran = waited(names)
    assert ran.status == 0, ran.stdout
    # Asked too early, it had to forget first.
    assert names.clock.now == 20.0
    assert names.zones_asked == 1
    said = "waiting: the zone of that name was not asked itself: nobody answered in time"
    assert ran.stderr.splitlines()[0] == said
    assert ran.stderr.count("waiting: ") == 2


def test_a_name_that_resolves_is_not_talked_about() -> None:
    names = FakeNames(FakeClock(), unasked="nobody answered in time")
    ran = waited(names)
    assert (ran.status, ran.stderr) == (0, "")


def test_the_hosts_file_goes_first() -> None:
    names = FakeNames(FakeClock(), hosts=(LB,))
    assert waited(names).status == 0
    assert names.zones_asked == 0


def test_without_wait_the_machine_s_own_resolver_is_what_counts() -> None:
    names = FakeNames(FakeClock(), born=1.0)
    ran = run(["test", URL], road(LB), names.reply, names.clock, names=names)
    assert (ran.status, names.zones_asked) == (1, 0)
    assert "KI602" in ran.stdout


def test_the_last_look_is_the_machine_s_own() -> None:
    # As where a private zone has another view of the same name.
    names = FakeNames(FakeClock(), born=1e9)
    names.resolves = lambda name: True  # type: ignore[method-assign]
    assert waited(names).status == 0
    assert names.clock.now == 300.0


@pytest.mark.parametrize("mapped", [True, False])
def test_where_a_file_has_the_places_nobody_is_asked(mapped: bool, tmp_path: Path) -> None:
    names = FakeNames(FakeClock())
    cluster = road(LB)
    cluster.connect_to = str(tmp_path / ".curlrc") if mapped else ""
    run(["test", URL, "--wait", "5m"], cluster, names.reply, names.clock, names=names)
    assert names.zones_asked == (0 if mapped else 1)


# ---------------------------------------------------------------- with real name servers


class OnLoopback(NameService):
    """The real one, with a resolver and a zone of the test's own."""

    def __init__(self, port: int, resolves: Callable[[], bool]) -> None:
        self._port, self._resolves = port, resolves

    def resolves(self, name: str) -> bool:
        return self._resolves()

    def zone(self, name: str) -> ZoneAnswer | Unasked:
        return ask_zone(name, NameServers((RESOLVER,), self._port))


def test_a_new_name_through_a_real_zone_and_a_resolver_that_forgets_nothing() -> None:
    zone = Zone(
        "amazonaws.com.",
        [
            "amazonaws.com. 60 IN SOA ns1.amazonaws.com. a.amazonaws.com. 1 60 60 60 900",
            "amazonaws.com. 60 IN NS ns1.amazonaws.com.",
            "ns1.amazonaws.com. 60 IN A 127.0.0.2",
        ],
    )
    resolver = Resolver([zone])
    clock = FakeClock()

    def pass_on(now: float) -> None:
        if now == 6.0:
            zone.lines.append(f"{LB}. 60 IN A {IP}")

    clock.on_sleep = pass_on
    with serving(at_1=resolver.answer, at_2=zone.answer) as port:
        names = OnLoopback(port, lambda: False)
        reply = FakeNames(clock, born=1e9).reply
        ran = run(["test", URL, "--wait", "5m"], road(LB), reply, clock, names=names)
    assert ran.status == 0, ran.stdout
    assert clock.now == 6.0
    assert "as ns1.amazonaws.com has it" in " ".join(ran.stdout.split())
    assert f"{LB}." not in {name for name, _ in resolver.asked}


def test_the_hosts_file_is_read_as_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "hosts"
    file.write_text("127.0.0.1 localhost # lb.example\n\n::1\tOther.example  LB2.example\n#1 x.y\n")
    monkeypatch.setattr(dns, "_HOSTS", file)
    found = {n: NameService().in_hosts(n) for n in ("lb2.EXAMPLE", "lb.example", "x.y", "::1")}
    assert found == {"lb2.EXAMPLE": True, "lb.example": False, "x.y": False, "::1": False}
    monkeypatch.setattr(dns, "_HOSTS", tmp_path / "none")
    assert not NameService().in_hosts("localhost")
