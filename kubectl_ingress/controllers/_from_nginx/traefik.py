"""Traefik's own provider: Middlewares, which the Ingress names in one annotation."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from kubectl_ingress.controllers._from_nginx._instead import (
    Done,
    Instead,
    Listed,
    Lists,
    Made,
    Maker,
    all_below,
    allowed,
    as_prefixes,
    beside_prefixes,
    burst,
    is_plain,
    kept,
    positive,
    secret_has_to,
    secret_of,
    texts_of,
    value_of,
)
from kubectl_ingress.controllers._from_nginx._yaml import flow
from kubectl_ingress.controllers._go import TRUE, words
from kubectl_ingress.controllers._traefik.middlewares import normalised
from kubectl_ingress.controllers._traefik.router_options import PREFIX
from kubectl_ingress.core.objects import Custom, Ingress, Snapshot

LIST = f"{PREFIX}router.middlewares"

_API = "traefik.io/v1alpha1"
_CRD = "@kubernetescrd"
_MATCHER = (f"{PREFIX}router.pathmatcher", "PathRegexp")
_UNANCHORED = "it looks for the pattern anywhere in the path, and upper and lower case differ"
_BY_CLIENT = {"ipStrategy": {"depth": 0}}
# Former names, which do the same.
_RENAMED = {"ipWhiteList": "ipAllowList"}
# What a client is told, and the pods: no matter who is let in.
_WORDING = frozenset({"headerField", "realm", "rejectStatusCode", "removeHeader"})


def instead(name: str, value: str, ingress: Ingress) -> Instead | None:
    """See `Target`."""
    make = _INSTEAD.get(name)
    return make(value, ingress) if make is not None else None


def listed(snapshot: Snapshot) -> Lists:
    """See `Target`: what Middlewares do; a chain is not looked into."""
    known: dict[str, list[Custom]] = {}
    for one in snapshot.customs:
        if one.kind == "Middleware":
            known.setdefault(normalised(f"{one.meta.namespace}-{one.meta.name}"), []).append(one)

    def of(ingress: Ingress) -> Listed:
        done: list[Done] = []
        unread = False
        for name in words(ingress.meta.annotations.get(LIST, "")):
            own, _, provider = name.partition("@")
            named = known.get(normalised(own), []) if f"@{provider}" == _CRD else []
            for kind, config in named[0].spec.items() if len(named) == 1 else ():
                kind = _RENAMED.get(kind, kind)
                done.append(Done(kind, _told(config), named[0].meta.namespace))
            # Of two whose names come to the same chance takes one.
            unread = unread or len(named) != 1 or "chain" in named[0].spec
        return Listed(tuple(done), unread)

    return of


def pattern(path: str, ingress: Ingress) -> str:
    """See `Target`."""
    if starts := _starts(ingress):
        mine = [starts[texts_of(ingress).index(path)]]
        strip = f"{as_prefixes(mine)}, and a Middleware with stripPrefix"
        return f"{strip}; {_beside_prefixes(ingress, mine)}"
    return f"{_MATCHER[0]}: {_MATCHER[1]} with pathType: ImplementationSpecific; {_UNANCHORED}"


def _starts(ingress: Ingress) -> list[str]:
    """`all_below`, where the paths are not patterns of Traefik already."""
    is_regex = ingress.meta.annotations.get(_MATCHER[0]) == _MATCHER[1]
    return [] if is_regex else all_below(ingress)


def _whole(text: str) -> str:
    """A path as the pattern of all that is replaced: ingress-nginx leaves nothing behind it."""
    return f"^{text}" if text.endswith((".*", ".*)", "$")) else f"^{text}.*"


def _beside_prefixes(ingress: Ingress, starts: list[str]) -> str:
    return beside_prefixes(ingress, starts, (f"{start}x" for start in starts))


def _told(config: object) -> object:
    """Without what changes neither who is let in nor what becomes of a request."""
    if not isinstance(config, Mapping):
        return config
    return {name: value for name, value in config.items() if name not in _WORDING}


def _password(value: str, ingress: Ingress) -> Instead:
    scheme = "digestAuth" if value_of(ingress, "auth-type") == "digest" else "basicAuth"
    namespace, name = secret_of(value, ingress)
    caveat = secret_has_to("have one key alone", value, ingress)
    found = _middleware(ingress, "auth", scheme, {"secret": name}, caveat)
    return replace(found, secret_in=namespace)


def _asked(value: str, ingress: Ingress) -> Instead | None:
    if "$" in value:
        return None
    config: dict[str, object] = {"address": value}
    if headers := words(value_of(ingress, "auth-response-headers")):
        config["authResponseHeaders"] = list(headers)
    return _middleware(ingress, "asked", "forwardAuth", config)


def _addresses(value: str, ingress: Ingress) -> Instead | None:
    found = allowed(ingress)
    if not found:
        return None
    return _middleware(ingress, "addresses", "ipAllowList", {"sourceRange": found})


def _certificate(value: str, ingress: Ingress) -> Instead:
    namespace, name = secret_of(value, ingress)
    body = {"clientAuthType": "RequireAndVerifyClientCert", "secretNames": [name]}
    made = Made("TLSOption", _API, f"{ingress.meta.name}-tls", {"spec": {"clientAuth": body}})
    option = f"{ingress.meta.namespace}-{made.name}{_CRD}"
    caveats = (secret_has_to("", value, ingress), "it ends http for the paths")
    return Instead(
        ((f"{PREFIX}router.tls.options", option),),
        made,
        caveat="; ".join(filter(None, caveats)),
        secret_in=namespace,
    )


def _limit(word: str, **period: str) -> Maker:
    def make(value: str, ingress: Ingress) -> Instead | None:
        rate = positive(value)
        config = {"average": rate, "burst": burst(ingress, rate), **period}
        return _middleware(ingress, word, "rateLimit", config) if rate else None

    return make


def _connections(value: str, ingress: Ingress) -> Instead | None:
    amount = positive(value)
    config = {"amount": amount, "sourceCriterion": _BY_CLIENT}
    return _middleware(ingress, "connections", "inFlightReq", config) if amount else None


def _https(value: str, ingress: Ingress) -> Instead | None:
    config = {"scheme": "https", "permanent": True}
    return _middleware(ingress, "https", "redirectScheme", config) if value in TRUE else None


def _root(value: str, ingress: Ingress) -> Instead:
    config = {"regex": "^(https?://[^/]+)/$", "replacement": "${1}" + value}
    return _middleware(ingress, "root", "redirectRegex", config)


def _body(value: str, ingress: Ingress) -> Instead | None:
    size = _bytes(value)
    return (
        _middleware(ingress, "body", "buffering", {"maxRequestBodyBytes": size}) if size else None
    )


def _protocol(value: str, ingress: Ingress) -> Instead | None:
    where = f"{PREFIX}service.serversscheme: https on the Service"
    return Instead(where=where) if value == "HTTPS" else None


def _use_regex(value: str, ingress: Ingress) -> Instead:
    return _cut(ingress) or Instead((_MATCHER,), caveat=_UNANCHORED)


def _rewrite(value: str, ingress: Ingress) -> Instead:
    if cut := _cut(ingress):
        return cut
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
        return Instead(where=where, caveat=_UNANCHORED)
    found = _middleware(ingress, "rewrite", "replacePathRegex", configs[0], _UNANCHORED)
    return replace(found, annotations=(_MATCHER,))


def _cut(ingress: Ingress) -> Instead | None:
    """A Middleware that takes the beginnings of its paths off, where that is all they need."""
    if starts := _starts(ingress):
        # The first that fits is taken off, so /api-v2 comes before /api.
        config = {"prefixes": sorted(starts, key=len, reverse=True)}
        caveat = _beside_prefixes(ingress, starts)
        strip = _middleware(ingress, "strip", "stripPrefix", config, caveat)
        return replace(strip, where=as_prefixes(starts))
    # Where that was done the paths are plain, and the target has groups of what they were.
    texts = texts_of(ingress)
    config = {"prefixes": sorted(texts, key=len, reverse=True)}
    stripped = _middleware(ingress, "strip", "stripPrefix", config)
    is_listed = stripped.item in words(ingress.meta.annotations.get(LIST, ""))
    return stripped if is_listed and all(map(is_plain, texts)) else None


def _middleware(
    ingress: Ingress, word: str, kind: str, config: Mapping[str, object], caveat: str = ""
) -> Instead:
    made = Made("Middleware", _API, f"{ingress.meta.name}-{word}", {"spec": {kind: config}})
    item = f"{ingress.meta.namespace}-{made.name}{_CRD}"
    return Instead(made=made, item=item, kind=kind, config=config, caveat=caveat)


def _bytes(value: str) -> int:
    """Of a size of nginx; 0 for no limit, and for what is none."""
    factors = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
    factor = factors.get(value[-1:].lower())
    return positive(value[:-1]) * factor if factor else positive(value)


_INSTEAD: Mapping[str, Maker] = {
    "allowlist-source-range": _addresses,
    "app-root": _root,
    "auth-secret": _password,
    "auth-tls-secret": _certificate,
    "auth-url": _asked,
    "backend-protocol": _protocol,
    "force-ssl-redirect": _https,
    "limit-connections": _connections,
    "limit-rpm": _limit("rpm", period="1m"),
    "limit-rps": _limit("rps"),
    "proxy-body-size": _body,
    "rewrite-target": _rewrite,
    "ssl-redirect": _https,
    "use-regex": _use_regex,
    "whitelist-source-range": _addresses,
}
