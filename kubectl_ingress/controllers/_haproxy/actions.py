"""What haproxy does with a request beside sending it on, in the words of haproxy.tmpl."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field

from kubectl_ingress.controllers._haproxy.settings import Value
from kubectl_ingress.core.actions import Action
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.request import Outcome, OutcomeKind, Request, Step

_REPLY, _REDIRECT = OutcomeKind.REPLY, OutcomeKind.REDIRECT


def _rest(request: Request, path: str) -> str:
    return path + request.query_text


@dataclass(frozen=True, slots=True)
class ToHttps(Action):
    """``redirect scheme https``: the Host header and the raw target are kept."""

    status: int
    because: Value = field(default=Value(), compare=False)

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """Only for http."""
        if request.scheme != "http":
            return None
        location = f"https://{request.authority}{_rest(request, path)}"
        return Outcome(_REDIRECT, self.status, location=location)

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Why the client is sent away."""
        text = f"http is redirected to https ({self.status})"
        return (Step("redirect", text, self.because.source, field=self.because.field),)


@dataclass(frozen=True, slots=True)
class To(Action):
    """A redirect to a fixed place; `key` is the setting that gives it."""

    status: int
    location: str
    key: str
    because: Value = field(default=Value(), compare=False)

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """Always answers."""
        return Outcome(_REDIRECT, self.status, location=self.location)

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Where to, and by which setting."""
        text = f"{self.key} sends it to {self.location} ({self.status})"
        return (Step("redirect", text, self.because.source, field=self.because.field),)


@dataclass(frozen=True, slots=True)
class ToHost(Action):
    """``redirect prefix //HOST``: the same target on another host."""

    status: int
    host: str
    because: Value = field(default=Value(), compare=False)

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """Always answers."""
        location = f"//{self.host}{_rest(request, path)}"
        return Outcome(_REDIRECT, self.status, location=location)

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Where to."""
        text = f"redirect-from sends it to {self.host} ({self.status})"
        return (Step("redirect", text, self.because.source, field=self.because.field),)


@dataclass(frozen=True, slots=True)
class Answer(Action):
    """haproxy answers by itself, because of a setting."""

    status: int
    text: str
    because: Value = field(default=Value(), compare=False)
    finding: Finding | None = None

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """Always answers."""
        return Outcome(_REPLY, self.status)

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Why."""
        return (Step("access", self.text, self.because.source, False, self.because.field),)


@dataclass(frozen=True, slots=True)
class Networks:
    """The items of a list: `plain` ones, and `negated` ones with an exclamation mark."""

    plain: tuple[str, ...] = ()
    negated: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.plain or self.negated)


@dataclass(frozen=True, slots=True)
class Sources(Action):
    """403 by the client's address: the lists of allowlist- and denylist-source-range."""

    allowed: Networks
    denied: Networks
    header: str = ""
    because: Value = field(default=Value(), compare=False)

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """A client whose address nobody knows is let through."""
        address = _address(self.header and request.header(self.header)) or _address(request.client)
        if address is None or not self._is_denied(address):
            return None
        return Outcome(_REPLY, 403)

    def _is_denied(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
        allowed, denied = self.allowed, self.denied
        if _in(address, allowed.negated):
            return True
        if allowed.plain and not _in(address, allowed.plain):
            return True
        if not denied:
            return False
        listed = not denied.plain or _in(address, denied.plain)
        return listed and not _in(address, denied.negated)

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Which address is not let in."""
        text = f"the client's address {request.client} is not let in (403)"
        return (Step("access", text, self.because.source, False, self.because.field),)


@dataclass(frozen=True, slots=True)
class Password(Action):
    """401 without credentials; what they are worth stands in a Secret that nobody reads here."""

    because: Value = field(default=Value(), compare=False)
    but_options: bool = False

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """A request with any user and password is let through."""
        if self.but_options and request.method == "OPTIONS":
            return None
        credentials = request.header("authorization") or ""
        return None if credentials.lower().startswith("basic ") else Outcome(_REPLY, 401)

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """What is missing."""
        text = "no user and password (401)"
        return (Step("access", text, self.because.source, False, self.because.field),)


@dataclass(frozen=True, slots=True)
class Preflight(Action):
    """204 for every OPTIONS where CORS is on, whatever its Origin."""

    because: Value = field(default=Value(), compare=False)

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """Only for OPTIONS."""
        return Outcome(_REPLY, 204) if request.method == "OPTIONS" else None

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Who answers."""
        text = "cors-enable answers OPTIONS (204)"
        return (Step("access", text, self.because.source, field=self.because.field),)


@dataclass(frozen=True, slots=True)
class BodyLimit(Action):
    """413 for a body of more than `limit` bytes."""

    limit: int
    because: Value = field(default=Value(), compare=False)

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """Only for larger ones."""
        return Outcome(_REPLY, 413) if request.body_size > self.limit else None

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """How large it may be."""
        text = f"the body has more than {self.limit} bytes (413)"
        return (Step("access", text, self.because.source, False, self.because.field),)


def _address(text: str | None) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text or "")
    except ValueError:
        return None


def _in(address: ipaddress.IPv4Address | ipaddress.IPv6Address, networks: tuple[str, ...]) -> bool:
    return any(address in ipaddress.ip_network(one, strict=False) for one in networks)
