"""Copies, logs and traces of requests."""

from __future__ import annotations

from kubectl_ingress.controllers._ingress_nginx.annotation import (
    Annotation,
    Gateway,
    Group,
    Level,
    Risk,
    Scope,
    flag,
)
from kubectl_ingress.controllers._ingress_nginx.validators import (
    is_server_name,
    matching,
    word_of,
)
from kubectl_ingress.controllers._tables import Effect, Kind

GROUPS: tuple[Group, ...] = (
    Group(
        "Mirror",
        (
            Annotation(
                "mirror-request-body",
                Kind.CHOICE,
                Effect.UPSTREAM,
                word_of("on", "off"),
                "Whether the copy for mirror-target has the body of the request.",
                Gateway(Level.APPROXIMATE, "RequestMirror always copies it"),
                scope=Scope.INGRESS,
                default="on",
            ),
            Annotation(
                "mirror-target",
                Kind.URL,
                Effect.UPSTREAM,
                is_server_name,
                "Sends a copy of each request to this URL; the answer is thrown away.",
                Gateway(Level.EXTENDED, "RequestMirror, to a Service"),
                risk=Risk.HIGH,
                scope=Scope.INGRESS,
            ),
            Annotation(
                "mirror-host",
                Kind.HOST,
                Effect.UPSTREAM,
                is_server_name,
                "The Host header of the copy for mirror-target.",
                Gateway(Level.APPROXIMATE, "RequestMirror sends the request's"),
                risk=Risk.HIGH,
                scope=Scope.INGRESS,
            ),
        ),
    ),
    Group(
        "Opentelemetry",
        (
            flag(
                "enable-opentelemetry",
                Effect.OBSERVABILITY,
                "Turns traces of OpenTelemetry on or off.",
                Gateway(Level.POLICY, "telemetry of implementations"),
                setting="enable-opentelemetry",
                default="",
            ),
            flag(
                "opentelemetry-trust-incoming-span",
                Effect.OBSERVABILITY,
                "Whether a trace that the client began goes on.",
                Gateway(Level.POLICY, "telemetry of implementations"),
                default="true",
                setting="opentelemetry-trust-incoming-span",
            ),
            Annotation(
                "opentelemetry-operation-name",
                Kind.TEXT,
                Effect.OBSERVABILITY,
                matching(r"[A-Za-z0-9_\-]*"),
                "The name of a request's span in OpenTelemetry.",
                risk=Risk.MEDIUM,
                setting="opentelemetry-operation-name",
            ),
        ),
    ),
    Group(
        "Logs",
        (
            flag(
                "enable-access-log",
                Effect.OBSERVABILITY,
                "Whether requests are in the access log.",
                Gateway(Level.POLICY, "telemetry of implementations"),
                default="true",
            ),
            flag(
                "enable-rewrite-log", Effect.OBSERVABILITY, "Whether rewrites are in the error log."
            ),
        ),
    ),
)
