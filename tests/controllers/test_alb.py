"""AWS Load Balancer Controller: listener rules, one list for each group."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kubectl_ingress.controllers import alb
from kubectl_ingress.controllers._alb.globs import parse_glob
from kubectl_ingress.controllers._profile import Told
from kubectl_ingress.core.objects import Origin
from kubectl_ingress.core.parse import parse_snapshot
from kubectl_ingress.core.request import Decision, OutcomeKind, Request
from tests.manifests import ingress, ingress_class, path, service, slice_of

IMPLEMENTATION = "ImplementationSpecific"
HTTP_AND_HTTPS = '[{"HTTP": 80}, {"HTTPS": 443}]'


def node_port(name: str) -> Any:
    made = service(name)
    made["spec"]["type"] = "NodePort"
    return made


WORLD = tuple(node_port(name) for name in ("web", "other", "third"))


def of_alb(name: str = "web", host: str = "a.example", *paths: Any, **annotations: str) -> Any:
    """Annotations by name, underscores for dashes and a double one for a dot."""
    named = {
        "alb.ingress.kubernetes.io/" + key.replace("__", ".").replace("_", "-"): value
        for key, value in annotations.items()
    }
    return ingress(name, host, *paths, annotations=named, ingressClassName="alb")


def action(**fields: Any) -> str:
    return json.dumps(fields)


def forward(*groups: dict[str, Any]) -> str:
    return action(type="forward", forwardConfig={"targetGroups": list(groups)})


def use(text: str = "/", name: str = "it", kind: str = "Prefix") -> Any:
    return path(text, name, "use-annotation", kind)


def decide(
    *objects: Any,
    host: str = "a.example",
    target: str = "/",
    flags: tuple[str, ...] = (),
    offline: bool = True,
    **request: Any,
) -> Decision:
    everything = [(one, Origin()) for one in (*WORLD, *objects)]
    world = parse_snapshot(everything, offline=offline)
    table = alb.compile(world, alb.settings_of(Told(flags), world))
    return table.decide(Request(host, target, **{"client": "192.0.2.1", **request}))


def service_of(decision: Decision) -> str:
    outcome = decision.outcome
    return outcome.backends[0].service if outcome.backends else str(outcome.status or outcome.kind)


def served_by(target: str, *paths: Any) -> str:
    return service_of(decide(of_alb("web", "a.example", *paths), target=target))


@pytest.mark.parametrize(
    ("kind", "written", "taken", "missed"),
    [
        (IMPLEMENTATION, "/foo", ["/foo"], ["/foo/", "/foobar", "/Foo"]),
        (IMPLEMENTATION, "/foo*", ["/foo", "/foo/", "/foobar"], ["/fo"]),
        (IMPLEMENTATION, "/*/x?", ["/a/xy", "/a/b/xy"], ["/a/x", "/a/xyz"]),
        (IMPLEMENTATION, "", ["/", "/x"], []),
        ("Prefix", "/foo", ["/foo", "/foo/", "/foo/x"], ["/foobar"]),
        ("Prefix", "/foo/", ["/foo", "/foo/x"], ["/foobar"]),
        ("Prefix", "/", ["/", "/x"], []),
        ("Exact", "/foo", ["/foo"], ["/foo/", "/foo/x"]),
    ],
)
def test_paths(kind: str, written: str, taken: list[str], missed: list[str]) -> None:
    rule = path(written, kind=kind)
    assert [served_by(target, rule) for target in taken] == ["web"] * len(taken)
    assert [served_by(target, rule) for target in missed] == ["404"] * len(missed)


def test_inside_a_rule_exact_then_long_prefixes_then_the_others_as_written() -> None:
    rules = (
        path("/a/*", "third", kind=IMPLEMENTATION),
        path("/a/b/*", "third", kind=IMPLEMENTATION),
        path("/", "web"),
        path("/a", "other"),
        path("/a/b", "third", kind="Exact"),
    )
    assert served_by("/a/b", *rules) == "third"
    assert served_by("/a/b/c", *rules) == "other"
    assert served_by("/b", *rules) == "web"
    wild = path("/*", "web", kind=IMPLEMENTATION), path("/a", "other", kind=IMPLEMENTATION)
    assert served_by("/a", *wild) == "web"


def test_rules_are_tried_in_their_order_whatever_is_more_specific() -> None:
    one = of_alb("web", "", path("/", "other"))
    exact = {"host": "a.example", "http": {"paths": [path("/", "web")]}}
    one["spec"]["rules"].append(exact)
    assert service_of(decide(one)) == "other"
    one["spec"]["rules"].reverse()
    assert service_of(decide(one)) == "web"
    assert service_of(decide(one, host="b.example")) == "other"


def test_a_miss_in_a_host_goes_on_to_later_rules() -> None:
    one = of_alb("web", "a.example", path("/x", "web"))
    one["spec"]["rules"].append({"host": "*.example", "http": {"paths": [path("/", "other")]}})
    assert service_of(decide(one, target="/x")) == "web"
    assert service_of(decide(one, target="/y")) == "other"
    assert service_of(decide(one, host="c.b.example")) == "other"
    assert service_of(decide(one, host="example")) == "404"


def test_a_group_is_one_load_balancer_in_the_order_of_its_members() -> None:
    def member(name: str, to: str, order: str | None = None) -> Any:
        extra = {"group__order": order} if order else {}
        return of_alb(name, "a.example", path("/", to), group__name="g", **extra)

    assert service_of(decide(member("b", "web"), member("a", "other"))) == "other"
    assert service_of(decide(member("b", "web", "-1"), member("a", "other"))) == "web"
    assert service_of(decide(member("b", "web"), member("a", "other", "1"))) == "web"
    for bad in ("1001", "x"):
        assert decide(member("b", "web", bad)).outcome.kind is OutcomeKind.REFUSED


def test_two_load_balancers_with_one_host_depend_on_the_address() -> None:
    one, two = of_alb("one"), of_alb("two", "a.example", path("/", "other"))
    decision = decide(one, two)
    assert decision.outcome.kind is OutcomeKind.UNDEFINED
    assert [finding.code for finding in decision.findings] == ["KI205"]
    assert decide(one, of_alb("two", "b.example")).outcome.kind is OutcomeKind.FORWARD


def test_a_group_name_that_is_none_takes_the_ingress_out() -> None:
    decision = decide(of_alb(group__name="Not_One"))
    assert service_of(decision) == "404"
    assert decision.findings[0].code == "KI501"


def test_the_default_backend_takes_what_no_rule_does() -> None:
    one = of_alb("web", "a.example", path("/x"))
    one["spec"]["defaultBackend"] = {"service": {"name": "other", "port": {"number": 80}}}
    assert service_of(decide(one, target="/y")) == "other"
    assert service_of(decide(one, host="else.test")) == "other"
    assert service_of(decide(of_alb("web", "a.example", path("/x")), target="/y")) == "404"
    twice = of_alb("two", "b.example", group__name="g")
    for member in (one, twice):
        member["spec"]["defaultBackend"] = one["spec"]["defaultBackend"]
        member["metadata"]["annotations"]["alb.ingress.kubernetes.io/group.name"] = "g"
    assert decide(one, twice).outcome.kind is OutcomeKind.REFUSED


@pytest.mark.parametrize(
    ("configured", "status", "location"),
    [
        (action(type="fixed-response", fixedResponseConfig={"statusCode": "418"}), 418, None),
        (action(Type="fixed-response", FixedResponseConfig={"StatusCode": "503"}), 503, None),
        (
            action(type="redirect", redirectConfig={"host": "b.test", "statusCode": "HTTP_302"}),
            302,
            "http://b.test:80/x/y?q=1",
        ),
        (
            action(
                type="redirect",
                redirectConfig={
                    "protocol": "HTTPS",
                    "port": "443",
                    "path": "/new/#{path}",
                    "query": "a=b&#{query}",
                    "statusCode": "HTTP_301",
                },
            ),
            301,
            "https://a.example:443/new/x/y?a=b&q=1",
        ),
    ],
)
def test_actions_that_answer(configured: str, status: int, location: str | None) -> None:
    one = of_alb("web", "a.example", use(), actions__it=configured)
    outcome = decide(one, target="/x/y?q=1").outcome
    assert (outcome.status, outcome.location) == (status, location)


def test_a_redirect_to_itself_is_left_out_of_that_listener() -> None:
    to_https = action(
        type="redirect",
        redirectConfig={"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"},
    )
    one = of_alb(
        "web",
        "a.example",
        use("/", "go"),
        path("/"),
        actions__go=to_https,
        listen_ports=HTTP_AND_HTTPS,
    )
    assert decide(one).outcome.location == "https://a.example:443/"
    assert service_of(decide(one, scheme="https")) == "web"


def test_weights() -> None:
    shares = forward(
        {"serviceName": "web", "servicePort": "http", "weight": 20},
        {"serviceName": "other", "servicePort": "80", "weight": 80},
        {"serviceName": "third", "servicePort": 80, "weight": 0},
    )
    backends = decide(of_alb("web", "a.example", use(), actions__it=shares)).outcome.backends
    assert [(str(one), one.weight) for one in backends] == [
        ("default/web:80", 20),
        ("default/other:80", 80),
    ]


def test_a_target_group_outside_the_cluster() -> None:
    outside = action(type="forward", targetGroupARN="arn:x")
    outcome = decide(of_alb("web", "a.example", use(), actions__it=outside)).outcome
    assert outcome.kind is OutcomeKind.FORWARD
    assert outcome.backends[0].service == "arn:x"


def test_a_missing_action_is_a_503_and_a_bad_one_stops_the_group() -> None:
    missing = decide(of_alb("web", "a.example", use()))
    assert (missing.outcome.status, missing.findings[0].code) == (503, "KI103")
    for bad in (
        "{",
        "[]",
        action(type="teleport"),
        action(type="redirect", redirectConfig={"statusCode": "301"}),
        action(type="fixed-response", fixedResponseConfig={"statusCode": 503}),
        action(type="forward"),
        forward({"serviceName": "web"}),
        forward({"serviceName": "web", "servicePort": 80}, {"targetGroupARN": "x"}),
        forward({"serviceName": "web", "servicePort": 80, "weight": "1"}),
        forward(),
    ):
        decision = decide(of_alb("web", "a.example", use(), path("/fine"), actions__it=bad))
        assert decision.outcome.kind is OutcomeKind.REFUSED, bad
        assert decision.findings[0].code == "KI501"


def condition(field: str, config: str, **values: Any) -> dict[str, Any]:
    return {"field": field, config: values}


@pytest.mark.parametrize(
    ("conditions", "fits", "fails"),
    [
        (
            [
                condition(
                    "http-header", "httpHeaderConfig", httpHeaderName="X-A", values=["v*", "w"]
                )
            ],
            [{"headers": (("x-a", "V1"),)}, {"headers": (("X-A", "n"), ("X-A", "w"))}],
            [{}, {"headers": (("X-A", "n"),)}],
        ),
        (
            [condition("http-request-method", "httpRequestMethodConfig", Values=["POST", "PUT"])],
            [{"method": "PUT"}],
            [{}, {"method": "put"}],
        ),
        (
            [
                condition(
                    "query-string",
                    "queryStringConfig",
                    values=[{"key": "a", "value": "1"}, {"value": "b?c"}],
                )
            ],
            [{"target": "/?x=y&A=1"}, {"target": "/?k=bXc"}],
            [{}, {"target": "/?a=2"}, {"target": "/?a"}],
        ),
        (
            [condition("query-string", "queryStringConfig", values=[{"value": "a\\*"}])],
            [{"target": "/?k=a*"}],
            [{"target": "/?k=ab"}],
        ),
        (
            [condition("source-ip", "sourceIpConfig", values=["10.0.0.0/8", "2001:db8::/32"])],
            [{"client": "10.1.2.3"}, {"client": "2001:db8::1"}],
            [{}, {"client": ""}, {"client": "nonsense"}],
        ),
        (
            [condition("host-header", "hostHeaderConfig", values=["B*.Test"])],
            [{}, {"host": "bx.test"}, {"host": "BX.TEST"}],
            [{"host": "c.test"}],
        ),
        (
            [condition("path-pattern", "pathPatternConfig", values=["/other"])],
            [{"target": "/it"}, {"target": "/other"}],
            [{"target": "/Other"}],
        ),
        (
            [
                condition("http-header", "httpHeaderConfig", httpHeaderName="a", values=["1"]),
                condition("http-header", "httpHeaderConfig", httpHeaderName="b", values=["2"]),
            ],
            [{"headers": (("a", "1"), ("b", "2"))}],
            [{"headers": (("a", "1"),)}],
        ),
    ],
)
def test_conditions(
    conditions: list[Any], fits: list[dict[str, Any]], fails: list[dict[str, Any]]
) -> None:
    rule = path("/it" if conditions[0]["field"] == "path-pattern" else "/", "web")
    one = of_alb("web", "a.example", rule, conditions__web=json.dumps(conditions))
    assert [service_of(decide(one, **request)) for request in fits] == ["web"] * len(fits)
    assert [service_of(decide(one, **request)) for request in fails] == ["404"] * len(fails)


def test_an_unknown_client_makes_source_ip_uncertain() -> None:
    asked = [condition("source-ip", "sourceIPConfig", values=["10.0.0.0/8"])]
    one = of_alb("web", "a.example", path("/"), conditions__web=json.dumps(asked))
    assert decide(one, client="").uncertain
    assert not decide(one, client="10.0.0.1").uncertain


@pytest.mark.parametrize(
    "bad",
    [
        "{}",
        "[1]",
        '[{"field": 1}]',
        '[{"field": "host-header"}]',
        '[{"field": "host-header", "hostHeaderConfig": {"values": []}}]',
        '[{"field": "host-header", "hostHeaderConfig": {"values": [1]}}]',
        '[{"field": "source-ip", "sourceIPConfig": {"values": ["10.0.0.0/99"]}}]',
        '[{"field": "query-string", "queryStringConfig": {"values": [{"key": "a"}]}}]',
        '[{"field": "path-pattern", "pathPatternConfig": {"values": ["/1","/2","/3","/4"]}}]',
        '[{"field": "host-header", "hostHeaderConfig": {"regexValues": ["x"]}}]',
    ],
)
def test_bad_conditions_stop_the_group(bad: str) -> None:
    decision = decide(of_alb("web", "a.example", path("/x"), conditions__web=bad))
    assert decision.outcome.kind is OutcomeKind.REFUSED


def test_ssl_redirect_takes_all_of_http() -> None:
    one = of_alb("web", "a.example", path("/x"), listen_ports=HTTP_AND_HTTPS, ssl_redirect="443")
    for target, host in (("/x?q=1", "a.example"), ("/y?q=1", "else.test")):
        outcome = decide(one, target=target, host=host).outcome
        assert (outcome.status, outcome.location) == (301, f"https://{host}:443{target}")
    assert service_of(decide(one, target="/x", scheme="https")) == "web"
    for bad in ("8443", "x"):
        wrong = of_alb(listen_ports=HTTP_AND_HTTPS, ssl_redirect=bad)
        assert decide(wrong).outcome.kind is OutcomeKind.REFUSED
    assert decide(of_alb(ssl_redirect="443")).outcome.kind is OutcomeKind.REFUSED


def test_listeners() -> None:
    assert decide(of_alb(), scheme="https").outcome.kind is OutcomeKind.REFUSED
    with_certificate = of_alb(certificate_arn="arn:x")
    assert decide(with_certificate).findings[0].code == "KI603"
    assert service_of(decide(with_certificate, scheme="https")) == "web"
    assert not decide(with_certificate, scheme="https").uncertain
    looked_up = of_alb(listen_ports='[{"HTTPS": 8443}]')
    assert service_of(decide(looked_up, scheme="https", port=8443)) == "web"
    assert decide(looked_up, scheme="https", port=8443).uncertain
    for bad in ("", "[]", "80", '[{"http": 80}]', '[{"HTTP": "80"}]', '[{"HTTP": 0}]'):
        assert decide(of_alb(listen_ports=bad)).outcome.kind is OutcomeKind.REFUSED, bad


def test_rules_belong_to_the_listeners_of_their_ingress() -> None:
    http = of_alb("a", "a.example", path("/", "web"), group__name="g")
    https = of_alb("b", "a.example", path("/", "other"), group__name="g", certificate_arn="x")
    assert service_of(decide(http, https)) == "web"
    assert service_of(decide(http, https, scheme="https")) == "other"
    both = of_alb("c", group__name="g", listen_ports='[{"HTTPS": 80}]')
    assert decide(http, both).outcome.kind is OutcomeKind.REFUSED


@pytest.mark.parametrize(
    ("of_ingress", "of_service", "flags", "works"),
    [
        ({}, {}, (), False),
        ({"target_type": "ip"}, {}, (), True),
        ({}, {"target-type": "ip"}, (), True),
        ({"target_type": "ip"}, {"target-type": "instance"}, (), False),
        ({"target_type": "pod"}, {}, (), False),
        ({}, {}, ("--default-target-type=ip",), True),
    ],
)
def test_target_type(
    of_ingress: dict[str, str], of_service: dict[str, str], flags: tuple[str, ...], works: bool
) -> None:
    cluster_ip = service("web")
    prefixed = {f"alb.ingress.kubernetes.io/{k}": v for k, v in of_service.items()}
    cluster_ip["metadata"]["annotations"] = prefixed
    world = parse_snapshot(
        [(one, Origin()) for one in (cluster_ip, of_alb(**of_ingress))], offline=True
    )
    table = alb.compile(world, alb.settings_of(Told(flags), world))
    forwarded = table.decide(Request("a.example")).outcome.kind is OutcomeKind.FORWARD
    assert forwarded is works


def test_services_that_are_not_there() -> None:
    missing = decide(of_alb("web", "a.example", path("/", "gone")))
    assert (missing.outcome.status, missing.findings[0].code) == (503, "KI103")
    empty = decide(of_alb(target_type="ip"), slice_of(ready=False))
    assert (empty.outcome.status, empty.findings[0].code) == (503, "KI105")
    for frozen in (
        of_alb("web", "a.example", path("/", port=81)),
        of_alb(
            "web",
            "a.example",
            use(),
            actions__it=forward(
                {"serviceName": "gone", "servicePort": 80, "weight": 1},
                {"serviceName": "web", "servicePort": 80, "weight": 1},
            ),
        ),
    ):
        assert decide(frozen).outcome.kind is OutcomeKind.REFUSED


def test_a_share_without_targets_is_answered_with_503() -> None:
    shares = forward(
        {"serviceName": "web", "servicePort": 80, "weight": 1},
        {"serviceName": "other", "servicePort": 80, "weight": 3},
    )
    one = of_alb("web", "a.example", use(), actions__it=shares, target_type="ip")
    backends = decide(one, slice_of("other", ready=False)).outcome.backends
    assert [(one.service, one.weight, one.status) for one in backends] == [
        ("web", 1, None),
        ("other", 3, 503),
    ]


@pytest.mark.parametrize(
    ("annotation", "field", "flags", "taken"),
    [
        (None, "alb", (), True),
        (None, "own", (), True),
        (None, "foreign", (), False),
        ("alb", "foreign", (), True),
        ("nginx", "alb", (), False),
        (None, None, (), False),
        (None, None, ("--ingress-class=",), True),
        ("own", None, ("--ingress-class=own",), True),
    ],
)
def test_class(
    annotation: str | None, field: str | None, flags: tuple[str, ...], taken: bool
) -> None:
    classes = [
        ingress_class(name, "ingress.k8s.aws/alb" if name != "foreign" else "x/y")
        for name in ("alb", "own", "foreign")
    ]
    one = of_alb()
    one["spec"]["ingressClassName"] = field
    if annotation is not None:
        one["metadata"]["annotations"]["kubernetes.io/ingress.class"] = annotation
    assert (service_of(decide(one, *classes, flags=flags)) == "web") is taken


def test_what_is_not_modelled_is_said() -> None:
    assert not decide(of_alb()).uncertain
    rewritten = of_alb(transforms__web="[]")
    assert decide(rewritten).uncertain
    regex = of_alb(
        "web", "a.example", path("/^/x.+$", kind=IMPLEMENTATION), use_regex_path_match="true"
    )
    assert decide(regex, target="/xy").uncertain
    assert service_of(decide(regex, target="/xy")) == "web"
    login = of_alb(certificate_arn="x", auth_type="oidc", listen_ports=HTTP_AND_HTTPS)
    assert decide(login, scheme="https").uncertain
    assert not decide(login).uncertain
    assert decide(of_alb(), target="//x").uncertain


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        ("Prefix", "/a*"),
        ("Exact", "/a?"),
        ("Regex", "/"),
        (IMPLEMENTATION, "/a b"),
        ("Prefix", "/%41"),
    ],
)
def test_bad_paths_stop_the_group(kind: str, written: str) -> None:
    decision = decide(of_alb("web", "a.example", path(written, kind=kind), path("/fine")))
    assert decision.outcome.kind is OutcomeKind.REFUSED


@pytest.mark.parametrize(
    ("pattern", "text", "taken"),
    [
        ("*", "", True),
        ("a*b*c", "axxbxxc", True),
        ("a*b*c", "axxbxx", False),
        ("?", "", False),
        ("**a", "bba", True),
        ("*" * 200 + "b", "a" * 5000, False),
    ],
)
def test_globs(pattern: str, text: str, taken: bool) -> None:
    assert parse_glob(pattern).matches(text) is taken


@pytest.mark.parametrize("host", ["", "*.example", "\ud800", "a" * 300])
@pytest.mark.parametrize("target", ["", "*", "/%zz", "/\ud800", "/" + "a/" * 5000])
def test_nothing_that_is_asked_breaks_it(host: str, target: str) -> None:
    rules = [of_alb(name, host, path("/")) for name, host in (("a", ""), ("b", "*.example"))]
    assert decide(*rules, host=host, target=target).steps


def test_a_load_balancer_that_stands_still_keeps_its_hosts() -> None:
    broken = of_alb("broken", "b.example", path("/*", kind="Prefix"))
    fallback = of_alb("other", "a.example")
    fallback["spec"]["defaultBackend"] = {"service": {"name": "other", "port": {"number": 80}}}
    assert decide(broken, fallback, host="b.example").outcome.kind is OutcomeKind.REFUSED
    assert service_of(decide(broken, fallback, host="else.test")) == "other"
