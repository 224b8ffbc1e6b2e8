"""Which routes a Gateway takes, and by which listener a request comes in."""

from __future__ import annotations

import pytest

from tests.controllers.gateway_objects import (
    Json,
    ask,
    backend,
    codes,
    gateway,
    grant,
    https,
    listener,
    match,
    messages,
    obj,
    redirect,
    route,
    rule,
    secret,
    table,
    to,
)


def test_files_without_a_gateway_are_taken_to_be_accepted() -> None:
    decision = ask(table(route("r", hosts=("a.test",)), offline=True))
    assert to(decision) == "web*1"
    assert "Gateway default/gw is in no file" in messages(decision)
    assert not decision.uncertain


def test_in_a_cluster_a_missing_gateway_takes_nothing() -> None:
    decision = ask(table(route("r", hosts=("a.test",)), backend()))
    assert to(decision) == "404"
    assert codes(decision)[0] == "KI209"
    assert "Gateway default/gw has no such listener" in messages(decision)


def test_a_gateway_in_the_files_has_to_be_the_right_one() -> None:
    compiled = table(gateway(), route("r", parents=({"name": "other"},)), offline=True)
    assert to(ask(compiled)) == "404"


def test_the_class_that_is_asked_for_narrows_the_gateways() -> None:
    other = gateway(name="other") | {}
    other["spec"] = {**other["spec"], "gatewayClassName": "d"}
    objects = (gateway(), other, route("r", parents=({"name": "other"},)), backend())
    assert to(ask(table(*objects))) == "web*1"
    assert to(ask(table(*objects, ingress_class="c"))) == "404"
    assert to(ask(table(*objects, ingress_class="d"))) == "web*1"
    # The class of some Ingress says nothing about Gateways.
    assert to(ask(table(*objects, ingress_class="nginx"))) == "web*1"


@pytest.mark.parametrize(
    ("parent", "answer"),
    [
        ({}, "web*1"),
        ({"sectionName": "web"}, "web*1"),
        ({"sectionName": "other"}, "404"),
        ({"port": 80}, "web*1"),
        ({"port": 81}, "404"),
        ({"sectionName": "web", "port": 81}, "404"),
        ({"kind": "Service", "group": ""}, "404"),
        ({"namespace": "n"}, "404"),
    ],
)
def test_a_parent_reference_selects_listeners(parent: Json, answer: str) -> None:
    compiled = table(gateway(), route("r", parents=({"name": "gw", **parent},)), backend())
    assert to(ask(compiled)) == answer


@pytest.mark.parametrize(
    ("allowed", "labels", "taken"),
    [
        ({"from": "All"}, {}, True),
        ({"from": "Same"}, {}, False),
        ({"from": "Selector", "selector": {"matchLabels": {"a": "b"}}}, {"a": "b"}, True),
        ({"from": "Selector", "selector": {"matchLabels": {"a": "b"}}}, {"a": "c"}, False),
        ({"from": "Selector"}, {}, False),
        (
            {
                "from": "Selector",
                "selector": {"matchLabels": {"kubernetes.io/metadata.name": "n"}},
            },
            {},
            True,
        ),
    ],
)
def test_a_listener_chooses_namespaces(allowed: Json, labels: Json, taken: bool) -> None:
    namespace = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": "n", "labels": labels},
    }
    parents = ({"name": "gw", "namespace": "default"},)
    compiled = table(
        gateway(listener(allowedRoutes={"namespaces": allowed})),
        route("r", namespace="n", parents=parents),
        namespace,
        backend(namespace="n"),
    )
    decision = ask(compiled)
    assert to(decision) == ("web*1" if taken else "404")
    assert taken or "allowedRoutes excludes the namespace n" in messages(decision)


def test_labels_that_no_file_tells_are_said() -> None:
    allowed = {"namespaces": {"from": "Selector", "selector": {"matchLabels": {"a": "b"}}}}
    decision = ask(table(gateway(listener(allowedRoutes=allowed)), route("r"), offline=True))
    assert to(decision) == "web*1"
    assert decision.uncertain
    assert "labels of namespace default are not known" in messages(decision)


def test_a_listener_chooses_kinds_and_ignores_those_it_cannot_have() -> None:
    kinds = [{"kind": "TCPRoute"}, {"kind": "GRPCRoute"}]
    compiled = table(
        gateway(listener(allowedRoutes={"kinds": kinds})),
        route("h"),
        route("g", rule(), kind="GRPCRoute"),
        backend(),
    )
    assert to(ask(compiled)) == "404"
    assert to(ask(compiled, "a.test/s/m", method="POST")) == "web*1"


@pytest.mark.parametrize(
    ("of_listener", "of_route", "host", "taken"),
    [
        ("a.test", "", "a.test", True),
        ("a.test", "", "b.test", False),
        ("*.test", "a.test", "a.test", True),
        ("*.test", "a.test", "b.test", False),
        ("a.test", "*.test", "a.test", True),
        ("a.test", "*.test", "b.test", False),
        ("*.a.test", "*.test", "x.a.test", True),
        ("*.a.test", "*.test", "x.test", False),
        ("*.a.test", "a.test", "a.test", False),
        ("*.test", "", "x.y.test", True),
        ("*.test", "", "test", False),
        ("a.test", "b.test", "b.test", False),
    ],
)
def test_hostnames_intersect(of_listener: str, of_route: str, host: str, taken: bool) -> None:
    hosts = (of_route,) if of_route else ()
    compiled = table(gateway(listener(hostname=of_listener)), route("r", hosts=hosts), backend())
    assert to(ask(compiled, f"{host}/")) == ("web*1" if taken else "404")


def test_listeners_that_are_not_distinct_serve_nothing() -> None:
    compiled = table(gateway(listener("one"), listener("two")), route("r"), backend())
    decision = ask(compiled)
    assert to(decision) == "404"
    assert "another listener has its port, protocol and hostname" in messages(decision)


def test_a_scheme_needs_a_listener_of_its_own() -> None:
    compiled = table(gateway(https()), route("r"), secret(), backend())
    assert to(ask(compiled, "https://a.test/")) == "web*1"
    decision = ask(compiled, "http://a.test/")
    assert to(decision) == "404"
    assert "no listener takes http on port 80" in messages(decision)
    assert "HTTPS 443 any host" in messages(decision)


@pytest.mark.parametrize(
    ("objects", "why"),
    [
        ([], "its certificate Secret default/cert does not exist"),
        ([secret(**{"tls.crt": ""})], "has no tls.crt and tls.key"),
    ],
)
def test_a_listener_without_a_certificate_serves_nothing(objects: list[Json], why: str) -> None:
    compiled = table(gateway(https()), route("r"), objects, backend())
    decision = ask(compiled, "https://a.test/")
    assert to(decision) == "404"
    assert why in messages(decision)


def test_files_without_secrets_say_nothing_about_certificates() -> None:
    assert to(ask(table(gateway(https()), route("r"), offline=True), "https://a.test/")) == "web*1"


def test_a_certificate_elsewhere_needs_a_grant() -> None:
    listeners = gateway(https(ref={"namespace": "n"}))
    objects = (listeners, route("r"), secret(namespace="n"), backend())
    assert to(ask(table(*objects), "https://a.test/")) == "404"
    granted = grant("n", "Gateway", "default", "Secret", "cert")
    assert to(ask(table(*objects, granted), "https://a.test/")) == "web*1"
    other = grant("n", "Gateway", "default", "Secret", "other")
    assert to(ask(table(*objects, other), "https://a.test/")) == "404"


def test_a_request_for_another_listener_than_the_handshake_is_misdirected() -> None:
    listeners = gateway(https("a", hostname="a.test"), https("b", hostname="b.test"))
    compiled = table(listeners, route("r"), secret(), backend())
    assert to(ask(compiled, "https://a.test/")) == "web*1"
    assert to(ask(compiled, "https://a.test/", sni="a.test")) == "web*1"
    assert to(ask(compiled, "https://a.test/", sni="b.test")) == "421"
    assert to(ask(compiled, "https://c.test/", sni="b.test")) == "404"
    assert "refuse the TLS handshake" in messages(ask(compiled, "https://c.test/"))


def test_the_most_specific_listener_answers_alone() -> None:
    listeners = gateway(listener("wide", hostname="*.test"), listener("narrow", hostname="a.test"))
    wide = route("w", rule(match("/w")), parents=({"name": "gw", "sectionName": "wide"},))
    narrow = route("n", rule(match("/n")), parents=({"name": "gw", "sectionName": "narrow"},))
    compiled = table(listeners, wide, narrow, backend())
    assert to(ask(compiled, "a.test/n")) == "web*1"
    assert to(ask(compiled, "a.test/w")) == "404"
    assert to(ask(compiled, "b.test/w")) == "web*1"
    assert "without listener isolation" in messages(ask(compiled, "a.test/n"))
    assert not ask(compiled, "b.test/w").uncertain


def test_a_port_that_no_listener_has_is_one_that_a_load_balancer_maps() -> None:
    compiled = table(gateway(), route("r", rule(filters=[redirect(hostname="o.test")], to=None)))
    assert to(ask(compiled, "a.test:30080/x")) == "http://o.test/x"
    both = table(
        gateway(listener("a", 80), listener("b", 8080)),
        route("r", parents=({"name": "gw", "sectionName": "a"},)),
        backend(),
    )
    assert to(ask(both, "a.test:8080/")) == "404"
    charts = table(gateway(listener("web", 8000)), route("r"), backend())
    assert to(ask(charts)) == "web*1"


def test_two_gateways_for_one_host_are_said() -> None:
    parents = ({"name": "gw"}, {"name": "other"})
    compiled = table(gateway(), gateway(name="other"), route("r", parents=parents), backend())
    assert "Gateways default/gw, default/other all have routes" in messages(ask(compiled))
    alone = table(gateway(), gateway(name="other"), route("r"), backend())
    assert not ask(alone).uncertain


def listener_set(*listeners: Json, name: str = "s", namespace: str = "default") -> Json:
    spec = {"parentRef": {"name": "gw", "namespace": "default"}, "listeners": list(listeners)}
    return obj("ListenerSet", name, spec, namespace, "2026-01-01T00:00:00Z")


IN_THE_SET = ({"kind": "ListenerSet", "name": "s"},)


@pytest.mark.parametrize(
    ("come_from", "answer"), [("All", "web*1"), ("Same", "web*1"), ("None", "404")]
)
def test_a_gateway_has_to_allow_a_listener_set(come_from: str, answer: str) -> None:
    compiled = table(
        gateway(allowedListeners={"namespaces": {"from": come_from}}),
        listener_set(listener("more", hostname="more.test")),
        route("r", parents=IN_THE_SET),
        backend(),
    )
    assert to(ask(compiled, "more.test/")) == answer


def test_a_listener_set_gives_way_to_its_gateway() -> None:
    compiled = table(
        gateway(allowedListeners={"namespaces": {"from": "All"}}),
        listener_set(listener("more")),
        route("r", rule(match("/set")), parents=IN_THE_SET),
        route("own", rule(match("/own"))),
        backend(),
    )
    assert to(ask(compiled, "a.test/own")) == "web*1"
    assert to(ask(compiled, "a.test/set")) == "404"


def test_who_names_the_gateway_does_not_attach_to_its_listener_sets() -> None:
    compiled = table(
        gateway(listener(hostname="a.test"), allowedListeners={"namespaces": {"from": "All"}}),
        listener_set(listener("more", hostname="more.test")),
        route("r"),
        backend(),
    )
    assert to(ask(compiled, "more.test/")) == "404"


def test_a_route_on_two_listeners_is_one_entry_with_the_certificate_of_its_host() -> None:
    listeners = gateway(
        listener(),
        https("wide", "wide-cert", hostname="*.test"),
        https("narrow", "cert", hostname="a.test"),
    )
    compiled = table(
        listeners, route("r", hosts=("a.test",)), secret(), secret("wide-cert"), backend()
    )
    (server,) = compiled.servers
    assert [entry.route.field for entry in server.entries if entry.route] == [
        ("spec", "rules", 0, "matches", 0)
    ]
    assert (server.tls, server.certificate) == (True, "default/cert")
    assert "web of Gateway default/gw or wide" in str(server.entries[0].conditions[0])
    plain = table(gateway(), route("r", hosts=("a.test",)), backend())
    assert (plain.servers[0].tls, plain.servers[0].certificate) == (False, "")


def test_what_is_never_served_is_listed_with_its_paths_and_backends() -> None:
    compiled = table(gateway(), route("r", rule(match("/a")), hosts=("a.test",), parents=()))
    (one,) = compiled.lost
    assert (one.route.host, one.route.path, one.backend) == ("a.test", "/a", "default/web:80")
    assert one.finding.message == "no listener takes HTTPRoute default/r: it names no parent"
