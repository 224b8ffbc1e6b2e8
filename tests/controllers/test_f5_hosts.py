"""The F5 controller: who has a host, and which server a request finds."""

from __future__ import annotations

from typing import Any

import pytest

from tests.controllers.f5 import custom, master, minion, one, table
from tests.controllers.ingress_nginx.asking import aged, backend, codes, config_map, decide, said
from tests.manifests import ingress_class, path

EMPTY_HOST = ("-allow-empty-ingress-host",)


def with_uid(one_object: Any, uid: str) -> Any:
    one_object["metadata"]["uid"] = uid
    return one_object


@pytest.mark.parametrize(
    ("host", "answer"),
    [
        ("w.t", "404"),
        ("a.w.t", "wide:80 /x"),
        ("a.b.w.t", "wide:80 /x"),
        ("h.w.t", "404"),
        ("x.h.w.t", "deep:80 /x"),
        ("A.W.T.", "wide:80 /x"),
        ("a.w.t:8443", "wide:80 /x"),
        ("", "400"),
        ("a..w.t", "400"),
        ("a/b.w.t", "400"),
    ],
)
def test_the_most_specific_name_alone_answers(host: str, answer: str) -> None:
    routes = table(
        one("a", "*.w.t", path("/", "wide")),
        one("b", "h.w.t", path("/other", "exact")),
        one("c", "*.h.w.t", path("/", "deep")),
    )
    assert said(routes, "http://set.below/x", host=host) == answer


def test_a_rule_without_host_rejects_its_ingress() -> None:
    made = one("a", "", path("/", "web"))
    made["spec"]["rules"].append(one("x", "a.t", path("/", "web"))["spec"]["rules"][0])
    routes = table(made)
    assert said(routes, "http://a.t/") == "404"
    assert codes(decide(routes, "http://a.t/")) == ["KI506"]


def test_a_rule_without_host_is_the_default_server_where_it_is_allowed() -> None:
    older, younger = one("a", "", path("/a", "first")), one("b", "", path("/b", "second"))
    routes = table(
        aged(older, 1), aged(younger, 2), one("h", "h.t", path("/", "own")), flags=EMPTY_HOST
    )
    assert said(routes, "http://any.t/a/") == "301 https://any.t:443/a/"
    assert said(routes, "https://any.t/a") == "refused"
    assert said(routes, "http://h.t/a") == "own:80 /a"
    plain = table(
        one("a", "", path("/a", "first"), org={"ssl-redirect": "false"}), flags=EMPTY_HOST
    )
    assert said(plain, "http://any.t/a") == "first:80 /a"
    assert said(plain, "http://any.t/b") == "404"
    secured = (*EMPTY_HOST, "-default-server-tls-secret=ctl/own")
    assert said(table(older, flags=secured), "https://any.t/a") == "first:80 /a"


def test_the_oldest_keeps_a_host_and_others_keep_the_rest() -> None:
    young = one("a", "h.t", path("/", "young"))
    young["spec"]["rules"].append(one("x", "other.t", path("/", "young"))["spec"]["rules"][0])
    routes = table(aged(young, 5), aged(one("z", "h.t", path("/z", "old")), 1))
    assert said(routes, "http://h.t/z") == "old:80 /z"
    assert said(routes, "http://h.t/") == "404"
    assert said(routes, "http://other.t/") == "young:80 /"
    assert codes(decide(routes, "http://h.t/")) == ["KI502"]


def test_of_two_equally_old_ones_the_larger_uid_keeps_it() -> None:
    small = with_uid(aged(one("a", "h.t", path("/", "small")), 1), "aaa")
    large = with_uid(aged(one("b", "h.t", path("/", "large")), 1), "bbb")
    assert said(table(small, large), "http://h.t/") == "large:80 /"


def test_files_without_times_leave_the_owner_open() -> None:
    routes = table(one("a", "h.t", path("/", "web")), one("b", "h.t", path("/", "other")))
    decision = decide(routes, "http://h.t/")
    assert decision.uncertain
    assert "equally old" in decision.findings[0].message
    [lost] = [one for one in routes.findings if one.code == "KI502"]
    assert "is in Ingress default/a and in Ingress default/b: only the one that" in lost.message
    aged_ones = table(
        aged(one("a", "h.t", path("/", "web")), 1), aged(one("b", "h.t", path("/", "other")), 2)
    )
    [lost] = [one for one in aged_ones.findings if one.code == "KI502"]
    assert "in Ingress default/b is never served: Ingress default/a has it already" in lost.message


def test_files_without_times_leave_a_minion_s_path_open() -> None:
    both = (minion("a", "h.t", path("/p", "web")), minion("b", "h.t", path("/p", "other")))
    routes = table(master("m", "h.t"), *both)
    [lost] = [one for one in routes.findings if one.code == "KI502"]
    assert "is in Ingress default/a and in Ingress default/b: only the one that" in lost.message


def test_a_rejected_ingress_is_in_nobodys_way() -> None:
    bad = aged(one("a", "h.t", path("/", "bad"), org={"lb-method": "bogus"}), 1)
    assert (
        said(table(bad, aged(one("b", "h.t", path("/", "good")), 2)), "http://h.t/") == "good:80 /"
    )


def test_one_host_twice_in_an_ingress_rejects_it() -> None:
    made = one("a", "h.t", path("/a", "web"))
    made["spec"]["rules"] *= 2
    assert said(table(made), "http://h.t/a") == "404"


# Hosts that are put together.


def test_minions_of_any_namespace_give_their_paths_to_the_master() -> None:
    routes = table(
        master("m", "h.t"),
        minion("a", "h.t", path("/a", "web")),
        minion("b", "h.t", path("/b", "far"), namespace="elsewhere"),
    )
    assert said(routes, "http://h.t/a") == "web:80 /a"
    assert decide(routes, "http://h.t/b").outcome.backends[0].namespace == "elsewhere"
    assert said(routes, "http://h.t/") == "404"


@pytest.mark.parametrize("kind", ["Exact", "Prefix"])
def test_the_older_minion_keeps_a_path_whatever_its_type(kind: str) -> None:
    routes = table(
        master("m", "h.t"),
        aged(minion("a", "h.t", path("/p", "young", kind=kind), path("/q", "young")), 2),
        aged(minion("b", "h.t", path("/p", "old")), 1),
    )
    assert said(routes, "http://h.t/p") == "old:80 /p"
    assert said(routes, "http://h.t/q") == "young:80 /q"
    [finding] = [one for one in routes.findings if one.code == "KI502"]
    assert "path /p of host h.t in Ingress default/a" in finding.message


def test_a_minion_with_a_path_twice_loses_it() -> None:
    twice = minion(
        "a", "h.t", path("/p", "web"), path("/p", "web", kind="Exact"), path("/q", "web")
    )
    routes = table(master("m", "h.t"), twice)
    assert said(routes, "http://h.t/p") == "404"
    assert said(routes, "http://h.t/q") == "web:80 /q"
    assert "itself has it already" in decide(routes, "http://h.t/p").findings[0].message


@pytest.mark.parametrize(
    "objects",
    [
        [minion("a", "h.t", path("/p", "web"))],
        [master("m", "*.t"), minion("a", "h.t", path("/p", "web"))],
        [one("m", "h.t", path("/q", "web")), minion("a", "h.t", path("/p", "web"))],
        [master("m", "h.t", lb_method="bogus"), minion("a", "h.t", path("/p", "web"))],
    ],
)
def test_a_minion_without_master_is_not_served(objects: list[Any]) -> None:
    routes = table(*objects)
    assert said(routes, "http://h.t/p") == "404"
    assert any("no valid master" in one.message for one in routes.findings)


def test_a_master_that_lost_its_host_leaves_its_minions_alone() -> None:
    routes = table(
        aged(one("a", "h.t", path("/", "web")), 1),
        aged(master("m", "h.t"), 2),
        minion("n", "h.t", path("/p", "part")),
    )
    assert said(routes, "http://h.t/p") == "web:80 /p"


def bad_parts() -> list[Any]:
    with_paths = one("m", "h.t", path("/p", "web"), org={"mergeable-ingress-type": "master"})
    two_hosts = minion("a", "h.t", path("/p", "web"))
    two_hosts["spec"]["rules"].append({"host": "k.t", "http": {"paths": [path("/", "web")]}})
    with_tls = minion("b", "h.t", path("/p", "web"))
    with_tls["spec"]["tls"] = [{"hosts": ["h.t"], "secretName": "x"}]
    no_paths = minion("c", "h.t")
    no_paths["spec"]["rules"][0]["http"] = {"paths": []}
    other = one("d", "h.t", path("/p", "web"), org={"mergeable-ingress-type": "Master"})
    return [with_paths, two_hosts, with_tls, no_paths, other]


@pytest.mark.parametrize("part", bad_parts(), ids=lambda part: part["metadata"]["name"])
def test_parts_that_are_rejected(part: Any) -> None:
    routes = table(master("z", "h.t"), part)
    assert said(routes, "http://h.t/p") == "404"
    assert [one.ingress.meta.name for one in routes.ignored] == [part["metadata"]["name"]]


def test_default_backends_of_master_and_minions_are_ignored() -> None:
    first, second = master("m", "h.t"), minion("a", "h.t", path("/p", "web"))
    for part in (first, second):
        part["spec"]["defaultBackend"] = backend("all")
    assert said(table(first, second), "http://h.t/x") == "404"


def test_what_counts_on_which_part() -> None:
    routes = table(
        master("m", "h.t", path_regex="case_insensitive", client_max_body_size="10"),
        minion("a", "h.t", path("/a", "web"), redirect_to_https="true", app_root="/never"),
        minion("b", "h.t", path("/b", "web"), client_max_body_size="20"),
    )
    forwarded = {"X-Forwarded-Proto": "http"}
    assert said(routes, "http://h.t/a", headers=forwarded) == "web:80 /a"
    assert said(routes, "http://h.t/A") == "404"
    assert said(routes, "http://h.t/", headers=forwarded) == "404"
    assert said(routes, "http://h.t/a", "POST", body_size=15) == "413"
    assert said(routes, "http://h.t/b", "POST", body_size=15) == "web:80 /b"


# Classes.


@pytest.mark.parametrize(
    ("name", "annotation", "answer"),
    [
        ("nginx", None, "web:80 /"),
        ("nginx", "", "web:80 /"),
        ("nginx", "other", "404"),
        ("twin", "nginx", "web:80 /"),
        ("twin", None, "404"),
        (None, "nginx", "web:80 /"),
        (None, None, "404"),
    ],
)
def test_classes(name: str | None, annotation: str | None, answer: str) -> None:
    made = one("a", "h.t", path("/", "web"), ingressClassName=name)
    if annotation is not None:
        made["metadata"]["annotations"]["kubernetes.io/ingress.class"] = annotation
    twin = ingress_class("twin", "nginx.org/ingress-controller")
    assert said(table(made, more=(twin,)), "http://h.t/") == answer


# Ports.


def test_listen_ports_take_the_place_of_80() -> None:
    routes = table(
        one("a", "h.t", path("/foo/", "web"), org={"listen-ports": "8081,8082"}),
        one("b", "k.t", path("/", "other")),
    )
    assert said(routes, "http://h.t:8081/foo/") == "web:80 /foo/"
    assert said(routes, "http://h.t:8082/foo") == "301 http://h.t:8082/foo/"
    assert said(routes, "http://h.t/foo/") == "404"
    assert said(routes, "http://k.t:9999/") == "other:80 /"


def test_the_first_server_of_a_port_stands_in_for_unknown_hosts_there() -> None:
    routes = table(
        one("b", "b.t", path("/", "second"), org={"listen-ports": "8081"}),
        one("a", "a.t", path("/", "first"), org={"listen-ports": "8081"}),
        one("c", "c.t", path("/", "third")),
    )
    assert said(routes, "http://c.t:8081/") == "first:80 /"
    assert said(routes, "http://b.t:8081/") == "second:80 /"
    assert said(routes, "http://c.t/") == "third:80 /"


def test_the_default_server_says_what_it_is_told() -> None:
    config = config_map("own", "ctl", default_server_return="302 https://info.t")
    flags = ("-nginx-configmaps=ctl/own", "-health-status")
    routes = table(one("a", "h.t", path("/a", "web")), more=(config,), flags=flags)
    assert said(routes, "http://any.t/x") == "302 https://info.t"
    assert said(routes, "http://any.t/nginx-health") == "200"
    assert said(routes, "http://h.t/x") == "404"


def test_a_virtual_server_competes_by_age() -> None:
    virtual = custom(
        "VirtualServer",
        "v",
        host="H.T",
        upstreams=[{"name": "u", "service": "web", "port": 80}],
        routes=[{"path": "/", "action": {"pass": "u"}}],
    )
    rival = one("a", "h.t", path("/a", "web"))
    old, young = aged(dict(virtual, metadata=dict(virtual["metadata"])), 1), aged(virtual, 9)
    assert said(table(aged(rival, 5), more=(old,)), "http://h.t/b") == "web:80 /b"
    assert said(table(aged(rival, 5), more=(young,)), "http://h.t/b") == "404"


def test_a_host_that_nobody_has() -> None:
    routes = table(one("a", "h.t", path("/", "web")))
    assert codes(decide(routes, "http://other.t/")) == ["KI101"]
