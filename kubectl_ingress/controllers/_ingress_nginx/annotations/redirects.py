"""Redirects to elsewhere. One empty value among them, and none counts."""

from __future__ import annotations

from kubectl_ingress.controllers._ingress_nginx.annotation import (
    Annotation,
    Gateway,
    Group,
    Invalid,
    Level,
    Risk,
    flag,
    number,
)
from kubectl_ingress.controllers._ingress_nginx.validators import (
    is_web_address,
    url_characters_without_spaces,
)
from kubectl_ingress.controllers._tables import Effect, Kind

GROUPS: tuple[Group, ...] = (
    Group(
        "Redirect",
        (
            flag(
                "from-to-www-redirect",
                Effect.REDIRECT,
                "The host with www. (or, if it has it, without) redirects to the host, unless"
                " it has an Ingress itself.",
                Gateway(
                    Level.EXTENDED,
                    "a route of its own for that name, with RequestRedirect hostname",
                ),
                invalid=Invalid.DROPPED,
                empty=Invalid.GROUP,
            ),
            flag(
                "relative-redirects",
                Effect.REDIRECT,
                "Redirects that nginx makes are without scheme and host.",
                setting="relative-redirects",
                invalid=Invalid.DROPPED,
                empty=Invalid.GROUP,
            ),
            Annotation(
                "temporal-redirect",
                Kind.URL,
                Effect.REDIRECT,
                url_characters_without_spaces,
                "Every request is redirected to exactly this URL, with 302; it wins over"
                " permanent-redirect.",
                Gateway(Level.EXTENDED, "RequestRedirect 302"),
                risk=Risk.MEDIUM,
                invalid=Invalid.DROPPED,
                check=is_web_address,
                unchecked=Invalid.GROUP,
                empty=Invalid.GROUP,
            ),
            number(
                "temporal-redirect-code",
                Effect.REDIRECT,
                "The status of temporal-redirect: 300 to 307, anything else counts as 302.",
                Gateway(Level.EXTENDED, "RequestRedirect statusCode"),
                default="302",
                invalid=Invalid.DROPPED,
                empty=Invalid.GROUP,
                needs="temporal-redirect",
            ),
            Annotation(
                "permanent-redirect",
                Kind.URL,
                Effect.REDIRECT,
                url_characters_without_spaces,
                "Every request is redirected to exactly this URL, with 301.",
                Gateway(Level.EXTENDED, "RequestRedirect 301"),
                risk=Risk.MEDIUM,
                invalid=Invalid.DROPPED,
                empty=Invalid.GROUP,
                unless="temporal-redirect",
            ),
            number(
                "permanent-redirect-code",
                Effect.REDIRECT,
                "The status of permanent-redirect: 300 to 308, anything else counts as 301.",
                Gateway(Level.EXTENDED, "RequestRedirect statusCode"),
                default="301",
                invalid=Invalid.DROPPED,
                empty=Invalid.GROUP,
                unless="temporal-redirect",
            ),
        ),
    ),
    Group(
        "UsePortInRedirects",
        (
            flag(
                "use-port-in-redirects",
                Effect.REDIRECT,
                "The redirect to HTTPS names the port that the controller listens on.",
                Gateway(Level.EXTENDED, "RequestRedirect port"),
                setting="use-port-in-redirects",
            ),
        ),
    ),
)
