"""Copies, logs and traces of requests."""

from __future__ import annotations

from kubectl_ingress.controllers._go import is_flag
from kubectl_ingress.controllers._ingress_nginx.annotation import (
    Annotation,
    Effect,
    Gateway,
    Group,
    Kind,
    Level,
    Risk,
    Scope,
)
from kubectl_ingress.controllers._ingress_nginx.validators import (
    is_server_name,
    matching,
    word_of,
)

GROUPS: tuple[Group, ...] = (
    Group(
        "Mirror",
        (
            Annotation(
                "mirror-request-body",
                Kind.CHOICE,
                Effect.UPSTREAM,
                Risk.LOW,
                Scope.INGRESS,
                word_of("on", "off"),
                "Whether the copy for mirror-target has the body of the request.",
                Gateway(Level.APPROXIMATE, "RequestMirror always copies it"),
                default="on",
            ),
            Annotation(
                "mirror-target",
                Kind.URL,
                Effect.UPSTREAM,
                Risk.HIGH,
                Scope.INGRESS,
                is_server_name,
                "Sends a copy of each request to this URL; the answer is thrown away.",
                Gateway(Level.EXTENDED, "RequestMirror, to a Service"),
            ),
            Annotation(
                "mirror-host",
                Kind.HOST,
                Effect.UPSTREAM,
                Risk.HIGH,
                Scope.INGRESS,
                is_server_name,
                "The Host header of the copy for mirror-target.",
                Gateway(Level.APPROXIMATE, "RequestMirror sends the request's"),
            ),
        ),
    ),
    Group(
        "Opentelemetry",
        (
            Annotation(
                "enable-opentelemetry",
                Kind.FLAG,
                Effect.OBSERVABILITY,
                Risk.LOW,
                Scope.LOCATION,
                is_flag,
                "Turns traces of OpenTelemetry on or off.",
                Gateway(Level.POLICY, "telemetry of implementations"),
                setting="enable-opentelemetry",
            ),
            Annotation(
                "opentelemetry-trust-incoming-span",
                Kind.FLAG,
                Effect.OBSERVABILITY,
                Risk.LOW,
                Scope.LOCATION,
                is_flag,
                "Whether a trace that the client began goes on.",
                Gateway(Level.POLICY, "telemetry of implementations"),
                default="true",
                setting="opentelemetry-trust-incoming-span",
            ),
            Annotation(
                "opentelemetry-operation-name",
                Kind.TEXT,
                Effect.OBSERVABILITY,
                Risk.MEDIUM,
                Scope.LOCATION,
                matching(r"[A-Za-z0-9_\-]*"),
                "The name of a request's span in OpenTelemetry.",
                Gateway(Level.NONE),
                setting="opentelemetry-operation-name",
            ),
        ),
    ),
    Group(
        "Logs",
        (
            Annotation(
                "enable-access-log",
                Kind.FLAG,
                Effect.OBSERVABILITY,
                Risk.LOW,
                Scope.LOCATION,
                is_flag,
                "Whether requests are in the access log.",
                Gateway(Level.POLICY, "telemetry of implementations"),
                default="true",
            ),
            Annotation(
                "enable-rewrite-log",
                Kind.FLAG,
                Effect.OBSERVABILITY,
                Risk.LOW,
                Scope.LOCATION,
                is_flag,
                "Whether rewrites are in the error log.",
                Gateway(Level.NONE),
                default="false",
            ),
        ),
    ),
)
