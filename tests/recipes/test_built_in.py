"""Controllers that are part of something bigger: whether they are on, and what they need."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kubectl_ingress.errors import ApiForbidden, ApiUnreachable
from tests.inventory.objects import VersionedCluster, workload
from tests.manifests import ingress, ingress_class
from tests.running import Ran, run

PAGE = workload("k8s.gcr.io/ingress-gce-404-server-with-metrics:v1.23.1", "kube-system/l7")


def node(provider: str, name: str = "n1", **labels: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": {"providerID": f"{provider}zone/{name}"},
    }


def gce(name: str, *, health: dict[str, str] | None = None, ip: str = "", **spec: Any) -> Any:
    annotations = {"kubernetes.io/ingress.class": "gce"}
    if health is not None:
        annotations["ingress.kubernetes.io/backends"] = json.dumps(health)
    made = ingress(name, annotations=annotations, **spec)
    del made["spec"]["ingressClassName"]
    made["status"] = {"loadBalancer": {"ingress": [{"ip": ip}] if ip else []}}
    return made


def said(ran: Ran) -> str:
    return " ".join(ran.stderr.split())


def test_gke_is_on_and_its_backends_are_told() -> None:
    states = {"k8s1-web": "HEALTHY", "k8s1-api": "UNHEALTHY"}
    objects = [PAGE, node("gce://"), gce("web", health=states), gce("new")]
    ran = run(["install", "gke"], VersionedCluster(objects))
    assert ran.status == 0, ran.stderr
    assert ran.stdout == "Nothing to install: GKE Ingress is on in this cluster.\n"
    assert "kubernetes.io/ingress.class: gce, or no class at all" in said(ran)
    assert "cloud.google.com/neg: '{\"ingress\": true}', or type NodePort" in said(ran)
    assert "× KI606 the load balancer of Ingress default/web would send" in said(ran)
    assert "k8s1-api is UNHEALTHY" in said(ran)
    assert "default/new" not in said(ran)


def test_gke_without_http_load_balancing() -> None:
    ran = run(["install", "gke"], VersionedCluster([node("gce://")]))
    assert (ran.status, ran.stdout) == (1, "")
    assert "GKE Ingress is not on in this cluster to have it: gcloud" in said(ran)
    assert "--update-addons=HttpLoadBalancing=ENABLED" in ran.stderr


def test_what_is_built_in_is_not_uninstalled() -> None:
    ran = run(["uninstall", "gke"], VersionedCluster([node("gce://")]))
    assert (ran.status, ran.stdout) == (2, "")
    assert "GKE Ingress is built in: install did not make it, so uninstall cannot" in said(ran)


def test_gke_elsewhere() -> None:
    ran = run(["install", "gke"], VersionedCluster([node("aws:///")]))
    assert ran.status == 2
    assert "is part of gke, and this cluster runs on aws (nodes say aws:///zone/…)" in said(ran)


def test_a_cluster_that_is_not_there() -> None:
    cluster = VersionedCluster()
    cluster.fail("", "", ApiUnreachable("nobody answered", "check"))
    ran = run(["install", "gke"], cluster)
    assert ran.status == 2
    assert "whether it is on here could not be seen: nobody answered" in said(ran)
    assert "--update-addons=HttpLoadBalancing=ENABLED" in ran.stderr
    asked = run(["install", "istio", "--dry-run=client"])
    assert "istioctl install" in asked.stderr


def test_status_and_address_of_gke() -> None:
    healthy = gce("web", health={"a": "HEALTHY"}, ip="34.1.2.3")
    cluster = VersionedCluster([PAGE, node("gce://"), healthy])
    told = run(["status"], cluster).stdout
    assert "on each Ingress" in told
    assert "KI606" not in told
    assert run(["address"], cluster).stdout == "34.1.2.3\n"
    assert run(["address", "web"], cluster).stdout == "34.1.2.3\n"
    cluster.add(gce("api", ip="34.9.9.9"))
    several = run(["address"], cluster)
    assert several.status == 2
    assert "web (34.1.2.3)" in said(several)
    assert "kubectl ingress address INGRESS" in several.stderr
    none = run(["address"], VersionedCluster([PAGE, gce("api")]))
    assert none.status == 1
    assert "KI601 GKE Ingress makes a load balancer for each Ingress" in said(none)


@pytest.mark.parametrize("text", ["", "x", "[]", '{"a": 3}'])
def test_odd_annotations_of_gke(text: str) -> None:
    odd = gce("web", ip="34.1.2.3")
    odd["metadata"]["annotations"]["ingress.kubernetes.io/backends"] = text
    ran = run(["status", "-o", "json"], VersionedCluster([PAGE, node("gce://"), odd]))
    assert ran.status == 0, ran.stderr


def test_one_that_is_on_by_its_class() -> None:
    cluster = VersionedCluster([ingress_class("alb", "eks.amazonaws.com/alb"), node("aws:///")])
    ran = run(["install", "eks-auto-mode"], cluster)
    assert ran.status == 0, ran.stderr
    assert "Class alb" in said(ran)
    assert "spec.ingressClassName: alb" in said(ran)


GATEWAY_CLASS = {
    "apiVersion": "gateway.networking.k8s.io/v1",
    "kind": "GatewayClass",
    "metadata": {"name": "nginx"},
    "spec": {"controllerName": "gateway.nginx.org/nginx-gateway-controller"},
}


def test_gateway_classes_in_status() -> None:
    fabric = workload("ghcr.io/nginx/nginx-gateway-fabric:2.6.7", "nginx-gateway/nginx-gateway")
    cluster = VersionedCluster([GATEWAY_CLASS, fabric])
    assert "nginx (Gateway API)" in run(["status"], cluster).stdout
    told = json.loads(run(["status", "-o", "json"], cluster).stdout)
    assert told["controllers"][0]["gatewayClasses"] == ["nginx"]
    assert told["gatewayClasses"] == [
        {
            "name": "nginx",
            "controller": "gateway.nginx.org/nginx-gateway-controller",
            "belongsTo": "nginx-gateway-fabric",
            "servedBy": ["nginx-gateway/nginx-gateway"],
        }
    ]


def test_a_gateway_class_that_nobody_serves() -> None:
    strange = {**GATEWAY_CLASS, "metadata": {"name": "x"}, "spec": {"controllerName": "a.b/c"}}
    told = json.loads(
        run(["status", "-o", "json"], VersionedCluster([GATEWAY_CLASS, strange])).stdout
    )
    [finding] = [each for each in told["findings"] if each["code"] == "KI207"]
    assert finding["object"]["name"] == "nginx"
    assert "kubectl ingress install nginx-gateway-fabric" in finding["fix"]


def test_gateway_classes_that_may_not_be_listed() -> None:
    def refused(groups: list[str]) -> list[str]:
        cluster = VersionedCluster([GATEWAY_CLASS])
        cluster.fail("GET", "/gatewayclasses$", ApiForbidden("you may not list gatewayclasses"))
        real = cluster.request

        def request(method: str, path: str, **rest: Any) -> dict[str, Any]:
            named = {"groups": [{"name": each} for each in groups]}
            return named if path == "/apis" else real(method, path, **rest)

        cluster.request = request  # type: ignore[method-assign]
        told = json.loads(run(["status", "-o", "json"], cluster).stdout)
        return [each["resource"] for each in told["notRead"]]

    assert refused(["gateway.networking.k8s.io"]) == ["gatewayclasses.gateway.networking.k8s.io"]
    # An API server refuses before it looks whether it has such a kind.
    assert refused(["apps"]) == []
