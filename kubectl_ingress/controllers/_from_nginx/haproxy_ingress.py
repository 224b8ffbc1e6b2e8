"""HAProxy Ingress: many annotations have the same name behind another prefix."""

from __future__ import annotations

from msgspec.structs import replace

from kubectl_ingress.controllers._from_nginx._instead import (
    Instead,
    as_there,
    is_on,
    no_list,
    one,
    positive,
    secret_has_to,
    secret_of,
    value_of,
    with_backslashes,
)
from kubectl_ingress.controllers._go import FALSE, TRUE
from kubectl_ingress.core.objects import Ingress

_OWN = "haproxy-ingress.github.io/"
_OLD = "ingress.kubernetes.io/"
LIST = ""
listed = no_list

_SAME = frozenset(
    {
        *("allowlist-source-range", "app-root", "auth-method", "auth-realm", "auth-tls-error-page"),
        *("auth-tls-verify-client", "cors-allow-credentials", "cors-allow-headers"),
        *("cors-allow-methods", "cors-allow-origin", "cors-expose-headers", "cors-max-age"),
        *("denylist-source-range", "limit-connections", "limit-rps", "limit-whitelist"),
        *("service-upstream", "ssl-redirect", "whitelist-source-range"),
    }
)
_TIMES = {
    "proxy-connect-timeout": "timeout-connect",
    "proxy-read-timeout": "timeout-server",
    "proxy-send-timeout": "timeout-server",
}
_PROTOCOLS = {"HTTPS": "h1-ssl", "GRPC": "h2", "GRPCS": "h2-ssl"}


_ALIASES = {
    "allowlist-source-range": "whitelist-source-range",
    "whitelist-source-range": "allowlist-source-range",
}


def instead(name: str, value: str, ingress: Ingress) -> Instead | None:
    """See `Target`."""
    found = _instead(name, value, ingress)
    if found is None:
        return None
    key = found.annotations[0][0].removeprefix(_OWN)
    names = (key, _ALIASES[key]) if key in _ALIASES else (key,)
    also = tuple(prefix + one for one in names for prefix in (_OWN, _OLD))
    only_with = tuple(
        (prefix + one, values)
        for one, values in _only_with(name, ingress)
        for prefix in (_OWN, _OLD)
    )
    return replace(found, also=also[1:], only_with=only_with)


def _only_with(name: str, ingress: Ingress) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Of a guard `Instead.only_with`, without prefix."""
    found: tuple[tuple[str, tuple[str, ...]], ...] = ()
    match name:
        case "allowlist-source-range" | "denylist-source-range" | "whitelist-source-range":
            # Whoever connects writes such a header as he likes.
            found = (("allowlist-source-header", ()),)
        case "auth-tls-secret":
            verify = value_of(ingress, "auth-tls-verify-client") or "on"
            strict = ("auth-tls-strict", tuple(sorted(TRUE)))
            return (("auth-tls-verify-client", ("on", verify)), strict)
        case "auth-url":
            found = (("auth-external-placement", ("backend", "frontend")),)
        case "enable-modsecurity":
            found = (("waf-mode", ("deny",)),)
        case "limit-connections" | "limit-rpm" | "limit-rps":
            spared = (value_of(ingress, f"limit-{word}list") for word in ("allow", "white"))
            found = (("limit-whitelist", tuple(filter(None, spared))),)
        case "auth-secret":
            pass
        case _:
            return ()
    # What haproxy hands on as it is, it cannot look into.
    if is_on(ingress, "ssl-passthrough"):
        return found
    return (*found, ("ssl-passthrough", tuple(sorted(FALSE))))


def _instead(name: str, value: str, ingress: Ingress) -> Instead | None:
    if name in _SAME:
        return one(_OWN + name, value)
    if name in _TIMES and positive(value):
        return one(_OWN + _TIMES[name], f"{positive(value)}s")
    match name:
        case "auth-secret" if value_of(ingress, "auth-type") in ("", "basic") and (
            value_of(ingress, "auth-secret-type") in ("", "auth-file")
        ):
            return _password(value, ingress)
        case "auth-url" | "auth-signin" if "$" not in value:
            return one(_OWN + name, value)
        case "auth-tls-secret":
            namespace, secret = secret_of(value, ingress)
            caveats = (secret_has_to("", value, ingress), "it counts for the whole host")
            found = one(_OWN + name, secret, "; ".join(filter(None, caveats)))
            return replace(found, secret_in=namespace)
        case "limit-rpm" if positive(value) and positive(value) % 60 == 0:
            caveat = "it counts by the second, and refuses what comes in a shorter burst"
            return one(f"{_OWN}limit-rps", str(positive(value) // 60), caveat)
        case "force-ssl-redirect":
            caveat = (
                "the host is served by https then, with the default certificate unless tls has one"
            )
            return one(*as_there(f"{_OWN}ssl-always-add-https", "true", ingress), caveat)
        case "enable-modsecurity":
            caveat = "it asks the firewall that modsecurity-endpoints of the ConfigMap names"
            return one(f"{_OWN}waf", "modsecurity", caveat)
        case "use-regex":
            return one(f"{_OWN}path-type", "regex", "upper and lower case differ there")
        case "rewrite-target":
            return _rewrite(value)
        case "enable-cors":
            return one(f"{_OWN}cors-enable", value)
        case "proxy-body-size":
            return one(_OWN + name, "unlimited" if value == "0" else value)
        case "server-alias" if "," not in value:
            return one(_OWN + name, value)
        case "permanent-redirect" | "temporal-redirect" if "$" not in value:
            return one(f"{_OWN}redirect-to", value, "with 302")
        case "affinity":
            return one(_OWN + name, value)
        case "backend-protocol" if value in _PROTOCOLS:
            return one(_OWN + name, _PROTOCOLS[value])
    return None


def pattern(path: str, ingress: Ingress) -> str:
    """See `Target`."""
    case = "for paths of type ImplementationSpecific; upper and lower case differ there"
    return f"{_OWN}path-type: regex, {case}"


def _password(value: str, ingress: Ingress) -> Instead:
    caveat = "without the Secret, or its key auth, everybody is let in"
    namespace, _ = secret_of(value, ingress)
    if namespace != ingress.meta.namespace:
        caveat += ", and with cross-namespace-secrets-passwd: deny, the default, too"
    return replace(one(f"{_OWN}auth-secret", value, caveat), secret_in=namespace)


def _rewrite(value: str) -> Instead:
    if "$" in value:
        regex = (f"{_OWN}path-type", "regex")
        return Instead(((f"{_OWN}rewrite-target", with_backslashes(value)), regex))
    caveat = "it replaces the rule's path alone, and what follows that stays"
    return one(f"{_OWN}rewrite-target", value, caveat)
