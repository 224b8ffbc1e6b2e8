"""haproxy-ingress: TLS, redirects, who is let in, whose settings count, and what freezes it."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_ingress.controllers._haproxy.global_keys import GLOBAL_KEYS, KEYS
from kubectl_ingress.core.request import OutcomeKind
from tests.controllers.f5 import secret, tls
from tests.controllers.haproxy import annotated, compiled, one, table
from tests.controllers.ingress_nginx.asking import aged, codes, config_map, decide, said
from tests.manifests import path, service, slice_of

LOOSE = "ImplementationSpecific"
CONFIG = ("--configmap=ctl/own",)
PASSWORD = {"Authorization": "Basic YTpi"}


def with_config(*ingresses: Any, **data: str) -> Any:
    return table(*ingresses, more=(secret(), config_map("own", "ctl", **data)), flags=CONFIG)


# TLS and redirects.


def test_http_goes_to_https_on_paths_that_are_there() -> None:
    routes = with_config(one("a", "h.t", path("/foo/", "web"), tls=tls("h.t")))
    assert said(routes, "http://h.t:8080/foo/?a=%20") == "302 https://h.t:8080/foo/?a=%20"
    assert said(routes, "http://h.t/nobody") == "404"
    assert said(routes, "https://h.t/foo/") == "web:80 /foo/"
    assert said(routes, "https://other.t/") == "404"


def test_the_tls_of_one_ingress_is_that_of_its_host() -> None:
    routes = table(
        one("a", "h.t", path("/a", "web"), tls=tls("h.t")), one("b", "h.t", path("/b", "web"))
    )
    assert said(routes, "http://h.t/b") == "302 https://h.t/b"
    assert said(routes, "https://h.t/b") == "web:80 /b"


def test_a_host_without_tls_is_not_there_on_https() -> None:
    routes = table(
        one("a", "h.w.t", path("/a", "web")),
        one("b", "*.w.t", path("/", "wide")),
        one("c", "", path("/", "all")),
    )
    assert said(routes, "https://h.w.t/a") == "all:80 /a"
    assert said(routes, "http://h.w.t/a") == "web:80 /a"


@pytest.mark.parametrize(
    ("ha", "data", "answer"),
    [
        ({"ssl-redirect": "false"}, {}, "web:80 /a"),
        ({"ssl-redirect": "yes"}, {}, "302 https://h.t/a"),
        ({}, {"ssl_redirect": "false"}, "web:80 /a"),
        ({"ssl-redirect": "true"}, {"ssl_redirect": "false"}, "302 https://h.t/a"),
        ({}, {"ssl_redirect_code": "308"}, "308 https://h.t/a"),
    ],
)
def test_ssl_redirect(ha: dict[str, str], data: dict[str, str], answer: str) -> None:
    made = one("a", "h.t", path("/a", "web"), ha=ha, tls=tls("h.t"))
    assert said(with_config(made, **data), "http://h.t/a") == answer
    plain = one("a", "h.t", path("/a", "web"), ha=ha)
    assert said(with_config(plain, **data), "http://h.t/a") == "web:80 /a"


def test_locations_that_are_not_redirected_are_declared_ones() -> None:
    challenge = "http://h.t/.well-known/acme-challenge/x"
    root = one("a", "h.t", path("/", "web"), tls=tls("h.t"))
    assert said(table(root), challenge).startswith("302 ")
    declared = one("b", "h.t", path("/.well-known/acme-challenge", "solver"))
    assert said(table(root, declared), challenge) == "solver:80 /.well-known/acme-challenge/x"


def test_the_certificate_is_of_the_first_entry_and_else_the_controllers_own() -> None:
    routes = with_config(one("a", "h.t", path("/", "web"), tls=tls("h.t")))
    [server] = [found for found in routes.servers if found.host == "h.t"]
    assert (server.tls, server.certificate) == (True, "default/tls")
    routes = with_config(one("a", "h.t", path("/", "web"), tls=tls("h.t", secret="no")))
    [server] = [found for found in routes.servers if found.host == "h.t"]
    assert (server.tls, server.certificate) == (True, "")
    assert said(routes, "https://h.t/") == "web:80 /"


@pytest.mark.parametrize(
    ("url", "answer"),
    [
        ("http://h.t/", "302 /web"),
        ("http://h.t/?a", "302 /web"),
        ("http://h.t//", "web:80 //"),
        ("http://h.t/x", "web:80 /x"),
    ],
)
def test_app_root(url: str, answer: str) -> None:
    made = one("a", "h.t", path("/", "web"), ha={"app-root": "/web"})
    assert said(table(made), url) == answer


def test_app_root_comes_after_the_redirect_to_https() -> None:
    made = one("a", "h.t", path("/", "web"), ha={"app-root": "/web"}, tls=tls("h.t"))
    assert said(table(made), "http://h.t/") == "302 https://h.t/"
    assert said(table(made), "https://h.t/") == "302 /web"
    without_root = one("a", "h.t", path("/x", "web"), ha={"app-root": "/web"})
    assert said(table(without_root), "http://h.t/") == "302 https://h.t/"
    assert said(with_config(without_root, ssl_redirect="false"), "http://h.t/") == "302 /web"


def test_redirect_from_catches_hosts_and_what_they_miss() -> None:
    routes = table(
        one("a", "h.t", path("/", "web"), ha={"redirect-from": "old.t"}),
        one("b", "old.t", path("/kept", "kept")),
    )
    assert said(routes, "http://old.t/x?q") == "302 //h.t/x?q"
    assert said(routes, "http://old.t/kept") == "kept:80 /kept"
    by_regex = one("a", "h.t", path("/", "web"), ha={"redirect-from-regex": "^[a-z]+\\.old\\.t$"})
    assert (
        said(with_config(by_regex, redirect_from_code="301"), "http://a.old.t/x") == "301 //h.t/x"
    )
    assert said(table(by_regex), "http://a1.old.t/x") == "404"


def test_redirect_to_comes_first_and_needs_no_service() -> None:
    made = one("a", "h.t", path("/a", "gone"), ha={"redirect-to": "https://x.t/y"}, tls=tls("h.t"))
    routes = compiled(made, service("other"))
    assert said(routes, "http://h.t/a/b?q") == "302 https://x.t/y"
    assert said(routes, "https://h.t/a") == "302 https://x.t/y"
    assert said(routes, "http://h.t/b") == "404"


# Who is let in.


@pytest.mark.parametrize(
    ("ha", "client", "answer"),
    [
        ({"allowlist-source-range": "10.0.0.0/8"}, "10.1.1.1", "web:80 /"),
        ({"allowlist-source-range": "10.0.0.0/8"}, "192.0.2.1", "403"),
        ({"whitelist-source-range": "10.0.0.0/8"}, "192.0.2.1", "403"),
        ({"allowlist-source-range": "10.0.0.0/8,!10.1.0.0/16"}, "10.1.1.1", "403"),
        ({"denylist-source-range": "192.0.2.0/24"}, "192.0.2.1", "403"),
        ({"denylist-source-range": "192.0.2.0/24"}, "10.0.0.1", "web:80 /"),
        ({"allowlist-source-range": "garbage,10.0.0.1"}, "192.0.2.1", "403"),
        ({"allowlist-source-range": "garbage"}, "192.0.2.1", "web:80 /"),
    ],
)
def test_addresses(ha: dict[str, str], client: str, answer: str) -> None:
    assert (
        said(table(one("a", "h.t", path("/", "web"), ha=ha)), "http://h.t/", client=client)
        == answer
    )


def test_an_unknown_client_leaves_it_open() -> None:
    made = one(
        "a", "h.t", path("/", "web"), ha={"denylist-source-range": "10.0.0.1"}, tls=tls("h.t")
    )
    assert decide(table(made), "https://h.t/", client="").uncertain
    assert not decide(table(made), "http://h.t/", client="").uncertain


@pytest.mark.parametrize(
    ("held", "without"),
    [
        (secret("auth", "Opaque", "auth"), "401"),
        (secret("auth", "Opaque", "other"), "web:80 /"),
        (secret(), "web:80 /"),
    ],
)
def test_a_missing_secret_lets_everybody_in(held: Any, without: str) -> None:
    made = one("a", "h.t", path("/", "web"), ha={"auth-secret": "auth"})
    routes = table(made, more=(held,))
    assert said(routes, "http://h.t/") == without
    assert said(routes, "http://h.t/", headers=PASSWORD) == "web:80 /"
    assert decide(table(made), "http://h.t/").uncertain


@pytest.mark.parametrize(
    ("url", "answer"),
    [
        ("garbage", "403"),
        ("ftp://x.t", "403"),
        ("svc://gone:80", "403"),
        ("http://auth.t/x", "web:80 /"),
    ],
)
def test_a_server_that_nobody_can_ask_lets_nobody_in(url: str, answer: str) -> None:
    routes = table(one("a", "h.t", path("/", "web"), ha={"auth-url": url}))
    assert said(routes, "http://h.t/") == answer
    assert decide(routes, "http://h.t/").uncertain == (answer != "403")


def test_preflight_requests_and_bodies() -> None:
    routes = table(
        one("a", "h.t", path("/", "web"), ha={"cors-enable": "true", "proxy-body-size": "1k"})
    )
    assert said(routes, "http://h.t/", "OPTIONS") == "204"
    assert said(routes, "http://h.t/", "POST", body_size=1024) == "web:80 /"
    assert said(routes, "http://h.t/", "POST", body_size=1025) == "413"


@pytest.mark.parametrize(
    ("ha", "answer", "said_too"),
    [
        ({"limit-rps": "2"}, "web:80 /", ["KI405"]),
        ({"limit-rps": "many"}, "web:80 /", []),
        ({"limit-rps": "-1"}, "429", []),
    ],
)
def test_limits(ha: dict[str, str], answer: str, said_too: list[str]) -> None:
    routes = table(one("a", "h.t", path("/", "web"), ha=ha))
    assert said(routes, "http://h.t/") == answer
    assert codes(decide(routes, "http://h.t/")) == said_too


# Whose settings count.


def test_those_of_the_service_beat_those_of_the_ingress() -> None:
    made = one("a", "h.t", path("/a", "web"), ha={"rewrite-target": "/ingress"})
    own = annotated(service("web"), rewrite_target="/service")
    assert said(compiled(made, own, slice_of("web")), "http://h.t/a") == "web:80 /service"
    assert (
        said(compiled(made, service("web"), slice_of("web")), "http://h.t/a") == "web:80 /ingress"
    )


def test_the_former_prefix_comes_second() -> None:
    made = one("a", "h.t", path("/a", "web"))
    made["metadata"]["annotations"]["ingress.kubernetes.io/rewrite-target"] = "/former"
    assert said(table(made), "http://h.t/a") == "web:80 /former"
    assert said(table(annotated(made, rewrite_target="/new")), "http://h.t/a") == "web:80 /new"
    flags = ("--annotations-prefix=ingress.kubernetes.io",)
    assert said(table(made, flags=flags), "http://h.t/a") == "web:80 /former"


def test_a_config_map_that_nobody_names_counts_offline_where_it_is_the_only_one() -> None:
    made = one("a", "h.t", path("/a", "web"), tls=tls("h.t"))
    own = config_map("any", "ctl", ssl_redirect="false")
    other = config_map("else", "ctl", unrelated="x")
    assert said(table(made, more=(own, other)), "http://h.t/a") == "web:80 /a"
    rival = config_map("rival", "ctl", ssl_redirect="true")
    assert said(table(made, more=(own, rival)), "http://h.t/a") == "302 https://h.t/a"
    assert said(table(made, more=(own,), flags=("--configmap=ctl/no",)), "http://h.t/a") == (
        "302 https://h.t/a"
    )


# Pods by label.


def pod(name: str, group: str) -> Any:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default", "labels": {"group": group}},
    }


def groups(**ha: str) -> Any:
    made = one("a", "h.t", path("/", "web"), ha={key.replace("_", "-"): v for key, v in ha.items()})
    pods = pod("web-1", "blue"), pod("web-2", "blue"), pod("web-3", "green")
    return compiled(made, service("web"), slice_of("web", "web-1", "web-2", "web-3"), *pods)


@pytest.mark.parametrize(
    ("ha", "weights"),
    [
        ({"blue_green_balance": "group=blue=3,group=green=1"}, [3, 1]),
        ({"blue_green_deploy": "group=blue=3,group=green=1"}, [3, 1]),
        ({"blue_green_balance": "group=blue=0,group=green=1"}, [1]),
        ({"blue_green_balance": "group=blue=1,group=green=1", "blue_green_mode": "pod"}, [2, 1]),
        ({"blue_green_balance": "group=blue"}, [1]),
    ],
)
def test_weights_of_groups(ha: dict[str, str], weights: list[int]) -> None:
    outcome = decide(groups(**ha), "http://h.t/").outcome
    assert [backend.weight for backend in outcome.backends] == weights


def test_no_pod_of_a_group() -> None:
    assert said(groups(blue_green_balance="group=red=1"), "http://h.t/") == "503"


@pytest.mark.parametrize(
    ("ha", "headers", "pods"),
    [
        ({"blue_green_header": "X-G:group"}, {"X-G": "green"}, {"web-3"}),
        ({"blue_green_header": "X-G:group"}, {"X-G": "Green"}, {"web-1", "web-2", "web-3"}),
        ({"blue_green_cookie": "G:group"}, {"Cookie": "a=b; G=green"}, {"web-3"}),
        ({"blue_green_header": "bad"}, {"X-G": "green"}, {"web-1", "web-2", "web-3"}),
    ],
)
def test_a_header_or_a_cookie_chooses(
    ha: dict[str, str], headers: dict[str, str], pods: set[str]
) -> None:
    assert decide(groups(**ha), "http://h.t/", headers=headers).outcome.pods == pods


# What haproxy does not load.


def frozen(*objects: Any, **more: Any) -> str:
    decision = decide(table(*objects, one("z", "z.t", path("/", "other")), **more), "http://z.t/")
    if decision.outcome.kind is not OutcomeKind.REFUSED:
        return ""
    [finding] = decision.findings
    assert (finding.code, decision.outcome.status) == ("KI501", None)
    return finding.message


@pytest.mark.parametrize(
    ("ha", "paths", "blamed"),
    [
        ({"path-type": "regex"}, (path("/a(", "web", kind=LOOSE),), "no regular expression"),
        ({"server-alias-regex": "a("}, (path("/", "web"),), "no regular expression"),
        ({"redirect-from-regex": "a("}, (path("/", "web"),), "redirect-from-regex"),
        ({"balance-algorithm": "bogus"}, (path("/", "web"),), "balance-algorithm 'bogus'"),
        ({"initial-weight": "500"}, (path("/", "web"),), "initial-weight '500'"),
        ({"config-backend": "bogus 1"}, (path("/", "web"),), "bogus"),
        ({"config-backend": "http-request deny\nbogus 1"}, (path("/", "web"),), "bogus"),
        ({"rewrite-target": "/100%"}, (path("/a", "web"),), "rewrite-target"),
    ],
)
def test_what_freezes_everything(ha: dict[str, str], paths: tuple[Any, ...], blamed: str) -> None:
    assert blamed in frozen(one("a", "h.t", *paths, ha=ha))


@pytest.mark.parametrize(
    "ha",
    [
        {"balance-algorithm": "leastconn"},
        {"initial-weight": "256"},
        {"initial-weight": "garbage"},
        {"config-backend": "http-request set-header X y\n# comment"},
        {"rewrite-target": "/100%%"},
    ],
)
def test_what_does_not(ha: dict[str, str]) -> None:
    assert frozen(one("a", "h.t", path("/a", "web"), ha=ha)) == ""


@pytest.mark.parametrize(
    ("lines", "answer"),
    [
        ("http-request deny", "403"),
        ("http-request deny deny_status 429", "429"),
        ("http-request return status 200", "200"),
        ("redirect location https://x.t code 301", "301 https://x.t"),
        ("acl x path /y", "web:80 /"),
    ],
)
def test_lines_that_are_followed(lines: str, answer: str) -> None:
    made = one("a", "h.t", path("/", "web"), ha={"config-backend": lines})
    assert said(table(made), "http://h.t/") == answer
    assert not decide(table(made), "http://h.t/").uncertain


def test_lines_that_are_not_followed_or_not_allowed() -> None:
    made = one("a", "h.t", path("/", "web"), ha={"config-backend": "http-request deny if TRUE"})
    assert decide(table(made), "http://h.t/").uncertain
    assert not decide(table(made, flags=("--disable-config-keywords=*",)), "http://h.t/").uncertain


@pytest.mark.parametrize("name", sorted(KEYS))
def test_every_row_of_the_table(name: str) -> None:
    known = KEYS[name]
    assert known.name == name
    assert known.doc.endswith(".")
    assert known.valid is None or not known.default or known.valid(known.default)


def test_settings_that_are_not_modelled_make_answers_uncertain() -> None:
    name = next(key for key, known in sorted(GLOBAL_KEYS.items()) if not known.modelled)
    config = config_map("own", "ctl", **{name.replace("-", "_"): "x"})
    routes = table(one("a", "h.t", path("/", "web")), more=(config,), flags=CONFIG)
    assert codes(decide(routes, "http://h.t/")) == ["KI401"]


def test_the_oldest_value_of_a_service_port_counts_for_all_paths() -> None:
    old = aged(one("a", "h.t", path("/a", "web"), ha={"limit-rps": "-1"}), 1)
    young = aged(one("b", "k.t", path("/b", "web")), 2)
    assert said(table(old, young), "http://k.t/b") == "429"
