"""Which controller is meant by files, and what is said where that is a guess."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from kubectl_ingress.controllers._choice import controller_names, find_controller, meant_class
from kubectl_ingress.controllers._profile import Meant, Told
from kubectl_ingress.core.objects import Snapshot
from kubectl_ingress.core.request import Request
from kubectl_ingress.core.table import RouteTable
from kubectl_ingress.errors import InputError, UsageError
from kubectl_ingress.routing import all_tables, choose_table, snapshot_of_files
from tests.manifests import controller, ingress, ingress_class

SEED = Path(__file__).parent / "golden" / "convert" / "seed"


def snapshot(*objects: Any, namespace: str = "default") -> Snapshot:
    whole = {"apiVersion": "v1", "kind": "List", "items": list(objects)}
    return snapshot_of_files(["-"], io.StringIO(json.dumps(whole)), namespace)


def of_class(name: str | None, host: str = "a.example", **more: Any) -> dict[str, Any]:
    return ingress(f"in-{name}-{host}", host, ingressClassName=name, **more)


def chosen(*objects: Any, **how: Any) -> tuple[str, str]:
    table = choose_table(snapshot(*objects), **how)
    return table.controller, table.ingress_class


def codes(table: RouteTable) -> list[str]:
    return [finding.code for finding in table.findings]


def test_the_published_files_of_2020_are_routed() -> None:
    found = snapshot_of_files([str(SEED)], io.StringIO(), "web")
    assert found.offline
    table = choose_table(found)
    assert (table.controller, table.ingress_class) == ("ingress-nginx", "nginx")
    assert codes(table) == ["KI902"]
    decision = table.decide(Request("jko.example.com", "/echo-hostname"))
    assert decision.route is not None
    assert decision.route.ingress == "web/ingress-example"
    assert str(decision.outcome.backends[0]) == "web/hostname-service:80"


def test_no_file_at_all() -> None:
    with pytest.raises(InputError):
        snapshot_of_files(["/nowhere/at/all"], io.StringIO())


@pytest.mark.parametrize(
    ("name", "model"),
    [("nginx", "ingress-nginx"), ("public", "ingress-nginx"), ("gce", "gke"), ("mine", "generic")],
)
def test_by_well_known_class_names(name: str, model: str) -> None:
    assert chosen(of_class(name)) == (model, name)
    annotated = of_class(None, annotations={"kubernetes.io/ingress.class": name})
    assert chosen(annotated) == (model, name)


def test_an_unknown_class_is_said() -> None:
    table = choose_table(snapshot(of_class("mine")))
    [finding] = table.findings
    assert finding.code == "KI207"
    assert "class mine is none that is known here" in finding.message
    table = choose_table(snapshot(of_class("mine"), ingress_class("mine", "example.com/x")))
    assert "belongs to a controller that is not known here" in table.findings[0].message
    table = choose_table(snapshot(of_class("contour")))
    assert "is that of contour, whose routes are not modelled" in table.findings[0].message


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("ngnix", "nginx"),
        ("traefic", "traefik"),
        ("nginx", ""),
        ("internal", ""),
        # Somebody's second one.
        ("nginx2", ""),
        ("nginx-internal", ""),
        ("nginx-extrenal", "nginx-external"),
    ],
)
def test_the_class_that_is_meant(written: str, meant: str) -> None:
    assert meant_class(written, snapshot(ingress_class("nginx-external"))) == meant


def test_the_ingress_class_says_whose_it_is_whatever_it_is_called() -> None:
    assert chosen(of_class("mine"), ingress_class("mine")) == ("ingress-nginx", "mine")
    internal = ingress_class("inner", "k8s.io/internal-ingress-nginx")
    table = choose_table(snapshot(of_class("inner"), internal))
    assert table.controller == "ingress-nginx"
    assert len(table.loaded) == 1


def test_one_controller_of_several_classes_is_one() -> None:
    both = (of_class("nginx"), of_class("mine", "b.example"))
    classes = (ingress_class("nginx"), ingress_class("mine"))
    table = choose_table(snapshot(*both, *classes))
    assert (table.controller, len(table.loaded)) == ("ingress-nginx", 2)


def test_several_controllers_need_a_choice() -> None:
    objects = (of_class("nginx"), of_class("gce", "b.example"))
    with pytest.raises(UsageError) as caught:
        chosen(*objects)
    assert "--class nginx" in caught.value.next_step
    assert "--class gce" in caught.value.next_step
    assert chosen(*objects, ingress_class="gce") == ("gke", "gce")
    assert chosen(*objects, controller="ingress-nginx") == ("ingress-nginx", "nginx")
    # The host of the request tells, too.
    assert chosen(*objects, host="b.example") == ("gke", "gce")
    tables = all_tables(snapshot(*objects), Meant())
    assert {one.controller for one in tables} == {"gke", "ingress-nginx"}


def test_by_name() -> None:
    # The files' only class is meant, though it is not the default one.
    assert chosen(of_class("mine"), controller="ingress-nginx") == ("ingress-nginx", "mine")
    assert chosen(of_class("nginx"), controller="spec") == ("generic", "nginx")
    for name in controller_names():
        assert find_controller(name).PROFILE.title, name
    assert {"contour", "istio", "kong", "generic"} <= {*controller_names()}
    with pytest.raises(UsageError, match="no controller is called 'nope'"):
        chosen(of_class("nginx"), controller="nope")
    with pytest.raises(UsageError, match="several classes could be meant"):
        chosen(of_class("a"), of_class("b", "b.example"), controller="generic")


def test_what_the_controller_is_told_counts() -> None:
    told = Told(("--watch-ingress-without-class=true",))
    table = choose_table(snapshot(of_class(None)), controller="ingress-nginx", told=told)
    assert len(table.loaded) == 1


def test_no_class_at_all() -> None:
    table = choose_table(snapshot(of_class(None)))
    assert "most controllers ignore" in table.findings[0].message
    # A class beside it is the one that it should have.
    table = choose_table(snapshot(of_class(None), ingress_class("nginx")))
    assert table.controller == "ingress-nginx"
    assert [one.finding.code for one in table.ignored] == ["KI201"]


def test_nothing_to_route_by() -> None:
    with pytest.raises(UsageError, match="no Ingress"):
        chosen({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}})


def test_what_cannot_be_used_is_told_where_it_would_be_all_there_is() -> None:
    with pytest.raises(InputError) as caught:
        chosen(ingress(5, "a.example"))  # type: ignore[arg-type]
    assert caught.value.sentence == (
        "there is nothing to route by: stdin:1: Ingress metadata: name is not a string (KI901)"
    )
    assert caught.value.next_step == "kubectl ingress lint -f -"


def test_the_gateway_api_alone() -> None:
    gateway = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "Gateway",
        "metadata": {"name": "g"},
        "spec": {"gatewayClassName": "c", "listeners": []},
    }
    assert choose_table(snapshot(gateway)).controller == "gateway-api"
    # Beside Ingresses, the host of the request tells which one is meant.
    route = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": "r"},
        "spec": {"hostnames": ["g.example"], "parentRefs": [{"name": "g"}], "rules": [{}]},
    }
    objects = (gateway, route, of_class("nginx"))
    assert chosen(*objects, host="g.example")[0] == "gateway-api"
    assert chosen(*objects, host="a.example")[0] == "ingress-nginx"
    with pytest.raises(UsageError):
        chosen(*objects)


def test_annotations_of_f5_tell_two_classes_nginx_apart() -> None:
    from kubectl_ingress.controllers._choice import choices

    found = snapshot(of_class("nginx", annotations={"nginx.org/rewrites": "x"}))
    [choice] = choices(found)
    assert choice.controller.PROFILE.name == "f5-nginx"
    assert choice.finding is not None
    assert choice.finding.code == "KI207"


def test_hostile_objects_do_not_raise() -> None:
    odd = [
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "Ingress",
            "metadata": {"name": "a"},
            "spec": spec,
        }
        for spec in (
            5,
            [],
            {"rules": 5},
            {"rules": [None, 5, {"host": 5, "http": []}]},
            {"tls": {}},
            None,
        )
    ]
    found = snapshot(*odd, of_class("nginx"), *controller(), {"kind": 5}, {"kind": "Ingress"})
    assert {one.code for one in found.findings} == {"KI901", "KI903"}
    assert choose_table(found).decide(Request("a.example", "/")).route is not None
