"""Controllers are known by their images; their load balancers by what leads to them."""

from __future__ import annotations

from typing import Any

from kubectl_ingress.controllers._discovery import find_running, known_controllers
from kubectl_ingress.core.verdict import no_controller
from tests.manifests import LB, controller, ingress, ingress_class, snapshot


def changed(image: str = "", *args: str) -> list[dict[str, Any]]:
    deployment, service = controller()
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    if image:
        container["image"] = image
    container["args"] = list(args) or container["args"]
    return [deployment, service]


def test_by_image_and_with_its_version() -> None:
    [found] = find_running(snapshot(*controller()))
    assert (found.title, found.addresses) == ("ingress-nginx 1.15.1", (LB,))
    assert found.settings.ingress_class == "nginx"


def test_a_mirror_or_a_continued_build_is_still_it() -> None:
    for image in (
        "mirror.example:5000/k8s/ingress-nginx/controller@sha256:0",
        "rancher/nginx-ingress-controller:nginx-1.15.1-prime2",
    ):
        assert find_running(snapshot(*changed(image))), image


def test_a_name_that_only_says_nginx_is_not() -> None:
    assert not find_running(snapshot(*changed("nginx:1.27")))
    # F5's has a similar name, and is another one.
    found = find_running(snapshot(*changed("nginx/nginx-ingress:5.5.4")))
    assert "ingress-nginx" not in [one.profile.name for one in found]


def test_settings_come_from_its_command_line() -> None:
    words = ("--ingress-class=inner", "--controller-class=example.com/x")
    [found] = find_running(snapshot(*changed("", *words, "--watch-ingress-without-class")))
    assert found.settings == type(found.settings)("inner", "example.com/x", True)  # type: ignore[call-arg]


def test_without_a_published_service_the_one_that_selects_its_pods() -> None:
    webhook = {
        "kind": "Service",
        "metadata": {"name": "a-webhook", "namespace": "ingress-nginx"},
        "spec": {
            "selector": {"app.kubernetes.io/name": "ingress-nginx"},
            "ports": [{"name": "https-webhook", "port": 443}],
        },
    }
    [found] = find_running(snapshot(*changed("", "--x"), webhook))
    assert found.service is not None
    assert found.service.meta.name == "ingress-nginx-controller"


def test_every_known_controller_offers_what_the_folder_promises() -> None:
    for known in known_controllers():
        assert callable(known.settings_of)
        assert callable(known.compile)


def test_nobody_there_is_told_by_what_classes_say() -> None:
    known = [one.PROFILE.controller for one in known_controllers()]

    def told(*classes: Any) -> str:
        return no_controller(snapshot(*classes).classes, known, "ingress-nginx").sentence

    assert told() == "no ingress controller runs in this cluster, so no Ingress has any effect"
    assert "no controller runs for the class nginx" in told(ingress_class())
    assert "kong (c/kong) may be served by another controller" in told(
        ingress_class("kong", "c/kong")
    )


# ---------------------------------------------------------------- known by controllers/_known


def deployment(
    image: str, *args: str, namespace: str = "k", name: str = "c", **env: str
) -> dict[str, Any]:
    variables = [{"name": key, "value": value} for key, value in env.items()]
    container = {"image": image, "args": list(args), "env": variables}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"template": {"metadata": {}, "spec": {"containers": [container]}}},
    }


def found_names(*objects: Any) -> list[str]:
    return [one.profile.name for one in find_running(snapshot(*objects))]


def test_a_controller_whose_routes_are_modelled_is_found_by_its_image() -> None:
    assert found_names(deployment("jcmoraisjr/haproxy-ingress:v0.16.1")) == ["haproxy-ingress"]
    alb = "public.ecr.aws/eks/aws-load-balancer-controller:v3.5.0"
    assert found_names(deployment(alb, "--ingress-class=alb")) == ["alb"]
    assert found_names(deployment("envoyproxy/gateway:v1.8.0")) == ["gateway-api"]


def test_a_controller_without_model_takes_its_ingresses_by_the_specification() -> None:
    plain = deployment("projectcontour/contour:v1.33.6", "serve")
    mine, classless = ingress("mine", ingressClassName="contour"), ingress("classless")
    del classless["spec"]["ingressClassName"]
    objects = (mine, classless, ingress("others"))

    def taken(*arguments: str) -> tuple[str, list[str]]:
        world = snapshot(deployment("projectcontour/contour:v1", "serve", *arguments), *objects)
        [one] = find_running(world)
        table = one.compile(world)
        assert table.controller == "contour"
        return one.settings.ingress_class, [each.meta.name for each in table.loaded]

    assert taken() == ("contour", ["classless", "mine"])
    assert taken("--ingress-class-name=contour") == ("contour", ["mine"])
    assert taken("--ingress-class-name=nginx") == ("nginx", ["others"])
    [one] = find_running(snapshot(plain, *objects))
    assert one.title == "Contour 1.33.6"
    assert one.caveat in one.compile(snapshot(plain, *objects)).findings
    # The same image runs as other programs, too.
    assert found_names(deployment("projectcontour/contour:v1.33", "envoy")) == []


def test_haproxytech_takes_its_class_by_the_value_that_its_flag_ends() -> None:
    plain, image = "haproxy.org/ingress-controller", "haproxytech/kubernetes-ingress:3.2.11"
    classes = (ingress_class("own", plain), ingress_class("inner", f"{plain}/inner"))
    objects = (*classes, ingress("a", ingressClassName="own"))
    objects += (ingress("b", ingressClassName="inner"),)

    def taken(*arguments: str) -> tuple[str, list[str]]:
        world = snapshot(deployment(image, *arguments), *objects)
        [one] = find_running(world)
        served = [name for name in ("own", "inner") if one.serves(name, world)]
        assert served == [one.settings.ingress_class]
        return served[0], [each.meta.name for each in one.compile(world).loaded]

    assert taken() == ("own", ["a"])
    assert taken("--ingress.class=inner") == ("inner", ["b"])


def test_what_is_mostly_there_for_something_else_counts_with_a_class_of_its_own() -> None:
    cilium = deployment("quay.io/cilium/cilium:v1.18.0")
    assert found_names(cilium) == []
    assert found_names(cilium, ingress_class("cilium", "cilium.io/ingress-controller")) == [
        "cilium"
    ]
    istio = deployment("docker.io/istio/pilot:1.28.0")
    asked = ingress(annotations={"kubernetes.io/ingress.class": "istio"})
    del asked["spec"]["ingressClassName"]
    assert found_names(istio, asked) == ["istio"]


def test_each_provider_of_traefik_is_a_controller_of_its_own() -> None:
    image = "docker.io/traefik:v3.7.9"
    assert found_names(deployment(image)) == ["traefik"]
    assert found_names(deployment(image, "--providers.kubernetesingress")) == ["traefik"]
    both = (
        "--providers.kubernetesIngressNGINX.ingressClass=x",
        "--providers.kubernetesingress=false",
    )
    assert found_names(deployment(image, *both)) == ["traefik-nginx"]
    three = ("--providers.kubernetesingress.ingressclass=a", "--providers.kubernetesgateway=true")
    assert found_names(deployment(image, *three)) == ["traefik", "gateway-api-traefik"]


def test_kong_is_told_by_its_variables_and_by_those_of_its_gateway() -> None:
    controlling = deployment(
        "kong/kubernetes-ingress-controller:3.5", CONTROLLER_INGRESS_CLASS="inner"
    )
    gateway = deployment("kong:3.9.3", name="gateway", KONG_ROUTER_FLAVOR="expressions")
    elsewhere = deployment("kong:3.9", namespace="other", KONG_ROUTER_FLAVOR="traditional")
    proxy = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "kong-gateway-proxy", "namespace": "k"},
        "spec": {"type": "LoadBalancer", "ports": [{"name": "http", "port": 80}]},
        "status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}},
    }
    [found] = find_running(snapshot(controlling, gateway, elsewhere, proxy))
    assert found.settings.ingress_class == "inner"
    assert found.told.router_flavor == "expressions"
    # Its traffic comes in by the gateway's Service, which selects other pods.
    assert found.addresses == ("192.0.2.1",)
