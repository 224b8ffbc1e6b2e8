"""Two Ingresses with one host and path, and what becomes of the loser."""

from __future__ import annotations

import pytest

from tests.controllers.ingress_nginx.asking import (
    aged,
    backend,
    default_only,
    said,
    table,
)
from tests.manifests import ingress, nginx, path

HOST = "http://a.example"


def test_the_oldest_wins_with_its_annotations() -> None:
    old = aged(ingress("a", annotations=nginx(permanent_redirect="https://old")), 1)
    new = aged(ingress("b", annotations=nginx(permanent_redirect="https://new")), 2)
    assert said(table(new, old), HOST) == "301 https://old"
    routes = table(aged(old, 2), aged(new, 1))
    assert said(routes, HOST) == "301 https://new"
    [lost] = routes.lost
    assert (lost.route.ingress, lost.route.path) == ("default/a", "/")
    assert lost.backend == "default/web:80"
    assert lost.finding.code == "KI502"
    assert "default/b" in lost.finding.message


def test_of_the_same_age_the_last_by_name_wins() -> None:
    first = aged(ingress("a", "a.example", path("/", "one")), 1)
    second = aged(ingress("b", "a.example", path("/", "two")), 1)
    assert said(table(first, second), HOST) == "two:80 /"
    dashed = aged(ingress("b", "a.example", path("/", "three"), namespace="default-x"), 1)
    # "default/b" comes after "default-x/b": a slash is after a dash.
    assert said(table(dashed, second), HOST) == "two:80 /"
    assert said(table(dashed, first), HOST) == "one:80 /"


def test_files_do_not_tell_which_is_older() -> None:
    routes = table(ingress("a", "a.example"), ingress("b", "a.example"))
    message = routes.lost[0].finding.message
    assert "in Ingress default/a and in default/b: only the one that is created first" in message
    own = table(ingress("a", "a.example", path("/x", "one"), path("/x", "two")))
    assert "is never served" in own.lost[0].finding.message


def test_inside_one_ingress_the_first_wins() -> None:
    routes = table(ingress("a", "a.example", path("/x", "one"), path("/x", "two")))
    assert said(routes, f"{HOST}/x") == "one:80 /x"
    assert [lost.backend for lost in routes.lost] == ["default/two:80"]


def test_the_same_path_of_another_type_is_kept() -> None:
    exact = aged(ingress("e", "a.example", path("/x", "exact", kind="Exact")), 1)
    prefix = aged(ingress("p", "a.example", path("/x", "prefix")), 2)
    routes = table(exact, prefix)
    assert said(routes, f"{HOST}/x") == "exact:80 /x"
    assert said(routes, f"{HOST}/x/y") == "prefix:80 /x/y"
    assert not routes.lost


def test_no_type_and_that_of_the_implementation_are_prefix() -> None:
    for kind in ("ImplementationSpecific", ""):
        old = aged(ingress("a", "a.example", path("/x", "one")), 1)
        new = aged(ingress("b", "a.example", path("/x", "two", kind=kind)), 2)
        assert said(table(old, new), f"{HOST}/x/y") == "one:80 /x/y"


def test_no_path_is_the_root() -> None:
    made = ingress("a", "a.example", path("", kind="ImplementationSpecific"))
    assert said(table(made), f"{HOST}/any/x") == "web:80 /any/x"


def test_the_automatic_root_carries_the_annotations_of_the_oldest_ingress() -> None:
    """Issue 9485 of ingress-nginx."""
    for inherited, answer in (
        ({"force_ssl_redirect": "true"}, "308 https://a.example/other"),
        ({"permanent_redirect": "https://d"}, "301 https://d"),
        ({"whitelist_source_range": "10.0.0.0/8"}, "403"),
        ({"auth_url": "not-a-url"}, "503"),
        ({"rewrite_target": "/x"}, "404"),
    ):
        old = aged(ingress("a", "a.example", path("/a"), annotations=nginx(**inherited)), 1)
        new = aged(ingress("b", "a.example", path("/b", "b")), 2)
        assert said(table(old, new), f"{HOST}/other") == answer
        assert said(table(aged(old, 2), aged(new, 1)), f"{HOST}/other") == "404"


def test_until_somebody_has_the_root() -> None:
    old = aged(ingress("a", "a.example", path("/a"), annotations=nginx(app_root="/a")), 1)
    new = aged(ingress("b", "a.example", path("/", "b")), 2)
    routes = table(old, new)
    assert said(routes, f"{HOST}/other") == "b:80 /other"
    server = routes.server_for("a.example")
    assert not any(entry.inherited for entry in server.entries)


def test_what_is_inherited_is_marked() -> None:
    routes = table(ingress("a", "a.example", path("/a"), annotations=nginx(app_root="/a")))
    inherited = [e for e in routes.server_for("a.example").entries if e.inherited]
    assert [entry.matcher.text for entry in inherited] == ["/"]


def test_default_backend_beside_rules_serves_the_rest_of_hosts_that_the_ingress_made() -> None:
    old = ingress("a", "a.example", path("/a"), defaultBackend=backend("rest"))
    new = ingress("b", "a.example", path("/b", "b"))
    routes = table(aged(old, 1), aged(new, 2))
    assert said(routes, f"{HOST}/zzz") == "rest:80 /zzz"
    assert said(routes, "http://nobody.example/") == "404"
    assert said(table(aged(old, 2), aged(new, 1)), f"{HOST}/zzz") == "404"


def test_default_backend_without_rules_serves_all_other_hosts() -> None:
    routes = table(
        aged(default_only("d", "rest"), 2),
        aged(default_only("e", "later"), 3),
        aged(ingress("a", "a.example", path("/a")), 1),
    )
    assert said(routes, "http://nobody.example/x") == "rest:80 /x"
    assert said(routes, f"{HOST}/x") == "404"


@pytest.mark.parametrize(("default_at", "rule_at"), [(1, 2), (2, 1)])
def test_it_wins_over_a_rule_without_host(default_at: int, rule_at: int) -> None:
    rule = aged(ingress("r", "", path("/", "rule"), path("/x", "x")), rule_at)
    default = aged(default_only("d", "rest"), default_at)
    routes = table(rule, default)
    assert said(routes, "http://nobody.example/") == "rest:80 /"
    assert said(routes, "http://nobody.example/x/y") == "x:80 /x/y"


def test_its_redirects_and_rewrites_are_left_out_and_nothing_else() -> None:
    redirects = nginx(
        permanent_redirect="https://d",
        force_ssl_redirect="true",
        rewrite_target="/y",
        app_root="/app",
        use_regex="true",
    )
    routes = table(default_only("d", "rest", **redirects))
    assert said(routes, "http://nobody.example/") == "rest:80 /"
    assert said(routes, "http://nobody.example/healthz") == "200"
    denied = nginx(whitelist_source_range="10.0.0.0/8", proxy_body_size="5")
    routes = table(default_only("d", "rest", **denied))
    assert said(routes, "http://nobody.example/") == "403"
    assert said(routes, "http://nobody.example/", body_size=6) == "413"


def test_a_rule_without_host_takes_only_hosts_that_nobody_names() -> None:
    any_host = ingress("r", "", path("/x", "any"))
    routes = table(any_host, ingress("a", "a.example", path("/a")))
    assert said(routes, "http://nobody.example/x") == "any:80 /x"
    assert said(routes, f"{HOST}/x") == "404"


def test_a_backend_that_is_no_service_is_no_path() -> None:
    made = ingress("a", "a.example", path("/x"))
    resource = {"apiGroup": "k8s.example", "kind": "Bucket", "name": "b"}
    made["spec"]["rules"][0]["http"]["paths"][0]["backend"] = {"resource": resource}
    routes = table(made)
    assert said(routes, f"{HOST}/x") == "404"
    assert routes.server_for("a.example").host == "a.example"
