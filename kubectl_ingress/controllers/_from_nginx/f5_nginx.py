"""F5's controller: annotations nginx.org/, and Policies for addresses."""

from __future__ import annotations

from kubectl_ingress.controllers._from_nginx._instead import (
    Instead,
    Kinds,
    Made,
    allowed,
    burst,
    kept,
    networks,
    one,
    positive,
    value_of,
)
from kubectl_ingress.core.objects import Ingress, Snapshot

_ORG = "nginx.org/"
LIST = f"{_ORG}policies"

_REGEX = (f"{_ORG}path-regex", "case_insensitive")
_ALL_PATHS = (
    "every path of the Ingress is a pattern then, the first one that fits answers, and no Exact"
    " path does"
)
_TIMES = ("proxy-connect-timeout", "proxy-read-timeout", "proxy-send-timeout")
_SNIPPETS = {"configuration-snippet": "location-snippets", "server-snippet": "server-snippets"}
_TLS_SERVICES = {"HTTPS": "ssl-services", "GRPC": "grpc-services"}


def instead(name: str, value: str, ingress: Ingress) -> Instead | None:
    """See `Target`."""
    if name in _TIMES and positive(value):
        return one(_ORG + name, f"{positive(value)}s")
    if name in _SNIPPETS:
        where = f"start the controller with -enable-snippets, then write {_ORG}{_SNIPPETS[name]}"
        when = "without that flag the whole Ingress is rejected"
        return Instead(where=f"{where} with the same lines", when=when)
    match name:
        case "allowlist-source-range" | "whitelist-source-range":
            return _addresses(ingress, "allow", allowed(ingress))
        case "denylist-source-range" if not allowed(ingress):
            return _addresses(ingress, "deny", networks(value))
        case "auth-secret" if value_of(ingress, "auth-type") in ("", "basic"):
            secret = value.rpartition("/")[2]
            when = (
                f"Secret {secret} has to be of type nginx.org/htpasswd, with its file in htpasswd"
            )
            return one(f"{_ORG}basic-auth-secret", secret, when)
        case "auth-realm":
            return one(f"{_ORG}basic-auth-realm", value)
        case "limit-rps" if positive(value):
            return _rate(ingress, positive(value), "s")
        case "limit-rpm" if positive(value) and not positive(value_of(ingress, "limit-rps")):
            return _rate(ingress, positive(value), "m")
        case "force-ssl-redirect":
            when = (
                "it acts only on what a proxy in front says that it took by http"
                " (X-Forwarded-Proto); without one write a tls section, which redirects by itself"
            )
            return one(f"{_ORG}redirect-to-https", "true", when)
        case "ssl-redirect":
            return one(f"{_ORG}ssl-redirect", value)
        case "app-root" if value != "/" and not value.endswith("/"):
            return one(f"{_ORG}app-root", value)
        case "use-regex":
            return Instead((_REGEX,), when=_ALL_PATHS)
        case "rewrite-target":
            return _rewrite(value, ingress)
        case "proxy-body-size":
            return one(f"{_ORG}client-max-body-size", value)
        case "backend-protocol" if value in _TLS_SERVICES:
            services = {
                path.backend.service
                for rule in ingress.rules
                for path in rule.paths
                if path.backend
            }
            return one(f"{_ORG}{_TLS_SERVICES[value]}", ",".join(sorted(services)))
    return None


def kinds(snapshot: Snapshot) -> Kinds:
    """See `Target`: allow and deny of accessControl."""
    known = {one.meta.key: one.spec for one in snapshot.customs if one.kind == "Policy"}

    def of(ingress: Ingress) -> frozenset[str]:
        found: set[str] = set()
        for name in ingress.meta.annotations.get(LIST, "").split(","):
            key = name.strip() if "/" in name else f"{ingress.meta.namespace}/{name.strip()}"
            control = known.get(key, {}).get("accessControl")
            if isinstance(control, dict):
                found |= control.keys()
            elif name.strip() and key not in known:
                found.add("")
        return frozenset(found)

    return of


def pattern(path: str, ingress: Ingress) -> str:
    """See `Target`."""
    return f"{_REGEX[0]}: {_REGEX[1]}; {_ALL_PATHS}"


def _addresses(ingress: Ingress, word: str, found: list[str]) -> Instead | None:
    if not found:
        return None
    name = f"{ingress.meta.name}-{word}"
    body = {"spec": {"accessControl": {word: found}}}
    return Instead(made=Made("Policy", "k8s.nginx.org/v1", name, body), item=name, kind=word)


def _rate(ingress: Ingress, rate: int, unit: str) -> Instead:
    return Instead(
        (
            (f"{_ORG}limit-req-rate", f"{rate}r/{unit}"),
            (f"{_ORG}limit-req-burst", str(burst(ingress, rate))),
            (f"{_ORG}limit-req-no-delay", "true"),
        )
    )


def _rewrite(value: str, ingress: Ingress) -> Instead | None:
    if any(path.path_type == "Exact" for rule in ingress.rules for path in rule.paths):
        # With an Exact path nginx does not load what becomes of it (measured).
        return None
    target = one(f"{_ORG}rewrite-target", value)
    if "$" not in value and (stay := kept(ingress)):
        # It counts for every path of the Ingress, and no other Ingress can have the host.
        where = f"divide the Ingress into a master and minions ({_ORG}mergeable-ingress-type)"
        where += f", each path in a minion: {_ORG}rewrite-target: {value} on all but {stay[0]}"
        return Instead(where=where)
    return Instead((*target.annotations, _REGEX), when=_ALL_PATHS) if "$" in value else target
