"""What a name server said of one name."""

from __future__ import annotations

from msgspec import Struct


class Lookup(Struct, frozen=True):
    """One name, asked of one resolver.

    `resolver` is its address, "" for that of the system. `addresses` are IPs,
    IPv4 before IPv6. `error` is why there are none, "" where there are;
    `missing` is whether the name is said not to exist, `reached` whether the
    resolver answered at all. `ttl` is how many seconds the answer is kept, and
    so is that there is none; None where the system does not tell.
    """

    name: str
    resolver: str = ""
    addresses: tuple[str, ...] = ()
    error: str = ""
    missing: bool = False
    reached: bool = True
    ttl: int | None = None

    @property
    def by(self) -> str:
        """Who said so, for people."""
        return self.resolver or "this machine's resolver"
