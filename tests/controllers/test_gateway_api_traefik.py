"""The Gateway API as Traefik does it: where it differs from the specification, and where not."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_ingress.controllers import gateway_api_traefik
from kubectl_ingress.controllers._profile import Told
from kubectl_ingress.core.objects import Origin
from kubectl_ingress.core.parse import parse_snapshot
from kubectl_ingress.core.request import OutcomeKind
from kubectl_ingress.core.table import RouteTable
from tests.controllers.gateway_objects import (
    Json,
    ask,
    backend,
    codes,
    gateway,
    gateway_class,
    header,
    https,
    listener,
    match,
    messages,
    redirect,
    rewrite,
    route,
    rule,
    secret,
    to,
)

OURS = "traefik.io/gateway-controller"
MIDDLEWARE = {"group": "traefik.io", "kind": "Middleware", "name": "z"}


def table(*objects: Any, offline: bool = False, flags: tuple[str, ...] = ()) -> RouteTable:
    flat = [one for part in objects for one in (part if isinstance(part, list) else [part])]
    flat.append(gateway_class(OURS))
    snapshot = parse_snapshot([(one, Origin("f.yaml", 1)) for one in flat], offline=offline)
    settings = gateway_api_traefik.settings_of(Told(flags), snapshot)
    return gateway_api_traefik.compile(snapshot, settings)


Hosts = tuple[str, ...]


def pair(one: Json, other: Json, hosts: tuple[Hosts, Hosts] = ((), ())) -> RouteTable:
    """Two rules of two routes with their hosts, to Services one and other."""
    return table(
        gateway(),
        route("one", rule(one, to="one"), hosts=hosts[0]),
        route("other", rule(other, to="other"), hosts=hosts[1]),
        backend("one"),
        backend("other"),
    )


X, Y, Z = header("x", "1"), header("y", "1"), header("z", "1")
HEADERS = (("x", "1"), ("y", "1"), ("z", "1"))
MANY = [header(f"h{n}", "1") for n in range(11)]


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (match("/a/bcdefg/hij", "Exact"), match("/a/bcdefg/hij")),
        (match("/a", method="GET"), match("/a/bcdefg")),
        (match("/a/bcdefg/hij"), match("/a", method="GET")),
        (match("/a", headers=[X, Y, Z]), match("/a/")),
        (match("/a", headers=[X]), match("/a", queryParams=[header("q", "1")])),
        (match("/a", headers=MANY), match("/a", method="GET")),
        (match("/.*/hij", "RegularExpression"), match("/a")),
        (match("/a/bcdefg"), match("/.*", "RegularExpression")),
        (match("/a"), match("/", headers=MANY, method="GET")),
    ],
)
def test_a_sum_decides(better: Json, worse: Json) -> None:
    headers = (*HEADERS, *((one["name"], "1") for one in MANY))
    decision = ask(pair(better, worse), "a.test/a/bcdefg/hij?q=1", headers=headers)
    assert to(decision) == "one*1"
    assert [route.ingress for route, _ in decision.runners_up] == ["default/other"]


def test_equal_sums_are_left_to_chance() -> None:
    decision = ask(pair(match("/a"), match("/a")), "a.test/a")
    assert decision.outcome.kind is OutcomeKind.UNDEFINED
    assert {one.backends[0].service for one in decision.outcome.candidates} == {"one", "other"}
    assert codes(decision) == ["KI503"]


def test_equal_sums_to_one_place_are_no_matter() -> None:
    compiled = table(gateway(), route("a"), route("b"), backend())
    assert to(ask(compiled)) == "web*1"


def test_a_rule_counts_by_how_many_come_after_it() -> None:
    rules = [rule(match("/a"), to="one"), *[rule(match("/no"))] * 12]
    query = match("/a", queryParams=[header("q", "1")])
    compiled = table(gateway(), route("r", *rules, rule(query)), backend(), backend("one"))
    assert to(ask(compiled, "a.test/a?q=1")) == "one*1"
    compiled = table(
        gateway(), route("r", rules[0], *rules[5:], rule(query)), backend(), backend("one")
    )
    assert to(ask(compiled, "a.test/a?q=1")) == "web*1"


def test_the_route_with_more_rules_wins() -> None:
    more = route(
        "more", rule(match("/a"), to="one"), rule(match("/b")), created="2026-01-02T00:00:00Z"
    )
    old = route("old", rule(match("/a")), created="2020-01-01T00:00:00Z")
    assert to(ask(table(gateway(), more, old, backend(), backend("one")), "a.test/a")) == "one*1"


def test_the_longest_hostname_is_a_summand() -> None:
    rule_a = match("/a")
    unrelated = pair(rule_a, rule_a, (("a.test", "very.long.name.example"), ("a.test",)))
    assert to(ask(unrelated, "a.test/a")) == "one*1"
    longer_path = pair(rule_a, match("/a/b"), (("a.test",), ("*.test",)))
    assert to(ask(longer_path, "a.test/a/b")) == "other*1"
    same_length = pair(rule_a, rule_a, (("a.test",), ("*.test",)))
    assert ask(same_length, "a.test/a").outcome.kind is OutcomeKind.UNDEFINED


@pytest.mark.parametrize(
    ("hostname", "host", "taken"),
    [
        ("a.test", "a.test", True),
        ("a.test", "A.TEST", True),
        ("a.test", "a.test.", True),
        ("*.test", "a.test", True),
        ("*.test", "x.y.test", True),
        ("*.test", "A.TEST", True),
        ("*.test", "test", False),
        ("*.test", "a_b.test", False),
        ("*.test", "a.test.", False),
        ("*.test", ".test", False),
        ("", "anything", True),
        ("", "", True),
        ("*.test", "", False),
    ],
)
def test_hosts(hostname: str, host: str, taken: bool) -> None:
    hosts = (hostname,) if hostname else ()
    compiled = table(gateway(), route("r", hosts=hosts), backend())
    assert to(ask(compiled, f"{host}/")) == ("web*1" if taken else "404")


def test_a_malformed_host_is_refused() -> None:
    assert to(ask(table(gateway(), route("r"), backend()), "a b/")) == "400"


def test_there_is_no_isolation_of_listeners() -> None:
    listeners = gateway(listener("wide"), listener("narrow", hostname="a.test"))
    wide = route("w", rule(match("/w")), parents=({"name": "gw", "sectionName": "wide"},))
    assert to(ask(table(listeners, wide, backend()), "a.test/w")) == "web*1"


def test_another_classes_gateway_is_none_of_its() -> None:
    other = gateway()
    other["spec"] = {**other["spec"], "gatewayClassName": "d"}
    objects = [other, gateway_class("example.com/other", "d"), route("r"), *backend()]
    assert to(ask(table(*objects))) == "404"


@pytest.mark.parametrize(
    ("written", "why"),
    [
        (listener(protocol="TCP"), "no HTTP is spoken there"),
        (listener(tls={"certificateRefs": [{"name": "cert"}]}), "tls is set"),
        (
            listener(allowedRoutes={"kinds": [{"kind": "TCPRoute"}, {"kind": "HTTPRoute"}]}),
            "TCPRoute",
        ),
        (listener(port=81), "no entry point of port 81"),
    ],
)
def test_listeners_that_it_does_not_take(written: Json, why: str) -> None:
    compiled = table(
        gateway(written), route("r"), backend(), flags=("--entryPoints.web.address=:80/tcp",)
    )
    decision = ask(compiled, f"a.test:{written['port']}/")
    assert to(decision) == "404"
    assert why in messages(decision)


def test_of_equal_listeners_the_first_serves() -> None:
    compiled = table(gateway(listener("one"), listener("two")), route("r"), backend())
    assert to(ask(compiled)) == "web*1"


def test_a_misdirected_request_is_none() -> None:
    listeners = gateway(https("a", hostname="a.test"), https("b", hostname="b.test"))
    compiled = table(listeners, route("r"), secret(), backend())
    assert to(ask(compiled, "https://a.test/", sni="b.test")) == "web*1"


# --- Matching --------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "value", "path", "sent"),
    [
        ("PathPrefix", "/foo", "//foo", "/foo"),
        ("PathPrefix", "/foo", "/%66oo/./x", "/foo/x"),
        ("PathPrefix", "/foo", "/foo%2fx", None),
        ("PathPrefix", "/foo/", "/foo", "/foo"),
        ("PathPrefix", "/foo", "/foobar", None),
        ("RegularExpression", "fo+", "/a/foo/b", "/a/foo/b"),
        ("RegularExpression", "fo+", "/a/FOO", None),
        ("Exact", "/foo", "/foo/", None),
        ("Exact", "/foo", "/foo?a;b", "/foo?a&b"),
    ],
)
def test_paths(kind: str, value: str, path: str, sent: str | None) -> None:
    compiled = table(gateway(), route("r", rule(match(value, kind))), backend())
    decision = ask(compiled, f"a.test{path}")
    assert decision.outcome.upstream_path == sent
    assert (to(decision) == "404") is (sent is None)


@pytest.mark.parametrize(
    "bad",
    [
        match("/foo(", "RegularExpression"),
        match("/(?=a)", "RegularExpression"),
        match("foo"),
        match("", "Exact"),
        match("/", headers=[header("x", "(", "RegularExpression")]),
        match("/", queryParams=[header("x", "(", "RegularExpression")]),
    ],
)
def test_a_broken_match_has_no_router_and_the_others_have(bad: Json) -> None:
    compiled = table(gateway(), route("r", rule(bad, to="one"), rule()), backend(), backend("one"))
    assert to(ask(compiled, "a.test/foo(")) == "web*1"
    assert [one.finding.code for one in compiled.lost] == ["KI506"]


def test_all_headers_of_one_name_have_to_match_by_any_line() -> None:
    both = match("/", headers=[header("X", "1"), header("x", "2")])
    compiled = table(gateway(), route("r", rule(both)), backend())
    assert to(ask(compiled, headers=(("x", "1"),))) == "404"
    assert to(ask(compiled, headers=(("x", "1"), ("x", "2")))) == "web*1"


def test_any_value_of_a_parameter_will_do_and_badly_escaped_ones_are_none() -> None:
    compiled = table(
        gateway(), route("r", rule(match("/", queryParams=[header("q", "1")]))), backend()
    )
    assert to(ask(compiled, "a.test/?q=2&q=1")) == "web*1"
    assert to(ask(compiled, "a.test/?x;q=1")) == "web*1"
    assert to(ask(compiled, "a.test/?q=2&q=%zz")) == "404"
    assert to(ask(compiled, "a.test/?q=%31")) == "web*1"


def test_patterns_are_found_anywhere() -> None:
    by_pattern = header("x", "v[0-9]", "RegularExpression")
    compiled = table(gateway(), route("r", rule(match(headers=[by_pattern]))), backend())
    assert to(ask(compiled, headers=(("x", "a v10"),))) == "web*1"


# --- Filters ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "url", "location"),
    [
        ({}, "http://a.test:8080/x", "http://a.test:8080/x"),
        ({"hostname": "o.test"}, "http://a.test:8080/x", "http://o.test:8080/x"),
        ({"scheme": "https"}, "http://a.test:8080/x?y=1", "https://a.test/x?y=1"),
        ({"scheme": "https", "port": 443}, "http://a.test/x", "https://a.test:443/x"),
        ({"port": 80}, "http://a.test/x", "http://a.test:80/x"),
        ({"path": {"type": "ReplaceFullPath", "replaceFullPath": "/a b"}}, "http://a.test/x", "http://a.test/a%20b"),
        ({"path": {"type": "ReplaceFullPath", "replaceFullPath": "z"}}, "http://a.test/x", "http://a.test/z"),
        ({"path": {"type": "ReplacePrefixMatch", "replacePrefixMatch": ""}}, "http://a.test/x", "http://a.test"),
        ({"path": {"type": "ReplacePrefixMatch", "replacePrefixMatch": ""}}, "http://a.test/x/", "http://a.test/"),
        ({}, "http://a.test//x/../x/a%20b%2fc", "http://a.test/x/a%20b%2Fc"),
    ],
)  # fmt: skip
def test_redirects(fields: Json, url: str, location: str) -> None:
    filters = [redirect(**fields)]
    compiled = table(gateway(), route("r", rule(match("/x"), filters=filters, to=None)))
    assert ask(compiled, url).outcome.location == location


def test_a_status_that_is_no_redirect_leaves_the_rule_out() -> None:
    filters = [redirect(statusCode=304)]
    compiled = table(gateway(), route("r", rule(filters=filters, to=None)))
    assert to(ask(compiled)) == "404"


@pytest.mark.parametrize(
    ("prefix", "replacement", "path", "sent"),
    [
        ("/foo", "/xyz", "/foo/bar", "/xyz/bar"),
        ("/foo", "/xyz", "/foo/", "/xyz/"),
        ("/foo", "/xyz", "/foo", "/xyz"),
        ("/foo", "/xyz/", "/foo", "/xyz"),
        ("/foo/", "/xyz", "/foo", "/xyz/foo"),
        ("/foo", "", "/foo", "/"),
        ("/foo", "/", "/foo/bar", "/bar"),
        ("/foo", "/xyz", "/foo/a%2Fb", "/xyz/a/b"),
        ("/foo", "/xyz", "/foo/a%20b?c=%2F", "/xyz/a%20b?c=%2F"),
    ],
)
def test_prefix_replacement(prefix: str, replacement: str, path: str, sent: str) -> None:
    filters = [rewrite("ReplacePrefixMatch", replacement)]
    compiled = table(gateway(), route("r", rule(match(prefix), filters=filters)), backend())
    assert ask(compiled, f"a.test{path}").outcome.upstream_path == sent


@pytest.mark.parametrize(
    "unknown",
    [
        {"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "m", "port": 80}}},
        {"type": "CORS", "cors": {"allowOrigins": ["*"]}},
        {"type": "ExtensionRef", "extensionRef": {"group": "x", "kind": "Y", "name": "z"}},
        {"type": "ExtensionRef", "extensionRef": MIDDLEWARE},
        {"type": "URLRewrite", "urlRewrite": {}},
        {"type": "Magic"},
    ],
)  # fmt: skip
def test_what_it_does_not_do_is_an_error_of_the_rule(unknown: Json) -> None:
    broken = rule(match("/m"), filters=[redirect(), unknown])
    compiled = table(gateway(), route("r", broken, rule(match("/"))), backend())
    assert to(ask(compiled, "a.test/m")) == "500"
    assert to(ask(compiled, "a.test/x")) == "web*1"


def test_a_middleware_is_known_where_its_provider_is_on() -> None:
    filters = [{"type": "ExtensionRef", "extensionRef": MIDDLEWARE}]
    objects = (gateway(), route("r", rule(filters=filters)), backend())
    decision = ask(table(*objects, flags=("--providers.kubernetescrd=true",)))
    assert to(decision) == "web*1"
    assert decision.uncertain


# --- Backends --------------------------------------------------------------


@pytest.mark.parametrize(
    ("refs", "answer"),
    [
        ([], "503"),
        ([{"name": "web", "port": 80, "weight": 0}], "503"),
        ([{"name": "gone", "port": 80}], "500"),
        ([{"name": "web", "port": 81}], "500"),
        ([{"name": "web", "port": 80, "kind": "Bucket", "group": "x"}], "500"),
        ([{"name": "empty", "port": 80}], "503"),
        ([{"name": "bare", "port": 80}], "500"),
        ([{"name": "web", "port": 80}, {"name": "gone", "port": 80}], "web*1,gone*1=500"),
        ([{"name": "web", "port": 80}, {"name": "empty", "port": 80}], "web*1,empty*1=503"),
    ],
)
def test_backends(refs: list[Json], answer: str) -> None:
    empty = [backend("empty")[0], {**backend("empty")[1], "endpoints": []}]
    services = [*backend(), *empty, backend("bare")[0]]
    compiled = table(gateway(), route("r", rule(backendRefs=refs)), services)
    assert to(ask(compiled)) == answer


def test_in_files_the_cluster_is_taken_to_make_slices_where_it_can() -> None:
    made, by_hand = backend()[0], backend("hand")[0]
    del by_hand["spec"]["selector"]
    rules = (rule(match("/a")), rule(match("/b"), to="hand"))
    compiled = table(gateway(), route("r", *rules), made, by_hand, offline=True)
    assert to(ask(compiled, "a.test/a")) == "web*1"
    assert to(ask(compiled, "a.test/b")) == "500"


def test_calls_compete_by_the_length_of_their_rule() -> None:
    def call(**method: str) -> Json:
        return rule({"method": method}, to=method.pop("to"))

    grpc = route(
        "g",
        call(service="pkg.S", to="s"),
        call(service="pkg.S", method="Get", to="both"),
        kind="GRPCRoute",
    )
    compiled = table(gateway(), grpc, backend("s"), backend("both"))
    # `[^/]+` is longer than Get.
    assert to(ask(compiled, "a.test/pkg.S/Get")) == "s*1"
    assert to(ask(compiled, "a.test/x/pkgxS/List/y")) == "s*1"
    broken = table(gateway(), route("g", rule(to="gone"), kind="GRPCRoute"), backend())
    assert to(ask(broken, "a.test/s/m", method="POST")) == "200"
