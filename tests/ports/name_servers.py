"""Name servers on loopback: those of zones, and a resolver that remembers what it has heard."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

Reply = Callable[[dns.message.Message], dns.message.Message | bytes | None]
RESOLVER = "127.0.0.1"


@dataclass
class Zone:
    """One zone with its records, as lines of a zone file; `refer` are zones given to others."""

    apex: str
    lines: list[str] = field(default_factory=list)
    refer: dict[str, list[str]] = field(default_factory=dict)
    #: Every (name, type) that was asked of its server.
    asked: list[tuple[str, str]] = field(default_factory=list)

    def answer(self, query: dns.message.Message) -> dns.message.Message:
        question = query.question[0]
        self.asked.append(_words(query))
        reply = dns.message.make_response(query)
        name = question.name
        for lower, lines in self.refer.items():
            if name.is_subdomain(dns.name.from_text(lower)):
                for line in lines:
                    rrset = _rrset(line)
                    held = reply.authority if rrset.rdtype == dns.rdatatype.NS else reply.additional
                    held.append(rrset)
                return reply
        reply.flags |= dns.flags.AA
        records = [_rrset(line) for line in self.lines]
        there = False
        for _ in range(4):
            own = [r for r in records if r.name == name]
            there = bool(own) or any(r.name.is_subdomain(name) for r in records)
            wanted = [r for r in own if r.rdtype == question.rdtype]
            alias = next((r for r in own if r.rdtype == dns.rdatatype.CNAME), None)
            if wanted:
                reply.answer += _merged(wanted)
                return reply
            if alias is None:
                break
            reply.answer.append(alias)
            name = alias[0].target
            if not name.is_subdomain(dns.name.from_text(self.apex)):
                return reply
        if not there:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        reply.authority += [r for r in records if r.rdtype == dns.rdatatype.SOA]
        return reply


@dataclass
class Resolver:
    """Asks the zones, and gives the same answer ever after: a cache with endless memory."""

    zones: list[Zone]
    asked: list[tuple[str, str]] = field(default_factory=list)
    heard: dict[tuple[str, str], dns.message.Message] = field(default_factory=dict)

    def answer(self, query: dns.message.Message) -> dns.message.Message:
        self.asked.append(_words(query))
        key = _words(query)
        if key not in self.heard:
            self.heard[key] = self._found(query)
        known = self.heard[key]
        reply = dns.message.make_response(query, recursion_available=True)
        reply.set_rcode(known.rcode())
        reply.answer, reply.authority = list(known.answer), list(known.authority)
        return reply

    def _found(self, query: dns.message.Message) -> dns.message.Message:
        name = query.question[0].name
        fitting = [z for z in self.zones if name.is_subdomain(dns.name.from_text(z.apex))]
        zone = max(fitting, key=lambda z: len(z.apex), default=Zone(".", [SOA_OF_ROOT]))
        before = list(zone.asked)
        found = zone.answer(query)
        zone.asked[:] = before
        return found


SOA_OF_ROOT = ". 86400 IN SOA a.root. b.root. 1 60 60 60 86400"


def _words(query: dns.message.Message) -> tuple[str, str]:
    question = query.question[0]
    return question.name.to_text(), dns.rdatatype.to_text(question.rdtype)


def _rrset(line: str) -> dns.rrset.RRset:
    name, ttl, _, kind, value = line.split(None, 4)
    return dns.rrset.from_text(name, int(ttl), "IN", kind, value)


def _merged(rrsets: list[dns.rrset.RRset]) -> list[dns.rrset.RRset]:
    first, *others = rrsets
    for other in others:
        first.update(other)
    return [first]


@contextmanager
def serving(**servers: Reply) -> Iterator[int]:
    """Servers at 127.0.0.N, given as ``at_N``, all on the UDP port that this yields."""
    port = _free_port()
    with ExitStack() as stack:
        for place, reply in servers.items():
            stack.enter_context(_listening(f"127.0.0.{place.removeprefix('at_')}", port, reply))
        yield port


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _listening(ip: str, port: int, reply: Reply) -> Iterator[None]:
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((ip, port))

    def serve() -> None:
        while True:
            wire, sender = server.recvfrom(4096)
            if not wire:
                return
            answer = reply(dns.message.from_wire(wire))
            if answer is not None:
                server.sendto(answer if isinstance(answer, bytes) else answer.to_wire(), sender)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield
    finally:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", (ip, port))
        thread.join()
        server.close()
