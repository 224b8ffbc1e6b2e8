"""Redirects: to a fixed URL, to https, to the application's root, from and to www, to a slash."""

from __future__ import annotations

from dataclasses import dataclass

from kubectl_ingress.controllers._ingress_nginx.answers import NO_CAUSE, Cause
from kubectl_ingress.controllers._ingress_nginx.sight import Sight
from kubectl_ingress.controllers._ingress_nginx.variables import Text
from kubectl_ingress.core.actions import Action, RedirectToHttps
from kubectl_ingress.core.hosts import normalise_host, wildcard_of
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.paths import encode
from kubectl_ingress.core.request import Outcome, OutcomeKind, Request, Step

# ``return`` sends these with a Location; others get the URL as their body.
_WITH_LOCATION = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class FixedRedirect(Action):
    """permanent-redirect and temporal-redirect: exactly this URL, no path and no query."""

    status: int
    url: str
    cause: Cause
    relative: bool = False

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """Always answers."""
        if self.status not in _WITH_LOCATION:
            return Outcome(OutcomeKind.REPLY, self.status)
        location = self.url
        if location.startswith("/") and not self.relative:
            location = f"{request.scheme}://{normalise_host(request.host)}{location}"
        return Outcome(OutcomeKind.REDIRECT, self.status, location=location)

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Which annotation."""
        text = f"{self.cause.field[-1]}: {self.status} to {self.url}"
        return (Step("redirect", text, self.cause.source, field=self.cause.field),)


@dataclass(frozen=True, slots=True)
class PlainHttpsRedirect(RedirectToHttps):
    """RedirectToHttps with the annotation or the TLS section that asks for it."""

    cause: Cause = NO_CAUSE

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Why the client is sent away."""
        text = f"http is redirected to https ({self.status}), because of {_why(self.cause)}"
        return (Step("redirect", text, self.cause.source, field=self.cause.field),)


@dataclass(frozen=True, slots=True)
class HttpsRedirect(Action):
    """The same in all its forms: behind a proxy, with a port, for some of the names only.

    `port` is written where it is not None; `covered` are the names with a
    certificate, None where it does not matter or all of the server's have one.
    Upstream: rootfs/etc/nginx/lua/lua_ingress.lua, certificate.lua.
    """

    status: int
    cause: Cause
    sight: Sight
    keep_slash: bool = False
    port: int | None = None
    covered: frozenset[str] | None = None

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """Only for what is seen as http, and where there is a certificate."""
        if self.sight.scheme(request) != "http" or not self._is_covered(request.host):
            return None
        target = request.target if self.keep_slash else request.target.removesuffix("/")
        port = "" if self.port is None else f":{self.port}"
        location = f"https://{self.sight.host(request)}{port}{target}"
        return Outcome(OutcomeKind.REDIRECT, self.status, location=location)

    def _is_covered(self, host: str) -> bool:
        if self.covered is None:
            return True
        host = normalise_host(host)
        return host in self.covered or wildcard_of(host) in self.covered

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Why the client is sent away."""
        text = f"http is redirected to https ({self.status}), because of {_why(self.cause)}"
        return (Step("redirect", text, self.cause.source, field=self.cause.field),)


def _why(cause: Cause) -> str:
    return "its spec.tls" if cause.field[:1] == ("spec",) else str(cause.field[-1])


@dataclass(frozen=True, slots=True)
class AppRoot(Action):
    """app-root: 302 for ``/`` of the whole host, before anything that a location does."""

    target: Text
    cause: Cause

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """Only for the root, once normalised; the query is lost."""
        if path != "/":
            return None
        location = f"{request.scheme}://{request.authority}{self.target.value(request, path)}"
        return Outcome(OutcomeKind.REDIRECT, 302, location=location)

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Which annotation."""
        text = f"app-root {self.target}: 302"
        return (Step("redirect", text, self.cause.source, field=self.cause.field),)


@dataclass(frozen=True, slots=True)
class WwwRedirect(Action):
    """The server that from-to-www-redirect adds: to `host`, the port always written.

    Upstream: rootfs/etc/nginx/lua/nginx/ngx_srv_redirect.lua; measured.
    """

    host: str
    status: int
    sight: Sight
    http_port: int
    https_port: int
    cause: Cause

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """Always answers."""
        own = self.https_port if request.scheme == "https" else self.http_port
        scheme, port = self.sight.scheme(request), self.sight.port(request, own)
        location = f"{scheme}://{self.host}:{port}{request.target.removesuffix('/')}"
        return Outcome(OutcomeKind.REDIRECT, self.status, location=location)

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Which annotation."""
        text = f"from-to-www-redirect: {self.status} to {self.host}"
        return (Step("redirect", text, self.cause.source, field=self.cause.field),)


@dataclass(frozen=True, slots=True)
class MissingSlash(Action):
    """301 that nginx sends by itself where only the path with a final slash is a location.

    ngx_http_core_find_static_location; port_in_redirect is off.
    """

    location: str
    relative: bool = False
    finding: Finding | None = None

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """Always answers; the host is written as nginx compares it, without port."""
        query = f"?{request.query}" if request.query else ""
        location = f"{encode(self.location)}{query}"
        if not self.relative:
            location = f"{request.scheme}://{normalise_host(request.host)}{location}"
        return Outcome(OutcomeKind.REDIRECT, 301, location=location)

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Why the client is sent away."""
        return (Step("redirect", f"the rule's path ends in a slash: 301 to {self.location}"),)
