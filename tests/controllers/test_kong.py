"""Kong: which Ingresses it takes, and what their routes ask for beside a path."""

from __future__ import annotations

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
    HOST,
    TRADITIONAL,
    codes,
    decide,
    one,
    ready,
    served,
    upstream,
)
from tests.manifests import ingress_class, path, snapshot

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


@each_flavor
def test_a_server_name_has_no_wildcard(flavor: str) -> None:
    web = one("web", says={"snis": "*.test"})
    assert served(web, scheme="https", sni="other.org", flavor=flavor) == "web"


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
