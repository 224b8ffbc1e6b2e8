"""Objects of the Gateway API from plain data, with the defaults that the API would fill in."""

from typing import Any

import pytest

from kubectl_ingress.core.gateway import (
    CORS,
    BackendRef,
    Filter,
    FromNamespaces,
    GrantFrom,
    GrantTo,
    GRPCMatch,
    HTTPMatch,
    HTTPRule,
    LabelExpression,
    LabelSelector,
    ObjectRef,
    ParentRef,
    PathMatch,
    PathModifier,
    Redirect,
    RouteKind,
    URLRewrite,
    ValueMatch,
)
from kubectl_ingress.core.objects import Snapshot
from tests.manifests import snapshot

GROUP = "gateway.networking.k8s.io"


def gateway_object(kind: str, name: str = "x", version: str = "v1", **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": f"{GROUP}/{version}",
        "kind": kind,
        "metadata": {"name": name},
        "spec": spec,
    }


def messages(found: Snapshot) -> list[str]:
    assert {finding.code for finding in found.findings} <= {"KI901"}
    return [finding.message for finding in found.findings]


def test_a_gateway_class_has_no_namespace() -> None:
    found = snapshot(gateway_object("GatewayClass", controllerName="example.net/c"))
    assert found.gateway_classes[0].controller == "example.net/c"
    assert found.gateway_classes[0].meta.key == "x"


@pytest.mark.parametrize("version", ["v1", "v1beta1", "v1alpha2"])
def test_every_version_of_the_group_is_read(version: str) -> None:
    found = snapshot(gateway_object("HTTPRoute", version=version))
    assert found.http_routes[0].meta.key == "default/x"


def test_the_same_kind_of_another_group_is_not_ours() -> None:
    istio = {"apiVersion": "networking.istio.io/v1", "kind": "Gateway", "metadata": {"name": "x"}}
    found = snapshot(istio)
    assert found.gateways == ()
    assert found.findings == ()


def test_a_listener_gets_the_defaults_of_the_crd() -> None:
    listener = {"name": "web", "port": 80, "protocol": "HTTP", "hostname": "*.Example.com"}
    found = snapshot(gateway_object("Gateway", gatewayClassName="c", listeners=[listener]))
    gateway = found.gateways[0]
    assert gateway.class_name == "c"
    assert gateway.allowed_listeners == FromNamespaces("None")
    (one,) = gateway.listeners
    assert (one.name, one.port, one.protocol, one.hostname) == (
        "web",
        80,
        "HTTP",
        "*.example.com",
    )
    assert one.namespaces == FromNamespaces("Same")
    assert one.kinds is None
    assert one.tls_mode == ""


def test_a_listener_with_everything() -> None:
    listener = {
        "name": "s",
        "port": 443,
        "protocol": "HTTPS",
        "tls": {"certificateRefs": [{"name": "c"}, {"name": "d", "namespace": "n"}]},
        "allowedRoutes": {
            "kinds": [{"kind": "HTTPRoute"}, {"group": "", "kind": "Y"}],
            "namespaces": {
                "from": "Selector",
                "selector": {
                    "matchLabels": {"a": "b"},
                    "matchExpressions": [{"key": "k", "operator": "In", "values": ["v"]}],
                },
            },
        },
    }
    spec = {"listeners": [listener], "allowedListeners": {"namespaces": {"from": "All"}}}
    gateway = snapshot(gateway_object("Gateway", **spec)).gateways[0]
    (one,) = gateway.listeners
    assert one.tls_mode == "Terminate"
    assert one.certificates == (
        ObjectRef("", "Secret", "c"),
        ObjectRef("", "Secret", "d", "n"),
    )
    assert one.kinds == (RouteKind(GROUP, "HTTPRoute"), RouteKind("", "Y"))
    selector = LabelSelector({"a": "b"}, (LabelExpression("k", "In", ("v",)),))
    assert one.namespaces == FromNamespaces("Selector", selector)
    assert gateway.allowed_listeners == FromNamespaces("All")


def test_a_listener_set_names_its_gateway() -> None:
    listener = {"name": "l", "port": 80, "protocol": "HTTP"}
    spec = {"parentRef": {"name": "gw", "namespace": "infra"}, "listeners": [listener]}
    (one,) = snapshot(gateway_object("ListenerSet", **spec)).listener_sets
    assert one.parent == ObjectRef(GROUP, "Gateway", "gw", "infra")
    assert [each.name for each in one.listeners] == ["l"]


@pytest.mark.parametrize("spec", [{}, {"rules": []}, {"rules": [{}]}, {"rules": [{"matches": []}]}])
def test_a_route_without_rules_or_matches_means_everything(spec: dict[str, Any]) -> None:
    (route,) = snapshot(gateway_object("HTTPRoute", **spec)).http_routes
    assert route.rules == (HTTPRule(),)
    assert route.rules[0].matches == (HTTPMatch(PathMatch("PathPrefix", "/")),)


def test_a_rule_with_everything() -> None:
    match = {
        "path": {"type": "Exact", "value": "/a"},
        "method": "GET",
        "headers": [{"name": "X", "value": "1"}],
        "queryParams": [{"name": "q", "value": ".*", "type": "RegularExpression"}],
    }
    rule = {
        "name": "r",
        "matches": [match, {"headers": []}],
        "filters": [
            {"type": "RequestRedirect", "requestRedirect": {"scheme": "https", "port": 8443}},
            {
                "type": "URLRewrite",
                "urlRewrite": {
                    "hostname": "h",
                    "path": {"type": "ReplacePrefixMatch", "replacePrefixMatch": ""},
                },
            },
            {"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "m", "port": 1}}},
            {"type": "CORS", "cors": {"allowOrigins": ["*"], "allowMethods": ["PUT"]}},
            {"type": "ExtensionRef", "extensionRef": {"group": "g", "kind": "K", "name": "n"}},
            {"type": "RequestHeaderModifier", "requestHeaderModifier": {"remove": ["a"]}},
        ],
        "backendRefs": [{"name": "s", "port": 80}, {"name": "t", "namespace": "n", "weight": 0}],
    }
    spec = {
        "parentRefs": [{"name": "gw", "sectionName": "web", "port": 80}],
        "hostnames": ["A.Example.com"],
        "rules": [rule],
    }
    (route,) = snapshot(gateway_object("HTTPRoute", **spec)).http_routes
    assert route.parents == (ParentRef(ObjectRef(GROUP, "Gateway", "gw"), "web", 80),)
    assert route.hostnames == ("a.example.com",)
    (one,) = route.rules
    assert one.name == "r"
    assert one.matches == (
        HTTPMatch(
            PathMatch("Exact", "/a"),
            (ValueMatch("X", "1"),),
            (ValueMatch("q", ".*", "RegularExpression"),),
            "GET",
        ),
        HTTPMatch(),
    )
    assert one.filters == (
        Filter("RequestRedirect", redirect=Redirect("https", port=8443)),
        Filter("URLRewrite", rewrite=URLRewrite("h", PathModifier("ReplacePrefixMatch", ""))),
        Filter("RequestMirror", mirror=BackendRef(ObjectRef("", "Service", "m"), 1)),
        Filter("CORS", cors=CORS(("*",), ("PUT",))),
        Filter("ExtensionRef", extension=ObjectRef("g", "K", "n")),
        Filter("RequestHeaderModifier"),
    )
    assert one.backends == (
        BackendRef(ObjectRef("", "Service", "s"), 80),
        BackendRef(ObjectRef("", "Service", "t", "n"), None, 0),
    )


def test_grpc_rules() -> None:
    method = {"service": "pkg.S", "method": "M"}
    rules = [{"matches": [{"method": method}]}, {"backendRefs": [{"name": "s", "port": 1}]}]
    (route,) = snapshot(gateway_object("GRPCRoute", rules=rules)).grpc_routes
    assert [rule.matches for rule in route.rules] == [
        (GRPCMatch("pkg.S", "M"),),
        (GRPCMatch(),),
    ]


def test_a_grant() -> None:
    spec = {
        "from": [{"group": GROUP, "kind": "HTTPRoute", "namespace": "a"}],
        "to": [{"group": "", "kind": "Service"}, {"group": "", "kind": "Service", "name": "s"}],
    }
    (grant,) = snapshot(gateway_object("ReferenceGrant", **spec)).reference_grants
    assert grant.sources == (GrantFrom(GROUP, "HTTPRoute", "a"),)
    assert grant.targets == (GrantTo("", "Service"), GrantTo("", "Service", "s"))


@pytest.mark.parametrize(
    ("labels", "selected"),
    [
        ({"env": "prod", "tier": "a"}, True),
        ({"env": "test", "tier": "a"}, False),
        ({"env": "prod"}, False),
        ({"env": "prod", "tier": "a", "old": ""}, False),
        ({"env": "prod", "tier": "c"}, False),
    ],
)
def test_a_selector_needs_all_of_it(labels: dict[str, str], selected: bool) -> None:
    selector = LabelSelector(
        {"env": "prod"},
        (
            LabelExpression("tier", "Exists"),
            LabelExpression("tier", "NotIn", ("b", "c")),
            LabelExpression("old", "DoesNotExist"),
        ),
    )
    assert selector.matches(labels) is selected


def test_not_in_is_met_by_an_absent_label_and_an_unknown_operator_by_nothing() -> None:
    assert LabelExpression("a", "NotIn", ("b",)).matches({})
    assert not LabelExpression("a", "In", ("b",)).matches({})
    assert not LabelExpression("a", "Gt", ("1",)).matches({"a": "2"})


def test_wrong_shapes_are_said_and_nothing_raises() -> None:
    found = snapshot(
        gateway_object("HTTPRoute", "a", hostnames="a.example", rules=[{"matches": {"path": 1}}]),
        gateway_object("HTTPRoute", "b", rules=[{"matches": [{"path": "/x", "headers": ["y"]}]}]),
        gateway_object("HTTPRoute", "c", rules=[{"backendRefs": [{"name": 1, "weight": "2"}]}]),
        gateway_object("Gateway", "d", listeners=[{"port": "80", "tls": []}, 3]),
        gateway_object("ReferenceGrant", "e", **{"from": "x", "to": [None]}),
        {"apiVersion": f"{GROUP}/v1", "kind": "GRPCRoute", "metadata": {"name": "f"}, "spec": []},
        {"apiVersion": f"{GROUP}/v1", "kind": "ListenerSet", "metadata": {"name": "g"}},
    )
    assert set(messages(found)) == {
        "HTTPRoute default/a spec: hostnames is not a list",
        "HTTPRoute default/a spec rules[0]: matches is not a list",
        "HTTPRoute default/b spec rules[0] matches[0]: path is not a mapping",
        "HTTPRoute default/b spec rules[0] matches[0] headers[0]: is not a mapping",
        "HTTPRoute default/c spec rules[0] backendRefs[0]: weight is not a number",
        "HTTPRoute default/c spec rules[0] backendRefs[0]: name is not a string",
        "Gateway default/d spec listeners[0]: tls is not a mapping",
        "Gateway default/d spec listeners[0]: port is not a number",
        "Gateway default/d spec listeners[1]: is not a mapping",
        "ReferenceGrant default/e spec: from is not a list",
        "GRPCRoute default/f: spec is not a mapping",
    }
    assert found.gateways[0].listeners[0].port == 0


def test_a_service_says_what_its_pods_speak() -> None:
    port = {"port": 80, "appProtocol": "kubernetes.io/h2c"}
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "s"},
        "spec": {"ports": [port]},
    }
    assert snapshot(service).services[0].ports[0].app_protocol == "kubernetes.io/h2c"
