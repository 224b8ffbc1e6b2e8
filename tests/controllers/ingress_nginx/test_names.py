"""Which server a host leads to: wildcards, aliases, www, and what is no host."""

from __future__ import annotations

from typing import Any

import pytest

from tests.controllers.ingress_nginx.asking import REGEX, aged, config_map, said, table
from tests.manifests import ingress, nginx, path


def hosted(host: str, service: str, **annotations: str) -> Any:
    return ingress(service, host, path("/", service), annotations=nginx(**annotations))


@pytest.mark.parametrize(
    ("host", "answer"),
    [
        ("a.w.example", "exact:80 /"),
        ("A.W.Example", "exact:80 /"),
        ("b.w.example", "wild:80 /"),
        ("b_b.w.example", "wild:80 /"),
        ("-.w.example", "wild:80 /"),
        ("b.w.example.", "wild:80 /"),
        ("b.w.example:8080", "wild:80 /"),
        ("b.w.example:any", "wild:80 /"),
        ("x.y.w.example", "404"),
        ("w.example", "404"),
        ("b+b.w.example", "404"),
        ("wxexample", "404"),
        ("b.wxexample", "404"),
        ("192.0.2.7", "404"),
        ("_", "404"),
        ("[::1]", "404"),
        ("", "400"),
        (".", "400"),
        ("a..w.example", "400"),
        ("a b.example", "400"),
        ("a/b", "400"),
    ],
)
def test_hosts(host: str, answer: str) -> None:
    routes = table(hosted("*.w.example", "wild"), hosted("a.w.example", "exact"))
    assert said(routes, "http://x/", host=host) == answer


def test_no_falling_back_from_a_host_to_a_wildcard() -> None:
    routes = table(
        hosted("*.w.example", "wild"), ingress("exact", "a.w.example", path("/only", "exact"))
    )
    assert said(routes, "http://a.w.example/other") == "404"


@pytest.mark.parametrize(
    ("target", "answer"),
    [
        ("http://b.example/x?y", "b:80 /x?y"),
        ("HTTP://B.example:81", "b:80 /"),
        ("https://b.example?q", "b:80 /?q"),
        ("http://nobody.example/", "404"),
        ("http:///x", "400"),
        ("x", "400"),
        ("*", "400"),
    ],
)
def test_a_target_that_is_a_whole_url_names_the_host(target: str, answer: str) -> None:
    routes = table(hosted("a.example", "a"), hosted("b.example", "b"))
    assert said(routes, "http://a.example/", target=target) == answer


@pytest.mark.parametrize(
    ("alias", "host", "answer"),
    [
        ("b.example", "b.example", "a:80 /"),
        ("b.example, c.example", "c.example", "a:80 /"),
        ("B.Example", "b.example", "a:80 /"),
        ("*.b.example", "x.b.example", "a:80 /"),
        ("*.b.example", "x.y.b.example", "a:80 /"),
        ("*.b.example", "b.example", "404"),
        ("mail.*", "mail.any.example", "a:80 /"),
        (r"~^b[0-9]+\.example$", "b12.example", "a:80 /"),
        (r"~^b[0-9]+\.example$", "bx.example", "404"),
        (r"~^B\.example$", "b.example", "a:80 /"),
        ("b.example", "a.example", "a:80 /"),
    ],
)
def test_aliases(alias: str, host: str, answer: str) -> None:
    routes = table(hosted("a.example", "a", server_alias=alias))
    assert said(routes, f"http://{host}/") == answer


def test_an_alias_loses_to_an_ingress_with_that_host() -> None:
    routes = table(
        aged(hosted("a.example", "a", server_alias="b.example"), 1),
        aged(ingress("b", "b.example", path("/only", "b")), 2),
    )
    assert said(routes, "http://b.example/x") == "404"


def test_of_one_alias_on_two_hosts_the_first_by_name_has_it() -> None:
    routes = table(
        aged(hosted("z.example", "z", server_alias="b.example"), 1),
        aged(hosted("a.example", "a", server_alias="b.example"), 2),
    )
    assert said(routes, "http://b.example/") == "a:80 /"


def test_the_oldest_ingress_of_a_host_that_has_aliases_decides() -> None:
    def also(name: str, at: int, **annotations: str) -> Any:
        made = ingress(name, "a.example", path(f"/{name}", name), annotations=nginx(**annotations))
        return aged(made, at)

    routes = table(
        also("x", 1), also("y", 2, server_alias="b.example"), also("z", 3, server_alias="c.example")
    )
    assert said(routes, "http://b.example/x") == "x:80 /x"
    assert said(routes, "http://c.example/x") == "404"


def test_patterns_are_tried_in_the_order_of_their_hosts() -> None:
    routes = table(
        hosted("b.example", "b", server_alias=r"~^m\.any\.example$"),
        hosted("*.any.example", "wild"),
        hosted("a.example", "a", server_alias=r"~^n.*$"),
        hosted("c.example", "c", server_alias=r"~^n.example$"),
    )
    # "*.any.example" comes before letters.
    assert said(routes, "http://m.any.example/") == "wild:80 /"
    assert said(routes, "http://n.example/") == "a:80 /"


def test_a_wildcard_alias_is_found_before_a_pattern() -> None:
    routes = table(
        hosted("*.b.example", "wild"), hosted("z.example", "z", server_alias="*.b.example")
    )
    # An alias that is a host of its own counts as absent.
    assert said(routes, "http://x.b.example/") == "wild:80 /"
    routes = table(
        hosted("*.b.example", "wild"), hosted("z.example", "z", server_alias="*.example")
    )
    assert said(routes, "http://x.b.example/") == "z:80 /"


def test_an_alias_of_rules_without_host() -> None:
    routes = table(hosted("", "any", server_alias=r"~^m\..*$"), hosted("*.b.example", "wild"))
    assert said(routes, "http://m.c.example/x") == "any:80 /x"
    assert said(routes, "http://m.b.example/x") == "wild:80 /x"


@pytest.mark.parametrize(
    ("url", "answer"),
    [
        ("http://www.a.example/x?y=1", "308 http://a.example:80/x?y=1"),
        ("http://www.a.example/x/", "308 http://a.example:80/x"),
        ("http://www.a.example/", "308 http://a.example:80"),
        ("http://www.a.example:8080/x", "308 http://a.example:80/x"),
        ("https://www.a.example/x", "308 https://a.example:443/x"),
        ("http://a.example/x", "a:80 /x"),
        ("http://b.example/", "308 http://www.b.example:80"),
    ],
)
def test_www(url: str, answer: str) -> None:
    on = {"from_to_www_redirect": "true"}
    routes = table(hosted("a.example", "a", **on), hosted("www.b.example", "b", **on))
    assert said(routes, url) == answer


def test_www_comes_before_all_that_a_location_does() -> None:
    on = {"from_to_www_redirect": "true", "force_ssl_redirect": "true", "proxy_body_size": "1"}
    routes = table(hosted("a.example", "a", **on))
    assert said(routes, "http://www.a.example/x", body_size=9) == "308 http://a.example:80/x"


def test_www_is_left_out_where_the_other_name_is_a_host() -> None:
    on = {"from_to_www_redirect": "true"}
    routes = table(hosted("a.example", "a", **on), hosted("www.a.example", "w"))
    assert said(routes, "http://www.a.example/") == "w:80 /"


def test_www_wins_over_an_alias() -> None:
    on = {"from_to_www_redirect": "true", "server_alias": "www.a.example"}
    routes = table(hosted("a.example", "a", **on))
    assert said(routes, "http://www.a.example/").startswith("308")


def test_www_with_settings() -> None:
    one = hosted("a.example", "a", from_to_www_redirect="true")
    forwarded = config_map(use_forwarded_headers="true", http_redirect_code="301")
    routes = table(one, more=(forwarded,), flags=("--http-port=8080",))
    assert said(routes, "http://www.a.example/x") == "301 http://a.example:8080/x"
    seen = {"X-Forwarded-Proto": "https", "X-Forwarded-Port": "8443"}
    answer = said(routes, "http://www.a.example/x", headers=seen)
    assert answer == "301 https://a.example:8443/x"


def test_a_host_may_be_made_by_a_rule_without_paths() -> None:
    made = ingress("a", "a.example")
    del made["spec"]["rules"][0]["http"]
    any_host = ingress("any", "", path("/", "any"))
    assert said(table(made, any_host), "http://a.example/") == "404"


def test_patterns_of_a_host_count_for_its_aliases() -> None:
    made = ingress(
        "a",
        "a.example",
        path("/v[0-9]", "a", kind=REGEX),
        annotations=nginx(use_regex="true", server_alias="b.example"),
    )
    assert said(table(made), "http://b.example/V1") == "a:80 /V1"
