"""Which listeners there are: those of Gateways and of the ListenerSets that these allow.

Source: Gateway.spec.listeners (distinct listeners), Gateway.spec.allowedListeners
and ListenerSet.spec.listeners (merging) of the Gateway API 1.6.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.controllers._gateway.hostnames import covers
from kubectl_ingress.controllers._gateway.references import CORE, Grants, Referrer
from kubectl_ingress.core.gateway import (
    GROUP,
    FromNamespaces,
    Gateway,
    Listener,
    ListenerSet,
    ObjectRef,
)
from kubectl_ingress.core.objects import Snapshot

SCHEMES = {"HTTP": "http", "HTTPS": "https"}
"""The protocols that HTTPRoutes and GRPCRoutes attach to."""

TWICE = "another listener has its port, protocol and hostname"
_NAME_LABEL = "kubernetes.io/metadata.name"


class Bound(Struct, frozen=True):
    """A listener where it belongs.

    `gateway` is the ``namespace/name`` that it serves for, `parent` the object
    that a route names to attach to it. `unusable` says why it serves nothing,
    "" where it does. A `presumed` one stands for those of a Gateway that no file
    holds: it takes every route, port and scheme.
    """

    gateway: str
    parent: ObjectRef
    listener: Listener
    unusable: str = ""
    presumed: bool = False

    @property
    def owner(self) -> str:
        """``Gateway namespace/name`` or ``ListenerSet namespace/name``."""
        return f"{self.parent.kind} {self.parent.namespace}/{self.parent.name}"

    @property
    def scheme(self) -> str:
        """http or https, "" for both."""
        return SCHEMES.get(self.listener.protocol, "")

    @property
    def certificate(self) -> str:
        """The Secret of the first certificate, ``namespace/name``; "" where it has none."""
        for ref in self.listener.certificates:
            return f"{ref.namespace or self.parent.namespace}/{ref.name}"
        return ""

    def hears(self, port: int, scheme: str) -> bool:
        """Whether it is one of those that a connection to a port comes in at."""
        return self.presumed or (port, scheme) == (self.listener.port, self.scheme)

    def has(self, host: str) -> bool:
        """Whether a host is one of its hostname."""
        return covers(self.listener.hostname, host)


def listeners_of(snapshot: Snapshot, gateways: Iterable[Gateway]) -> tuple[Bound, ...]:
    """All listeners of these Gateways, each with why it serves nothing where it does not."""
    grants = Grants.of(snapshot)
    found: list[Bound] = []
    for gateway in gateways:
        own = [bind(gateway, one, gateway, "Gateway") for one in gateway.listeners]
        merged = _without_indistinct(own, set())
        for more in _listener_sets(snapshot, gateway):
            pieces = [bind(gateway, one, more, "ListenerSet") for one in more.listeners]
            merged += _without_indistinct(pieces, {_key(one) for one in merged})
        for one in merged:
            why = one.unusable or certificate_problem(one, snapshot, grants)
            found.append(replace(one, unusable=why))
    return tuple(found)


def bind(gateway: Gateway, listener: Listener, owner: Gateway | ListenerSet, kind: str) -> Bound:
    """A listener of an object that serves for a Gateway."""
    parent = ObjectRef(GROUP, kind, owner.meta.name, owner.meta.namespace)
    return Bound(gateway.meta.key, parent, listener)


def _key(bound: Bound) -> tuple[int, str, str]:
    listener = bound.listener
    return listener.port, listener.protocol, listener.hostname


def _without_indistinct(pieces: list[Bound], before: set[tuple[int, str, str]]) -> list[Bound]:
    """Equal listeners of one object are all conflicted, and those that others had before."""
    counted = Counter(_key(one) for one in pieces)
    return [
        replace(one, unusable=TWICE) if counted[_key(one)] > 1 or _key(one) in before else one
        for one in pieces
    ]


def _listener_sets(snapshot: Snapshot, gateway: Gateway) -> list[ListenerSet]:
    """Those of a Gateway that it allows, the oldest first."""
    home = gateway.meta.namespace
    found = [
        one
        for one in snapshot.listener_sets
        if is_parent(one.parent, "Gateway", gateway.meta.name, home, one.meta.namespace)
        and is_from(snapshot, gateway.allowed_listeners, one.meta.namespace, home)
    ]
    return sorted(found, key=lambda one: one.meta.age)


def is_parent(ref: ObjectRef, kind: str, name: str, namespace: str, referrer: str) -> bool:
    """Whether a reference from the namespace `referrer` is to that object."""
    wanted = (GROUP, kind, name, namespace)
    return (ref.group, ref.kind, ref.name, ref.namespace or referrer) == wanted


def is_from(snapshot: Snapshot, allowed: FromNamespaces, namespace: str, home: str) -> bool:
    """Whether what comes from a namespace is allowed; `home` is the namespace of who allows it."""
    match allowed.come_from:
        case "All":
            return True
        case "Same":
            return namespace == home
        case "Selector" if allowed.selector is not None:
            if not knows_namespaces(snapshot):
                return True
            found = snapshot.namespace_by_name.get(namespace)
            labels = found.meta.labels if found else {}
            return allowed.selector.matches({_NAME_LABEL: namespace, **labels})
    return False


def knows_namespaces(snapshot: Snapshot) -> bool:
    """Whether the labels of namespaces are known; else a selector is taken to select them."""
    return bool(snapshot.namespaces) if snapshot.offline else "Namespace" in snapshot.read


def certificate_problem(bound: Bound, snapshot: Snapshot, grants: Grants) -> str:
    """Why an HTTPS listener completes no handshake, "" where it does."""
    if bound.listener.protocol != "HTTPS":
        return ""
    return next(_certificate_problems(bound, snapshot, grants), "")


def _certificate_problems(bound: Bound, snapshot: Snapshot, grants: Grants) -> Iterator[str]:
    listener, home = bound.listener, bound.parent.namespace or ""
    if listener.tls_mode != "Terminate":
        yield "HTTPS needs tls.mode Terminate"
    elif not listener.certificates:
        yield "it names no certificate"
    for ref in listener.certificates:
        key = (ref.namespace or home, ref.name)
        text = f"{ref.kind} {key[0]}/{key[1]}"
        if (ref.group, ref.kind) != (CORE, "Secret"):
            yield f"its certificate is a {text} and no Secret"
        elif not grants.permit(Referrer(bound.parent.kind, home), ref):
            yield f"no ReferenceGrant permits its certificate {text}"
        elif key in snapshot.secret_by_key:
            if not snapshot.secret_by_key[key].keys >= {"tls.crt", "tls.key"}:
                yield f"its certificate {text} has no tls.crt and tls.key"
        elif _are_all_known(snapshot):
            yield f"its certificate {text} does not exist"


def _are_all_known(snapshot: Snapshot) -> bool:
    """Whether a Secret that is not among the objects is not there at all."""
    return bool(snapshot.secrets) if snapshot.offline else "Secret" in snapshot.read
