"""What a zone's own name servers say of a name, past every cache.

A resolver that was asked too early remembers that there was no such name, for as
long as the zone's SOA says (RFC 2308, section 5), and tells everybody behind it so.
The zone's servers have no such memory. They are found without asking a resolver
about the name itself, which would make it remember: it is asked about the name's
parent, and the parent's zone leads on.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.resolver
import dns.rrset
from msgspec import Struct, field

from kubectl_ingress.core.zones import Unasked as Unasked
from kubectl_ingress.core.zones import ZoneAnswer as ZoneAnswer

_ONE_QUERY_SECONDS = 1.5
_MOST_HOPS = 8
_MOST_SERVERS = 4
_HOSTS = (
    Path(os.environ.get("SYSTEMROOT", "C:\\Windows"), "System32", "drivers", "etc", "hosts")
    if os.name == "nt"
    else Path("/etc/hosts")
)
_ADDRESSES = (dns.rdatatype.A, dns.rdatatype.AAAA)


class Names(Protocol):
    """What this machine makes of names, and what their zones say."""

    def in_hosts(self, name: str) -> bool:
        """Whether the hosts file has it, which goes before all name servers."""

    def resolves(self, name: str) -> bool:
        """Whether the machine finds an address for it. A resolver may remember that it did not."""

    def zone(self, name: str) -> ZoneAnswer | Unasked:
        """What the zone's own servers say, or why they say nothing."""


class NameServers(Struct, frozen=True):
    """Whom to ask, and how long.

    `resolvers` are IPs, None for the machine's own; every server listens on `port`.
    `patience` is for one whole question, in seconds.
    """

    resolvers: tuple[str, ...] | None = None
    port: int = 53
    patience: float = 5.0


def ask_zone(name: str, servers: NameServers | None = None) -> ZoneAnswer | Unasked:
    """Ask the servers of a DNS name's zone for its addresses. Never raises, never hangs.

    Aliases are followed into other zones. A name that no zone below the root could
    have, such as ``nas.local``, is Unasked. `servers` is for tests; None is the machine's.
    """
    try:
        return _Question(servers or NameServers()).ask(dns.name.from_text(name))
    except _Silence as silence:
        return Unasked(str(silence))
    except dns.exception.DNSException as error:
        return Unasked(f"{name!r} cannot be looked up: {error}")


class _Silence(Exception):
    """Nobody answered what has to be known; the text is a clause."""


class _Server(Struct, frozen=True):
    name: str
    address: str


class _Found(Struct):
    """What the aliases have led to so far."""

    aliases: list[str] = field(default_factory=list)
    ttls: list[int] = field(default_factory=list)


class _Question:
    """One question to a zone, with the time that is left for it."""

    def __init__(self, servers: NameServers) -> None:
        self._port = servers.port
        self._deadline = time.monotonic() + servers.patience
        self._resolvers = [
            _Server("", address)
            for address in (_own_resolvers() if servers.resolvers is None else servers.resolvers)
        ]

    def ask(self, name: dns.name.Name) -> ZoneAnswer:
        found, asked = _Found(), name
        for _ in range(_MOST_HOPS):
            zone, server, reply = self._from_zone(asked, dns.rdatatype.A)
            end = _follow(reply, asked, found)
            if end == asked or _rrset(reply, end, dns.rdatatype.A) or _denies(reply):
                return self._answer(name, end, zone, server, reply, found)
            asked = end
        raise _Silence(f"the aliases of {_text(name)} do not end")

    def _answer(
        self,
        name: dns.name.Name,
        end: dns.name.Name,
        zone: dns.name.Name,
        server: _Server,
        reply: dns.message.Message,
        found: _Found,
    ) -> ZoneAnswer:
        addresses: list[str] = []
        replies = [reply]
        if reply.rcode() == dns.rcode.NOERROR:
            replies.append(self._ask([server], end, dns.rdatatype.AAAA)[1])
        for kind, one in zip(_ADDRESSES, replies, strict=False):
            rrset = _rrset(one, end, kind)
            if rrset is not None:
                addresses += sorted(record.to_text() for record in rrset)
                found.ttls.append(rrset.ttl)
        return ZoneAnswer(
            _text(name),
            _text(zone),
            server.name,
            reply.rcode() == dns.rcode.NOERROR,
            tuple(addresses),
            tuple(found.aliases),
            min(found.ttls) if addresses else None,
            next((ttl for one in replies if (ttl := negative_ttl(one)) is not None), None),
        )

    def _from_zone(
        self, name: dns.name.Name, kind: dns.rdatatype.RdataType
    ) -> tuple[dns.name.Name, _Server, dns.message.Message]:
        """What the zone that has this name answers; delegations are followed."""
        zone = self._zone_above(name)
        servers = self._located(self._name_servers(zone))
        for _ in range(_MOST_HOPS):
            server, reply = self._ask(servers, name, kind)
            if reply.flags & dns.flags.AA:
                return zone, server, reply
            lower = _delegation(reply, name, zone)
            if lower is None:
                raise _Silence(f"{server.name} does not answer for {_text(zone)}")
            zone = lower.name
            servers = self._located([record.target for record in lower], reply.additional)
        raise _Silence(f"the delegations of {_text(name)} do not end")

    def _zone_above(self, name: dns.name.Name) -> dns.name.Name:
        """The zone of the parent, so that no resolver is asked about the name itself."""
        parent = name.parent() if len(name) > 1 else name
        while len(parent) > 1:
            _, reply = self._ask(self._resolvers, parent, dns.rdatatype.SOA, recursive=True)
            for rrset in (*reply.answer, *reply.authority):
                if rrset.rdtype == dns.rdatatype.SOA and parent.is_subdomain(rrset.name):
                    if len(rrset.name) > 1:
                        return rrset.name
                    # Only the root knows of it, and that is no place for load balancers.
                    raise _Silence(f"no zone below the root has {_text(name)}")
            parent = parent.parent()
        raise _Silence(f"no zone below the root has {_text(name)}")

    def _name_servers(self, zone: dns.name.Name) -> list[dns.name.Name]:
        _, reply = self._ask(self._resolvers, zone, dns.rdatatype.NS, recursive=True)
        rrset = _rrset(reply, zone, dns.rdatatype.NS)
        if rrset is None:
            raise _Silence(f"nobody tells the name servers of {_text(zone)}")
        return [record.target for record in rrset]

    def _located(
        self, names: Iterable[dns.name.Name], glue: Sequence[dns.rrset.RRset] = ()
    ) -> list[_Server]:
        """Where some of these servers are: by what came with their names, else by a resolver."""
        servers = []
        for name in sorted(names)[:_MOST_SERVERS]:
            known = [r for r in glue if r.name == name and r.rdtype in _ADDRESSES]
            if not known:
                _, reply = self._ask(self._resolvers, name, dns.rdatatype.A, recursive=True)
                known = [r for r in reply.answer if r.rdtype == dns.rdatatype.A]
            servers += [_Server(_text(name), record.to_text()) for r in known for record in r]
        if not servers:
            raise _Silence("the addresses of the zone's name servers are not known")
        return servers

    def _ask(
        self,
        servers: Sequence[_Server],
        name: dns.name.Name,
        kind: dns.rdatatype.RdataType,
        *,
        recursive: bool = False,
    ) -> tuple[_Server, dns.message.Message]:
        """The first usable answer of these servers, in their order."""
        query = dns.message.make_query(name, kind)
        if not recursive:
            query.flags &= ~dns.flags.RD
        problem = "no name server is configured on this machine"
        for server in servers:
            left = min(_ONE_QUERY_SECONDS, self._deadline - time.monotonic())
            who = " ".join(filter(None, (server.name, f"({server.address})")))
            who = who if server.name else f"the resolver {server.address}"
            if left <= 0:
                problem = f"{who} was not asked: the time is over"
                break
            try:
                reply, _ = dns.query.udp_with_fallback(
                    query,
                    server.address,
                    left,
                    self._port,
                    ignore_unexpected=True,
                    ignore_errors=True,
                )
            except dns.exception.Timeout:
                problem = f"{who} did not answer in time"
            except (OSError, EOFError, ValueError, dns.exception.DNSException) as error:
                problem = f"{who} cannot be asked: {error}"
            else:
                if reply.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
                    return server, reply
                problem = f"{who} answers {dns.rcode.to_text(reply.rcode())}"
        raise _Silence(problem)


def _own_resolvers() -> list[str]:
    try:
        found = dns.resolver.Resolver().nameservers
    except dns.resolver.NoResolverConfiguration:
        return []
    return [one for one in found if isinstance(one, str)]


def _follow(reply: dns.message.Message, name: dns.name.Name, found: _Found) -> dns.name.Name:
    """The last name to which the aliases in an answer lead."""
    first = name
    for _ in range(_MOST_HOPS):
        alias = _rrset(reply, name, dns.rdatatype.CNAME)
        if alias is None:
            return name
        name = alias[0].target
        found.aliases.append(_text(name))
        found.ttls.append(alias.ttl)
    raise _Silence(f"the aliases of {_text(first)} do not end")


def _rrset(
    reply: dns.message.Message, name: dns.name.Name, kind: dns.rdatatype.RdataType
) -> dns.rrset.RRset | None:
    return reply.get_rrset(reply.answer, name, dns.rdataclass.IN, kind)


def _delegation(
    reply: dns.message.Message, name: dns.name.Name, zone: dns.name.Name
) -> dns.rrset.RRset | None:
    """The name servers of a zone nearer to the name, as a server above it gives them."""
    for rrset in reply.authority:
        nearer = rrset.name.is_subdomain(zone) and rrset.name != zone
        if rrset.rdtype == dns.rdatatype.NS and nearer and name.is_subdomain(rrset.name):
            return rrset
    return None


def _denies(reply: dns.message.Message) -> bool:
    return negative_ttl(reply) is not None


def negative_ttl(reply: dns.message.Message) -> int | None:
    """Seconds for which it is kept that there is none: the less of the SOA's TTL and last field.

    RFC 2308, section 5.
    """
    for rrset in reply.authority:
        if rrset.rdtype == dns.rdatatype.SOA:
            return min(rrset.ttl, int(rrset[0].minimum))
    return None


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()


class NameService:
    """The real one."""

    def in_hosts(self, name: str) -> bool:
        """See Names."""
        try:
            lines = _HOSTS.read_text("utf-8", "replace").splitlines()
        except OSError:
            return False
        return any(name.lower() in line.partition("#")[0].lower().split()[1:] for line in lines)

    def resolves(self, name: str) -> bool:
        """See Names."""
        try:
            return bool(socket.getaddrinfo(name, None, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError):
            return False

    def zone(self, name: str) -> ZoneAnswer | Unasked:
        """See Names."""
        return ask_zone(name)
