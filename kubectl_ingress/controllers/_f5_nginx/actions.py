"""What a server of the F5 controller does with a request beside sending it on.

internal/configs/version1/nginx.ingress.tmpl, with nginx's phases: what a server
returns comes before its locations, who is let in after both.
"""

from __future__ import annotations

from msgspec import Struct

from kubectl_ingress.controllers._f5_nginx.requests import Listeners, shown_host
from kubectl_ingress.controllers._f5_nginx.variables import expanded
from kubectl_ingress.controllers._nginx import arguments
from kubectl_ingress.core.actions import Action, Redirecting
from kubectl_ingress.core.commands import command
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.paths import encode
from kubectl_ingress.core.request import (
    HANDSHAKE,
    Outcome,
    OutcomeKind,
    Request,
    Step,
    usual_port,
)
from kubectl_ingress.core.values import UNSET, Value

_NO_CERTIFICATE = "no server has a certificate for this name"


class RefuseHandshake(Action, Struct, frozen=True):
    """ssl_reject_handshake: https ends before a request is sent."""

    because: Value = UNSET
    finding: Finding | None = None

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """Only for https."""
        return Outcome(OutcomeKind.REFUSED) if request.scheme == "https" else None

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Why there is no certificate."""
        text = self.finding.message if self.finding else _NO_CERTIFICATE
        return self.because.step(HANDSHAKE, text, passed=False)

    def findings(self, request: Request, path: str) -> tuple[Finding, ...]:
        """The same, as a KI302."""
        if self.finding is not None:
            return (self.finding,)
        message = f"{_NO_CERTIFICATE}, {request.host}, so the TLS handshake is refused"
        fix = command("ingress", "scaffold", "NAME", "--host", request.host, "--tls-self-signed")
        return (Finding("KI302", "error", message, fix=fix),)


class ToHttps(Redirecting, frozen=True, kw_only=True):
    """http to https on hosts with TLS: the raw URI is kept, and a port always written.

    `port` is None where a VirtualServer does it, which writes none.
    """

    port: int | None

    def leads_to(self, request: Request, path: str) -> str | None:
        """Only for http; X-Forwarded-Proto is not looked at."""
        if request.scheme != "http":
            return None
        port = "" if self.port is None else f":{self.port}"
        return f"https://{shown_host(request)}{port}{request.target}"

    def __str__(self) -> str:
        return f"http is redirected to https ({self.status})"


class ToHttpsByHeader(Redirecting, frozen=True):
    """redirect-to-https: only what a proxy in front says that it took by http."""

    def leads_to(self, request: Request, path: str) -> str | None:
        """Only where X-Forwarded-Proto is http."""
        if request.header("x-forwarded-proto") != "http":
            return None
        return f"https://{shown_host(request)}{request.target}"

    def __str__(self) -> str:
        return f"X-Forwarded-Proto is http, and redirect-to-https is set ({self.status})"


class AppRoot(Redirecting, frozen=True):
    """For what is ``/`` after normalising; the query is lost, the Host header kept."""

    def leads_to(self, request: Request, path: str) -> str | None:
        """Only for the root: to the text of the setting."""
        if path != "/":
            return None
        return f"{request.scheme}://{request.authority}{self.because.text}"

    def __str__(self) -> str:
        return f"app-root sends / to {self.because.text} ({self.status})"


class AddSlash(Redirecting, frozen=True, kw_only=True):
    """To the location that has a slash more; nginx writes the port that it listens on."""

    name: str
    listeners: Listeners

    def leads_to(self, request: Request, path: str) -> str | None:
        """Every request."""
        port = self.listeners.port(request)
        shown = "" if port == usual_port(request.scheme) else f":{port}"
        place = f"{shown_host(request)}{shown}{encode(self.name)}{arguments(request)}"
        return f"{request.scheme}://{place}"

    def __str__(self) -> str:
        return f"the rule's path is {self.name}, with a slash ({self.status})"


class To(Redirecting, frozen=True, kw_only=True):
    """A redirect that is written down as a whole, with variables."""

    location: str

    def leads_to(self, request: Request, path: str) -> str | None:
        """Every request."""
        return expanded(self.location, request, path)

    def __str__(self) -> str:
        return f"sent to {self.location} ({self.status})"


class NoFile(Action, Struct, frozen=True):
    """What no location takes is looked for as a file, of which there is none (measured).

    ngx_http_static_module refuses other methods before it looks; it leaves a
    directory to the index, which has no answer to them.
    """

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """Always answers."""
        if request.method in ("GET", "HEAD", "POST"):
            return Outcome(OutcomeKind.REPLY, 404)
        return Outcome(OutcomeKind.REPLY, 403 if path.endswith("/") else 405)

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """That nothing took it."""
        return (Step("path", "no path of this host matches", passed=False),)
