"""The controller's ConfigMap: its keys that change routing, and where it is found.

Upstream: internal/ingress/controller/template/configmap.go (ReadConfig) and
config/config.go (NewDefault). A value that cannot be read counts as absent.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct

from kubectl_ingress.controllers._config_maps import own_config_map
from kubectl_ingress.controllers._go import FALSE, parse_bool, parse_int, words
from kubectl_ingress.controllers._ingress_nginx.annotation import Risk
from kubectl_ingress.controllers._ingress_nginx.profile import PROFILE
from kubectl_ingress.controllers._known import name_by_build
from kubectl_ingress.controllers._profile import Told
from kubectl_ingress.core.networks import Network, parse_network
from kubectl_ingress.core.objects import ConfigMap, Snapshot, Workload
from kubectl_ingress.core.values import Value

ACME = "/.well-known/acme-challenge"
_USUAL = ("ingress-nginx", "ingress-nginx-controller")
_REDIRECT_CODES = (301, 302, 303, 307, 308)


class Config(Struct, frozen=True):
    """What the ConfigMap decides; `source` is "ConfigMap ns/name", "" where there is none.

    Sizes are as nginx writes them, ``1m``. `opaque` are keys that hold
    configuration of nginx or rules of a firewall, which nobody here can follow;
    `directives` is the text of the former. `switched_on` are keys that are true,
    and of which nothing counts but the variables that they bring.
    """

    source: str = ""
    ssl_redirect: bool = True
    force_ssl_redirect: bool = False
    preserve_trailing_slash: bool = False
    redirect_code: int = 308
    port_in_redirects: bool = False
    relative_redirects: bool = False
    forwarded_headers: bool = False
    real_ip: bool = False
    client_header: str = "X-Forwarded-For"
    trusted: tuple[Network, ...] = (ipaddress.IPv4Network("0.0.0.0/0"),)
    body_size: str = "1m"
    allowed: tuple[Network, ...] = ()
    refused: tuple[Network, ...] = ()
    blocked: tuple[Network, ...] = ()
    error_codes: tuple[int, ...] = ()
    plain_http: tuple[str, ...] = (ACME,)
    without_auth: tuple[str, ...] = (ACME,)
    auth_url: str = ""
    auth_signin: str = ""
    auth_cache_key: str = ""
    auth_headers: tuple[str, ...] = ()
    http2: bool = True
    underscores: bool = False
    drop_invalid_headers: bool = True
    service_upstream: bool = False
    answer_headers: tuple[str, ...] = ()
    status_clients: tuple[Network, ...] = (
        ipaddress.IPv4Network("127.0.0.1"),
        ipaddress.IPv6Network("::1"),
    )
    connect_timeout: int = 5
    send_timeout: int = 60
    read_timeout: int = 60
    retry_timeout: int = 0
    retries: int = 3
    buffers: int = 4
    buffer_size: str = "4k"
    busy_size: str = ""
    risk: Risk = Risk.HIGH
    snippets: bool = False
    blocked_words: tuple[str, ...] = ()
    cross_namespace: bool = False
    strict_paths: bool = True
    opaque: tuple[str, ...] = ()
    directives: str = ""
    switched_on: frozenset[str] = frozenset()

    def setting(self, key: str) -> Value:
        """Where a key stands."""
        return Value("", self.source, ("data", key))


class Unreadable(ValueError):
    """A value that counts as absent."""


def _flag(text: str) -> bool:
    if (value := parse_bool(text)) is None:
        raise Unreadable
    return value


def _number(text: str) -> int:
    if (value := parse_int(text)) is None:
        raise Unreadable
    return value


def _text(text: str) -> str:
    return text.strip()


def read_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Addresses and networks; host bits are cut, what is neither is left out."""
    return tuple(filter(None, map(parse_network, texts)))


def _networks(text: str) -> tuple[Network, ...]:
    return read_networks(words(text))


def _codes(text: str) -> tuple[int, ...]:
    return tuple(int(word) for word in words(text) if word.isascii() and word.isdigit())


def _redirect_code(text: str) -> int:
    code = _number(text)
    return code if code in _REDIRECT_CODES else 308


_KEYS: Mapping[str, tuple[str, Callable[[str], object]]] = {
    "ssl-redirect": ("ssl_redirect", _flag),
    "force-ssl-redirect": ("force_ssl_redirect", _flag),
    "strict-validate-path-type": ("strict_paths", _flag),
    "preserve-trailing-slash": ("preserve_trailing_slash", _flag),
    "http-redirect-code": ("redirect_code", _redirect_code),
    "use-port-in-redirects": ("port_in_redirects", _flag),
    "relative-redirects": ("relative_redirects", _flag),
    "use-forwarded-headers": ("forwarded_headers", _flag),
    "enable-real-ip": ("real_ip", _flag),
    "forwarded-for-header": ("client_header", _text),
    "proxy-real-ip-cidr": ("trusted", _networks),
    "proxy-body-size": ("body_size", _text),
    "whitelist-source-range": ("allowed", _networks),
    "denylist-source-range": ("refused", _networks),
    "block-cidrs": ("blocked", _networks),
    "custom-http-errors": ("error_codes", _codes),
    "no-tls-redirect-locations": ("plain_http", words),
    "no-auth-locations": ("without_auth", words),
    "global-auth-url": ("auth_url", _text),
    "global-auth-signin": ("auth_signin", _text),
    "global-auth-cache-key": ("auth_cache_key", _text),
    "global-auth-response-headers": ("auth_headers", words),
    "use-http2": ("http2", _flag),
    "enable-underscores-in-headers": ("underscores", _flag),
    "ignore-invalid-headers": ("drop_invalid_headers", _flag),
    "service-upstream": ("service_upstream", _flag),
    "global-allowed-response-headers": ("answer_headers", words),
    "proxy-connect-timeout": ("connect_timeout", _number),
    "proxy-send-timeout": ("send_timeout", _number),
    "proxy-read-timeout": ("read_timeout", _number),
    "proxy-next-upstream-timeout": ("retry_timeout", _number),
    "proxy-next-upstream-tries": ("retries", _number),
    "proxy-buffers-number": ("buffers", _number),
    "proxy-buffer-size": ("buffer_size", _text),
    "proxy-busy-buffers-size": ("busy_size", _text),
    "annotations-risk-level": ("risk", Risk.parse),
    "allow-snippet-annotations": ("snippets", _flag),
    "annotation-value-word-blocklist": ("blocked_words", words),
    "allow-cross-namespace-resources": ("cross_namespace", _flag),
}

# Directives of nginx and rules of a firewall: any of these may answer any request.
_SNIPPETS = ("main-snippet", "http-snippet", "server-snippet", "location-snippet")
_OPAQUE = (*_SNIPPETS, "block-user-agents", "block-referers", "enable-modsecurity")
_SWITCHES = (
    *("compute-full-forwarded-for", "use-proxy-protocol"),
    *("enable-opentelemetry", "use-geoip2", "enable-brotli"),
)


def read_config(config_map: ConfigMap | None) -> Config:
    """What a ConfigMap decides, the defaults where there is none."""
    if config_map is None:
        return Config()
    data = config_map.data
    values: dict[str, object] = {"source": f"ConfigMap {config_map.meta.key}"}
    for key, (field, read) in _KEYS.items():
        if key in data:
            try:
                values[field] = read(data[key])
            except Unreadable:
                continue
    values["opaque"] = tuple(
        key for key in _OPAQUE if data.get(key, "").strip() not in ("", *FALSE)
    )
    values["directives"] = "\n".join(data.get(key, "") for key in _SNIPPETS)
    values["switched_on"] = frozenset(key for key in _SWITCHES if parse_bool(data.get(key, "")))
    return Config(**values)  # type: ignore[arg-type]  # each field has its own reader


def find_config_map(told: Told, snapshot: Snapshot) -> ConfigMap | None:
    """The ConfigMap that the flag names, else that of a controller among the objects.

    In files, where neither tells, the one of the usual name, or the only one
    that has a key of this controller.
    """
    if not told.namespace and not told.flags.get("configmap"):
        running = (Told.by(one) for one in snapshot.workloads if _is_own(one))
        if (found := next(running, None)) and not found.flags.get("configmap"):
            return None
        told = found or told
    own = own_config_map(snapshot, told, "configmap", _ALL_KEYS)
    if told.flags.get("configmap") or not snapshot.offline:
        return own
    return snapshot.config_map_by_key.get(_USUAL) or own


def _is_own(workload: Workload) -> bool:
    return any(name_by_build(image) == PROFILE.name for image in workload.images)


_ALL_KEYS = frozenset((*_KEYS, *_OPAQUE, *_SWITCHES))
