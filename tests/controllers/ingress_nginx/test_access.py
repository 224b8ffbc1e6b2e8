"""Who is let in: addresses, passwords, other services; and limits."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from kubectl_ingress.core.table import RouteTable
from tests.controllers.ingress_nginx.asking import (
    codes,
    compiled,
    config_map,
    decide,
    objects_for,
    said,
    table,
)
from tests.manifests import ingress, nginx, path

HOST = "http://a.example/"
BASIC = {"auth_type": "basic", "auth_secret": "ba"}


def secret(name: str = "ba", *keys: str) -> Any:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": "default"},
        "data": dict.fromkeys(keys or ("auth",), ""),
    }


def routes(*more: Any, **annotations: str) -> RouteTable:
    made = ingress(annotations=nginx(**annotations))
    return table(made, more=(secret(), secret("users", "ann"), *more))


@pytest.mark.parametrize(
    ("annotations", "client", "answer"),
    [
        ({"whitelist_source_range": "192.0.2.0/24"}, "192.0.2.9", "web:80 /"),
        ({"whitelist_source_range": "192.0.2.0/24"}, "192.0.3.1", "403"),
        ({"allowlist_source_range": "192.0.2.7"}, "192.0.2.7", "web:80 /"),
        ({"whitelist_source_range": "10.0.0.0/8, 192.0.2.0/24"}, "192.0.2.9", "web:80 /"),
        ({"whitelist_source_range": "2001:db8::/32"}, "2001:db8::1", "web:80 /"),
        ({"whitelist_source_range": "2001:db8::/32"}, "192.0.2.1", "403"),
        ({"denylist_source_range": "192.0.2.0/24"}, "192.0.2.9", "403"),
        ({"denylist_source_range": "192.0.2.0/24"}, "192.0.3.9", "web:80 /"),
        (
            {"denylist_source_range": "192.0.2.9", "whitelist_source_range": "192.0.2.0/24"},
            "192.0.2.9",
            "403",
        ),
        (
            {"denylist_source_range": "192.0.2.9", "whitelist_source_range": "192.0.2.0/24"},
            "192.0.2.8",
            "web:80 /",
        ),
    ],
)
def test_source_ranges(annotations: dict[str, str], client: str, answer: str) -> None:
    assert said(routes(**annotations), HOST, client=client) == answer


def test_an_unknown_client_is_told() -> None:
    allowed = {"whitelist_source_range": "192.0.2.0/24"}
    decision = decide(routes(**allowed), HOST, client="")
    assert decision.outcome.upstream_path == "/"
    assert codes(decision) == ["KI401"]
    assert not decide(routes(**allowed), HOST, client="192.0.2.1").uncertain


def test_redirects_and_503_come_before_a_refused_client() -> None:
    denied = {"whitelist_source_range": "10.0.0.0/8"}
    https = routes(**denied, force_ssl_redirect="true")
    assert said(https, HOST) == "308 https://a.example"
    made = ingress("w", "w.example", path("/", "gone"), annotations=nginx(**denied))
    gone = compiled(*objects_for(ingress("x", "x.example", path("/", "other"))), made)
    assert said(gone, "http://w.example/") == "503"


@pytest.mark.parametrize(
    ("headers", "client", "answer"),
    [
        ({}, "192.0.2.1", "web:80 /"),
        ({"X-Forwarded-For": "203.0.113.1"}, "192.0.2.1", "403"),
        ({"X-Forwarded-For": "192.0.2.5"}, "203.0.113.1", "web:80 /"),
        ({"X-Forwarded-For": "192.0.2.5, 10.0.0.1"}, "10.0.0.2", "web:80 /"),
        ({"X-Forwarded-For": "nobody"}, "192.0.2.1", "web:80 /"),
        ({"X-Forwarded-For": "203.0.113.1"}, "2001:db8::1", "403"),
    ],
)
@pytest.mark.parametrize("key", ["use_forwarded_headers", "enable_real_ip"])
def test_the_client_behind_a_proxy(
    key: str, headers: dict[str, str], client: str, answer: str
) -> None:
    proxied = routes(config_map(**{key: "true"}), whitelist_source_range="192.0.2.0/24")
    assert said(proxied, HOST, client=client, headers=headers) == answer


def test_only_trusted_proxies_are_believed() -> None:
    trusting = config_map(
        use_forwarded_headers="true",
        proxy_real_ip_cidr="10.0.0.0/8",
        forwarded_for_header="X-Client",
    )
    proxied = routes(trusting, whitelist_source_range="192.0.2.0/24")
    claimed = {"X-Client": "192.0.2.5"}
    assert said(proxied, HOST, client="203.0.113.1", headers=claimed) == "403"
    assert said(proxied, HOST, client="10.0.0.1", headers=claimed) == "web:80 /"
    chain = {"X-Client": "192.0.2.5, 203.0.113.9, 10.0.0.7"}
    assert said(proxied, HOST, client="10.0.0.1", headers=chain) == "403"


def test_ranges_of_the_config_map() -> None:
    assert said(routes(config_map(whitelist_source_range="10.0.0.0/8")), HOST) == "403"
    own = {"whitelist_source_range": "192.0.2.0/24"}
    assert said(routes(config_map(whitelist_source_range="10.0.0.0/8"), **own), HOST) == "web:80 /"
    blocked = routes(config_map(block_cidrs="192.0.2.1"))
    assert said(blocked, HOST) == "403"
    assert said(blocked, "http://nobody.example/") == "403"
    # Rules of a location stand in for those of the whole server.
    assert said(routes(config_map(block_cidrs="192.0.2.1"), **own), HOST) == "web:80 /"


def credentials(text: str = "u:p", scheme: str = "Basic") -> dict[str, str]:
    return {"Authorization": f"{scheme} {base64.b64encode(text.encode()).decode()}"}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer x"},
        {"Authorization": "Basic"},
        credentials("without a colon"),
        credentials(scheme="Digest"),
    ],
)
def test_without_credentials(headers: dict[str, str]) -> None:
    decision = decide(routes(**BASIC), HOST, headers=headers)
    assert decision.outcome.status == 401
    assert not decision.uncertain


def test_with_credentials_the_secret_decides() -> None:
    for headers in (credentials(), credentials(scheme="basic")):
        decision = decide(routes(**BASIC), HOST, headers=headers)
        assert decision.outcome.upstream_path == "/"
        assert codes(decision) == ["KI401"]


@pytest.mark.parametrize(
    ("annotations", "answer"),
    [
        ({"auth_type": "basic", "auth_secret": "users"}, "503"),
        ({"auth_type": "basic", "auth_secret": "users", "auth_secret_type": "auth-map"}, "401"),
        ({"auth_type": "basic", "auth_secret": "default/ba"}, "401"),
        ({"auth_type": "digest", "auth_secret": "ba"}, "401"),
        ({"auth_secret": "missing"}, "web:80 /"),
    ],
)
def test_the_secret(annotations: dict[str, str], answer: str) -> None:
    assert said(routes(**annotations), HOST) == answer


def test_files_of_an_application_may_lack_the_secret() -> None:
    made = ingress(annotations=nginx(**BASIC))
    decision = decide(compiled(made), HOST)
    assert decision.outcome.status == 401
    assert decision.uncertain
    decision = decide(table(made), HOST)
    assert decision.outcome.status == 503
    assert not decision.uncertain


ANY = {**BASIC, "satisfy": "any", "whitelist_source_range": "192.0.2.0/24"}


@pytest.mark.parametrize(
    ("annotations", "client", "headers", "answer"),
    [
        (ANY, "192.0.2.1", {}, "web:80 /"),
        (ANY, "203.0.113.1", {}, "401"),
        (ANY, "203.0.113.1", credentials(), "web:80 /"),
        ({**ANY, "satisfy": "all"}, "192.0.2.1", {}, "401"),
        ({**ANY, "satisfy": "all"}, "203.0.113.1", credentials(), "403"),
        ({**ANY, "satisfy": "some"}, "203.0.113.1", {}, "403"),
        (
            {"satisfy": "any", "whitelist_source_range": "10.0.0.0/8"},
            "192.0.2.1",
            {},
            "403",
        ),
        (
            {**BASIC, "satisfy": "any", "denylist_source_range": "10.0.0.0/8"},
            "192.0.2.1",
            {},
            "401",
        ),
        ({"satisfy": "any", "denylist_source_range": "10.0.0.0/8"}, "192.0.2.1", {}, "web:80 /"),
    ],
)
def test_satisfy(
    annotations: dict[str, str], client: str, headers: dict[str, str], answer: str
) -> None:
    assert said(routes(**annotations), HOST, client=client, headers=headers) == answer


def test_nothing_is_uncertain_where_one_yes_is_enough() -> None:
    asked = routes(**ANY, auth_url="http://auth.example/")
    assert not decide(asked, HOST, client="192.0.2.1").uncertain
    assert decide(asked, HOST, client="203.0.113.1").uncertain


def test_another_service_decides() -> None:
    decision = decide(routes(auth_url="http://auth.example/verify"), HOST)
    assert decision.outcome.upstream_path == "/"
    assert codes(decision) == ["KI401"]
    assert "http://auth.example/verify" in decision.findings[0].message
    assert said(routes(**BASIC, auth_url="http://auth.example/"), HOST) == "401"


def test_that_of_the_config_map() -> None:
    globally = config_map(global_auth_url="http://auth.example/")
    assert codes(decide(routes(globally), HOST)) == ["KI401"]
    assert codes(decide(routes(globally, enable_global_auth="false"), HOST)) == []
    own = decide(routes(globally, auth_url="http://own.example/"), HOST)
    assert "own.example" in own.findings[0].message
    excepted = config_map(global_auth_url="http://auth.example/", no_auth_locations="/open,/x")
    made = ingress("web", "a.example", path("/open"), path("/x/y"), path("/shut"))
    excepting = table(made, more=(excepted,))
    assert codes(decide(excepting, f"{HOST}open/a")) == []
    assert codes(decide(excepting, f"{HOST}x/y")) == []
    assert codes(decide(excepting, f"{HOST}shut")) == ["KI401"]


def test_acme_paths_ask_for_no_password_but_for_an_address() -> None:
    made = ingress(
        "web",
        "a.example",
        path("/.well-known/acme-challenge/x", kind="Exact"),
        annotations=nginx(**BASIC, whitelist_source_range="192.0.2.0/24"),
    )
    asked = "http://a.example/.well-known/acme-challenge/x"
    excepting = table(made, more=(secret(),))
    assert said(excepting, asked).startswith("web:80")
    assert said(excepting, asked, client="203.0.113.1") == "403"


@pytest.mark.parametrize(
    "annotations",
    [
        {"limit_rps": "1"},
        {"limit_rpm": "10", "limit_burst_multiplier": "2"},
        {"limit_connections": "3"},
    ],
)
def test_limits_are_a_note(annotations: dict[str, str]) -> None:
    decision = decide(routes(**annotations), HOST)
    assert decision.outcome.upstream_path == "/"
    [finding] = decision.findings
    assert (finding.code, finding.level) == ("KI405", "info")
    assert not decision.uncertain


@pytest.mark.parametrize("annotations", [{"limit_rps": "0"}, {"limit_rate": "5"}])
def test_no_limit(annotations: dict[str, str]) -> None:
    assert codes(decide(routes(**annotations), HOST)) == []


def test_client_certificates() -> None:
    tls = secret("ca", "ca.crt")
    asking = {"auth_tls_secret": "default/ca"}
    assert decide(routes(tls, **asking), HOST).uncertain
    assert said(routes(tls, **asking), HOST) == "web:80 /"
    broken = routes(tls, auth_tls_secret="default/missing")
    other = ingress("other", "a.example", path("/other", "other"))
    for asked in ("", "other", "x"):
        assert said(broken, HOST + asked) == "403"
    made = ingress(annotations=nginx(auth_tls_secret="ca"))
    whole = table(made, other, more=(tls,))
    assert said(whole, f"{HOST}other") == "403"
    assert decide(whole, f"{HOST}other").findings[0].object == "Ingress default/web"


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("server-snippet", "server_snippet"),
        ("enable-modsecurity", "enable_modsecurity"),
        ("block-user-agents", "block_user_agents"),
    ],
)
def test_keys_that_nobody_can_follow(name: str, key: str) -> None:
    value = "true" if key == "enable_modsecurity" else "return 418;"
    decision = decide(routes(config_map(**{key: value})), HOST)
    assert codes(decision) == ["KI401"]
    assert name in decision.findings[0].message


def test_a_firewall() -> None:
    assert decide(routes(enable_modsecurity="true"), HOST).uncertain
    assert not decide(routes(enable_modsecurity="false"), HOST).uncertain


def test_a_reason_is_named_as_it_is_written() -> None:
    name = "whitelist-source-range"
    decision = decide(routes(whitelist_source_range="10.0.0.0/8"), HOST, client="11.0.0.1")
    assert any(
        step.field == ("metadata", "annotations", f"nginx.ingress.kubernetes.io/{name}")
        for step in decision.steps
    )
