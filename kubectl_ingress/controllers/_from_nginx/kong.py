"""Kong: annotations konghq.com/, and a KongPlugin for each guard."""

from __future__ import annotations

from collections.abc import Mapping

from kubectl_ingress.controllers._from_nginx._instead import (
    Instead,
    Listed,
    Lists,
    Made,
    Maker,
    all_below,
    allowed,
    as_prefixes,
    beside_prefixes,
    networks,
    one,
    positive,
    texts_of,
    value_of,
)
from kubectl_ingress.controllers._go import TRUE, words
from kubectl_ingress.core.objects import Ingress, Snapshot

_KONG = "konghq.com/"
LIST = f"{_KONG}plugins"

_PROTOCOLS = {"HTTPS": "https", "GRPC": "grpc", "GRPCS": "grpcs"}
_STRIP = (f"{_KONG}strip-path", "true")


def instead(name: str, value: str, ingress: Ingress) -> Instead | None:
    """See `Target`."""
    make = _INSTEAD.get(name)
    return make(value, ingress) if make is not None else None


def listed(snapshot: Snapshot) -> Lists:
    """See `Target`: what a plugin does stands in no field that is read here."""
    return lambda ingress: Listed(unread=bool(words(ingress.meta.annotations.get(LIST, ""))))


def pattern(path: str, ingress: Ingress) -> str:
    """See `Target`."""
    if starts := _starts(ingress):
        mine = [starts[texts_of(ingress).index(path)]]
        strip = f'{as_prefixes(mine)}, and {_KONG}strip-path: "true"'
        return f"{strip}; {beside_prefixes(ingress, mine)}"
    return f"path: /~{path} with pathType: ImplementationSpecific; {_beside_patterns(ingress)}"


def _starts(ingress: Ingress) -> list[str]:
    """`all_below`, where the paths are not patterns of Kong already."""
    return [] if any(text.startswith("/~") for text in texts_of(ingress)) else all_below(ingress)


def _beside_patterns(ingress: Ingress) -> str:
    case = "upper and lower case differ there"
    if len(texts_of(ingress)) == 1:
        return case
    unless = f"unless one has an Ingress of its own with a higher {_KONG}regex-priority"
    return f"{case}, and where two patterns fit chance decides {unless}"


def _is_stripped(ingress: Ingress) -> bool:
    return ingress.meta.annotations.get(_STRIP[0], "").lower() == _STRIP[1]


def _timeout(own: str) -> Maker:
    def make(value: str, ingress: Ingress) -> Instead | None:
        # In milliseconds.
        pair = f'{_KONG}{own}: "{positive(value) * 1000}"'
        return Instead(where=f"{pair} on the Service") if positive(value) else None

    return make


def _password(value: str, ingress: Ingress) -> Instead | None:
    if value_of(ingress, "auth-type") not in ("", "basic"):
        return None
    caveat = "each user has to be a KongConsumer with a basic-auth credential"
    return _plugin(ingress, "auth", "basic-auth", {}, caveat)


def _addresses(value: str, ingress: Ingress) -> Instead | None:
    # A route has one plugin of a kind, which has both lists.
    lists = {
        "allow": allowed(ingress),
        "deny": networks(value_of(ingress, "denylist-source-range")),
    }
    used = {key: found for key, found in lists.items() if found}
    return _plugin(ingress, "addresses", "ip-restriction", used) if used else None


def _rate(value: str, ingress: Ingress) -> Instead | None:
    limits = {
        key: number
        for key, of in (("second", "limit-rps"), ("minute", "limit-rpm"))
        if (number := positive(value_of(ingress, of)))
    }
    config = {**limits, "limit_by": "ip", "policy": "local"}
    caveat = "it has no burst: what is above the number is refused at once"
    return _plugin(ingress, "rate", "rate-limiting", config, caveat) if limits else None


def _https(value: str, ingress: Ingress) -> Instead | None:
    code = (f"{_KONG}https-redirect-status-code", "308")
    return Instead(((f"{_KONG}protocols", "https"), code)) if value in TRUE else None


def _use_regex(value: str, ingress: Ingress) -> Instead:
    where = "/~ before each path, with pathType: ImplementationSpecific"
    return _cut(ingress) or Instead(where=where, caveat=_beside_patterns(ingress))


def _rewrite(value: str, ingress: Ingress) -> Instead | None:
    if cut := _cut(ingress):
        return cut
    if _is_stripped(ingress):
        return Instead((_STRIP,))
    if "$" in value:
        where = "start the controller with --feature-gates=RewriteURIs=true"
        caveat = "without that flag the paths are left out"
        return Instead(((f"{_KONG}rewrite", value),), where=where, caveat=caveat)
    caveat = "it cuts the rule's path off, and what follows that stays"
    return Instead((_STRIP,), caveat=caveat) if value == "/" else None


def _cut(ingress: Ingress) -> Instead | None:
    """The beginnings of its paths taken off, where that is all they need."""
    starts = _starts(ingress)
    caveat = beside_prefixes(ingress, starts)
    return Instead((_STRIP,), where=as_prefixes(starts), caveat=caveat) if starts else None


def _alias(value: str, ingress: Ingress) -> Instead:
    return one(f"{_KONG}host-aliases", value)


def _protocol(value: str, ingress: Ingress) -> Instead | None:
    own = _PROTOCOLS.get(value)
    return Instead(where=f"{_KONG}protocol: {own} on the Service") if own else None


def _plugin(
    ingress: Ingress, word: str, plugin: str, config: Mapping[str, object], caveat: str = ""
) -> Instead:
    name = f"{ingress.meta.name}-{word}"
    body: dict[str, object] = {"plugin": plugin}
    if config:
        body["config"] = config
    made = Made("KongPlugin", "configuration.konghq.com/v1", name, body)
    return Instead(made=made, item=name, kind=plugin, config=config, caveat=caveat)


_INSTEAD: Mapping[str, Maker] = {
    "allowlist-source-range": _addresses,
    "auth-secret": _password,
    "backend-protocol": _protocol,
    "denylist-source-range": _addresses,
    "force-ssl-redirect": _https,
    "limit-rpm": _rate,
    "limit-rps": _rate,
    "proxy-connect-timeout": _timeout("connect-timeout"),
    "proxy-read-timeout": _timeout("read-timeout"),
    "proxy-send-timeout": _timeout("write-timeout"),
    "rewrite-target": _rewrite,
    "server-alias": _alias,
    "ssl-redirect": _https,
    "use-regex": _use_regex,
    "whitelist-source-range": _addresses,
}
