"""A second backend for some requests."""

from __future__ import annotations

from kubectl_ingress.controllers._ingress_nginx.annotation import (
    Annotation,
    Gateway,
    Group,
    Level,
    Risk,
    Scope,
    flag,
    number,
)
from kubectl_ingress.controllers._ingress_nginx.validators import (
    basic,
    regex_characters,
)
from kubectl_ingress.controllers._tables import Effect, Kind

GROUPS: tuple[Group, ...] = (
    Group(
        "Canary",
        (
            flag(
                "canary",
                Effect.ROUTE,
                "The Ingress makes no route of its own: it is a second backend of the same"
                " host, path and type of another Ingress.",
                Gateway(Level.APPROXIMATE, "weights and header matches in one rule"),
                scope=Scope.INGRESS,
            ),
            number(
                "canary-weight",
                Effect.ROUTE,
                "How many of canary-weight-total requests go to the canary.",
                Gateway(Level.CORE, "weight of a backendRef"),
                scope=Scope.INGRESS,
                default="0",
            ),
            number(
                "canary-weight-total",
                Effect.ROUTE,
                "What canary-weight is a share of; less than 100 counts as 100.",
                Gateway(Level.CORE, "weight of a backendRef"),
                scope=Scope.INGRESS,
                default="100",
            ),
            Annotation(
                "canary-by-header",
                Kind.TEXT,
                Effect.ROUTE,
                basic,
                "The request header that decides: always is the canary, never is not.",
                Gateway(Level.EXTENDED, "header matches before the weighted rule"),
                risk=Risk.MEDIUM,
                scope=Scope.INGRESS,
            ),
            Annotation(
                "canary-by-header-value",
                Kind.TEXT,
                Effect.ROUTE,
                basic,
                "The value of the header canary-by-header that means the canary; always and"
                " never mean nothing then.",
                Gateway(Level.CORE, "header match, Exact"),
                risk=Risk.MEDIUM,
                scope=Scope.INGRESS,
            ),
            Annotation(
                "canary-by-header-pattern",
                Kind.PATTERN,
                Effect.ROUTE,
                regex_characters,
                "A pattern that is looked for in the header canary-by-header; not beside"
                " canary-by-header-value.",
                Gateway(Level.APPROXIMATE, "header match, RegularExpression (another dialect)"),
                risk=Risk.MEDIUM,
                scope=Scope.INGRESS,
            ),
            Annotation(
                "canary-by-cookie",
                Kind.TEXT,
                Effect.ROUTE,
                basic,
                "The cookie that decides: always is the canary, never is not.",
                Gateway(Level.APPROXIMATE, "RegularExpression on the Cookie header"),
                risk=Risk.MEDIUM,
                scope=Scope.INGRESS,
            ),
        ),
    ),
)
