"""What a server of the F5 controller does with a request beside sending it on.

internal/configs/version1/nginx.ingress.tmpl, with nginx's phases: what a server
returns comes before its locations, who is let in after both.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field

from kubectl_ingress.controllers._f5_nginx.requests import Listeners, shown_host
from kubectl_ingress.controllers._f5_nginx.rewriting import arguments
from kubectl_ingress.controllers._f5_nginx.variables import expanded
from kubectl_ingress.core.actions import Action
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.paths import encode
from kubectl_ingress.core.request import Outcome, OutcomeKind, Request, Step

_REDIRECT, _REPLY = OutcomeKind.REDIRECT, OutcomeKind.REPLY


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a setting, and where it stands ("" for the default)."""

    text: str = ""
    source: str = field(default="", compare=False)
    field: tuple[str | int, ...] = field(default=(), compare=False)

    def step(self, stage: str, text: str, passed: bool = True) -> tuple[Step, ...]:
        """One reason, with its place."""
        return (Step(stage, text, self.source, passed, self.field),)


_DEFAULT = Value()


@dataclass(frozen=True, slots=True)
class RefuseHandshake(Action):
    """ssl_reject_handshake: https ends before a request is sent."""

    because: Value = _DEFAULT
    finding: Finding | None = None

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """Only for https."""
        return Outcome(OutcomeKind.REFUSED) if request.scheme == "https" else None

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Why there is no certificate."""
        text = self.finding.message if self.finding else "no server has a certificate for this name"
        return self.because.step("tls", text, passed=False)


@dataclass(frozen=True, slots=True)
class ToHttps(Action):
    """http to https on hosts with TLS: the raw URI is kept, and a port always written.

    `port` is None where a VirtualServer does it, which writes none.
    """

    status: int
    port: int | None
    because: Value = _DEFAULT

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """Only for http; X-Forwarded-Proto is not looked at."""
        if request.scheme != "http":
            return None
        port = "" if self.port is None else f":{self.port}"
        location = f"https://{shown_host(request)}{port}{request.target}"
        return Outcome(_REDIRECT, self.status, location=location)

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Why the client is sent away."""
        return self.because.step("redirect", f"http is redirected to https ({self.status})")


@dataclass(frozen=True, slots=True)
class ToHttpsByHeader(Action):
    """redirect-to-https: only what a proxy in front says that it took by http."""

    status: int
    because: Value = _DEFAULT

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """Only where X-Forwarded-Proto is http."""
        if request.header("x-forwarded-proto") != "http":
            return None
        location = f"https://{shown_host(request)}{request.target}"
        return Outcome(_REDIRECT, self.status, location=location)

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Why the client is sent away."""
        text = f"X-Forwarded-Proto is http, and redirect-to-https is set ({self.status})"
        return self.because.step("redirect", text)


@dataclass(frozen=True, slots=True)
class AppRoot(Action):
    """302 for what is ``/`` after normalising; the query is lost, the Host header kept."""

    target: Value

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """Only for the root."""
        if path != "/":
            return None
        location = f"{request.scheme}://{request.authority}{self.target.text}"
        return Outcome(_REDIRECT, 302, location=location)

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Where to."""
        return self.target.step("redirect", f"app-root sends / to {self.target.text} (302)")


@dataclass(frozen=True, slots=True)
class AddSlash(Action):
    """301 to the location that has a slash more; nginx writes the port that it listens on."""

    name: str
    listeners: Listeners

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """Always answers."""
        port = self.listeners.port(request)
        shown = "" if port == (443 if request.scheme == "https" else 80) else f":{port}"
        place = f"{shown_host(request)}{shown}{encode(self.name)}{arguments(request)}"
        return Outcome(_REDIRECT, 301, location=f"{request.scheme}://{place}")

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Why the client is sent away."""
        return (Step("redirect", f"the rule's path is {self.name}, with a slash (301)"),)


@dataclass(frozen=True, slots=True)
class To(Action):
    """A redirect that is written down as a whole, with variables."""

    status: int
    location: str
    because: Value = _DEFAULT

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """Always answers."""
        location = expanded(self.location, request, path)
        return Outcome(_REDIRECT, self.status, location=location)

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Where to."""
        return self.because.step("redirect", f"sent to {self.location} ({self.status})")


@dataclass(frozen=True, slots=True)
class Answer(Action):
    """nginx answers by itself, because of a setting."""

    status: int
    text: str
    because: Value = _DEFAULT
    finding: Finding | None = None

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """Always answers."""
        return Outcome(_REPLY, self.status)

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Why."""
        return self.because.step("access", self.text, passed=False)


@dataclass(frozen=True, slots=True)
class BodyLimit(Action):
    """413 for a body of more than `limit` bytes."""

    limit: int
    because: Value = _DEFAULT

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """Only for larger ones; 0 is no limit."""
        return Outcome(_REPLY, 413) if 0 < self.limit < request.body_size else None

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """How large it may be."""
        text = f"the body has more than {self.limit} bytes (413)"
        return self.because.step("access", text, passed=False)


@dataclass(frozen=True, slots=True)
class Password(Action):
    """401 without credentials; what they are worth stands in a Secret that nobody reads here.

    Without a usable Secret nobody is let in: 403 for those who send some (measured).
    """

    usable: bool
    because: Value = _DEFAULT
    finding: Finding | None = None

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """A request with any user and password is let through by a usable Secret."""
        credentials = request.header("authorization") or ""
        if not credentials.lower().startswith("basic "):
            return Outcome(_REPLY, 401)
        return None if self.usable else Outcome(_REPLY, 403)

    def doubt(self, request: Request) -> Finding | None:
        """Whether the password counts stands in the Secret, which nobody reads."""
        if not self.usable or not request.header("authorization"):
            return None
        what = "whether the Secret of basic-auth-secret has the user and password sent"
        return _doubt(what, self.because)

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """What is missing."""
        text = "no user and password (401)" if self.usable else "nobody has a password that counts"
        return self.because.step("access", text, passed=False)


@dataclass(frozen=True, slots=True)
class Addresses(Action):
    """403 by the client's address: accessControl of a Policy, either of the two lists."""

    allowed: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    because: Value = _DEFAULT

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """A client whose address nobody knows is let through."""
        try:
            address = ipaddress.ip_address(request.client)
        except ValueError:
            return None
        listed = any(
            address in ipaddress.ip_network(one, strict=False)
            for one in self.allowed or self.denied
        )
        return None if listed is bool(self.allowed) else Outcome(_REPLY, 403)

    def doubt(self, request: Request) -> Finding | None:
        """Nothing is known of a client without address."""
        if request.client:
            return None
        return _doubt("whether the client's address is let in", self.because)

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Who is not let in."""
        text = f"the client's address {request.client} is not let in (403)"
        return self.because.step("access", text, passed=False)


@dataclass(frozen=True, slots=True)
class NoFile(Action):
    """What no location takes is looked for as a file, of which there is none (measured).

    ngx_http_static_module refuses other methods before it looks; it leaves a
    directory to the index, which has no answer to them.
    """

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """Always answers."""
        if request.method in ("GET", "HEAD", "POST"):
            return Outcome(_REPLY, 404)
        return Outcome(_REPLY, 403 if path.endswith("/") else 405)

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """That nothing took it."""
        return (Step("path", "no path of this host matches", passed=False),)


def _doubt(what: str, value: Value) -> Finding:
    return Finding("KI401", "warning", f"not known here: {what}", value.source)
