"""The objects of a recipe as they are to be applied, without a cluster."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from kubectl_ingress.core.objects import Origin
from kubectl_ingress.install.marks import LABEL, family, recipe_mark, version_of
from kubectl_ingress.install.own_manifest import read
from kubectl_ingress.install.recipe_manifest import Place, amended
from kubectl_ingress.ports.files import read_manifests
from kubectl_ingress.recipes import Chart, Manifests
from kubectl_ingress.recipes._catalogue import find_recipe
from tests import golden
from tests.recipes.upstream import download, needed
from tests.running import Ran, run

AWS = "service.beta.kubernetes.io/aws-load-balancer-"


def installed(*words: str) -> Ran:
    return run(["install", *words, "--dry-run=client"], download=download)


def objects(*words: str) -> dict[tuple[str, str], Any]:
    ran = installed(*words, "-o", "yaml")
    assert ran.status == 0, ran.stderr
    stdin = io.TextIOWrapper(io.BytesIO(ran.stdout.encode()))
    found = [obj for obj, _ in read_manifests(["-"], stdin)]
    return {(obj["kind"], obj["metadata"]["name"]): obj for obj in found}


@needed
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("f5-nginx", ["f5-nginx"]),
        ("f5-nginx-aws", ["f5-nginx", "--provider", "aws", "--class", "nginx-f5"]),
        ("contour", ["contour"]),
        ("haproxytech", ["haproxytech"]),
        ("nginx-gateway-fabric", ["nginx-gateway-fabric", "--provider", "baremetal"]),
    ],
)
def test_what_is_told_and_named(name: str, words: list[str]) -> None:
    ran = installed(*words, "-o", "name")
    assert ran.status == 0, ran.stderr
    golden.check(Path(f"recipes/{name}.txt"), f"{ran.stderr}\n{ran.stdout}")


@needed
@pytest.mark.parametrize("name", ["f5-nginx", "contour", "haproxytech", "nginx-gateway-fabric"])
def test_every_object_is_marked(name: str) -> None:
    recipe = find_recipe(name)
    assert isinstance(recipe, Manifests)
    for obj in objects(name).values():
        assert (family(obj), version_of(obj)) == (name, recipe.releases[0].version)
        assert obj["metadata"]["labels"][LABEL] == name


@needed
def test_f5_under_another_class() -> None:
    made = objects("f5-nginx", "--class", "edge")
    assert made["IngressClass", "edge"]["spec"] == {"controller": "nginx.org/ingress-controller"}
    assert ("IngressClass", "nginx") not in made
    [container] = made["Deployment", "nginx-ingress"]["spec"]["template"]["spec"]["containers"]
    assert container["args"][-1] == "-ingress-class=edge"


@needed
def test_haproxytech_gets_what_its_file_lacks() -> None:
    made = objects("haproxytech")
    value = "haproxy.org/ingress-controller"
    assert made["IngressClass", "haproxy"]["spec"] == {"controller": value}
    name = ("Deployment", "haproxy-kubernetes-ingress")
    [container] = made[name]["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "haproxytech/kubernetes-ingress:3.2.11"
    made = objects("haproxytech", "--class", "edge")
    assert made["IngressClass", "edge"]["spec"] == {"controller": f"{value}/edge"}
    [container] = made[name]["spec"]["template"]["spec"]["containers"]
    assert container["args"][-1] == "--ingress.class=edge"


@needed
def test_contour_and_fabric_under_another_class() -> None:
    made = objects("contour", "--class", "edge")
    [container] = made["Deployment", "contour"]["spec"]["template"]["spec"]["containers"]
    assert container["args"][-1] == "--ingress-class-name=edge"
    # The same image runs beside Envoy, as another program.
    for container in made["DaemonSet", "envoy"]["spec"]["template"]["spec"]["containers"]:
        assert "--ingress-class-name=edge" not in container["args"]
    made = objects("nginx-gateway-fabric", "--class", "edge")
    assert ("GatewayClass", "edge") in made
    [container] = made["Deployment", "nginx-gateway"]["spec"]["template"]["spec"]["containers"]
    flags = [each for each in container["args"] if each.startswith("--gatewayclass=")]
    assert flags == ["--gatewayclass=edge"]


@needed
def test_the_place_decides_about_the_load_balancer() -> None:
    def service(*words: str) -> Any:
        return objects("f5-nginx", *words)["Service", "nginx-ingress"]

    assert service()["spec"]["type"] == "LoadBalancer"
    assert service("--provider", "kind")["spec"]["type"] == "NodePort"
    aws = service("--provider", "aws", "--internal")["metadata"]["annotations"]
    assert (aws[f"{AWS}type"], aws[f"{AWS}internal"]) == ("nlb", "true")
    # What it says of the PROXY protocol holds for a controller that is told so, too.
    do = service("--provider", "do")["metadata"]["annotations"]
    assert not any("proxy-protocol" in key for key in do)
    gke = service("--provider", "gke", "--internal")["metadata"]["annotations"]
    assert gke["networking.gke.io/load-balancer-type"] == "Internal"


@needed
def test_internal_without_a_place() -> None:
    ran = installed("f5-nginx", "--internal")
    assert ran.status == 2
    assert "add --provider NAME" in ran.stderr
    ran = installed("f5-nginx", "--internal", "--provider", "kind")
    assert "provider kind has no --internal" in ran.stderr


ODD = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: a, labels: null}
spec: {template: {spec: {containers: [null, {image: kong, args: [1]}]}}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: b, namespace: kong}
spec: null
---
apiVersion: v1
kind: Service
metadata: {name: kong-gateway-proxy, namespace: kong}
spec: {type: LoadBalancer}
"""


def test_odd_objects_pass_through_and_the_namespace_is_made() -> None:
    recipe, mark = find_recipe("kong"), recipe_mark("kong", "sha256:0")
    assert isinstance(recipe, Chart)
    found = read(ODD.encode(), "odd.yaml", mark)
    place = Place(annotations={"a": "b"})
    made = amended(found, "kong", recipe, mark, class_name="kong", place=place)
    kinds = [(obj["kind"], obj["metadata"]["name"]) for obj, _ in made]
    assert kinds[0] == ("Namespace", "kong")
    assert made[0][1] == Origin("kubectl ingress install")
    assert made[-1][0]["metadata"]["annotations"]["a"] == "b"
    # What was read is not changed.
    assert "a" not in found[-1][0]["metadata"]["annotations"]


def test_labels_that_are_none() -> None:
    text = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {b: 3}}\n"
    ran = run(["install", "kong", "--manifest", "-", "--dry-run=client"], stdin=text)
    assert ran.status == 2
    assert "stdin:1: labels of Pod a is not a mapping of texts" in ran.stderr


def test_a_file_that_has_been_given_up() -> None:
    text = "apiVersion: please-use-helm-to-install-kong\nkind: Deprecated\n"
    ran = run(["install", "kong", "--manifest", "-", "--dry-run=client"], stdin=text)
    assert ran.status == 2
    said = " ".join(ran.stderr.split())
    assert "this file only says that it is not installed in this way any more" in said


@needed
def test_without_network_the_way_out_is_told() -> None:
    from kubectl_ingress.errors import InputError

    def fail(address: str, sha256: str) -> bytes:
        raise InputError(f"{address} could not be fetched: no route", "check the address")

    ran = run(["install", "contour", "--dry-run=client"], download=fail)
    assert (ran.status, ran.stdout) == (2, "")
    assert "kubectl ingress install contour --manifest FILE" in ran.stderr
