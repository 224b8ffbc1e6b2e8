"""Which Ingresses count: by class, by namespace, by flags, by their annotations."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_ingress.controllers import ingress_nginx
from kubectl_ingress.controllers._ingress_nginx.selection import selects
from tests.controllers.ingress_nginx.asking import compiled, config_map, decide, said, table
from tests.manifests import ingress, ingress_class, nginx, service, slice_of, snapshot

HOST = "http://a.example/"


def classed(name: str | None, annotation: str | None = None) -> Any:
    made = ingress(annotations={"kubernetes.io/ingress.class": annotation} if annotation else {})
    if name is None:
        del made["spec"]["ingressClassName"]
    else:
        made["spec"]["ingressClassName"] = name
    return made


CLASSES = (
    ingress_class(),
    ingress_class("nginx2"),
    ingress_class("foreign", "example.com/other"),
)


@pytest.mark.parametrize(
    ("one", "flags", "answer"),
    [
        (classed("nginx"), (), "web:80 /"),
        (classed("nginx2"), (), "web:80 /"),
        (classed("nginx", "other"), (), "web:80 /"),
        (classed("foreign", "nginx"), (), "404"),
        (classed("ghost"), (), "404"),
        (classed(None, "nginx"), (), "web:80 /"),
        (classed(None, "nginx2"), (), "404"),
        (classed(None, "nginx2"), ("--ingress-class=nginx2",), "web:80 /"),
        (classed(None), (), "404"),
        (classed(None), ("--watch-ingress-without-class",), "web:80 /"),
        (classed(None), ("--watch-ingress-without-class=true",), "web:80 /"),
        (classed(None), ("--watch-ingress-without-class=false",), "404"),
        (classed(None, "other"), ("--watch-ingress-without-class=true",), "404"),
        (classed("foreign"), ("--controller-class=example.com/other",), "web:80 /"),
        (classed("nginx"), ("--controller-class=example.com/other",), "404"),
        (classed("foreign"), ("--ingress-class=foreign", "--ingress-class-by-name"), "web:80 /"),
        (classed("foreign"), ("--ingress-class=foreign",), "404"),
        (classed("nginx2"), ("--ingress-class-by-name=true",), "web:80 /"),
    ],
)
def test_class(one: Any, flags: tuple[str, ...], answer: str) -> None:
    routes = compiled(*CLASSES, service(), slice_of(), one, flags=flags)
    assert said(routes, HOST) == answer
    if answer == "404":
        assert [ignored.ingress.meta.name for ignored in routes.ignored] == ["web"]


@pytest.mark.parametrize(
    ("flags", "answer"),
    [
        (("--watch-namespace=default",), "web:80 /"),
        (("--watch-namespace=other",), "404"),
        (("--watch-namespace-selector=team=a",), "web:80 /"),
        (("--watch-namespace-selector", "team!=a"), "404"),
        (("--disable-catch-all",), "web:80 /"),
    ],
)
def test_flags(flags: tuple[str, ...], answer: str) -> None:
    namespace = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": "default", "labels": {"team": "a"}},
    }
    routes = table(ingress(), more=(namespace,), flags=flags)
    assert said(routes, HOST) == answer
    if answer == "404":
        finding = routes.ignored[0].finding
        assert finding.code == "KI210"
        assert flags[0].partition("=")[0] in finding.message


def test_disable_catch_all_leaves_out_rules_too() -> None:
    default = {"service": {"name": "web", "port": {"number": 80}}}
    routes = table(ingress(defaultBackend=default), flags=("--disable-catch-all",))
    assert said(routes, HOST) == "404"
    assert [one.finding.code for one in routes.ignored] == ["KI210"]


def test_a_namespace_that_nobody_knows_is_taken_and_told() -> None:
    routes = table(ingress(), flags=("--watch-namespace-selector=team=a",))
    assert said(routes, HOST) == "web:80 /"
    assert [finding.code for finding in routes.findings] == ["KI401"]


@pytest.mark.parametrize(
    ("selector", "met"),
    [
        ("a=1", True),
        ("a==1", True),
        ("a=2", False),
        ("a!=1", False),
        ("z!=1", True),
        ("a", True),
        ("!a", False),
        ("z", False),
        ("!z", True),
        ("a in (1, 2)", True),
        ("a in (2)", False),
        ("a notin (2),b=x", True),
        ("a notin (1)", False),
        ("z notin (1)", True),
        ("a=1,b=y", False),
        ("", True),
    ],
)
def test_selectors(selector: str, met: bool) -> None:
    assert selects(selector, {"a": "1", "b": "x"}) is met


DROPPED = (
    {"permanent_redirect": "no url"},
    {"permanent_redirect": "https://x/$1"},
    {"temporal_redirect": "https://x$request_uri"},
    {"upstream_vhost": "a;"},
    {"server_alias": "a;b"},
    {"x_forwarded_prefix": "/a;b"},
    {"limit_rps": "many"},
    {"custom_http_errors": "abc"},
    {"load_balance": "magic"},
    {"configuration_snippet": "return 418;"},
    {"server_snippet": "return 418;"},
    {"from_to_www_redirect": "yes"},
    {"default_backend": "Not-A-Name"},
)


@pytest.mark.parametrize("annotations", DROPPED, ids=lambda one: next(iter(one)))
def test_values_for_which_the_whole_ingress_vanishes(annotations: dict[str, str]) -> None:
    routes = table(ingress(annotations=nginx(**annotations)))
    assert said(routes, HOST) == "404"
    name = next(iter(annotations)).replace("_", "-")
    assert name in routes.ignored[0].finding.message
    # The sentence that a user is told is that one, and not "no rule has this host".
    assert decide(routes, HOST).findings[0] == routes.ignored[0].finding


DENIED = (
    {"whitelist_source_range": "10.0.0.0/33"},
    {"denylist_source_range": "nobody"},
    {"auth_url": "not-a-url"},
    {"auth_type": "digestx"},
    {"auth_type": "basic"},
    {"auth_type": "basic", "auth_secret": "missing"},
    {"auth_type": "basic", "auth_secret": "other/ba"},
    {"auth_url": "http://x/", "auth_method": "FETCH"},
    {"proxy_ssl_secret": "default/missing"},
    {"custom_headers": "default/missing"},
    {"auth_url": "http://x/", "auth_proxy_set_headers": "missing"},
)


@pytest.mark.parametrize("annotations", DENIED, ids=lambda one: " ".join(one.values()))
def test_values_for_which_every_path_answers_503(annotations: dict[str, str]) -> None:
    routes = table(ingress(annotations=nginx(**annotations)))
    for asked in ("", "x", "y/z"):
        assert said(routes, HOST + asked) == "503"
    finding = decide(routes, HOST).findings[0]
    assert "default/web" in finding.message


IGNORED = (
    {"ssl_redirect": "yes"},
    {"force_ssl_redirect": "on"},
    {"canary": "yes"},
    {"app_root": "no-slash"},
    {"backend_protocol": "HTTPX"},
    {"affinity": "ip"},
    {"proxy_connect_timeout": "5s"},
    {"proxy_http_version": "3"},
    {"mirror_target": "bad target;"},
    {"canary_by_header_pattern": "("},
    {"unknown_annotation": "zzz"},
    {"satisfy": "some"},
    {"ssl_passthrough": "true"},
)


@pytest.mark.parametrize("annotations", IGNORED, ids=lambda one: next(iter(one)))
def test_values_that_count_as_absent(annotations: dict[str, str]) -> None:
    decision = decide(table(ingress(annotations=nginx(**annotations))), HOST)
    assert decision.outcome.upstream_path == "/"
    assert not decision.uncertain


def test_settings_that_allow_more_or_less() -> None:
    snippet = ingress(annotations=nginx(configuration_snippet="return 418;"))
    lenient = config_map(annotations_risk_level="Critical", allow_snippet_annotations="true")
    decision = decide(table(snippet, more=(lenient,)), HOST)
    assert decision.outcome.upstream_path == "/"
    assert decision.uncertain
    alias = ingress(annotations=nginx(server_alias="b.example"))
    assert said(table(alias, more=(config_map(annotations_risk_level="Low"),)), HOST) == "404"
    word = config_map(annotation_value_word_blocklist="load, secret")
    secret = ingress(annotations=nginx(app_root="/secret"))
    assert said(table(secret, more=(word,)), HOST) == "404"


def test_another_prefix() -> None:
    made = ingress(annotations={"example.com/permanent-redirect": "https://d"})
    assert said(table(made), HOST) == "web:80 /"
    assert said(table(made, flags=("--annotations-prefix=example.com",)), HOST) == "301 https://d"


def test_without_validation() -> None:
    made = ingress(annotations=nginx(upstream_vhost="bad host;"))
    flags = ("--enable-annotation-validation=false",)
    assert said(table(made, flags=flags), HOST) == "web:80 /"


def test_deep_inspection() -> None:
    made = ingress("web", "a.example", annotations=nginx(app_root="/x"))
    made["spec"]["rules"][0]["http"]["paths"][0]["path"] = "/etc/passwd"
    asked = HOST + "etc/passwd"
    assert said(table(made), asked) == "404"
    assert said(table(made, flags=("--deep-inspect=false",)), asked) == "web:80 /etc/passwd"


def test_a_kind_that_nobody_has_read_is_taken_to_be_there() -> None:
    made = ingress(annotations=nginx(auth_type="basic", auth_secret="ba"))
    objects = snapshot(ingress_class(), service(), slice_of(), made)
    unread = type(objects)(
        objects.ingresses,
        objects.classes,
        objects.services,
        objects.slices,
        read=frozenset({"Ingress", "IngressClass", "Service", "EndpointSlice"}),
    )
    decision = ingress_nginx.compile(unread).decide(_request())
    assert decision.outcome.status == 401
    assert decision.uncertain
    missing = ingress_nginx.compile(objects).decide(_request())
    assert missing.outcome.status == 503
    assert not missing.uncertain


def _request() -> Any:
    from kubectl_ingress.core.request import Request

    return Request("a.example")
