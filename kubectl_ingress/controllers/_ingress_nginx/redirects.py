"""Redirects: to a fixed URL, to https, to the application's root, from and to www, to a slash."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.controllers._ingress_nginx.sight import AS_IT_IS, Sight, sent_host
from kubectl_ingress.controllers._ingress_nginx.variables import Text
from kubectl_ingress.controllers._nginx import arguments, host_of
from kubectl_ingress.core.actions import Action, Redirecting, RedirectToHttps
from kubectl_ingress.core.hosts import wildcard_of
from kubectl_ingress.core.paths import encode
from kubectl_ingress.core.request import Outcome, OutcomeKind, Request, Step
from kubectl_ingress.core.values import Value

# ``return`` sends these with a Location; others get the URL as their body.
_WITH_LOCATION = frozenset({301, 302, 303, 307, 308})


class FixedRedirect(Action, Struct, frozen=True):
    """permanent-redirect and temporal-redirect: exactly this URL, no path and no query."""

    status: int
    url: str
    because: Value
    relative: bool = False

    def outcome(self, request: Request, path: str) -> Outcome | None:
        """Always answers."""
        if self.status not in _WITH_LOCATION:
            return Outcome(OutcomeKind.REPLY, self.status)
        location = self.url
        if location.startswith("/") and not self.relative:
            location = f"{request.scheme}://{host_of(request.host)}{location}"
        return Outcome(OutcomeKind.REDIRECT, self.status, location=location)

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Which annotation."""
        text = f"{self.because.field[-1]}: {self.status} to {self.url}"
        return self.because.step("redirect", text)


class PlainHttpsRedirect(RedirectToHttps, frozen=True):
    """RedirectToHttps with the annotation or the TLS section that asks for it."""

    def leads_to(self, request: Request, path: str) -> str | None:
        """Only for http."""
        return RedirectToHttps.leads_to(self, replace(request, host=sent_host(request)), path)

    def __str__(self) -> str:
        return _to_https(self.status, self.because)


class HttpsRedirect(Redirecting, frozen=True):
    """The same in all its forms: behind a proxy, with a port, for some of the names only.

    `port` is written where it is not None; `covered` are the names with a
    certificate, None where it does not matter or all of the server's have one.
    Upstream: rootfs/etc/nginx/lua/lua_ingress.lua, certificate.lua.
    """

    sight: Sight = AS_IT_IS
    keep_slash: bool = False
    port: int | None = None
    covered: frozenset[str] | None = None

    def leads_to(self, request: Request, path: str) -> str | None:
        """Only for what is seen as http, and where there is a certificate."""
        if self.sight.scheme(request) != "http" or not self._is_covered(request.host):
            return None
        target = request.target if self.keep_slash else request.target.removesuffix("/")
        port = "" if self.port is None else f":{self.port}"
        return f"https://{self.sight.host(request)}{port}{target}"

    def _is_covered(self, host: str) -> bool:
        if self.covered is None:
            return True
        host = host_of(host) or ""
        return host in self.covered or wildcard_of(host) in self.covered

    def __str__(self) -> str:
        return _to_https(self.status, self.because)


def _to_https(status: int, because: Value) -> str:
    setting = "its spec.tls" if because.field[:1] == ("spec",) else because.field[-1]
    return f"http is redirected to https ({status}), because of {setting}"


class AppRoot(Redirecting, frozen=True, kw_only=True):
    """app-root: for ``/`` of the whole host, before anything that a location does."""

    target: Text

    def leads_to(self, request: Request, path: str) -> str | None:
        """Only for the root, once normalised; the query is lost."""
        if path != "/":
            return None
        return f"{request.scheme}://{request.authority}{self.target.value(request, path)}"

    def __str__(self) -> str:
        return f"app-root {self.target}: {self.status}"


class WwwRedirect(Redirecting, frozen=True, kw_only=True):
    """The server that from-to-www-redirect adds: to `host`, the port always written.

    Upstream: rootfs/etc/nginx/lua/nginx/ngx_srv_redirect.lua; measured.
    """

    host: str
    sight: Sight
    http_port: int
    https_port: int

    def leads_to(self, request: Request, path: str) -> str | None:
        """Every request."""
        own = self.https_port if request.scheme == "https" else self.http_port
        scheme, port = self.sight.scheme(request), self.sight.port(request, own)
        return f"{scheme}://{self.host}:{port}{request.target.removesuffix('/')}"

    def __str__(self) -> str:
        return f"from-to-www-redirect: {self.status} to {self.host}"


class MissingSlash(Redirecting, frozen=True, kw_only=True):
    """What nginx sends by itself where only the path with a final slash is a location.

    ngx_http_core_find_static_location; port_in_redirect is off.
    """

    location: str
    relative: bool

    def leads_to(self, request: Request, path: str) -> str | None:
        """Every request; the host is written as nginx compares it, without port."""
        origin = "" if self.relative else f"{request.scheme}://{host_of(request.host)}"
        return f"{origin}{encode(self.location)}{arguments(request)}"

    def __str__(self) -> str:
        return f"the rule's path ends in a slash: {self.status} to {self.location}"
