"""The annotations of ingress-nginx: which ones the table knows, and what the others may change.

Those that change where a request goes and that the table does not know do not
pass in silence: each gives a KI401 to every Decision that it may change.
"""

from __future__ import annotations

from kubectl_ingress.core.actions import VARIABLE
from kubectl_ingress.core.objects import Finding, Ingress

PREFIX = "nginx.ingress.kubernetes.io/"

# Annotations that change whether or where a request is routed and that the
# table does not know yet. Anything else (timeouts, headers, buffers, TLS
# towards the pod) leaves the way of a request as it is.
NOT_MODELLED = frozenset(
    {
        "affinity",
        "allowlist-source-range",
        "app-root",
        "auth-secret",
        "auth-secret-type",
        "auth-signin",
        "auth-tls-match-cn",
        "auth-tls-secret",
        "auth-type",
        "auth-url",
        "backend-protocol",
        "canary-by-cookie",
        "canary-by-header",
        "canary-by-header-pattern",
        "canary-by-header-value",
        "canary-weight",
        "canary-weight-total",
        "configuration-snippet",
        "custom-http-errors",
        "default-backend",
        "denylist-source-range",
        "enable-cors",
        "enable-global-auth",
        "enable-modsecurity",
        "from-to-www-redirect",
        "limit-connections",
        "limit-rpm",
        "limit-rps",
        "load-balance",
        "permanent-redirect",
        "permanent-redirect-code",
        "preserve-trailing-slash",
        "proxy-body-size",
        "relative-redirects",
        "satisfy",
        "server-alias",
        "server-snippet",
        "service-upstream",
        "ssl-passthrough",
        "stream-snippet",
        "temporal-redirect",
        "temporal-redirect-code",
        "upstream-hash-by",
        "upstream-vhost",
        "use-port-in-redirects",
        "whitelist-source-range",
        "x-forwarded-prefix",
    }
)

# These answer on hosts that no rule names.
_MAKES_HOSTS = frozenset({"server-alias", "from-to-www-redirect", "server-snippet"})

# strconv.ParseBool of Go.
TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})
FALSE = frozenset({"0", "f", "F", "false", "FALSE", "False"})


def annotation(ingress: Ingress, name: str) -> str:
    """The value of nginx.ingress.kubernetes.io/<name>, "" where absent."""
    return ingress.meta.annotations.get(PREFIX + name, "").strip()


def flag(ingress: Ingress, name: str, default: bool = False) -> bool:
    """A boolean annotation; a value that Go's ParseBool refuses counts as absent."""
    value = annotation(ingress, name)
    return True if value in TRUE else False if value in FALSE else default


def is_canary(ingress: Ingress) -> bool:
    """Whether it only adds an alternative backend to another Ingress's route."""
    return flag(ingress, "canary")


def uncertain(taken: list[Ingress]) -> dict[str, list[Finding]]:
    """Ingress key ("" for the default server) -> a KI401 for each annotation not modelled."""
    found: dict[str, list[Finding]] = {}
    everything = ["", *(ingress.meta.key for ingress in taken)]
    for ingress in taken:
        where = f"Ingress {ingress.meta.key}"
        for name, value in sorted(ingress.meta.annotations.items()):
            short = name.removeprefix(PREFIX)
            if short == name or (short not in NOT_MODELLED and short != "rewrite-target"):
                continue
            # A variable that nginx does not know stops it from loading anything.
            strange = bool(_strange_variables(ingress, value))
            if short == "rewrite-target" and not strange:
                continue
            message = f"{name} is not modelled yet: what is predicted here may be wrong"
            finding = Finding("KI401", "warning", message, where, ingress.meta.origin)
            for key in everything if strange else _affected(ingress, short, taken):
                found.setdefault(key, []).append(finding)
    return found


def _strange_variables(ingress: Ingress, value: str) -> list[str]:
    """The variables in a value that are no capture of one of the Ingress's paths."""
    paths = [path.path for rule in ingress.rules for path in rule.paths]
    names = [found[2] or found[3] for found in VARIABLE.finditer(value) if not found[1]]
    return [name for name in names if not any(f"(?<{name}>" in path for path in paths)]


def _affected(ingress: Ingress, short: str, taken: list[Ingress]) -> list[str]:
    """The keys of the Ingresses whose routes an annotation of this one may change."""
    if short in _MAKES_HOSTS:
        return ["", *(o.meta.key for o in taken if o is ingress or _shares(o, ingress))]
    if is_canary(ingress):
        return [other.meta.key for other in taken if _shares(other, ingress)]
    return [ingress.meta.key]


def _shares(one: Ingress, other: Ingress) -> bool:
    """Whether they have a host or a Service in common: a canary hangs on either."""
    if {rule.host for rule in one.rules} & {rule.host for rule in other.rules}:
        return True
    return one.meta.namespace == other.meta.namespace and bool(_services(one) & _services(other))


def _services(ingress: Ingress) -> set[str]:
    return {p.backend.service for rule in ingress.rules for p in rule.paths if p.backend}
