"""What the controller was told: flags, and which ConfigMap is its own."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_ingress.controllers import ingress_nginx
from kubectl_ingress.controllers._ingress_nginx.annotation import Risk
from kubectl_ingress.controllers._ingress_nginx.settings import Settings
from kubectl_ingress.controllers._profile import Told
from tests.controllers.ingress_nginx.asking import config_map, offline
from tests.manifests import controller, snapshot


def settings(*objects: Any, flags: tuple[str, ...] = (), namespace: str = "") -> Settings:
    return ingress_nginx.settings_of(Told(flags, namespace=namespace), offline(*objects))


OURS = config_map(force_ssl_redirect="true")
OTHER = config_map("mine", "apps", ssl_redirect="false")
STRANGER = config_map("app", "apps", colour="red")


@pytest.mark.parametrize(
    ("objects", "flags", "namespace", "source"),
    [
        ((), (), "", ""),
        ((OURS, OTHER), (), "", "ConfigMap ingress-nginx/ingress-nginx-controller"),
        ((OTHER, STRANGER), (), "", "ConfigMap apps/mine"),
        ((STRANGER,), (), "", ""),
        ((OTHER, config_map("two", "apps", proxy_body_size="5")), (), "", ""),
        ((OURS, OTHER), ("--configmap=apps/mine",), "", "ConfigMap apps/mine"),
        ((OURS, OTHER), ("--configmap", "apps/mine"), "", "ConfigMap apps/mine"),
        ((OURS, OTHER), ("--configmap=$(POD_NAMESPACE)/mine",), "apps", "ConfigMap apps/mine"),
        ((OURS, OTHER), ("--configmap=$(POD_NAMESPACE)/mine",), "", "ConfigMap apps/mine"),
        ((OURS, OTHER), ("--configmap=$(POD_NAMESPACE)/mine",), "elsewhere", ""),
        ((OURS,), ("--configmap=apps/gone",), "", ""),
    ],
)
def test_which_config_map(
    objects: tuple[Any, ...], flags: tuple[str, ...], namespace: str, source: str
) -> None:
    assert settings(*objects, flags=flags, namespace=namespace).config.source == source


def deployment(flag: str) -> Any:
    made = controller()[0]
    container = made["spec"]["template"]["spec"]["containers"][0]
    container["args"] = [*container["args"], flag] if flag else container["args"]
    return made


def test_that_of_a_deployment_among_the_files() -> None:
    mine = config_map("mine", "ingress-nginx", ssl_redirect="false")
    found = settings(OURS, mine, deployment("--configmap=$(POD_NAMESPACE)/mine"))
    assert found.config.source == "ConfigMap ingress-nginx/mine"
    assert not found.config.ssl_redirect
    assert settings(OURS, deployment("")).config.source == ""


def test_in_a_cluster_only_the_flag_counts() -> None:
    told = Told(("--ingress-class=nginx",), namespace="ingress-nginx")
    assert ingress_nginx.settings_of(told, snapshot(OURS)).config.source == ""


@pytest.mark.parametrize(
    ("key", "value", "field", "expected"),
    [
        ("ssl_redirect", "false", "ssl_redirect", False),
        ("ssl_redirect", "no", "ssl_redirect", True),
        ("use_forwarded_headers", "1", "forwarded_headers", True),
        ("http_redirect_code", "302", "redirect_code", 302),
        ("http_redirect_code", "200", "redirect_code", 308),
        ("http_redirect_code", "x", "redirect_code", 308),
        ("proxy_body_size", " 8m ", "body_size", "8m"),
        ("custom_http_errors", "404, x,503", "error_codes", (404, 503)),
        ("annotations_risk_level", "medium", "risk", Risk.MEDIUM),
        ("annotation_value_word_blocklist", "a, ,b", "blocked_words", ("a", "b")),
        ("no_auth_locations", "/a,/b", "without_auth", ("/a", "/b")),
        ("proxy_read_timeout", "five", "read_timeout", 60),
        ("http_snippet", "  ", "opaque", ()),
        ("http_snippet", "deny all;", "opaque", ("http-snippet",)),
    ],
)
def test_keys(key: str, value: str, field: str, expected: Any) -> None:
    assert getattr(settings(config_map(**{key: value})).config, field) == expected


def test_networks_that_are_none_are_left_out() -> None:
    config = settings(config_map(whitelist_source_range="10.0.0.1/8, nobody, ::1")).config
    assert [str(network) for network in config.allowed] == ["10.0.0.0/8", "::1/128"]


def test_defaults_are_those_of_no_flag() -> None:
    assert settings() == Settings()


def test_flags() -> None:
    found = settings(
        flags=(
            "--ingress-class=inner",
            "--controller-class=example.com/inner",
            "--watch-ingress-without-class",
            "--watch-namespace=$(POD_NAMESPACE)",
            "--default-backend-service=$(POD_NAMESPACE)/rest",
            "--http-port=8080",
            "--https-port=many",
        ),
        namespace="apps",
    )
    assert found == Settings(
        "inner",
        "example.com/inner",
        True,
        namespace="apps",
        default_backend="apps/rest",
        http_port=8080,
    )
    assert (found.port("http"), found.port("https")) == (8080, 443)
    assert found.class_rule.ingress_class == "inner"
