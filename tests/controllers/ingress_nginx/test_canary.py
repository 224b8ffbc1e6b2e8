"""Canaries: what they hang on, and who goes where."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from kubectl_ingress.core.table import RouteTable
from tests.controllers.ingress_nginx.asking import (
    aged,
    backend,
    codes,
    compiled,
    config_map,
    decide,
    default_only,
    objects_for,
    pods,
    said,
    service_of,
    table,
)
from tests.manifests import ingress, nginx, path

HOST = "http://a.example/"


def main(at: int = 1, *paths: Any, **annotations: str) -> Any:
    made = ingress("main", "a.example", *(paths or (path("/", "main"),)))
    made["metadata"]["annotations"] = nginx(**annotations)
    return aged(made, at)


def canary(at: int = 2, *paths: Any, name: str = "can", host: str = "a.example", **on: str) -> Any:
    annotations = nginx(canary="true", **on)
    made = ingress(name, host, *(paths or (path("/", name),)), annotations=annotations)
    return aged(made, at)


def both(**on: str) -> RouteTable:
    return table(main(), canary(**on))


HEADER = {"canary_by_header": "X-Canary"}
VALUE = {**HEADER, "canary_by_header_value": "one"}
PATTERN = {**HEADER, "canary_by_header_pattern": "eu|us"}
COOKIE = {"canary_by_cookie": "ck"}


@pytest.mark.parametrize(
    ("annotations", "header", "answer"),
    [
        (HEADER, "always", "can:80 /"),
        (HEADER, "never", "main:80 /"),
        (HEADER, "Always", "main:80 /"),
        (HEADER, "", "main:80 /"),
        (VALUE, "one", "can:80 /"),
        (VALUE, "One", "main:80 /"),
        (VALUE, "always", "main:80 /"),
        ({**VALUE, "canary_weight": "100"}, "never", "can:80 /"),
        (PATTERN, "eu", "can:80 /"),
        (PATTERN, "xusx", "can:80 /"),
        (PATTERN, "EU", "main:80 /"),
        (PATTERN, "always", "main:80 /"),
        ({**PATTERN, **VALUE}, "one", "can:80 /"),
        ({**PATTERN, **VALUE}, "eu", "main:80 /"),
        ({**HEADER, "canary_by_header_pattern": "(", "canary_weight": "100"}, "x", "main:80 /"),
        ({"canary_by_header_value": "one"}, "one", "main:80 /"),
        ({**HEADER, "canary_weight": "100"}, "never", "main:80 /"),
        ({**HEADER, "canary_weight": "100"}, "other", "can:80 /"),
    ],
)
def test_by_header(annotations: dict[str, str], header: str, answer: str) -> None:
    assert said(both(**annotations), HOST, headers={"X-Canary": header}) == answer


@pytest.mark.parametrize("name", ["x-canary", "X-CANARY"])
def test_names_of_headers_have_no_case(name: str) -> None:
    assert said(both(**HEADER), HOST, headers={name: "always"}) == "can:80 /"


def test_headers_with_underscores() -> None:
    on = {"canary_by_header": "X_Canary"}
    assert said(both(**on), HOST, headers={"X_Canary": "always"}) == "main:80 /"
    # Its variable is that of a header with dashes.
    assert said(both(**on), HOST, headers={"X-Canary": "always"}) == "can:80 /"
    allowing = config_map(enable_underscores_in_headers="true")
    routes = table(main(), canary(**on), more=(allowing,))
    assert said(routes, HOST, headers={"X_Canary": "always"}) == "can:80 /"
    keeping = config_map(ignore_invalid_headers="false")
    routes = table(main(), canary(canary_by_header="X.Y"), more=(keeping,))
    assert said(routes, HOST, headers={"X.Y": "always"}) == "can:80 /"


@pytest.mark.parametrize(
    ("annotations", "cookie", "answer"),
    [
        (COOKIE, "ck=always", "can:80 /"),
        (COOKIE, "ck=never", "main:80 /"),
        (COOKIE, "ck=yes", "main:80 /"),
        (COOKIE, "a=b; CK=always", "can:80 /"),
        (COOKIE, "ckk=always", "main:80 /"),
        ({**COOKIE, "canary_weight": "100"}, "ck=never", "main:80 /"),
        ({**COOKIE, "canary_weight": "100"}, "ck=maybe", "can:80 /"),
    ],
)
def test_by_cookie(annotations: dict[str, str], cookie: str, answer: str) -> None:
    assert said(both(**annotations), HOST, headers={"Cookie": cookie}) == answer


def test_the_header_comes_before_the_cookie() -> None:
    routes = both(**HEADER, **COOKIE)
    asked = {"X-Canary": "never", "Cookie": "ck=always"}
    assert said(routes, HOST, headers=asked) == "main:80 /"
    assert said(routes, HOST, headers={**asked, "X-Canary": "x"}) == "can:80 /"


@pytest.mark.parametrize(
    ("annotations", "answer"),
    [
        ({"canary_weight": "30"}, "main:80*70 can:80*30 /"),
        ({"canary_weight": "0"}, "main:80 /"),
        ({"canary_weight": "-5"}, "main:80 /"),
        ({"canary_weight": "100"}, "can:80 /"),
        ({"canary_weight": "250"}, "can:80 /"),
        ({"canary_weight": "abc"}, "main:80 /"),
        ({"canary_weight": "30", "canary_weight_total": "50"}, "main:80*70 can:80*30 /"),
        ({"canary_weight": "30", "canary_weight_total": "1000"}, "main:80*970 can:80*30 /"),
        ({}, "main:80 /"),
    ],
)
def test_by_weight(annotations: dict[str, str], answer: str) -> None:
    assert said(both(**annotations), HOST) == answer


@pytest.mark.parametrize("value", ["true", "1", "t", "TRUE"])
def test_values_of_go(value: str) -> None:
    can = canary(canary_weight="100")
    can["metadata"]["annotations"]["nginx.ingress.kubernetes.io/canary"] = value
    assert said(table(main(), can), HOST) == "can:80 /"


@pytest.mark.parametrize(
    ("primary", "own", "why"),
    [
        (path("/a", "main"), path("/a", "can", kind="Exact"), "path with this type"),
        (path("/", "main"), path("/a", "can"), "path with this type"),
        (path("/a", "main"), path("/a/", "can"), "path with this type"),
        (path("/", "main"), path("", "can", kind="ImplementationSpecific"), "path with this type"),
    ],
)
def test_another_path_or_type_has_no_effect(primary: Any, own: Any, why: str) -> None:
    routes = table(main(1, primary), canary(2, own, canary_weight="100"))
    assert said(routes, f"{HOST}a").startswith("main:80")
    [lost] = routes.lost
    assert lost.finding.code == "KI506"
    assert why in lost.finding.message


def test_no_type_is_prefix_here_too() -> None:
    can = canary(2, path("/", "can", kind="ImplementationSpecific"), canary_weight="100")
    assert said(table(main(), can), HOST) == "can:80 /"


def test_a_canary_alone_is_nothing() -> None:
    routes = table(canary(canary_weight="100"))
    assert said(routes, HOST) == "404"
    assert [lost.finding.code for lost in routes.lost] == ["KI506"]
    other = table(canary(canary_weight="100"), ingress("x", "x.example", path("/", "x")))
    assert said(other, HOST) == "404"
    for one in (routes, other):
        [reason] = decide(one, HOST).findings
        assert (reason.code, reason.level) == ("KI506", "error")
        assert reason.fix.splitlines() == [
            "kubectl ingress scaffold NAME -n default --host a.example --path / --apply",
            "kubectl edit ingress can -n default",
        ]


def test_only_the_first_canary_counts() -> None:
    first = canary(2, name="one", canary_by_header="X-A")
    second = canary(3, name="two", canary_by_header="X-B", canary_weight="100")
    routes = table(main(), first, second)
    assert said(routes, HOST, headers={"X-A": "always"}) == "one:80 /"
    assert said(routes, HOST, headers={"X-B": "always"}) == "main:80 /"
    assert [lost.route.ingress for lost in routes.lost] == ["default/two"]


def test_its_own_annotations_count_for_nothing() -> None:
    can = canary(
        canary_weight="100",
        permanent_redirect="https://x",
        rewrite_target="/new",
        force_ssl_redirect="true",
        whitelist_source_range="10.0.0.0/8",
        server_alias="b.example",
    )
    routes = table(main(), can)
    assert said(routes, f"{HOST}x") == "can:80 /x"
    assert said(routes, "http://b.example/") == "404"


def test_those_of_the_main_ingress_count_for_both() -> None:
    routes = table(main(whitelist_source_range="10.0.0.0/8"), canary(canary_weight="100"))
    assert said(routes, HOST) == "403"
    rewritten = main(1, path("/x/(.*)", "main", kind="ImplementationSpecific"))
    rewritten["metadata"]["annotations"] = nginx(rewrite_target="/$1")
    can = canary(2, path("/x/(.*)", "can", kind="ImplementationSpecific"), canary_weight="100")
    assert said(table(rewritten, can), f"{HOST}x/y") == "can:80 /y"


def test_every_host_with_that_service_is_canaried() -> None:
    other = aged(ingress("other", "b.example", path("/deep", "main")), 3)
    routes = table(main(), canary(canary_weight="100"), other)
    assert said(routes, "http://b.example/deep") == "can:80 /deep"


def test_but_not_one_that_names_the_port_otherwise() -> None:
    other = aged(ingress("other", "b.example", path("/", "main", "http")), 3)
    routes = table(main(), canary(canary_weight="100"), other)
    assert said(routes, "http://b.example/") == "main:80 /"


def test_a_canary_without_endpoints_leaves_all_to_the_main_one() -> None:
    empty = (service_of("can"), pods("can", ready=False))
    routes = compiled(*objects_for(main()), *empty, canary(canary_weight="100"))
    assert said(routes, HOST) == "main:80 /"


def test_a_main_one_without_endpoints_is_503_even_for_the_canary() -> None:
    empty = (service_of("main"), pods("main", ready=False))
    routes = compiled(*objects_for(canary(canary_weight="100", **HEADER)), *empty, main())
    assert said(routes, HOST) == "503"
    assert said(routes, HOST, headers={"X-Canary": "always"}) == "503"


def test_an_older_canary_with_the_same_service_hides_the_route() -> None:
    plain = aged(ingress("plain", "b.example", path("/", "can")), 3)
    routes = table(main(2), canary(1, canary_weight="100"), plain)
    assert said(routes, HOST) == "can:80 /"
    assert said(routes, "http://b.example/") == "404"
    [lost] = routes.lost
    assert (lost.finding.code, lost.route.ingress) == ("KI507", "default/plain")
    assert "default/can" in lost.finding.message


def test_a_younger_canary_with_the_same_service_is_a_plain_backend() -> None:
    plain = aged(ingress("plain", "b.example", path("/", "can")), 1)
    routes = table(aged(main(), 2), canary(3, canary_weight="100"), plain)
    assert said(routes, HOST) == "main:80 /"
    assert said(routes, "http://b.example/") == "can:80 /"


def test_the_same_service_as_its_own_main_one() -> None:
    routes = table(main(), canary(2, path("/", "main"), canary_weight="100"))
    assert said(routes, HOST) == "main:80 /"
    routes = table(main(2), canary(1, path("/", "main"), canary_weight="100"))
    assert said(routes, HOST) == "404"


def test_a_canary_of_a_service_in_use_makes_routes_of_its_own() -> None:
    """It has no upstream of its own then, and only that keeps canaries from making locations."""
    plain = aged(ingress("plain", "b.example", path("/", "can")), 1)
    routes = table(plain, aged(main(), 2), canary(3, path("/new", "can"), canary_weight="100"))
    assert said(routes, f"{HOST}new") == "can:80 /new"
    lonely = table(plain, canary(3, path("/new", "can"), host="c.example", canary_weight="100"))
    assert said(lonely, "http://nobody.example/new") == "can:80 /new"


def test_default_backends_have_canaries() -> None:
    can = default_only("can", "can", **nginx(canary="true", canary_weight="100"))
    routes = table(aged(default_only("main", "main"), 1), aged(can, 2))
    assert said(routes, "http://nobody.example/") == "can:80 /"
    beside = main(1, path("/a", "main"))
    beside["spec"]["defaultBackend"] = backend("rest")
    assert said(table(beside, aged(can, 2)), f"{HOST}zzz") == "rest:80 /zzz"


def sticky(upstream: str) -> str:
    inner = hashlib.md5(upstream.encode()).hexdigest()
    return f"1700000000.1.2.3|{hashlib.md5((inner + upstream).encode()).hexdigest()}"


@pytest.mark.parametrize(
    ("cookie", "answer"),
    [
        ("", "main:80*50 can:80*50 /"),
        (f"route={sticky('default-main-80')}", "main:80 /"),
        (f"route={sticky('default-can-80')}", "can:80 /"),
        ("route=somebody|else", "main:80*50 can:80*50 /"),
        (f"other={sticky('default-can-80')}", "main:80*50 can:80*50 /"),
    ],
)
def test_a_client_stays_where_it_was(cookie: str, answer: str) -> None:
    on = {"affinity": "cookie", "session_cookie_name": "route"}
    routes = table(main(**on), canary(canary_weight="50"))
    assert said(routes, HOST, headers={"Cookie": cookie}) == answer


def test_unless_it_is_to_be_chosen_anew() -> None:
    routes = table(
        main(affinity="cookie"),
        canary(canary_weight="50", affinity_canary_behavior="legacy"),
    )
    known = {"Cookie": f"INGRESSCOOKIE={sticky('default-can-80')}"}
    assert said(routes, HOST, headers=known) == "main:80*50 can:80*50 /"
    at_main = {"Cookie": f"INGRESSCOOKIE={sticky('default-main-80')}"}
    assert said(routes, HOST, headers=at_main) == "main:80 /"


def test_reasons() -> None:
    decision = decide(both(**HEADER), HOST, headers={"X-Canary": "always"})
    step = next(step for step in decision.steps if step.stage == "canary")
    assert step.text == "default/can:80, by header X-Canary"
    assert step.source == "Ingress default/can"
    assert decision.route
    assert decision.route.ingress == "default/main"
    assert codes(decision) == []
