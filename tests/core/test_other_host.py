"""What is suggested for a host that no rule has: what mends the request, and takes nothing away."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest
from msgspec.structs import replace

from kubectl_ingress.controllers import ingress_nginx
from kubectl_ingress.core.patch_host import ANNOTATION
from kubectl_ingress.core.request import Request
from tests.manifests import ingress, ingress_class, nginx, path, service, slice_of, snapshot

LB = "a0.elb.example"
TEST = "kubectl ingress test http://"


def fixes(host: str, *objects: Any, target: str = "/", scheme: str = "http") -> list[str]:
    """The commands for a request that nobody's rule takes, where the load balancer is `LB`."""
    world = snapshot(ingress_class(), service(), slice_of(), *objects)
    table = replace(ingress_nginx.compile(world), addresses=(LB, "10.0.0.9"))
    decision = table.decide(Request(host, target, scheme))
    assert (decision.outcome.status, decision.findings[0].code) == (404, "KI101")
    return decision.findings[0].fix.splitlines()


def test_the_load_balancer_s_own_name_may_be_given_to_the_only_one() -> None:
    echo = ingress("web", "a.example", path("/echo"))
    test = f"{TEST}a.example/echo"
    assert fixes(LB, echo, target="/echo") == ["kubectl ingress patch-host web", test]
    elsewhere = ingress("web", "a.example", path("/echo"), namespace="shop")
    assert fixes(LB, elsewhere, target="/echo")[0] == "kubectl ingress patch-host web -n shop"


@pytest.mark.parametrize(
    "objects",
    [
        # It is not known which of them is meant.
        [ingress("one", "a.example"), ingress("two", "b.example")],
        # Their site would fall apart.
        [ingress("one", "a.example"), ingress("two", "a.example", path("/x"))],
        [ingress("one", "*.a.example")],
        # The certificate is for the host there is.
        [ingress("one", "a.example", tls=[{"hosts": ["a.example"], "secretName": "s"}])],
    ],
)
def test_whoever_serves_more_keeps_its_host(objects: list[Any]) -> None:
    found = fixes(LB, *objects)
    assert found
    assert all(command.startswith(TEST) for command in found)


def test_of_several_hosts_none_is_changed() -> None:
    both = ingress("web", "a.example")
    both["spec"]["rules"].append({**both["spec"]["rules"][0], "host": "b.example"})
    assert fixes(LB, both) == [f"{TEST}a.example/"]


@pytest.mark.parametrize("host", ["10.0.0.9", "10.1.2.3", "::1", "load-balancer.invalid"])
def test_what_no_rule_can_have_is_offered_to_nobody(host: str) -> None:
    assert fixes(host, ingress()) == [f"{TEST}a.example/"]


def test_a_host_is_added_and_never_put_in_place_of_another() -> None:
    found = fixes("nope.example", ingress("web", "a.example", path("/echo")), target="/echo")
    added = "kubectl create ingress nope.example --class=nginx"
    assert found == [f"{TEST}a.example/echo", f"{added} '--rule=nope.example/echo*=web:80'"]
    words = shlex.split(found[1])
    [rule] = [word.removeprefix("--rule=") for word in words if word.startswith("--rule=")]
    host, _, rest = rule.partition("/")
    served = ingress("new", host, path(f"/{rest.partition('*=')[0]}"))
    table = ingress_nginx.compile(snapshot(ingress_class(), service(), slice_of(), served))
    assert str(table.decide(Request("nope.example", "/echo")).outcome.backends[0]).endswith(
        "web:80"
    )


@pytest.mark.parametrize(
    "one",
    [
        ingress(annotations=nginx(rewrite_target="/")),
        ingress("web", "a.example", path("/", kind="ImplementationSpecific")),
        ingress("web", "a.example", path("/"), tls=[{"hosts": ["a.example"]}]),
    ],
)
def test_what_kubectl_create_cannot_say_is_edited(one: Any) -> None:
    assert fixes("b.example", one) == [f"{TEST}a.example/", "kubectl edit ingress web"]


def test_the_nearest_host_is_the_first() -> None:
    hosts = ("aaa.example.com", "shop.example.com", "zzz.example.com")
    several = [ingress(host[:3], host) for host in hosts]
    assert fixes("shpo.example.com", *several)[0] == f"{TEST}shop.example.com/"
    assert len(fixes("shpo.example.com", *several)) == 2


def test_a_wildcard_is_asked_by_a_name_that_it_has() -> None:
    one = ingress("web", "*.example.com")
    assert fixes("shop.exmaple.com", one)[0] == f"{TEST}shop.example.com/"
    assert fixes(LB, one) == [f"{TEST}www.example.com/"]


def test_where_nobody_has_the_path_either_one_that_is_there_is_asked() -> None:
    one = ingress("web", "a.example", path("/echo"))
    assert fixes(LB, one) == [f"{TEST}a.example/echo"]
    assert fixes("b.example", one) == [f"{TEST}a.example/echo"]
    pattern = path("/api/(.*)", kind="ImplementationSpecific")
    two = ingress("web", "a.example", pattern, annotations=nginx(use_regex="true"))
    assert fixes(LB, two) == [f"{TEST}a.example/api/"]


def test_the_command_can_be_pasted() -> None:
    one = ingress("web", "a.example", path("/echo"))
    assert fixes(LB, one, target="/echo?a=1&b=2")[-1] == (
        "kubectl ingress test 'http://a.example/echo?a=1&b=2'"
    )


def test_https_is_offered_only_where_a_certificate_is_meant_for_the_host() -> None:
    bare = ingress("web", "a.example")
    assert fixes(LB, bare, scheme="https")[-1] == f"{TEST}a.example/"
    certified = ingress("web", "a.example", tls=[{"hosts": ["a.example"], "secretName": "s"}])
    assert fixes(LB, certified, scheme="https")[-1] == "kubectl ingress test https://a.example/"


def test_whose_path_is_the_longest_is_the_first() -> None:
    echo = ingress("web", "jko.example", path("/echo"))
    everything = [ingress(name, f"{name}.example") for name in ("shop", "all")]
    for objects in ([echo, *everything], [*everything, echo]):
        found = fixes(LB, *objects, target="/echo/x")
        assert found[0] == f"{TEST}jko.example/echo/x"
        assert len(found) == 2
        assert fixes("nope.test", *objects, target="/echo/x")[0] == found[0]
        # A slip in the host says more.
        assert fixes("shpo.example", *objects, target="/echo/x")[0] == f"{TEST}shop.example/echo/x"


def test_where_there_is_no_route_at_all_one_is_made() -> None:
    assert fixes(LB) == ["kubectl ingress scaffold NAME --path / --apply"]
    assert fixes("a.example", target="/x?y") == [
        "kubectl ingress scaffold NAME --host a.example --path /x --apply"
    ]


def test_the_class_of_another_controller_s_ingress_is_left_alone() -> None:
    foreign = ingress_class("other", "example.com/other")
    theirs = ingress("theirs", "x.example", ingressClassName="other")
    found = fixes(LB, foreign, theirs, ingress("web", "a.example", path("/echo")))
    assert found == [f"{TEST}a.example/echo"]


def test_a_canary_is_no_route() -> None:
    weighed = nginx(canary="true", canary_weight="10")
    can = ingress("can", "can.example", path("/", "can"), annotations=weighed)
    found = fixes(LB, can, ingress("web", "a.example"))
    assert found == ["kubectl ingress patch-host web", f"{TEST}a.example/"]


@pytest.mark.parametrize(
    ("host", "near"),
    [
        ("shop.exmaple.com", True),
        ("shpo.example.com", True),
        ("shop.example.org", False),
        ("shop.example.com.local", False),
        ("stop.exampel.com", False),
        ("shop2.example.com", False),
    ],
)
def test_of_two_that_are_a_slip_apart_neither_is_put_in_place_of_the_other(
    host: str, near: bool
) -> None:
    """The wrong one may be that of the request, and the other one be served."""
    one = ingress("web", "shop.example.com", path("/echo"))
    world = snapshot(ingress_class(), service(), slice_of(), one)
    [found] = ingress_nginx.compile(world).decide(Request(host, "/echo")).findings
    said = "; probably shop.example.com is meant, or that is misspelt"
    assert found.message.endswith(said) is near
    test, then = found.fix.splitlines()
    assert test == f"{TEST}shop.example.com/echo"
    assert then.startswith("kubectl edit ingress web" if near else "kubectl create ingress")


def taken(**record: Any) -> dict[str, Any]:
    """An Ingress whose host patch-host has changed, by this record."""
    entry = {"index": 0, "from": "a.example", "to": LB, **record}
    text = json.dumps({"v": 1, "rules": [entry], "tls": []})
    return ingress("web", LB, path("/echo"), annotations={ANNOTATION: text})


def test_a_host_that_was_taken_away_is_given_back() -> None:
    test = f"{TEST}{LB}/echo"
    undo = "kubectl ingress patch-host web --undo"
    assert fixes("a.example", taken(), target="/echo") == [undo, test]
    elsewhere = taken()
    elsewhere["metadata"]["namespace"] = "shop"
    assert (
        fixes("a.example", elsewhere, target="/echo")[0] == f"{undo.replace('web', 'web -n shop')}"
    )
    # What else has the path does not hide whose host it was.
    beside = ingress("all", "all.example", path("/"))
    assert fixes("a.example", taken(), beside, target="/echo")[0] == undo


@pytest.mark.parametrize(
    "one",
    [
        taken(**{"from": "b.example"}),
        # It was changed once more, and --undo would leave it.
        taken(to="c.example"),
        taken(index=1),
        ingress("web", LB, path("/echo"), annotations={ANNOTATION: "no record"}),
        ingress("web", LB, path("/echo"), annotations={ANNOTATION: "[" * 60_000}),
    ],
)
def test_what_cannot_be_given_back_is_not_offered(one: dict[str, Any]) -> None:
    assert not any("--undo" in fix for fix in fixes("a.example", one, target="/echo"))


def test_several_that_are_near_are_not_chosen_from() -> None:
    both = [ingress("one", "shop.example.com"), ingress("two", "shopp.example.com")]
    world = snapshot(ingress_class(), service(), slice_of(), *both)
    [found] = ingress_nginx.compile(world).decide(Request("shpop.example.com")).findings
    assert "probably" not in found.message
