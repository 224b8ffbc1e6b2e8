"""What both servers do beside choosing: shares, limits, pages of errors; what they leave out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from kubectl_ingress.controllers import ingress_nginx
from kubectl_ingress.controllers._profile import Told
from kubectl_ingress.core.table import RouteTable
from kubectl_ingress.dataplane.limiting import Buckets
from tests.dataplane.serving import SERVERS, Answer, Backends, Served, exchange, get, serving
from tests.manifests import ingress, ingress_class, nginx, path, service, slice_of, snapshot

BASE = (ingress_class(), service(), slice_of(), service("other"), slice_of("other"))
START = Callable[..., Served]


def table_of(*objects: Any, **config: str) -> RouteTable:
    settings = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "c", "namespace": "default"},
        "data": {name.replace("_", "-"): value for name, value in config.items()},
    }
    found = snapshot(*BASE, settings, *objects)
    told = Told(("--configmap=default/c",))
    return ingress_nginx.compile(found, ingress_nginx.settings_of(told, found))


@pytest.fixture(params=SERVERS)
def serve(
    request: pytest.FixtureRequest, tmp_path: Path, backends: Backends
) -> Iterator[Callable[..., Served]]:
    """Starts one of the two servers with what objects make."""
    with ExitStack() as stack:

        def start(*objects: Any, elsewhere: bool = True, **config: str) -> Served:
            table = table_of(*objects, **config)
            table = backends.redirect(table) if elsewhere else table
            return stack.enter_context(serving(request.param, table, tmp_path))

        yield start


def ask(served: Served, target: str = "/", *headers: str, body: bytes = b"") -> Answer:
    method = "POST" if body else "GET"
    request = get(target, "a.example", *headers, method=method) + body
    return exchange(served.listen.http, request)


def test_a_canary_gets_its_share(serve: START) -> None:
    canary = nginx(canary="true", canary_weight="30")
    other = ingress("canary", "a.example", path("/", "other"), annotations=canary)
    served = serve(ingress(), other)
    seen = Counter(ask(served)["x-backend"] for _ in range(200))
    assert set(seen) == {"default/web:80", "default/other:80"}
    # Four standard deviations of 200 such choices are 26.
    assert 34 <= seen["default/other:80"] <= 86


def test_a_client_that_asks_too_often_gets_503(serve: START) -> None:
    limits = nginx(limit_rpm="2", limit_burst_multiplier="1")
    free = nginx(limit_rpm="2", limit_burst_multiplier="1", limit_allowlist="127.0.0.0/8")
    served = serve(ingress(annotations=limits), ingress("free", "b.example", annotations=free))
    assert [ask(served).status for _ in range(5)] == [200, 200, 200, 503, 503]
    unlimited = [exchange(served.listen.http, get("/", "b.example")).status for _ in range(5)]
    assert unlimited == [200] * 5


def test_a_bucket_empties_with_time_and_is_one_clients_own() -> None:
    now = [0.0]
    buckets = Buckets(lambda: now[0])
    assert [buckets.takes("z", "a", 1, 1) for _ in range(3)] == [True, True, False]
    assert buckets.takes("z", "b", 1, 1)
    assert buckets.takes("y", "a", 1, 1)
    now[0] = 1.0
    assert [buckets.takes("z", "a", 1, 1) for _ in range(2)] == [True, False]


@pytest.mark.parametrize(("size", "status"), [(10, 200), (11, 413)])
def test_a_body_of_unknown_length_is_measured_as_it_comes(
    size: int, status: int, serve: START
) -> None:
    served = serve(ingress(annotations=nginx(proxy_body_size="10")))
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (size, b"b" * size)
    assert ask(served, "/", "Transfer-Encoding: chunked", body=chunked).status == status


def test_a_large_body_passes_where_it_may(serve: START) -> None:
    served = serve(ingress(annotations=nginx(proxy_body_size="0")))
    size = (1 << 20) + 1
    assert ask(served, "/", f"Content-Length: {size}", body=b"b" * size).status == 200


def test_a_spare_backend_is_told_for_what_it_answers(serve: START) -> None:
    spare = nginx(default_backend="other")
    answer = ask(serve(ingress("web", "a.example", path("/", "none"), annotations=spare)), "/x?y")
    assert (answer["x-backend"], answer["x-target"]) == ("default/other:80", "/x?y")
    assert (answer["x-seen-x-code"], answer["x-seen-x-original-uri"]) == ("503", None)


PAGES = nginx(custom_http_errors="404,503,413", default_backend="other", proxy_body_size="10")


def test_a_page_answers_for_a_pod(serve: START) -> None:
    served = serve(ingress(annotations=PAGES))
    answer = ask(served, "/x?y", "X-Want-Status: 404", "Accept: text/plain")
    assert (answer.status, answer["x-backend"]) == (200, "default/other:80")
    seen = [answer[f"x-{name}"] for name in ("target", "seen-x-code", "seen-x-original-uri")]
    assert seen == ["/?y", "404", "/x?y"]
    assert answer["x-seen-x-format"] == "text/plain"
    assert ask(served, "/", "X-Want-Status: 500")["x-backend"] == "default/web:80"


def test_a_page_answers_for_the_server_itself(serve: START) -> None:
    closed = nginx(custom_http_errors="403", default_backend="other", whitelist_source_range="::1")
    answer = ask(serve(ingress(annotations=closed)), "/n?q")
    assert (answer.status, answer["x-backend"]) == (200, "default/other:80")
    assert (answer["x-target"], answer["x-seen-x-code"]) == ("/?q", "403")


def test_a_page_answers_for_a_pod_that_has_read_a_body(serve: START) -> None:
    served = serve(ingress(annotations=PAGES))
    headers = ("X-Want-Status: 404", "Content-Length: 3")
    assert ask(served, "/", *headers, body=b"abc")["x-seen-x-code"] == "404"
    large = ask(served, "/", "Content-Length: 11", body=b"b" * 11)
    assert (large["x-seen-x-code"], large["connection"]) == ("413", "close")


def test_without_a_spare_the_page_is_404(serve: START) -> None:
    served = serve(ingress(annotations=nginx(custom_http_errors="500")))
    assert ask(served, "/", "X-Want-Status: 500").status == 404


@pytest.mark.parametrize("satisfy", ["all", "any"])
def test_nobody_gets_in_by_a_password(satisfy: str, serve: START) -> None:
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "users", "namespace": "default"},
        "data": {"auth": "dTpw"},
    }
    closed = nginx(auth_type="basic", auth_secret="users", satisfy=satisfy)
    served = serve(ingress(annotations=closed), secret)
    for headers in ((), ("Authorization: Basic dTpw",)):
        answer = ask(served, "/", *headers)
        assert answer.status == 401
        assert (answer["www-authenticate"] or "").startswith("Basic realm=")
    assert "Ingress default/web: no password is known here" in served.read_log()


ASKS = {"auth_url": "http://auth.example/"}


@pytest.mark.parametrize(
    ("annotations", "statuses"),
    [
        (ASKS, [500, 500]),
        # In the order in which nginx checks: limits, addresses, and the service last.
        ({**ASKS, "whitelist_source_range": "10.0.0.0/8"}, [403, 403]),
        ({**ASKS, "limit_rpm": "1", "limit_burst_multiplier": "1"}, [500, 500, 503]),
        ({"whitelist_source_range": "10.0.0.0/8", "limit_rpm": "1"}, [403] * 6 + [503]),
        ({**ASKS, "whitelist_source_range": "127.0.0.1", "satisfy": "any"}, [200]),
        ({**ASKS, "whitelist_source_range": "10.0.0.0/8", "satisfy": "any"}, [500]),
        ({**ASKS, "permanent_redirect": "https://new.example/"}, [301]),
    ],
)
def test_a_service_that_would_be_asked_is_as_good_as_unreachable(
    annotations: dict[str, str], statuses: list[int], serve: START
) -> None:
    served = serve(ingress(annotations=nginx(**annotations)))
    assert [ask(served).status for _ in statuses] == statuses
    said = "Ingress default/web: nobody here asks http://auth.example/ who is let in"
    assert (said in served.read_log()) is ("auth_url" in annotations)


def test_what_a_proxy_before_it_says_counts_where_it_is_told_so(serve: START) -> None:
    forwarded = (
        "X-Forwarded-Proto: https",
        "X-Forwarded-Host: b.example:8443, c.example",
        "X-Forwarded-Port: 8443",
        "X-Forwarded-For: 192.0.2.1",
    )
    names = ("host", "x-forwarded-host", "x-forwarded-port", "x-forwarded-proto", "x-real-ip")
    answer = ask(serve(ingress(), use_forwarded_headers="true"), "/", *forwarded)
    seen = [answer[f"x-seen-{name}"] for name in names]
    assert seen == ["b.example:8443", "b.example:8443", "8443", "https", "192.0.2.1"]


def test_else_it_does_not(serve: START) -> None:
    answer = ask(serve(ingress()), "/", "X-Forwarded-Proto: https", "X-Forwarded-For: 192.0.2.1")
    assert (answer["x-seen-x-forwarded-proto"], answer["x-seen-x-real-ip"]) == ("http", "127.0.0.1")


@pytest.mark.parametrize(
    ("annotations", "said"),
    [
        (nginx(backend_protocol="HTTPS"), "backend-protocol cannot be served here"),
        (nginx(configuration_snippet="return 200;"), "configuration-snippet cannot be served here"),
        (nginx(auth_type="digest", auth_secret="users"), "auth-type digest is not known"),
    ],
)
def test_what_cannot_be_served_answers_503_and_is_named(
    annotations: dict[str, str], said: str, serve: START
) -> None:
    users = {"kind": "Secret", "apiVersion": "v1", "data": {"auth": ""}}
    users["metadata"] = {"name": "users", "namespace": "default"}
    allowed = {"allow_snippet_annotations": "true", "annotations_risk_level": "Critical"}
    bad = ingress("bad", "a.example", path("/bad"), annotations=annotations)
    first = ingress("first", "a.example", path("/good"))
    first["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00Z"
    bad["metadata"]["creationTimestamp"] = "2026-01-02T00:00:00Z"
    served = serve(first, bad, users, **allowed)
    assert ask(served, "/bad/x", "Authorization: Basic dTpw").status == 503
    assert ask(served, "/bad").status == 503
    assert ask(served, "/good").status == 200
    assert f"Ingress default/bad: {said}" in served.read_log()


def test_a_host_that_asks_for_certificates_is_left_out_whole(serve: START) -> None:
    ca = {"kind": "Secret", "apiVersion": "v1", "data": {"ca.crt": ""}}
    ca["metadata"] = {"name": "ca", "namespace": "default"}
    closed = ingress(
        "closed", "a.example", path("/c"), annotations=nginx(auth_tls_secret="default/ca")
    )
    served = serve(ingress("open", "a.example", path("/o")), closed, ingress("b", "b.example"), ca)
    assert [ask(served, target).status for target in ("/o", "/c", "/")] == [503] * 3
    assert exchange(served.listen.http, get("/", "b.example")).status == 200
    said = "Ingress default/closed: auth-tls-secret cannot be served here: its hosts answer 503"
    assert said in served.read_log()


def test_a_name_outside_of_the_cluster_is_not_looked_up(serve: START) -> None:
    away = service("away")
    away["spec"] |= {"type": "ExternalName", "externalName": "away.example"}
    served = serve(ingress("web", "a.example", path("/", "away")), away, elsewhere=False)
    assert ask(served).status == 503
    assert "Service default/away is an ExternalName" in served.read_log()


def test_what_only_adds_is_left_away_and_named_once(serve: START) -> None:
    served = serve(ingress(annotations=nginx(upstream_vhost="b.example", limit_connections="1")))
    assert ask(served)["x-seen-host"] == "a.example"
    assert "Ingress default/web: upstream-vhost has no effect here" in served.read_log()
    again = table_of(ingress(annotations=nginx(upstream_vhost="b.example")))
    served.server.load(again, served.certificates)
    assert served.read_log().count("upstream-vhost has no effect here") == 1


def test_what_the_real_nginx_would_refuse_is_refused(serve: START) -> None:
    served = serve(ingress(annotations=nginx(proxy_read_timeout="-1")))
    assert not served.loaded
    assert "proxy-read-timeout -1 is negative" in served.read_log()
