"""Redirects, preflights and limits of a body: what answers first."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_ingress.core.table import RouteTable
from tests.controllers.ingress_nginx.asking import (
    aged,
    compiled,
    config_map,
    decide,
    objects_for,
    said,
    table,
)
from tests.manifests import ingress, nginx, path

HOST = "http://a.example"


def annotated(*paths: Any, **annotations: str) -> RouteTable:
    return table(ingress("web", "a.example", *paths, annotations=nginx(**annotations)))


def configured(*ingresses: Any, **data: str) -> RouteTable:
    return table(*ingresses, more=(config_map(**data),))


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("/x", "308 https://a.example/x"),
        ("/x/", "308 https://a.example/x"),
        ("/x//", "308 https://a.example/x/"),
        ("/x?y=/", "308 https://a.example/x?y="),
        ("/", "308 https://a.example"),
        ("/%2F", "308 https://a.example/%2F"),
        ("/.well-known/acme-challenge/t", "308 https://a.example/.well-known/acme-challenge/t"),
    ],
)
def test_to_https(asked: str, answer: str) -> None:
    routes = annotated(force_ssl_redirect="true")
    assert said(routes, HOST + asked) == answer
    assert said(routes, HOST + asked, "POST") == answer
    assert said(routes, f"https://a.example{asked}") == f"web:80 {asked}"


def test_the_port_is_dropped_and_the_host_kept_as_sent() -> None:
    routes = annotated(force_ssl_redirect="true")
    assert said(routes, "http://a.example:8080/x", host="A.Example") == "308 https://A.Example/x"


def test_keeping_the_slash_and_writing_the_port() -> None:
    force = {"force_ssl_redirect": "true"}
    assert said(annotated(**force, preserve_trailing_slash="true"), f"{HOST}/x/") == (
        "308 https://a.example/x/"
    )
    assert said(annotated(**force, use_port_in_redirects="true"), f"{HOST}/x") == (
        "308 https://a.example:443/x"
    )


def test_acme_paths_stay_plain() -> None:
    acme = path("/.well-known/acme-challenge/t", kind="Exact")
    routes = annotated(path("/"), acme, force_ssl_redirect="true")
    assert said(routes, f"{HOST}/.well-known/acme-challenge/t").startswith("web:80")
    assert said(routes, f"{HOST}/.well-known/acme-challenge/u").startswith("308")


@pytest.mark.parametrize("value", ["yes", "on", "false", ""])
def test_values_that_do_not_force(value: str) -> None:
    assert said(annotated(force_ssl_redirect=value), f"{HOST}/x") == "web:80 /x"


@pytest.mark.parametrize(
    ("key", "value", "answer"),
    [
        ("force-ssl-redirect", "true", "308 https://a.example/x"),
        ("force-ssl-redirect", "maybe", "web:80 /x/"),
        ("ssl-redirect", "false", "web:80 /x/"),
    ],
)
def test_the_config_map_decides_where_no_annotation_does(key: str, value: str, answer: str) -> None:
    assert said(configured(ingress(), **{key: value}), f"{HOST}/x/") == answer


def test_more_of_the_config_map() -> None:
    force = ingress(annotations=nginx(force_ssl_redirect="true"))
    assert said(configured(force, http_redirect_code="301"), f"{HOST}/") == "301 https://a.example"
    assert said(configured(force, http_redirect_code="300"), f"{HOST}/") == "308 https://a.example"
    kept = configured(force, preserve_trailing_slash="true")
    assert said(kept, f"{HOST}/") == "308 https://a.example/"
    plain = configured(force, no_tls_redirect_locations="/other, /")
    assert said(plain, f"{HOST}/x") == "web:80 /x"


PROXIED = {"X-Forwarded-Proto": "https"}


def test_headers_of_a_proxy_are_ignored() -> None:
    routes = annotated(force_ssl_redirect="true")
    assert said(routes, f"{HOST}/x", headers=PROXIED) == "308 https://a.example/x"
    plain = {"X-Forwarded-Proto": "http"}
    assert said(routes, "https://a.example/x", headers=plain) == "web:80 /x"


@pytest.mark.parametrize(
    ("scheme", "headers", "answer"),
    [
        ("http", {}, "308 https://a.example/x"),
        ("http", PROXIED, "web:80 /x"),
        ("https", {}, "web:80 /x"),
        ("https", {"X-Forwarded-Proto": "http"}, "308 https://a.example/x"),
        ("http", {"X-Forwarded-Host": "b.example:1, c.example"}, "308 https://b.example/x"),
    ],
)
def test_unless_they_are_to_be_used(scheme: str, headers: dict[str, str], answer: str) -> None:
    force = ingress(annotations=nginx(force_ssl_redirect="true"))
    routes = configured(force, use_forwarded_headers="true")
    assert said(routes, f"{scheme}://a.example/x", headers=headers) == answer


@pytest.mark.parametrize("asked", ["/", "/?q=1", "//", "/.", "/x/.."])
def test_app_root(asked: str) -> None:
    routes = annotated(app_root="/app", force_ssl_redirect="true")
    assert said(routes, HOST, target=asked) == "302 http://a.example/app"
    assert said(routes, "http://a.example:8080", target=asked) == "302 http://a.example:8080/app"
    assert said(routes, "https://a.example", target=asked) == "302 https://a.example/app"


def test_app_root_of_a_path_is_that_of_the_whole_host() -> None:
    routes = annotated(path("/sub"), app_root="/app")
    assert said(routes, f"{HOST}/") == "302 http://a.example/app"
    assert said(routes, f"{HOST}/sub") == "web:80 /sub"
    assert said(routes, f"{HOST}/x") == "404"


def test_of_several_app_roots_the_one_of_the_longest_path_counts() -> None:
    short = ingress("s", "a.example", path("/"), annotations=nginx(app_root="/short"))
    long = ingress("l", "a.example", path("/longer"), annotations=nginx(app_root="/long"))
    assert said(table(aged(short, 1), aged(long, 2)), f"{HOST}/") == "302 http://a.example/long"


def test_app_root_without_a_slash_counts_as_absent() -> None:
    assert said(annotated(app_root="app"), f"{HOST}/") == "web:80 /"


@pytest.mark.parametrize(
    ("annotations", "answer"),
    [
        ({"permanent_redirect": "https://d.example/base"}, "301 https://d.example/base"),
        ({"permanent_redirect": "d.example/x"}, "301 d.example/x"),
        ({"permanent_redirect": "/local"}, "301 http://a.example/local"),
        ({"permanent_redirect": "/local", "relative_redirects": "true"}, "301 /local"),
        ({"temporal_redirect": "https://d.example"}, "302 https://d.example"),
        (
            {"temporal_redirect": "https://t.example", "permanent_redirect": "https://p.example"},
            "302 https://t.example",
        ),
        ({"permanent_redirect": "https://d", "permanent_redirect_code": "308"}, "308 https://d"),
        ({"permanent_redirect": "https://d", "permanent_redirect_code": "307"}, "307 https://d"),
        ({"permanent_redirect": "https://d", "permanent_redirect_code": "309"}, "301 https://d"),
        ({"permanent_redirect": "https://d", "permanent_redirect_code": "999"}, "301 https://d"),
        ({"temporal_redirect": "https://d", "temporal_redirect_code": "307"}, "307 https://d"),
        ({"temporal_redirect": "https://d", "temporal_redirect_code": "308"}, "302 https://d"),
        # nginx sends the URL of these as a text, and no Location.
        ({"permanent_redirect": "https://d", "permanent_redirect_code": "300"}, "300"),
        ({"permanent_redirect": "https://d", "permanent_redirect_code": "304"}, "304"),
    ],
)
def test_fixed_redirects(annotations: dict[str, str], answer: str) -> None:
    routes = annotated(**annotations)
    for asked in ("/", "/foo/bar?x=1"):
        assert said(routes, HOST + asked) == answer
        assert said(routes, HOST + asked, "POST") == answer


def test_a_fixed_redirect_wins_over_all_that_comes_later() -> None:
    fixed = {
        "permanent_redirect": "https://d.example",
        "force_ssl_redirect": "true",
        "auth_url": "http://auth.example/",
        "whitelist_source_range": "10.0.0.0/8",
        "rewrite_target": "/x",
    }
    assert said(annotated(**fixed), f"{HOST}/") == "301 https://d.example"
    missing = ingress(annotations=nginx(**fixed))
    routes = compiled(*objects_for(ingress("x", "x.example", path("/", "other"))), missing)
    assert said(routes, f"{HOST}/") == "301 https://d.example"
    assert not decide(routes, f"{HOST}/").uncertain


def test_only_its_own_paths_are_redirected() -> None:
    go = ingress("go", "a.example", path("/go"), annotations=nginx(permanent_redirect="https://d"))
    rest = ingress("rest", "a.example", path("/", "rest"))
    routes = table(aged(go, 1), aged(rest, 2))
    assert said(routes, f"{HOST}/go/x") == "301 https://d"
    assert said(routes, f"{HOST}/z") == "rest:80 /z"


def test_a_denied_ingress_answers_503_before_redirects() -> None:
    routes = annotated(
        permanent_redirect="https://d", force_ssl_redirect="true", whitelist_source_range="x"
    )
    assert said(routes, f"{HOST}/") == "503"


CORS = {"enable_cors": "true"}
ONE = {**CORS, "cors_allow_origin": "https://b.example, https://*.c.example"}


@pytest.mark.parametrize(
    ("annotations", "method", "origin", "answer"),
    [
        (CORS, "OPTIONS", None, "204"),
        (CORS, "OPTIONS", "https://any", "204"),
        (CORS, "GET", "https://any", "web:80 /"),
        (ONE, "OPTIONS", "https://b.example", "204"),
        (ONE, "OPTIONS", "https://B.example", "204"),
        (ONE, "OPTIONS", "https://x.c.example", "204"),
        (ONE, "OPTIONS", "https://x.y.c.example", "web:80 /"),
        (ONE, "OPTIONS", "https://.c.example", "web:80 /"),
        (ONE, "OPTIONS", "https://b.example.evil", "web:80 /"),
        (ONE, "OPTIONS", None, "web:80 /"),
        ({**ONE, "cors_allow_origin": "https://b.example, *"}, "OPTIONS", "https://z", "204"),
        ({"cors_allow_origin": "*"}, "OPTIONS", "https://z", "web:80 /"),
        ({**CORS, "permanent_redirect": "https://d"}, "OPTIONS", None, "204"),
        ({**CORS, "permanent_redirect": "https://d"}, "GET", None, "301 https://d"),
        ({**CORS, "force_ssl_redirect": "true"}, "OPTIONS", None, "204"),
        ({**CORS, "cors_allow_origin": "bad origin;"}, "OPTIONS", None, "204"),
        ({**CORS, "cors_allow_origin": "b.example"}, "OPTIONS", "https://b.example", "web:80 /"),
        ({**CORS, "cors_allow_origin": "https://b.example,"}, "OPTIONS", "https://z", "204"),
    ],
)
def test_preflight(
    annotations: dict[str, str], method: str, origin: str | None, answer: str
) -> None:
    headers = {"Origin": origin} if origin else {}
    assert said(annotated(**annotations), f"{HOST}/", method, headers=headers) == answer


@pytest.mark.parametrize(
    ("size", "limit"),
    [
        ("10", 10),
        ("1k", 1024),
        ("2K", 2048),
        ("1m", 1 << 20),
        ("8M", 8 << 20),
        ("1g", 1 << 30),
        ("1b", 1 << 20),
        ("", 1 << 20),
        ("10 m", 1 << 20),
    ],
)
def test_the_largest_body(size: str, limit: int) -> None:
    routes = annotated(proxy_body_size=size, permanent_redirect="https://d")
    assert said(routes, f"{HOST}/", "POST", body_size=limit) == "301 https://d"
    assert said(routes, f"{HOST}/", "POST", body_size=limit + 1) == "413"


def test_no_limit_and_that_of_the_config_map() -> None:
    assert said(annotated(proxy_body_size="0"), f"{HOST}/", "POST", body_size=1 << 40) == "web:80 /"
    routes = configured(ingress(), proxy_body_size="5")
    assert said(routes, f"{HOST}/", "POST", body_size=6) == "413"
    assert said(routes, "http://nobody.example/", "POST", body_size=6) == "413"


def test_a_body_comes_after_what_the_server_does() -> None:
    routes = annotated(app_root="/app", proxy_body_size="5")
    assert said(routes, f"{HOST}/", "POST", body_size=6) == "302 http://a.example/app"


def test_reasons_name_the_object_and_the_field() -> None:
    decision = decide(annotated(permanent_redirect="https://d"), f"{HOST}/")
    step = next(step for step in decision.steps if step.stage == "redirect")
    assert step.source == "Ingress default/web"
    name = "nginx.ingress.kubernetes.io/permanent-redirect"
    assert step.field == ("metadata", "annotations", name)
    assert step.text == f"{name}: 301 to https://d"


def test_a_reason_may_be_the_config_map() -> None:
    web = ingress("web", "a.example")
    step = next(
        step
        for step in decide(configured(web, force_ssl_redirect="true"), f"{HOST}/").steps
        if step.stage == "redirect"
    )
    assert step.source == "ConfigMap ingress-nginx/ingress-nginx-controller"
    assert step.field == ("data", "force-ssl-redirect")
