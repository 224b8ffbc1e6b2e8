"""The F5 controller: TLS, redirects, and who is let in."""

from __future__ import annotations

from typing import Any

import pytest

from tests.controllers.f5 import custom, master, minion, one, secret, table, tls
from tests.controllers.ingress_nginx.asking import codes, config_map, decide, said
from tests.manifests import path

FORWARDED = {"X-Forwarded-Proto": "http"}
PASSWORD = {"Authorization": "Basic YTpi"}


# TLS.


def test_http_goes_to_https_whatever_the_path() -> None:
    routes = table(one("a", "h.t", path("/foo/", "web"), tls=tls("h.t")), more=(secret(),))
    assert said(routes, "http://h.t:8080/foo/?a=1", host="H.t") == "301 https://h.t:443/foo/?a=1"
    assert said(routes, "http://h.t/%7Enobody", "PUT") == "301 https://h.t:443/%7Enobody"
    assert said(routes, "http://h.t/foo") == "301 https://h.t:443/foo"
    assert said(routes, "http://h.t/", headers={"X-Forwarded-Proto": "https"}).startswith("301")
    assert said(routes, "https://h.t/foo/") == "web:80 /foo/"
    assert said(routes, "https://h.t/foo") == "301 https://h.t/foo/"
    assert said(routes, "https://h.t/nobody") == "404"
    assert codes(decide(routes, "http://h.t/nobody")) == []


@pytest.mark.parametrize(
    ("annotations", "config", "answer"),
    [
        ({"nginx.org/ssl-redirect": "false"}, {}, "web:80 /"),
        ({"ingress.kubernetes.io/ssl-redirect": "F"}, {}, "web:80 /"),
        (
            {"nginx.org/ssl-redirect": "1", "ingress.kubernetes.io/ssl-redirect": "F"},
            {},
            "301 https://h.t:443/",
        ),
        ({}, {"ssl_redirect": "false"}, "web:80 /"),
        ({"nginx.org/ssl-redirect": "true"}, {"ssl_redirect": "false"}, "301 https://h.t:443/"),
        ({"nginx.org/http-redirect-code": "307"}, {}, "307 https://h.t:443/"),
        ({}, {"http_redirect_code": "302"}, "302 https://h.t:443/"),
        ({}, {"http_redirect_code": "200"}, "301 https://h.t:443/"),
        ({"nginx.org/listen-ports-ssl": "8443,9443"}, {}, "301 https://h.t:8443/"),
        ({"nginx.org/redirect-to-https": "true"}, {}, "301 https://h.t:443/"),
    ],
)
def test_when_and_how_http_goes_to_https(
    annotations: dict[str, str], config: dict[str, str], answer: str
) -> None:
    made = one("a", "h.t", path("/", "web"), tls=tls("h.t"))
    made["metadata"]["annotations"] = annotations
    routes = table(made, more=(secret(), config_map("own", "ctl", **config)))
    assert said(routes, "http://h.t/", headers=FORWARDED) == answer


@pytest.mark.parametrize(
    ("entry", "more", "flags", "answer"),
    [
        (tls("h.t"), [secret()], (), "web:80 /"),
        (tls("h.t"), [secret("other")], (), "refused"),
        (tls("h.t"), [secret(kind="Opaque")], (), "refused"),
        (tls("h.t"), [secret("tls", "kubernetes.io/tls", "tls.crt")], (), "refused"),
        (tls("h.t", secret=""), [secret()], (), "refused"),
        (tls("h.t", secret=""), [secret()], ("-wildcard-tls-secret=ctl/all",), "web:80 /"),
        ([{"secretName": "tls"}], [secret()], (), "refused"),
        (tls("*.t"), [secret()], (), "refused"),
        ([*tls("h.t"), *tls("h.t", secret="no")], [secret()], (), "refused"),
        ([*tls("h.t", secret="no"), *tls("h.t")], [secret()], (), "web:80 /"),
    ],
)
def test_https_needs_a_certificate(
    entry: Any, more: list[Any], flags: tuple[str, ...], answer: str
) -> None:
    routes = table(one("a", "h.t", path("/", "web"), tls=entry), more=tuple(more), flags=flags)
    assert said(routes, "https://h.t/") == answer


def test_a_missing_secret_is_named_and_files_without_any_are_taken_to_have_it() -> None:
    made = one("a", "h.t", path("/", "web"), tls=tls("h.t"))
    [finding] = decide(table(made, more=(secret("other"),)), "https://h.t/").findings
    assert (finding.code, "Secret default/tls does not exist" in finding.message) == ("KI302", True)
    assert said(table(made), "http://h.t/") == "301 https://h.t:443/"
    assert said(table(made), "https://h.t/") == "web:80 /"
    [server] = [one for one in table(made).servers if one.host == "h.t"]
    assert server.certificate == "default/tls"


def test_a_host_without_tls_is_left_to_its_wildcard_on_https() -> None:
    wide = one("a", "*.t", path("/", "wide"), tls=tls("*.t"))
    routes = table(wide, one("b", "h.t", path("/", "own")), more=(secret(),))
    assert said(routes, "http://h.t/") == "own:80 /"
    assert said(routes, "https://h.t/") == "wide:80 /"
    assert said(routes, "https://other/") == "refused"
    told = ("-default-server-tls-secret=ctl/own",)
    assert said(table(wide, more=(secret(),), flags=told), "https://other/") == "404"


def test_redirect_to_https_believes_a_proxy() -> None:
    routes = table(one("a", "h.t", path("/a", "web"), org={"redirect-to-https": "true"}))
    assert said(routes, "http://h.t:8080/x?a", headers=FORWARDED) == "301 https://h.t/x?a"
    assert said(routes, "http://h.t/a") == "web:80 /a"
    assert said(routes, "http://h.t/a", headers={"X-Forwarded-Proto": "HTTP"}) == "web:80 /a"


def test_app_root_is_for_the_root_alone() -> None:
    org = {"app-root": "/web"}
    routes = table(one("a", "h.t", path("/", "web"), org=org, tls=tls("h.t")), more=(secret(),))
    assert said(routes, "http://h.t/") == "301 https://h.t:443/"
    assert said(routes, "https://h.t//?a=b", host="H.T") == "302 https://H.T/web"
    assert said(routes, "https://h.t/x") == "web:80 /x"


def test_a_host_of_grpc_alone_has_no_http() -> None:
    org = {"grpc-services": "web"}
    both = config_map("own", "ctl", http2="true"), secret()
    routes = table(one("a", "h.t", path("/", "web"), org=org, tls=tls("h.t")), more=both)
    assert said(routes, "http://h.t/") == "404"
    assert said(routes, "https://h.t/x") == "web:80 /x"
    mixed = one("a", "h.t", path("/", "web"), path("/b", "other"), org=org, tls=tls("h.t"))
    assert said(table(mixed, more=both), "http://h.t/") == "301 https://h.t:443/"
    assert said(table(mixed, more=(secret(),)), "http://h.t/") == "301 https://h.t:443/"


# Passwords.


@pytest.mark.parametrize(
    ("held", "without", "with_one"),
    [
        (secret("auth", "nginx.org/htpasswd", "htpasswd"), "401", "web:80 /a"),
        (secret("auth", "nginx.org/htpasswd", "auth"), "401", "403"),
        (secret("auth", "Opaque", "htpasswd"), "401", "403"),
        (secret("other"), "401", "403"),
    ],
)
def test_basic_auth_is_closed_without_a_usable_secret(
    held: Any, without: str, with_one: str
) -> None:
    routes = table(
        one("a", "h.t", path("/a", "web"), org={"basic-auth-secret": "auth"}), more=(held,)
    )
    assert said(routes, "http://h.t/a") == without
    assert said(routes, "http://h.t/nobody") == "401"
    assert said(routes, "http://h.t/a", headers=PASSWORD) == with_one
    assert said(routes, "http://h.t/a", headers={"Authorization": "Bearer x"}) == "401"


def test_a_password_is_not_known_here() -> None:
    held = secret("auth", "nginx.org/htpasswd", "htpasswd")
    made = one("a", "h.t", path("/a/", "web"), org={"basic-auth-secret": "auth"})
    routes = table(made, more=(held,))
    assert decide(routes, "http://h.t/a/", headers=PASSWORD).uncertain
    assert not decide(routes, "http://h.t/a/").uncertain
    assert said(routes, "http://h.t/a") == "301 http://h.t/a/"


def test_a_master_guards_its_host_and_a_minion_its_paths() -> None:
    held = secret("auth", "nginx.org/htpasswd", "htpasswd")
    parts = minion("a", "h.t", path("/a", "web")), minion("b", "h.t", path("/b", "web"))
    routes = table(master("m", "h.t", basic_auth_secret="auth"), *parts, more=(held,))
    assert [said(routes, f"http://h.t/{x}") for x in "abc"] == ["401", "401", "401"]
    guarded = minion("a", "h.t", path("/a", "web"), basic_auth_secret="auth")
    routes = table(master("m", "h.t"), guarded, parts[1], more=(held,))
    assert [said(routes, f"http://h.t/{x}") for x in "abc"] == ["401", "web:80 /b", "404"]


# Policies.


def policy(name: str = "p", **control: Any) -> Any:
    return custom("Policy", name, accessControl=control)


@pytest.mark.parametrize(
    ("control", "client", "answer"),
    [
        ({"allow": ["10.0.0.0/8"]}, "10.1.2.3", "web:80 /a"),
        ({"allow": ["10.0.0.0/8"]}, "192.0.2.1", "403"),
        ({"deny": ["10.0.0.1", "192.0.2.1"]}, "192.0.2.1", "403"),
        ({"deny": ["10.0.0.1"]}, "192.0.2.1", "web:80 /a"),
        ({"allow": ["::/0"]}, "192.0.2.1", "403"),
        ({"allow": ["garbage"]}, "192.0.2.1", "500"),
        ({"allow": ["10.0.0.1"], "deny": ["10.0.0.1"]}, "10.0.0.1", "500"),
    ],
)
def test_access_control(control: Any, client: str, answer: str) -> None:
    routes = table(
        one("a", "h.t", path("/a", "web"), org={"policies": "p"}), more=(policy(**control),)
    )
    assert said(routes, "http://h.t/a", client=client) == answer
    if answer in ("403", "500"):
        assert said(routes, "http://h.t/nobody", client=client) == answer


def test_an_unknown_client_leaves_access_open() -> None:
    given = (policy(allow=["10.0.0.0/8"]),)
    routes = table(one("a", "h.t", path("/a", "web"), org={"policies": "default/p"}), more=given)
    assert decide(routes, "http://h.t/a", client="").uncertain
    assert not decide(routes, "http://h.t/a", client="10.0.0.1").uncertain


@pytest.mark.parametrize(
    ("named", "flags"),
    [("no", ()), ("other/p", ()), ("p,no", ()), ("p", ("-enable-custom-resources=false",))],
)
def test_a_missing_policy_answers_500_on_the_whole_host(named: str, flags: tuple[str, ...]) -> None:
    made = one("a", "h.t", path("/a", "web"), org={"policies": named})
    routes = table(made, more=(policy(deny=["10.0.0.1"]),), flags=flags)
    assert said(routes, "http://h.t/nobody") == "500"
    [finding] = decide(routes, "http://h.t/a").findings
    assert finding.code == "KI506"


def test_a_policy_of_a_minion_takes_the_place_of_the_masters() -> None:
    routes = table(
        master("m", "h.t", policies="closed"),
        minion("a", "h.t", path("/a", "web"), policies="open"),
        minion("b", "h.t", path("/b", "web")),
        minion("c", "h.t", path("/c", "web"), policies="no"),
        more=(policy("closed", deny=["192.0.2.1"]), policy("open", allow=["192.0.2.0/24"])),
    )
    answers = [said(routes, f"http://h.t/{x}") for x in "abcd"]
    assert answers == ["web:80 /a", "403", "500", "403"]


def test_a_policy_comes_after_the_redirect_and_others_are_not_modelled() -> None:
    given = (
        secret(),
        policy(deny=["192.0.2.1"]),
        custom("Policy", "q", rateLimit={"rate": "1r/s"}),
    )
    made = one("a", "h.t", path("/", "web"), org={"policies": "p,q"}, tls=tls("h.t"))
    routes = table(made, more=given)
    assert said(routes, "http://h.t/") == "301 https://h.t:443/"
    assert said(routes, "https://h.t/") == "403"
    assert "KI401" in codes(decide(routes, "https://h.t/", client="10.0.0.1"))


# Sizes and limits.


@pytest.mark.parametrize(
    ("limit", "size", "answer"),
    [
        ("10", 10, "web:80 /"),
        ("10", 11, "413"),
        ("2k", 2048, "web:80 /"),
        ("2k", 2049, "413"),
        ("1g", 1 << 21, "web:80 /"),
        ("0", 1 << 30, "web:80 /"),
        (None, 1 << 20, "web:80 /"),
        (None, (1 << 20) + 1, "413"),
    ],
)
def test_bodies(limit: str | None, size: int, answer: str) -> None:
    made = one("a", "h.t", path("/", "web"), org={"client-max-body-size": limit} if limit else None)
    assert said(table(made), "http://h.t/", "POST", body_size=size) == answer


def test_a_rate_limit_is_said_and_a_bad_one_ignored() -> None:
    def findings(rate: str) -> list[str]:
        return codes(
            decide(
                table(one("a", "h.t", path("/", "web"), org={"limit-req-rate": rate})),
                "http://h.t/",
            )
        )

    assert findings("10r/s") == ["KI405"]
    assert findings("garbage") == findings("0r/s") == []
