"""Headers that clients and pods get, CORS among them."""

from __future__ import annotations

from kubectl_ingress.controllers._go import is_number
from kubectl_ingress.controllers._ingress_nginx.annotation import (
    Annotation,
    Gateway,
    Group,
    Invalid,
    Level,
    Risk,
    Scope,
    flag,
)
from kubectl_ingress.controllers._ingress_nginx.validators import (
    also,
    basic,
    exposed_headers,
    exposed_headers_as_written,
    header_characters,
    header_characters_as_written,
    http_methods,
    http_methods_as_written,
    is_server_name,
    origins,
    path_with_captures_and_spaces,
    with_namespace,
)
from kubectl_ingress.controllers._tables import Effect, Kind

GROUPS: tuple[Group, ...] = (
    Group(
        "CorsConfig",
        (
            flag(
                "enable-cors",
                Effect.HEADERS,
                "Answers preflight requests of CORS (204) and adds its headers.",
                Gateway(Level.EXTENDED, "CORS filter"),
                scope=Scope.INGRESS,
            ),
            Annotation(
                "cors-allow-origin",
                Kind.ORIGINS,
                Effect.HEADERS,
                origins,
                "The origins that may ask across sites; *.name is one label more, * is all.",
                Gateway(Level.EXTENDED, "CORS filter, whose * spans many labels"),
                risk=Risk.MEDIUM,
                scope=Scope.INGRESS,
                default="*",
            ),
            Annotation(
                "cors-allow-headers",
                Kind.LIST,
                Effect.HEADERS,
                header_characters,
                "The request headers that are allowed across sites.",
                Gateway(Level.EXTENDED, "CORS filter"),
                risk=Risk.MEDIUM,
                scope=Scope.INGRESS,
                check=also(header_characters_as_written),
            ),
            Annotation(
                "cors-allow-methods",
                Kind.LIST,
                Effect.HEADERS,
                http_methods,
                "The methods that are allowed across sites.",
                Gateway(Level.EXTENDED, "CORS filter"),
                risk=Risk.MEDIUM,
                scope=Scope.INGRESS,
                default="GET, PUT, POST, DELETE, PATCH, OPTIONS",
                check=also(http_methods_as_written),
            ),
            flag(
                "cors-allow-credentials",
                Effect.HEADERS,
                "Whether cookies and passwords may be sent across sites.",
                Gateway(Level.EXTENDED, "CORS filter"),
                scope=Scope.INGRESS,
                default="true",
            ),
            Annotation(
                "cors-expose-headers",
                Kind.LIST,
                Effect.HEADERS,
                exposed_headers,
                "The response headers that scripts of other sites may read.",
                Gateway(Level.EXTENDED, "CORS filter"),
                risk=Risk.MEDIUM,
                scope=Scope.INGRESS,
                check=also(exposed_headers_as_written),
            ),
            Annotation(
                "cors-max-age",
                Kind.SECONDS,
                Effect.HEADERS,
                is_number,
                "How long a preflight answer may be kept.",
                Gateway(Level.EXTENDED, "CORS filter, 5 seconds by default"),
                scope=Scope.INGRESS,
                default="1728000",
            ),
        ),
    ),
    Group(
        "CustomHeaders",
        (
            Annotation(
                "custom-headers",
                Kind.REFERENCE,
                Effect.HEADERS,
                basic,
                "The ConfigMap, as namespace/name, with response headers; each must be in"
                " global-allowed-response-headers.",
                Gateway(Level.EXTENDED, "ResponseHeaderModifier"),
                risk=Risk.MEDIUM,
                check=with_namespace,
                unchecked=Invalid.DENIED,
            ),
        ),
    ),
    Group(
        "XForwardedPrefix",
        (
            Annotation(
                "x-forwarded-prefix",
                Kind.TEXT,
                Effect.HEADERS,
                path_with_captures_and_spaces,
                "The header X-Forwarded-Prefix of the backend, only beside rewrite-target.",
                Gateway(Level.EXTENDED, "RequestHeaderModifier"),
                risk=Risk.MEDIUM,
                invalid=Invalid.DROPPED,
            ),
        ),
    ),
    Group(
        "UpstreamVhost",
        (
            Annotation(
                "upstream-vhost",
                Kind.HOST,
                Effect.HEADERS,
                is_server_name,
                "The Host header that the backend gets.",
                Gateway(Level.EXTENDED, "URLRewrite hostname"),
                invalid=Invalid.DROPPED,
            ),
        ),
    ),
)
