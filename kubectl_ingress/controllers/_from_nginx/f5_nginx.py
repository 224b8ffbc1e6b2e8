"""F5's controller: annotations nginx.org/, and Policies for addresses."""

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
    allowed,
    as_there,
    burst,
    kept,
    networks,
    one,
    positive,
    secret_has_to,
    secret_of,
    value_of,
)
from kubectl_ingress.controllers._go import FALSE, words
from kubectl_ingress.core.objects import Ingress, Snapshot

_ORG = "nginx.org/"
LIST = f"{_ORG}policies"

_REGEX = (f"{_ORG}path-regex", "case_insensitive")
_ALL_PATHS = (
    "every path of the Ingress is a pattern then, the first one that fits answers, and no Exact"
    " path does"
)
# Without them a limit counts clients, and refuses.
_LIMIT_ONLY_WITH = (
    (f"{_ORG}limit-req-dry-run", tuple(sorted(FALSE))),
    (
        f"{_ORG}limit-req-key",
        ("${binary_remote_addr}", "$binary_remote_addr", "${remote_addr}", "$remote_addr"),
    ),
)
_TLS_SERVICES = {"HTTPS": "ssl-services", "GRPC": "grpc-services"}


def instead(name: str, value: str, ingress: Ingress) -> Instead | None:
    """See `Target`."""
    make = _INSTEAD.get(name)
    return make(value, ingress) if make is not None else None


def listed(snapshot: Snapshot) -> Lists:
    """See `Target`: allow and deny of accessControl, of all Policies together."""
    known = {one.meta.key: one.spec for one in snapshot.customs if one.kind == "Policy"}

    def of(ingress: Ingress) -> Listed:
        own = ingress.meta.namespace
        names = words(ingress.meta.annotations.get(LIST, ""))
        specs = [known.get(name if "/" in name else f"{own}/{name}") for name in names]
        merged: dict[str, list[object]] = {}
        for spec in specs:
            control = spec.get("accessControl") if spec is not None else None
            for kind, found in control.items() if isinstance(control, Mapping) else ():
                merged.setdefault(kind, []).extend(found if isinstance(found, list) else [])
        if merged.get("allow"):
            # nginx looks at no deny where somebody is allowed.
            merged.pop("deny", None)
        unread = None in specs
        # What was not read may let in more.
        done = (Done(kind, None if unread else found, own) for kind, found in merged.items())
        return Listed(tuple(done), unread)

    return of


def pattern(path: str, ingress: Ingress) -> str:
    """See `Target`."""
    return f"{_REGEX[0]}: {_REGEX[1]}; {_ALL_PATHS}"


def _timeout(name: str) -> Maker:
    def make(value: str, ingress: Ingress) -> Instead | None:
        seconds = positive(value)
        return one(_ORG + name, f"{seconds}s") if seconds else None

    return make


def _snippet(name: str) -> Maker:
    def make(value: str, ingress: Ingress) -> Instead:
        where = f"start the controller with -enable-snippets, then write {_ORG}{name}"
        caveat = "without that flag the whole Ingress is rejected"
        return Instead(where=f"{where} with the same lines", caveat=caveat)

    return make


def _allow(value: str, ingress: Ingress) -> Instead | None:
    return _policy(ingress, "allow", allowed(ingress))


def _deny(value: str, ingress: Ingress) -> Instead | None:
    return None if allowed(ingress) else _policy(ingress, "deny", networks(value))


def _policy(ingress: Ingress, word: str, found: list[str]) -> Instead | None:
    if not found:
        return None
    name = f"{ingress.meta.name}-{word}"
    body = {"spec": {"accessControl": {word: found}}}
    made = Made("Policy", "k8s.nginx.org/v1", name, body)
    return Instead(made=made, item=name, kind=word, config=found)


def _password(value: str, ingress: Ingress) -> Instead | None:
    if value_of(ingress, "auth-type") not in ("", "basic"):
        return None
    namespace, name = secret_of(value, ingress)
    be = "be of type nginx.org/htpasswd, with its file in htpasswd"
    found = one(f"{_ORG}basic-auth-secret", name, secret_has_to(be, value, ingress))
    return replace(found, secret_in=namespace)


def _same(name: str) -> Maker:
    return lambda value, ingress: one(_ORG + name, value)


def _by_second(value: str, ingress: Ingress) -> Instead | None:
    return _rate(ingress, positive(value), "s") if positive(value) else None


def _by_minute(value: str, ingress: Ingress) -> Instead | None:
    # It has one rate.
    other = positive(value_of(ingress, "limit-rps"))
    return _rate(ingress, positive(value), "m") if positive(value) and not other else None


def _rate(ingress: Ingress, rate: int, unit: str) -> Instead:
    return Instead(
        (
            (f"{_ORG}limit-req-rate", f"{rate}r/{unit}"),
            (f"{_ORG}limit-req-burst", str(burst(ingress, rate))),
            as_there(f"{_ORG}limit-req-no-delay", "true", ingress),
        ),
        only_with=_LIMIT_ONLY_WITH,
    )


def _https(value: str, ingress: Ingress) -> Instead:
    caveat = (
        "it acts only on what a proxy in front says that it took by http"
        " (X-Forwarded-Proto); without one write a tls section, which redirects by itself"
    )
    return one(*as_there(f"{_ORG}redirect-to-https", "true", ingress), caveat)


def _root(value: str, ingress: Ingress) -> Instead | None:
    return None if value.endswith("/") else one(f"{_ORG}app-root", value)


def _use_regex(value: str, ingress: Ingress) -> Instead:
    return Instead((_REGEX,), caveat=_ALL_PATHS)


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
    return Instead((*target.annotations, _REGEX), caveat=_ALL_PATHS) if "$" in value else target


def _protocol(value: str, ingress: Ingress) -> Instead | None:
    own = _TLS_SERVICES.get(value)
    services = {
        path.backend.service for rule in ingress.rules for path in rule.paths if path.backend
    }
    return one(_ORG + own, ",".join(sorted(services))) if own else None


_INSTEAD: Mapping[str, Maker] = {
    "allowlist-source-range": _allow,
    "app-root": _root,
    "auth-realm": _same("basic-auth-realm"),
    "auth-secret": _password,
    "backend-protocol": _protocol,
    "configuration-snippet": _snippet("location-snippets"),
    "denylist-source-range": _deny,
    "force-ssl-redirect": _https,
    "limit-rpm": _by_minute,
    "limit-rps": _by_second,
    "proxy-body-size": _same("client-max-body-size"),
    "proxy-connect-timeout": _timeout("proxy-connect-timeout"),
    "proxy-read-timeout": _timeout("proxy-read-timeout"),
    "proxy-send-timeout": _timeout("proxy-send-timeout"),
    "rewrite-target": _rewrite,
    "server-snippet": _snippet("server-snippets"),
    "ssl-redirect": _same("ssl-redirect"),
    "use-regex": _use_regex,
    "whitelist-source-range": _allow,
}
