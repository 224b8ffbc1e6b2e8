"""The keys of Ingresses and Services that change routes.

Names, defaults and whose value counts: pkg/converters/ingress/types/annotations.go
and defaults.go; what a bad value does: annotations/*.go, and measured.
"""

from __future__ import annotations

from kubectl_ingress.controllers._go import is_number
from kubectl_ingress.controllers._haproxy.key import (
    Invalid,
    Key,
    Scope,
    checked_flag_key,
    flag_key,
    networks_key,
    number_key,
    text_key,
)
from kubectl_ingress.controllers._haproxy.values import (
    is_auth_url,
    is_balance,
    is_pair,
    is_size,
    is_weight,
)
from kubectl_ingress.controllers._tables import Effect, Kind

_HOST, _PATH, _BACKEND, _INGRESS = Scope.HOST, Scope.PATH, Scope.BACKEND, Scope.INGRESS

_PATH_TYPES = frozenset({"begin", "prefix", "exact", "regex"})

ROUTING_KEYS: tuple[Key, ...] = (
    Key(
        "path-type",
        _INGRESS,
        Kind.CHOICE,
        Effect.ROUTE,
        "How paths of type ImplementationSpecific are compared: begin, prefix, exact or regex.",
        "begin",
        lambda text: text.lower() in _PATH_TYPES,
        Invalid.IGNORED,
    ),
    Key(
        "redirect-to",
        _INGRESS,
        Kind.URL,
        Effect.REDIRECT,
        "Sends every request of the paths to this URL.",
    ),
    text_key(
        "http-header-match",
        _INGRESS,
        Effect.ROUTE,
        "Headers, one a line, that a request must have for these paths.",
    ),
    text_key(
        "http-header-match-regex",
        _INGRESS,
        Effect.ROUTE,
        "Headers, one a line, whose value must match a regular expression.",
    ),
    Key("app-root", _HOST, Kind.PATH, Effect.REDIRECT, "Where a request for / is sent."),
    Key("server-alias", _HOST, Kind.HOST, Effect.ROUTE, "One more name of the host."),
    Key(
        "server-alias-regex",
        _HOST,
        Kind.PATTERN,
        Effect.ROUTE,
        "A pattern of more names of the host.",
        invalid=Invalid.FROZEN,
    ),
    Key("redirect-from", _HOST, Kind.HOST, Effect.REDIRECT, "A host that is sent to this one."),
    Key(
        "redirect-from-regex",
        _HOST,
        Kind.PATTERN,
        Effect.REDIRECT,
        "A pattern of hosts that are sent to this one.",
        invalid=Invalid.FROZEN,
    ),
    flag_key(
        "ssl-always-add-https", _HOST, Effect.TLS, "Serves https without a tls entry.", "false"
    ),
    flag_key(
        "ssl-passthrough",
        _HOST,
        Effect.ROUTE,
        "Hands TLS connections to the pods of the path / as they are.",
    ),
    text_key(
        "ssl-passthrough-http-port",
        _HOST,
        Effect.ROUTE,
        "The Service port for plain http beside ssl-passthrough.",
    ),
    Key(
        "auth-tls-secret",
        _HOST,
        Kind.REFERENCE,
        Effect.STATUS,
        "The authorities whose client certificates are accepted.",
    ),
    flag_key(
        "auth-tls-strict",
        _HOST,
        Effect.STATUS,
        "Lets nobody in while the Secret of auth-tls-secret cannot be used.",
        "true",
    ),
    text_key(
        "auth-tls-verify-client",
        _HOST,
        Effect.STATUS,
        "on, optional, optional_no_ca or off: whether a client certificate is needed.",
    ),
    Key(
        "auth-tls-error-page",
        _HOST,
        Kind.URL,
        Effect.REDIRECT,
        "Where clients without a valid certificate are sent.",
    ),
    Key("rewrite-target", _PATH, Kind.PATH, Effect.PATH, "What the path is replaced by for pods."),
    checked_flag_key(
        "ssl-redirect", Effect.REDIRECT, "Sends http to https, where the host has TLS.", "true"
    ),
    networks_key("allowlist-source-range", _PATH, "Addresses that are let in; all others get 403."),
    networks_key("whitelist-source-range", _PATH, "The former name of allowlist-source-range."),
    networks_key("denylist-source-range", _PATH, "Addresses that get 403."),
    text_key(
        "allowlist-source-header",
        _PATH,
        Effect.STATUS,
        "The header that holds the client's address, for the two lists.",
    ),
    Key(
        "auth-secret",
        _PATH,
        Kind.REFERENCE,
        Effect.STATUS,
        "Users and passwords; everybody is let in where the Secret is missing.",
    ),
    text_key("auth-realm", _PATH, Effect.HEADERS, "The realm that is asked for a password."),
    Key(
        "auth-url",
        _PATH,
        Kind.URL,
        Effect.STATUS,
        "A server that is asked whether a request is let in.",
        valid=is_auth_url,
        invalid=Invalid.DENIED,
    ),
    Key(
        "auth-signin", _PATH, Kind.URL, Effect.REDIRECT, "Where those who are not let in are sent."
    ),
    text_key(
        "auth-external-placement",
        _PATH,
        Effect.STATUS,
        "backend or frontend: whether auth-url is asked after the redirects or before.",
        "backend",
    ),
    Key(
        "oauth",
        _PATH,
        Kind.CHOICE,
        Effect.STATUS,
        "oauth2_proxy: asks the path /oauth2 of the same namespace.",
        valid=lambda text: text in ("oauth2_proxy", "oauth2-proxy"),
        invalid=Invalid.DENIED,
    ),
    text_key("oauth-uri-prefix", _PATH, Effect.STATUS, "The path of oauth.", "/oauth2"),
    flag_key("cors-enable", _PATH, Effect.STATUS, "Answers preflight requests, and adds headers."),
    Key(
        "proxy-body-size",
        _PATH,
        Kind.SIZE,
        Effect.STATUS,
        "The largest body that is let through; larger ones get 413.",
        valid=is_size,
        invalid=Invalid.IGNORED,
    ),
    Key(
        "waf", _PATH, Kind.CHOICE, Effect.STATUS, "modsecurity: asks the firewall of the ConfigMap."
    ),
    text_key("waf-mode", _PATH, Effect.STATUS, "deny or detect.", "deny"),
    number_key("limit-rps", Effect.STATUS, "Requests a second of one client; more get 429."),
    number_key("limit-connections", Effect.STATUS, "Connections of one client; more get 429."),
    networks_key("limit-whitelist", _BACKEND, "Addresses that the limits do not count for."),
    Key(
        "blue-green-balance",
        _BACKEND,
        Kind.WEIGHTS,
        Effect.BALANCE,
        "Weights of groups of pods by a label.",
    ),
    Key(
        "blue-green-deploy",
        _BACKEND,
        Kind.WEIGHTS,
        Effect.BALANCE,
        "The former name of blue-green-balance.",
    ),
    text_key(
        "blue-green-mode",
        _BACKEND,
        Effect.BALANCE,
        "deploy or pod: whether a weight is of the group or of each pod.",
        "deploy",
    ),
    Key(
        "blue-green-header",
        _BACKEND,
        Kind.PAIR,
        Effect.ROUTE,
        "A header whose value names the label of the pod.",
        valid=is_pair,
        invalid=Invalid.IGNORED,
    ),
    Key(
        "blue-green-cookie",
        _BACKEND,
        Kind.PAIR,
        Effect.ROUTE,
        "A cookie whose value names the label of the pod.",
        valid=is_pair,
        invalid=Invalid.IGNORED,
    ),
    Key(
        "initial-weight",
        _BACKEND,
        Kind.NUMBER,
        Effect.BALANCE,
        "The weight of each pod, 0 to 256; with 0 none gets requests.",
        "1",
        is_weight,
        Invalid.FROZEN,
    ),
    Key(
        "balance-algorithm",
        _BACKEND,
        Kind.CHOICE,
        Effect.BALANCE,
        "The method of haproxy's `balance`.",
        "random(2)",
        is_balance,
        Invalid.FROZEN,
    ),
    flag_key(
        "service-upstream", _BACKEND, Effect.BALANCE, "Sends to the ClusterIP in place of pods."
    ),
    *(
        Key(
            name,
            _BACKEND,
            Kind.DIRECTIVES,
            Effect.STATUS,
            f"Lines for the backend's part of haproxy.cfg{when}.",
            invalid=Invalid.FROZEN,
        )
        for name, when in (
            ("config-backend", ", after all others"),
            ("config-backend-early", ", before all others"),
            ("config-backend-late", ", after all others"),
        )
    ),
    Key(
        "tcp-service-port",
        _INGRESS,
        Kind.NUMBER,
        Effect.ROUTE,
        "Makes the Ingress a TCP service of this port, without hosts and paths.",
        valid=is_number,
        invalid=Invalid.ZERO,
    ),
)
