"""What nginx does not load, and then no host of any Ingress is served as it is written."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.table import RouteTable
from tests.controllers.ingress_nginx.asking import (
    REGEX,
    aged,
    config_map,
    decide,
    default_only,
    said,
    table,
)
from tests.manifests import ingress, nginx, path

GOOD = ingress("good", "good.example", path("/", "good"))


def bad(*paths: Any, host: str = "bad.example", name: str = "bad", **annotations: str) -> Any:
    return ingress(name, host, *(paths or (path("/p"),)), annotations=nginx(**annotations))


def refusal(*ingresses: Any, more: tuple[Any, ...] = ()) -> Finding | None:
    return table(GOOD, *ingresses, more=more).refused


def exact(text: str, service: str = "web") -> Any:
    return path(text, service, kind="Exact")


AUTH = "http://auth.example/check"
# https://github.com/kubernetes/ingress-nginx/tree/main/docs/examples/auth/oauth-external-auth
SIGN_IN = "https://$host/oauth2/start?rd=$escaped_request_uri"
FROZEN = {
    "Prefix /foo and Prefix /foo/": (bad(path("/foo"), path("/foo/")),),
    "the same from two": (
        aged(bad(path("/foo/")), 1),
        aged(bad(path("/foo"), name="other"), 2),
    ),
    "the same, the other way round": (
        aged(bad(path("/foo")), 1),
        aged(bad(path("/foo/"), name="other"), 2),
    ),
    "Prefix, Exact, Exact": (bad(path("/foo"), exact("/foo"), exact("/foo")),),
    "Exact, Prefix, Prefix": (bad(exact("/foo"), path("/foo"), path("/foo")),),
    "Prefix, Exact with slash, Prefix with slash": (
        bad(path("/foo"), exact("/foo/"), path("/foo/")),
    ),
    "two with Exact /": (
        aged(bad(exact("/")), 1),
        aged(bad(exact("/"), name="other"), 2),
    ),
    "Exact / twice without host": (bad(exact("/"), exact("/"), host=""),),
    "a path that is no pattern": (bad(path("/foo(", kind=REGEX), use_regex="true"),),
    "one of another Ingress": (
        bad(path("/r.*", kind=REGEX), use_regex="true"),
        bad(path("/foo(", kind=REGEX), name="other"),
    ),
    "a path that is no pattern, rewritten": (bad(path("/foo[", kind=REGEX), rewrite_target="/"),),
    "an alias that is no pattern": (bad(server_alias="~^(a"),),
    "an alias with a brace": (bad(server_alias="~^a{2}$"),),
    "an alias that is a star": (bad(server_alias="*"),),
    "an alias with a star inside": (bad(server_alias="www.*.example"),),
    "an alias with two dots": (bad(server_alias="a..example"),),
    "www of a wildcard": (bad(host="*.bad.example", from_to_www_redirect="true"),),
    "a variable in rewrite-target": (bad(rewrite_target="/$nosuch"),),
    "the whole match": (bad(rewrite_target="/$0"),),
    "a dollar at the end": (bad(rewrite_target="/x$"),),
    "a variable in app-root": (bad(app_root="/$nosuch"),),
    "a variable in upstream-vhost": (bad(upstream_vhost="$nosuch"),),
    "a variable in auth-url": (bad(auth_url="http://x/$nosuch"),),
    "a variable of asking others, where nobody is asked": (bad(upstream_vhost="$target"),),
    "a variable of signing in without it": (
        bad(auth_url=AUTH, upstream_vhost="x$escaped_request_uri"),
    ),
    "one of a denied Ingress": (
        bad(auth_url=AUTH, auth_signin=SIGN_IN, whitelist_source_range="x"),
        bad(name="other", host="x.example", upstream_vhost="$escaped_request_uri"),
    ),
    "a header more than there are": (
        bad(auth_url=AUTH, auth_response_headers="x-a", upstream_vhost="$authHeader1"),
    ),
    "a variable of CORS without it": (bad(rewrite_target="/$cors"),),
    "a variable of www names without one": (bad(rewrite_target="/$redirect_to"),),
    "a variable of a module that is off": (bad(rewrite_target="/$opentelemetry_trace_id"),),
    "a variable in x-forwarded-prefix": (bad(rewrite_target="/", x_forwarded_prefix="/$nosuch"),),
    "a negative time": (bad(proxy_read_timeout="-1"),),
    "a negative number of tries": (bad(proxy_next_upstream_tries="-1"),),
    "one buffer": (bad(proxy_buffers_number="1"),),
    "two buffers": (bad(proxy_buffers_number="2"),),
    "buffers that are busy": (bad(proxy_busy_buffers_size="16k"),),
    "few that are busy": (bad(proxy_busy_buffers_size="1k"),),
    "one path of a cookie": (bad(proxy_cookie_path="/x"),),
}


@pytest.mark.parametrize("ingresses", FROZEN.values(), ids=FROZEN)
def test_frozen(ingresses: tuple[Any, ...]) -> None:
    routes = table(GOOD, *ingresses)
    assert said(routes, "http://good.example/") == "refused"
    assert said(routes, "http://bad.example/p") == "refused"
    finding = routes.refused
    assert finding is not None
    assert finding.code == "KI501"
    assert finding.object in ("Ingress default/bad", "Ingress default/other")
    assert finding.object.removeprefix("Ingress default/") in finding.fix
    assert decide(routes, "http://good.example/").findings == (finding,)


SERVED = {
    "the same paths as patterns": (bad(path("/foo"), path("/foo/"), use_regex="true"),),
    "Prefix and Exact": (bad(path("/foo"), exact("/foo")),),
    "Prefix and Exact with slash": (bad(path("/foo"), exact("/foo/")),),
    "the same Prefix twice": (bad(path("/foo"), path("/foo")),),
    "two hosts": (bad(path("/foo")), bad(path("/foo/"), host="x.example", name="other")),
    "a strange path where paths are plain": (bad(path("/foo(", kind=REGEX)),),
    "a pattern of a header": (bad(canary_by_header_pattern="("),),
    "aliases": (bad(server_alias="*.a.example, mail.*, ~^x.*$, .y.example"),),
    "variables of nginx": (bad(rewrite_target="/$uri$arg_x$http_y$cookie_z$upstream_addr"),),
    "variables of the template": (bad(rewrite_target="/$service_name/$Namespace"),),
    "the variables of those who ask others": (
        bad(
            auth_url=AUTH,
            auth_signin=SIGN_IN,
            auth_cache_key="$remote_user$http_authorization",
            auth_response_headers="x-a, x-b",
            upstream_vhost="$target$cache_key$tmp_cache_key$auth_cookie$authHeader1",
        ),
    ),
    "the variable of signing in elsewhere": (
        bad(auth_url=AUTH, auth_signin=SIGN_IN),
        bad(name="other", host="x.example", upstream_vhost="$escaped_request_uri"),
    ),
    "the variable of CORS": (bad(enable_cors="true", rewrite_target="/$cors"),),
    "the variable of www names": (
        bad(from_to_www_redirect="true", rewrite_target="/$redirect_to"),
    ),
    "the variables of a module that one Ingress has loaded": (
        bad(enable_opentelemetry="true", rewrite_target="/$opentelemetry_trace_id"),
    ),
    "a group's name": (bad(path("/(?<rest>.*)", kind=REGEX), rewrite_target="/$rest"),),
    "a group's name elsewhere": (
        bad(path("/(?<rest>.*)", kind=REGEX), use_regex="true"),
        bad(name="other", host="x.example", upstream_vhost="$rest"),
    ),
    "the label of a wildcard": (bad(host="*.bad.example", rewrite_target="/$subdomain"),),
    "a prefix that is not sent": (bad(x_forwarded_prefix="/$nosuch"),),
    "values of a canary": (bad(canary="true", upstream_vhost="$nosuch"),),
    "values of a denied Ingress": (bad(whitelist_source_range="x", proxy_read_timeout="-1"),),
    "values of an Ingress that has lost all": (
        aged(bad(path("/")), 1),
        aged(bad(path("/"), name="other", upstream_vhost="$nosuch"), 2),
    ),
    "an app-root that does not count": (
        default_only("bad", "web", **nginx(app_root="/$nosuch", rewrite_target="/$nosuch")),
    ),
    "units": (bad(proxy_read_timeout="-1s"),),
    "three buffers": (bad(proxy_buffers_number="3"),),
    "large buffers": (bad(proxy_buffer_size="16k", proxy_busy_buffers_size="32k"),),
    "two paths of a cookie": (bad(proxy_cookie_path="/x /y"),),
    "no path of a cookie": (bad(proxy_cookie_path="off"),),
    "an Ingress that is left out": (bad(rewrite_target="/$nosuch", load_balance="magic"),),
}


@pytest.mark.parametrize("ingresses", SERVED.values(), ids=SERVED)
def test_served(ingresses: tuple[Any, ...]) -> None:
    assert refusal(*ingresses) is None


@pytest.mark.parametrize("data", [{"proxy_read_timeout": "-1"}, {"proxy_buffers_number": "2"}])
def test_the_config_map_may_do_it(data: dict[str, str]) -> None:
    finding = refusal(bad(app_root="/x"), more=(config_map(**data),))
    assert finding is not None
    assert finding.object == "ConfigMap ingress-nginx/ingress-nginx-controller"
    assert "kubectl edit configmap ingress-nginx-controller -n ingress-nginx" in finding.fix


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (
            {"global_auth_url": AUTH, "global_auth_signin": SIGN_IN},
            "$escaped_request_uri$target$auth_cookie",
        ),
        ({"global_auth_url": AUTH, "global_auth_cache_key": "$remote_user"}, "$cache_key"),
        ({"global_auth_url": AUTH, "global_auth_response_headers": "a,b"}, "$authHeader1"),
        (
            {"use_forwarded_headers": "true", "compute_full_forwarded_for": "true"},
            "$full_x_forwarded_for",
        ),
        (
            {"use_forwarded_headers": "true", "use_proxy_protocol": "true"},
            "$forwarded_for_proxy_protocol$proxy_protocol_addr_trusted",
        ),
        ({"block_user_agents": "bot"}, "$block_ua"),
        ({"block_referers": "x.example"}, "$block_ref"),
        ({"use_geoip2": "true"}, "$geoip2_city_country_code"),
        ({"enable_opentelemetry": "true"}, "$opentelemetry_span_id"),
        ({"enable_brotli": "true"}, "$brotli_ratio"),
        ({"http_snippet": "map $host $own { default 1; }"}, "$own"),
    ],
)
def test_settings_bring_variables(data: dict[str, str], value: str) -> None:
    assert refusal(bad(upstream_vhost=value)) is not None
    assert refusal(bad(upstream_vhost=value), more=(config_map(**data),)) is None


def test_connections_that_are_kept_bring_variables() -> None:
    kept = bad(auth_url=AUTH, auth_keepalive="2", upstream_vhost="$auth_path")
    # Not over HTTP/2, which is the default.
    assert refusal(kept) is not None
    assert refusal(kept, more=(config_map(use_http2="false"),)) is None


def test_paths_that_ask_nobody_know_no_one_who_signs_in() -> None:
    one = bad(auth_url=AUTH, auth_signin=SIGN_IN)
    assert refusal(one, more=(config_map(no_auth_locations="/"),)) is not None


@pytest.mark.parametrize("allowed", [True, False])
def test_a_snippet_makes_the_variables_that_it_names(allowed: bool) -> None:
    one = bad(configuration_snippet="set $own 1;", rewrite_target="/$own")
    data = {"annotations_risk_level": "Critical", "allow_snippet_annotations": str(allowed)}
    assert (refusal(one, more=(config_map(**data),)) is None) is allowed


@pytest.mark.parametrize(
    ("name", "freezes"), [("app_root", True), ("auth_url", True), ("upstream_vhost", False)]
)
def test_a_denied_ingress_keeps_what_stands_outside_of_locations(name: str, freezes: bool) -> None:
    value = "http://x/$nosuch" if name == "auth_url" else "/$nosuch"
    denied = bad(whitelist_source_range="x", **{name: value})
    assert (refusal(denied) is not None) is freezes


def test_what_to_mend_is_named() -> None:
    finding = refusal(bad(path("/foo"), path("/foo/")))
    assert finding is not None
    assert "host bad.example has Prefix /foo and /foo/, which are one to nginx" in finding.message
    assert finding.origin.line == 1
    finding = refusal(bad(app_root="/$nosuch"))
    assert finding is not None
    assert "app-root /$nosuch" in finding.message
    assert finding.fix == "correct the annotation app-root: kubectl edit ingress bad -n default"


def routes_of(*ingresses: Any) -> RouteTable:
    return table(GOOD, *ingresses)


def test_a_foreign_ingress_freezes_nothing() -> None:
    foreign = bad(path("/foo"), path("/foo/"))
    foreign["spec"]["ingressClassName"] = "other"
    assert said(routes_of(foreign), "http://good.example/") == "good:80 /"
