"""Asks for the addresses of names: of the system's resolver, and of others by their address."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from kubectl_ingress.core.authority import parse_authority
from kubectl_ingress.core.hosts import is_ip
from kubectl_ingress.core.lookup import Lookup
from kubectl_ingress.core.zones import Unasked
from kubectl_ingress.errors import UsageError
from kubectl_ingress.ports.connect_to import look_up

if TYPE_CHECKING:
    from kubectl_ingress.ports.dns import Names

PATIENCE_SECONDS = 3.0
"""For one question to one resolver."""

_DNS_PORT = 53
_GONE = (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME))


def parse_resolver(typed: str) -> tuple[str, int]:
    """``IP``, ``IP:PORT`` or ``[IPv6]:PORT`` -> IP and port. Raises UsageError."""
    try:
        address, port = (typed, None) if is_ip(typed) else parse_authority(typed)
        ipaddress.ip_address(address)
    except ValueError:
        raise UsageError(f"{typed!r} is no IP address", "example: --resolver 1.1.1.1") from None
    return address, port or _DNS_PORT


def ask_system(name: str, connect_to: str = "") -> Lookup:
    """As every program of this machine resolves it; `connect_to` as a probe's."""
    try:
        if connect_to:
            # It knows ports, not names: one that is there under either of these resolves.
            return Lookup(name, addresses=tuple(dict.fromkeys(_mapped(name, connect_to))))
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        missing = error.errno in _GONE
        return Lookup(name, error=str(error.args[-1]), missing=missing, reached=missing)
    except (OSError, UnicodeError) as error:
        return Lookup(name, error=str(error), reached=False)
    return Lookup(name, addresses=_sorted(str(entry[4][0]) for entry in found))


def _mapped(name: str, connect_to: str) -> Iterator[str]:
    try:
        yield look_up(connect_to, name, 80)[0]
    except socket.gaierror:
        yield look_up(connect_to, name, 443)[0]


def ask_resolver(name: str, typed: str) -> Lookup:
    """Ask one resolver over UDP, over TCP where the answer is long. `typed` as for parse_resolver.

    Its answer may be one that it keeps: `ttl` says for how much longer.
    """
    import dns.exception
    import dns.rdatatype

    address, port = parse_resolver(typed)
    found: list[str] = []
    ttls: list[int] = []
    lacking: list[int] = []
    missing = False
    for kind in (dns.rdatatype.A, dns.rdatatype.AAAA):
        try:
            addresses, ttl, gone = _ask(name, address, port, kind)
        except (dns.exception.DNSException, OSError) as problem:
            why = f"no answer from {typed}: {str(problem) or type(problem).__name__}"
            return Lookup(name, typed, error=why, reached=False)
        found += addresses
        missing |= gone
        if ttl is not None:
            (ttls if addresses else lacking).append(ttl)
    if found:
        return Lookup(name, typed, _sorted(found), ttl=min(ttls, default=None))
    error = "the name does not exist" if missing else "the name has no address"
    return Lookup(name, typed, error=error, missing=missing, ttl=max(lacking, default=None))


def ask_authority(name: str, names: Names) -> Lookup | None:
    """What the zone's own servers say, which remember nothing; None where they say nothing."""
    told = names.zone(name)
    if isinstance(told, Unasked):
        return None
    by = f"{told.server} of the zone {told.zone}"
    if told.addresses:
        return Lookup(name, by, told.addresses, ttl=told.ttl)
    error = "the name has no address" if told.exists else "the name does not exist"
    return Lookup(name, by, error=error, missing=not told.exists, ttl=told.negative_ttl)


def _ask(name: str, address: str, port: int, kind: int) -> tuple[list[str], int | None, bool]:
    """The addresses of one kind, seconds that the answer is kept, whether the name is not there."""
    import dns.message
    import dns.query
    import dns.rcode
    import dns.rdatatype

    from kubectl_ingress.ports.dns import negative_ttl

    wanted = dns.rdatatype.RdataType(kind)
    query = dns.message.make_query(name, wanted)
    answer, _ = dns.query.udp_with_fallback(query, address, PATIENCE_SECONDS, port=port)
    if answer.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        raise OSError(dns.rcode.to_text(answer.rcode()))
    addresses = [item.to_text() for each in answer.answer if each.rdtype == wanted for item in each]
    if addresses:
        # A chain of CNAMEs is kept no longer than the first of it.
        return addresses, min(each.ttl for each in answer.answer), False
    return [], negative_ttl(answer), answer.rcode() == dns.rcode.NXDOMAIN


def _sorted(addresses: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(addresses), key=lambda one: (":" in one, one)))
