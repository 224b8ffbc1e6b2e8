"""Settings of the controller's own that stand beside those of ingress-nginx.

Only one with the same value makes a guard needless; of another nobody is told to take
the guard out, nor that there is nothing.
"""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_ingress.core.objects import Finding
from kubectl_ingress.lint.engine import Looking, all_rules, lint
from tests.lint.test_losses import NGINX, TLS, Objects, findings, path, subject, written

ALB = "alb.ingress.kubernetes.io/"
HAPROXY = "haproxy-ingress.github.io/"
OLD = "ingress.kubernetes.io/"
TRAEFIK = "traefik.ingress.kubernetes.io/router."
FRONTEND = "networking.gke.io/v1beta1.FrontendConfig"
RANGE = {"whitelist_source_range": "10.0.0.0/8"}
PASSWORD = {"auth_type": "basic", "auth_secret": "users"}
ASKED = {"auth_url": "https://login.example"}


def beside(objects: Objects, **own: str) -> Objects:
    objects[0]["metadata"]["annotations"] |= own
    return objects


def told(objects: Objects, controller: str) -> list[Finding]:
    """Of KI406 and KI408, with infos."""
    report = lint(subject(objects, controller), all_rules(), Looking(lambda o, f: None))
    found = [one.finding for one in report.found]
    return [one for one in found if one.code in ("KI406", "KI408")]


@pytest.mark.parametrize(
    ("controller", "guard", "own"),
    [
        ("alb", RANGE, {f"{ALB}inbound-cidrs": "0.0.0.0/0"}),
        ("alb", RANGE, {f"{ALB}security-groups": "sg-1"}),
        ("alb", RANGE, {f"{ALB}security-groups": "sg-1", f"{ALB}inbound-cidrs": "10.0.0.0/8"}),
        ("alb", ASKED, {f"{ALB}auth-type": "oidc"}),
        ("alb", PASSWORD, {f"{ALB}auth-type": "cognito"}),
        ("haproxy-ingress", RANGE, {f"{HAPROXY}whitelist-source-range": "0.0.0.0/0"}),
        ("haproxy-ingress", RANGE, {f"{HAPROXY}allowlist-source-range": "11.0.0.0/8"}),
        (
            "haproxy-ingress",
            RANGE,
            {
                f"{HAPROXY}whitelist-source-range": "10.0.0.0/8",
                f"{HAPROXY}allowlist-source-range": "0.0.0.0/0",
            },
        ),
        ("haproxy-ingress", PASSWORD, {f"{OLD}auth-secret": "default/users"}),
        ("f5-nginx", {"limit_rps": "5"}, {"nginx.org/limit-req-rate": "10000r/s"}),
        ("f5-nginx", {"limit_rps": "5"}, {"nginx.org/limit-req-rate": "5r/s"}),
    ],
    ids=str,
)
def test_another_value_is_a_warning_that_says_to_compare(
    controller: str, guard: dict[str, str], own: dict[str, str]
) -> None:
    found = told(beside(written(**guard), **own), controller)
    [warning] = [one for one in found if one.code == "KI408"]
    assert warning.level == "warning"
    assert any(f"{name}: {value}" in warning.message for name, value in own.items())
    assert warning.fix.startswith("compare ")
    assert not any("not needed" in one.message for one in found)


LIMIT = {"limit_rps": "5"}
CERTIFICATE = {"auth_tls_secret": "default/ca"}
F5 = "nginx.org/limit-req-"
F5_LIMIT = {f"{F5}rate": "5r/s", f"{F5}burst": "25", f"{F5}no-delay": "true"}


@pytest.mark.parametrize(
    ("controller", "guard", "own", "switch", "bad", "good"),
    [
        ("alb", RANGE, {f"{ALB}inbound-cidrs": "10.0.0.0/8"}, *switch)
        for switch in [(f"{ALB}security-group-prefix-lists", "pl-1", "")]
    ]
    + [
        ("f5-nginx", LIMIT, F5_LIMIT, *switch)
        for switch in [
            (f"{F5}dry-run", "true", "false"),
            (f"{F5}dry-run", "1", "0"),
            (f"{F5}key", "${request_uri}", "${binary_remote_addr}"),
        ]
    ]
    + [
        ("haproxy-ingress", guard, {f"{HAPROXY}{name}": value}, f"{prefix}{switch}", bad, good)
        for prefix in (HAPROXY, OLD)
        for guard, name, value, switch, bad, good in [
            (CERTIFICATE, "auth-tls-secret", "ca", "auth-tls-verify-client", "off", "on"),
            (CERTIFICATE, "auth-tls-secret", "ca", "auth-tls-verify-client", "optional", "on"),
            (CERTIFICATE, "auth-tls-secret", "ca", "auth-tls-strict", "false", "true"),
            ({"enable_modsecurity": "true"}, "waf", "modsecurity", "waf-mode", "detect", "deny"),
            (LIMIT, "limit-rps", "5", "limit-whitelist", "0.0.0.0/0", ""),
            ({"limit_rpm": "300"}, "limit-rps", "5", "limit-whitelist", "10.0.0.0/8", " "),
            ({"limit_connections": "5"}, "limit-connections", "5", "limit-whitelist", "::/0", ""),
            (RANGE, "whitelist-source-range", "10.0.0.0/8", "allowlist-source-header", "X-A", ""),
            (ASKED, "auth-url", "https://login.example", "auth-external-placement", "x", "backend"),
            ({"auth_secret": "users"}, "auth-secret", "users", "ssl-passthrough", "true", "false"),
        ]
    ],
    ids=str,
)
def test_what_is_switched_off_beside_it_is_a_warning(
    controller: str, guard: dict[str, str], own: dict[str, str], switch: str, bad: str, good: str
) -> None:
    objects = beside(written(**guard), **own, **{switch: bad})
    [warning] = [one for one in told(objects, controller) if one.field[-1] != switch]
    assert (warning.code, warning.level) == ("KI408", "warning")
    assert f" with {switch}: {bad} does the same" in warning.message
    assert f" without {switch}: {bad}" in warning.fix
    for value in (good, ""):
        found = told(beside(written(**guard), **own, **{switch: value}), controller)
        assert [(one.code, one.level) for one in found] == [("KI406", "info")]


@pytest.mark.parametrize("name", ["limit_whitelist", "limit_allowlist"])
def test_whom_a_limit_spares_on_both_makes_it_needless(name: str) -> None:
    own = {f"{HAPROXY}limit-rps": "5", f"{HAPROXY}limit-whitelist": "11.0.0.0/8,10.0.0.0/8"}
    objects = beside(written(limit_rps="5", **{name: "10.0.0.0/8, 11.0.0.0/8"}), **own)
    assert [one for one in told(objects, "haproxy-ingress") if one.code == "KI408"] == []


@pytest.mark.parametrize("flag", ["1", "T", "TRUE"])
def test_a_flag_may_be_written_as_go_takes_it(flag: str) -> None:
    objects = beside(written(**LIMIT), **{**F5_LIMIT, f"{F5}no-delay": flag})
    assert [(one.code, one.level) for one in told(objects, "f5-nginx")] == [("KI406", "info")]


def test_a_flag_of_kong_is_the_word_alone() -> None:
    objects = beside(written(path("/api"), rewrite_target="/"), **{"konghq.com/strip-path": "1"})
    assert [(one.code, one.level) for one in told(objects, "kong")] == [("KI406", "warning")]


@pytest.mark.parametrize(
    ("controller", "guard", "own"),
    [
        ("alb", RANGE, {f"{ALB}inbound-cidrs": "10.0.0.0/8"}),
        (
            "alb",
            {"whitelist_source_range": "10.0.0.0/8,11.0.0.0/8"},
            {f"{ALB}inbound-cidrs": "11.0.0.0/8, 10.0.0.0/8"},
        ),
        ("haproxy-ingress", RANGE, {f"{HAPROXY}allowlist-source-range": "10.0.0.0/8"}),
        ("haproxy-ingress", RANGE, {f"{OLD}whitelist-source-range": "10.0.0.0/8"}),
        ("haproxy-ingress", {"auth_secret": "users"}, {f"{OLD}auth-secret": "users"}),
        ("haproxy-ingress", {"auth_type": "basic"}, {f"{HAPROXY}auth-secret": "users"}),
    ],
    ids=str,
)
def test_the_same_value_makes_it_needless(
    controller: str, guard: dict[str, str], own: dict[str, str]
) -> None:
    found = told(beside(written(**guard), **own), controller)
    assert [(one.code, one.level) for one in found] == [("KI406", "info")]


@pytest.mark.parametrize(
    ("controller", "guard", "own"),
    [
        ("haproxy-ingress", ASKED, {f"{HAPROXY}auth-url": ""}),
        ("alb", RANGE, {f"{ALB}inbound-cidrs": " "}),
        ("alb", ASKED, {f"{ALB}auth-type": "none"}),
        ("f5-nginx", {"limit_rps": "5"}, {"nginx.org/limit-req-burst": "25"}),
    ],
    ids=str,
)
def test_what_does_nothing_leaves_it_an_error(
    controller: str, guard: dict[str, str], own: dict[str, str]
) -> None:
    found = told(beside(written(**guard), **own), controller)
    assert [(one.code, one.level) for one in found] == [("KI408", "error")]


def test_another_value_of_what_is_no_guard_is_told_too() -> None:
    objects = beside(written(proxy_read_timeout="60"), **{"nginx.org/proxy-read-timeout": "30s"})
    [finding] = told(objects, "f5-nginx")
    assert (finding.code, finding.level) == ("KI406", "warning")
    assert "nginx.org/proxy-read-timeout: 30s may differ" in finding.message
    assert (
        finding.fix == "compare the values; what does the same is nginx.org/proxy-read-timeout: 60s"
    )


def test_a_redirect_that_is_turned_off_is_an_error() -> None:
    objects = beside(written(tls=TLS, ssl_redirect="true"), **{f"{HAPROXY}ssl-redirect": "false"})
    assert [(one.code, one.level) for one in told(objects, "haproxy-ingress")] == [
        ("KI408", "error")
    ]


def frontend(enabled: bool) -> dict[str, Any]:
    return {
        "apiVersion": "networking.gke.io/v1beta1",
        "kind": "FrontendConfig",
        "metadata": {"name": "ours", "namespace": "default"},
        "spec": {"redirectToHttps": {"enabled": enabled}},
    }


@pytest.mark.parametrize("annotations", [{}, {"ssl_redirect": "true"}], ids=["tls", "annotation"])
def test_the_frontend_config_that_is_named_is_to_be_edited(annotations: dict[str, str]) -> None:
    objects = beside(written(tls=TLS, **annotations), **{FRONTEND: "ours"})
    for more, level in (([], "warning"), ([frontend(False)], "error")):
        [finding] = [one for one in told([*objects, *more], "gke") if one.code == "KI408"]
        assert finding.level == level
        assert finding.fix == "redirectToHttps: {enabled: true} in the spec of FrontendConfig ours"
    assert not [one for one in told([*objects, frontend(True)], "gke") if one.code == "KI408"]


@pytest.mark.parametrize(
    ("controller", "own"),
    [
        ("traefik", {f"{TRAEFIK}middlewares": "kube-system-redirect@kubernetescrd"}),
        ("kong", {"konghq.com/plugins": "ours"}),
    ],
)
@pytest.mark.parametrize("annotations", [{}, {"ssl_redirect": "true"}], ids=["tls", "annotation"])
def test_a_redirect_may_be_in_what_was_not_read(
    annotations: dict[str, str], controller: str, own: dict[str, str]
) -> None:
    found = told(beside(written(tls=TLS, **annotations), **own), controller)
    assert [(one.code, one.level) for one in found] == [("KI408", "warning")]


@pytest.mark.parametrize("annotations", [{}, {"ssl_redirect": "true"}], ids=["tls", "annotation"])
def test_what_http_does_not_reach_needs_no_redirect(annotations: dict[str, str]) -> None:
    own = {f"{TRAEFIK}entrypoints": "websecure", f"{TRAEFIK}tls": "true"}
    found = told(beside(written(tls=TLS, **annotations), **own), "traefik")
    assert [one for one in found if one.code == "KI408"] == []


def of_text(text: str, kind: str = "ImplementationSpecific", **annotations: str) -> Objects:
    return written(path(text, kind=kind), **annotations)


@pytest.mark.parametrize("controller", ["alb", "f5-nginx", "kong", "traefik"])
@pytest.mark.parametrize("kind", ["ImplementationSpecific", "Exact"])
def test_text_to_ingress_nginx_is_no_lost_pattern(kind: str, controller: str) -> None:
    said = findings(of_text("/static/app.*", kind), controller)
    assert [one for one in said if one.code == "KI506"] == []


@pytest.mark.parametrize(
    ("kind", "annotations", "is_pattern"),
    [
        ("Exact", {"use_regex": "true"}, True),
        ("Exact", {"use_regex": "false"}, False),
        ("Exact", {"rewrite_target": "/$1"}, True),
        ("Exact", {"rewrite_target": "/"}, True),
        ("Exact", {"rewrite_target": "/x.*"}, False),
        ("Prefix", {"rewrite_target": "/x$"}, True),
        ("Exact", {"rewrite_target": "/x$"}, True),
    ],
    ids=str,
)
def test_a_pattern_is_what_ingress_nginx_takes_for_one(
    kind: str, annotations: dict[str, str], is_pattern: bool
) -> None:
    objects = of_text("/x$", kind, **annotations)
    [nginx] = subject(objects, "ingress-nginx").routes.compiled
    assert any(one.regex_because for one in nginx.table.servers) == is_pattern
    said = findings(objects, "traefik")
    assert any(one.code == "KI506" for one in said) == is_pattern


def test_a_wildcard_of_alb_is_no_pattern_and_use_regex_no_needless_one() -> None:
    found = told(of_text("/static/app.*", use_regex="true"), "alb")
    assert [(one.code, one.level) for one in found] == [("KI406", "warning")]
    assert NGINX in found[0].message


def test_a_middleware_without_the_matcher_that_it_wants_is_told() -> None:
    objects = of_text("/v(\\d+)/(.*)", rewrite_target="/$2/$1")
    own = {f"{TRAEFIK}middlewares": "default-web-rewrite@kubernetescrd"}
    made = {
        "apiVersion": "traefik.io/v1alpha1",
        "kind": "Middleware",
        "metadata": {"name": "web-rewrite", "namespace": "default"},
        "spec": {"replacePathRegex": {"regex": "^/v(\\d+)/(.*)", "replacement": "/$2/$1"}},
    }
    [finding] = told([*beside(objects, **own), made], "traefik")
    assert finding.level == "warning"
    beside(objects, **{f"{TRAEFIK}pathmatcher": "PathRegexp"})
    [finding] = told([*objects, made], "traefik")
    assert finding.level == "info"
