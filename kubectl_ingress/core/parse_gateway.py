"""The objects of the Gateway API from plain data, as `core.parse` does it for all others.

Defaults are those of the CRDs (release 1.6). Every served version (v1,
v1beta1, v1alpha2) has the same fields as far as they are read here.
"""

from __future__ import annotations

from collections.abc import Callable

from kubectl_ingress.core.gateway import (
    CORS,
    GROUP,
    BackendRef,
    Filter,
    FromNamespaces,
    Gateway,
    GatewayClass,
    GrantFrom,
    GrantTo,
    GRPCMatch,
    GRPCRoute,
    GRPCRule,
    HTTPMatch,
    HTTPRoute,
    HTTPRule,
    LabelExpression,
    LabelSelector,
    Listener,
    ListenerSet,
    ObjectRef,
    ParentRef,
    PathMatch,
    PathModifier,
    Redirect,
    ReferenceGrant,
    RouteKind,
    URLRewrite,
    ValueMatch,
)
from kubectl_ingress.core.reader import Reader


def parse_gateway_class(reader: Reader) -> GatewayClass:
    """GatewayClass."""
    return GatewayClass(reader.meta(), reader.child("spec").text("controllerName"))


def parse_gateway(reader: Reader) -> Gateway:
    """Gateway."""
    spec = reader.child("spec")
    addresses = reader.child("status").children("addresses")
    return Gateway(
        meta=reader.meta(),
        class_name=spec.text("gatewayClassName"),
        listeners=_listeners(spec),
        allowed_listeners=_from_namespaces(spec.child("allowedListeners"), "None"),
        addresses=tuple(a.text("value") for a in addresses if a.text("value")),
    )


def parse_listener_set(reader: Reader) -> ListenerSet:
    """ListenerSet."""
    spec = reader.child("spec")
    return ListenerSet(
        reader.meta(), _reference(spec.child("parentRef"), GROUP, "Gateway"), _listeners(spec)
    )


def parse_http_route(reader: Reader) -> HTTPRoute:
    """HTTPRoute. Without rules, or without matches in one, everything below ``/`` is meant."""
    spec = reader.child("spec")
    rules = tuple(
        HTTPRule(
            matches=tuple(_http_match(m) for m in rule.children("matches")) or (HTTPMatch(),),
            filters=_filters(rule),
            backends=_backends(rule),
            name=rule.text("name"),
        )
        for rule in spec.children("rules")
    )
    return HTTPRoute(reader.meta(), _parents(spec), _hostnames(spec), rules or (HTTPRule(),))


def parse_grpc_route(reader: Reader) -> GRPCRoute:
    """GRPCRoute. A rule without matches takes every call."""
    spec = reader.child("spec")
    rules = tuple(
        GRPCRule(
            matches=tuple(_grpc_match(m) for m in rule.children("matches")) or (GRPCMatch(),),
            filters=_filters(rule),
            backends=_backends(rule),
            name=rule.text("name"),
        )
        for rule in spec.children("rules")
    )
    return GRPCRoute(reader.meta(), _parents(spec), _hostnames(spec), rules)


def parse_reference_grant(reader: Reader) -> ReferenceGrant:
    """ReferenceGrant."""
    spec = reader.child("spec")
    return ReferenceGrant(
        meta=reader.meta(),
        sources=tuple(
            GrantFrom(one.text("group"), one.text("kind"), one.text("namespace"))
            for one in spec.children("from")
        ),
        targets=tuple(
            GrantTo(one.text("group"), one.text("kind"), one.text("name"))
            for one in spec.children("to")
        ),
    )


FIELD_AND_PARSER: dict[str, tuple[str, Callable[[Reader], object]]] = {
    "GatewayClass": ("gateway_classes", parse_gateway_class),
    "Gateway": ("gateways", parse_gateway),
    "ListenerSet": ("listener_sets", parse_listener_set),
    "HTTPRoute": ("http_routes", parse_http_route),
    "GRPCRoute": ("grpc_routes", parse_grpc_route),
    "ReferenceGrant": ("reference_grants", parse_reference_grant),
}
"""Kind -> its field of the Snapshot, and its parser."""


def _listeners(spec: Reader) -> tuple[Listener, ...]:
    return tuple(_listener(reader) for reader in spec.children("listeners"))


def _listener(reader: Reader) -> Listener:
    allowed = reader.child("allowedRoutes")
    tls = reader.child("tls")
    kinds = tuple(
        RouteKind(_defaulted(kind, "group", GROUP), kind.text("kind"))
        for kind in allowed.children("kinds")
    )
    return Listener(
        name=reader.text("name"),
        port=reader.number("port") or 0,
        protocol=reader.text("protocol"),
        hostname=reader.text("hostname").lower(),
        namespaces=_from_namespaces(allowed, "Same"),
        kinds=kinds or None,
        tls_mode=(tls.text("mode") or "Terminate") if tls.data else "",
        certificates=tuple(
            _reference(ref, "", "Secret") for ref in tls.children("certificateRefs")
        ),
    )


def _from_namespaces(reader: Reader, default: str) -> FromNamespaces:
    namespaces = reader.child("namespaces")
    selector = namespaces.child("selector") if "selector" in namespaces.data else None
    return FromNamespaces(
        namespaces.text("from") or default, parse_label_selector(selector) if selector else None
    )


def parse_label_selector(reader: Reader) -> LabelSelector:
    """``matchLabels`` and ``matchExpressions``."""
    return LabelSelector(
        reader.string_map("matchLabels"),
        tuple(
            LabelExpression(one.text("key"), one.text("operator"), one.strings("values"))
            for one in reader.children("matchExpressions")
        ),
    )


def _parents(spec: Reader) -> tuple[ParentRef, ...]:
    return tuple(
        ParentRef(
            _reference(ref, GROUP, "Gateway"), ref.text("sectionName"), ref.number("port") or None
        )
        for ref in spec.children("parentRefs")
    )


def _hostnames(spec: Reader) -> tuple[str, ...]:
    return tuple(name.lower() for name in spec.strings("hostnames"))


def _reference(reader: Reader, group: str, kind: str) -> ObjectRef:
    return ObjectRef(
        group=_defaulted(reader, "group", group),
        kind=reader.text("kind") or kind,
        name=reader.text("name"),
        namespace=reader.optional_text("namespace"),
    )


def _defaulted(reader: Reader, field: str, default: str) -> str:
    """A field in which "" is a value of its own: the core group."""
    value = reader.optional_text(field)
    return default if value is None else value


def _http_match(reader: Reader) -> HTTPMatch:
    path = reader.child("path")
    return HTTPMatch(
        path=PathMatch(path.text("type") or "PathPrefix", _defaulted(path, "value", "/")),
        headers=_values(reader, "headers"),
        query=_values(reader, "queryParams"),
        method=reader.text("method"),
    )


def _grpc_match(reader: Reader) -> GRPCMatch:
    method = reader.child("method")
    return GRPCMatch(
        service=method.text("service"),
        method=method.text("method"),
        type=method.text("type") or "Exact",
        headers=_values(reader, "headers"),
    )


def _values(reader: Reader, field: str) -> tuple[ValueMatch, ...]:
    return tuple(
        ValueMatch(one.text("name"), one.text("value"), one.text("type") or "Exact")
        for one in reader.children(field)
    )


def _filters(reader: Reader) -> tuple[Filter, ...]:
    return tuple(_filter(one) for one in reader.children("filters"))


def _filter(reader: Reader) -> Filter:
    kind = reader.text("type")
    return Filter(
        kind,
        redirect=_redirect(reader.child("requestRedirect")) if kind == "RequestRedirect" else None,
        rewrite=_rewrite(reader.child("urlRewrite")) if kind == "URLRewrite" else None,
        mirror=(
            _backend(reader.child("requestMirror").child("backendRef"))
            if kind == "RequestMirror"
            else None
        ),
        cors=_cors(reader.child("cors")) if kind == "CORS" else None,
        extension=(
            _reference(reader.child("extensionRef"), "", "") if kind == "ExtensionRef" else None
        ),
    )


def _redirect(reader: Reader) -> Redirect:
    return Redirect(
        scheme=reader.text("scheme"),
        hostname=reader.text("hostname"),
        path=_modifier(reader),
        port=reader.number("port"),
        status=reader.number("statusCode") or 302,
    )


def _rewrite(reader: Reader) -> URLRewrite:
    return URLRewrite(reader.text("hostname"), _modifier(reader))


def _modifier(reader: Reader) -> PathModifier | None:
    path = reader.child("path")
    kind = path.text("type")
    if not kind:
        return None
    field = "replacePrefixMatch" if kind == "ReplacePrefixMatch" else "replaceFullPath"
    return PathModifier(kind, path.text(field))


def _cors(reader: Reader) -> CORS:
    return CORS(
        reader.strings("allowOrigins"),
        reader.strings("allowMethods"),
        reader.strings("allowHeaders"),
    )


def _backends(rule: Reader) -> tuple[BackendRef, ...]:
    return tuple(_backend(one) for one in rule.children("backendRefs"))


def _backend(reader: Reader) -> BackendRef:
    weight = reader.number("weight")
    return BackendRef(
        ref=_reference(reader, "", "Service"),
        port=reader.number("port"),
        weight=1 if weight is None else max(weight, 0),
        filters=_filters(reader),
    )
