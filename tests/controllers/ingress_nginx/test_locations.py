"""Which location takes a path: plain hosts, and hosts whose paths are all patterns."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_ingress.controllers._ingress_nginx import reading
from kubectl_ingress.core.table import RouteTable
from tests.controllers.ingress_nginx.asking import REGEX, aged, decide, said, table
from tests.manifests import ingress, nginx, path

HOST = "http://a.example"


def plain(*paths: Any) -> RouteTable:
    return table(ingress("web", "a.example", *paths))


@pytest.mark.parametrize(
    ("target", "answer"),
    [
        ("/foo", "p:80 /foo"),
        ("/foo/", "p:80 /foo/"),
        ("/foo/x?y", "p:80 /foo/x?y"),
        ("/foobar", "404"),
        ("/FOO", "404"),
        ("//foo", "p:80 //foo"),
        ("/x/../foo", "p:80 /x/../foo"),
        ("/%66oo", "p:80 /%66oo"),
        ("/foo%2Fx", "p:80 /foo%2Fx"),
        ("/exact", "e:80 /exact"),
        ("/exact/", "404"),
        ("/long/er/x", "l:80 /long/er/x"),
        ("/long/e", "s:80 /long/e"),
        ("/", "404"),
    ],
)
@pytest.mark.parametrize("kind", ["Prefix", REGEX])
def test_plain_host(kind: str, target: str, answer: str) -> None:
    routes = plain(
        path("/foo", "p", kind=kind),
        path("/exact", "e", kind="Exact"),
        path("/long", "s", kind=kind),
        path("/long/er", "l", kind=kind),
    )
    assert said(routes, HOST + target) == answer


@pytest.mark.parametrize(
    ("target", "answer"),
    [
        ("/foo", "301 http://a.example/foo/"),
        ("/foo?a=b/", "301 http://a.example/foo/?a=b/"),
        ("/foo?", "301 http://a.example/foo/"),
        ("//foo", "301 http://a.example/foo/"),
        ("/fo%6F", "301 http://a.example/foo/"),
        ("/foo/", "web:80 /foo/"),
    ],
)
@pytest.mark.parametrize("kind", ["Prefix", "Exact"])
def test_missing_slash(kind: str, target: str, answer: str) -> None:
    routes = plain(path("/foo/", kind=kind))
    assert said(routes, HOST + target) == answer
    assert said(routes, HOST + target, "POST") == answer


def test_missing_slash_drops_the_port_and_keeps_the_scheme() -> None:
    routes = plain(path("/foo/", kind="Exact"))
    assert said(routes, "https://A.example:8443/foo") == "301 https://a.example/foo/"


def test_missing_slash_comes_before_https_and_after_the_body() -> None:
    paths = path("/foo/", kind="Exact")
    force = nginx(force_ssl_redirect="true", proxy_body_size="10")
    routes = table(ingress("web", "a.example", paths, annotations=force))
    assert said(routes, f"{HOST}/foo") == "301 http://a.example/foo/"
    assert said(routes, f"{HOST}/foo", "POST", body_size=11) == "413"
    assert said(routes, f"{HOST}/foo/") == "308 https://a.example/foo"


@pytest.mark.parametrize(
    ("annotations", "answer"),
    [
        (nginx(relative_redirects="true"), "301 /foo/"),
        (nginx(whitelist_source_range="nothing"), "404"),
    ],
)
def test_missing_slash_with_annotations(annotations: dict[str, str], answer: str) -> None:
    exact = path("/foo/", kind="Exact")
    own = ingress("web", "a.example", exact, annotations=annotations)
    oldest = aged(ingress("old", "a.example", path("/y")), 1)
    assert said(table(aged(own, 2), oldest), f"{HOST}/foo") == answer


def test_exact_beside_a_missing_slash() -> None:
    routes = plain(path("/foo/", "slash"), path("/foo", "bare", kind="Exact"))
    assert said(routes, f"{HOST}/foo") == "bare:80 /foo"


def test_prefix_beside_exact_with_slash() -> None:
    routes = plain(path("/foo", "p"), path("/foo/", "e", kind="Exact"))
    assert said(routes, f"{HOST}/foo") == "p:80 /foo"
    assert said(routes, f"{HOST}/foo/") == "e:80 /foo/"
    assert said(routes, f"{HOST}/foo/x") == "p:80 /foo/x"


def test_paths_that_never_match_a_request() -> None:
    routes = plain(
        path("/a%20b", "encoded", kind=REGEX),
        path("/q?x", "query", kind=REGEX),
        path("/up/../y", "up", kind=REGEX),
        path("//two", "two", kind=REGEX),
        path("/caf\u00e9 x", "utf", kind=REGEX),
    )
    assert said(routes, f"{HOST}/a%20b") == "404"
    assert said(routes, f"{HOST}/a%2520b") == "encoded:80 /a%2520b"
    assert said(routes, f"{HOST}/q?x") == "404"
    assert said(routes, f"{HOST}/q%3Fx") == "query:80 /q%3Fx"
    assert said(routes, f"{HOST}/up/../y") == "404"
    assert said(routes, f"{HOST}//two") == "404"
    assert said(routes, f"{HOST}/caf%C3%A9%20x/y") == "utf:80 /caf%C3%A9%20x/y"


@pytest.mark.parametrize("target", ["/%", "/%zz", "/%00", "/..", "/a/../.."])
def test_malformed_paths(target: str) -> None:
    assert said(plain(path("/")), HOST + target) == "400"


def regex_host(*others: Any, **annotations: str) -> RouteTable:
    own = ingress(
        "re",
        "a.example",
        path("/api/v[0-9]+", "api", kind=REGEX),
        annotations=nginx(**(annotations or {"use_regex": "true"})),
    )
    return table(aged(own, 1), *others)


@pytest.mark.parametrize(
    ("target", "answer"),
    [
        ("/api/v1", "api:80 /api/v1"),
        ("/API/V12/x", "api:80 /API/V12/x"),
        ("/api/vx", "404"),
        ("/plain", "plain:80 /plain"),
        ("/plainer", "plain:80 /plainer"),
        ("/PLAIN/x", "plain:80 /PLAIN/x"),
        ("/exact/more", "exact:80 /exact/more"),
        ("/EXACT", "exact:80 /EXACT"),
        ("/aXb", "dot:80 /aXb"),
        ("/slash", "404"),
        ("/x/plain", "404"),
    ],
)
@pytest.mark.parametrize("namespace", ["default", "elsewhere"])
def test_one_pattern_makes_patterns_of_all_paths(namespace: str, target: str, answer: str) -> None:
    other = ingress(
        "other",
        "a.example",
        path("/plain", "plain"),
        path("/exact", "exact", kind="Exact"),
        path("/a.b", "dot"),
        path("/slash/", "slash"),
        namespace=namespace,
    )
    assert said(regex_host(aged(other, 2)), HOST + target) == answer


def test_a_pattern_elsewhere_changes_nothing() -> None:
    other = ingress("other", "b.example", path("/plain", "plain"))
    assert said(regex_host(other), "http://b.example/PLAIN") == "404"


def test_patterns_are_tried_by_length_then_from_the_end_of_the_alphabet() -> None:
    own = ingress(
        "re",
        "a.example",
        path("/a/.*", "star", kind=REGEX),
        path("/a/[a-z]+", "letters", kind=REGEX),
        path("/a/b", "b", kind=REGEX),
        path("/x..", "x", kind=REGEX),
        path("/..y", "y", kind=REGEX),
        annotations=nginx(use_regex="true"),
    )
    routes = table(own)
    assert said(routes, f"{HOST}/a/b") == "letters:80 /a/b"
    assert said(routes, f"{HOST}/a/1") == "star:80 /a/1"
    assert said(routes, f"{HOST}/x-y") == "x:80 /x-y"


def test_length_is_counted_in_bytes() -> None:
    own = ingress(
        "re",
        "a.example",
        path("/\u00e9.", "bytes", kind=REGEX),
        path("/...", "signs", kind=REGEX),
        annotations=nginx(use_regex="true"),
    )
    # Both are four bytes long, and the one that begins with a byte above ASCII is later.
    assert said(table(own), f"{HOST}/%C3%A9x") == "bytes:80 /%C3%A9x"


def test_of_exact_and_prefix_on_a_regex_host_the_older_one_is_tried_first() -> None:
    exact = aged(ingress("e", "a.example", path("/x", "e", kind="Exact")), 2)
    prefix = aged(ingress("p", "a.example", path("/x", "p")), 3)
    routes = regex_host(exact, prefix)
    assert said(routes, f"{HOST}/x/y") == "e:80 /x/y"
    routes = regex_host(aged(exact, 3), aged(prefix, 2))
    assert said(routes, f"{HOST}/x/y") == "p:80 /x/y"


def test_exact_root_on_a_regex_host_is_behind_the_automatic_one() -> None:
    own = ingress("re", "a.example", path("/", kind="Exact"), annotations=nginx(use_regex="true"))
    assert said(table(own), f"{HOST}/") == "404"


@pytest.mark.parametrize(
    "annotations",
    [
        {"use_regex": "yes"},
        {"use_regex": "false"},
        {"rewrite_target": "/a;b"},
        {"rewrite_target": "/a b"},
        {"rewrite_target": "/a?b"},
    ],
)
def test_what_makes_no_patterns(annotations: dict[str, str]) -> None:
    own = ingress("web", "a.example", path("/api"), annotations=nginx(**annotations))
    assert said(table(own), f"{HOST}/API") == "404"
    assert said(table(own), f"{HOST}/api/x") == "web:80 /api/x"


def test_a_target_that_is_the_path_makes_no_patterns() -> None:
    own = ingress("web", "a.example", path("/"), annotations=nginx(rewrite_target="/"))
    other = ingress("other", "a.example", path("/plain", "plain"))
    routes = table(aged(own, 1), aged(other, 2))
    assert said(routes, f"{HOST}/PLAIN/x") == "web:80 /PLAIN/x"
    assert said(routes, f"{HOST}/plain/x") == "plain:80 /plain/x"


def test_a_target_that_is_the_path_makes_patterns_through_what_is_not_that_path() -> None:
    target = nginx(rewrite_target="/api")
    automatic = table(ingress("web", "a.example", path("/api", kind="Exact"), annotations=target))
    assert said(automatic, f"{HOST}/API") == "web:80 /API"
    root = aged(ingress("root", "a.example", path("/", "root")), 1)
    exact = aged(ingress("w", "a.example", path("/api", kind="Exact"), annotations=target), 2)
    assert said(table(root, exact), f"{HOST}/API") == "root:80 /API"
    prefix = aged(ingress("w", "a.example", path("/api"), annotations=target), 2)
    assert said(table(root, prefix), f"{HOST}/API/x") == "web:80 /api"
    assert said(table(root, prefix), f"{HOST}/api") == "web:80 /api"


def test_a_canary_makes_no_patterns() -> None:
    canary = nginx(canary="true", canary_weight="0", use_regex="true", rewrite_target="/y")
    routes = table(
        aged(ingress("web", "a.example", path("/foo")), 1),
        aged(ingress("can", "a.example", path("/foo", "can"), annotations=canary), 2),
    )
    assert said(routes, f"{HOST}/FOO") == "404"
    assert said(routes, f"{HOST}/foo") == "web:80 /foo"


def test_the_reason_names_the_object_and_its_field() -> None:
    other = aged(ingress("other", "a.example", path("/plain", "plain")), 2)
    decision = decide(regex_host(other), f"{HOST}/plainer")
    mode = next(step for step in decision.steps if step.stage == "mode")
    assert mode.source == "Ingress default/re"
    assert mode.field == ("metadata", "annotations", "nginx.ingress.kubernetes.io/use-regex")


def test_health_and_status_of_the_default_server() -> None:
    routes = plain(path("/"))
    assert said(routes, "http://nobody.example/healthz") == "200"
    assert said(routes, "http://nobody.example/healthzz") == "200"
    assert said(routes, f"{HOST}/healthz") == "web:80 /healthz"
    assert said(routes, "http://nobody.example/nginx_status") == "403"
    assert said(routes, "http://nobody.example/nginx_status", client="127.0.0.1") == "200"


def test_health_is_hidden_where_the_default_server_has_patterns() -> None:
    own = ingress("any", "", path("/x", kind=REGEX), annotations=nginx(use_regex="true"))
    assert said(table(own), "http://nobody.example/healthz") == "404"


def test_another_path_of_health() -> None:
    routes = table(ingress(), flags=("--health-check-path=/alive",))
    assert said(routes, "http://nobody.example/alive") == "200"
    assert said(routes, "http://nobody.example/healthz") == "404"


VALUES = ("true", "10", "off", "10.0.0.0/8", "HTTPS", "error timeout", "a.b", "/a /b", "None")


def with_annotation(name: str, value: str) -> tuple[object, ...]:
    """What a table says of an Ingress with one annotation, beside what it needs itself."""
    needed = nginx(affinity="cookie") if name.startswith("session-cookie") else {}
    annotated = needed | nginx(**{name: value})
    tls = {"hosts": ["b.example"], "secretName": "web"}
    found = table(
        ingress("web", "a.example", path("/x"), path("/y", "y", kind=REGEX), annotations=annotated),
        ingress("tls", "b.example", annotations=annotated, tls=[tls]),
        ingress("all", "", annotations=annotated, defaultBackend=path()["backend"]),
    )
    return found.servers, found.default, found.findings, found.lost, found.refused


@pytest.mark.parametrize("name", sorted(reading.QUIET))
def test_quiet_annotations_change_nothing_that_locations_do(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet = [with_annotation(name, value) for value in VALUES]
    monkeypatch.setattr(reading, "QUIET", frozenset())
    assert [with_annotation(name, value) for value in VALUES] == quiet
