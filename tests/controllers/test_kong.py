"""Kong: which Ingresses it takes, what their paths match, and what is answered."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_ingress.controllers import kong
from kubectl_ingress.controllers._kong.routes import Flavor
from kubectl_ingress.controllers._profile import Told
from kubectl_ingress.core.objects import Snapshot
from kubectl_ingress.core.request import Request
from tests.controllers.kong_worlds import (
    COMPATIBLE,
    EXPRESSIONS,
    FLAVORS,
    GATE,
    HOST,
    IN_LUA,
    TRADITIONAL,
    codes,
    decide,
    exact,
    one,
    raw,
    ready,
    served,
    table_of,
    upstream,
)
from tests.manifests import ingress_class, path, service, slice_of, snapshot

each_flavor = pytest.mark.parametrize("flavor", FLAVORS)


# Settings and classes.


def test_settings_come_from_flags_and_variables() -> None:
    told = Told(
        env={
            "CONTROLLER_INGRESS_CLASS": "inner",
            "CONTROLLER_FEATURE_GATES": "GatewayAlpha=true, RewriteURIs=true",
            "KONG_ROUTER_FLAVOR": "expressions",
        }
    )
    settings = kong.settings_of(told, Snapshot())
    assert settings == kong.Settings("inner", Flavor.EXPRESSIONS, rewrite_uris=True)
    assert kong.settings_of(Told(("--ingress-class", "x")), Snapshot()).ingress_class == "x"
    assert kong.settings_of(Told(router_flavor="odd"), Snapshot()).flavor is Flavor.TRADITIONAL
    off = kong.settings_of(Told(("--feature-gates=RewriteURIs=false",)), Snapshot())
    assert not off.rewrite_uris


def test_only_the_name_of_the_class_counts() -> None:
    foreign = ingress_class("kong", "example.test/other")
    second = ingress_class("kong2", "ingress-controllers.konghq.com/kong")
    world = snapshot(
        foreign, second, *ready("web"), one("mine"), one("not", ingressClassName="kong2")
    )
    taken, ignored = kong.Settings().class_rule.select(world)
    assert [ingress.meta.name for ingress in taken] == ["mine"]
    assert [finding.finding.code for finding in ignored] == ["KI202"]
    without = snapshot(*ready("web"), one("mine"))
    assert kong.Settings().class_rule.takes(without.ingresses[0], without)


def test_another_class_is_only_meant_where_its_own_is_not_there() -> None:
    told = Told(ingress_class="kong2")
    assert kong.settings_of(told, Snapshot()).ingress_class == "kong2"
    assert kong.settings_of(told, snapshot(ready("web")[0])).ingress_class == "kong2"
    own = snapshot(ingress_class("kong", "ingress-controllers.konghq.com/kong"))
    assert kong.settings_of(told, own).ingress_class == "kong"


@pytest.mark.parametrize(
    ("annotation", "field", "taken"),
    [("kong", "nginx", True), ("nginx", "kong", False), ("", "kong", True), ("", None, False)],
)
def test_the_class_annotation_wins_unless_it_is_empty(
    annotation: str, field: str | None, taken: bool
) -> None:
    made = one("web", ingressClassName=field)
    made["metadata"]["annotations"]["kubernetes.io/ingress.class"] = annotation
    assert served(made) == ("web" if taken else "404")


def test_without_a_class_only_where_that_of_its_name_is_the_default() -> None:
    default = ingress_class("kong", "ingress-controllers.konghq.com/kong")
    default["metadata"]["annotations"] = {"ingressclass.kubernetes.io/is-default-class": "true"}
    world = snapshot(default, *ready("web"), one("web", ingressClassName=None))
    table = kong.compile(world, kong.settings_of(Told(), world))
    assert table.decide(Request(HOST)).outcome.backends[0].service == "web"
    assert served(one("web", ingressClassName=None)) == "404"


# Paths.


@each_flavor
@pytest.mark.parametrize("written", ["/foo", "/foo/", "//foo"])
@pytest.mark.parametrize(
    ("asked", "who"),
    [("/foo", "web"), ("/foo/", "web"), ("/foo/x", "web"), ("/foobar", "404"), ("/FOO", "404")],
)
def test_a_prefix_is_made_of_elements(flavor: str, written: str, asked: str, who: str) -> None:
    assert served(one("web", path(written)), target=asked, flavor=flavor) == who


@each_flavor
def test_an_implementation_specific_path_is_a_prefix_of_characters(flavor: str) -> None:
    assert served(one("web", raw("/foo")), target="/foobar", flavor=flavor) == "web"
    assert served(one("web", raw("")), target="/any", flavor=flavor) == "web"
    assert served(one("web", path("/x", kind="")), target="/xy", flavor=flavor) == "web"


@each_flavor
@pytest.mark.parametrize(
    ("written", "asked", "who"),
    [
        (r"/~/foo/\d+$", "/foo/12", "web"),
        (r"/~/foo/\d+$", "/foo/12x", "404"),
        (r"/~/foo/\d", "/foo/1/more", "web"),
        ("/~/foo", "/x/foo", "404"),
        ("/~/foo", "/FOO", "404"),
        ("/~/(?i)foo", "/FOO", "web"),
    ],
)
def test_a_regex_is_anchored_at_its_start(flavor: str, written: str, asked: str, who: str) -> None:
    assert served(one("web", raw(written)), target=asked, flavor=flavor) == who


@pytest.mark.parametrize(
    ("flavor", "who"), [(TRADITIONAL, "404"), (COMPATIBLE, "web"), (EXPRESSIONS, "web")]
)
def test_a_second_branch_is_anchored_by_the_traditional_router_alone(flavor: str, who: str) -> None:
    web = one("web", raw("/~/foo|/bar"))
    assert served(web, target="/foo", flavor=flavor) == "web"
    assert served(web, target="/bar", flavor=flavor) == "web"
    assert served(web, target="/x/bar", flavor=flavor) == who


@pytest.mark.parametrize(
    ("flavor", "literal"), [*((f, False) for f in IN_LUA), (EXPRESSIONS, True)]
)
def test_exact_paths_and_the_end_of_prefixes_are_regexes_in_lua(flavor: str, literal: bool) -> None:
    assert served(one("web", exact("/f.o")), target="/fxo", flavor=flavor) == (
        "404" if literal else "web"
    )
    assert served(one("web", exact("/f+o")), target="/f+o", flavor=flavor) == (
        "web" if literal else "404"
    )
    prefix = one("web", path("/f.o"))
    assert served(prefix, target="/fxo", flavor=flavor) == ("404" if literal else "web")
    assert served(prefix, target="/fxo/y", flavor=flavor) == "404"


@each_flavor
def test_the_sign_of_a_regex_is_its_own_annotation(flavor: str) -> None:
    signed = one("web", raw("/@/foo/[0-9]"), says={"regex-prefix": "/@"})
    assert served(signed, target="/foo/1", flavor=flavor) == "web"
    other = one("web", raw("/~/foo"), says={"regex-prefix": "/@"})
    assert served(other, target="/foo", flavor=flavor) == "404"
    assert served(other, target="/~/foo", flavor=flavor) == "web"


@pytest.mark.parametrize(
    ("flavor", "who"), [(TRADITIONAL, "web"), (COMPATIBLE, "web"), (EXPRESSIONS, "404")]
)
def test_a_prefix_with_the_sign_of_a_regex_becomes_one_in_lua(flavor: str, who: str) -> None:
    assert served(one("web", path("/~/a+")), target="/aaa/", flavor=flavor) == who


@each_flavor
@pytest.mark.parametrize(
    ("asked", "seen"),
    [
        ("//a//b", "/a/b"),
        ("/a/./b", "/a/b"),
        ("/a/../b", "/b"),
        ("/%41", "/A"),
        ("/a%2fb", "/a%2Fb"),
        ("/a%20b", "/a%20b"),
        ("/a|b", "/a%7Cb"),
        ("/a?", "/a?"),
        ("/a?x=%2f", "/a?x=%2f"),
    ],
)
def test_the_pod_gets_the_normalised_path(flavor: str, asked: str, seen: str) -> None:
    assert upstream(one("web"), target=asked, flavor=flavor) == seen


@each_flavor
def test_a_path_that_leaves_the_root_is_malformed(flavor: str) -> None:
    assert served(one("web"), target="/a/../..", flavor=flavor) == "400"
    assert served(one("web"), host="", flavor=flavor) == "400"


@each_flavor
@pytest.mark.parametrize(("asked", "who"), [("/a%2Fb", "404"), ("/a/b", "web"), ("/%61/b", "web")])
def test_an_encoded_slash_separates_no_elements(flavor: str, asked: str, who: str) -> None:
    assert served(one("web", path("/a/")), target=asked, flavor=flavor) == who


@pytest.mark.parametrize(
    ("flavor", "who"), [(TRADITIONAL, "web"), (COMPATIBLE, "404"), (EXPRESSIONS, "404")]
)
def test_a_path_that_is_no_text_is_for_the_traditional_router_alone(flavor: str, who: str) -> None:
    assert served(one("web"), target="/%ff", flavor=flavor) == who


# Hosts.


@each_flavor
@pytest.mark.parametrize(
    ("rule", "host", "who"),
    [
        ("a.test", "A.test", "404"),
        ("a.test", "a.test.", "404"),
        ("*.x.test", "a.x.test", "web"),
        ("*.x.test", "a.b.x.test", "web"),
        ("*.x.test", "x.test", "404"),
        ("", "whatever", "web"),
    ],
)
def test_hosts(flavor: str, rule: str, host: str, who: str) -> None:
    assert served(one("web", host=rule), host=host, flavor=flavor) == who
    assert served(one("web", host=rule), host=host, port=8080, flavor=flavor) == who


@each_flavor
def test_a_miss_goes_on_to_wildcards_and_rules_without_a_host(flavor: str) -> None:
    rules = (
        one("own", path("/own", "web"), host="a.x.test"),
        one("wild", path("/wild", "other"), host="*.x.test"),
        one("all", path("/", "third"), host=""),
    )
    for target, who in (("/own", "web"), ("/wild", "other"), ("/any", "third")):
        assert served(*rules, host="a.x.test", target=target, flavor=flavor) == who


@pytest.mark.parametrize(
    ("flavor", "ending"), [(TRADITIONAL, "web"), (COMPATIBLE, "web"), (EXPRESSIONS, "404")]
)
def test_aliases(flavor: str, ending: str) -> None:
    web = one("web", says={"host-aliases": "b.test, *.c.test,d.*"})
    for host, who in (("b.test", "web"), ("x.c.test", "web"), ("d.org", ending), ("e.test", "404")):
        assert served(web, host=host, flavor=flavor) == who


@pytest.mark.parametrize(
    ("flavor", "who"), [(TRADITIONAL, "404"), (COMPATIBLE, "404"), (EXPRESSIONS, "web")]
)
def test_one_bad_alias_spoils_the_others_in_lua(flavor: str, who: str) -> None:
    web = one("web", says={"host-aliases": "b.test,no host"})
    assert served(web, host="b.test", flavor=flavor) == who
    assert served(web, flavor=flavor) == "web"


def test_the_expressions_flavour_asks_for_no_host_that_it_does_not_like() -> None:
    odd = one("web", host="xn--bcher-kva.test")
    assert served(odd, host="whatever.test", flavor=EXPRESSIONS) == "web"
    assert served(odd, host="whatever.test", flavor=TRADITIONAL) == "404"


# What else a route asks for.


@each_flavor
def test_methods(flavor: str) -> None:
    web = one("web", says={"methods": "GET, post"})
    for method, who in (("GET", "web"), ("POST", "web"), ("HEAD", "404"), ("OPTIONS", "404")):
        assert served(web, method=method, flavor=flavor) == who


@pytest.mark.parametrize(
    ("flavor", "who"), [(TRADITIONAL, "web"), (COMPATIBLE, "web"), (EXPRESSIONS, "404")]
)
def test_one_bad_method_spoils_the_others_in_lua(flavor: str, who: str) -> None:
    web = one("web", says={"methods": "POST,M-SEARCH"})
    assert served(web, method="POST", flavor=flavor) == "web"
    assert served(web, method="GET", flavor=flavor) == who


@pytest.mark.parametrize(
    ("flavor", "folded"), [(TRADITIONAL, "web"), (COMPATIBLE, "web"), (EXPRESSIONS, "404")]
)
def test_values_of_headers(flavor: str, folded: str) -> None:
    web = one("web", says={"headers.x-v": "One, Two"})
    for value, who in (("One", "web"), ("Two", "web"), ("two", folded), ("three", "404")):
        assert served(web, headers=(("X-V", value),), flavor=flavor) == who
    assert served(web, flavor=flavor) == "404"


@pytest.mark.parametrize(
    ("flavor", "who"), [(TRADITIONAL, "web"), (COMPATIBLE, "web"), (EXPRESSIONS, "404")]
)
def test_in_expressions_all_values_of_a_header_must_fit(flavor: str, who: str) -> None:
    web = one("web", says={"headers.x-v": "one"})
    sent = (("x-v", "one"), ("x-v", "else"))
    assert served(web, headers=sent, flavor=flavor) == who


@each_flavor
def test_a_header_may_be_a_regex(flavor: str) -> None:
    web = one("web", says={"headers.x-v": "~*^[0-9]+$"})
    assert served(web, headers=(("x-v", "12"),), flavor=flavor) == "web"
    assert served(web, headers=(("x-v", "ab"),), flavor=flavor) == "404"


def test_the_traditional_router_knows_a_regex_only_alone() -> None:
    web = one("web", says={"headers.x-v": "~*^[0-9]+$;x", "headers-separator": ";"})
    assert served(web, headers=(("x-v", "12"),)) == "404"
    assert served(web, headers=(("x-v", "12"),), flavor=COMPATIBLE) == "web"


@pytest.mark.parametrize(
    ("flavor", "plain"), [(TRADITIONAL, "404"), (COMPATIBLE, "web"), (EXPRESSIONS, "404")]
)
def test_server_names(flavor: str, plain: str) -> None:
    """The routes of another host let the traditional router look for SNI routes too late."""
    web = one("web", says={"snis": "a.test,b.test"})
    unrelated = one("unrelated", path("/", "other"), host="u.test")
    assert served(web, unrelated, flavor=flavor) == plain
    assert served(web, unrelated, scheme="https", flavor=flavor) == "web"
    assert served(web, unrelated, scheme="https", sni="c.test", flavor=flavor) == "404"


def test_server_names_over_http_are_up_to_other_hosts_where_there_are_none_yet() -> None:
    decision = decide(one("web", says={"snis": "a.test"}))
    assert [c.status for c in decision.outcome.candidates] == [None, 404]
    assert codes(decision) == ["KI503"]


@each_flavor
def test_why_a_route_with_the_path_does_not_take_a_request(flavor: str) -> None:
    web = one("web", says={"methods": "POST", "headers.x-v": "1"})
    (finding,) = decide(web, flavor=flavor).findings
    assert finding.code == "KI102"
    assert "method POST and header x-v: 1" in finding.message
    assert finding.object == "Ingress default/web"


# Protocols.


@each_flavor
@pytest.mark.parametrize("status", ["301", "302", "307", "308"])
def test_https_alone_sends_http_away(flavor: str, status: str) -> None:
    web = one("web", says={"protocols": "https", "https-redirect-status-code": status})
    outcome = decide(web, target="/x%20y?q", port=8080, flavor=flavor).outcome
    assert (outcome.status, outcome.location) == (int(status), "https://a.test/x%20y?q")
    assert served(web, scheme="https", flavor=flavor) == "web"


@each_flavor
@pytest.mark.parametrize("status", ["", "303", "none"])
def test_https_alone_asks_http_to_upgrade_else(flavor: str, status: str) -> None:
    says = {"protocols": "https", "https-redirect-status-code": status}
    assert served(one("web", says=says), flavor=flavor) == "426"


@each_flavor
def test_a_status_alone_redirects_nothing(flavor: str) -> None:
    assert served(one("web", says={"https-redirect-status-code": "308"}), flavor=flavor) == "web"
    tls = [{"hosts": [HOST], "secretName": "cert"}]
    assert served(one("web", tls=tls), flavor=flavor) == "web"


@each_flavor
def test_forcing_tls_is_https_alone_with_302(flavor: str) -> None:
    web = one("web")
    web["metadata"]["annotations"]["ingress.kubernetes.io/force-ssl-redirect"] = "true"
    assert served(web, flavor=flavor) == "302"
    web["metadata"]["annotations"]["konghq.com/https-redirect-status-code"] = "307"
    assert served(web, flavor=flavor) == "307"


@pytest.mark.parametrize(
    ("flavor", "who"), [(TRADITIONAL, "web"), (COMPATIBLE, "web"), (EXPRESSIONS, "404")]
)
def test_http_alone_is_https_too_in_lua(flavor: str, who: str) -> None:
    web = one("web", says={"protocols": "http"})
    assert served(web, flavor=flavor) == "web"
    assert served(web, scheme="https", flavor=flavor) == who


@each_flavor
def test_grpc_alone_takes_no_other_requests(flavor: str) -> None:
    web = one("web", says={"protocols": "grpc"})
    assert served(web, flavor=flavor) == "415"
    assert served(web, headers=(("content-type", "application/grpc"),), flavor=flavor) == "web"
    tls = one("web", says={"protocols": "grpcs"})
    assert served(tls, scheme="https", flavor=flavor) == "415"


def test_grpc_beside_http_is_http_and_strips_paths_in_lua() -> None:
    web = one("web", path("/foo"), says={"protocols": "grpc,http"})
    assert upstream(web, target="/foo/x") == "/x"
    assert served(web, target="/foo/x", flavor=EXPRESSIONS) == "refused"


# The path for the pod.


@each_flavor
@pytest.mark.parametrize(
    ("written", "asked", "seen"),
    [
        (path("/foo/bar"), "/foo/bar", "/"),
        (path("/foo/bar"), "/foo/bar/x?q", "/x?q"),
        (raw("/foo"), "/foobar", "/bar"),
        (raw("/foo/"), "/foo/bar", "/bar"),
        (raw(r"/~/foo/\d+"), "/foo/12/x", "/x"),
        (exact("/foo"), "/foo", "/"),
        (path("/"), "/x/", "/x/"),
    ],
)
def test_strip_path(flavor: str, written: Any, asked: str, seen: str) -> None:
    web = one("web", written, says={"strip-path": "TRUE"})
    assert upstream(web, target=asked, flavor=flavor) == seen
    kept = one("web", written, says={"strip-path": "yes"})
    assert upstream(kept, target=asked, flavor=flavor) == asked


@each_flavor
@pytest.mark.parametrize(
    ("base", "strip", "seen"),
    [
        ("/api", "true", "/api/x"),
        ("/api/", "true", "/api/x"),
        ("/api", "false", "/api/foo/x"),
        ("/api/", "false", "/api/foo/x"),
        ("no path", "false", "/foo/x"),
    ],
)
def test_the_path_of_a_service_comes_first(flavor: str, base: str, strip: str, seen: str) -> None:
    api = service("api")
    api["metadata"]["annotations"] = {"konghq.com/path": base}
    web = one("web", path("/foo", "api"), says={"strip-path": strip})
    assert upstream(api, slice_of("api"), web, target="/foo/x", flavor=flavor) == seen


def test_how_both_paths_are_joined_is_for_the_traditional_router_alone() -> None:
    api = service("api")
    api["metadata"]["annotations"] = {"konghq.com/path": "/api"}
    web = one("web", raw("/foo", "api"), says={"path-handling": "v1"})
    objects = (api, slice_of("api"), web)
    assert upstream(*objects, target="/foobar") == "/apifoobar"
    assert upstream(*objects, target="/foobar", flavor=COMPATIBLE) == "/api/foobar"


@each_flavor
@pytest.mark.parametrize(
    ("rewrite", "seen"),
    [("/n/$1", "/n/x?q"), ("/n/$2", "/n/?q"), ("", "/?q"), (r"/\$1", "/$1?q"), ("n$1", None)],
)
def test_a_rewrite_fills_in_groups(flavor: str, rewrite: str, seen: str | None) -> None:
    web = one("web", raw("/~/foo/(.*)"), says={"rewrite": rewrite})
    decision = decide(web, target="/foo/x?q", flavor=flavor, flags=GATE)
    assert decision.outcome.upstream_path == seen
    assert decision.outcome.status == (None if seen else 500)


@each_flavor
@pytest.mark.parametrize(("flags", "code"), [((), "KI404"), (GATE, "KI402")])
def test_a_rewrite_that_is_not_done_takes_the_service_with_it(
    flavor: str, flags: tuple[str, ...], code: str
) -> None:
    bad = one("bad", path("/bad"), says={"rewrite": "/$x"})
    same = one("same", path("/same"), path("/third", "third"))
    assert served(bad, same, target="/third", flavor=flavor, flags=flags) == "third"
    decision = decide(bad, same, target="/same/x", flavor=flavor, flags=flags)
    assert decision.outcome.status == 404
    assert codes(decision) == [code]
    table = table_of(bad, same, flavor=flavor, flags=flags)
    assert [one.route.path for one in table.lost] == ["/bad", "/same"]


# Backends.


@each_flavor
def test_the_oldest_default_backend_takes_every_host(flavor: str) -> None:
    def falls_back(name: str, to: str, age: int) -> Any:
        backend = {"service": {"name": to, "port": {"number": 80}}}
        return one(name, path("/own"), age=age, defaultBackend=backend)

    objects = (falls_back("a", "other", 2), falls_back("b", "third", 1))
    assert served(*objects, host="any.test", target="/x", flavor=flavor) == "third"
    assert served(*objects, target="/own", flavor=flavor) == "web"
    (lost,) = table_of(*objects, flavor=flavor).lost
    assert (lost.route.ingress, lost.backend, lost.finding.code) == (
        "default/a",
        "other:80",
        "KI504",
    )


def test_annotations_are_for_the_default_backend_too() -> None:
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    says = {"methods": "POST", "protocols": "https", "strip-path": "true"}
    made = one("a", says=says, defaultBackend=backend)
    made["spec"]["rules"] = []
    assert served(made, method="POST") == "426"
    assert served(made, scheme="https") == "404"
    assert upstream(made, scheme="https", target="/x/y", flavor=EXPRESSIONS) == "/x/y"


@each_flavor
@pytest.mark.parametrize(
    ("name", "port", "code"),
    [("gone", 80, "KI103"), ("web", 81, "KI104"), ("web", 8080, "KI104"), ("idle", 80, "KI105")],
)
def test_a_broken_backend_is_503(flavor: str, name: str, port: int, code: str) -> None:
    idle = [service("idle"), slice_of("idle", ready=False)]
    decision = decide(*idle, one("web", path("/", name, port)), flavor=flavor)
    assert decision.outcome.status == 503
    assert codes(decision) == [code]


@each_flavor
def test_ports_by_name_are_those_of_the_service_or_of_the_pods(flavor: str) -> None:
    ports = [{"name": "http", "port": 80, "targetPort": "web"}]
    api = [service("api", *ports), slice_of("api")]
    for name, who in (("http", "api"), ("web", "api"), ("other", "503")):
        assert served(*api, one("web", path("/", "api", name)), flavor=flavor) == who


def test_an_external_name_has_any_number_and_no_names() -> None:
    outside = service("outside")
    outside["spec"] = {
        "type": "ExternalName",
        "externalName": "out.test",
        "ports": [{"name": "http", "port": 80, "targetPort": 8080}],
    }
    (found,) = decide(outside, one("web", path("/", "outside", 80))).outcome.backends
    assert [(e.address, e.port) for e in found.endpoints] == [("out.test", 80)]
    assert served(outside, one("web", path("/", "outside", 99))) == "outside"
    assert served(outside, one("web", path("/", "outside", "http"))) == "503"


def test_a_service_may_be_asked_by_its_own_address() -> None:
    api = service("api")
    api["metadata"]["annotations"] = {"ingress.kubernetes.io/service-upstream": "true"}
    decision = decide(api, slice_of("api"), one("web", path("/", "api")))
    (found,) = decision.outcome.backends
    assert [e.address for e in found.endpoints] == ["api.default.svc"]
    assert codes(decision) == ["KI401"]
    assert served(api, slice_of("api", ready=False), one("web", path("/", "api"))) == "502"


def test_a_backend_that_is_no_service_is_left_out() -> None:
    made = one("web", path("/x"), path("/"))
    made["spec"]["rules"][0]["http"]["paths"][0]["backend"] = {
        "resource": {"kind": "X", "name": "x"}
    }
    table = table_of(made)
    assert [(lost.route.path, lost.finding.code) for lost in table.lost] == [("/x", "KI113")]
    assert table.decide(Request(HOST, "/x")).outcome.backends[0].service == "web"


def test_a_path_type_that_does_not_exist_is_left_out() -> None:
    (lost,) = table_of(one("web", path("/", kind="Regex"))).lost
    assert lost.finding.code == "KI506"


# Certificates.


def test_the_oldest_secret_of_a_host_or_its_wildcard() -> None:
    def tls(name: str, host: str, secret: str, age: int) -> Any:
        return one(name, host=host, age=age, tls=[{"hosts": [host], "secretName": secret}])

    table = table_of(
        tls("new", "a.test", "new", 2),
        tls("old", "a.test", "old", 1),
        tls("wild", "*.b.test", "wild", 3),
        one("under", host="x.b.test"),
        one("none", host="none.test"),
    )
    found = {server.host: (server.tls, server.certificate) for server in table.servers}
    assert found["a.test"] == (True, "default/old")
    assert found["x.b.test"] == (True, "default/wild")
    assert found["none.test"] == (False, "")
