"""Which variables the nginx of one configuration knows, beside those that it always knows.

One that is set in a location is known in all of them: it is empty elsewhere,
and no reason to refuse anything. So one Ingress can make the values of another
one loadable. Upstream: rootfs/etc/nginx/template/nginx.tmpl and template.go.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from kubectl_ingress.controllers._ingress_nginx.config_map import Config
from kubectl_ingress.controllers._ingress_nginx.locations import Piece, pattern_maker
from kubectl_ingress.controllers._ingress_nginx.reading import Values
from kubectl_ingress.controllers._ingress_nginx.selection import Loaded
from kubectl_ingress.controllers._ingress_nginx.servers import Host
from kubectl_ingress.controllers._ingress_nginx.settings import Settings
from kubectl_ingress.controllers._ingress_nginx.variables import is_known, named_groups, variables

_CACHED = ("tmp_cache_key", "cache_key")
_KEPT_ALIVE = ("auth_path", "auth_keepalive_share_vars", "auth_response_headers")
SOMETIMES = frozenset(
    ("target", *_CACHED, "cors", "auth_cookie", *_KEPT_ALIVE, "escaped_request_uri", "redirect_to")
)
"""What nginx.tmpl sets in locations that some annotation asks for, and in servers of www names."""

# Names that begin like this, and the settings with which there are any.
_MODULES = {
    "opentelemetry_": "enable-opentelemetry",
    "geoip2_": "use-geoip2",
    "brotli_ratio": "enable-brotli",
}
_SNIPPETS = ("configuration-snippet", "server-snippet", "auth-snippet")


class _Asked(Struct, frozen=True):
    """What is asked beside the controller, of a location: an annotation's, or everybody's."""

    url: str = ""
    signin: str = ""
    cache_key: str = ""
    headers: int = 0
    kept_alive: bool = False


class Known:
    """The variables that this configuration has; looked for when one is not nginx's own."""

    def __init__(
        self,
        hosts: list[Host],
        pieces: dict[Host, list[Piece]],
        www: Sequence[tuple[str, Host]],
        settings: Settings,
    ) -> None:
        self._hosts, self._pieces, self._www = hosts, pieces, www
        self._config = settings.config
        self._names: frozenset[str] | None = None

    def has(self, name: str) -> bool:
        """Whether nginx loads a value with this variable in it."""
        # Names have no case (ngx_http_get_variable_index).
        name = name.lower()
        if is_known(name):
            return True
        if self._names is None:
            self._names = frozenset(one.lower() for one in self._all())
        if name in self._names:
            return True
        return any(name.startswith(start) and start in self._names for start in _MODULES)

    def _all(self) -> Iterator[str]:
        yield from _of_config(self._config)
        if self._www:
            yield "redirect_to"
        for host in self._hosts:
            if host.host.startswith("*."):
                yield "subdomain"
            for alias in host.aliases:
                yield from named_groups(alias)
            if pattern_maker(self._pieces[host]) is not None:
                for piece in self._pieces[host]:
                    yield from named_groups(piece.text)
            for piece in self._pieces[host] if host.barred is None else ():
                if piece.location.owner is not None:
                    yield from self._of_location(piece.location.owner, piece.text)

    def _of_location(self, owner: Loaded, path: str) -> Iterator[str]:
        values = owner.values
        for name in _SNIPPETS:
            # Directives may make any of those that they name.
            yield from variables(values.text(name))
        if values.flag("enable-opentelemetry"):
            yield "opentelemetry_"
        asked = self._asked(values)
        if asked.url:
            yield "target"
        if asked.cache_key:
            yield from _CACHED
        if owner.denied is not None:
            return
        if values.flag("enable-cors"):
            yield "cors"
        if path.startswith(self._config.without_auth):
            return
        if asked.url:
            yield "auth_cookie"
            yield from (f"authHeader{number}" for number in range(asked.headers))
        if asked.kept_alive:
            yield from _KEPT_ALIVE
        if asked.signin:
            yield "escaped_request_uri"

    def _asked(self, values: Values) -> _Asked:
        config = self._config
        url = values.text("auth-url")
        if url:
            return _Asked(
                url,
                values.text("auth-signin"),
                values.text("auth-cache-key"),
                len(values.words("auth-response-headers")),
                bool(values.number("auth-keepalive")) and not config.http2,
            )
        if config.auth_url and values.flag("enable-global-auth", True):
            headers = len(config.auth_headers)
            return _Asked(config.auth_url, config.auth_signin, config.auth_cache_key, headers)
        return _Asked()


def _of_config(config: Config) -> Iterator[str]:
    yield from variables(config.directives)
    yield from (start for start, setting in _MODULES.items() if setting in config.switched_on)
    if config.forwarded_headers and "compute-full-forwarded-for" in config.switched_on:
        yield "full_x_forwarded_for"
    if config.forwarded_headers and "use-proxy-protocol" in config.switched_on:
        yield from ("proxy_protocol_addr_trusted", "forwarded_for_proxy_protocol")
    if "block-user-agents" in config.opaque:
        yield "block_ua"
    if "block-referers" in config.opaque:
        yield "block_ref"
