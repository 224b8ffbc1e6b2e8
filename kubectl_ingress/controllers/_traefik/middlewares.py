"""Middleware objects of traefik.io, as the routers use them that name them.

A router that names a middleware which does not exist, or which Traefik cannot
build, is not there at all (measured). Source: pkg/server/middleware/middlewares.go
and pkg/provider/kubernetes/crd/kubernetes.go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct, field

from kubectl_ingress.controllers._traefik.changes import (
    UNCHANGED,
    AddPrefix,
    Change,
    Changes,
    Refused,
    ReplacePath,
    ReplacePathRegex,
    StripPrefix,
    StripPrefixRegex,
)
from kubectl_ingress.controllers._traefik.redirects import RedirectRegex, RedirectScheme
from kubectl_ingress.core import re2
from kubectl_ingress.core.actions import Action
from kubectl_ingress.core.commands import command
from kubectl_ingress.core.guards import Addresses, BodyLimit, Password, Preflight
from kubectl_ingress.core.networks import parse_networks
from kubectl_ingress.core.objects import Custom, Finding, Meta, Snapshot
from kubectl_ingress.core.paths import as_bytes
from kubectl_ingress.core.values import Value

_DEEPEST = 10
_PROVIDER = "kubernetescrd"


class Unusable(Exception):
    """Why a router with this middleware is not there."""


class Chain(Struct):
    """What a router does with a request before it sends it on, while it is being made."""

    actions: list[Action] = field(default_factory=list)
    changes: Changes = UNCHANGED
    findings: list[Finding] = field(default_factory=list)

    def change(self, step: Change) -> None:
        """One more change of the path."""
        self.changes = self.changes.then(step)
        self.actions.append(Refused(self.changes))


class _Spec(Struct, frozen=True):
    """The part of a Middleware that one type reads; values of a wrong type count as absent."""

    data: Mapping[str, object]
    meta: Meta
    snapshot: Snapshot

    @property
    def object(self) -> str:
        return f"Middleware {self.meta.key}"

    @property
    def because(self) -> Value:
        return Value("", self.object, ("spec",))

    def text(self, name: str) -> str:
        value = self.data.get(name)
        return value if isinstance(value, str) else ""

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.data.get(name)
        return (
            tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()
        )

    def number(self, name: str) -> int:
        value = self.data.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else 0

    def flag(self, name: str) -> bool:
        return self.data.get(name) is True

    def pattern(self, text: str) -> str:
        """A pattern as it is compared. Raises Unusable."""
        pattern = as_bytes(text)
        if problem := re2.problem(pattern):
            raise Unusable(f"{self.object}: {problem}")
        return pattern


def _nothing(spec: _Spec, chain: Chain) -> None:
    """What changes neither where a request goes nor what is answered at first."""


def _unknown(spec: _Spec, chain: Chain) -> None:
    message = f"{spec.object} may answer itself, which is not modelled"
    chain.findings.append(Finding("KI401", "warning", message, spec.object, spec.meta.origin))


def _strip_prefix(spec: _Spec, chain: Chain) -> None:
    prefixes = tuple(map(as_bytes, spec.texts("prefixes")))
    chain.change(StripPrefix(prefixes, spec.flag("forceSlash")))


def _strip_prefix_regex(spec: _Spec, chain: Chain) -> None:
    regexes = tuple(spec.pattern(text.strip()) for text in spec.texts("regex"))
    chain.change(StripPrefixRegex(regexes))


def _add_prefix(spec: _Spec, chain: Chain) -> None:
    if not spec.text("prefix"):
        raise Unusable(f"{spec.object}: prefix cannot be empty")
    chain.change(AddPrefix(as_bytes(spec.text("prefix"))))


def _replace_path(spec: _Spec, chain: Chain) -> None:
    chain.change(ReplacePath(as_bytes(spec.text("path"))))


def _replace_path_regex(spec: _Spec, chain: Chain) -> None:
    pattern = spec.pattern(spec.text("regex").strip())
    chain.change(ReplacePathRegex(pattern, as_bytes(spec.text("replacement").strip())))


def _redirect_scheme(spec: _Spec, chain: Chain) -> None:
    if not spec.text("scheme"):
        raise Unusable(f"{spec.object}: scheme cannot be empty")
    chain.actions.append(
        RedirectScheme(
            spec.text("scheme"),
            spec.text("port"),
            spec.flag("permanent"),
            changes=chain.changes,
        )
    )


def _redirect_regex(spec: _Spec, chain: Chain) -> None:
    chain.actions.append(
        RedirectRegex(
            spec.pattern(spec.text("regex")),
            as_bytes(spec.text("replacement")),
            spec.flag("permanent"),
            changes=chain.changes,
            because=spec.object,
        )
    )


def _allow_list(spec: _Spec, chain: Chain) -> None:
    found = parse_networks(spec.texts("sourceRange"))
    if not found:
        raise Unusable(f"{spec.object}: sourceRange is empty or holds what is no network")
    if spec.data.get("ipStrategy"):
        _unknown(spec, chain)
        return
    status = spec.number("rejectStatusCode") or 403
    chain.actions.append(Addresses(found, because=spec.because, status=status))


def _password(scheme: str) -> Callable[[_Spec, Chain], None]:
    def build(spec: _Spec, chain: Chain) -> None:
        name = spec.text("secret")
        key = f"{spec.meta.namespace}/{name}"
        if (spec.meta.namespace, name) not in spec.snapshot.secret_by_key:
            if not spec.snapshot.secrets_unread:
                raise Unusable(f"{spec.object}: Secret {key} does not exist")
            chain.findings.append(unread_secret("secret", spec.object, key, spec.meta))
        chain.actions.append(Password(spec.because, scheme))

    return build


def unread_secret(setting: str, source: str, key: str, meta: Meta) -> Finding:
    """That a router depends on a Secret, ``namespace/name``, which nobody has looked for."""
    message = (
        f"{setting} of {source} names Secret {key}; if that does not exist, Traefik leaves the"
        " path out"
    )
    fix = command("get", "secrets", "-n", key.partition("/")[0])
    return Finding("KI401", "warning", message, source, meta.origin, fix)


def _buffering(spec: _Spec, chain: Chain) -> None:
    if limit := spec.number("maxRequestBodyBytes"):
        chain.actions.append(BodyLimit(limit, spec.because))


def _headers(spec: _Spec, chain: Chain) -> None:
    if any(name.startswith("accessControl") and value for name, value in spec.data.items()):
        chain.actions.append(Preflight(200, spec.because))


_TYPES: Mapping[str, Callable[[_Spec, Chain], None]] = {
    "addPrefix": _add_prefix,
    "basicAuth": _password("basic"),
    "buffering": _buffering,
    "circuitBreaker": _nothing,
    "compress": _nothing,
    "contentType": _nothing,
    "digestAuth": _password("digest"),
    "encodedCharacters": _unknown,
    "errors": _unknown,
    "forwardAuth": _unknown,
    "grpcWeb": _nothing,
    "headers": _headers,
    "inFlightReq": _nothing,
    "ipAllowList": _allow_list,
    "ipWhiteList": _allow_list,
    "passTLSClientCert": _nothing,
    "plugin": _unknown,
    "rateLimit": _nothing,
    "redirectRegex": _redirect_regex,
    "redirectScheme": _redirect_scheme,
    "replacePath": _replace_path,
    "replacePathRegex": _replace_path_regex,
    "retry": _nothing,
    "stripPrefix": _strip_prefix,
    "stripPrefixRegex": _strip_prefix_regex,
}


def normalised(name: str) -> str:
    """A name as providers write it: whatever is no letter and no digit becomes a dash.

    provider.Normalize of pkg/provider/provider.go: `a.b`, `a-b` and `a--b` are one.
    """
    kept = "".join(sign if sign.isalnum() else " " for sign in name)
    return "-".join(kept.split())


def middlewares_by_id(snapshot: Snapshot) -> dict[str, Custom]:
    """All Middleware objects by the name that routers use: namespace and name with a dash."""
    return {
        normalised(f"{one.meta.namespace}-{one.meta.name}"): one
        for one in snapshot.customs
        if one.kind == "Middleware"
    }


class Middlewares(Struct, frozen=True):
    """All Middleware objects by the name that routers use: namespace and name with a dash.

    `providers` are those that the command line switches on beside Kubernetes.
    `looked` is whether Middleware objects were read.
    """

    by_id: Mapping[str, Custom]
    snapshot: Snapshot
    providers: frozenset[str] = frozenset()
    cross_namespace: bool = False
    looked: bool = True

    @classmethod
    def of(cls, snapshot: Snapshot, flags: Mapping[str, str]) -> Middlewares:
        """Those of a snapshot."""
        found = middlewares_by_id(snapshot)
        # Files that hold no Service are not the whole of what is there.
        offline = snapshot.offline and bool(snapshot.services)
        return cls(
            found,
            snapshot,
            frozenset(name.split(".")[1] for name in flags if name.startswith("providers.")),
            flags.get("providers.kubernetescrd.allowcrossnamespace", "").lower() == "true",
            bool(found) or offline or "Middleware" in snapshot.read,
        )

    def add(self, names: Sequence[str], chain: Chain, depth: int = 0) -> None:
        """What these middlewares do, in their order. Raises Unusable."""
        for name in names:
            own, _, provider = name.partition("@")
            if provider == _PROVIDER and (custom := self.by_id.get(normalised(own))):
                self._add(custom, chain, depth)
            elif (provider == _PROVIDER and not self.looked) or (
                provider not in ("", _PROVIDER) and provider.lower() in self.providers
            ):
                message = f"the middleware {name} was not read: what it does is not known"
                chain.findings.append(Finding("KI401", "warning", message))
            else:
                raise Unusable(f"the middleware {name} does not exist")

    def _add(self, custom: Custom, chain: Chain, depth: int) -> None:
        if len(custom.spec) != 1:
            raise Unusable(f"Middleware {custom.meta.key} has not exactly one type")
        name, data = next(iter(custom.spec.items()))
        spec = _Spec(data if isinstance(data, dict) else {}, custom.meta, self.snapshot)
        if name == "chain":
            self._chain(spec, chain, depth)
        elif name in _TYPES:
            _TYPES[name](spec, chain)
        else:
            raise Unusable(f"{spec.object}: {name} is no type of middleware")

    def _chain(self, spec: _Spec, chain: Chain, depth: int) -> None:
        if depth >= _DEEPEST:
            raise Unusable(f"{spec.object} is part of itself")
        listed = spec.data.get("middlewares")
        for one in listed if isinstance(listed, list) else []:
            name = one.get("name") if isinstance(one, dict) else None
            if not isinstance(name, str):
                raise Unusable(f"{spec.object} names no middleware")
            namespace = one.get("namespace") or spec.meta.namespace
            if namespace != spec.meta.namespace and not self.cross_namespace:
                raise Unusable(f"{spec.object} names a middleware of another namespace")
            whole = name if "@" in name else f"{namespace}-{name}@{_PROVIDER}"
            self.add((whole,), chain, depth + 1)
