"""rewrite-target: what the backend is asked for, and where a redirect leads."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_ingress.core.table import RouteTable
from tests.controllers.ingress_nginx.asking import REGEX, aged, decide, said, table
from tests.manifests import ingress, nginx, path

HOST = "http://a.example"


def rewritten(pattern: str, target: str, kind: str = REGEX, **more: str) -> RouteTable:
    annotations = nginx(rewrite_target=target, **more)
    return table(ingress("web", "a.example", path(pattern, kind=kind), annotations=annotations))


@pytest.mark.parametrize(
    ("target", "answer"),
    [
        ("/some", "web:80 /"),
        ("/some/", "web:80 /"),
        ("/some/new?x=1", "web:80 /new?x=1"),
        ("/SOME/New", "web:80 /New"),
        ("/somewhere", "404"),
        ("/x/some/y", "404"),
        ("/some//x", "web:80 /x"),
        ("/some/a%20b%25c%3Fd", "web:80 /a%20b%25c%3Fd"),
        ("/some/a%2Fb+c%2Bd", "web:80 /a/b+c+d"),
        ("/some/%C3%A9", "web:80 /%C3%A9"),
        ("/some/%7B%22%3C%5E", "web:80 /%7B%22%3C%5E"),
        ("/some/x?", "web:80 /x"),
    ],
)
def test_groups(target: str, answer: str) -> None:
    assert said(rewritten("/some(/|$)(.*)", "/$2"), HOST + target) == answer


@pytest.mark.parametrize(
    ("pattern", "target", "asked", "answer"),
    [
        ("/x", "/", "/x/deep/er", "web:80 /"),
        ("/x", "/new", "/x/deep/er?q", "web:80 /new?q"),
        ("/foo/(.*)", "/x/$1/$3", "/foo/a", "web:80 /x/a/"),
        ("/foo", "/$1", "/foo/a", "web:80 /"),
        ("/foo/(?<rest>.*)", "/x/$rest", "/foo/a", "web:80 /x/a"),
        ("/foo/(.*)", "$1", "/foo/bare", "web:80 bare"),
        ("/foo/(.*)", "$1", "/foo/", "500"),
        ("/foo/(.*)", "/$10", "/foo/a", "web:80 /a0"),
        ("/(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)", "/$9$1", "/abcdefghij", "web:80 /ia"),
        ("/foo/(.*)", "/$host/$1", "/foo/a", "web:80 /a.example/a"),
        ("/foo/(.*)", "/$uri", "/foo/a%20b", "web:80 //foo/a%20b"),
        ("/foo/(.*)", "/$args/$arg_q", "/foo/a?q=v&Q=w", "web:80 /q=v&Q=w/v?q=v&Q=w"),
        ("/foo/(.*)", "/$namespace/$ingress_name", "/foo/a", "web:80 /default/web"),
        ("/foo/(.*)", "/$request_method/$scheme", "/foo/a", "web:80 /GET/http"),
        ("/foo/(.*)", "/$HTTP_X_TEAM", "/foo/a", "web:80 /red"),
    ],
)
def test_targets(pattern: str, target: str, asked: str, answer: str) -> None:
    headers = {"X-Team": "red"}
    assert said(rewritten(pattern, target), HOST + asked, headers=headers) == answer


@pytest.mark.parametrize("kind", ["Exact", "Prefix"])
def test_every_path_type_is_a_pattern(kind: str) -> None:
    routes = rewritten("/x", "/y", kind)
    assert said(routes, f"{HOST}/X/z") == "web:80 /y"
    assert said(routes, f"{HOST}/xz") == "web:80 /y"


def test_other_ingresses_of_the_host_are_not_rewritten() -> None:
    own = ingress("r", "a.example", path("/"), annotations=nginx(rewrite_target="/r"))
    plain = ingress("p", "a.example", path("/plain", "plain"))
    routes = table(aged(own, 1), aged(plain, 2))
    assert said(routes, f"{HOST}/plain/x%2Fy") == "plain:80 /plain/x%2Fy"
    assert said(routes, f"{HOST}/q") == "web:80 /r"


# Replayed on nginx 1.22.1: groups are escaped where anything in the request
# was, then what is printable and after the percent sign is not.
@pytest.mark.parametrize(
    ("asked", "location"),
    [
        ("/go/a", "https://ext.example/a"),
        ("/go/%C3%A9%20%25", "https://ext.example/%C3%A9%20%25"),
        ("/go/a+b", "https://ext.example/a+b"),
        ("/go/a%2Bb", "https://ext.example/a+b"),
        ("/go/a%3Fb%20c", "https://ext.example/a?b%20c"),
        ("/go/x?q=1&r=%20", "https://ext.example/x?q=1&r=%20"),
        ("/go/x?", "https://ext.example/x"),
        ("/go/a%26b%3Bc", "https://ext.example/a&b;c"),
        ("/go/a'(b)%7B%22%3C%5E", "https://ext.example/a'(b){%22<^"),
        ("/go/%41%2e%2Fz", "https://ext.example/A./z"),
    ],
)
def test_a_target_with_a_scheme_is_a_redirect(asked: str, location: str) -> None:
    routes = rewritten("/go/(.*)", "https://ext.example/$1")
    assert said(routes, HOST + asked) == f"302 {location}"


def test_the_scheme_of_the_request() -> None:
    routes = rewritten("/go/(.*)", "$scheme://ext.example/$1")
    assert said(routes, f"{HOST}/go/a") == "302 http://ext.example/a"
    assert said(routes, "https://a.example/go/a") == "302 https://ext.example/a"


def test_such_a_redirect_comes_before_that_to_https() -> None:
    routes = rewritten("/go/(.*)", "https://ext.example/$1", force_ssl_redirect="true")
    assert said(routes, f"{HOST}/go/a") == "302 https://ext.example/a"


def test_a_redirect_to_https_comes_before_sending_on() -> None:
    routes = rewritten("/foo/(.*)", "/$1", force_ssl_redirect="true")
    assert said(routes, f"{HOST}/foo/a/") == "308 https://a.example/foo/a"


def test_the_automatic_root_is_rewritten_too() -> None:
    own = ingress("web", "a.example", path("/x"), annotations=nginx(rewrite_target="/y"))
    own["spec"]["defaultBackend"] = {"service": {"name": "rest", "port": {"number": 80}}}
    assert said(table(own), f"{HOST}/other") == "rest:80 /y"


def test_a_variable_that_nobody_can_predict_is_told() -> None:
    decision = decide(rewritten("/foo/(.*)", "/$request_id"), f"{HOST}/foo/x")
    assert decision.uncertain
    assert "$request_id" in decision.findings[0].message
    assert not decide(rewritten("/foo/(.*)", "/$host"), f"{HOST}/foo/x").uncertain


def test_x_forwarded_prefix_alone_changes_nothing() -> None:
    own: Any = ingress("w", "a.example", path("/p"), annotations=nginx(x_forwarded_prefix="/pre"))
    assert said(table(own), f"{HOST}/p/x") == "web:80 /p/x"
    assert said(table(own), f"{HOST}/P/x") == "404"
