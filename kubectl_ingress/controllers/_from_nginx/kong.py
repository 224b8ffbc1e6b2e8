"""Kong: annotations konghq.com/, and a KongPlugin for each guard."""

from __future__ import annotations

from collections.abc import Mapping

from kubectl_ingress.controllers._from_nginx._instead import (
    Instead,
    Kinds,
    Made,
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
from kubectl_ingress.core.objects import Ingress, Snapshot

_KONG = "konghq.com/"
LIST = f"{_KONG}plugins"

_TIMES = {
    "proxy-connect-timeout": "connect-timeout",
    "proxy-read-timeout": "read-timeout",
    "proxy-send-timeout": "write-timeout",
}
_PROTOCOLS = {"HTTPS": "https", "GRPC": "grpc", "GRPCS": "grpcs"}
_STRIP = (f"{_KONG}strip-path", "true")


def instead(name: str, value: str, ingress: Ingress) -> Instead | None:
    """See `Target`."""
    if name in _TIMES and positive(value):
        # In milliseconds.
        pair = f'{_KONG}{_TIMES[name]}: "{positive(value) * 1000}"'
        return Instead(where=f"{pair} on the Service")
    match name:
        case "auth-secret" if value_of(ingress, "auth-type") in ("", "basic"):
            when = "each user has to be a KongConsumer with a basic-auth credential"
            return _plugin(ingress, "auth", "basic-auth", {}, when)
        case "allowlist-source-range" | "whitelist-source-range" | "denylist-source-range":
            # A route has one plugin of a kind, which has both lists.
            lists = {
                "allow": allowed(ingress),
                "deny": networks(value_of(ingress, "denylist-source-range")),
            }
            used = {key: found for key, found in lists.items() if found}
            return _plugin(ingress, "addresses", "ip-restriction", used) if used else None
        case "limit-rps" | "limit-rpm":
            limits = {
                key: number
                for key, of in (("second", "limit-rps"), ("minute", "limit-rpm"))
                if (number := positive(value_of(ingress, of)))
            }
            config = {**limits, "limit_by": "ip", "policy": "local"}
            when = "it has no burst: what is above the number is refused at once"
            return _plugin(ingress, "rate", "rate-limiting", config, when) if limits else None
        case "force-ssl-redirect" | "ssl-redirect" if value.lower() == "true":
            code = (f"{_KONG}https-redirect-status-code", "308")
            return Instead(((f"{_KONG}protocols", "https"), code))
        case "use-regex" | "rewrite-target" if starts := _starts(ingress):
            when = beside_prefixes(ingress, starts)
            return Instead((_STRIP,), where=as_prefixes(starts), when=when)
        case "use-regex":
            where = "/~ before each path, with pathType: ImplementationSpecific"
            return Instead(where=where, when=_beside_patterns(ingress))
        case "rewrite-target" if _is_stripped(ingress):
            return Instead((_STRIP,))
        case "rewrite-target" if "$" in value:
            where = "start the controller with --feature-gates=RewriteURIs=true"
            when = "without that flag the paths are left out"
            return Instead(((f"{_KONG}rewrite", value),), where=where, when=when)
        case "rewrite-target" if value == "/":
            when = "it cuts the rule's path off, and what follows that stays"
            return Instead((_STRIP,), when=when)
        case "server-alias":
            return one(f"{_KONG}host-aliases", value)
        case "backend-protocol" if value in _PROTOCOLS:
            return Instead(where=f"{_KONG}protocol: {_PROTOCOLS[value]} on the Service")
    return None


def kinds(snapshot: Snapshot) -> Kinds:
    """See `Target`: what a plugin does stands in no field that is read here."""
    return lambda ingress: frozenset({""} if ingress.meta.annotations.get(LIST, "").strip() else ())


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


def _plugin(
    ingress: Ingress, word: str, plugin: str, config: Mapping[str, object], when: str = ""
) -> Instead:
    name = f"{ingress.meta.name}-{word}"
    body: dict[str, object] = {"plugin": plugin}
    if config:
        body["config"] = config
    made = Made("KongPlugin", "configuration.konghq.com/v1", name, body)
    return Instead(made=made, item=name, kind=plugin, when=when)
