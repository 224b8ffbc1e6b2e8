"""What a location does with a request: its actions, in the order of nginx's phases.

The order is that of nginx.tmpl and was measured: the body's size; the rewrite
phase (denied, CORS, fixed redirects, rewrite); then Lua's redirect to https and
503 without an upstream; then the access phase; then the upstream.
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_ingress.controllers._ingress_nginx.access import Access, Ranges
from kubectl_ingress.controllers._ingress_nginx.annotations import ROWS
from kubectl_ingress.controllers._ingress_nginx.answers import (
    BodyLimit,
    Preflight,
    read_origins,
)
from kubectl_ingress.controllers._ingress_nginx.canary import Headers
from kubectl_ingress.controllers._ingress_nginx.config_map import read_networks
from kubectl_ingress.controllers._ingress_nginx.error_pages import ErrorPages
from kubectl_ingress.controllers._ingress_nginx.limits import ClientLimits
from kubectl_ingress.controllers._ingress_nginx.redirects import (
    FixedRedirect,
    HttpsRedirect,
    PlainHttpsRedirect,
)
from kubectl_ingress.controllers._ingress_nginx.rewriting import (
    REDIRECTS,
    EmptyPath,
    Rewrite,
    RewriteRedirect,
)
from kubectl_ingress.controllers._ingress_nginx.selection import Loaded
from kubectl_ingress.controllers._ingress_nginx.sending import Sending, is_unbalanced
from kubectl_ingress.controllers._ingress_nginx.servers import Host, Location
from kubectl_ingress.controllers._ingress_nginx.settings import Settings
from kubectl_ingress.controllers._ingress_nginx.sight import Sight
from kubectl_ingress.controllers._ingress_nginx.sizes import NGINX_BODY, body_limit
from kubectl_ingress.controllers._ingress_nginx.tls import is_certified
from kubectl_ingress.controllers._ingress_nginx.upstreams import Upstreams
from kubectl_ingress.controllers._ingress_nginx.variables import Text
from kubectl_ingress.core.actions import Action, Reply
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.paths import as_bytes
from kubectl_ingress.core.values import Value

_TEMPORAL, _PERMANENT = (302, 307), (301, 308)
NGINX_OWN_LIMIT = BodyLimit(NGINX_BODY)
_RANGES = ("allowlist-source-range", "denylist-source-range")
_LIMITS = ("limit-rps", "limit-rpm", "limit-connections")


class Acting:
    """Makes the actions of locations; what is the same for many is made once."""

    def __init__(self, settings: Settings, upstreams: Upstreams, certified: frozenset[str]) -> None:
        self.settings, self.upstreams, self.certified = settings, upstreams, certified
        config = settings.config
        headers = Headers(config.underscores, not config.drop_invalid_headers)
        self.sight = Sight.by(config)
        self.sending = Sending(upstreams, headers)
        self._body = BodyLimit(body_limit(config.body_size), config.setting("proxy-body-size"))
        # By the identities of what they hold: what is equal here was made once.
        self._kept: dict[tuple[int, ...], tuple[Action, ...]] = {}
        self._checks: dict[Loaded, Access | None] = {}
        # By the identity of annotations, which many Ingresses share: whether nothing stands
        # before the upstream; and, with the upstream, the actions then.
        self._bare: dict[int, bool] = {}
        self._shared: dict[tuple[int, str], tuple[Action, ...]] = {}
        self._https: dict[tuple[Loaded, Host], Action | None] = {}
        self._special = (*config.plain_http, *config.without_auth)
        networks = config.allowed or config.refused or config.blocked
        self._guards_all = bool(networks or config.auth_url)

    def is_alike(self, location: Location, pattern: str) -> bool:
        """Whether what a location does does not depend on its path."""
        owner = location.owner
        return (owner is None or owner.plain) and not pattern.startswith(self._special)

    def actions(self, host: Host, location: Location, pattern: str) -> tuple[Action, ...]:
        """Those of one location; `pattern` is its path as nginx has it."""
        owner = location.owner
        if owner is None or owner.plain:
            inner = self._plain(host, location, pattern)
        elif owner.denied is not None:
            inner = (NGINX_OWN_LIMIT, Reply(503, owner.denied))
        else:
            inner = tuple(self._all(host, location, owner, pattern))
        return self._with_error_pages(location, inner)

    def _plain(self, host: Host, location: Location, pattern: str) -> tuple[Action, ...]:
        """Without an annotation that matters here alone: most locations are like this."""
        owner = location.owner
        key = (id(owner.values), location.upstream) if owner is not None else None
        if owner is None or key is None or not self._is_bare(host, owner):
            return self._make_plain(host, location, pattern)
        if key not in self._shared:
            self._shared[key] = self._make_plain(host, location, pattern)
        return self._shared[key]

    def _is_bare(self, host: Host, owner: Loaded) -> bool:
        """Whether a plain location only sends requests on: no redirect to https, no guard."""
        values = owner.values
        bare = self._bare.get(id(values))
        if bare is None:
            forced = values.flag("force-ssl-redirect", self.settings.config.force_ssl_redirect)
            # A limit of its own names the Ingress that has it.
            limited = values.has("proxy-body-size")
            bare = not forced and not limited and self._access_of(owner) is None
            self._bare[id(values)] = bare
        if not bare or not self.certified:
            return bare
        return not host.aliases and not is_certified(host.host, self.certified)

    def _make_plain(self, host: Host, location: Location, pattern: str) -> tuple[Action, ...]:
        to_https = self._to_https(host, location, pattern)
        access = self._access(location, pattern)
        final = self.sending.final(location, None, access)
        checks = () if access is None or is_unbalanced(final) else (access,)
        middle = checks if to_https is None else (to_https, *checks)
        made = (self.body(location.owner), *middle, final)
        return self._kept.setdefault(tuple(map(id, made)), made)

    def _all(self, host: Host, location: Location, owner: Loaded, pattern: str) -> Iterator[Action]:
        yield self.body(owner)
        if owner.values.flag("enable-cors"):
            yield self._preflight(owner)
        if not location.bare:
            yield from self._fixed_redirect(owner)
        rewrite = self._rewrite_of(location, pattern)
        if rewrite is not None:
            yield from self._rewrite_answers(owner, rewrite)
        to_https = self._to_https(host, location, pattern)
        if to_https is not None:
            yield to_https
        access = self._access(location, pattern)
        final = self.sending.final(location, rewrite, access, self._notes(owner))
        if not is_unbalanced(final):
            limits = ClientLimits.of(self.sight, owner.key, owner.values)
            yield from (check for check in (limits, access) if check is not None)
        yield final

    def body(self, owner: Loaded | None) -> BodyLimit:
        """The largest body that a location takes."""
        text = owner.values.text("proxy-body-size") if owner else ""
        if owner is None or not text:
            return self._body
        return BodyLimit(body_limit(text), self.annotation(owner, "proxy-body-size"))

    def _preflight(self, owner: Loaded) -> Preflight:
        origins = read_origins(owner.values.text("cors-allow-origin"))
        return Preflight(origins, self.annotation(owner, "enable-cors"))

    def _fixed_redirect(self, owner: Loaded) -> Iterator[Action]:
        for name, (usual, last) in (
            ("temporal-redirect", _TEMPORAL),
            ("permanent-redirect", _PERMANENT),
        ):
            url = owner.values.text(name)
            if not url:
                continue
            status = owner.values.number(f"{name}-code") or usual
            status = status if 300 <= status <= last else usual
            because = self.annotation(owner, name)
            yield FixedRedirect(status, as_bytes(url), because, self.relative(owner))
            return

    def relative(self, owner: Loaded | None) -> bool:
        """Whether redirects of nginx itself are without scheme and host."""
        usual = self.settings.config.relative_redirects
        return owner.values.flag("relative-redirects", usual) if owner else usual

    def _rewrite_of(self, location: Location, pattern: str) -> Rewrite | None:
        """What rewrite-target does here, None where it has no effect."""
        written = rewrite_target(location, pattern)
        if not written or location.owner is None:
            return None
        owner = location.owner
        constants = {
            "namespace": owner.ingress.meta.namespace,
            "ingress_name": owner.ingress.meta.name,
            "location_path": pattern,
            "proxy_upstream_name": location.upstream,
            "proxy_host": location.upstream,
        }
        return Rewrite(pattern, Text(written, constants, self.sight))

    def _rewrite_answers(self, owner: Loaded, rewrite: Rewrite) -> Iterator[Action]:
        because = self.annotation(owner, "rewrite-target")
        if rewrite.text.template.startswith(REDIRECTS):
            yield RewriteRedirect(302, because, rewrite=rewrite)
        elif rewrite.text.template.startswith("$"):
            yield EmptyPath(rewrite, because)

    def _to_https(self, host: Host, location: Location, pattern: str) -> Action | None:
        owner, config = location.owner, self.settings.config
        if owner is None or location.bare or pattern.startswith(config.plain_http):
            return None
        key = owner, host
        if key not in self._https:
            self._https[key] = self._make_https(host, owner)
        return self._https[key]

    def _make_https(self, host: Host, owner: Loaded) -> Action | None:
        config, values = self.settings.config, owner.values
        covered: frozenset[str] | None = None
        if values.flag("force-ssl-redirect", config.force_ssl_redirect):
            own = values.has("force-ssl-redirect")
            of_config = config.setting("force-ssl-redirect")
            because = self.annotation(owner, "force-ssl-redirect") if own else of_config
        elif not values.flag("ssl-redirect", config.ssl_redirect) or not self.certified:
            return None
        else:
            because = Value("", host.tls_of.source if host.tls_of else "", ("spec", "tls"))
            if host.aliases:
                covered = self.certified
            elif not host.host or not is_certified(host.host, self.certified):
                return None
        keep = values.flag("preserve-trailing-slash", config.preserve_trailing_slash)
        with_port = values.flag("use-port-in-redirects", config.port_in_redirects)
        if not (keep or with_port or covered or self.sight.headers):
            return PlainHttpsRedirect(config.redirect_code, because)
        port = self.settings.https_port if with_port else None
        return HttpsRedirect(config.redirect_code, because, self.sight, keep, port, covered)

    def _access(self, location: Location, pattern: str) -> Access | None:
        owner, config = location.owner, self.settings.config
        if owner is None:
            if not config.blocked:
                return None
            return Access(self.sight, Ranges((), config.blocked, Value("", config.source)))
        access = self._access_of(owner)
        if access is None or not pattern.startswith(config.without_auth):
            return access
        return Access(self.sight, access.ranges, any_one=access.any_one) if access.ranges else None

    def _access_of(self, owner: Loaded) -> Access | None:
        if owner not in self._checks:
            self._checks[owner] = self._make_access(owner)
        return self._checks[owner]

    def _make_access(self, owner: Loaded) -> Access | None:
        values, config = owner.values, self.settings.config
        if values.quiet and not (self._guards_all or any(map(values.has, _RANGES))):
            return None
        ranges, password = self._ranges(owner), None
        if values.has("auth-type"):
            password = self.annotation(owner, "auth-type")
        service, because = values.text("auth-url"), self.annotation(owner, "auth-url")
        if not service and config.auth_url and values.flag("enable-global-auth", True):
            service, because = config.auth_url, config.setting("global-auth-url")
        if ranges is None and password is None and not service:
            return None
        return Access(
            self.sight,
            ranges,
            password,
            values.text("auth-type"),
            service,
            because,
            values.text("satisfy") == "any",
        )

    def _ranges(self, owner: Loaded) -> Ranges | None:
        values, config = owner.values, self.settings.config
        found, because = {}, Value("", config.source)
        for name, usual in zip(_RANGES, (config.allowed, config.refused), strict=True):
            found[name] = usual
            if values.has(name):
                found[name] = read_networks(values.words(name))
                because = self.annotation(owner, name)
        allowed, refused = found.values()
        if allowed or refused:
            return Ranges(allowed, refused, because)
        return Ranges((), config.blocked, because) if config.blocked else None

    def _notes(self, owner: Loaded) -> tuple[Finding, ...]:
        names = [name for name in _LIMITS if (owner.values.number(name) or 0) > 0]
        if not names:
            return ()
        listed = ", ".join(f"{name} {owner.values.text(name)}" for name in names)
        message = f"{listed} of {owner.source}: a client that sends more gets 503"
        where, origin = owner.source, owner.ingress.meta.origin
        return (Finding("KI405", "info", message, where, origin),)

    def _with_error_pages(
        self, location: Location, inner: tuple[Action, ...]
    ) -> tuple[Action, ...]:
        owner, config = location.owner, self.settings.config
        own = owner is not None and owner.denied is None and owner.values.has("custom-http-errors")
        if not own and not config.error_codes:
            return inner
        if own and owner is not None:
            words = owner.values.words("custom-http-errors")
            codes = frozenset(map(int, words))
            because = self.annotation(owner, "custom-http-errors")
        else:
            codes = frozenset(config.error_codes)
            because = config.setting("custom-http-errors")
        backend = self.sending.spare(location.spare if own else "")
        return (ErrorPages(inner, codes, backend, because, inner[-1].backends),)

    def annotation(self, owner: Loaded, name: str) -> Value:
        """An annotation of an Ingress, by the name under which it is written."""
        names = (name, *ROWS[name].annotation.aliases)
        full = [f"{self.settings.annotations_prefix}/{one}" for one in names]
        written = next((one for one in full if one in owner.ingress.meta.annotations), full[0])
        return Value(owner.values.text(name), owner.source, ("metadata", "annotations", written))


def rewrite_target(location: Location, pattern: str) -> str:
    """rewrite-target where it has an effect, else "": the path itself has none.

    `pattern` and the result have one character per byte.
    """
    if location.owner is None or location.bare:
        return ""
    target = as_bytes(location.owner.values.text("rewrite-target"))
    return "" if target == pattern else target
