"""What the settings of a path make of a request (pkg/converters/ingress/annotations/backend.go).

haproxy has one ``backend`` for all paths that lead to a Service port. Where their
settings differ, it finds the path again, by the host of the rule: requests that
came by server-alias find none, and nothing that differs counts for them.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.controllers._haproxy.actions import Sources
from kubectl_ingress.controllers._haproxy.hosts import Host, HostPath, World, target_of
from kubectl_ingress.controllers._haproxy.order import Match
from kubectl_ingress.controllers._haproxy.rewriting import ReplacePath
from kubectl_ingress.controllers._haproxy.settings import Settings
from kubectl_ingress.controllers._haproxy.values import auth_url, flag, networks, size
from kubectl_ingress.core.objects import Snapshot
from kubectl_ingress.core.records import Compared
from kubectl_ingress.core.values import Value


class External(Compared, Struct, frozen=True):
    """An authority beside the controller: `denies` all, or is asked, with `signin` for the rest."""

    uncompared = ("because",)

    denies: str = ""
    asks: str = ""
    signin: str = ""
    before_redirects: bool = False
    because: Value = Value()


class PathConfig(Struct, frozen=True):
    """The settings of one path, None where there is none."""

    to_https: Value | None = None
    sources: Sources | None = None
    password: Value | None = None
    cors: Value | None = None
    body: tuple[int, Value] | None = None
    external: External | None = None
    rewrite: ReplacePath | None = None


def path_config(world: World, snapshot: Snapshot, settings: Settings, path: HostPath) -> PathConfig:
    """The settings of a path."""
    if path.added:
        return PathConfig()
    return PathConfig(
        to_https=_to_https(world, settings, path),
        sources=_sources(settings, path),
        password=_password(snapshot, settings, path),
        cors=_flagged(path.value("cors-enable", settings)),
        body=_body(path.value("proxy-body-size", settings)),
        external=_external(world, snapshot, settings, path),
        rewrite=_rewrite(settings, path),
    )


def common(configs: Sequence[PathConfig]) -> PathConfig:
    """What all paths of a port have in common."""
    found = configs[0]
    for name in PathConfig.__struct_fields__:
        if any(getattr(one, name) != getattr(found, name) for one in configs):
            found = replace(found, **{name: None})
    return found


def uses_tls(host: Host, settings: Settings) -> bool:
    """Whether ssl-redirect may count for a host (hostResolver.UseTLS)."""
    added = flag(host.value("ssl-always-add-https", settings).text)
    return host.has_tls or (added and flag(settings.value("ssl-always-follow-redirect").text))


def _to_https(world: World, settings: Settings, path: HostPath) -> Value | None:
    value = path.value("ssl-redirect", settings)
    if not flag(value.text) or not uses_tls(world.hosts[path.host], settings):
        return None
    # The declared path is looked at, and not that of the request.
    exempt = settings.listed("no-tls-redirect-locations")
    return None if path.path.startswith(exempt) else replace(value, text="true")


def _flagged(value: Value) -> Value | None:
    return replace(value, text="true") if flag(value.text) else None


def _sources(settings: Settings, path: HostPath) -> Sources | None:
    allow = path.value("allowlist-source-range", settings)
    if not allow.text:
        allow = path.value("whitelist-source-range", settings)
    deny = path.value("denylist-source-range", settings)
    allowed, but_allowed = networks(allow.text)
    denied, but_denied = networks(deny.text)
    if not (allowed or but_allowed or denied or but_denied):
        return None
    return Sources(
        allowed,
        denied,
        allow if allowed or but_allowed else deny,
        but_allowed=but_allowed,
        but_denied=but_denied,
        header=path.value("allowlist-source-header", settings).text,
    )


def _password(snapshot: Snapshot, settings: Settings, path: HostPath) -> Value | None:
    """auth-secret, where it can be read: everybody is let in else (measured)."""
    value = path.value("auth-secret", settings)
    if not value.text:
        return None
    own = value.source.partition(" ")[2].partition("/")[0]
    namespace, _, name = value.text.rpartition("/")
    secret = snapshot.secret_by_key.get((namespace or own, name))
    if secret is None or "auth" not in secret.keys:
        return None
    return value if settings.reads(secret.meta.namespace, own, "secrets-passwd") else None


def _body(value: Value) -> tuple[int, Value] | None:
    limit = None if value.text == "unlimited" else size(value.text)
    return (limit, value) if limit else None


def _external(
    world: World, snapshot: Snapshot, settings: Settings, path: HostPath
) -> External | None:
    """auth-url, or else oauth (setAuthExternal, buildBackendOAuth)."""
    url, oauth = path.value("auth-url", settings), path.value("oauth", settings)
    if url.text:
        placed = path.value("auth-external-placement", settings).text.lower()
        early = placed == "frontend"
        if not early and placed != "backend":
            return None
        why = _bad_url(snapshot, settings, url, path)
        signin = path.value("auth-signin", settings).text
        signin = "" if any(sign in signin for sign in "\"' ") else signin
        asks = "" if why else f"auth-url {url.text}"
        return External(why, asks, signin, early, url)
    if not oauth.source.startswith(("Ingress", "Service")):
        return None
    if oauth.text not in ("oauth2_proxy", "oauth2-proxy"):
        return External(denies=f"oauth {oauth.text!r} is no service it knows", because=oauth)
    prefix = path.value("oauth-uri-prefix", settings).text.rstrip("/")
    namespace = _namespace(path)
    if not any(
        one.path.rstrip("/") == prefix and one.port and one.port.namespace == namespace
        for host in world.hosts.values()
        for one in host.paths
    ):
        return External(denies=f"oauth finds no path {prefix} in its namespace", because=oauth)
    return External(asks=f"the service at {prefix}", signin=f"{prefix}/start", because=oauth)


def _namespace(path: HostPath) -> str:
    return path.route.ingress.partition("/")[0] if path.route else ""


def _bad_url(snapshot: Snapshot, settings: Settings, url: Value, path: HostPath) -> str:
    """Why an auth-url cannot be asked, "" if it can."""
    found = auth_url(url.text)
    if found is None or found[0] not in ("http", "https", "service", "svc"):
        return f"auth-url {url.text!r} is no URL that it can ask"
    scheme, name, port = found
    if scheme in ("http", "https"):
        return ""
    if not port:
        return f"auth-url {url.text!r} has no port"
    own = _namespace(path)
    namespace, _, service = name.rpartition("/")
    known = snapshot.service_by_key.get((namespace or own, service))
    if known is None and snapshot.offline and not snapshot.services:
        return ""
    # It is looked for by the port of the pods (issue 981 of haproxy-ingress).
    if known is None or all(target_of(one) != port for one in known.ports):
        return f"auth-url {url.text!r} leads to no Service with that targetPort"
    if not settings.reads(known.meta.namespace, own, "services"):
        return f"auth-url {url.text!r} leads to another namespace"
    return ""


def _rewrite(settings: Settings, path: HostPath) -> ReplacePath | None:
    target = path.value("rewrite-target", settings).text
    if not target:
        return None
    return ReplacePath.by(target, path.path, path.match is Match.REGEX)
