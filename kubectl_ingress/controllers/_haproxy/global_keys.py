"""The keys of the controller's ConfigMap: types/global.go and defaults.go.

Those of Ingresses and Services may stand there too, as the default for all.
"""

from __future__ import annotations

from kubectl_ingress.controllers._go import is_flag
from kubectl_ingress.controllers._haproxy.key import (
    Invalid,
    Key,
    Scope,
)
from kubectl_ingress.controllers._haproxy.other_keys import OTHER_KEYS
from kubectl_ingress.controllers._haproxy.routing_keys import ROUTING_KEYS
from kubectl_ingress.controllers._haproxy.values import (
    is_redirect_code,
)
from kubectl_ingress.controllers._tables import Effect, Kind

_ORDER = "exact,prefix,begin,regex"
MATCHES = tuple(_ORDER.split(","))


def _is_order(text: str) -> bool:
    return sorted(text.split(",")) == sorted(MATCHES)


def _code(name: str, doc: str, default: str) -> Key:
    valid, frozen = is_redirect_code, Invalid.FROZEN
    return Key(name, Scope.GLOBAL, Kind.NUMBER, Effect.REDIRECT, doc, default, valid, frozen)


def _paths(name: str, doc: str) -> Key:
    default = "/.well-known/acme-challenge"
    return Key(name, Scope.GLOBAL, Kind.PATH, Effect.REDIRECT, doc, default)


def _flag(name: str, effect: Effect, doc: str, default: str = "") -> Key:
    valid, false = is_flag, Invalid.FALSE
    return Key(name, Scope.GLOBAL, Kind.FLAG, effect, doc, default, valid, false)


def _other(name: str, effect: Effect, doc: str) -> Key:
    return Key(name, Scope.GLOBAL, Kind.TEXT, effect, doc)


_ROUTING = (
    Key(
        "path-type-order",
        Scope.GLOBAL,
        Kind.CHOICE,
        Effect.ROUTE,
        "All four path types in the order in which they are tried.",
        _ORDER,
        _is_order,
        Invalid.IGNORED,
    ),
    _flag(
        "strict-host",
        Effect.ROUTE,
        "A host without a rule for a path goes to the / of no host, past its wildcard.",
        "false",
    ),
    _flag(
        "ssl-always-follow-redirect",
        Effect.REDIRECT,
        "ssl-redirect counts for hosts of ssl-always-add-https too.",
        "true",
    ),
    _code("redirect-from-code", "The status of redirect-from.", "302"),
    _code("redirect-to-code", "The status of redirect-to.", "302"),
    _code("ssl-redirect-code", "The status of ssl-redirect.", "302"),
    _code("default-backend-redirect-code", "The status of default-backend-redirect.", "302"),
    Key(
        "default-backend-redirect",
        Scope.GLOBAL,
        Kind.URL,
        Effect.REDIRECT,
        "Where a request is sent that nothing matches.",
    ),
    _paths("no-redirect-locations", "Paths that redirect-from and redirect-to leave alone."),
    _paths("no-tls-redirect-locations", "Declared paths that ssl-redirect leaves alone."),
    *(
        Key(
            f"cross-namespace-{what}",
            Scope.GLOBAL,
            Kind.CHOICE,
            Effect.STATUS,
            f"allow or deny: {what} of other namespaces.",
            "deny",
        )
        for what in ("secrets-ca", "secrets-crt", "secrets-passwd", "services")
    ),
)

# They change routes, in ways that are not in the table.
_NOT_MODELLED = tuple(
    _other(name, Effect.ANY, doc)
    for name, doc in (
        ("acme-endpoint", "The ACME server; its challenges are answered by the controller."),
        ("bind-fronting-proxy", "Listens for a proxy in front, which says what was https."),
        ("bind-http", "The listener of http."),
        ("bind-https", "The listener of https."),
        ("config-defaults", "Lines for haproxy's defaults."),
        ("config-frontend", "Lines for both frontends, after all others."),
        ("config-frontend-early", "Lines for both frontends, before all others."),
        ("config-frontend-late", "Lines for both frontends, after all others."),
        ("config-proxy", "Lines for parts of haproxy's configuration by name."),
        ("config-sections", "More sections of haproxy's configuration."),
        ("fronting-proxy-port", "Listens for a proxy in front, which says what was https."),
        ("http-port", "The port of http."),
        ("https-port", "The port of https."),
        ("https-to-http-port", "The former name of fronting-proxy-port."),
        ("modsecurity-endpoints", "The firewall that waf asks."),
        ("use-proxy-protocol", "Clients come through a proxy that speaks the PROXY protocol."),
    )
)

_OPERATION = tuple(
    _other(name, Effect.OPERATION, "How haproxy runs.")
    for name in (
        *("acme-emails", "acme-expiring", "acme-shared", "acme-terms-agreed", "auth-log-format"),
        *("auth-proxy", "auth-tls-default-secret", "bind-ip-addr-healthz", "bind-ip-addr-http"),
        *("bind-ip-addr-prometheus", "bind-ip-addr-stats", "bind-ip-addr-tcp", "config-global"),
        *("close-sessions-duration", "config-peers", "config-tcp", "cookie-key", "cpu-map"),
        *("dns-accepted-payload-size", "dns-cluster-domain", "dns-hold-obsolete"),
        *("dns-hold-valid", "dns-resolvers", "dns-timeout-retry", "drain-support"),
        *("drain-support-redispatch", "external-has-lua", "fcgi-enabled-apps", "forwardfor"),
        *("groupname", "healthz-port", "http-log-format", "http-response-404"),
        *("http-response-prometheus-root", "https-log-format", "load-server-state"),
        *("master-exit-on-failure", "max-connections", "modsecurity-args"),
        *("modsecurity-timeout-connect", "modsecurity-timeout-hello", "modsecurity-timeout-idle"),
        *("modsecurity-timeout-processing", "modsecurity-timeout-server", "modsecurity-use-coraza"),
        *("nbproc-balance", "nbproc-ssl", "nbthread", "original-forwarded-for-hdr", "peers-name"),
        *("peers-port", "peers-table-global", "prometheus-port", "real-ip-hdr"),
        *("ssl-dh-default-max-size", "ssl-dh-param", "ssl-engine", "ssl-headers-prefix"),
        *("ssl-mode-async", "ssl-options", "stats-auth", "stats-port", "stats-proxy-protocol"),
        *("stats-ssl-cert", "syslog-endpoint", "syslog-format", "syslog-length", "syslog-tag"),
        *("tcp-log-format", "timeout-client", "timeout-client-fin", "timeout-stop", "use-chroot"),
        *("use-cpu-map", "use-forwarded-proto", "use-haproxy-user", "use-htx", "username"),
        "worker-max-reloads",
    )
)

KEYS: dict[str, Key] = {key.name: key for key in (*ROUTING_KEYS, *OTHER_KEYS)}
"""What may stand on an Ingress or a Service."""
GLOBAL_KEYS: dict[str, Key] = {
    key.name: key for key in (*_ROUTING, *_NOT_MODELLED, *_OPERATION, *KEYS.values())
}
DEFAULTS: dict[str, str] = {key.name: key.default for key in GLOBAL_KEYS.values() if key.default}
