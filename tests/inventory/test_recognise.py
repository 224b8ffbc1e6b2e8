"""Controllers are known by their images, whatever they are called, and by what they are told."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_ingress.controllers._discovery import known_controllers
from kubectl_ingress.controllers._known import KNOWN, known_by_controller, repository_of
from kubectl_ingress.controllers._profile import Told
from kubectl_ingress.controllers.ingress_nginx import settings_of
from kubectl_ingress.core.inventory import Claim
from kubectl_ingress.core.parse import parse_workload
from kubectl_ingress.install.live import reader_of
from kubectl_ingress.inventory import releases
from kubectl_ingress.inventory.installer import installer_of
from kubectl_ingress.inventory.recognise import (
    Recognised,
    flags_of,
    recognise,
    tag_of,
    version_of,
)
from kubectl_ingress.recipes._catalogue import recipes
from tests.inventory.objects import workload
from tests.manifests import ingress, ingress_class, snapshot


def found(image: str, **more: Any) -> Recognised | None:
    one = workload(image, "x/y", **more)
    known = recognise(
        [parse_workload(reader_of(one))], {("Deployment", "x", "y"): more.get("env", {})}
    )
    return known[0] if known else None


def name_of(image: str, **more: Any) -> str:
    one = found(image, **more)
    return one.known.name if one else ""


@pytest.mark.parametrize(
    ("image", "name", "version"),
    [
        ("registry.k8s.io/ingress-nginx/controller:v1.15.1@sha256:0a", "ingress-nginx", "1.15.1"),
        ("mirror.example:5000/ingress-nginx/controller:v1.11.2", "ingress-nginx", "1.11.2"),
        ("rancher/nginx-ingress-controller:v1.15.1-prime2", "ingress-nginx", "1.15.1-prime2"),
        (
            "rancher/nginx-ingress-controller:nginx-1.9.6-hardened1",
            "ingress-nginx",
            "1.9.6-hardened1",
        ),
        ("bitnami/nginx-ingress-controller:1.11.1", "ingress-nginx", "1.11.1"),
        ("nginx/nginx-ingress:5.5.4", "f5-nginx", "5.5.4"),
        ("private-registry.nginx.com/nginx-ic/nginx-plus-ingress:5.6.1", "f5-nginx", "5.6.1"),
        ("docker.io/traefik:v3.7.0", "traefik", "3.7.0"),
        ("traefik:v3.7", "traefik", "3.7"),
        ("rancher/mirrored-library-traefik:3.6.2", "traefik", "3.6.2"),
        ("haproxytech/kubernetes-ingress:3.2.1", "haproxytech", "3.2.1"),
        ("quay.io/jcmoraisjr/haproxy-ingress:v0.16.0", "haproxy-ingress", "0.16.0"),
        ("kong/kubernetes-ingress-controller:3.5.13@sha256:97", "kong", "3.5.13"),
        ("docker.io/istio/pilot:1.29.0-distroless", "istio", "1.29.0-distroless"),
        ("quay.io/cilium/cilium:v1.19.0@sha256:0a", "cilium", "1.19.0"),
        (
            "public.ecr.aws/eks/aws-load-balancer-controller:v3.5.0",
            "aws-load-balancer-controller",
            "3.5.0",
        ),
        ("mcr.microsoft.com/azure-application-gateway/kubernetes-ingress:1.9.1", "agic", "1.9.1"),
        ("ghcr.io/nginx/nginx-gateway-fabric:2.6.0", "nginx-gateway-fabric", "2.6.0"),
        ("docker.io/envoyproxy/gateway:v1.9.0", "envoy-gateway", "1.9.0"),
        # Only tells that the controller is there, and not which version it has.
        ("gke.gcr.io/ingress-gce-404-server-with-metrics:v1.23.1", "gke", ""),
    ],
)
def test_by_image(image: str, name: str, version: str) -> None:
    one = found(image)
    assert one is not None
    assert (one.known.name, one.version) == (name, version)


@pytest.mark.parametrize(
    "image",
    [
        "nginx:1.27",
        "traefik/whoami:v1.11",
        "thomseddon/traefik-forward-auth:2",
        "kong:3.9.3",
        "my/traefik-plugin:1.0",
        "registry.k8s.io/ingress-nginx/kube-webhook-certgen:v1.6.9",
        "envoyproxy/envoy:v1.36.0",
        "",
        ":@/",
    ],
)
def test_what_is_none(image: str) -> None:
    assert found(image) is None


def test_one_image_for_two_programs() -> None:
    contour = "ghcr.io/projectcontour/contour:v1.33.0"
    assert name_of(contour, args=["serve", "--incluster"]) == "contour"
    assert name_of(contour, args=["envoy", "shutdown-manager"]) == ""


def test_by_its_label_where_the_image_has_another_name() -> None:
    labels = {"app.kubernetes.io/name": "ingress-nginx", "app.kubernetes.io/version": "1.13.9"}
    one = found("registry.example/proxy@sha256:0a", labels=labels)
    assert one is not None
    assert (one.known.name, one.version) == ("ingress-nginx", "1.13.9")
    backend = {**labels, "app.kubernetes.io/component": "default-backend"}
    assert found("registry.example/page:1.0", labels=backend) is None
    assert name_of("r.example/t", labels={"app.kubernetes.io/name": "traefik"}) == "traefik"


def claims(image: str, *args: str, **more: Any) -> tuple[Claim, ...]:
    one = found(image, args=args, **more)
    assert one is not None
    return one.claims


def test_what_a_command_line_claims() -> None:
    traefik, kong = "traefik:v3.7.0", "kong/kubernetes-ingress-controller:3.5.13"
    own = Claim("traefik.io/ingress-controller")
    assert claims(traefik) == (own,)
    flag = "--providers.kubernetesIngress.ingressClass"
    narrowed = (Claim(own.controller, "edge", narrow=True),)
    assert claims(traefik, f"{flag}=edge") == narrowed
    assert claims(traefik, flag, "edge") == narrowed
    nginx = Claim("k8s.io/ingress-nginx", "nginx")
    assert claims(traefik, "--providers.kubernetesingressnginx") == (own, nginx)
    assert claims(traefik, "--providers.kubernetesingressnginx.throttleduration=2s") == (own, nginx)
    assert claims(traefik, "--providers.kubernetesingressnginx=false") == (own,)
    [named] = claims(kong, env={"CONTROLLER_INGRESS_CLASS": "inner", "OTHER": "x"})
    assert (named.class_name, named.by_name) == ("inner", True)
    [suffixed] = claims("haproxytech/kubernetes-ingress:3.2.1", "--ingress.class=haproxy")
    assert suffixed.controller == "haproxy.org/ingress-controller/haproxy"
    [f5] = claims("nginx/nginx-ingress:5.6.1", "-ingress-class=edge")
    assert (f5.class_name, f5.narrow) == ("edge", True)


def test_microsoft_s_build_is_told_apart_by_what_it_serves() -> None:
    image = "mcr.microsoft.com/oss/kubernetes/ingress/nginx-ingress-controller:v1.13.7"
    value = "webapprouting.kubernetes.azure.com/nginx"
    assert name_of(image, args=[f"--controller-class={value}"]) == "aks-app-routing"
    assert name_of(image, args=[f"--controller-class={value}/internal"]) == "aks-app-routing"
    assert name_of(image, args=["--controller-class=k8s.io/ingress-nginx"]) == "ingress-nginx"


def test_ingress_nginx_takes_what_its_model_takes() -> None:
    args = ["--ingress-class=nginx", "--watch-ingress-without-class"]
    one = found("registry.k8s.io/ingress-nginx/controller:v1.15.1", args=args)
    assert one is not None
    unnamed, annotated, foreign = ingress("unnamed"), ingress("annotated"), ingress("foreign")
    del unnamed["spec"]["ingressClassName"], annotated["spec"]["ingressClassName"]
    annotated["metadata"]["annotations"] = {"kubernetes.io/ingress.class": "nginx"}
    foreign["spec"]["ingressClassName"] = "kong"
    kong = ingress_class("kong", "c/kong")
    seen = snapshot(ingress_class(), kong, ingress(), unnamed, annotated, foreign)
    taken, _ = settings_of(Told.by(one.workload), seen).class_rule.select(seen)
    [claim] = one.claims
    mine = frozenset({"nginx"})
    assert [each for each in seen.ingresses if claim.takes(each, mine)] == taken
    assert len(taken) == 3


def test_images_and_flags_are_read_as_they_are_written() -> None:
    image = "host:5000/a/b:v1.2.3@sha256:0a"
    assert (repository_of(image), tag_of(image)) == ("host:5000/a/b", "v1.2.3")
    assert (repository_of("host:5000/a/b"), tag_of("host:5000/a/b")) == ("host:5000/a/b", "")
    assert flags_of(("serve", "-a", "--B=c", "--d", "e", "-f")) == {
        "a": "true",
        "b": "c",
        "d": "e",
        "f": "true",
    }


@pytest.mark.parametrize(
    ("tag", "version"),
    [
        ("latest", ""),
        ("v3", ""),
        ("sha-0a1b2c", ""),
        ("9" * 5000 + ".1", ""),
        ("controller-v1.2.3", "1.2.3"),
    ],
)
def test_tags_that_are_no_version(tag: str, version: str) -> None:
    assert version_of(tag) == version


def test_versions_of_kubernetes() -> None:
    assert releases.tested_with("ingress-nginx", "1.15.1") == ((1, 31), (1, 35))
    assert releases.tested_with("ingress-nginx", "1.11.2-hardened1") == ((1, 26), (1, 30))
    assert releases.tested_with("ingress-nginx", "") is None
    assert releases.tested_with("traefik", "1.11.2") is None


def test_one_name_and_title_for_one_controller() -> None:
    modelled = {each.PROFILE.name for each in known_controllers()}
    names = [each.name for each in KNOWN]
    assert len(names) == len(set(names))
    assert not modelled & set(names), "who is modelled has its own file, and no entry here"
    titles = {each.name: each.title for each in KNOWN}
    for name, recipe in recipes().items():
        known = recipe.controller or name
        assert known in {*titles, *modelled}
        assert recipe.controller or titles.get(name, recipe.title) == recipe.title


def test_every_controller_value_leads_to_one_entry() -> None:
    for known in KNOWN:
        for serves in known.serves:
            if serves.controller and not serves.switch:
                assert known_by_controller(serves.controller) is known


@pytest.mark.parametrize(
    ("labels", "annotations", "managers", "tool", "detail"),
    [
        ({}, {"kubectl-ingress/installed-by": "0.1.0"}, [], "kubectl-ingress", "0.1.0"),
        (
            {"helm.sh/chart": "ingress-nginx-4.11.2", "app.kubernetes.io/managed-by": "Helm"},
            {"meta.helm.sh/release-name": "edge", "meta.helm.sh/release-namespace": "infra"},
            [],
            "helm",
            "release edge in infra, chart ingress-nginx-4.11.2",
        ),
        # Adopted: ours now, and Helm's notes stay.
        (
            {},
            {"meta.helm.sh/release-name": "edge", "kubectl-ingress/installed-by": "0.1.0"},
            [],
            "kubectl-ingress",
            "0.1.0",
        ),
        # A manifest that was rendered by Helm, and applied by hand.
        (
            {"app.kubernetes.io/managed-by": "Helm"},
            {"kubectl.kubernetes.io/last-applied-configuration": "{}"},
            [],
            "kubectl",
            "apply",
        ),
        ({}, {}, ["kube-controller-manager", "kubectl"], "kubectl", "apply --server-side"),
        ({}, {}, ["kubectl-create"], "kubectl", "create"),
        (
            {"app.kubernetes.io/managed-by": "aks-app-routing-operator"},
            {},
            [],
            "aks-app-routing-operator",
            "",
        ),
        ({"app.kubernetes.io/managed-by": "Helm"}, {}, ["Go-http-client"], "", ""),
    ],
)
def test_who_installed_it(
    labels: dict[str, str],
    annotations: dict[str, str],
    managers: list[str],
    tool: str,
    detail: str,
) -> None:
    one = workload("traefik:v3.7.0", "x/y", labels=labels, annotations=annotations)
    one["metadata"]["managedFields"] = [{"manager": each} for each in managers]
    installer = installer_of(reader_of(one))
    assert (installer.tool, installer.detail) == (tool, detail)
