"""Pages for errors."""

from __future__ import annotations

from kubectl_ingress.controllers._ingress_nginx.annotation import (
    Annotation,
    Gateway,
    Group,
    Invalid,
    Level,
    flag,
)
from kubectl_ingress.controllers._ingress_nginx.validators import (
    are_error_codes,
    are_numbers,
)
from kubectl_ingress.controllers._tables import Effect, Kind

GROUPS: tuple[Group, ...] = (
    Group(
        "CustomHTTPErrors",
        (
            Annotation(
                "custom-http-errors",
                Kind.CODES,
                Effect.STATUS,
                are_error_codes,
                "These statuses, of pods and of nginx, are answered by the default backend,"
                " which is told of them in headers.",
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
            flag(
                "disable-proxy-intercept-errors",
                Effect.STATUS,
                "The bodies of errors that pods send are kept.",
                instead="false",
            ),
        ),
    ),
)
