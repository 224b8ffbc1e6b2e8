"""A second backend for some requests."""

from __future__ import annotations

from kubectl_ingress.controllers._go import is_flag, is_number
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
    basic,
    regex_characters,
)

GROUPS: tuple[Group, ...] = (
    Group(
        "Canary",
        (
            Annotation(
                "canary",
                Kind.FLAG,
                Effect.ROUTE,
                Risk.LOW,
                Scope.INGRESS,
                is_flag,
                (
                    "The Ingress makes no route of its own: it is a second backend of the same"
                    " host, path and type of another Ingress."
                ),
                Gateway(Level.APPROXIMATE, "weights and header matches in one rule"),
                default="false",
            ),
            Annotation(
                "canary-weight",
                Kind.NUMBER,
                Effect.ROUTE,
                Risk.LOW,
                Scope.INGRESS,
                is_number,
                "How many of canary-weight-total requests go to the canary.",
                Gateway(Level.CORE, "weight of a backendRef"),
                default="0",
            ),
            Annotation(
                "canary-weight-total",
                Kind.NUMBER,
                Effect.ROUTE,
                Risk.LOW,
                Scope.INGRESS,
                is_number,
                "What canary-weight is a share of; less than 100 counts as 100.",
                Gateway(Level.CORE, "weight of a backendRef"),
                default="100",
            ),
            Annotation(
                "canary-by-header",
                Kind.TEXT,
                Effect.ROUTE,
                Risk.MEDIUM,
                Scope.INGRESS,
                basic,
                "The request header that decides: always is the canary, never is not.",
                Gateway(Level.EXTENDED, "header matches before the weighted rule"),
            ),
            Annotation(
                "canary-by-header-value",
                Kind.TEXT,
                Effect.ROUTE,
                Risk.MEDIUM,
                Scope.INGRESS,
                basic,
                (
                    "The value of the header canary-by-header that means the canary; always and"
                    " never mean nothing then."
                ),
                Gateway(Level.CORE, "header match, Exact"),
            ),
            Annotation(
                "canary-by-header-pattern",
                Kind.PATTERN,
                Effect.ROUTE,
                Risk.MEDIUM,
                Scope.INGRESS,
                regex_characters,
                (
                    "A pattern that is looked for in the header canary-by-header; not beside"
                    " canary-by-header-value."
                ),
                Gateway(Level.APPROXIMATE, "header match, RegularExpression (another dialect)"),
            ),
            Annotation(
                "canary-by-cookie",
                Kind.TEXT,
                Effect.ROUTE,
                Risk.MEDIUM,
                Scope.INGRESS,
                basic,
                "The cookie that decides: always is the canary, never is not.",
                Gateway(Level.APPROXIMATE, "RegularExpression on the Cookie header"),
            ),
        ),
    ),
)
