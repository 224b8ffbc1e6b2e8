"""Who is let in: passwords and source addresses."""

from __future__ import annotations

from kubectl_ingress.controllers._ingress_nginx.annotation import (
    Annotation,
    Gateway,
    Group,
    Invalid,
    Level,
    Risk,
    flag,
)
from kubectl_ingress.controllers._ingress_nginx.validators import (
    also,
    are_networks,
    basic,
    basic_with_spaces,
    of_own_namespace,
    one_of,
    word_of,
)
from kubectl_ingress.controllers._tables import Effect, Kind

GROUPS: tuple[Group, ...] = (
    Group(
        "BasicDigestAuth",
        (
            Annotation(
                "auth-type",
                Kind.CHOICE,
                Effect.STATUS,
                word_of("basic", "digest", anywhere=True),
                "Asks for a name and a password (401): basic or digest.",
                Gateway(Level.POLICY, "basic only"),
                invalid=Invalid.DROPPED,
            ),
            Annotation(
                "auth-secret-type",
                Kind.CHOICE,
                Effect.STATUS,
                word_of("auth-file", "auth-map", anywhere=True),
                "Whether auth-secret is one file (key auth) or has a key for each user.",
                Gateway(Level.POLICY, "one file"),
                default="auth-file",
                invalid=Invalid.DROPPED,
                check=also(one_of("auth-file", "auth-map")),
                unchecked=Invalid.DENIED,
                needs="auth-type",
            ),
            Annotation(
                "auth-secret",
                Kind.REFERENCE,
                Effect.STATUS,
                basic,
                "The Secret with names and passwords; without it every path answers 503.",
                Gateway(
                    Level.POLICY,
                    (
                        "SecurityPolicy basicAuth of Envoy Gateway, AuthenticationFilter"
                        " of NGINX Gateway Fabric, Middleware of Traefik, plugin of Kong"
                    ),
                ),
                risk=Risk.MEDIUM,
                invalid=Invalid.DENIED,
                check=of_own_namespace,
                unchecked=Invalid.DENIED,
                empty=Invalid.DENIED,
                missing=Invalid.DENIED,
                needs="auth-type",
            ),
            Annotation(
                "auth-realm",
                Kind.TEXT,
                Effect.HEADERS,
                basic_with_spaces,
                "The realm that a client shows when it asks for the password.",
                Gateway(Level.POLICY, "basic authentication of the implementation"),
                risk=Risk.MEDIUM,
                invalid=Invalid.DROPPED,
                needs="auth-type",
            ),
        ),
    ),
    Group(
        "EnableGlobalAuth",
        (
            flag(
                "enable-global-auth",
                Effect.STATUS,
                "Whether the controller's global-auth-url is asked here.",
                default="true",
            ),
        ),
    ),
    Group(
        "Satisfy",
        (
            Annotation(
                "satisfy",
                Kind.CHOICE,
                Effect.STATUS,
                one_of("any", "all"),
                "Whether all of source ranges and authentication must let a client in, or any one.",
                default="all",
            ),
        ),
    ),
    Group(
        "Allowlist",
        (
            Annotation(
                "allowlist-source-range",
                Kind.NETWORKS,
                Effect.STATUS,
                are_networks,
                "Only these clients are let in, all others get 403.",
                Gateway(Level.POLICY, "authorization policies of implementations"),
                risk=Risk.MEDIUM,
                setting="whitelist-source-range",
                aliases=("whitelist-source-range",),
                invalid=Invalid.DENIED,
                empty=Invalid.DENIED,
            ),
        ),
    ),
    Group(
        "Denylist",
        (
            Annotation(
                "denylist-source-range",
                Kind.NETWORKS,
                Effect.STATUS,
                are_networks,
                "These clients are not let in: they get 403.",
                Gateway(Level.POLICY, "authorization policies of implementations"),
                risk=Risk.MEDIUM,
                setting="denylist-source-range",
                invalid=Invalid.DENIED,
                empty=Invalid.DENIED,
            ),
        ),
    ),
)
