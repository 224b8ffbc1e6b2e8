"""What the name servers of a zone say of a name: plain data, made by ports.dns."""

from __future__ import annotations

from msgspec import Struct


class ZoneAnswer(Struct, frozen=True):
    """What the servers of `zone` say of `name`; `server` is the one that said it.

    `addresses` are IPs, IPv4 first; none where the name does not `exist`, or has
    none. `aliases` are the names that CNAMEs lead over, `name` left out. `ttl` is how
    long resolvers may remember the addresses, `negative_ttl` how long they remember
    that there was no such name or address; in seconds, None where it was not said.
    """

    name: str
    zone: str
    server: str
    exists: bool
    addresses: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    ttl: int | None = None
    negative_ttl: int | None = None


class Unasked(Struct, frozen=True):
    """The zone's servers could not be asked: `why` is a clause."""

    why: str
