"""Pages for errors."""

from __future__ import annotations

from kubectl_ingress.controllers._go import is_flag
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
    are_error_codes,
    are_numbers,
)

GROUPS: tuple[Group, ...] = (
    Group(
        "CustomHTTPErrors",
        (
            Annotation(
                "custom-http-errors",
                Kind.CODES,
                Effect.STATUS,
                Risk.LOW,
                Scope.LOCATION,
                are_error_codes,
                (
                    "These statuses, of pods and of nginx, are answered by the default backend,"
                    " which is told of them in headers."
                ),
                Gateway(Level.POLICY, "error pages of implementations"),
                setting="custom-http-errors",
                invalid=Invalid.DROPPED,
                check=are_numbers,
            ),
        ),
    ),
    Group(
        "DisableProxyInterceptErrors",
        (
            Annotation(
                "disable-proxy-intercept-errors",
                Kind.FLAG,
                Effect.STATUS,
                Risk.LOW,
                Scope.LOCATION,
                is_flag,
                "The bodies of errors that pods send are kept.",
                Gateway(Level.NONE),
                default="false",
                instead="false",
            ),
        ),
    ),
)
