"""Which hosts have a certificate, which one, and who is redirected to https for it."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest

from kubectl_ingress.certificates import self_signed
from kubectl_ingress.core.table import RouteTable
from tests.controllers.ingress_nginx.asking import aged, compiled, config_map, said, table
from tests.manifests import ingress, nginx, path


@cache
def pem(*names: str) -> str:
    return self_signed(names, datetime(2026, 1, 1, tzinfo=UTC))[0].decode()


def secret(name: str, *names: str) -> Any:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": "default"},
        "type": "kubernetes.io/tls",
        "stringData": {"tls.crt": pem(*names) if names else "no certificate", "tls.key": "x"},
    }


def tls(name: str, host: str, *entries: tuple[list[str], str], **annotations: str) -> Any:
    written = [{"hosts": hosts, **({"secretName": key} if key else {})} for hosts, key in entries]
    return ingress(name, host, path("/", name), annotations=nginx(**annotations), tls=written)


def certificate(routes: RouteTable, host: str) -> tuple[bool, str]:
    server = routes.server_for(host)
    return server.tls, server.certificate


def test_a_host_with_tls_is_redirected() -> None:
    routes = table(
        tls("a", "a.example", (["a.example"], "own")), more=(secret("own", "a.example"),)
    )
    assert said(routes, "http://a.example/x/") == "308 https://a.example/x"
    assert said(routes, "https://a.example/x/") == "a:80 /x/"
    assert certificate(routes, "a.example") == (True, "default/own")


@pytest.mark.parametrize("section", [(["a.example"], "gone"), (["b.example"], ""), ([], "")])
def test_even_without_a_secret_and_for_every_host_of_the_ingress(section: Any) -> None:
    routes = table(tls("a", "a.example", section), more=(secret("other", "z.example"),))
    assert said(routes, "http://a.example/x") == "308 https://a.example/x"
    assert certificate(routes, "a.example") == (True, "")


def test_other_ingresses_of_the_host_are_redirected_too() -> None:
    other = ingress("b", "a.example", path("/b", "b"))
    never = ingress("c", "a.example", path("/c", "c"), annotations=nginx(ssl_redirect="false"))
    routes = table(tls("a", "a.example", (["a.example"], "own")), other, never)
    assert said(routes, "http://a.example/b") == "308 https://a.example/b"
    assert said(routes, "http://a.example/c") == "c:80 /c"


@pytest.mark.parametrize("value", ["false", "0", "F"])
def test_unless_it_does_not_want_to(value: str) -> None:
    made = tls("a", "a.example", (["a.example"], "own"), ssl_redirect=value)
    assert said(table(made), "http://a.example/") == "a:80 /"


def test_settings_of_the_config_map_for_it() -> None:
    made = tls("a", "a.example", (["a.example"], "own"))
    assert said(table(made, more=(config_map(ssl_redirect="false"),)), "http://a.example/") == (
        "a:80 /"
    )
    forwarded = table(made, more=(config_map(use_forwarded_headers="true"),))
    offloaded = {"X-Forwarded-Proto": "https"}
    assert said(forwarded, "http://a.example/x", headers=offloaded) == "a:80 /x"
    assert said(forwarded, "http://a.example/x") == "308 https://a.example/x"


def test_rules_without_host_are_not_redirected() -> None:
    routes = table(tls("a", "", ([], "own")))
    assert said(routes, "http://nobody.example/") == "a:80 /"
    assert certificate(routes, "nobody.example") == (False, "")


def test_the_certificate_of_a_wildcard_counts_for_one_label() -> None:
    wild = tls("wild", "*.w.example", (["*.w.example"], "own"))
    exact = ingress("exact", "a.w.example", path("/", "exact"))
    deeper = ingress("deeper", "a.b.w.example", path("/", "deeper"))
    routes = table(wild, exact, deeper, more=(secret("own", "*.w.example"),))
    assert said(routes, "http://x.w.example/y") == "308 https://x.w.example/y"
    assert said(routes, "http://a.w.example/y") == "308 https://a.w.example/y"
    assert said(routes, "http://a.b.w.example/y") == "deeper:80 /y"
    assert certificate(routes, "x.w.example") == (True, "default/own")
    assert certificate(routes, "a.w.example") == (False, "")


@pytest.mark.parametrize(
    ("alias", "names", "answer"),
    [
        ("b.example", ("a.example", "b.example"), "308 https://b.example"),
        ("x.b.example", ("a.example", "*.b.example"), "308 https://x.b.example"),
        ("b.example", ("a.example",), "a:80 /"),
        ("b.example", (), "a:80 /"),
    ],
)
def test_an_alias_only_where_the_certificate_covers_it(
    alias: str, names: tuple[str, ...], answer: str
) -> None:
    made = tls("a", "a.example", (["a.example"], "own"), server_alias=alias)
    routes = table(made, more=(secret("own", *names),))
    assert said(routes, f"http://{alias}/") == answer
    assert said(routes, "http://a.example/") == "308 https://a.example"


def test_an_alias_below_a_wildcard_with_a_certificate() -> None:
    made = ingress("a", "a.example", path("/", "a"), annotations=nginx(server_alias="x.w.example"))
    wild = tls("wild", "*.w.example", (["*.w.example"], "own"))
    routes = table(made, wild, more=(secret("own", "*.w.example"),))
    assert said(routes, "http://x.w.example/") == "308 https://x.w.example"
    assert said(routes, "http://a.example/") == "a:80 /"


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([(["a.example"], "own"), (["a.example"], "wide")], "default/own"),
        ([(["b.example"], "wide"), (["A.Example"], "own")], "default/own"),
        ([(["b.example"], "other"), ([], "wide")], "default/wide"),
        ([(["b.example"], "wide")], "default/wide"),
        ([(["a.example"], "")], ""),
        # It names the host, and its certificate does not.
        ([(["a.example"], "other"), ([], "wide")], ""),
        ([(["a.example"], "broken")], ""),
        ([([], "other")], ""),
    ],
)
def test_which_certificate(entries: list[tuple[list[str], str]], expected: str) -> None:
    secrets = (
        secret("own", "a.example"),
        secret("wide", "*.example"),
        secret("other", "z.example"),
        secret("broken"),
    )
    routes = table(tls("a", "a.example", *entries), more=secrets)
    assert certificate(routes, "a.example") == (True, expected)


def test_the_oldest_ingress_with_tls_decides() -> None:
    secrets = (secret("one", "a.example"), secret("two", "a.example"))
    plain = aged(ingress("plain", "a.example", path("/p", "p")), 1)
    one = aged(tls("one", "a.example", (["a.example"], "one")), 2)
    two = aged(tls("two", "a.example", (["a.example"], "two")), 3)
    assert certificate(table(plain, one, two, more=secrets), "a.example") == (True, "default/one")


def test_the_controllers_own_certificate() -> None:
    flags = ("--default-ssl-certificate=default/usual",)
    made = tls("a", "a.example", (["a.example"], "gone"), server_alias="b.example")
    routes = table(made, more=(secret("usual", "b.example"),), flags=flags)
    assert certificate(routes, "a.example") == (True, "default/usual")
    assert said(routes, "http://b.example/") == "308 https://b.example"


def test_secrets_that_nobody_has_looked_for_are_taken_by_name() -> None:
    made = tls("a", "a.example", (["a.example"], "own"))
    assert certificate(compiled(made), "a.example") == (True, "default/own")
    assert certificate(table(made), "a.example") == (True, "")
