"""What nginx is told in its own words, and its firewall."""

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
    anything,
    variable_characters,
)

GROUPS: tuple[Group, ...] = (
    Group(
        "ConfigurationSnippet",
        (
            Annotation(
                "configuration-snippet",
                Kind.DIRECTIVES,
                Effect.ANY,
                Risk.CRITICAL,
                Scope.LOCATION,
                anything,
                "Directives of nginx for every path of the Ingress.",
                Gateway(Level.NONE, "SnippetsFilter of NGINX Gateway Fabric"),
            ),
        ),
    ),
    Group(
        "ServerSnippet",
        (
            Annotation(
                "server-snippet",
                Kind.DIRECTIVES,
                Effect.ANY,
                Risk.CRITICAL,
                Scope.INGRESS,
                anything,
                "Directives of nginx for the host.",
                Gateway(Level.NONE, "SnippetsPolicy of NGINX Gateway Fabric"),
            ),
        ),
    ),
    Group(
        "StreamSnippet",
        (
            Annotation(
                "stream-snippet",
                Kind.DIRECTIVES,
                Effect.ANY,
                Risk.CRITICAL,
                Scope.INGRESS,
                anything,
                "Directives of nginx beside HTTP.",
                Gateway(Level.NONE),
            ),
        ),
    ),
    Group(
        "ModSecurity",
        (
            Annotation(
                "enable-modsecurity",
                Kind.FLAG,
                Effect.STATUS,
                Risk.LOW,
                Scope.INGRESS,
                is_flag,
                "Turns the firewall ModSecurity on.",
                Gateway(Level.POLICY, "firewalls of implementations"),
                default="false",
                setting="enable-modsecurity",
            ),
            Annotation(
                "enable-owasp-core-rules",
                Kind.FLAG,
                Effect.STATUS,
                Risk.LOW,
                Scope.INGRESS,
                is_flag,
                "Loads the OWASP rules into the firewall ModSecurity.",
                Gateway(Level.POLICY, "firewalls of implementations"),
                default="false",
                setting="enable-owasp-modsecurity-crs",
            ),
            Annotation(
                "modsecurity-transaction-id",
                Kind.VARIABLES,
                Effect.OBSERVABILITY,
                Risk.HIGH,
                Scope.INGRESS,
                variable_characters,
                "What names a request in the log of ModSecurity.",
                Gateway(Level.NONE),
            ),
            Annotation(
                "modsecurity-snippet",
                Kind.DIRECTIVES,
                Effect.STATUS,
                Risk.CRITICAL,
                Scope.INGRESS,
                anything,
                "Rules of ModSecurity.",
                Gateway(Level.NONE),
            ),
        ),
    ),
)
