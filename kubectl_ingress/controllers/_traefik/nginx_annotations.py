"""The annotations of ingress-nginx as Traefik's provider for them reads them.

The names are ingress-nginx's, the values are not: a boolean is true or it is
false, a number that is none counts as absent, and nothing is validated. Source:
pkg/provider/kubernetes/ingress-nginx/annotations.go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from kubectl_ingress.controllers._go import parse_int
from kubectl_ingress.core.objects import Finding, Ingress

PREFIX = "nginx.ingress.kubernetes.io/"

# What the provider reads; everything else of ingress-nginx it passes over.
KNOWN = frozenset(
    (
        "affinity",
        "allowlist-source-range",
        "app-root",
        "auth-method",
        "auth-realm",
        "auth-response-headers",
        "auth-secret",
        "auth-secret-type",
        "auth-signin",
        "auth-snippet",
        "auth-tls-pass-certificate-to-upstream",
        "auth-tls-secret",
        "auth-tls-verify-client",
        "auth-type",
        "auth-url",
        "backend-protocol",
        "canary",
        "canary-by-cookie",
        "canary-by-header",
        "canary-by-header-pattern",
        "canary-by-header-value",
        "canary-weight",
        "canary-weight-total",
        "client-body-buffer-size",
        "configuration-snippet",
        "cors-allow-credentials",
        "cors-allow-headers",
        "cors-allow-methods",
        "cors-allow-origin",
        "cors-expose-headers",
        "cors-max-age",
        "custom-headers",
        "custom-http-errors",
        "default-backend",
        "enable-access-log",
        "enable-cors",
        "enable-global-auth",
        "force-ssl-redirect",
        "from-to-www-redirect",
        "limit-burst-multiplier",
        "limit-connections",
        "limit-rpm",
        "limit-rps",
        "permanent-redirect",
        "permanent-redirect-code",
        "proxy-body-size",
        "proxy-buffer-size",
        "proxy-buffering",
        "proxy-buffers-number",
        "proxy-connect-timeout",
        "proxy-http-version",
        "proxy-max-temp-file-size",
        "proxy-next-upstream",
        "proxy-next-upstream-timeout",
        "proxy-next-upstream-tries",
        "proxy-read-timeout",
        "proxy-request-buffering",
        "proxy-send-timeout",
        "proxy-ssl-name",
        "proxy-ssl-secret",
        "proxy-ssl-server-name",
        "proxy-ssl-verify",
        "rewrite-target",
        "server-alias",
        "server-snippet",
        "service-upstream",
        "session-cookie-domain",
        "session-cookie-expires",
        "session-cookie-max-age",
        "session-cookie-name",
        "session-cookie-path",
        "session-cookie-samesite",
        "session-cookie-secure",
        "ssl-passthrough",
        "ssl-redirect",
        "temporal-redirect",
        "temporal-redirect-code",
        "upstream-hash-by",
        "upstream-vhost",
        "use-regex",
        "whitelist-source-range",
        "x-forwarded-prefix",
    )
)


class Values(Struct, frozen=True):
    """The annotations of one Ingress, by their names without prefix."""

    found: Mapping[str, str]

    @classmethod
    def of(cls, ingress: Ingress) -> Values:
        """Those of an Ingress; never raises."""
        items = ingress.meta.annotations.items()
        return cls({k[len(PREFIX) :]: v for k, v in items if k.startswith(PREFIX)})

    def has(self, name: str) -> bool:
        """Whether it is there, with whatever value."""
        return name in self.found

    def text(self, name: str) -> str:
        """The value, "" where absent."""
        return self.found.get(name, "")

    def flag(self, name: str, default: bool = False) -> bool:
        """Whether it is true; any other value is false, none is the default."""
        value = self.found.get(name)
        return default if value is None else value.lower() == "true"

    def number(self, name: str, default: int = 0) -> int:
        """A whole number (strconv.Atoi), the default where it is absent or none."""
        number = parse_int(self.text(name))
        return default if number is None else number

    def words(self, name: str) -> tuple[str, ...]:
        """A list, separated by commas; () where absent."""
        value = self.found.get(name)
        return () if value is None else tuple(part.strip() for part in value.split(","))


NO_VALUES = Values({})


def passed_over(ingress: Ingress) -> Iterator[Finding]:
    """The annotations of ingress-nginx that do nothing here."""
    where = f"Ingress {ingress.meta.key}"
    for name in sorted(Values.of(ingress).found):
        if name not in KNOWN:
            message = f"Traefik passes over {PREFIX}{name} of {where}"
            yield Finding("KI403", "warning", message, where, ingress.meta.origin)
