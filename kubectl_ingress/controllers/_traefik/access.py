"""Who is let through: addresses, passwords, bodies, and what browsers ask beforehand.

pkg/middlewares/{ipallowlist,auth,buffering,headers}. Passwords are not read from
Secrets, so whether some are right is said to be unknown.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

from kubectl_ingress.core.actions import Action
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.request import Outcome, OutcomeKind, Request, Step

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Guard(Action):
    """An action that lets some requests through, and may not know which."""

    __slots__ = ()

    def doubt(self, request: Request) -> Finding | None:
        """What is not known about this request."""
        return None


def networks(ranges: Iterable[str]) -> tuple[Network, ...] | None:
    """Addresses and networks as they are compared; None where one of them is neither."""
    try:
        found = tuple(ipaddress.ip_network(text, strict=False) for text in ranges)
    except ValueError:
        return None
    return found or None


@dataclass(frozen=True, slots=True)
class AllowedAddresses(Guard):
    """403 for who comes from elsewhere."""

    networks: tuple[Network, ...]
    setting: str
    object: str
    status: int = 403

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """403, unless the address is in one of the networks or nobody knows it."""
        try:
            client = ipaddress.ip_address(request.client)
        except ValueError:
            return None
        if any(client in network for network in self.networks):
            return None
        return Outcome(OutcomeKind.REPLY, self.status)

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Who is not let in."""
        text = f"{request.client} is in none of the networks of {self.setting}"
        return (Step("access", text, self.object, passed=False),)

    def doubt(self, request: Request) -> Finding | None:
        """The address is not known."""
        if request.client:
            return None
        message = f"{self.setting} lets some addresses in, and the client's is not known"
        return Finding("KI401", "warning", message, self.object)


@dataclass(frozen=True, slots=True)
class Password(Guard):
    """401 without an Authorization header of this scheme."""

    scheme: str
    setting: str
    object: str

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """401 where nothing is sent; what is sent is taken for right."""
        return None if self._sent(request) else Outcome(OutcomeKind.REPLY, 401)

    def _sent(self, request: Request) -> bool:
        value = request.header("Authorization") or ""
        return value.lower().startswith(f"{self.scheme.lower()} ")

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """What is missing."""
        text = f"{self.setting} asks for a user name and a password"
        return (Step("access", text, self.object, passed=False),)

    def doubt(self, request: Request) -> Finding | None:
        """Whether the password is right."""
        if not self._sent(request):
            return None
        message = f"{self.setting} compares a password, which is not read here: taken for right"
        return Finding("KI401", "warning", message, self.object)


@dataclass(frozen=True, slots=True)
class BodyLimit(Action):
    """413 for a longer body; `limit` in bytes."""

    limit: int
    setting: str

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """413 or nothing."""
        return Outcome(OutcomeKind.REPLY, 413) if request.body_size > self.limit else None

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """How long it may be."""
        return (Step("access", f"{self.setting}: at most {self.limit} bytes", passed=False),)


@dataclass(frozen=True, slots=True)
class Preflight(Action):
    """200 for a browser's question before a request to another origin, whatever the origin."""

    setting: str

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """Only OPTIONS with both headers of the question."""
        asked = request.header("Origin") and request.header("Access-Control-Request-Method")
        if request.method != "OPTIONS" or not asked:
            return None
        return Outcome(OutcomeKind.REPLY, 200)

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Which setting answers."""
        return (Step("access", f"{self.setting} answers the preflight request"),)
