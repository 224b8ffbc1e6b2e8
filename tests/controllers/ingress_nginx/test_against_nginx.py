"""What comparing the model with a real nginx has found (tests/dataplane/test_differential.py)."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from kubectl_ingress.controllers import ingress_nginx
from kubectl_ingress.core.request import Outcome, Request
from tests.manifests import ingress, ingress_class, nginx, path, service, slice_of, snapshot

BASE = (ingress_class(), service(), slice_of(), service("other"), slice_of("other"))
REAL_IP = {"forwarded_headers": True}


def outcome(request: Request, *objects: Any, **config: Any) -> Outcome:
    settings = ingress_nginx.Settings()
    settings = replace(settings, config=replace(settings.config, **config))
    return ingress_nginx.compile(snapshot(*BASE, *objects), settings).decide(request).outcome


def rewritten(target: str, pattern: str = "/(.*)", **annotations: str) -> dict[str, Any]:
    anything = path(pattern, kind="ImplementationSpecific")
    changes = nginx(rewrite_target=target, **annotations)
    return ingress("web", "a.example", anything, annotations=changes)


def test_a_star_stands_for_letters_of_ascii() -> None:
    wild = ingress("web", "*.a.example")
    assert outcome(Request("ä.a.example"), wild).status == 404
    assert outcome(Request("a_b-1.a.example"), wild).backends


@pytest.mark.parametrize(("method", "status"), [("GET", 200), ("HEAD", 200), ("POST", 405)])
def test_the_status_page_is_only_read(method: str, status: int) -> None:
    request = Request("x.example", "/nginx_status", method=method, client="127.0.0.1")
    assert outcome(request).status == status


def test_a_client_that_may_not_see_the_status_page_is_refused_first() -> None:
    request = Request("x.example", "/nginx_status", method="POST", client="192.0.2.1")
    assert outcome(request).status == 403


@pytest.mark.parametrize(
    "objects",
    [
        ingress(annotations=nginx(custom_http_errors="404,499")),
        rewritten("/$uri", "/(?<uri>.*)"),
    ],
)
def test_nginx_does_not_load(objects: dict[str, Any]) -> None:
    table = ingress_nginx.compile(snapshot(*BASE, objects))
    assert table.refused is not None
    assert table.refused.code == "KI501"


@pytest.mark.parametrize("name", ["namespace", "args", "msie", "own"])
def test_a_group_may_have_the_name_of_what_can_be_set(name: str) -> None:
    table = ingress_nginx.compile(snapshot(*BASE, rewritten(f"/${name}", f"/(?<{name}>.*)")))
    assert table.refused is None


@pytest.mark.parametrize(
    ("cookies", "service"),
    [
        ("a=1, ck=always", "other"),
        ("CK = always; ck=never", "other"),
        ("ck; ck=always", "web"),
        ("xck=always;ck=never", "web"),
        ("ck=always ", "web"),
    ],
)
def test_cookies_as_nginx_reads_them(cookies: str, service: str) -> None:
    canary = nginx(canary="true", canary_by_cookie="ck")
    other = ingress("canary", "a.example", path("/", "other"), annotations=canary)
    request = Request("a.example", headers=(("Cookie", cookies),))
    assert [one.service for one in outcome(request, ingress(), other).backends] == [service]


def test_a_page_of_errors_is_asked_with_the_query() -> None:
    pages = nginx(custom_http_errors="403", default_backend="other", whitelist_source_range="::1")
    request = Request("a.example", "/x?a=b", client="127.0.0.1")
    assert outcome(request, ingress(annotations=pages)).upstream_path == "/?a=b"
    assert outcome(replace(request, target="/x?"), ingress(annotations=pages)).upstream_path == "/"


def test_there_is_no_page_for_an_empty_path() -> None:
    pages = rewritten("$1", "/x(.*)", custom_http_errors="500", default_backend="other")
    assert outcome(Request("a.example", "/x"), pages).status == 500


@pytest.mark.parametrize("host", ["a_b.example", "ä.example", "_"])
def test_a_url_as_target_has_a_plain_host(host: str) -> None:
    assert outcome(Request(host, f"http://{host}/")).status == 400
    assert outcome(Request(host, "/")).status == 404


@pytest.mark.parametrize("host", ["::1", "[::1]"])
def test_redirects_for_an_address_of_ipv6(host: str) -> None:
    slash = ingress("web", "", path("/x/", kind="Exact"))
    assert outcome(Request(host, "/x"), slash).location == "http://[::1]/x/"
    forced = ingress("web", "", annotations=nginx(force_ssl_redirect="true"))
    # Lua cuts the host at the first colon.
    assert outcome(Request(host, "/x"), forced).location == "https://[/x"


def test_the_client_of_a_rewrite_is_the_one_that_is_seen() -> None:
    forwarded = Request("a.example", "/", headers=(("X-Forwarded-For", "192.0.2.1"),))
    forwarded = replace(forwarded, client="127.0.0.1")
    one = rewritten("/$remote_addr")
    assert outcome(forwarded, one).upstream_path == "/127.0.0.1"
    assert outcome(forwarded, one, **REAL_IP).upstream_path == "/192.0.2.1"


def test_a_location_that_is_there_gets_no_slash() -> None:
    double = ingress("web", "a.example", path("//", kind="ImplementationSpecific"))
    assert outcome(Request("a.example", "/"), double).status == 404


def test_limits_answer_nothing_by_themselves() -> None:
    limited = ingress(annotations=nginx(limit_rps="1", limit_connections="1"))
    assert outcome(Request("a.example"), limited).backends
