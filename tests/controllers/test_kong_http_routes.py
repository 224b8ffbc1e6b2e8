"""HTTPRoutes through Kong."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_ingress.controllers import kong
from kubectl_ingress.controllers._profile import Told
from kubectl_ingress.core.objects import Origin
from kubectl_ingress.core.parse import parse_snapshot
from kubectl_ingress.core.request import OutcomeKind, Request
from tests.controllers.kong_worlds import (
    COMPATIBLE,
    EXPRESSIONS,
    FLAVORS,
    HOST,
    IN_LUA,
    TRADITIONAL,
    answer,
    codes,
    decide,
    one,
    raw,
    served,
    table_of,
    upstream,
)
from tests.manifests import service, slice_of

each_flavor = pytest.mark.parametrize("flavor", FLAVORS)
API = "gateway.networking.k8s.io/v1"
Json = dict[str, Any]


def gateway_class(controller: str = "konghq.com/kic-gateway-controller") -> Json:
    return {
        "apiVersion": API,
        "kind": "GatewayClass",
        "metadata": {"name": "kong"},
        "spec": {"controllerName": controller},
    }


def gateway(name: str = "gw", hostname: str | None = None) -> Json:
    listener = {"name": "http", "port": 80, "protocol": "HTTP"}
    return {
        "apiVersion": API,
        "kind": "Gateway",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "gatewayClassName": "kong",
            "listeners": [{**listener, "hostname": hostname} if hostname else listener],
        },
    }


def match(value: str = "/", kind: str = "PathPrefix", **more: Any) -> Json:
    return {"path": {"type": kind, "value": value}, **more}


def ref(name: str, weight: int = 1, **more: Any) -> Json:
    return {"name": name, "port": 80, "weight": weight, **more}


def rule(*matches: Any, to: Any = ("web",), **more: Any) -> Json:
    refs = [ref(one) if isinstance(one, str) else one for one in to]
    return {"matches": list(matches) or [match()], "backendRefs": refs, **more}


def route(
    name: str,
    *rules: Any,
    hosts: tuple[str, ...] = (HOST,),
    age: int = 0,
    says: dict[str, str] | None = None,
    parent: str = "gw",
) -> Json:
    annotations = {f"konghq.com/{key}": value for key, value in (says or {}).items()}
    return {
        "apiVersion": API,
        "kind": "HTTPRoute",
        "metadata": {
            "name": name,
            "namespace": "default",
            "annotations": annotations,
            "creationTimestamp": f"2026-01-01T00:00:{age:02d}Z",
        },
        "spec": {
            "parentRefs": [{"name": parent}],
            "hostnames": list(hosts),
            "rules": list(rules) or [rule()],
        },
    }


def world(*objects: Any) -> tuple[Any, ...]:
    return gateway_class(), gateway(), *objects


@each_flavor
@pytest.mark.parametrize(
    ("kind", "value", "asked", "who"),
    [
        ("PathPrefix", "/foo", "/foo", "web"),
        ("PathPrefix", "/foo", "/foo/x", "web"),
        ("PathPrefix", "/foo", "/foobar", "404"),
        ("PathPrefix", "/", "/any", "web"),
        ("Exact", "/foo", "/foo", "web"),
        ("Exact", "/foo", "/foo/", "404"),
        ("RegularExpression", "/fo+", "/foobar", "web"),
        ("RegularExpression", "/fo+", "/x/foo", "404"),
        ("Unheard", "/foo", "/foo", "404"),
    ],
)
def test_paths(flavor: str, kind: str, value: str, asked: str, who: str) -> None:
    objects = world(route("r", rule(match(value, kind))))
    assert served(*objects, target=asked, flavor=flavor) == who


@pytest.mark.parametrize(("flavor", "who"), [*((f, "404") for f in IN_LUA), (EXPRESSIONS, "web")])
def test_a_final_slash_of_a_prefix_counts_in_lua(flavor: str, who: str) -> None:
    objects = world(route("r", rule(match("/foo/"))))
    assert served(*objects, target="/foo", flavor=flavor) == who
    assert served(*objects, target="/foo/", flavor=flavor) == "web"


@each_flavor
def test_methods_and_headers(flavor: str) -> None:
    headers = [
        {"name": "X-V", "value": "1"},
        {"name": "x-w", "value": "^a", "type": "RegularExpression"},
    ]
    objects = world(route("r", rule(match(method="POST", headers=headers))))
    sent = (("x-v", "1"), ("x-w", "abc"))
    assert served(*objects, method="POST", headers=sent, flavor=flavor) == "web"
    assert served(*objects, method="GET", headers=sent, flavor=flavor) == "404"
    assert served(*objects, method="POST", headers=sent[:1], flavor=flavor) == "404"


@pytest.mark.parametrize("flavor", IN_LUA)
def test_a_query_leaves_the_whole_route_out_in_lua(flavor: str) -> None:
    query = [{"name": "q", "value": "1"}]
    objects = world(route("r", rule(match("/a", queryParams=query)), rule(match("/b"))))
    decision = decide(*objects, target="/b", flavor=flavor)
    assert decision.outcome.status == 404
    assert codes(decision) == ["KI506"]
    assert len(table_of(*objects, flavor=flavor).lost) == 2


def test_a_query_in_expressions() -> None:
    query = [
        {"name": "q", "value": "1"},
        {"name": "r", "value": "^a", "type": "RegularExpression"},
    ]
    objects = world(route("r", rule(match(queryParams=query))))
    for target, who in (("/?q=1&r=ab", "web"), ("/?q=1", "404"), ("/?q=1&q=2&r=a", "404")):
        assert served(*objects, target=target, flavor=EXPRESSIONS) == who


@each_flavor
def test_hostnames_are_narrowed_to_those_of_the_listener(flavor: str) -> None:
    objects = (gateway_class(), gateway(hostname="*.test"), route("r", hosts=("a.test", "a.org")))
    assert served(*objects, host="a.test", flavor=flavor) == "web"
    assert served(*objects, host="a.org", flavor=flavor) == "404"
    everything = (gateway_class(), gateway(hostname="*.test"), route("r", hosts=()))
    assert served(*everything, host="x.test", flavor=flavor) == "web"
    assert served(*everything, host="x.org", flavor=flavor) == "404"


@each_flavor
def test_no_hostname_is_every_host(flavor: str) -> None:
    assert served(*world(route("r", hosts=())), host="any.org", flavor=flavor) == "web"


@each_flavor
def test_gateways_of_other_controllers_are_none_of_its_affairs(flavor: str) -> None:
    objects = (gateway_class("example.test/other"), gateway(), route("r"))
    assert served(*objects, flavor=flavor) == "404"
    assert table_of(*objects, flavor=flavor).lost == ()
    lost = table_of(*world(route("r", parent="gone")), flavor=flavor).lost
    assert [one.finding.code for one in lost] == ["KI209"]


def test_a_gateway_that_is_in_no_file_is_taken_to_accept_the_route() -> None:
    objects = [route("r"), service("web"), slice_of("web")]
    found = parse_snapshot([(one, Origin("a.yaml", 1)) for one in objects], offline=True)
    decision = kong.compile(found, kong.settings_of(Told(), found)).decide(Request(HOST))
    assert answer(decision.outcome) == "web"
    assert codes(decision) == ["KI209"]


# Precedence.


@pytest.mark.parametrize(
    ("flavor", "who"), [(TRADITIONAL, "other|web"), (COMPATIBLE, "other|web"), (EXPRESSIONS, "web")]
)
def test_equal_matches_are_a_matter_of_age_in_expressions_alone(flavor: str, who: str) -> None:
    old, new = route("z", age=1), route("a", rule(to=("other",)), age=2)
    assert served(*world(old, new), flavor=flavor) == who


def test_in_expressions_the_earlier_rule_comes_first() -> None:
    twins = route("r", rule(match("/a")), rule(match("/a"), to=("other",)))
    assert served(*world(twins), target="/a", flavor=EXPRESSIONS) == "web"


@each_flavor
def test_a_regex_comes_before_the_elements_of_a_prefix(flavor: str) -> None:
    rules = rule(match("/foo.*", "RegularExpression")), rule(match("/foo/bar"), to=("other",))
    assert served(*world(route("r", *rules)), target="/foo/bar/x", flavor=flavor) == "web"


def test_an_exact_path_comes_first_in_expressions() -> None:
    rules = rule(match("/foo.*", "RegularExpression")), rule(match("/foo", "Exact"), to=("other",))
    assert served(*world(route("r", *rules)), target="/foo", flavor=EXPRESSIONS) == "other"


@pytest.mark.parametrize(
    ("flavor", "who"), [(TRADITIONAL, "other"), (COMPATIBLE, "other"), (EXPRESSIONS, "web")]
)
def test_an_ingress_comes_before_all_http_routes_in_expressions(flavor: str, who: str) -> None:
    objects = one("i", raw("/")), route("r", rule(match("/foo"), to=("other",)))
    assert served(*world(*objects), target="/foo/x", flavor=flavor) == who


# Backends.


@each_flavor
@pytest.mark.parametrize(
    ("to", "who", "code"),
    [
        (("gone",), "500", "KI103"),
        ((), "503", "KI103"),
        (("gone", "web"), "web", None),
        ((ref("web", 0),), "503", "KI103"),
        ((ref("web", port=81),), "503", "KI104"),
        ((ref("web", kind="Other", group="x"),), "500", "KI113"),
        ((ref("far", namespace="far"),), "500", "KI112"),
        ((ref("web", 0), "other"), "other", None),
    ],
)
def test_backends(flavor: str, to: Any, who: str, code: str | None) -> None:
    far = [service("far", namespace="far"), slice_of("far", namespace="far")]
    decision = decide(*world(route("r", rule(to=to)), *far), flavor=flavor)
    assert answer(decision.outcome) == who
    assert codes(decision) == ([code] if code else [])


@each_flavor
def test_a_grant_permits_another_namespace(flavor: str) -> None:
    grant = {
        "apiVersion": "gateway.networking.k8s.io/v1beta1",
        "kind": "ReferenceGrant",
        "metadata": {"name": "g", "namespace": "far"},
        "spec": {
            "from": [
                {"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "namespace": "default"}
            ],
            "to": [{"group": "", "kind": "Service"}],
        },
    }
    far = [service("far", namespace="far"), slice_of("far", namespace="far"), grant]
    objects = world(route("r", rule(to=(ref("far", namespace="far"),))), *far)
    assert served(*objects, flavor=flavor) == "far"


def test_weights_are_those_of_whole_pods() -> None:
    many = [service("many"), slice_of("many", "m-1", "m-2", "m-3")]
    rules = rule(to=(ref("web", 10), ref("many", 10), ref("other", 1)))
    outcome = decide(*world(route("r", rules), *many)).outcome
    assert [(b.service, b.weight) for b in outcome.backends] == [
        ("web", 10),
        ("many", 9),
        ("other", 2),
    ]


def test_services_with_different_annotations_are_no_backends_of_one_rule() -> None:
    api = [service("api"), slice_of("api")]
    api[0]["metadata"]["annotations"] = {"konghq.com/path": "/api"}
    decision = decide(*world(route("r", rule(to=("web", "api"))), *api))
    assert decision.outcome.status == 404
    assert codes(decision) == ["KI506"]
    assert upstream(*world(route("r", rule(to=("api",))), *api), target="/x") == "/api/x"


# Filters and annotations.


def rewriting(kind: str, value: str) -> list[Json]:
    field = kind[0].lower() + kind[1:]
    return [{"type": "URLRewrite", "urlRewrite": {"path": {"type": kind, field: value}}}]


@each_flavor
@pytest.mark.parametrize(
    ("prefix", "value", "asked", "seen"),
    [
        ("/foo", "/bar", "/foo", "/bar"),
        ("/foo", "/bar", "/foo/", "/bar/"),
        ("/foo", "/bar", "/foo/x?q", "/bar/x?q"),
        ("/foo", "/", "/foo", "/"),
        ("/foo", "/", "/foo/x", "/x"),
        ("/foo/", "/bar/", "/foo/x", "/bar/x"),
        ("/", "/bar", "/x", "/bar/x"),
        ("/", "/", "/", "/"),
    ],
)
def test_a_prefix_is_replaced(flavor: str, prefix: str, value: str, asked: str, seen: str) -> None:
    filters = rewriting("ReplacePrefixMatch", value)
    objects = world(route("r", rule(match(prefix), filters=filters)))
    assert upstream(*objects, target=asked, flavor=flavor) == seen


def test_the_root_itself_matches_two_paths_of_the_traditional_router() -> None:
    objects = world(route("r", rule(match("/"), filters=rewriting("ReplacePrefixMatch", "/bar"))))
    outcome = decide(*objects).outcome
    assert {one.upstream_path for one in outcome.candidates} == {"/bar", "/bar/"}
    for flavor in (COMPATIBLE, EXPRESSIONS):
        assert upstream(*objects, flavor=flavor) == "/bar"


@each_flavor
def test_a_whole_path_is_replaced(flavor: str) -> None:
    objects = world(route("r", rule(filters=rewriting("ReplaceFullPath", "/new"))))
    assert upstream(*objects, target="/x?q", flavor=flavor) == "/new?q"


@each_flavor
@pytest.mark.parametrize(
    ("redirect", "location"),
    [
        ({"hostname": "b.test"}, "http://b.test/x?q"),
        ({"hostname": "b.test", "scheme": "https", "port": 8443}, "https://b.test:8443/x?q"),
        (
            {"hostname": "b.test", "path": {"type": "ReplaceFullPath", "replaceFullPath": "/new"}},
            "http://b.test/new",
        ),
    ],
)
def test_a_redirect(flavor: str, redirect: Json, location: str) -> None:
    filters = [{"type": "RequestRedirect", "requestRedirect": redirect}]
    decision = decide(
        *world(route("r", rule(to=(), filters=filters))), target="/x?q", flavor=flavor
    )
    assert decision.outcome.kind is OutcomeKind.REDIRECT
    assert (decision.outcome.status, decision.outcome.location) == (302, location)
    assert decision.uncertain


@each_flavor
def test_a_redirect_without_a_hostname_is_refused(flavor: str) -> None:
    filters = [{"type": "RequestRedirect", "requestRedirect": {"scheme": "https"}}]
    objects = world(route("r", rule(to=(), filters=filters)), one("web"))
    assert served(*objects, flavor=flavor) == "refused"


@each_flavor
@pytest.mark.parametrize(
    "unknown",
    [
        {"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "web", "port": 80}}},
        {"type": "ExtensionRef", "extensionRef": {"group": "x", "kind": "Y", "name": "z"}},
    ],
)
def test_filters_that_leave_a_rule_out(flavor: str, unknown: Json) -> None:
    rules = rule(match("/a"), filters=[unknown]), rule(match("/b"), to=("other",))
    objects = world(route("r", *rules))
    assert codes(decide(*objects, target="/a", flavor=flavor)) == ["KI506"]
    assert served(*objects, target="/b", flavor=flavor) == "other"


@each_flavor
def test_a_kong_plugin_is_not_modelled(flavor: str) -> None:
    plugin = {"group": "configuration.konghq.com", "kind": "KongPlugin", "name": "cors"}
    filters = [{"type": "ExtensionRef", "extensionRef": plugin}]
    decision = decide(*world(route("r", rule(filters=filters))), flavor=flavor)
    assert answer(decision.outcome) == "web"
    assert decision.uncertain


@pytest.mark.parametrize(("flavor", "who"), [*((f, "404") for f in IN_LUA), (EXPRESSIONS, "web")])
def test_a_header_twice_leaves_rules_of_the_same_backends_out_in_lua(flavor: str, who: str) -> None:
    twice = [{"name": "x-v", "value": "1"}, {"name": "x-v", "value": "1"}]
    rules = rule(match("/a", headers=twice)), rule(match("/b"))
    assert served(*world(route("r", *rules)), target="/b", flavor=flavor) == who


@each_flavor
def test_annotations_of_http_routes(flavor: str) -> None:
    says = {"strip-path": "true", "protocols": "https"}
    objects = world(route("r", rule(match("/foo")), says=says))
    assert served(*objects, target="/foo/x", flavor=flavor) == "426"
    assert upstream(*objects, target="/foo/x", scheme="https", flavor=flavor) == "/x"
    assert served(*world(route("r", says={"protocols": "odd"})), flavor=flavor) == "refused"
