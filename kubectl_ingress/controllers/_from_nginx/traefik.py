"""Traefik's own provider: Middlewares, which the Ingress names in one annotation."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from kubectl_ingress.controllers._from_nginx._instead import (
    Instead,
    Kinds,
    Made,
    all_below,
    allowed,
    as_prefixes,
    beside_prefixes,
    burst,
    flow,
    kept,
    positive,
    texts_of,
    value_of,
)
from kubectl_ingress.controllers._go import words
from kubectl_ingress.controllers._traefik.middlewares import middlewares_by_id, normalised
from kubectl_ingress.controllers._traefik.router_options import PREFIX
from kubectl_ingress.core.objects import Ingress, Snapshot

LIST = f"{PREFIX}router.middlewares"

_API = "traefik.io/v1alpha1"
_CRD = "@kubernetescrd"
_MATCHER = (f"{PREFIX}router.pathmatcher", "PathRegexp")
_UNANCHORED = "it looks for the pattern anywhere in the path, and upper and lower case differ"
_BY_CLIENT = {"ipStrategy": {"depth": 0}}


def instead(name: str, value: str, ingress: Ingress) -> Instead | None:
    """See `Target`."""
    match name:
        case "auth-secret":
            scheme = "digestAuth" if value_of(ingress, "auth-type") == "digest" else "basicAuth"
            secret = value.rpartition("/")[2]
            when = f"Secret {secret} has to have one key alone"
            return _middleware(ingress, "auth", scheme, {"secret": secret}, when)
        case "auth-url" if "$" not in value:
            config: dict[str, object] = {"address": value}
            if headers := words(value_of(ingress, "auth-response-headers")):
                config["authResponseHeaders"] = list(headers)
            return _middleware(ingress, "asked", "forwardAuth", config)
        case "allowlist-source-range" | "whitelist-source-range" if found := allowed(ingress):
            return _middleware(ingress, "addresses", "ipAllowList", {"sourceRange": found})
        case "auth-tls-secret":
            secret = value.rpartition("/")[2]
            body = {
                "clientAuthType": "RequireAndVerifyClientCert",
                "secretNames": [secret],
            }
            made = Made(
                "TLSOption", _API, f"{ingress.meta.name}-tls", {"spec": {"clientAuth": body}}
            )
            option = f"{ingress.meta.namespace}-{made.name}{_CRD}"
            return Instead(
                ((f"{PREFIX}router.tls.options", option),), made, when="it ends http for the paths"
            )
        case "limit-rps" | "limit-rpm" if rate := positive(value):
            config = {"average": rate, "burst": burst(ingress, rate)}
            if name == "limit-rpm":
                config["period"] = "1m"
            return _middleware(ingress, name.removeprefix("limit-"), "rateLimit", config)
        case "limit-connections" if amount := positive(value):
            config = {"amount": amount, "sourceCriterion": _BY_CLIENT}
            return _middleware(ingress, "connections", "inFlightReq", config)
        case "force-ssl-redirect" | "ssl-redirect" if value.lower() == "true":
            config = {"scheme": "https", "permanent": True}
            return _middleware(ingress, "https", "redirectScheme", config)
        case "app-root":
            config = {"regex": "^(https?://[^/]+)/$", "replacement": "${1}" + value}
            return _middleware(ingress, "root", "redirectRegex", config)
        case "use-regex" | "rewrite-target":
            return _rewrite(name, value, ingress)
        case "proxy-body-size" if size := _bytes(value):
            return _middleware(ingress, "body", "buffering", {"maxRequestBodyBytes": size})
        case "backend-protocol" if value == "HTTPS":
            return Instead(where=f"{PREFIX}service.serversscheme: https on the Service")
    return None


def kinds(snapshot: Snapshot) -> Kinds:
    """See `Target`: the types of Middlewares; a chain is not looked into."""
    known = middlewares_by_id(snapshot)

    def of(ingress: Ingress) -> frozenset[str]:
        found: set[str] = set()
        for name in words(ingress.meta.annotations.get(LIST, "")):
            own, _, provider = name.partition("@")
            made = known.get(normalised(own)) if f"@{provider}" == _CRD else None
            found |= {""} if made is None or "chain" in made.spec else made.spec.keys()
        return frozenset(found)

    return of


def pattern(path: str, ingress: Ingress) -> str:
    """See `Target`."""
    if starts := _starts(ingress):
        mine = [starts[texts_of(ingress).index(path)]]
        strip = f"{as_prefixes(mine)}, and a Middleware with stripPrefix"
        return f"{strip}; {_beside_prefixes(ingress, mine)}"
    return f"{_MATCHER[0]}: {_MATCHER[1]} with pathType: ImplementationSpecific; {_UNANCHORED}"


def _rewrite(name: str, value: str, ingress: Ingress) -> Instead:
    if starts := _starts(ingress):
        when = _beside_prefixes(ingress, starts)
        # The first that fits is taken off, so /api-v2 comes before /api.
        config = {"prefixes": sorted(starts, key=len, reverse=True)}
        strip = _middleware(ingress, "strip", "stripPrefix", config, when)
        return replace(strip, where=as_prefixes(starts))
    stripped = _middleware(ingress, "strip", "stripPrefix", {})
    if stripped.item in words(ingress.meta.annotations.get(LIST, "")):
        return stripped
    if name == "use-regex":
        return Instead((_MATCHER,), when=_UNANCHORED)
    # The list counts for every path of the Ingress.
    if "$" not in value:
        if stay := kept(ingress):
            where = f"write path {stay[0]} in an Ingress of its own, which is not rewritten"
            return Instead(where=f"{where}: the others need a Middleware with replacePath")
        return _middleware(ingress, "path", "replacePath", {"path": value})
    configs = [{"regex": _whole(text), "replacement": value} for text in texts_of(ingress)]
    if len(configs) > 1:
        bodies = ", ".join(flow({"replacePathRegex": config}) for config in configs)
        where = f"write each path in an Ingress of its own with {_MATCHER[0]}: {_MATCHER[1]}"
        where += f" and a Middleware ({_API}) of its own: {bodies}"
        return Instead(where=where, when=_UNANCHORED)
    found = _middleware(ingress, "rewrite", "replacePathRegex", configs[0], _UNANCHORED)
    return replace(found, annotations=(_MATCHER,))


def _starts(ingress: Ingress) -> list[str]:
    """`all_below`, where the paths are not patterns of Traefik already."""
    is_regex = ingress.meta.annotations.get(_MATCHER[0]) == _MATCHER[1]
    return [] if is_regex else all_below(ingress)


def _whole(text: str) -> str:
    """A path as the pattern of all that is replaced: ingress-nginx leaves nothing behind it."""
    return f"^{text}" if text.endswith((".*", ".*)", "$")) else f"^{text}.*"


def _beside_prefixes(ingress: Ingress, starts: list[str]) -> str:
    return beside_prefixes(ingress, starts, (f"{start}x" for start in starts))


def _middleware(
    ingress: Ingress, word: str, kind: str, config: Mapping[str, object], when: str = ""
) -> Instead:
    made = Made("Middleware", _API, f"{ingress.meta.name}-{word}", {"spec": {kind: config}})
    item = f"{ingress.meta.namespace}-{made.name}{_CRD}"
    return Instead(made=made, item=item, kind=kind, when=when)


def _bytes(value: str) -> int:
    """Of a size of nginx; 0 for no limit, and for what is none."""
    factors = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
    factor = factors.get(value[-1:].lower())
    return positive(value[:-1]) * factor if factor else positive(value)
