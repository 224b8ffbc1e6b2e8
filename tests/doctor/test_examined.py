"""What a whole examination tells of what it was asked for, and of what it leaves out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kubectl_ingress.doctor.reading import Examined
from tests.fakes import FakeCluster
from tests.inventory.objects import workload
from tests.manifests import LB, controller, ingress, ingress_class, service, slice_of
from tests.running import run


def examined(tmp_path: Path, *words: str, objects: list[Any], maps: str = LB) -> list[Any]:
    """The lines, in a cluster that has the names of load balancers in a file."""
    file = tmp_path / ".curlrc"
    file.write_text(f'connect-to = "{maps}:80:127.0.0.1:1"\n')
    cluster = FakeCluster([ingress_class(), service(), slice_of(), *objects])
    cluster.connect_to = str(file)
    ran = run(["doctor", *words, "--no-probe", "-o", "json"], cluster, variables={"PATH": ""})
    assert ran.status in (0, 1), ran.stderr
    checks: list[Any] = json.loads(ran.stdout)["checks"]
    return checks


@pytest.mark.parametrize(
    ("words", "command"),
    [
        ([], "kubectl ingress doctor --no-probe --wait 10m"),
        (["web"], "kubectl ingress doctor web --no-probe --wait 10m"),
        (["-A"], "kubectl ingress doctor -A --no-probe --wait 10m"),
    ],
)
def test_whoever_is_to_wait_asks_the_same_again(
    tmp_path: Path, words: list[str], command: str
) -> None:
    objects = [*controller(), ingress()]
    lines = examined(tmp_path, *words, objects=objects, maps="another.example")
    [fix] = [one["fix"] for one in lines if one["text"] == "does not resolve"]
    assert fix == command


def test_resolvers_are_asked_again_and_quoted() -> None:
    asked = Examined("shop", "web", ("1.1.1.1", "[::1]:53"), 5.0)
    assert asked.again == "kubectl ingress doctor web --resolver 1.1.1.1 --resolver '[::1]:53'"


def test_names_that_are_not_looked_up_are_counted(tmp_path: Path) -> None:
    many = ingress()
    [rule] = many["spec"]["rules"]
    many["spec"]["rules"] = [rule | {"host": f"h{number}.example"} for number in range(53)]
    lines = examined(tmp_path, objects=[*controller(), many])
    [left] = [one for one in lines if (one["check"], one["label"]) == ("names", "names")]
    assert left["state"] == "skipped"
    # The load balancer's own name is one of those that are.
    assert left["text"] == "4 more names are not looked up: name an INGRESS"
    few = examined(tmp_path, objects=[*controller(), ingress()])
    assert not [one for one in few if one["label"] == "names"]


@pytest.mark.parametrize(
    ("objects", "there"),
    [((), "there are none at all"), ((ingress(),), "there are: default/web")],
)
def test_an_ingress_that_is_not_there(objects: tuple[Any, ...], there: str) -> None:
    ran = run(["doctor", "nope"], FakeCluster([ingress_class(), *objects]))
    assert ran.status == 2
    assert ran.stderr.splitlines() == [
        "error: there is no Ingress default/nope here",
        f"       {there}",
    ]


def test_an_ingress_that_nobody_takes_is_not_fine(tmp_path: Path) -> None:
    def of(*objects: Any) -> list[tuple[str, str, str]]:
        lines = examined(tmp_path, objects=[*objects])
        return [(x["label"], x["state"], x["text"]) for x in lines if x["check"] == "routes"]

    text = "no controller takes it, so little was looked at"
    assert of(ingress()) == [("default/web", "skipped", text)]
    many = [ingress(f"i{number}", f"{number}.example") for number in range(21)]
    assert of(*many) == [("Ingresses", "skipped", f"21: {text}")]
    assert of(*controller(), ingress()) == [("default/web", "fine", "taken by ingress-nginx")]


def test_that_two_serve_one_class_is_told_once(tmp_path: Path) -> None:
    traefik = workload(
        "traefik:v3.7.0", "traefik/traefik", args=["--providers.kubernetesingressnginx"]
    )
    lines = examined(tmp_path, objects=[*controller(), traefik, ingress()])
    [told] = [one for one in lines if one["code"] == "KI206"]
    assert told["area"] == "Classes"
    # Which of them answers, nothing here tells.
    assert "--replicas=0" not in told["fix"]
