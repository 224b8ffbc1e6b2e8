"""The F5 controller: Services, their ports, and VirtualServers."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_ingress.controllers import f5_nginx
from kubectl_ingress.controllers._profile import Told
from kubectl_ingress.core.table import RouteTable
from tests.controllers.f5 import CLASS, custom, one, secret, table
from tests.controllers.ingress_nginx.asking import codes, config_map, decide, offline, said
from tests.manifests import path, service, slice_of


def compiled(*objects: Any, flags: tuple[str, ...] = ()) -> RouteTable:
    snapshot = offline(CLASS, *objects)
    return f5_nginx.compile(snapshot, f5_nginx.settings_of(Told(flags), snapshot))


UNNAMED = {"port": 80, "targetPort": 8080}
WEB = {"name": "web", "port": 80, "targetPort": 8080}
ADMIN = {"name": "admin", "port": 81, "targetPort": 8080}


@pytest.mark.parametrize(
    ("ports", "wanted", "answer"),
    [
        ([UNNAMED], 80, "web:80 /"),
        ([UNNAMED], 8080, "web:80 /"),
        ([UNNAMED], 9, "web:80 /"),
        ([UNNAMED], "web", "502"),
        ([WEB], 80, "web:80 /"),
        ([WEB], "web", "web:80 /"),
        ([WEB], 8080, "502"),
        ([WEB], "http", "502"),
        ([WEB, ADMIN], 81, "web:81 /"),
    ],
)
def test_ports(ports: list[Any], wanted: int | str, answer: str) -> None:
    pieces = slice_of("web", port=ports[-1].get("name", ""))
    if len(ports) > 1:
        pieces["ports"] = [{"name": one["name"], "port": 8080} for one in ports]
    routes = compiled(one("a", "h.t", path("/", "web", wanted)), service("web", *ports), pieces)
    assert said(routes, "http://h.t/") == answer


@pytest.mark.parametrize(
    ("objects", "code"),
    [
        ([service("other")], "KI103"),
        ([service("web"), slice_of("web", ready=False)], "KI105"),
        (
            [
                {
                    "apiVersion": "v1",
                    "kind": "Service",
                    "metadata": {"name": "web", "namespace": "default"},
                    "spec": {"type": "ExternalName", "externalName": "x.y", "ports": [WEB]},
                }
            ],
            "KI110",
        ),
    ],
)
def test_a_service_that_nothing_can_be_sent_to(objects: list[Any], code: str) -> None:
    routes = compiled(one("a", "h.t", path("/", "web")), *objects)
    assert said(routes, "http://h.t/") == "502"
    assert codes(decide(routes, "http://h.t/")) == [code]


def test_a_resource_backend_rejects_its_ingress() -> None:
    made = one("a", "h.t", path("/", "web"))
    made["spec"]["rules"][0]["http"]["paths"].append(
        {"path": "/x", "pathType": "Prefix", "backend": {"resource": {"kind": "X", "name": "x"}}}
    )
    routes = compiled(made, service("web"))
    assert said(routes, "http://h.t/") == "404"
    assert codes(decide(routes, "http://h.t/")) == ["KI113"]


# VirtualServers.

UPSTREAMS = [
    {"name": "u", "service": "web", "port": 80},
    {"name": "v", "service": "other", "port": 80, "client-max-body-size": "10"},
    {"name": "gone", "service": "gone", "port": 80},
]


def virtual(*routes: Any, more: tuple[Any, ...] = (), **spec: Any) -> RouteTable:
    made = custom(
        "VirtualServer", "v", host="h.t", upstreams=UPSTREAMS, routes=list(routes), **spec
    )
    ready = [part for name in ("web", "other") for part in (service(name), slice_of(name))]
    return compiled(*ready, made, *more)


def passing(path_asked: str, upstream: str = "u", **more: Any) -> Any:
    return {"path": path_asked, "action": {"pass": upstream}, **more}


@pytest.mark.parametrize(
    ("url", "answer"),
    [
        ("http://h.t/tea", "web:80 /tea"),
        ("http://h.t/teapot", "web:80 /teapot"),
        ("http://h.t/exact", "other:80 /exact"),
        ("http://h.t/exact/", "404"),
        ("http://h.t/x/a7", "other:80 /x/a7"),
        ("http://h.t/x/B7", "web:80 /x/B7"),
        ("http://h.t/dir", "301 http://h.t/dir/"),
        ("http://h.t/gone", "502"),
        ("http://h.t/moved?a", "302 http://x.t/moved?a"),
        ("http://h.t/teapot2", "418"),
        ("http://h.t/swap/x", "web:80 /y/x"),
    ],
)
def test_routes_of_a_virtual_server(url: str, answer: str) -> None:
    routes = virtual(
        passing("/tea"),
        passing("=/exact", "v"),
        passing("~ /a[0-9]", "v"),
        passing("~* /b[0-9]"),
        passing("/dir/"),
        passing("/gone", "gone"),
        {
            "path": "/moved",
            "action": {"redirect": {"url": "${scheme}://x.t${request_uri}", "code": 302}},
        },
        {"path": "=/teapot2", "action": {"return": {"code": 418, "body": "x"}}},
        {"path": "/swap", "action": {"proxy": {"upstream": "u", "rewritePath": "/y"}}},
    )
    assert said(routes, url) == answer
    assert not decide(routes, url).uncertain


def test_splits_are_weights() -> None:
    routes = virtual(
        {
            "path": "/",
            "splits": [
                {"weight": 90, "action": {"pass": "u"}},
                {"weight": 10, "action": {"pass": "v"}},
                {"weight": 0, "action": {"pass": "gone"}},
            ],
        }
    )
    assert said(routes, "http://h.t/x") == "web:80*90 other:80*10 /x"


def test_a_broken_share_is_answered_with_its_status() -> None:
    shares = [{"weight": w, "action": {"pass": name}} for w, name in ((50, "u"), (50, "gone"))]
    outcome = decide(virtual({"path": "/", "splits": shares}), "http://h.t/").outcome
    assert [(one.service, one.status) for one in outcome.backends] == [
        ("web", None),
        ("split", 502),
    ]


@pytest.mark.parametrize(
    ("redirect", "headers", "answer"),
    [
        ({"enable": True}, {}, "301 https://h.t/x"),
        ({"enable": True, "code": 308}, {}, "308 https://h.t/x"),
        ({"enable": False}, {}, "web:80 /x"),
        ({"enable": True, "basedOn": "x-forwarded-proto"}, {}, "web:80 /x"),
        (
            {"enable": True, "basedOn": "x-forwarded-proto"},
            {"X-Forwarded-Proto": "http"},
            "301 https://h.t/x",
        ),
    ],
)
def test_tls_of_a_virtual_server(redirect: Any, headers: dict[str, str], answer: str) -> None:
    routes = virtual(passing("/"), tls={"secret": "tls", "redirect": redirect}, more=(secret(),))
    assert said(routes, "http://h.t/x", headers=headers) == answer
    assert said(routes, "https://h.t/x") == "web:80 /x"
    lacking = virtual(passing("/"), tls={"secret": "no"}, more=(secret(),))
    assert said(lacking, "https://h.t/x") == "refused"


def test_policies_and_limits_of_a_virtual_server() -> None:
    closed = custom("Policy", "closed", accessControl={"deny": ["192.0.2.1"]})
    opened = custom("Policy", "open", accessControl={"allow": ["192.0.2.0/24"]})
    routes = virtual(
        passing("/a", "v"),
        passing("/b", policies=[{"name": "open"}]),
        passing("/c", policies=[{"name": "no", "namespace": "far"}]),
        policies=[{"name": "closed"}],
        more=(closed, opened),
    )
    assert [said(routes, f"http://h.t/{x}") for x in "abcd"] == ["403", "web:80 /b", "500", "403"]
    assert said(routes, "http://h.t/a", "POST", client="10.0.0.1", body_size=11) == "413"


@pytest.mark.parametrize(
    "route",
    [
        {"path": "/", "route": "default/other"},
        passing("/", matches=[]),
        passing("/", errorPages=[]),
        {"path": "/", "action": {"redirect": {"url": "http://x.t/$1"}}},
        {"path": "/", "action": 5},
    ],
)
def test_what_is_not_modelled_is_said(route: Any) -> None:
    assert decide(virtual(route), "http://h.t/").uncertain


def test_virtual_servers_of_another_class_or_switched_off() -> None:
    assert said(virtual(passing("/"), ingressClassName="other"), "http://h.t/") == "404"
    made = custom("VirtualServer", "v", host="h.t", upstreams=UPSTREAMS, routes=[passing("/")])
    routes = compiled(made, flags=("-enable-custom-resources=false",))
    assert said(routes, "http://h.t/") == "404"


def test_a_route_of_a_virtual_server_is_named_as_such() -> None:
    decision = decide(virtual(passing("/")), "http://h.t/x")
    assert decision.route is not None
    assert decision.route.kind == "VirtualServer"


def test_settings_that_are_not_modelled_make_every_answer_uncertain() -> None:
    config = config_map("own", "ctl", http_snippets="map $a $b {}")
    decision = decide(table(one("a", "h.t", path("/", "web")), more=(config,)), "http://h.t/")
    assert codes(decision) == ["KI401"]
