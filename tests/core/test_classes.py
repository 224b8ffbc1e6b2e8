"""What mends an Ingress of a class that is not there."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest
from msgspec.structs import replace

from kubectl_ingress.core.classes import CLASS_ANNOTATION, ClassRule
from kubectl_ingress.core.objects import Snapshot
from tests.manifests import controller, ingress, ingress_class, snapshot

VALUE = "k8s.io/ingress-nginx"
RULE = ClassRule("ingress-nginx", "nginx", VALUE)
PATCH = """kubectl patch ingress web --type=merge -p '{"spec":{"ingressClassName":"nginx"}}'"""
MADE = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "IngressClass",
    "metadata": {"name": "nginx"},
    "spec": {"controller": VALUE},
}


def fix(found: Snapshot, rule: ClassRule = RULE) -> list[str]:
    _, ignored = rule.select(found)
    return ignored[0].finding.fix.splitlines()


def running(**annotations: str) -> list[dict[str, Any]]:
    deployment, service = controller()
    deployment["metadata"]["annotations"] = annotations
    args = deployment["spec"]["template"]["spec"]["containers"][0]["args"]
    args.append(f"--controller-class={VALUE}")
    return [deployment, service]


def test_the_class_itself_is_made_where_it_is_gone() -> None:
    [one] = fix(snapshot(ingress()))
    head, _, manifest = one.partition(" <<< ")
    assert head == "kubectl create -f -"
    assert json.loads(shlex.split(manifest)[0]) == MADE


@pytest.mark.parametrize("name", ["other", None])
def test_who_names_another_names_it_then(name: str | None) -> None:
    [one] = fix(snapshot(ingress(ingressClassName=name)))
    made, _, patch = one.partition(" && ")
    assert made.startswith("kubectl create -f - <<< ")
    assert patch == PATCH


def test_where_there_is_one_it_is_named() -> None:
    assert fix(snapshot(ingress_class(), ingress(ingressClassName="other"))) == [PATCH]
    # Whoever goes by the name alone needs no class.
    alone = replace(RULE, by_name_alone=True)
    assert fix(snapshot(ingress(ingressClassName="other")), alone) == [PATCH]


def test_files_rarely_hold_it() -> None:
    other = ingress_class("other", "example.com/other")
    found = replace(snapshot(other, ingress()), offline=True)
    assert fix(found) == [PATCH]


@pytest.mark.parametrize(
    ("annotations", "again"),
    [
        ({"kubectl-ingress/installed-by": "0.1.0"}, "kubectl ingress install"),
        (
            {"kubectl-ingress/installed-by": "0.1.0 --manifest"},
            "kubectl ingress install --manifest FILE",
        ),
        (
            {"meta.helm.sh/release-name": "edge", "meta.helm.sh/release-namespace": "x"},
            "helm get manifest edge -n x | kubectl apply -n x -f -",
        ),
    ],
)
def test_who_installed_the_controller_makes_its_class(
    annotations: dict[str, str], again: str
) -> None:
    first, by_hand = fix(snapshot(ingress(), *running(**annotations)))
    assert first == again
    assert by_hand.startswith("kubectl create -f - <<< ")


def test_what_is_another_controller_s_is_left_to_it() -> None:
    found = snapshot(
        ingress_class(), ingress_class("edge", "example.com/edge"), ingress(ingressClassName="edge")
    )
    _, [ignored] = RULE.select(found)
    assert (ignored.elsewhere, ignored.finding.fix) == ("edge", "kubectl ingress status")
    assert "which belongs to example.com/edge" in ignored.finding.message


@pytest.mark.parametrize(
    "named",
    [
        {"ingressClassName": "edge"},
        {"annotations": {CLASS_ANNOTATION: "edge"}, "ingressClassName": None},
    ],
)
def test_who_was_started_without_a_class_has_one_with_a_name(named: dict[str, Any]) -> None:
    rule = ClassRule("HAProxy", "", "haproxy.org/ingress-controller", annotation_first=True)
    _, [ignored] = rule.select(snapshot(ingress(**named)))
    made, _, patch = ignored.finding.fix.partition(" && ")
    made = shlex.split(made)[-1]
    assert json.loads(made)["metadata"]["name"] == "haproxy"
    assert '{"ingressClassName":"haproxy"}' in patch
    assert "''" not in ignored.finding.message
