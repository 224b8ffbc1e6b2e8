"""The keys of Ingresses and Services that leave the way of a request as it is."""

from __future__ import annotations

from kubectl_ingress.controllers._go import is_number
from kubectl_ingress.controllers._haproxy.key import (
    Invalid,
    Key,
    Scope,
    checked_flag_key,
    flag_key,
    number_key,
    text_key,
    time_key,
)
from kubectl_ingress.controllers._tables import Effect, Kind

_HOST, _PATH, _BACKEND, _INGRESS = Scope.HOST, Scope.PATH, Scope.BACKEND, Scope.INGRESS

_NONE = Effect.UPSTREAM

OTHER_KEYS: tuple[Key, ...] = (
    *(
        text_key(name, _HOST, Effect.OPERATION, doc)
        for name, doc in (
            ("acme-preferred-chain", "Which chain an ACME server is asked for."),
            ("cert-signer", "acme: certificates come from an ACME server."),
            ("var-namespace", "Sets a variable for logs."),
        )
    ),
    *(
        text_key(name, _HOST, Effect.TLS, doc, default)
        for name, doc, default in (
            ("ssl-ciphers", "Ciphers of TLS 1.2.", ""),
            ("ssl-cipher-suites", "Cipher suites of TLS 1.3.", ""),
            ("ssl-options-host", "More words of haproxy's bind line.", ""),
            ("tls-alpn", "The protocols that are offered.", "h2,http/1.1"),
        )
    ),
    text_key("config-tcp-service", _INGRESS, Effect.OPERATION, "Lines for a TCP service."),
    text_key("tcp-service-log-format", _INGRESS, Effect.OPERATION, "The log of a TCP service."),
    flag_key(
        "tcp-service-proxy-protocol", _INGRESS, _NONE, "A TCP service expects the PROXY protocol."
    ),
    time_key("agent-check-interval", "How often the agent of a pod is asked."),
    time_key("backend-check-interval", "The former name of health-check-interval."),
    time_key("health-check-interval", "How often a pod is checked.", "2s"),
    time_key("timeout-connect", "For connecting to a pod.", "5s"),
    time_key("timeout-http-request", "For a whole request to arrive.", "5s"),
    time_key("timeout-keep-alive", "For the next request of a connection.", "1m"),
    time_key("timeout-queue", "For a free pod.", "5s"),
    time_key("timeout-server", "For a pod to answer.", "50s"),
    time_key("timeout-server-fin", "For a half-closed connection to a pod.", "50s"),
    time_key("timeout-tunnel", "For idle tunnels.", "1h"),
    *(
        number_key(name, _NONE, doc, default)
        for name, doc, default in (
            ("agent-check-port", "The port of the agent of a pod.", ""),
            ("backend-server-slots-increment", "Free places for pods that are added at once.", "1"),
            ("health-check-fall-count", "Failed checks until a pod is down.", ""),
            ("health-check-port", "The port that is checked.", ""),
            ("health-check-rise-count", "Checks until a pod is up.", ""),
            ("maxconn-server", "Connections to one pod; more wait.", ""),
            ("maxqueue-server", "How many may wait for one pod.", ""),
            ("slots-min-free", "Free places for pods.", "6"),
            ("ssl-fingerprint-sha2-bits", "Size of a fingerprint in a header.", ""),
        )
    ),
    *(
        text_key(name, _BACKEND, _NONE, doc, default)
        for name, doc, default in (
            ("affinity", "cookie: a client stays with its pod.", ""),
            ("agent-check-addr", "The address of the agent of a pod.", ""),
            ("agent-check-send", "What the agent is told.", ""),
            ("assign-backend-server-id", "Numbers of servers come from pods.", ""),
            ("backend-protocol", "h1, h2, fcgi, each also with -ssl.", "h1"),
            ("backend-server-naming", "How servers are called.", "sequence"),
            ("dynamic-scaling", "Adds pods without a reload.", "true"),
            ("fcgi-app", "The FastCGI application.", ""),
            ("health-check-addr", "The address that is checked.", ""),
            ("health-check-uri", "The path that is checked.", ""),
            ("peers-table", "A table that is shared between controllers.", ""),
            ("proxy-protocol", "The version of the PROXY protocol that pods are sent.", ""),
            ("secure-backends", "TLS to pods.", ""),
            ("secure-crt-secret", "The client certificate for pods.", ""),
            ("secure-sni", "The name in TLS to pods.", ""),
            ("secure-verify-ca-secret", "The authorities of the pods' certificates.", ""),
            ("secure-verify-hostname", "The name that the pods' certificates must have.", ""),
            ("session-cookie-domain", "Domain of the cookie of affinity.", ""),
            ("session-cookie-dynamic", "The cookie is made of the pod's address.", "true"),
            ("session-cookie-keywords", "More words of the cookie.", ""),
            ("session-cookie-name", "Name of the cookie of affinity.", "INGRESSCOOKIE"),
            ("session-cookie-preserve", "A cookie of the pod is kept.", "false"),
            ("session-cookie-same-site", "Adds SameSite=None.", ""),
            ("session-cookie-shared", "The cookie is valid for all hosts of the backend.", ""),
            ("session-cookie-strategy", "insert, rewrite or prefix.", "insert"),
            ("session-cookie-value-strategy", "server-name or pod-uid.", "server-name"),
            ("source-address-intf", "The interface that connections to pods come from.", ""),
            ("ssl-cipher-suites-backend", "Cipher suites to pods.", ""),
            ("ssl-ciphers-backend", "Ciphers to pods.", ""),
            ("ssl-options-backend", "Options of TLS to pods.", ""),
            ("use-resolver", "Pods are found by DNS.", ""),
        )
    ),
    *(
        text_key(name, scope, Effect.HEADERS, doc, default)
        for name, scope, doc, default in (
            ("auth-headers-fail", _PATH, "Headers of a refusal of auth-url for the client.", "*"),
            ("auth-headers-request", _PATH, "Headers that auth-url gets.", "*"),
            ("auth-headers-succeed", _PATH, "Headers of auth-url for pods.", "*"),
            ("auth-method", _PATH, "The method by which auth-url is asked.", "GET"),
            ("auth-tls-cert-header", _BACKEND, "Hands the client certificate to pods.", ""),
            ("cors-allow-credentials", _PATH, "A header of CORS.", ""),
            ("cors-allow-headers", _PATH, "A header of CORS.", ""),
            ("cors-allow-methods", _PATH, "A header of CORS.", ""),
            ("cors-allow-origin", _PATH, "A header of CORS.", "*"),
            ("cors-allow-origin-regex", _PATH, "A header of CORS.", ""),
            ("cors-expose-headers", _PATH, "A header of CORS.", ""),
            ("cors-max-age", _PATH, "A header of CORS.", "86400"),
            ("headers", _BACKEND, "Headers for pods.", ""),
            ("oauth-headers", _PATH, "Headers of oauth for pods.", "X-Auth-Request-Email"),
            ("ssl-fingerprint-lower", _BACKEND, "A fingerprint in lower case.", ""),
        )
    ),
    checked_flag_key("hsts", Effect.HEADERS, "Adds Strict-Transport-Security to https.", "true"),
    checked_flag_key("hsts-include-subdomains", Effect.HEADERS, "A part of hsts.", "false"),
    checked_flag_key("hsts-preload", Effect.HEADERS, "A part of hsts.", "false"),
    Key(
        "hsts-max-age",
        _PATH,
        Kind.NUMBER,
        Effect.HEADERS,
        "Seconds of hsts.",
        "15768000",
        is_number,
        Invalid.ABSENT,
    ),
    *(
        text_key(f"http-response-{status}", scope, Effect.HEADERS, f"The page of status {status}.")
        for scope, statuses in (
            (_HOST, (421, 495, 496)),
            (_BACKEND, (200, 400, 401, 403, 405, 407, 408, 410, 413, 425, 429)),
            (_BACKEND, (500, 501, 502, 503, 504)),
        )
        for status in statuses
    ),
)
