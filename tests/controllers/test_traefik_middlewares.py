"""Middleware objects that routers name."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_ingress.controllers import traefik
from kubectl_ingress.controllers._profile import Told
from kubectl_ingress.core.objects import Origin
from kubectl_ingress.core.parse import parse_snapshot
from kubectl_ingress.core.request import Decision, Request
from tests.manifests import ingress, ingress_class, path, service, slice_of

CLASS = ingress_class("traefik", "traefik.io/ingress-controller")


def middleware(name: str = "m", namespace: str = "default", **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "traefik.io/v1alpha1",
        "kind": "Middleware",
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }


def decide(
    *objects: Any,
    names: str = "default-m@kubernetescrd",
    target: str = "/api/x",
    flags: tuple[str, ...] = (),
    offline: bool = True,
    **more: Any,
) -> Decision:
    annotations = {"traefik.ingress.kubernetes.io/router.middlewares": names}
    routed = ingress("i", "a.test", path("/api"), annotations=annotations)
    routed["spec"]["ingressClassName"] = "traefik"
    everything = (CLASS, routed, service(), slice_of(), *objects)
    world = parse_snapshot([(one, Origin()) for one in everything], offline=offline)
    table = traefik.compile(world, traefik.settings_of(Told(flags), world))
    return table.decide(Request("a.test", target, **more))


@pytest.mark.parametrize(
    ("spec", "sent"),
    [
        ({"stripPrefix": {"prefixes": ["/api"]}}, "/x?q"),
        ({"stripPrefixRegex": {"regex": ["/[a-z]+"]}}, "/x?q"),
        ({"addPrefix": {"prefix": "/v2"}}, "/v2/api/x?q"),
        ({"replacePath": {"path": "/new"}}, "/new?q"),
        ({"replacePathRegex": {"regex": "^/api/(.*)", "replacement": "/$1/y"}}, "/x/y?q"),
        ({"headers": {"customRequestHeaders": {"X-A": "b"}}}, "/api/x?q"),
        ({"rateLimit": {"average": 1}}, "/api/x?q"),
        ({"redirectScheme": {"scheme": "http"}}, "/api/x?q"),
    ],
)
def test_what_the_pod_gets(spec: dict[str, Any], sent: str) -> None:
    outcome = decide(middleware(**spec), target="/api/x?q").outcome
    assert (outcome.status, outcome.upstream_path) == (None, sent)


@pytest.mark.parametrize(
    ("spec", "status", "location"),
    [
        ({"redirectScheme": {"scheme": "https"}}, 302, "https://a.test/api/x"),
        (
            {"redirectScheme": {"scheme": "https", "permanent": True, "port": "8443"}},
            301,
            "https://a.test:8443/api/x",
        ),
        (
            {"redirectRegex": {"regex": "^http://a[.]test/(.*)", "replacement": "https://b/$1"}},
            302,
            "https://b/api/x",
        ),
        ({"ipAllowList": {"sourceRange": ["10.0.0.0/8"]}}, 403, None),
        ({"ipWhiteList": {"sourceRange": ["10.0.0.1"], "rejectStatusCode": 404}}, 404, None),
        ({"basicAuth": {"secret": "users"}}, 401, None),
        ({"buffering": {"maxRequestBodyBytes": 5}}, 413, None),
    ],
)
def test_what_traefik_answers(spec: dict[str, Any], status: int, location: str | None) -> None:
    meta = {"name": "users", "namespace": "default"}
    users = {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "data": {"users": ""}}
    outcome = decide(middleware(**spec), users, client="9.9.9.9", body_size=6).outcome
    assert (outcome.status, outcome.location) == (status, location)


def test_a_redirect_sees_what_stands_before_it() -> None:
    objects = (
        middleware("strip", stripPrefix={"prefixes": ["/api"]}),
        middleware("to", redirectScheme={"scheme": "https"}),
    )
    one, two = "default-strip@kubernetescrd", "default-to@kubernetescrd"
    assert decide(*objects, names=f"{one}, {two}").outcome.location == "https://a.test/x"
    assert decide(*objects, names=f"{two},{one}").outcome.location == "https://a.test/api/x"


def test_a_stripped_path_that_is_not_in_its_normal_form() -> None:
    strip = middleware(stripPrefix={"prefixes": ["/api"]})
    decision = decide(strip, target="/api../x")
    assert decision.outcome.status == 400
    assert "stripPrefix /api" in decision.steps[-1].text


@pytest.mark.parametrize(
    "broken",
    [
        middleware("other", rateLimit={}),
        middleware(),
        middleware(rateLimit={}, compress={}),
        middleware(nonsense={}),
        middleware(stripPrefixRegex={"regex": ["("]}),
        middleware(redirectRegex={"regex": "a++", "replacement": "x"}),
        middleware(redirectScheme={}),
        middleware(addPrefix={}),
        middleware(ipAllowList={"sourceRange": ["x"]}),
        middleware(ipAllowList={}),
        middleware(basicAuth={"secret": "nope"}),
        middleware(chain={"middlewares": [{"name": "m"}]}),
        middleware(chain={"middlewares": [{"name": "x", "namespace": "elsewhere"}]}),
        middleware(chain={"middlewares": [None]}),
    ],
)
def test_a_router_with_a_middleware_that_is_not_there_is_not_there(broken: Any) -> None:
    decision = decide(broken)
    assert decision.outcome.status == 404
    assert decision.findings[0].code == "KI402"


def test_a_chain() -> None:
    objects = (
        middleware(chain={"middlewares": [{"name": "strip"}, {"name": "add", "namespace": "n"}]}),
        middleware("strip", stripPrefix={"prefixes": ["/api"]}),
        middleware("add", "n", addPrefix={"prefix": "/v2"}),
    )
    assert decide(*objects).outcome.status == 404
    flags = ("--providers.kubernetescrd.allowcrossnamespace=true",)
    assert decide(*objects, flags=flags).outcome.upstream_path == "/v2/x"


def test_what_is_not_known_is_said() -> None:
    asked = decide(middleware(forwardAuth={"address": "http://auth"}))
    assert asked.outcome.backends
    assert [finding.code for finding in asked.findings] == ["KI401"]
    # Nobody read Middleware objects of this cluster.
    unread = decide(offline=False)
    assert unread.outcome.backends
    assert [finding.code for finding in unread.findings] == ["KI401"]
    assert decide(names="x@file").outcome.status == 404
    elsewhere = decide(names="x@file", flags=("--providers.file.directory=/etc/traefik",))
    assert [finding.code for finding in elsewhere.findings] == ["KI401"]


def test_middlewares_of_an_entry_point_come_first_and_on_it_alone() -> None:
    objects = (
        middleware(stripPrefix={"prefixes": ["/api"]}),
        middleware("e", addPrefix={"prefix": "/e"}),
    )
    flags = ("--entrypoints.web.http.middlewares=default-e@kubernetescrd",)
    assert decide(*objects, flags=flags).outcome.upstream_path == "/e/api/x"
    assert decide(*objects, flags=flags, scheme="https").outcome.upstream_path == "/x"
