"""Questions to zones, with name servers and a remembering resolver on loopback."""

from __future__ import annotations

import time
from collections.abc import Iterator

import dns.message
import dns.rcode
import pytest

from kubectl_ingress.ports.dns import NameServers, Unasked, ZoneAnswer, ask_zone

from .name_servers import RESOLVER, Resolver, Zone, serving

LB = "a0.elb.eu-west-1.cloud.example"
SOA = "cloud.example. 300 IN SOA ns1.cloud.example. admin.cloud.example. 1 60 60 60 45"
CLOUD = [
    SOA,
    "cloud.example. 300 IN NS ns1.cloud.example.",
    "ns1.cloud.example. 300 IN A 127.0.0.2",
    # The place in which load balancers get their names.
    "old.elb.eu-west-1.cloud.example. 60 IN A 203.0.113.1",
]


class World:
    def __init__(self) -> None:
        self.cloud = Zone("cloud.example.", list(CLOUD))
        self.shop = Zone(
            "shop.example.",
            [
                "shop.example. 30 IN SOA ns.shop.example. a.shop.example. 1 60 60 60 900",
                "shop.example. 300 IN NS ns.shop.example.",
                "ns.shop.example. 300 IN A 127.0.0.3",
                f"www.shop.example. 20 IN CNAME {LB}.",
            ],
        )
        self.resolver = Resolver([self.cloud, self.shop])
        self.port = 0

    def ask(self, name: str, **more: float) -> ZoneAnswer | Unasked:
        return ask_zone(name, NameServers((RESOLVER,), self.port, **more))

    def answered(self, name: str) -> ZoneAnswer:
        found = self.ask(name)
        assert isinstance(found, ZoneAnswer), found
        return found


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    zones = {"at_2": world.cloud.answer, "at_3": world.shop.answer}
    with serving(at_1=world.resolver.answer, **zones) as port:
        world.port = port
        yield world


def test_a_new_name_is_seen_though_the_resolver_has_forgotten_nothing(world: World) -> None:
    before = world.answered(LB)
    assert (before.exists, before.addresses, before.zone) == (False, (), "cloud.example")
    # The less of the SOA's own TTL (300) and its last field (45).
    assert before.negative_ttl == 45
    assert before.server == "ns1.cloud.example"
    world.cloud.lines += [f"{LB}. 60 IN A 203.0.113.11", f"{LB}. 60 IN A 203.0.113.10"]
    world.cloud.lines.append(f"{LB}. 30 IN AAAA 2001:db8::10")
    after = world.answered(LB)
    assert after.exists
    assert after.addresses == ("203.0.113.10", "203.0.113.11", "2001:db8::10")
    assert after.ttl == 30


def test_no_resolver_is_asked_about_the_name_itself(world: World) -> None:
    world.answered(LB)
    assert (f"{LB}.", "A") in world.cloud.asked
    assert not [name for name, _ in world.resolver.asked if name == f"{LB}."]
    # Else it would say this to everybody for 45 s.
    assert world.resolver.asked[0] == ("elb.eu-west-1.cloud.example.", "SOA")


def test_a_name_without_addresses_exists_all_the_same(world: World) -> None:
    found = world.answered("elb.eu-west-1.cloud.example")
    assert (found.exists, found.addresses, found.ttl, found.negative_ttl) == (True, (), None, 45)


def test_aliases_are_followed_into_other_zones(world: World) -> None:
    world.cloud.lines.append(f"{LB}. 60 IN A 203.0.113.10")
    found = world.answered("WWW.shop.example")
    assert (found.aliases, found.addresses) == ((LB,), ("203.0.113.10",))
    assert (found.name, found.zone) == ("www.shop.example", "cloud.example")
    # The alias is forgotten sooner than the address.
    assert found.ttl == 20


def test_an_alias_to_what_does_not_exist(world: World) -> None:
    found = world.answered("www.shop.example")
    assert (found.exists, found.aliases, found.negative_ttl) == (False, (LB,), 45)


def test_aliases_in_a_circle_end(world: World) -> None:
    world.shop.lines += [
        "a.shop.example. 20 IN CNAME b.shop.example.",
        "b.shop.example. 20 IN CNAME a.shop.example.",
    ]
    found = world.ask("a.shop.example")
    assert isinstance(found, Unasked)
    assert "do not end" in found.why


@pytest.mark.parametrize("glue", [True, False])
def test_a_zone_that_was_given_to_others(world: World, glue: bool) -> None:
    referral = ["eu.cloud.example. 60 IN NS ns.shop.example."]
    world.cloud.refer["eu.cloud.example."] = referral
    if glue:
        referral.append("ns.shop.example. 60 IN A 127.0.0.3")
    world.shop.lines.append("lb.eu.cloud.example. 60 IN A 203.0.113.77")
    world.shop.apex = "example."
    world.resolver.heard.clear()
    # The resolver sees the parent's zone, as one that has not looked below it.
    soa = dns.message.make_query("eu.cloud.example.", "SOA")
    world.resolver.heard["eu.cloud.example.", "SOA"] = Zone("cloud.example.", [SOA]).answer(soa)
    found = world.answered("lb.eu.cloud.example")
    assert (found.zone, found.addresses) == ("eu.cloud.example", ("203.0.113.77",))


@pytest.mark.parametrize("name", ["nas.local", "localhost", "intranet", "a.b.nowhere"])
def test_a_name_below_the_root_alone_is_no_zone_s(world: World, name: str) -> None:
    found = world.ask(name)
    assert isinstance(found, Unasked)
    assert "no zone below the root" in found.why


def test_what_is_no_name_at_all(world: World) -> None:
    for name in ("a..b", "x" * 64 + ".example", "\ud800.example"):
        assert isinstance(world.ask(name), Unasked)


@pytest.mark.parametrize("answer", [None, b"", b"\xff" * 40, b"\0" * 12])
def test_a_server_that_says_nothing_or_nonsense_is_not_waited_for_long(
    answer: bytes | None,
) -> None:
    with serving(at_1=lambda query: answer) as port:
        begun = time.monotonic()
        found = ask_zone(LB, NameServers((RESOLVER,), port, patience=0.3))
    assert found == Unasked(f"the resolver {RESOLVER} did not answer in time")
    assert time.monotonic() - begun < 1


def test_a_server_that_refuses_gives_way_to_the_next(world: World) -> None:
    def refuse(query: dns.message.Message) -> dns.message.Message:
        reply = dns.message.make_response(query)
        reply.set_rcode(dns.rcode.REFUSED)
        return reply

    world.cloud.lines += [
        "cloud.example. 300 IN NS ns0.cloud.example.",
        "ns0.cloud.example. 300 IN A 127.0.0.4",
        f"{LB}. 60 IN A 203.0.113.10",
    ]
    with serving(at_1=world.resolver.answer, at_2=world.cloud.answer, at_4=refuse) as port:
        world.port = port
        assert world.answered(LB).server == "ns1.cloud.example"
        world.cloud.lines[2] = "ns1.cloud.example. 300 IN A 127.0.0.4"
        world.resolver.heard.clear()
        found = world.ask(LB)
    assert found == Unasked("ns1.cloud.example (127.0.0.4) answers REFUSED")


def test_a_server_that_does_not_own_the_zone_is_not_believed(world: World) -> None:
    # As Route 53's own servers say of a private zone.
    world.cloud.lines[2] = "ns1.cloud.example. 300 IN A 127.0.0.1"
    found = world.ask(LB)
    assert isinstance(found, Unasked)
    assert "does not answer for cloud.example" in found.why


def test_without_any_resolver() -> None:
    found = ask_zone(LB, NameServers(()))
    assert found == Unasked("no name server is configured on this machine")
