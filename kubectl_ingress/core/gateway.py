"""The objects of the Gateway API that routing looks at, with the defaults of their CRDs.

Types v1 of gateway.networking.k8s.io, release 1.6. A field that the API would
fill in is filled in by `core.parse_gateway`, so that a file and a cluster give
the same. What an object may not hold is kept all the same: what becomes of it
is the controller's affair.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from kubectl_ingress.core.objects import Meta

GROUP = "gateway.networking.k8s.io"


class LabelExpression(Struct, frozen=True):
    """One of a selector's ``matchExpressions``."""

    key: str
    operator: str
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether labels meet it; an unknown operator is met by none."""
        match self.operator:
            case "In":
                return self.key in labels and labels[self.key] in self.values
            case "NotIn":
                return labels.get(self.key) not in self.values
            case "Exists":
                return self.key in labels
            case "DoesNotExist":
                return self.key not in labels
        return False


class LabelSelector(Struct, frozen=True):
    """A label selector; an empty one selects everything."""

    labels: Mapping[str, str] = field(default_factory=dict)
    expressions: tuple[LabelExpression, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether an object with these labels is selected."""
        return all(labels.get(key) == value for key, value in self.labels.items()) and all(
            one.matches(labels) for one in self.expressions
        )


class FromNamespaces(Struct, frozen=True):
    """Which namespaces something may come from: `come_from` is All, Same, Selector or None."""

    come_from: str = "Same"
    selector: LabelSelector | None = None


class ObjectRef(Struct, frozen=True):
    """A reference to an object; `namespace` None is the referrer's own."""

    group: str
    kind: str
    name: str
    namespace: str | None = None


class RouteKind(Struct, frozen=True):
    """A kind of route that a listener takes."""

    group: str
    kind: str


class Listener(Struct, frozen=True):
    """One listener of a Gateway or ListenerSet; hostname "" is every host.

    `kinds` is None where the protocol decides. `tls_mode` is "" without TLS,
    `certificates` are the Secrets of a terminating one.
    """

    name: str
    port: int
    protocol: str
    hostname: str = ""
    namespaces: FromNamespaces = FromNamespaces()
    kinds: tuple[RouteKind, ...] | None = None
    tls_mode: str = ""
    certificates: tuple[ObjectRef, ...] = ()


class GatewayClass(Struct, frozen=True):
    """GatewayClass; it lives in no namespace."""

    meta: Meta
    controller: str


class Gateway(Struct, frozen=True):
    """Gateway. `addresses` are names or IPs from its status."""

    meta: Meta
    class_name: str
    listeners: tuple[Listener, ...]
    allowed_listeners: FromNamespaces = FromNamespaces("None")
    addresses: tuple[str, ...] = ()


class ListenerSet(Struct, frozen=True):
    """ListenerSet: further listeners of the Gateway that `parent` names."""

    meta: Meta
    parent: ObjectRef
    listeners: tuple[Listener, ...]


class ParentRef(Struct, frozen=True):
    """What a route wants to attach to; section and port narrow it down where they are set."""

    ref: ObjectRef
    section: str = ""
    port: int | None = None


class PathMatch(Struct, frozen=True):
    """``path`` of a match: Exact, PathPrefix or RegularExpression."""

    type: str = "PathPrefix"
    value: str = "/"


class ValueMatch(Struct, frozen=True):
    """A header or a query parameter: Exact or RegularExpression."""

    name: str
    value: str
    type: str = "Exact"


class HTTPMatch(Struct, frozen=True):
    """All of it must hold; method "" is any."""

    path: PathMatch = PathMatch()
    headers: tuple[ValueMatch, ...] = ()
    query: tuple[ValueMatch, ...] = ()
    method: str = ""


class GRPCMatch(Struct, frozen=True):
    """All of it must hold; service and method "" are any, `type` is how both are compared."""

    service: str = ""
    method: str = ""
    type: str = "Exact"
    headers: tuple[ValueMatch, ...] = ()


class PathModifier(Struct, frozen=True):
    """``path`` of a redirect or rewrite: ReplaceFullPath or ReplacePrefixMatch, and the text."""

    type: str
    value: str


class Redirect(Struct, frozen=True):
    """``requestRedirect``: "" and None are what the request has."""

    scheme: str = ""
    hostname: str = ""
    path: PathModifier | None = None
    port: int | None = None
    status: int = 302


class URLRewrite(Struct, frozen=True):
    """``urlRewrite``: hostname "" is what the request has."""

    hostname: str = ""
    path: PathModifier | None = None


class CORS(Struct, frozen=True):
    """``cors``: what a preflight request is answered with."""

    origins: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()


class Filter(Struct, frozen=True):
    """One filter. Of the parts, that of its `type` is set where the object holds it.

    Header changes have no part of their own: they do not change a request's way.
    """

    type: str
    redirect: Redirect | None = None
    rewrite: URLRewrite | None = None
    mirror: BackendRef | None = None
    cors: CORS | None = None
    extension: ObjectRef | None = None


class BackendRef(Struct, frozen=True):
    """One backend of a rule with its weight and its own filters."""

    ref: ObjectRef
    port: int | None
    weight: int = 1
    filters: tuple[Filter, ...] = ()


class HTTPRule(Struct, frozen=True):
    """One rule of an HTTPRoute: any of the matches takes a request; there is at least one."""

    matches: tuple[HTTPMatch, ...] = (HTTPMatch(),)
    filters: tuple[Filter, ...] = ()
    backends: tuple[BackendRef, ...] = ()
    name: str = ""


class GRPCRule(Struct, frozen=True):
    """One rule of a GRPCRoute: any of the matches takes a request; there is at least one."""

    matches: tuple[GRPCMatch, ...] = (GRPCMatch(),)
    filters: tuple[Filter, ...] = ()
    backends: tuple[BackendRef, ...] = ()
    name: str = ""


class HTTPRoute(Struct, frozen=True):
    """HTTPRoute; no hostnames are all that its listeners have."""

    meta: Meta
    parents: tuple[ParentRef, ...]
    hostnames: tuple[str, ...]
    rules: tuple[HTTPRule, ...]


class GRPCRoute(Struct, frozen=True):
    """GRPCRoute; no hostnames are all that its listeners have."""

    meta: Meta
    parents: tuple[ParentRef, ...]
    hostnames: tuple[str, ...]
    rules: tuple[GRPCRule, ...]


class GrantFrom(Struct, frozen=True):
    """Who may refer: objects of a kind in a namespace."""

    group: str
    kind: str
    namespace: str


class GrantTo(Struct, frozen=True):
    """What may be referred to in the grant's namespace; name "" is every object."""

    group: str
    kind: str
    name: str = ""


class ReferenceGrant(Struct, frozen=True):
    """ReferenceGrant: each of `sources` may refer to each of `targets` in its namespace."""

    meta: Meta
    sources: tuple[GrantFrom, ...]
    targets: tuple[GrantTo, ...]
