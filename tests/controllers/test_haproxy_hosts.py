"""haproxy-ingress: hosts, classes, Services, and what is no rule of a host."""

from __future__ import annotations

from typing import Any

import pytest

from tests.controllers.haproxy import CLASS, annotated, compiled, one, table
from tests.controllers.ingress_nginx.asking import aged, backend, codes, config_map, decide, said
from tests.manifests import ingress_class, path, service, slice_of

STRICT = (config_map("own", "ctl", strict_host="true"),)
LOOSE = (config_map("own", "ctl", strict_host="false"),)
CONFIG = ("--configmap=ctl/own",)


@pytest.mark.parametrize(
    ("host", "answer"),
    [
        ("h.w.t", "own:80 /x"),
        ("H.W.T", "own:80 /x"),
        ("h.w.t:8443", "own:80 /x"),
        ("h.w.t.", "404"),
        ("a.w.t", "wide:80 /x"),
        ("a.b.w.t", "404"),
        ("w.t", "404"),
        ("other.t", "404"),
    ],
)
def test_names(host: str, answer: str) -> None:
    routes = table(one("a", "*.w.t", path("/", "wide")), one("b", "h.w.t", path("/x", "own")))
    assert said(routes, "http://set.below/x", host=host) == answer


def test_an_empty_host_is_left_to_rules_without_host() -> None:
    routes = table(one("a", "a.t", path("/", "own")), one("b", "", path("/", "all")))
    assert said(routes, "http://a.t/") == "own:80 /"
    assert said(routes, "http://set.below/", host="") == "all:80 /"


@pytest.mark.parametrize(
    ("config", "url", "answer"),
    [
        (LOOSE, "http://h.w.t/x", "own:80 /x"),
        (LOOSE, "http://h.w.t/y", "wide:80 /y"),
        (LOOSE, "http://h.w.t/all", "all:80 /all"),
        (STRICT, "http://h.w.t/x", "own:80 /x"),
        (STRICT, "http://h.w.t/y", "404"),
        (STRICT, "http://h.w.t/all", "404"),
        (STRICT, "http://a.w.t/all", "404"),
        (STRICT, "http://other.t/all", "all:80 /all"),
    ],
)
def test_what_a_host_misses(config: tuple[Any, ...], url: str, answer: str) -> None:
    routes = table(
        one("a", "h.w.t", path("/x", "own")),
        one("b", "*.w.t", path("/y", "wide")),
        one("c", "", path("/all", "all")),
        more=config,
        flags=CONFIG,
    )
    assert said(routes, url) == answer


def test_strict_hosts_leave_the_rest_to_the_root_of_no_host() -> None:
    rules = one("a", "h.w.t", path("/x", "own")), one("b", "*.w.t", path("/y", "wide"))
    root = one("c", "", path("/", "root"), ha={"rewrite-target": "/changed"})
    routes = table(*rules, root, more=STRICT, flags=CONFIG)
    assert said(routes, "http://h.w.t/y") == "root:80 /y"
    assert said(routes, "http://other.t/y") == "root:80 /changed/y"


def test_a_path_of_the_host_beats_a_longer_one_of_no_host() -> None:
    routes = table(one("a", "h.t", path("/", "own")), one("b", "", path("/long/path", "all")))
    assert said(routes, "http://h.t/long/path") == "own:80 /long/path"


# The default backend.


def default_only(name: str, service_name: str, **more: Any) -> Any:
    made = one(name, "x.t", defaultBackend=backend(service_name), **more)
    del made["spec"]["rules"]
    return made


def test_a_default_backend_is_the_root_of_no_host() -> None:
    made = one(
        "a", "h.t", path("/x", "own"), defaultBackend=backend("all"), ha={"rewrite-target": "/n"}
    )
    routes = table(made)
    assert said(routes, "http://h.t/x") == "own:80 /n"
    assert said(routes, "http://h.t/y") == "all:80 /n/y"
    assert said(routes, "http://other.t/Y") == "all:80 /n/Y"


def test_which_default_backend() -> None:
    old, young = aged(default_only("b", "old"), 1), aged(default_only("a", "young"), 2)
    assert said(table(old, young), "http://any.t/") == "old:80 /"
    prefix = aged(one("c", "", path("/", "prefix")), 3)
    assert said(table(old, young, prefix), "http://any.t/x") == "prefix:80 /x"


def test_the_backend_of_the_command_line_comes_last() -> None:
    flags = ("--default-backend-service=ctl/fallback",)
    own = service("fallback", namespace="ctl"), slice_of("fallback", namespace="ctl")
    routes = table(one("a", "h.t", path("/x", "own")), more=own, flags=flags)
    assert said(routes, "http://h.t/y") == "fallback:80 /y"
    assert said(routes, "http://any.t/") == "fallback:80 /"


def test_a_redirect_in_place_of_a_default_backend() -> None:
    config = config_map("own", "ctl", default_backend_redirect="https://info.t")
    routes = table(one("a", "h.t", path("/x", "own")), more=(config,), flags=CONFIG)
    assert said(routes, "http://any.t/") == "302 https://info.t"


# Services.

WEB = {"name": "web", "port": 80, "targetPort": 8080}


@pytest.mark.parametrize(
    ("port", "wanted", "answer"),
    [
        (WEB, 80, "web:80 /a/b"),
        (WEB, "web", "web:80 /a/b"),
        (WEB, 8080, "web:80 /a/b"),
        ({"name": "web", "port": 80, "targetPort": "http"}, "http", "web:80 /a/b"),
        ({"port": 80}, 80, "web:80 /a/b"),
        (WEB, 81, "other:80 /a/b"),
        (WEB, "nope", "other:80 /a/b"),
    ],
)
def test_a_path_without_a_port_does_not_exist(port: Any, wanted: int | str, answer: str) -> None:
    made = one("a", "h.t", path("/a/b", "web", wanted), path("/a", "other"))
    ready = slice_of("web", port=port.get("name", ""))
    routes = compiled(service("web", port), ready, service("other"), slice_of("other"), made)
    assert said(routes, "http://h.t/a/b") == answer


def test_a_missing_service_is_named() -> None:
    routes = compiled(one("a", "h.t", path("/a", "gone")), service("other"))
    assert said(routes, "http://h.t/a") == "404"
    assert codes(decide(routes, "http://h.t/a")) == ["KI103"]


def test_no_ready_endpoint_answers_503() -> None:
    routes = compiled(
        one("a", "h.t", path("/a", "web")), service("web"), slice_of("web", ready=False)
    )
    assert said(routes, "http://h.t/a") == "503"
    assert codes(decide(routes, "http://h.t/a")) == ["KI105"]


def external(name: str = "web", to: str = "x.y") -> Any:
    made = service(name, {"name": "web", "port": 80})
    made["spec"].update(type="ExternalName", externalName=to)
    return made


def test_external_names() -> None:
    made = one("a", "h.t", path("/a", "web"))
    routes = compiled(made, external())
    assert decide(routes, "http://h.t/a").outcome.backends[0].endpoints[0].address == "x.y"
    assert (
        said(compiled(made, external(), flags=("--disable-external-name",)), "http://h.t/a")
        == "503"
    )


def test_a_resource_is_no_backend() -> None:
    made = one("a", "h.t", path("/a", "web"))
    made["spec"]["rules"][0]["http"]["paths"][0]["backend"] = {
        "resource": {"kind": "X", "name": "x"}
    }
    routes = compiled(made, service("web"))
    assert said(routes, "http://h.t/a") == "404"
    assert codes(decide(routes, "http://h.t/a")) == ["KI113"]


# Classes.

OTHER = ingress_class("other", "haproxy-ingress.github.io/controller")


@pytest.mark.parametrize(
    ("name", "annotation", "flags", "answer"),
    [
        ("haproxy", None, (), "web:80 /"),
        ("other", None, (), "web:80 /"),
        ("foreign", None, (), "404"),
        ("haproxy", "else", (), "404"),
        ("foreign", "haproxy", (), "web:80 /"),
        ("haproxy", "else", ("--ingress-class-precedence",), "web:80 /"),
        (None, "haproxy", (), "web:80 /"),
        (None, "other", (), "404"),
        (None, None, (), "404"),
        (None, None, ("--watch-ingress-without-class",), "web:80 /"),
        (None, "mine", ("--ingress-class=mine",), "web:80 /"),
        ("haproxy", None, ("--controller-class=/mine",), "404"),
    ],
)
def test_classes(
    name: str | None, annotation: str | None, flags: tuple[str, ...], answer: str
) -> None:
    made = one("a", "h.t", path("/", "web"), ingressClassName=name)
    if annotation is not None:
        made["metadata"]["annotations"]["kubernetes.io/ingress.class"] = annotation
    more = (OTHER, ingress_class("foreign", "k8s.io/ingress-nginx"))
    assert said(table(made, more=more, flags=flags), "http://h.t/") == answer
    assert CLASS["metadata"]["name"] == "haproxy"


# Other names of a host.


def test_an_alias_joins_the_host_that_has_the_name() -> None:
    routes = table(
        one("a", "h.t", path("/a", "web"), ha={"server-alias": "other.t"}),
        one("b", "other.t", path("/b", "own")),
    )
    assert said(routes, "http://other.t/a") == "web:80 /a"
    assert said(routes, "http://other.t/b") == "own:80 /b"
    assert said(routes, "http://h.t/b") == "404"


@pytest.mark.parametrize(
    ("key", "value", "host", "answer"),
    [
        ("server-alias", "*.w.t", "a.w.t", "web:80 /a"),
        ("server-alias", "*.w.t", "a.b.w.t", "404"),
        ("server-alias", "x.t,y.t", "x.t", "404"),
        ("server-alias-regex", "^[a-z]+\\.w\\.t$", "ab.w.t", "web:80 /a"),
        ("server-alias-regex", "^[a-z]+\\.w", "ab.w.else", "web:80 /a"),
        ("server-alias-regex", "^[a-z]+\\.w\\.t$", "a1.w.t", "404"),
    ],
)
def test_aliases(key: str, value: str, host: str, answer: str) -> None:
    routes = table(one("a", "h.t", path("/a", "web"), ha={key: value}))
    assert said(routes, f"http://{host}/a") == answer
    assert said(routes, "http://h.t/a") == "web:80 /a"


# The oldest Ingress that names a key of the host decides.


def test_a_key_of_the_host_is_the_oldest_ingress_that_has_it() -> None:
    old = aged(one("a", "h.t", path("/a", "web"), ha={"app-root": "/old"}), 1)
    young = aged(one("b", "h.t", path("/b", "web"), ha={"app-root": "/young"}), 2)
    config = config_map("own", "ctl", ssl_redirect="false")
    assert said(table(young, old, more=(config,), flags=CONFIG), "http://h.t/") == "302 /old"


def test_a_tcp_service_has_no_routes() -> None:
    routes = table(one("a", "h.t", path("/a", "web"), ha={"tcp-service-port": "5432"}))
    assert said(routes, "http://h.t/a") == "404"
    assert codes(decide(routes, "http://h.t/a")) == ["KI506"]


def test_unknown_keys_are_said() -> None:
    made = annotated(one("a", "h.t", path("/a", "web")), bogus="1", ssl_redirect="yes")
    found = {finding.code for finding in table(made).findings}
    assert {"KI402", "KI403"} <= found
