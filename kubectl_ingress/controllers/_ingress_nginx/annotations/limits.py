"""How much one client may ask for."""

from __future__ import annotations

from kubectl_ingress.controllers._ingress_nginx.annotation import (
    Annotation,
    Gateway,
    Group,
    Invalid,
    Level,
    number,
)
from kubectl_ingress.controllers._ingress_nginx.validators import (
    are_networks,
)
from kubectl_ingress.controllers._tables import Effect, Kind

GROUPS: tuple[Group, ...] = (
    Group(
        "RateLimit",
        (
            number(
                "limit-rate",
                Effect.UPSTREAM,
                "How many KiB a second each answer gets, after limit-rate-after.",
                Gateway(Level.POLICY, "bandwidth limits of implementations"),
                default="0",
                setting="limit-rate",
            ),
            number(
                "limit-rate-after",
                Effect.UPSTREAM,
                "How many KiB of an answer pass before limit-rate begins.",
                default="0",
                setting="limit-rate-after",
            ),
            number(
                "limit-rpm",
                Effect.STATUS,
                "Requests a minute of each client, for each pod of the controller; more get 503.",
                Gateway(Level.POLICY, "rate limit policies of implementations (429)"),
                default="0",
                invalid=Invalid.DROPPED,
            ),
            number(
                "limit-rps",
                Effect.STATUS,
                "Requests a second of each client, for each pod of the controller; more get 503.",
                Gateway(Level.POLICY, "rate limit policies of implementations (429)"),
                default="0",
                invalid=Invalid.DROPPED,
            ),
            number(
                "limit-connections",
                Effect.STATUS,
                "Connections of each client at a time; more get 503.",
                Gateway(Level.POLICY, "connection limits, not for each client"),
                default="0",
                invalid=Invalid.DROPPED,
            ),
            number(
                "limit-burst-multiplier",
                Effect.STATUS,
                "How many times its limit a client may have at once.",
                Gateway(Level.POLICY, "rate limit policies of implementations"),
                default="5",
            ),
            Annotation(
                "limit-allowlist",
                Kind.NETWORKS,
                Effect.STATUS,
                are_networks,
                "Clients that no limit is for.",
                Gateway(Level.POLICY, "rate limit policies of implementations"),
                aliases=("limit-whitelist",),
                invalid=Invalid.DROPPED,
            ),
        ),
    ),
)
