"""Headers that clients and pods get, CORS among them."""

from __future__ import annotations

from kubectl_ingress.controllers._go import is_flag, is_number
from kubectl_ingress.controllers._ingress_nginx.annotation import (
    Annotation,
    Effect,
    Gateway,
    Group,
    Invalid,
    Kind,
    Level,
    Risk,
    Scope,
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

GROUPS: tuple[Group, ...] = (
    Group(
        "CorsConfig",
        (
            Annotation(
                "enable-cors",
                Kind.FLAG,
                Effect.HEADERS,
                Risk.LOW,
                Scope.INGRESS,
                is_flag,
                "Answers preflight requests of CORS (204) and adds its headers.",
                Gateway(Level.EXTENDED, "CORS filter"),
                default="false",
            ),
            Annotation(
                "cors-allow-origin",
                Kind.ORIGINS,
                Effect.HEADERS,
                Risk.MEDIUM,
                Scope.INGRESS,
                origins,
                "The origins that may ask across sites; *.name is one label more, * is all.",
                Gateway(Level.EXTENDED, "CORS filter, whose * spans many labels"),
                default="*",
            ),
            Annotation(
                "cors-allow-headers",
                Kind.LIST,
                Effect.HEADERS,
                Risk.MEDIUM,
                Scope.INGRESS,
                header_characters,
                "The request headers that are allowed across sites.",
                Gateway(Level.EXTENDED, "CORS filter"),
                check=also(header_characters_as_written),
            ),
            Annotation(
                "cors-allow-methods",
                Kind.LIST,
                Effect.HEADERS,
                Risk.MEDIUM,
                Scope.INGRESS,
                http_methods,
                "The methods that are allowed across sites.",
                Gateway(Level.EXTENDED, "CORS filter"),
                default="GET, PUT, POST, DELETE, PATCH, OPTIONS",
                check=also(http_methods_as_written),
            ),
            Annotation(
                "cors-allow-credentials",
                Kind.FLAG,
                Effect.HEADERS,
                Risk.LOW,
                Scope.INGRESS,
                is_flag,
                "Whether cookies and passwords may be sent across sites.",
                Gateway(Level.EXTENDED, "CORS filter"),
                default="true",
            ),
            Annotation(
                "cors-expose-headers",
                Kind.LIST,
                Effect.HEADERS,
                Risk.MEDIUM,
                Scope.INGRESS,
                exposed_headers,
                "The response headers that scripts of other sites may read.",
                Gateway(Level.EXTENDED, "CORS filter"),
                check=also(exposed_headers_as_written),
            ),
            Annotation(
                "cors-max-age",
                Kind.SECONDS,
                Effect.HEADERS,
                Risk.LOW,
                Scope.INGRESS,
                is_number,
                "How long a preflight answer may be kept.",
                Gateway(Level.EXTENDED, "CORS filter, 5 seconds by default"),
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
                Risk.MEDIUM,
                Scope.LOCATION,
                basic,
                (
                    "The ConfigMap, as namespace/name, with response headers; each must be in"
                    " global-allowed-response-headers."
                ),
                Gateway(Level.EXTENDED, "ResponseHeaderModifier"),
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
                Risk.MEDIUM,
                Scope.LOCATION,
                path_with_captures_and_spaces,
                "The header X-Forwarded-Prefix of the backend, only beside rewrite-target.",
                Gateway(Level.EXTENDED, "RequestHeaderModifier"),
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
                Risk.LOW,
                Scope.LOCATION,
                is_server_name,
                "The Host header that the backend gets.",
                Gateway(Level.EXTENDED, "URLRewrite hostname"),
                invalid=Invalid.DROPPED,
            ),
        ),
    ),
)
