"""What nginx is told in its own words, and its firewall."""

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
    anything,
    variable_characters,
)
from kubectl_ingress.controllers._tables import Effect, Kind

GROUPS: tuple[Group, ...] = (
    Group(
        "ConfigurationSnippet",
        (
            Annotation(
                "configuration-snippet",
                Kind.DIRECTIVES,
                Effect.ANY,
                anything,
                "Directives of nginx for every path of the Ingress.",
                Gateway(Level.NONE, "SnippetsFilter of NGINX Gateway Fabric"),
                risk=Risk.CRITICAL,
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
                anything,
                "Directives of nginx for the host.",
                Gateway(Level.NONE, "SnippetsPolicy of NGINX Gateway Fabric"),
                risk=Risk.CRITICAL,
                scope=Scope.INGRESS,
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
                anything,
                "Directives of nginx beside HTTP.",
                risk=Risk.CRITICAL,
                scope=Scope.INGRESS,
            ),
        ),
    ),
    Group(
        "ModSecurity",
        (
            flag(
                "enable-modsecurity",
                Effect.STATUS,
                "Turns the firewall ModSecurity on.",
                Gateway(Level.POLICY, "firewalls of implementations"),
                scope=Scope.INGRESS,
                setting="enable-modsecurity",
            ),
            flag(
                "enable-owasp-core-rules",
                Effect.STATUS,
                "Loads the OWASP rules into the firewall ModSecurity.",
                Gateway(Level.POLICY, "firewalls of implementations"),
                scope=Scope.INGRESS,
                setting="enable-owasp-modsecurity-crs",
            ),
            Annotation(
                "modsecurity-transaction-id",
                Kind.VARIABLES,
                Effect.OBSERVABILITY,
                variable_characters,
                "What names a request in the log of ModSecurity.",
                risk=Risk.HIGH,
                scope=Scope.INGRESS,
            ),
            Annotation(
                "modsecurity-snippet",
                Kind.DIRECTIVES,
                Effect.STATUS,
                anything,
                "Rules of ModSecurity.",
                risk=Risk.CRITICAL,
                scope=Scope.INGRESS,
            ),
        ),
    ),
)
