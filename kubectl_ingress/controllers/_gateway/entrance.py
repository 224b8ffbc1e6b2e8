"""Which listener a request comes in by: port and scheme, then the most specific hostname.

Source: Gateway.spec.listeners of the Gateway API 1.6, "Listeners that are
distinct only by Hostname", "General Listener behavior" (isolation) and
Listener.hostname (misdirected requests).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from kubectl_ingress.controllers._gateway.hostnames import covers, specificity
from kubectl_ingress.controllers._gateway.listeners import Bound
from kubectl_ingress.core.hosts import normalise_host
from kubectl_ingress.core.request import Request

WELL_KNOWN = {"http": 80, "https": 443}


class Entrance(Struct, frozen=True):
    """The listeners that serve, all Gateways together; `ports` are of all that are written."""

    listeners: tuple[Bound, ...]
    ports: frozenset[tuple[int, str]]

    @classmethod
    def of(cls, listeners: tuple[Bound, ...], attached: Iterable[Bound]) -> Entrance:
        """Of all listeners those that serve, and what was presumed for routes."""
        presumed = {one.owner: one for one in attached if one.presumed}
        return cls(
            (*(one for one in listeners if not one.unusable), *presumed.values()),
            frozenset((one.listener.port, one.scheme) for one in listeners),
        )

    def port(self, request: Request) -> int:
        """The port that a request comes in at, as the listeners count it.

        One that no listener has is one that a load balancer in front maps: then
        it is the scheme's own, or the first that speaks it.
        """
        asked, usual = request.listener_port, WELL_KNOWN.get(request.scheme, 80)
        if any(port == asked for port, _ in self.ports):
            return asked
        spoken = [port for port, scheme in self.ports if scheme == request.scheme]
        return usual if usual in spoken else min(spoken, default=asked)

    def hearing(self, request: Request) -> tuple[Bound, ...]:
        """The listeners of the port and scheme of a request."""
        port = self.port(request)
        return tuple(one for one in self.listeners if one.hears(port, request.scheme))

    def narrower(self, bound: Bound) -> tuple[Bound, ...]:
        """The listeners beside one that take hosts from it: isolation."""
        hostname = bound.listener.hostname
        return tuple(
            one
            for one in self.listeners
            if one.gateway == bound.gateway
            and (one.listener.port, one.scheme) == (bound.listener.port, bound.scheme)
            and one.listener.hostname != hostname
            and covers(hostname, one.listener.hostname)
        )


class ComesBy(Struct, frozen=True):
    """A request comes in by one of some listeners, each with those that take hosts from it."""

    entrance: Entrance
    listeners: tuple[tuple[Bound, tuple[Bound, ...]], ...]

    @classmethod
    def any(cls, entrance: Entrance, bounds: tuple[Bound, ...]) -> ComesBy:
        """By any of these, whatever others there are for the host."""
        return cls(entrance, tuple((one, ()) for one in bounds))

    @classmethod
    def isolated(cls, entrance: Entrance, bounds: tuple[Bound, ...]) -> ComesBy:
        """By any of these, where it is the most specific one of its Gateway for the host."""
        return cls(entrance, tuple((one, entrance.narrower(one)) for one in bounds))

    def met(self, request: Request) -> bool:
        """Whether it does; the hostname itself is compared when a server is looked up."""
        port, host = self.entrance.port(request), normalise_host(request.host)
        return any(
            bound.hears(port, request.scheme) and not any(one.has(host) for one in narrower)
            for bound, narrower in self.listeners
        )

    def __str__(self) -> str:
        names = (f"{bound.listener.name} of {bound.owner}" for bound, _ in self.listeners)
        return f"listener {' or '.join(names)}"


class Misdirected(Struct, frozen=True):
    """The TLS handshake was for one listener and the Host header is for another."""

    entrance: Entrance

    def met(self, request: Request) -> bool:
        """Whether the names lead to two listeners of one Gateway."""
        if request.scheme != "https" or request.sni is None:
            return False
        host, sni = normalise_host(request.host), normalise_host(request.sni)
        hearing = self.entrance.hearing(request)
        for gateway in {one.gateway for one in hearing}:
            own = [one for one in hearing if one.gateway == gateway]
            shaken, asked = most_specific(own, sni), most_specific(own, host)
            if shaken is not None and asked is not None and shaken is not asked:
                return True
        return False

    def __str__(self) -> str:
        return "SNI and Host are of different listeners"


def most_specific(listeners: Sequence[Bound], host: str) -> Bound | None:
    """Of the listeners of one Gateway, port and scheme, the one that a host leads to."""
    return min(
        (one for one in listeners if one.has(host)),
        key=lambda one: specificity(one.listener.hostname),
        default=None,
    )
